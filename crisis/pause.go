package crisis

import (
	"slices"
	"strings"
	"time"
)

// Halt is the payload of EventPaused and EventResumed: the target of one step stands
// still, or without a step all targets of the incident. Red lines go on.
type Halt struct {
	Plan   string `json:"plan,omitempty"`
	Step   string `json:"step,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Pause is a time in which targets stood still (暂停计时).
type Pause struct {
	Plan, Step string // "" for all targets
	Reason     string
	By         string
	From       time.Time
	To         time.Time // zero while it lasts
}

// covers says whether a pause holds the target of a step.
func (p *Pause) covers(s *StepState) bool {
	return p.Step == "" || p.Step == s.ID && p.Plan == s.Plan
}

// Paused returns the pause that holds a step at present, nil if none does. With nil it
// returns the one that holds all targets.
func (in *Incident) Paused(s *StepState) *Pause {
	for i := range in.Pauses {
		p := &in.Pauses[i]
		if p.To.IsZero() && (s == nil && p.Step == "" || s != nil && s.From != FromPromise && p.covers(s)) {
			return p
		}
	}
	return nil
}

// Standing returns the pauses that last.
func (in *Incident) Standing() []Pause {
	return slices.DeleteFunc(slices.Clone(in.Pauses), func(p Pause) bool { return !p.To.IsZero() })
}

// shifted moves a moment of a clock that began at from by the pauses that lie before
// it; false while a pause lasts. What had passed when a pause began does not move.
func (in *Incident) shifted(s *StepState, from, at time.Time) (time.Time, bool) {
	counted := from // pauses are counted up to here: they may overlap
	for i := range in.Pauses {
		p := &in.Pauses[i]
		if !p.covers(s) {
			continue
		}
		if p.To.IsZero() {
			return time.Time{}, false
		}
		start := p.From
		if start.Before(counted) {
			start = counted
		}
		if !p.To.After(start) || !start.Before(at) {
			continue
		}
		at = at.Add(p.To.Sub(start))
		counted = p.To
	}
	return at, true
}

// stood says whether the clock of a step stood still at a moment.
func (in *Incident) stood(s *StepState, at time.Time) bool {
	return slices.ContainsFunc(in.Pauses, func(p Pause) bool {
		return p.covers(s) && !at.Before(p.From) && (p.To.IsZero() || at.Before(p.To))
	})
}

// resumed moves the beginning of a wait by the pauses behind it; false while one lasts.
// What no pause shifts waits on.
func (in *Incident) resumed(s *StepState, r run, since time.Time) (time.Time, bool) {
	if r.firm || len(in.Pauses) == 0 {
		return since, true
	}
	const long = 100 * 365 * 24 * time.Hour
	at, ok := in.shifted(s, since, since.Add(long))
	return at.Add(-long), ok
}

func (in *Incident) applyPaused(e *Event, h Halt) error {
	in.Pauses = append(in.Pauses, Pause{Plan: h.Plan, Step: h.Step, Reason: h.Reason, By: e.Actor, From: e.At})
	slices.SortStableFunc(in.Pauses, func(a, b Pause) int { return a.From.Compare(b.From) })
	return nil
}

// applyResumed ends a pause. What had been said of a clock before it began stays said:
// the time that was still to run is the same.
func (in *Incident) applyResumed(e *Event, h Halt) error {
	for i := range in.Pauses {
		p := &in.Pauses[i]
		if !p.To.IsZero() || p.Plan != h.Plan || p.Step != h.Step {
			continue
		}
		p.To = p.From
		before := map[*StepState]time.Time{}
		for k := range in.Steps {
			if s := &in.Steps[k]; p.covers(s) {
				before[s], _ = in.Due(s)
			}
		}
		if e.At.After(p.From) {
			p.To = e.At
		}
		for s, was := range before {
			if a, ok := s.Told[""]; ok && a.Due.Equal(was) {
				a.Due, _ = in.Due(s)
				s.Told[""] = a
			}
		}
	}
	return nil
}

// halted finds the pause that an act speaks of.
func (c *causes) halted(h Halt) (*Pause, error) {
	if h.Step == "" {
		if h.Plan != "" {
			return nil, refuse("name a step of plan %s, or nothing for all steps", h.Plan)
		}
		return c.in.Paused(nil), nil
	}
	s := c.in.Step(h.Plan, h.Step)
	if s == nil || s.Dropped {
		return nil, refuse("there is no step %s/%s", h.Plan, h.Step)
	}
	for i := range c.in.Pauses {
		if p := &c.in.Pauses[i]; p.To.IsZero() && p.Plan == h.Plan && p.Step == h.Step {
			return p, nil
		}
	}
	return nil, nil
}

func decidePause(c *causes, h Halt) error {
	p, err := c.halted(h)
	switch {
	case err != nil:
		return err
	case p != nil:
		return refuse("it is paused already, by %s", p.By)
	case strings.TrimSpace(h.Reason) == "":
		return refuse("a pause needs a reason")
	case !c.in.Open():
		return refuse("the incident is closed")
	}
	if s := c.in.Step(h.Plan, h.Step); s != nil {
		switch _, runs := c.in.target(s); {
		case s.From == FromPromise:
			return refuse("what the public was told cannot be paused: tell the public another time")
		case !runs:
			return refuse("no clock of step %s/%s is running", h.Plan, h.Step)
		}
	}
	c.add(EventPaused, h)
	return nil
}

func decideResume(c *causes, h Halt) error {
	p, err := c.halted(h)
	switch {
	case err != nil:
		return err
	case p == nil:
		return refuse("it is not paused")
	case c.at.Before(p.From):
		return refuse("the pause began later, at %s", p.From.Format(time.RFC3339))
	}
	c.add(EventResumed, h)
	return nil
}
