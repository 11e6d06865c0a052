package crisis

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Incident is a crisis about one topic (事件): the fold of its events. Nothing in
// it is stored by itself; Fold rebuilds it from the events alone.
type Incident struct {
	ID            string
	Topic         string
	Title         string
	Drill         bool
	Opened        time.Time // event time of the first event
	Happened      time.Time // when the thing itself happened; zero while unknown
	Aware         time.Time // when we learnt of it, as a person says; zero: when it was opened
	Finder        Finder    // who noticed it first, as a person says
	Closed        time.Time // zero while open
	EventLevel    Level     // harm
	OpinionLevel  Level     // attention
	LevelReason   string
	LevelReasonEN string    // when the machine gave the reason
	Ruling        *Ruling   // the decision of a person on the opinion level that stands; nil: the machine's
	Proposal      *Proposal // a graver level that the machine proposes beside the ruling; nil: none
	Signals       []Signal  // the latest of each detector, in order of first appearance
	Peak          Signal    // the signal with the greatest odds
	LastSignal    time.Time
	Plans         []Plan
	Steps         []StepState // of all plans, in their order, whatever the level
	Pauses        []Pause     // in the order in which they began
	Holder        string      // who acknowledged last: who has it
	Acknowledged  time.Time
	Unheld        time.Time         // since when nobody has it; zero: somebody does
	Rung          int               // of the ladder climbed since then
	Rang          []string          // the roles that were called last since then
	Lapsed        bool              // an acknowledgement lapsed
	Called        []string          // whom escalations have called so far
	Moved         time.Time         // the last thing a person did
	Recused       map[string]string // persons who stay outside, with the reason
	Restricted    []string          // who sees it, by the names under which they log in; none: everybody
	Quiet         time.Time         // since when the machine-checkable closing criteria hold
	Verdict       Verdict           // the last judgement of a person, "" while there is none
	JudgedBy      string
	Reached       map[string]time.Time // milestones, by name
	Sheet         []Mark               // by which a person graded last
	Statements    []Statement
	Promises      []Promise
	Confirmed     []Confirmation // closing criteria
	Findings      []Finding      // of the review
	Actions       []Action
	Reviewed      time.Time // when the review was finished; zero: not yet
	Events        int       // number of events folded, the seq of the last
	Hash          string    // of the last event
}

// StepState is a step of an attached plan and what became of it.
type StepState struct {
	Step
	Plan    string
	Done    bool
	DoneAt  time.Time
	DoneBy  string
	Note    string
	Link    string
	Times   int                  // ticks so far, of a step that repeats
	Told    map[string]Announced // "" for the target, red line ids: what was said of each clock
	Owner   string               // who does it, "" for whoever holds the role
	Skipped bool                 // does not apply here; DoneAt, DoneBy and Note say when, who and why
	Dropped bool                 // the plan that had it was taken off
}

// Clone returns a copy that shares nothing that Apply changes.
func (in *Incident) Clone() Incident {
	out := *in
	out.Signals, out.Plans, out.Steps = slices.Clone(in.Signals), slices.Clone(in.Plans), slices.Clone(in.Steps)
	for i := range out.Steps {
		out.Steps[i].Told = maps.Clone(out.Steps[i].Told)
	}
	out.Reached, out.Pauses = maps.Clone(in.Reached), slices.Clone(in.Pauses)
	out.Recused, out.Restricted = maps.Clone(in.Recused), slices.Clone(in.Restricted)
	out.Statements = slices.Clone(in.Statements)
	for i := range out.Statements {
		s := &out.Statements[i]
		s.Versions, s.Reviews = slices.Clone(s.Versions), slices.Clone(s.Reviews)
		s.Publications, s.Sightings = slices.Clone(s.Publications), slices.Clone(s.Sightings)
	}
	out.Promises = slices.Clone(in.Promises)
	for i := range out.Promises {
		out.Promises[i].Was = slices.Clone(out.Promises[i].Was)
	}
	out.Confirmed, out.Findings, out.Actions = slices.Clone(in.Confirmed), slices.Clone(in.Findings), slices.Clone(in.Actions)
	return out
}

