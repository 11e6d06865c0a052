package crisis

import "time"

// AskClass is what somebody who writes to us needs (诉求类别). "" is nothing.
type AskClass string

// The classes, most urgent first.
const (
	AskRescue     AskClass = "rescue"     // people in danger ask for help (求助求救)
	AskMedia      AskClass = "media"      // a journalist asks (媒体求证)
	AskTipOff     AskClass = "tipoff"     // somebody reports a wrong, in confidence (举报)
	AskError      AskClass = "error"      // something of ours is wrong or does not work (纠错)
	AskComplaint  AskClass = "complaint"  // (投诉)
	AskSuggestion AskClass = "suggestion" // (建议)
	AskQuestion   AskClass = "question"   // (咨询)
	AskAbuse      AskClass = "abuse"      // insults, to be looked at and not to be answered in kind (辱骂)
	AskEmotion    AskClass = "emotion"    // feelings without a request (情绪)
)

// AskClasses are all classes, most urgent first.
var AskClasses = []AskClass{AskRescue, AskMedia, AskTipOff, AskError, AskComplaint, AskSuggestion, AskQuestion, AskAbuse, AskEmotion}

// AskState is how far the answer is.
type AskState string

// The states of a request.
const (
	AskOpen        AskState = "open"        // nobody has it
	AskClaimed     AskState = "claimed"     // somebody has it (已认领)
	AskAnswered    AskState = "answered"    // a person answered
	AskTransferred AskState = "transferred" // handed to a department (已转办)
	AskDismissed   AskState = "dismissed"   // no request at all
)

// Done says whether nobody waits any more.
func (s AskState) Done() bool {
	return s == AskAnswered || s == AskTransferred || s == AskDismissed
}

// Ask is one request in the queue (诉求): the first post of a near-duplicate group.
// It holds nothing about who wrote it.
type Ask struct {
	Key      PostKey   `json:"key"`
	Class    AskClass  `json:"class"`
	Why      string    `json:"why"`    // the words that decided
	Topics   []string  `json:"topics"` // ids
	Source   string    `json:"source"`
	Link     string    `json:"link,omitempty"`
	Quote    string    `json:"quote"`
	Received time.Time `json:"received"`
	Due      time.Time `json:"due,omitzero"` // zero: no deadline
	State    AskState  `json:"state"`
	By       string    `json:"by,omitempty"` // who acted last
	At       time.Time `json:"at,omitzero"`  // when
	Note     string    `json:"note,omitempty"`
	Answer   string    `json:"answer,omitempty"` // address of the answer
	Count    int       `json:"count"`            // near-duplicates, itself included
	Told     int       `json:"told"`             // how often people were rung up for it
	Print    uint64    `json:"-"`
}
