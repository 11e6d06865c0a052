package drill

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// Move is what a scripted person does at its time.
type Move struct {
	At      time.Duration  `yaml:"at"` // since the beginning
	By      string         `yaml:"by"` // who
	Do      string         `yaml:"do"` // one of Doings
	Topic   string         `yaml:"topic"`
	Steps   []string       `yaml:"steps"` // of tick and skip: ids
	Event   crisis.Level   `yaml:"event"` // of level
	Opinion crisis.Level   `yaml:"opinion"`
	Note    string         `yaml:"note"`    // record of a tick, reason of anything else
	Kind    string         `yaml:"kind"`    // of say: kind of the statement
	Text    string         `yaml:"text"`    // of say
	Check   string         `yaml:"check"`   // of say: who reviews it
	Sign    string         `yaml:"sign"`    // of say: who approves it
	Person  string         `yaml:"person"`  // of recuse
	Promise string         `yaml:"promise"` // of move: id
	Until   time.Duration  `yaml:"until"`   // of move: the new time, since the beginning
	Verdict crisis.Verdict `yaml:"verdict"` // of judge
	Refused string         `yaml:"refused"` // the daemon must refuse it, with these words
}

// Doings are what scripted people do: acknowledge, tick and skip steps, grade, write a
// statement and bring it out, recuse somebody, hand on all calls for rescue, give the
// public another time, judge, and close.
var Doings = []string{"ack", "tick", "skip", "level", "say", "recuse", "rescue", "move", "judge", "close"}

func (m *Move) check(lasts time.Duration) error {
	switch {
	case m.At < 0 || m.At >= lasts:
		return fmt.Errorf("at %s does not lie within the %s of the drill", m.At, lasts)
	case m.By == "":
		return errors.New("by: who does it")
	case !slices.Contains(Doings, m.Do):
		return fmt.Errorf("do %q: write one of %v", m.Do, Doings)
	case m.Do == "say" && (m.Kind == "" || m.Text == "" || m.Check == "" || m.Sign == ""):
		return errors.New("say: kind, text, check and sign are needed")
	case (m.Do == "tick" || m.Do == "skip") && len(m.Steps) == 0:
		return errors.New("steps: which")
	}
	return nil
}

// Acts returns what a move does to an incident as it stands: one act after the other,
// each of which is decided when those before it are done. Begin is the beginning of the
// drill, org signs the statements.
func (m *Move) Acts(in *crisis.Incident, begin time.Time, org string) []func(*crisis.Incident) crisis.Act {
	act := func(kind crisis.EventKind, data any) func(*crisis.Incident) crisis.Act {
		return func(*crisis.Incident) crisis.Act {
			return crisis.Act{Kind: kind, Incident: in.ID, By: m.By, Note: m.Note, Data: data}
		}
	}
	switch m.Do {
	case "ack":
		return []func(*crisis.Incident) crisis.Act{act(crisis.EventAcknowledged, nil)}
	case "tick", "skip":
		return m.settle(in)
	case "level":
		return []func(*crisis.Incident) crisis.Act{func(*crisis.Incident) crisis.Act {
			return crisis.Act{Kind: crisis.EventLevel, Incident: in.ID, By: m.By, Note: m.Note, Event: m.Event, Opinion: m.Opinion}
		}}
	case "say":
		return m.say(begin, org)
	case "recuse":
		return []func(*crisis.Incident) crisis.Act{act(crisis.EventRecused, crisis.Recusal{Person: m.Person, Reason: m.Note})}
	case "move":
		return []func(*crisis.Incident) crisis.Act{act(crisis.EventPromiseMoved, crisis.Moving{Promise: m.Promise, Due: begin.Add(m.Until), Reason: m.Note})}
	case "judge":
		return []func(*crisis.Incident) crisis.Act{func(*crisis.Incident) crisis.Act {
			return crisis.Act{Kind: crisis.EventVerdict, Incident: in.ID, By: m.By, Note: m.Note, Verdict: m.Verdict}
		}}
	case "close":
		return []func(*crisis.Incident) crisis.Act{act(crisis.EventClosed, nil)}
	}
	return nil
}

func (m *Move) settle(in *crisis.Incident) []func(*crisis.Incident) crisis.Act {
	kind := crisis.EventStepDone
	if m.Do == "skip" {
		kind = crisis.EventStepSkipped
	}
	var out []func(*crisis.Incident) crisis.Act
	for _, id := range m.Steps {
		out = append(out, func(in *crisis.Incident) crisis.Act {
			a := crisis.Act{Kind: kind, Incident: in.ID, By: m.By, Step: id, Note: m.Note}
			if s := stepOf(in, id); s != nil {
				a.Plan = s.Plan
			}
			return a
		})
	}
	return out
}

// day writes a date as notices do.
func day(t time.Time) string { return t.Format("1月2日") }

// say writes a statement, has it reviewed and approved, and says that it is out.
func (m *Move) say(begin time.Time, org string) []func(*crisis.Incident) crisis.Act {
	last := func(in *crisis.Incident) (id string, version int) {
		s := &in.Statements[len(in.Statements)-1]
		return s.ID, s.Last().N
	}
	out := []func(*crisis.Incident) crisis.Act{func(in *crisis.Incident) crisis.Act {
		d := crisis.Draft{Kind: m.Kind, Text: strings.NewReplacer("{today}", day(begin), "{tomorrow}", day(begin.AddDate(0, 0, 1))).Replace(m.Text) + "\n" + org}
		for i := range in.Steps {
			if s := &in.Steps[i]; s.Template == m.Kind && in.Wanted(s) {
				d.Plan, d.Step = s.Plan, s.ID
				break
			}
		}
		return crisis.Act{Kind: crisis.EventDrafted, Incident: in.ID, By: m.By, Data: d}
	}}
	for _, stage := range crisis.Stages {
		out = append(out, func(in *crisis.Incident) crisis.Act {
			id, v := last(in)
			return crisis.Act{Kind: crisis.EventStatementReviewed, Incident: in.ID, By: m.Check, Data: crisis.Review{Statement: id, Version: v, Stage: stage, OK: true}}
		})
	}
	return append(out, func(in *crisis.Incident) crisis.Act {
		id, v := last(in)
		a := crisis.Approval{Statement: id, Version: v}
		for _, f := range in.Statement(id).Last().Findings {
			if f.Severity == "warn" {
				a.Confirmed = append(a.Confirmed, f.Rule)
			}
		}
		return crisis.Act{Kind: crisis.EventApproved, Incident: in.ID, By: m.Sign, Data: a}
	}, func(in *crisis.Incident) crisis.Act {
		id, v := last(in)
		return crisis.Act{Kind: crisis.EventPublished, Incident: in.ID, By: m.By, Data: crisis.Publishing{Publication: crisis.Publication{Statement: id, Version: v, Where: "官方账号", URL: "https://notice.yunchuan.example/" + id}}}
	})
}
