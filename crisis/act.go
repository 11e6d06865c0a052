package crisis

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Act is what a person does to an incident, from the console, a chat or a link.
// Kind is one of the events a person may cause.
type Act struct {
	Kind     EventKind
	Incident string
	By       string    // who, as shown in the timeline
	Plan     string    // step_done, step_reopened, planned; note
	Step     string    // step_done, step_reopened; note: the step whose record it adds to
	Note     string    // words; the reason of a level change
	Link     string    // evidence of a tick or a note
	Event    Level     // level
	Opinion  Level     // level
	Known    []Signal  // level: what the detectors claim at present
	Verdict  Verdict   // verdict
	At       time.Time // event time; zero is now. For happened: when it happened
}

// ErrRefused marks an act that the state of the incident does not allow.
var ErrRefused = errors.New("refused")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// Decide turns an act into the event it causes, or refuses it with a reason for
// the person. Ticking a ticked step, or undoing an open one, is refused, so that
// a double click leaves one event.
func (in *Incident) Decide(a Act, now time.Time) (Event, error) {
	if strings.TrimSpace(a.By) == "" {
		return Event{}, refuse("nobody is named as the actor")
	}
	at := a.At
	if at.IsZero() || a.Kind == EventHappened {
		at = now
	}
	if at.After(now.Add(time.Minute)) {
		return Event{}, refuse("the time %s is in the future", at.Format(time.RFC3339))
	}
	switch a.Kind {
	case EventStepDone, EventStepReopened:
		return in.decideTick(a, at)
	case EventAcknowledged:
		return NewEvent(a.Kind, at, a.By, Remark{Text: a.Note}), nil
	case EventNote:
		return in.decideNote(a, at)
	case EventLevel:
		if a.Event == LevelNone && a.Opinion == LevelNone {
			return Event{}, refuse("no level is given")
		}
		if strings.TrimSpace(a.Note) == "" {
			return Event{}, refuse("a change of level needs a reason")
		}
		return NewEvent(a.Kind, at, a.By, LevelChange{Event: a.Event, Opinion: a.Opinion, Reason: a.Note, Known: a.Known}), nil
	case EventHappened:
		if a.At.IsZero() || a.At.After(now) {
			return Event{}, refuse("the time it happened must lie in the past")
		}
		return NewEvent(a.Kind, at, a.By, Anchored{At: a.At.UTC(), Reason: a.Note}), nil
	case EventClosed:
		return in.decideClose(a, at)
	case EventReopened:
		if in.Open() {
			return Event{}, refuse("the incident is open already")
		}
		return NewEvent(a.Kind, at, a.By, Remark{Text: a.Note}), nil
	case EventVerdict:
		return in.decideVerdict(a, at)
	}
	return Event{}, refuse("%q is not something a person does", a.Kind)
}

func (in *Incident) decideTick(a Act, at time.Time) (Event, error) {
	s := in.Step(a.Plan, a.Step)
	if s == nil {
		return Event{}, refuse("there is no step %s/%s", a.Plan, a.Step)
	}
	repeats := len(s.RepeatEvery) > 0
	switch {
	case a.Kind == EventStepDone && s.Done && !repeats:
		return Event{}, refuse("the step is done already, by %s", s.DoneBy)
	case a.Kind == EventStepReopened && !s.Done:
		return Event{}, refuse("the step is open already")
	}
	return NewEvent(a.Kind, at, a.By, Tick{Plan: a.Plan, Step: a.Step, Note: a.Note, Link: a.Link}), nil
}

func (in *Incident) decideNote(a Act, at time.Time) (Event, error) {
	switch {
	case strings.TrimSpace(a.Note) == "" && a.Link == "":
		return Event{}, refuse("the note is empty")
	case a.Step != "" && in.Step(a.Plan, a.Step) == nil:
		return Event{}, refuse("there is no step %s/%s", a.Plan, a.Step)
	}
	return NewEvent(EventNote, at, a.By, Remark{Text: a.Note, Link: a.Link, Plan: a.Plan, Step: a.Step}), nil
}

// decideClose lets a person close at any time with a reason; only the machine
// must wait for the quiet.
func (in *Incident) decideClose(a Act, at time.Time) (Event, error) {
	switch {
	case !in.Open():
		return Event{}, refuse("the incident is closed already")
	case a.By == Machine && in.Quiet.IsZero():
		return Event{}, refuse("the closing criteria do not hold")
	case a.By != Machine && strings.TrimSpace(a.Note) == "":
		return Event{}, refuse("closing needs a reason")
	}
	return NewEvent(EventClosed, at, a.By, Remark{Text: a.Note}), nil
}
