package crisis

import (
	"slices"
	"time"
)

// Clock is one deadline of an incident (时限): a step's target, or a red line.
type Clock struct {
	Plan    string    `json:"plan"`
	Step    string    `json:"step"`
	Title   string    `json:"title"` // what must be done
	TitleEN string    `json:"title_en,omitempty"`
	Role    string    `json:"role,omitempty"`
	RoleEN  string    `json:"role_en,omitempty"`
	Due     time.Time `json:"due"`
	RedLine string    `json:"red_line,omitempty"` // id of the red line, "" for a target
	Source  string    `json:"source,omitempty"`   // the rule behind a red line
}

// anchor returns the start of a clock; false while it has not happened.
func (in *Incident) anchor(a Anchor) (time.Time, bool) {
	switch a {
	case FromDetected, "":
		return in.Opened, !in.Opened.IsZero()
	case FromHappened:
		if !in.Happened.IsZero() {
			return in.Happened, true
		}
		return in.Opened, !in.Opened.IsZero()
	case FromClosed:
		return in.Closed, !in.Closed.IsZero()
	case FromRestored:
		at, ok := in.Reached["service_restored"]
		return at, ok
	}
	return time.Time{}, false
}

// Noticed is the start of red lines: the earlier of "it happened" and "we
// noticed", because no rule we read says which of them counts.
func (in *Incident) Noticed() time.Time {
	if !in.Happened.IsZero() && in.Happened.Before(in.Opened) {
		return in.Happened
	}
	return in.Opened
}

// Wanted says whether a step belongs to the checklist at the present level.
func (in *Incident) Wanted(s *StepState) bool { return !s.Dropped && s.Applies(in.Level()) }

// repeats says whether a step that repeats is to be done once more: until what the
// plan names has been reached, at the latest until the incident is closed.
func (in *Incident) repeats(s *StepState) bool {
	_, reached := in.Reached[s.RepeatUntil]
	return in.Open() && !reached
}

// Due returns when the step is due by our own target; false when its clock has
// not started, it is skipped, or it is done and does not repeat. A step that repeats
// is due again RepeatEvery after its last tick; one that runs from promises, whenever
// one of them is owed.
func (in *Incident) Due(s *StepState) (time.Time, bool) {
	if s.Skipped {
		return time.Time{}, false
	}
	if s.From == FromPromise {
		p := in.owed(s)
		if p == nil {
			return time.Time{}, false
		}
		after, ok := s.Due.At(in.Level())
		return p.Due.Add(after), ok
	}
	if s.Done {
		every, ok := s.RepeatEvery.At(in.Level())
		if !ok || every <= 0 || !in.repeats(s) {
			return time.Time{}, false
		}
		return s.DoneAt.Add(every), true
	}
	from, ok := in.anchor(s.From)
	if !ok {
		return time.Time{}, false
	}
	after, ok := s.Due.At(in.Level())
	if !ok {
		return time.Time{}, false
	}
	return from.Add(after), true
}

// Clocks returns the running deadlines of the steps that belong to the present
// level, earliest first: the target of each open step and, until the step was
// done for the first time, its red lines.
func (in *Incident) Clocks() []Clock {
	var out []Clock
	for i := range in.Steps {
		s := &in.Steps[i]
		if !in.Wanted(s) {
			continue
		}
		c := Clock{Plan: s.Plan, Step: s.ID, Title: s.Title, TitleEN: s.TitleEN, Role: s.RoleName, RoleEN: s.RoleNameEN}
		if due, ok := in.Due(s); ok {
			c.Due = due
			out = append(out, c)
		}
		if s.Done || s.Skipped {
			continue
		}
		for _, r := range s.RedLines {
			if len(r.Levels) > 0 && !slices.Contains(r.Levels, in.Level()) {
				continue
			}
			red := c
			red.Title, red.TitleEN, red.RedLine, red.Source = r.What, r.WhatEN, r.ID, r.Source
			red.Due = in.Noticed().Add(r.Limit)
			out = append(out, red)
		}
	}
	slices.SortStableFunc(out, func(a, b Clock) int { return a.Due.Compare(b.Due) })
	return out
}

// NextDue returns the earliest running deadline.
func (in *Incident) NextDue() (Clock, bool) {
	if c := in.Clocks(); len(c) > 0 {
		return c[0], true
	}
	return Clock{}, false
}

// Checklist returns the steps that belong to the present level, in plan order.
func (in *Incident) Checklist() []*StepState {
	var out []*StepState
	for i := range in.Steps {
		if in.Wanted(&in.Steps[i]) {
			out = append(out, &in.Steps[i])
		}
	}
	return out
}
