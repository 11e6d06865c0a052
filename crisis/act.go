package crisis

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Act is what a person does to an incident, from the console, a chat or a link.
// Kind is one of the events a person may cause.
type Act struct {
	Kind     EventKind
	Incident string
	By       string    // who, as shown in the timeline
	Plan     string    // step_done, step_reopened, step_skipped; note
	Step     string    // step_done, step_reopened, step_skipped; note: the step whose record it adds to
	Note     string    // words; the reason of a level change
	Link     string    // evidence of a tick or a note
	Event    Level     // level
	Opinion  Level     // level
	Known    []Signal  // level: what the detectors claim at present
	Verdict  Verdict   // verdict
	Sheet    []Mark    // level: the sheet by which it was graded
	Data     any       // the payload of an act that has one of its own, such as a Draft
	At       time.Time // event time; zero is now. For happened and noticed: the time that is set
}

// ErrRefused marks an act that the state of the incident does not allow.
var ErrRefused = errors.New("refused")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// Decide turns an act into the events it causes, at least one, or refuses it with a
// reason for the person. Ticking a ticked step, or undoing an open one, is refused, so
// that a double click leaves one event.
func (in *Incident) Decide(a Act, now time.Time) ([]Event, error) {
	if strings.TrimSpace(a.By) == "" {
		return nil, refuse("nobody is named as the actor")
	}
	at := a.At
	if at.IsZero() || a.Kind == EventHappened || a.Kind == EventNoticed {
		at = now
	}
	if at.After(now.Add(time.Minute)) {
		return nil, refuse("the time %s is in the future", at.Format(time.RFC3339))
	}
	decide, ok := deciders[a.Kind]
	if !ok {
		return nil, refuse("%q is not something a person does", a.Kind)
	}
	c := causes{in: in, act: a, at: at, now: now}
	if err := c.barred(); err != nil {
		return nil, err
	}
	if err := decide(&c); err != nil {
		return nil, err
	}
	return c.events, nil
}

// causes gathers what an act causes.
type causes struct {
	in     *Incident
	act    Act
	at     time.Time // event time
	now    time.Time
	events []Event
}

// add appends an event in the name of the person.
func (c *causes) add(kind EventKind, data any) {
	c.events = append(c.events, NewEvent(kind, c.at, c.act.By, data))
}

var deciders = map[EventKind]func(*causes) error{
	EventStepDone:     decideTick,
	EventStepReopened: decideUndo,
	EventStepSkipped:  decideSkip,
	EventAcknowledged: func(c *causes) error { c.add(c.act.Kind, Remark{Text: c.act.Note}); return nil },
	EventNote:         decideNote,
	EventLevel:        decideLevel,
	EventHappened:     decideAnchor,
	EventNoticed:      decideAnchor,
	EventPaused:       given(decidePause),
	EventResumed:      given(decideResume),
	EventHandedOver:   given(decideHandover),
	EventRecused:      given(decideRecuse),
	EventRestricted:   given(decideRestrict),
	EventClosed:       decideClose,
	EventReopened:     decideReopen,
	EventVerdict:      decideVerdict,

	EventPlanned:     given(decidePlan),
	EventPlanDropped: given(decideDrop),
	EventStepAdded:   given(decideAdd),
	EventAssigned:    given(decideAssign),
	EventReached:     given(decideReached),
	EventConfirmed:   given(decideConfirm),

	EventDrafted:           given(decideDraft),
	EventStatementReviewed: given(decideReview),
	EventApproved:          given(decideApprove),
	EventCountersigned:     given(decideCountersign),
	EventPublished:         given(decidePublish),
	EventWithdrawn:         given(decideWithdraw),

	EventPromised:     given(decidePromise),
	EventPromiseKept:  given(decideKeep),
	EventPromiseMoved: given(decideMove),

	EventFinding:       given(decideFinding),
	EventActionAdded:   given(decideAction),
	EventActionDone:    given(decideActionDone),
	EventActionChecked: given(decideActionChecked),
	EventAmended:       given(decideAmended),
	EventReviewed:      decideReviewed,
}

// PersonActs lists the kinds of events that a person may cause, in order.
func PersonActs() []EventKind {
	return slices.Sorted(maps.Keys(deciders))
}

// given hands the act's own payload to a decision.
func given[T any](f func(*causes, T) error) func(*causes) error {
	return func(c *causes) error {
		data, ok := c.act.Data.(T)
		if !ok {
			return refuse("%s needs a %T, not a %T", c.act.Kind, data, c.act.Data)
		}
		return f(c, data)
	}
}

