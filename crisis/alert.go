package crisis

import "time"

// AlertKind says why people are told.
type AlertKind string

// The kinds of alerts.
const (
	AlertOpened    AlertKind = "opened"    // an incident was opened
	AlertRaised    AlertKind = "raised"    // its level rose, or attention doubled
	AlertOverdue   AlertKind = "overdue"   // a step passed its target or a red line
	AlertReminder  AlertKind = "reminder"  // the time of a step or red line is nearly up: for those who are to do it
	AlertEscalated AlertKind = "escalated" // nobody acts: others are called
	AlertLapsed    AlertKind = "lapsed"    // who had it does nothing: somebody must acknowledge again
	AlertQuiet     AlertKind = "quiet"     // the closing criteria hold: a person may close
	AlertClosed    AlertKind = "closed"    // the incident was closed
	AlertReopened  AlertKind = "reopened"  // a closed incident was opened again
	AlertUpdate    AlertKind = "update"    // nothing new to ring for: messages already sent are brought up to date
	AlertBlind     AlertKind = "blind"     // a source, a channel or the disk does not work
	AlertSight     AlertKind = "sight"     // it works again
	AlertPromise   AlertKind = "promise"   // a time promised to the public is near, or has passed
	AlertUnseen    AlertKind = "unseen"    // a statement has not appeared where it was said to be
	AlertUnsigned  AlertKind = "unsigned"  // an approval by telephone is to be countersigned
	AlertAlive     AlertKind = "alive"     // the daily word that somebody watches
	AlertDigest    AlertKind = "digest"    // what was too much to ring for one by one
	AlertTest      AlertKind = "test"      // a person asked whether the channel works
	AlertRescue    AlertKind = "rescue"    // people in danger ask for help, or nobody has answered them
)

// Alert is what people are told (警报): facts only, so that each channel can say
// them in its own form. ID is stable over every attempt and every restart; two
// messages with the same ID are the same alert.
type Alert struct {
	ID           string      `json:"id"`
	Kind         AlertKind   `json:"kind"`
	Incident     string      `json:"incident,omitempty"`
	Seq          int         `json:"seq,omitempty"` // the last event it knows
	Drill        bool        `json:"drill,omitempty"`
	Repeat       bool        `json:"repeat,omitempty"` // an earlier attempt has no known outcome: it may have arrived before
	Lang         string      `json:"lang"`             // zh or en
	Zone         string      `json:"zone"`             // IANA name of the zone in which times are shown
	At           time.Time   `json:"at"`
	Org          string      `json:"org,omitempty"`
	Topic        string      `json:"topic,omitempty"` // id
	Title        string      `json:"title,omitempty"` // the topic's name, or what this is about
	Level        Level       `json:"level,omitempty"` // response level
	Was          Level       `json:"was,omitempty"`   // of kind raised: the response level people knew
	EventLevel   Level       `json:"event_level,omitempty"`
	OpinionLevel Level       `json:"opinion_level,omitempty"`
	Proposed     Level       `json:"proposed,omitempty"`        // graver opinion level that the machine proposes and a person has not answered
	ProposedWhy  string      `json:"proposed_reason,omitempty"` // its reason
	Since        time.Time   `json:"since,omitzero"`
	Signals      []Signal    `json:"signals,omitempty"` // strongest first; why now
	Evidence     []Evidence  `json:"evidence,omitempty"`
	Plan         string      `json:"plan,omitempty"` // title of the main plan
	PlanEN       string      `json:"plan_en,omitempty"`
	Next         []Clock     `json:"next,omitempty"`       // first open steps with targets, in order of time, late ones first
	RedLines     []Clock     `json:"red_lines,omitempty"`  // earliest first
	Overdue      []Clock     `json:"overdue,omitempty"`    // passed since people were last told
	Soon         []Clock     `json:"soon,omitempty"`       // of which most of the time has passed since people were last told
	Escalation   *Escalation `json:"escalation,omitempty"` // who is called because nobody acts
	For          []string    `json:"for,omitempty"`        // whom the call is for: roles and people, in the language of the alert
	StepsDone    int         `json:"steps_done"`
	StepsAll     int         `json:"steps_all"`
	Holder       string      `json:"holder,omitempty"` // who has it; empty: nobody yet
	BlindSources []string    `json:"blind_sources,omitempty"`
	Trouble      *Trouble    `json:"trouble,omitempty"` // of kinds blind and sight
	Closed       bool        `json:"closed,omitempty"`
	Remark       string      `json:"remark,omitempty"`     // a person's words: reason of closing, of a level
	Link         string      `json:"link,omitempty"`       // console page of the incident
	Ask          *Ask        `json:"ask,omitempty"`        // of kind rescue
	Digest       []Told      `json:"digest,omitempty"`     // of kind digest, in order of time
	Alive        *Alive      `json:"alive,omitempty"`      // of kind alive
	Taps         []TapLink   `json:"taps,omitempty"`       // what the only reader of the channel may do by opening a link
	Restricted   bool        `json:"restricted,omitempty"` // what the incident is about is withheld; see Withheld
	Picture      *Picture    `json:"-"`                    // drawn when it is sent, for channels that show one; nil: none
}

// Picture is a chart beside the words of an alert.
type Picture struct {
	PNG     []byte
	Alt     string // its numbers in words, for those who do not see it
	Caption string // what its colours and signs mean
}

// Told is one line of a digest: an alert that was not sent on its own.
type Told struct {
	Incident string    `json:"incident,omitempty"`
	Title    string    `json:"title"`
	Kind     AlertKind `json:"kind"`
	Level    Level     `json:"level,omitempty"`
	At       time.Time `json:"at"`
	Drill    bool      `json:"drill,omitempty"`
}

// Alive is what the daily word that somebody watches says.
type Alive struct {
	Sources int `json:"sources"` // that should be seen
	Seeing  int `json:"seeing"`  // that are
	Posts   int `json:"posts"`   // read in the last day
	Open    int `json:"open"`    // incidents
	Stuck   int `json:"stuck"`   // alerts that could not be delivered on some channel
}

// Part is what does not work between the public and the people on duty.
type Part string

// The parts.
const (
	PartSource  Part = "source"  // a source cannot be seen
	PartChannel Part = "channel" // alerts cannot be delivered on a channel
	PartStore   Part = "store"   // the daemon's own disk is full
	PartSelf    Part = "self"    // the daemon has not done what was due
	PartButtons Part = "buttons" // clicks on a channel's messages are not heard
)

// Trouble is what stops Watchfire from seeing or telling, and what to do about it.
type Trouble struct {
	Part     Part      `json:"part"`
	Name     string    `json:"name"`   // as configured
	Source   string    `json:"source"` // what people call it
	Class    Class     `json:"class,omitempty"`
	Since    time.Time `json:"since,omitzero"`     // last time it worked; of kind sight: since when it had not
	Expected float64   `json:"expected,omitempty"` // posts that were to be expected since then, of a silent source
	Detail   string    `json:"detail,omitempty"`   // what failed, for a technician
	Fix      string    `json:"fix,omitempty"`      // what a person can do, in the language of the alert
}
