package crisis

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// EventKind says what happened in an incident.
type EventKind string

// The kinds of events.
const (
	EventDetected     EventKind = "detected"               // Detected: a signal opened the incident
	EventSignal       EventKind = "signal"                 // Signal: a further or stronger signal
	EventLevel        EventKind = "level"                  // LevelChange
	EventProposed     EventKind = "proposed"               // LevelChange: what the machine would set, had no person decided
	EventPlanned      EventKind = "planned"                // Plan: a playbook was attached
	EventAcknowledged EventKind = "acknowledged"           // Remark: somebody has it
	EventStepDone     EventKind = "step_done"              // Tick
	EventStepReopened EventKind = "step_reopened"          // Tick: the tick is taken back
	EventStepOverdue  EventKind = "step_overdue"           // Overdue: target or red line passed
	EventNote         EventKind = "note"                   // Remark, of the incident or of one step
	EventReminded     EventKind = "reminded"               // Reminder: a clock has run half or most of its time
	EventHappened     EventKind = "happened"               // Anchored: when the thing itself happened
	EventNoticed      EventKind = "noticed"                // Anchored: when we learnt of it
	EventPaused       EventKind = "paused"                 // Halt: targets stand still
	EventResumed      EventKind = "resumed"                // Halt: and run again
	EventEscalated    EventKind = "escalated"              // Escalation: nobody acts, others are called
	EventLapsed       EventKind = "acknowledgement_lapsed" // Lapse: who had it does nothing
	EventHandedOver   EventKind = "handed_over"            // Handover
	EventRecused      EventKind = "recused"                // Recusal: somebody is concerned, or no longer
	EventRestricted   EventKind = "restricted"             // Restriction: only some people see it, or everybody again
	EventAlertSent    EventKind = "alert_sent"             // Delivery
	EventAlertRefused EventKind = "alert_refused"          // Delivery
	EventAlertResent  EventKind = "alert_resent"           // Delivery: an alert that was refused is sent again
	EventBlind        EventKind = "blind"                  // Remark: part of the sources cannot be seen
	EventQuiet        EventKind = "quiet"                  // Remark: the machine-checkable closing criteria hold
	EventClosed       EventKind = "closed"                 // Ending
	EventReopened     EventKind = "reopened"               // Remark
	EventVerdict      EventKind = "verdict"                // Judged: a person says whether it was right to tell people

	EventPlanDropped EventKind = "plan_dropped" // Dropping: a playbook was taken off
	EventStepAdded   EventKind = "step_added"   // Addition: a step that no plan had
	EventStepSkipped EventKind = "step_skipped" // Tick: does not apply here, with the reason
	EventAssigned    EventKind = "assigned"     // Assignment: who does a step
	EventReached     EventKind = "reached"      // Milestone: rescue ended, service restored …
	EventConfirmed   EventKind = "confirmed"    // Confirmation: a closing criterion holds

	EventDrafted           EventKind = "statement_drafted"       // Draft: a first or a further version
	EventStatementReviewed EventKind = "statement_reviewed"      // Review
	EventApproved          EventKind = "statement_approved"      // Approval
	EventCountersigned     EventKind = "statement_countersigned" // Withdrawal
	EventUnsigned          EventKind = "countersignature_owed"   // Withdrawal: people were told that it is owed
	EventPublished         EventKind = "statement_published"     // Publication: a person says where it stands
	EventSeen              EventKind = "statement_seen"          // Sighting: a crawler found it there
	EventUnseen            EventKind = "statement_unseen"        // Sighting: it has not appeared in time
	EventWithdrawn         EventKind = "statement_withdrawn"     // Withdrawal

	EventPromised      EventKind = "promise_made"   // Promise
	EventPromiseKept   EventKind = "promise_kept"   // Keeping
	EventPromiseNear   EventKind = "promise_near"   // Keeping: it is due in half an hour
	EventPromiseMissed EventKind = "promise_missed" // Keeping: it was due and is not kept
	EventPromiseMoved  EventKind = "promise_moved"  // Moving: the public was told another time

	EventFinding       EventKind = "finding"        // Finding of the review
	EventActionAdded   EventKind = "action_added"   // Action: something to be improved
	EventActionDone    EventKind = "action_done"    // ActionStep
	EventActionChecked EventKind = "action_checked" // ActionStep: somebody else saw that it is done
	EventAmended       EventKind = "plan_amended"   // Amended: a new version of a plan came of it
	EventReviewed      EventKind = "reviewed"       // Remark: the review is finished

	EventPurged EventKind = "purged" // Purged; of no incident
)

// Machine is the actor of events that no person caused.
const Machine = "watchfire"

// Event is one entry of an incident's timeline. Events are appended, never
// edited; a correction is another event. At is when it happened, Recorded when
// it was written down. Hash covers every other field and the hash of the event
// before, so that a later change is seen (Verify).
type Event struct {
	Incident string          `json:"incident"`
	Seq      int             `json:"seq"` // 1, 2, 3 … within the incident
	Kind     EventKind       `json:"kind"`
	At       time.Time       `json:"at"`
	Recorded time.Time       `json:"recorded"`
	Actor    string          `json:"actor"`
	Data     json.RawMessage `json:"data,omitempty"`
	Prev     string          `json:"prev"` // hash of event Seq-1, "" for the first
	Hash     string          `json:"hash"` // hex SHA-256
}

// NewEvent returns an unsealed event with its payload encoded. It panics if data
// cannot be encoded: payloads are the plain structs of this package.
func NewEvent(kind EventKind, at time.Time, actor string, data any) Event {
	b, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("event %s: %v", kind, err)) // unreachable: payload structs hold no channels or functions
	}
	return Event{Kind: kind, At: at.UTC(), Actor: actor, Data: b}
}