// Apply folds one more event into the incident.
func (in *Incident) Apply(e Event) error {
	apply, ok := appliers[e.Kind]
	if !ok {
		return fmt.Errorf("incident %s: event %d: unknown kind %q", e.Incident, e.Seq, e.Kind)
	}
	if in.ID == "" {
		in.ID = e.Incident
	}
	if err := apply(in, &e); err != nil {
		return fmt.Errorf("incident %s: event %d (%s): %w", e.Incident, e.Seq, e.Kind, err)
	}
	if e.Actor != Machine && e.At.After(in.Moved) {
		in.Moved = e.At
	}
	in.Events, in.Hash = e.Seq, e.Hash
	return nil
}

var appliers = map[EventKind]func(*Incident, *Event) error{
	EventDetected:     applied((*Incident).applyDetected),
	EventSignal:       applied(func(in *Incident, _ *Event, s Signal) error { in.addSignal(s); return nil }),
	EventLevel:        applied((*Incident).applyLevel),
	EventProposed:     applied((*Incident).applyProposed),
	EventPlanned:      applied((*Incident).applyPlan),
	EventAcknowledged: applied((*Incident).applyAcknowledged),
	EventStepDone:     applied((*Incident).applyDone),
	EventStepReopened: applied((*Incident).applyStepReopened),
	EventStepOverdue:  applied((*Incident).applyOverdue),
	EventReminded:     applied((*Incident).applyReminded),
	EventHappened:     applied(func(in *Incident, _ *Event, a Anchored) error { in.Happened = a.At; return nil }),
	EventNoticed:      applied(applyNoticed),
	EventPaused:       applied((*Incident).applyPaused),
	EventResumed:      applied((*Incident).applyResumed),
	EventEscalated:    applied((*Incident).applyEscalated),
	EventLapsed:       applied((*Incident).applyLapsed),
	EventHandedOver:   applied((*Incident).applyHandedOver),
	EventRecused:      applied((*Incident).applyRecused),
	EventRestricted:   applied((*Incident).applyRestricted),
	EventQuiet:        applied(func(in *Incident, e *Event, _ Remark) error { in.Quiet = e.At; return nil }),
	EventClosed:       applied((*Incident).applyClosed),
	EventReopened:     applied((*Incident).applyReopened),
	EventNote:         applied((*Incident).applyNote),
	EventVerdict:      applied((*Incident).applyVerdict),
	EventPlanDropped:  applied((*Incident).applyDropped),
	EventStepAdded:    applied((*Incident).applyAdded),
	EventStepSkipped:  applied((*Incident).applySkipped),
	EventAssigned:     applied((*Incident).applyAssigned),
	EventReached:      applied((*Incident).applyReached),
	EventConfirmed:    applied((*Incident).applyConfirmed),

	EventDrafted:           applied((*Incident).applyDrafted),
	EventStatementReviewed: applied(stated(func(r Review) string { return r.Statement }, applyReviewed)),
	EventApproved:          applied(stated(func(a Approval) string { return a.Statement }, applyApproved)),
	EventCountersigned:     applied(stated(func(w Withdrawal) string { return w.Statement }, applyCountersigned)),
	EventUnsigned:          applied(stated(func(w Withdrawal) string { return w.Statement }, applyUnsigned)),
	EventPublished:         applied(stated(func(p Publication) string { return p.Statement }, applyPublished)),
	EventSeen:              applied(stated(func(v Sighting) string { return v.Statement }, applySeen)),
	EventUnseen:            applied(stated(func(v Sighting) string { return v.Statement }, applyUnseen)),
	EventWithdrawn:         applied(stated(func(w Withdrawal) string { return w.Statement }, applyWithdrawn)),

	EventPromised:      applied((*Incident).applyPromised),
	EventPromiseKept:   applied(promised(func(k Keeping) string { return k.Promise }, applyKept)),
	EventPromiseNear:   applied(promised(func(k Keeping) string { return k.Promise }, applyNear)),
	EventPromiseMissed: applied(promised(func(k Keeping) string { return k.Promise }, applyMissed)),
	EventPromiseMoved:  applied(promised(func(m Moving) string { return m.Promise }, applyMoved)),

	EventFinding:       applied((*Incident).applyFinding),
	EventActionAdded:   applied((*Incident).applyActionAdded),
	EventActionDone:    applied(acted(applyActionDone)),
	EventActionChecked: applied(acted(applyActionChecked)),
	EventAmended:       recorded,
	EventReviewed:      applied(func(in *Incident, e *Event, _ Remark) error { in.Reviewed = e.At; return nil }),

	EventBlind: recorded, EventAlertSent: recorded, EventAlertRefused: recorded, EventAlertResent: recorded,
}

// recorded leaves the incident as it is: the event matters to the timeline only.
func recorded(*Incident, *Event) error { return nil }

