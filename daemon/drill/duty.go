package drill

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// Duty is something that people have to do by themselves and that the monitor cannot do
// for them: a part of the trap. It asks for exactly one of its kinds.
type Duty struct {
	What  playbooks.Text `yaml:"what"`
	Topic string         `yaml:"topic"` // of the incident; empty: that which is expected

	Steps   []string     `yaml:"steps"`   // are ticked, by their ids
	Text    []string     `yaml:"text"`    // no version that was written breaks these reply rules
	Level   crisis.Level `yaml:"level"`   // is confirmed by a person, or a graver one
	Below   crisis.Level `yaml:"below"`   // no person graded it as grave as this
	Recused string       `yaml:"recused"` // who must stay outside
	Signed  string       `yaml:"signed"`  // who must not have reviewed or approved a statement
	Told    int          `yaml:"told"`    // statements that were published, at least
	Kept    bool         `yaml:"kept"`    // something was promised, and no promised time passed in silence
	Owed    bool         `yaml:"owed"`    // a result was promised, and the incident is open while it is owed
	Real    bool         `yaml:"real"`    // nobody judged it as noise or closed it
	Rescue  bool         `yaml:"rescue"`  // every call for rescue was handed on

	By     time.Duration `yaml:"by"`     // since the incident opened, of a rescue since it came in; 0: at all
	Before string        `yaml:"before"` // of steps: before this step, or before "publication"
}

// kinds counts what a duty asks for.
func (d *Duty) kinds() int {
	n := 0
	for _, asked := range []bool{
		d.Steps != nil, d.Text != nil, d.Level != crisis.LevelNone, d.Below != crisis.LevelNone, d.Recused != "", d.Signed != "", d.Told > 0, d.Kept, d.Owed, d.Real, d.Rescue,
	} {
		if asked {
			n++
		}
	}
	return n
}

func (d *Duty) check() error {
	switch {
	case d.What.ZH == "" || d.What.EN == "":
		return errors.New("say what it is, in zh and en")
	case d.kinds() != 1:
		return errors.New("ask for exactly one of steps, text, level, below, recused, signed, told, kept, owed, real and rescue")
	case d.Before != "" && d.Steps == nil:
		return errors.New("before is for steps")
	}
	return nil
}

// duty judges one duty.
func (j *judge) duty(d *Duty) {
	ok, found := false, ""
	if d.Rescue {
		ok, found = j.handedOn(d.By)
	} else if in := j.f.first(cmp.Or(d.Topic, j.s.Expect.Topic)); in != nil {
		ok, found = d.done(in)
	} else if d.Below != crisis.LevelNone || d.Real {
		ok = true // nothing opened: nobody could do wrong
	}
	j.out = append(j.out, Check{What: d.What, OK: ok, Found: found})
}

// handedOn says whether every call for rescue was handed on in time.
func (j *judge) handedOn(by time.Duration) (bool, string) {
	n := 0
	for i := range j.f.Asks {
		a := &j.f.Asks[i]
		if a.Class != crisis.AskRescue {
			continue
		}
		n++
		if !a.State.Done() || by > 0 && a.At.Sub(a.Received) > by {
			return false, a.Quote
		}
	}
	return n > 0, ""
}

// done judges a duty by what was done to an incident.
func (d *Duty) done(in *crisis.Incident) (bool, string) {
	limit := time.Time{}
	if d.By > 0 {
		limit = in.Opened.Add(d.By)
	}
	inTime := func(at time.Time) bool { return !at.IsZero() && (limit.IsZero() || !at.After(limit)) }
	switch {
	case d.Steps != nil:
		return d.ticked(in, inTime)
	case d.Text != nil:
		return d.clean(in)
	case d.Level != crisis.LevelNone:
		return graded(in) && !d.Level.Graver(in.Level()), in.Level().String()
	case d.Below != crisis.LevelNone:
		return !graded(in) || d.Below.Graver(in.Level()), in.Level().String()
	case d.Recused != "":
		return in.IsRecused(d.Recused), ""
	case d.Signed != "":
		return d.unsigned(in)
	case d.Told > 0:
		n := 0
		for i := range in.Statements {
			if inTime(in.Statements[i].Published()) {
				n++
			}
		}
		return n >= d.Told, ""
	case d.Kept:
		for i := range in.Promises {
			if p := &in.Promises[i]; !p.Missed.IsZero() {
				return false, p.What
			}
		}
		return len(in.Promises) > 0, ""
	case d.Owed:
		return in.Open() && slices.ContainsFunc(in.Promises, func(p crisis.Promise) bool { return p.Kind == crisis.PromiseResult && p.Open() }), ""
	}
	return in.Open() && in.Verdict != crisis.VerdictNoise && in.Verdict != crisis.VerdictKnown, string(in.Verdict)
}

// graded says whether a person has decided on a level.
func graded(in *crisis.Incident) bool { return in.Ruling != nil || in.EventLevel != crisis.LevelNone }

// ticked says whether all steps of the duty are ticked, in time and before what they
// have to come before.
func (d *Duty) ticked(in *crisis.Incident, inTime func(time.Time) bool) (bool, string) {
	end := time.Time{}
	switch d.Before {
	case "":
	case "publication":
		for i := range in.Statements {
			if at := in.Statements[i].Published(); !at.IsZero() && (end.IsZero() || at.Before(end)) {
				end = at
			}
		}
	default:
		if s := stepOf(in, d.Before); s != nil && s.Done {
			end = s.DoneAt
		}
	}
	for _, id := range d.Steps {
		s := stepOf(in, id)
		if s == nil || !s.Done || !inTime(s.DoneAt) || !end.IsZero() && s.DoneAt.After(end) {
			return false, id
		}
	}
	return true, ""
}

// stepOf finds a step of any plan of an incident.
func stepOf(in *crisis.Incident, id string) *crisis.StepState {
	for i := range in.Steps {
		if in.Steps[i].ID == id {
			return &in.Steps[i]
		}
	}
	return nil
}

// clean says whether no version of any statement breaks one of the rules of the duty.
func (d *Duty) clean(in *crisis.Incident) (bool, string) {
	var broken []string
	for i := range in.Statements {
		for _, v := range in.Statements[i].Versions {
			for _, m := range v.Findings {
				if slices.Contains(d.Text, m.Rule) && !slices.Contains(broken, m.Rule) {
					broken = append(broken, m.Rule)
				}
			}
		}
	}
	return len(in.Statements) > 0 && broken == nil, strings.Join(broken, ", ")
}

// unsigned says whether somebody kept away from the statements.
func (d *Duty) unsigned(in *crisis.Incident) (bool, string) {
	for i := range in.Statements {
		s := &in.Statements[i]
		if s.ApprovedBy == d.Signed || slices.ContainsFunc(s.Reviews, func(r crisis.Review) bool { return r.By == d.Signed }) {
			return false, s.ID
		}
	}
	return len(in.Statements) > 0, ""
}