// Seal places the event behind prev (nil for the first) in incident id, stamps
// the time of recording and computes the hash.
func (e Event) Seal(id string, prev *Event, recorded time.Time) Event {
	e.Incident, e.Seq, e.Prev, e.Recorded = id, 1, "", recorded.UTC()
	if prev != nil {
		e.Seq, e.Prev = prev.Seq+1, prev.Hash
	}
	e.Hash = e.sum()
	return e
}

// sum hashes each field with its length, so that no two events share an encoding.
func (e *Event) sum() string {
	h := sha256.New()
	for _, f := range []string{
		e.Prev, e.Incident, strconv.Itoa(e.Seq), string(e.Kind),
		e.At.UTC().Format(time.RFC3339Nano), e.Recorded.UTC().Format(time.RFC3339Nano), e.Actor, string(e.Data),
	} {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Verify checks the hash chain of one incident's events, in order, and names the
// first event that breaks it.
func Verify(events []Event) error {
	prev := ""
	for i := range events {
		e := &events[i]
		switch {
		case e.Seq != i+1:
			return fmt.Errorf("incident %s: event %d: missing, found event %d in its place", e.Incident, i+1, e.Seq)
		case e.Prev != prev:
			return fmt.Errorf("incident %s: event %d (%s): does not follow event %d: chain broken", e.Incident, e.Seq, e.Kind, i)
		case e.Hash != e.sum():
			return fmt.Errorf("incident %s: event %d (%s): content was changed after recording", e.Incident, e.Seq, e.Kind)
		}
		prev = e.Hash
	}
	return nil
}

// Detected is the payload of EventDetected.
type Detected struct {
	Topic  string `json:"topic"`
	Title  string `json:"title"`
	Signal Signal `json:"signal"`
	Drill  bool   `json:"drill,omitempty"`
}

// LevelChange is the payload of EventLevel and EventProposed. A zero level leaves that scale as it is.
type LevelChange struct {
	Event   Level  `json:"event,omitempty"`
	Opinion Level  `json:"opinion,omitempty"`
	Reason  string `json:"reason"` // a person's own words, or the machine's in Chinese
	// ReasonEN is what the machine says in English.
	ReasonEN string `json:"reason_en,omitempty"`
	// Known is what the detectors claimed when a person decided.
	Known []Signal `json:"known,omitempty"`
	Sheet []Mark   `json:"sheet,omitempty"` // by which a person graded
}

// Tick is the payload of EventStepDone and EventStepReopened.
type Tick struct {
	Plan string `json:"plan"`
	Step string `json:"step"`
	Note string `json:"note,omitempty"`
	Link string `json:"link,omitempty"` // evidence
}

// Quoted returns the posts that an event quotes as proof.
func (e *Event) Quoted() []Evidence {
	switch e.Kind {
	case EventDetected:
		var d Detected
		if json.Unmarshal(e.Data, &d) == nil {
			return d.Signal.Evidence
		}
	case EventSignal:
		var s Signal
		if json.Unmarshal(e.Data, &s) == nil {
			return s.Evidence
		}
	}
	return nil
}

// Purged is the payload of EventPurged: what was deleted because its time was over.
type Purged struct {
	Posts    int       `json:"posts,omitempty"`
	Evidence int       `json:"evidence,omitempty"` // kept posts that incidents quote
	Audit    int       `json:"audit,omitempty"`    // entries of the audit log
	Before   time.Time `json:"before"`             // posts published, evidence kept, and entries made before that
}

// Tick returns the payload of EventStepDone; false for any other event.
func (e *Event) Tick() (Tick, bool) {
	var t Tick
	ok := e.Kind == EventStepDone && json.Unmarshal(e.Data, &t) == nil
	return t, ok
}

// Overdue is the payload of EventStepOverdue.
type Overdue struct {
	Plan    string    `json:"plan"`
	Step    string    `json:"step"`
	Due     time.Time `json:"due"`
	RedLine string    `json:"red_line,omitempty"` // id of the red line that was passed, else the target was
}

// Overdue returns the payload of EventStepOverdue; false for any other event.
func (e *Event) Overdue() (Overdue, bool) {
	var o Overdue
	ok := e.Kind == EventStepOverdue && json.Unmarshal(e.Data, &o) == nil
	return o, ok
}

// Remark is the payload of events that carry words only. A note may belong to a
// step, and then adds to the record of that step.
type Remark struct {
	Text string `json:"text,omitempty"`
	Link string `json:"link,omitempty"`
	Plan string `json:"plan,omitempty"`
	Step string `json:"step,omitempty"`
}

// Anchored is the payload of EventHappened and EventNoticed. First says of a notice
// who knew of it before all others, "" when nobody said so.
type Anchored struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	First  Finder    `json:"first,omitempty"`
}

// Finder is who noticed an incident first (谁先发现).
type Finder string

// The finders.
const (
	FoundByUs       Finder = "us"       // the office, with or without Watchfire
	FoundByPublic   Finder = "public"   // somebody called, wrote or came
	FoundBySuperior Finder = "superior" // a superior body told us
	FoundByMedia    Finder = "media"    // a journalist asked, or it was reported
)

// Finders are all finders, in the order of a form.
var Finders = []Finder{FoundByUs, FoundByPublic, FoundBySuperior, FoundByMedia}

// Delivery is the payload of EventAlertSent, EventAlertRefused and EventAlertResent.
type Delivery struct {
	Alert   string    `json:"alert"`
	Kind    AlertKind `json:"kind"`
	Channel string    `json:"channel"`
	Detail  string    `json:"detail,omitempty"`
}
