package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// playbooksPage lists the plans.
type playbooksPage struct {
	frame
	Rows    []playbookRow
	Checked bool // the plans were looked through
	Found   []planFinding
}

// playbookRow is one plan in the list.
type playbookRow struct {
	ID, Title, Version, Purpose string
	Steps                       int
}

func (c *Console) playbooks(w http.ResponseWriter, r *http.Request, v *visit) error {
	if c.Playbooks == nil {
		return store.ErrNotFound
	}
	p := playbooksPage{frame: c.frame(r, v, "tab.playbooks", "playbooks")}
	for _, b := range c.Playbooks.Playbooks() {
		p.Rows = append(p.Rows, playbookRow{b.ID, clean(b.Title.In(p.lang), 120), clean(b.Version, 20), clean(b.Purpose, 300), len(b.Steps)})
	}
	if p.Checked = r.URL.Query().Get("check") != ""; p.Checked {
		found, err := ask(r.Context(), c.behind, question{key: "plans/" + p.lang, now: p.now, wait: c.patience}, func(context.Context) ([]planFinding, error) {
			return c.checkPlans(p.tongue), nil
		})
		if p.Waits = errors.Is(err, ErrBusy); err != nil && !p.Waits {
			return err
		}
		p.Found = found
	}
	return c.render(w, r, http.StatusOK, "playbooks", p)
}

// playbookPage is one plan to read.
type playbookPage struct {
	frame
	ID, Version, Purpose string
	Basis                []string
	Words                string
	Phases               []readPhase
	Human                []string
	Drafts               []readDraft
	Versions             []planVersion // earlier ones, the newest first
	Since                string        // the version whose difference is shown
	Changes              []string
}

// readPhase is a phase of a plan that nobody has begun.
type readPhase struct {
	Word  string
	Steps []readStep
}

// readStep is a step with its target for each level.
type readStep struct {
	Title, Text, Role, Due, From, Repeats, Ask, Only string
	Reds                                             []string
}

// readDraft is the plan's wording of a statement.
type readDraft struct {
	Kind   string
	Pieces []blank
}

func (c *Console) playbook(w http.ResponseWriter, r *http.Request, v *visit) error {
	if c.Playbooks == nil {
		return store.ErrNotFound
	}
	b, ok := c.Playbooks.Playbook(r.PathValue("id"))
	if !ok {
		return store.ErrNotFound
	}
	plan := c.Playbooks.Plan(playbooks.Match{Playbook: b})
	p := playbookPage{
		frame: c.frame(r, v, "tab.playbooks", "playbooks"), ID: b.ID, Version: clean(b.Version, 20),
		Purpose: cleanText(b.Purpose, 600), Words: list(b.Applies.Keywords.Any),
	}
	p.Title = clean(b.Title.In(p.lang), 120)
	if err := c.fillVersions(&p, b, r.URL.Query().Get("since")); err != nil {
		return err
	}
	for _, s := range b.Basis {
		p.Basis = append(p.Basis, clean(s, 300))
	}
	for i := range plan.Steps {
		s := &plan.Steps[i]
		word := p.sayOr("phase.", s.Phase)
		if len(p.Phases) == 0 || p.Phases[len(p.Phases)-1].Word != word {
			p.Phases = append(p.Phases, readPhase{Word: word})
		}
		last := &p.Phases[len(p.Phases)-1]
		last.Steps = append(last.Steps, p.readStep(s))
	}
	for _, h := range plan.Closing.Human {
		p.Human = append(p.Human, clean(h, 300))
	}
	for _, key := range sortedKeys(plan.Statements) {
		draft := stepView{Draft: cleanText(plan.Statements[key], 3000)}
		p.Drafts = append(p.Drafts, readDraft{p.sayOr("draft.", key), p.Blanks(draft)})
	}
	return c.render(w, r, http.StatusOK, "playbook", p)
}

func (t tongue) readStep(s *crisis.Step) readStep {
	out := readStep{
		Title: clean(t.prefer(s.Title, s.TitleEN), 160), Text: cleanText(s.Text, 1500), Role: clean(t.prefer(s.RoleName, s.RoleNameEN), 40),
		Due: t.byLevel(s.Due), Repeats: t.byLevel(s.RepeatEvery), Ask: clean(s.Ask, 200),
	}
	if s.From != crisis.FromDetected && s.From != "" {
		out.From = t.sayOr("from.", string(s.From))
	}
	var only []string
	for _, l := range s.Levels {
		only = append(only, t.numeral(l))
	}
	out.Only = strings.Join(only, t.pick("、", ", "))
	for _, r := range s.RedLines {
		out.Reds = append(out.Reds, fmt.Sprintf("%s · %s · %s", clean(t.prefer(r.What, r.WhatEN), 120), t.length(crisis.Span{Time: r.Limit, Days: r.Workdays}), clean(r.Source, 200)))
	}
	return out
}

// length says how long a clock runs.
func (t tongue) length(s crisis.Span) string {
	switch {
	case s.Days == 1:
		return t.must("span.workday")
	case s.Days > 1:
		return t.must("span.workdays", s.Days)
	}
	return t.span(s.Time)
}

// byLevel says one duration, or one for each level.
func (t tongue) byLevel(b crisis.ByLevel) string {
	if d, ok := b[crisis.LevelNone]; ok && len(b) == 1 {
		return t.length(d)
	}
	var parts []string
	for l := crisis.LevelI; l <= crisis.LevelIV; l++ {
		if d, ok := b.At(l); ok {
			parts = append(parts, t.numeral(l)+" "+t.length(d))
		}
	}
	return strings.Join(parts, " · ")
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