// applied decodes the payload of an event before f folds it.
func applied[T any](f func(*Incident, *Event, T) error) func(*Incident, *Event) error {
	return func(in *Incident, e *Event) error {
		var data T
		if len(e.Data) > 0 {
			if err := json.Unmarshal(e.Data, &data); err != nil {
				return fmt.Errorf("payload: %w", err)
			}
		}
		return f(in, e, data)
	}
}

func (in *Incident) applyDetected(e *Event, d Detected) error {
	in.Topic, in.Title, in.Drill, in.Opened, in.Unheld = d.Topic, d.Title, d.Drill, e.At, e.At
	in.addSignal(d.Signal)
	return nil
}

// addSignal keeps the latest signal of each detector; a louder world is not quiet.
func (in *Incident) addSignal(s Signal) {
	in.Quiet = time.Time{}
	if s.At.After(in.LastSignal) {
		in.LastSignal = s.At
	}
	if len(in.Signals) == 0 || s.Odds > in.Peak.Odds {
		in.Peak = s
	}
	for i := range in.Signals {
		if in.Signals[i].Detector == s.Detector {
			in.Signals[i] = s
			return
		}
	}
	in.Signals = append(in.Signals, s)
}

func (in *Incident) applyLevel(e *Event, c LevelChange) error {
	if c.Event != LevelNone {
		in.EventLevel = c.Event
	}
	if c.Opinion != LevelNone {
		in.OpinionLevel = c.Opinion
	}
	in.LevelReason, in.LevelReasonEN = c.Reason, c.ReasonEN
	if c.Sheet != nil {
		in.Sheet = c.Sheet
	}
	in.rule(e, c)
	return nil
}

func (in *Incident) applyAcknowledged(e *Event, _ Remark) error {
	in.hold(e.Actor, e.At)
	return nil
}

func (in *Incident) applyDone(e *Event, t Tick) error {
	s := in.Step(t.Plan, t.Step)
	if s == nil {
		return fmt.Errorf("step %s/%s is not in the plan", t.Plan, t.Step)
	}
	s.DoneAt, s.DoneBy, s.Note, s.Link = e.At, e.Actor, t.Note, t.Link
	s.Times++
	s.Done, s.Skipped = true, false
	s.Told = nil
	return nil
}

// applyNote adds a note about a step to the record of that step.
func (in *Incident) applyNote(_ *Event, r Remark) error {
	s := in.Step(r.Plan, r.Step)
	if s == nil {
		return nil
	}
	s.Note = strings.TrimSpace(s.Note + "\n" + r.Text)
	if r.Link != "" {
		s.Link = r.Link
	}
	return nil
}

func (in *Incident) applyStepReopened(_ *Event, t Tick) error {
	s := in.Step(t.Plan, t.Step)
	if s == nil {
		return fmt.Errorf("step %s/%s is not in the plan", t.Plan, t.Step)
	}
	s.Done, s.Skipped, s.DoneAt, s.DoneBy, s.Note, s.Link = false, false, time.Time{}, "", "", ""
	return nil
}

// applyClosed ends every pause too: what is due after the end must not stand still.
func (in *Incident) applyClosed(e *Event, _ Ending) error {
	in.Closed = e.At
	for i := range in.Pauses {
		if p := &in.Pauses[i]; p.To.IsZero() {
			p.To = later(p.From, e.At)
		}
	}
	return nil
}

func (in *Incident) applyReopened(e *Event, _ Remark) error {
	if in.Holder == "" {
		in.unhold(e.At)
	}
	in.Closed, in.Quiet = time.Time{}, time.Time{}
	return nil
}

// Step finds a step of an attached plan, nil if there is none.
func (in *Incident) Step(plan, id string) *StepState {
	for i := range in.Steps {
		if s := &in.Steps[i]; s.ID == id && s.Plan == plan {
			return s
		}
	}
	return nil
}

// Open says whether the incident is still open.
func (in *Incident) Open() bool { return in.Closed.IsZero() }

// Level is the response level: the graver of event level and opinion level.
func (in *Incident) Level() Level { return Gravest(in.EventLevel, in.OpinionLevel) }

// applyNoticed takes down when we learnt of it; who corrects only the time leaves who
// found it.
func applyNoticed(in *Incident, _ *Event, a Anchored) error {
	in.Aware = a.At
	if a.First != "" {
		in.Finder = a.First
	}
	return nil
}