// step finds the step that the act names.
func (c *causes) step() (*StepState, error) {
	s := c.in.Step(c.act.Plan, c.act.Step)
	if s == nil || s.Dropped {
		return nil, refuse("there is no step %s/%s", c.act.Plan, c.act.Step)
	}
	return s, nil
}

// decideTick also keeps the promise that a step which runs from promises was due for.
func decideTick(c *causes) error {
	s, err := c.step()
	if err != nil {
		return err
	}
	var owed *Promise
	if s.From == FromPromise {
		owed = c.in.owed(s)
	}
	if s.Done && len(s.RepeatEvery) == 0 && owed == nil {
		return refuse("the step is done already, by %s", s.DoneBy)
	}
	c.add(EventStepDone, Tick{Plan: c.act.Plan, Step: c.act.Step, Note: c.act.Note, Link: c.act.Link})
	if owed != nil {
		c.add(EventPromiseKept, Keeping{Promise: owed.ID, Link: c.act.Link, Note: c.act.Note})
	}
	return nil
}

func decideUndo(c *causes) error {
	s, err := c.step()
	if err != nil {
		return err
	}
	if !s.Done && !s.Skipped {
		return refuse("the step is open already")
	}
	c.add(EventStepReopened, Tick{Plan: c.act.Plan, Step: c.act.Step, Note: c.act.Note, Link: c.act.Link})
	return nil
}

func decideSkip(c *causes) error {
	s, err := c.step()
	switch {
	case err != nil:
		return err
	case s.Done || s.Skipped:
		return refuse("the step is settled already, by %s", s.DoneBy)
	case strings.TrimSpace(c.act.Note) == "":
		return refuse("a step is left out only with a reason")
	}
	c.add(EventStepSkipped, Tick{Plan: c.act.Plan, Step: c.act.Step, Note: c.act.Note})
	return nil
}

func decideNote(c *causes) error {
	a := c.act
	switch {
	case strings.TrimSpace(a.Note) == "" && a.Link == "":
		return refuse("the note is empty")
	case a.Step != "" && c.in.Step(a.Plan, a.Step) == nil:
		return refuse("there is no step %s/%s", a.Plan, a.Step)
	}
	c.add(EventNote, Remark{Text: a.Note, Link: a.Link, Plan: a.Plan, Step: a.Step})
	return nil
}

func decideLevel(c *causes) error {
	a := c.act
	switch {
	case a.Event == LevelNone && a.Opinion == LevelNone:
		return refuse("no level is given")
	case strings.TrimSpace(a.Note) == "":
		return refuse("a change of level needs a reason")
	}
	for _, m := range a.Sheet {
		if m.Points < 0 || m.Points > 3 {
			return refuse("dimension %s has %d points, want 0 to 3", m.Dimension, m.Points)
		}
	}
	c.add(EventLevel, LevelChange{Event: a.Event, Opinion: a.Opinion, Reason: a.Note, Known: a.Known, Sheet: a.Sheet})
	return nil
}

// decideAnchor sets the time from which clocks run.
func decideAnchor(c *causes) error {
	if c.act.At.IsZero() || c.act.At.After(c.now) {
		return refuse("the time it %s must lie in the past", map[EventKind]string{EventHappened: "happened", EventNoticed: "was noticed"}[c.act.Kind])
	}
	first := Finder("")
	if a, ok := c.act.Data.(Anchored); ok && c.act.Kind == EventNoticed {
		first = a.First
	}
	if first != "" && !slices.Contains(Finders, first) {
		return refuse("%q is nobody who finds an incident", first)
	}
	c.add(c.act.Kind, Anchored{At: c.act.At.UTC(), Reason: c.act.Note, First: first})
	return nil
}

// decideClose lets a person close with a reason before the criteria hold, and records
// which did not; the machine must wait for the quiet. Nobody closes on an open promise.
func decideClose(c *causes) error {
	in, a := c.in, c.act
	switch open := in.OpenPromises(); {
	case !in.Open():
		return refuse("the incident is closed already")
	case a.By == Machine && in.Quiet.IsZero():
		return refuse("the closing criteria do not hold")
	case len(open) > 0:
		return refuse("promise %s is still open, due %s: keep it, or tell the public another time", open[0].ID, open[0].Due.Format(time.RFC3339))
	case a.By != Machine && strings.TrimSpace(a.Note) == "":
		return refuse("closing needs a reason")
	}
	c.add(EventClosed, Ending{Text: a.Note, Calm: !in.Quiet.IsZero(), Unmet: in.Unconfirmed()})
	return nil
}

func decideReopen(c *causes) error {
	if c.in.Open() {
		return refuse("the incident is open already")
	}
	c.add(EventReopened, Remark{Text: c.act.Note})
	return nil
}
