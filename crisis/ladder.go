package crisis

import (
	"slices"
	"strings"
	"time"
)

// The reasons for an escalation.
const (
	WhyUnacknowledged = "unacknowledged" // nobody has acknowledged the incident
	WhyStalled        = "stalled"        // somebody did, and nothing moved
	WhyOverdue        = "overdue"        // a target or a red line passed
)

// Rung is one step of a ladder of people who are called (催办层级).
type Rung struct {
	After time.Duration `yaml:"after" doc:"how long after the beginning they are called"`
	Roles []string      `yaml:"roles" doc:"roles that are called"`
	Least Level         `yaml:"least" doc:"least level of an incident at which they are, such as III; empty: at every level"`
}

// String writes a rung as 20m0s: leader (III).
func (r Rung) String() string {
	s := r.After.String() + ": " + strings.Join(r.Roles, " and ")
	if r.Least != LevelNone {
		s += " (" + r.Least.String() + ")"
	}
	return s
}

// For returns the rungs that hold for incidents of a level. What nobody has graded may be
// as grave as any: all of them hold.
func For(level Level, rungs []Rung) []Rung {
	var out []Rung
	for _, r := range rungs {
		if level == LevelNone || r.Least == LevelNone || !r.Least.Graver(level) {
			out = append(out, r)
		}
	}
	return out
}

// Ladders say who is called when nobody acts, and when.
type Ladders struct {
	Unacknowledged []Rung
	Overdue        []Rung        // from when people were told that a target passed
	RedLine        []Rung        // the same for a red line
	Repeat         time.Duration // after the last rung of Unacknowledged it is called again and again; 0: it is not
	LapseGrave     time.Duration // at levels I and II an acknowledgement lapses when nothing moved for so long; 0: never
	LapseOther     time.Duration // at other levels
	Floor          time.Time     // nothing is counted from before: until then people were not to be woken
}

// Escalation is the payload of EventEscalated.
type Escalation struct {
	Why     string    `json:"why"`
	Plan    string    `json:"plan,omitempty"` // of kind overdue: what passed
	Step    string    `json:"step,omitempty"`
	RedLine string    `json:"red_line,omitempty"`
	Due     time.Time `json:"due,omitzero"`
	Rung    int       `json:"rung"` // 1 is the first; beyond the last: called again
	Roles   []string  `json:"roles"`
	People  []string  `json:"people,omitempty"` // who hold these roles at the time
}

// Lapse is the payload of EventLapsed: who had it no longer counts as having it.
type Lapse struct {
	Holder string    `json:"holder"`
	Since  time.Time `json:"since"` // the last thing a person did
}

// climb returns the highest rung that has come at now and is above the one climbed, 0
// for none, and when the next one comes.
func climb(rungs []Rung, repeat time.Duration, since time.Time, climbed int, now time.Time) (rung int, next time.Time) {
	for k := climbed + 1; len(rungs) > 0; k++ {
		at := since.Add(rungs[min(k, len(rungs))-1].After)
		if k > len(rungs) {
			if repeat <= 0 {
				break
			}
			at = at.Add(time.Duration(k-len(rungs)) * repeat)
		}
		if at.After(now) {
			return rung, at
		}
		rung = k
	}
	return rung, time.Time{}
}

// rolesAt are the roles that are called at a rung: also those of the rungs below, who
// have not acted.
func rolesAt(rungs []Rung, rung int) []string {
	var out []string
	for _, r := range rungs[:min(rung, len(rungs))] {
		for _, role := range r.Roles {
			if !slices.Contains(out, role) {
				out = append(out, role)
			}
		}
	}
	return out
}

