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
	Ask     string    `json:"ask,omitempty"` // of a target: what must be recorded to tick the step
	For     []string  `json:"for,omitempty"` // who is to do it, by name; filled in by who knows the roster
	Due     time.Time `json:"due"`
	RedLine string    `json:"red_line,omitempty"` // id of the red line, "" for a target
	Source  string    `json:"source,omitempty"`   // the rule behind a red line
	From    Anchor    `json:"from,omitempty"`     // of a red line: from when it counts, happened or noticed
	Begin   time.Time `json:"begin,omitzero"`     // of a red line: when that was
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
	case FromNoticed:
		return in.aware(), !in.Opened.IsZero()
	case FromEarlier:
		return in.Noticed(), !in.Opened.IsZero()
	case FromClosed:
		return in.Closed, !in.Closed.IsZero()
	case FromRestored:
		at, ok := in.Reached["service_restored"]
		return at, ok
	}
	return time.Time{}, false
}

// aware is when we learnt of it: as a person says, else when the incident was opened.
func (in *Incident) aware() time.Time {
	if !in.Aware.IsZero() {
		return in.Aware
	}
	return in.Opened
}

// Noticed is the start of red lines whose rule does not say from when it counts: the
// earlier of "it happened" and "we noticed".
func (in *Incident) Noticed() time.Time {
	if aware := in.aware(); in.Happened.IsZero() || aware.Before(in.Happened) {
		return aware
	}
	return in.Happened
}

// Wanted says whether a step belongs to the checklist at the present level.
func (in *Incident) Wanted(s *StepState) bool { return !s.Dropped && s.Applies(in.Level()) }

// repeats says whether a step that repeats is to be done once more: until what the
// plan names has been reached, at the latest until the incident is closed.
func (in *Incident) repeats(s *StepState) bool {
	_, reached := in.Reached[s.RepeatUntil]
	return in.Open() && !reached
}

// run is one stretch of a clock: how long it runs from when.
type run struct {
	from time.Time
	span Span
	firm bool // no pause shifts it
}

// target returns the stretch that the target of a step runs; false when its clock has
// not started, it is skipped, or it is done and does not repeat. A step that repeats
// runs again from its last tick; one that runs from promises is owed whenever one of
// them is, and no pause of ours moves what the public was told.
func (in *Incident) target(s *StepState) (run, bool) {
	if s.Skipped {
		return run{}, false
	}
	if s.From == FromPromise {
		p := in.owed(s)
		if p == nil {
			return run{}, false
		}
		after, ok := s.Due.At(in.Level())
		due := p.Due.Add(after.Time)
		if after.Days > 0 {
			due = in.calendar(s.Plan).After(p.Due, after.Days)
		}
		return run{p.MadeAt, Span{Time: due.Sub(p.MadeAt)}, true}, ok
	}
	if s.Done {
		every, ok := s.RepeatEvery.At(in.Level())
		return run{from: s.DoneAt, span: every}, ok && !every.IsZero() && in.repeats(s)
	}
	from, ok := in.anchor(s.From)
	if !ok {
		return run{}, false
	}
	after, ok := s.Due.At(in.Level())
	return run{from: from, span: after}, ok
}

// moment returns when a share, in percent, of the clock of a step has run; false while
// it stands still. A working day that begins while it stands still does not count.
func (in *Incident) moment(s *StepState, r run, share int) (time.Time, bool) {
	free := r.firm || len(in.Pauses) == 0
	if r.span.Days > 0 {
		var idle func(time.Time) bool
		if !free {
			if in.Paused(s) != nil {
				return time.Time{}, false
			}
			idle = func(day time.Time) bool { return in.stood(s, day) }
		}
		return in.calendar(s.Plan).moment(r.from, r.span.Days, share, idle), true
	}
	length := r.span.Time
	if share != ShareDue {
		length = length / 100 * time.Duration(share)
	}
	at := r.from.Add(length)
	if free {
		return at, true
	}
	return in.shifted(s, r.from, at)
}

// Due returns when the step is due by our own target; false when its clock has
// not started or stands still, it is skipped, or it is done and does not repeat.
func (in *Incident) Due(s *StepState) (time.Time, bool) {
	r, ok := in.target(s)
	if !ok {
		return time.Time{}, false
	}
	return in.moment(s, r, ShareDue)
}

// RedDue returns when a red line of a step passes; false while what it counts from has
// not happened. Nothing that we do moves it: only what is known of when it happened
// or when we noticed.
func (in *Incident) RedDue(s *StepState, l *RedLine) (time.Time, bool) {
	r, ok := in.limit(l)
	if !ok {
		return time.Time{}, false
	}
	return in.moment(s, r, ShareDue)
}

// limit returns the stretch that a red line runs.
func (in *Incident) limit(l *RedLine) (run, bool) {
	a := l.From
	if a == "" {
		a = FromEarlier
	}
	from, ok := in.anchor(a)
	return run{from, Span{Time: l.Limit, Days: l.Workdays}, true}, ok
}

func (in *Incident) calendar(plan string) *Calendar {
	for i := range in.Plans {
		if in.Plans[i].ID == plan && in.Plans[i].Calendar != nil {
			return in.Plans[i].Calendar
		}
	}
	return &Calendar{}
}

// each hands every running stretch of the steps that belong to the present level to f:
// the target of each open step and, until the step was done for the first time, its
// red lines; l is nil for a target.
func (in *Incident) each(f func(s *StepState, l *RedLine, r run)) {
	level := in.Level()
	for i := range in.Steps {
		s := &in.Steps[i]
		if s.Dropped || !s.Applies(level) {
			continue
		}
		if r, ok := in.target(s); ok {
			f(s, nil, r)
		}
		if s.Done || s.Skipped {
			continue
		}
		for k := range s.RedLines {
			l := &s.RedLines[k]
			if len(l.Levels) > 0 && !slices.Contains(l.Levels, level) {
				continue
			}
			if r, ok := in.limit(l); ok {
				f(s, l, r)
			}
		}
	}
}

// clock describes one deadline.
func (in *Incident) clock(s *StepState, l *RedLine, r run, due time.Time) Clock {
	c := Clock{Plan: s.Plan, Step: s.ID, Title: s.Title, TitleEN: s.TitleEN, Role: s.RoleName, RoleEN: s.RoleNameEN, Ask: s.Ask, Due: due}
	if s.Owner != "" {
		c.For = []string{s.Owner}
	}
	if l != nil {
		c.Title, c.TitleEN, c.Ask, c.RedLine, c.Source = l.What, l.WhatEN, "", l.ID, l.Source
		c.From, c.Begin = in.counts(l), r.from
	}
	return c
}

// Clocks returns the running deadlines of the steps that belong to the present
// level, earliest first: the target of each open step and, until the step was
// done for the first time, its red lines.
func (in *Incident) Clocks() []Clock {
	var out []Clock
	in.each(func(s *StepState, l *RedLine, r run) {
		if due, ok := in.moment(s, r, ShareDue); ok {
			out = append(out, in.clock(s, l, r, due))
		}
	})
	slices.SortStableFunc(out, func(a, b Clock) int { return a.Due.Compare(b.Due) })
	return out
}

// counts says which of the anchors a red line counts from at present.
func (in *Incident) counts(l *RedLine) Anchor {
	switch l.From {
	case "", FromEarlier:
		if !in.Happened.IsZero() && in.Happened.Before(in.aware()) {
			return FromHappened
		}
		return FromNoticed
	case FromHappened:
		if in.Happened.IsZero() {
			return FromNoticed
		}
	case FromDetected:
		return FromNoticed
	}
	return l.From
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
