package console

import (
	"slices"
	"strings"

	"watchfire/crisis"
)

// planView is one attached plan with its steps by phase.
type planView struct {
	Title   string
	Version string
	Side    bool
	Why     []string
	Phases  []phaseView
	Done    int
	All     int
}

// phaseView is a phase of a plan.
type phaseView struct {
	Word  string
	Steps []stepView
}

// stepView is one step of the checklist.
type stepView struct {
	Anchor  string
	Plan    string
	ID      string
	Title   string
	Text    string
	Role    string
	Done    bool
	By      string
	At      moment
	Note    string
	Link    string
	Times   int
	Due     *due
	From    string // what starts the clock, when it is not the discovery
	Repeats string // "2 小时", of a step that comes again
	Reds    []redView
	Ask     string // what must be recorded
	AskKind string
	Bare    bool   // ticked without the record that the plan asks for
	Draft   string // the plan's own wording of a statement
	State   string // done, late, soon, fine or open: class and word
}

// redView is a red line of a step.
type redView struct {
	due
	What    string
	Source  string
	From    string // from when it counts
	Checked string // how the rule was confirmed
	Done    bool
}

// anchorOf is the id of a step on the page.
func anchorOf(plan, step string) string {
	safe := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '-' || r == '_' || r == '.' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') {
				return r
			}
			return '_'
		}, s)
	}
	return "s-" + safe(plan) + "-" + safe(step)
}

// plans lays out the checklist of the present level.
func (t tongue) plans(in *crisis.Incident) []planView {
	var out []planView
	for i := range in.Plans {
		p := &in.Plans[i]
		view := planView{Title: clean(t.prefer(p.Title, p.TitleEN), 120), Version: clean(p.Version, 20), Side: p.Side}
		for _, why := range t.why(p) {
			view.Why = append(view.Why, clean(why, 160))
		}
		phase := "\x00"
		for _, s := range in.Checklist() {
			if s.Plan != p.ID {
				continue
			}
			if s.Phase != phase || len(view.Phases) == 0 {
				phase = s.Phase
				view.Phases = append(view.Phases, phaseView{Word: t.sayOr("phase.", s.Phase)})
			}
			last := &view.Phases[len(view.Phases)-1]
			last.Steps = append(last.Steps, t.step(in, p, s))
			view.All++
			if s.Done {
				view.Done++
			}
		}
		out = append(out, view)
	}
	slices.SortStableFunc(out, func(a, b planView) int {
		switch {
		case a.Side == b.Side:
			return 0
		case b.Side:
			return -1
		}
		return 1
	})
	return out
}

// why says why a plan was chosen.
func (t tongue) why(p *crisis.Plan) []string {
	if t.en() && len(p.WhyEN) > 0 {
		return p.WhyEN
	}
	return p.Why
}

func (t tongue) step(in *crisis.Incident, p *crisis.Plan, s *crisis.StepState) stepView {
	v := stepView{
		Anchor: anchorOf(s.Plan, s.ID), Plan: s.Plan, ID: s.ID, Title: clean(t.prefer(s.Title, s.TitleEN), 160),
		Text: cleanText(s.Text, 1500), Role: clean(t.prefer(s.RoleName, s.RoleNameEN), 40),
		Done: s.Done, By: clean(s.DoneBy, 40), At: t.since(s.DoneAt), Note: cleanText(s.Note, noteLimit), Link: safeLink(s.Link),
		Times: s.Times, Ask: clean(s.Ask, 200), Draft: cleanText(p.Statements[s.Template], 3000), State: "open",
	}
	if s.Owner != "" {
		v.Role = clean(t.must("assign.to", v.Role, s.Owner), 80)
	}
	if s.AskKind != "" {
		v.AskKind = t.sayOr("ask.", s.AskKind)
	}
	v.Bare = s.Done && s.Ask != "" && s.Note == "" && s.Link == ""
	if every, ok := s.RepeatEvery.At(in.Level()); ok && !every.IsZero() {
		v.Repeats = t.length(every)
	}
	if s.From != crisis.FromDetected && s.From != "" {
		v.From = t.sayOr("from.", string(s.From))
	}
	if at, ok := in.Due(s); ok {
		d := t.by(at)
		v.Due, v.State = &d, d.State
	}
	if s.Done && (v.Due == nil || v.Due.State == "fine") {
		v.State = "done"
	}
	for _, r := range s.RedLines {
		if len(r.Levels) > 0 && !slices.Contains(r.Levels, in.Level()) {
			continue
		}
		at, ok := in.RedDue(s, &r)
		if !ok {
			continue
		}
		red := redView{due: t.by(at), From: t.startOf(&r), What: clean(t.prefer(r.What, r.WhatEN), 120), Source: clean(r.Source, 200), Done: s.Done}
		if r.Checked != "" {
			red.Checked = t.sayOr("checked.", r.Checked)
		}
		if !s.Done && red.State == "late" {
			v.State = "late"
		}
		v.Reds = append(v.Reds, red)
	}
	return v
}

// blank is a piece of a draft: words, or the name of what must be filled in.
type blank struct {
	Text string
	Fill bool
}

// Blanks cuts a draft at its placeholders, so that a page can mark what must be
// filled in.
func (t tongue) Blanks(s stepView) []blank {
	var out []blank
	rest := s.Draft
	for {
		before, after, ok := strings.Cut(rest, "{{")
		name, tail, closed := strings.Cut(after, "}}")
		if !ok || !closed {
			return append(out, blank{rest, false})
		}
		word := strings.ReplaceAll(strings.TrimSpace(name), "_", " ")
		if zh := fills[strings.TrimSpace(name)]; zh != "" && !t.en() {
			word = zh
		}
		out = append(out, blank{before, false}, blank{word, true})
		rest = tail
	}
}