// Escalations returns who is to be called at now because nobody acts, and when the
// next call comes, zero if none does while nothing happens.
func (in *Incident) Escalations(l Ladders, now time.Time) (calls []Escalation, next time.Time) {
	add := func(e Escalation, rungs []Rung, repeat time.Duration, since time.Time, climbed int) {
		since = later(since, l.Floor)
		rung, at := climb(rungs, repeat, since, climbed, now)
		if rung == 0 && climbed > 0 && e.Why != WhyOverdue && skipped(rungs, in.Rang, since, now) {
			rung = climbed + 1
		}
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
		if rung > 0 {
			e.Rung, e.Roles = rung, rolesAt(rungs, rung)
			calls = append(calls, e)
		}
	}
	if in.Open() && !in.Unheld.IsZero() {
		why := WhyUnacknowledged
		if in.Lapsed {
			why = WhyStalled
		}
		add(Escalation{Why: why}, l.Unacknowledged, l.Repeat, in.Unheld, in.Rung)
	}
	in.each(func(s *StepState, r *RedLine, stretch run) {
		id, rungs := "", l.Overdue
		if r != nil {
			id, rungs = r.ID, l.RedLine
		}
		a, ok := s.Told[id]
		if !ok || a.Share != ShareDue {
			return
		}
		if due, ok := in.moment(s, stretch, ShareDue); ok && due.Equal(a.Due) {
			since := a.At
			switch {
			case !in.Open() && s.From != FromClosed && s.From != FromPromise: // what was left open was left with a reason
				return
			case r == nil && in.Open() && !in.Unheld.IsZero(): // the same people are called for that
				return
			case r == nil && in.Acknowledged.After(since):
				since = in.Acknowledged
			}
			if since, ok = in.resumed(s, stretch, since); !ok {
				return
			}
			add(Escalation{Why: WhyOverdue, Plan: s.Plan, Step: s.ID, RedLine: id, Due: due}, rungs, 0, since, a.Rung)
		}
	})
	return calls, next
}

// skipped says whether a rung that has come was not climbed, because it did not hold
// before the level was raised.
func skipped(rungs []Rung, rang []string, since, now time.Time) bool {
	return slices.ContainsFunc(rungs, func(r Rung) bool {
		return !since.Add(r.After).After(now) && slices.ContainsFunc(r.Roles, func(role string) bool { return !slices.Contains(rang, role) })
	})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Lapses returns when the acknowledgement lapses if nobody does anything: so long after
// the last thing a person did, and not while no step is due; false if it does not.
func (in *Incident) Lapses(l Ladders) (time.Time, bool) {
	patience := l.LapseOther
	if level := in.Level(); level == LevelI || level == LevelII {
		patience = l.LapseGrave
	}
	if !in.Open() || in.Holder == "" || patience <= 0 {
		return time.Time{}, false
	}
	at, first := later(in.Moved, l.Floor).Add(patience), time.Time{}
	in.each(func(s *StepState, _ *RedLine, r run) {
		if due, ok := in.moment(s, r, ShareDue); ok && (first.IsZero() || due.Before(first)) {
			first = due
		}
	})
	if first.After(at) {
		at = first
	}
	return at, !first.IsZero()
}

func (in *Incident) applyEscalated(_ *Event, e Escalation) error {
	for _, p := range e.People {
		if !slices.Contains(in.Called, p) {
			in.Called = append(slices.Clip(in.Called), p)
		}
	}
	if e.Why != WhyOverdue {
		in.Rung, in.Rang = e.Rung, e.Roles
		return nil
	}
	if s := in.Step(e.Plan, e.Step); s != nil {
		if a, ok := s.Told[e.RedLine]; ok && a.Due.Equal(e.Due) {
			a.Rung = e.Rung
			s.Told[e.RedLine] = a
		}
	}
	return nil
}

func (in *Incident) applyLapsed(e *Event, _ Lapse) error {
	in.unhold(e.At)
	in.Lapsed = true
	return nil
}

// unhold leaves the incident to nobody: the ladder begins.
func (in *Incident) unhold(at time.Time) {
	in.Holder, in.Acknowledged = "", time.Time{}
	in.Unheld, in.Rung, in.Rang, in.Lapsed = at, 0, nil, false
}

// hold gives the incident to a person: nobody more is called.
func (in *Incident) hold(person string, at time.Time) {
	in.Holder, in.Acknowledged = person, at
	in.Unheld, in.Rung, in.Rang, in.Lapsed = time.Time{}, 0, nil, false
}
