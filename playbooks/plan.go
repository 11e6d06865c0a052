package playbooks

import (
	"cmp"
	"maps"
	"slices"

	"watchfire/crisis"
)

// Plan returns the snapshot of a matched playbook that an incident carries: names
// instead of ids where people read them, and each red line with its limit and its
// source, so that a later edit of the library changes no running incident.
func (l *Library) Plan(m Match) crisis.Plan {
	p := m.Playbook
	plan := crisis.Plan{
		ID: p.ID, Version: p.Version, Title: p.Title.ZH, TitleEN: p.Title.EN,
		Side: m.Side, Closing: p.Closing.closing(), Steps: make([]crisis.Step, len(p.Steps)),
		Questions: slices.Clone(p.Questions),
	}
	for _, why := range m.Why {
		plan.Why, plan.WhyEN = append(plan.Why, why.In("zh")), append(plan.WhyEN, why.In("en"))
	}
	for i := range p.Steps {
		plan.Steps[i] = l.step(&p.Steps[i])
	}
	if len(p.Statements) > 0 {
		plan.Statements = make(map[string]string, len(p.Statements))
		for _, kind := range slices.Sorted(maps.Keys(p.Statements)) {
			plan.Statements[kind] = p.Statements[kind].ZH
		}
	}
	return plan
}

func (l *Library) step(s *Step) crisis.Step {
	role := l.words.RoleName(s.Role)
	out := crisis.Step{
		ID: s.ID, Phase: s.Phase, Title: s.Title.ZH, TitleEN: s.Title.EN, Text: s.Text,
		Role: s.Role, RoleName: role.ZH, RoleNameEN: role.EN,
		Due: s.DueAfter.byLevel(), From: cmp.Or(s.DueFrom, crisis.FromDetected), Levels: slices.Clone(s.Levels),
		RepeatEvery: s.RepeatEvery.byLevel(), RepeatUntil: s.RepeatUntil,
		Ask: s.Evidence.Ask, AskKind: s.Evidence.Kind, Template: s.Template,
	}
	for _, id := range s.Limit {
		if d, ok := l.deadlines[id]; ok {
			out.RedLines = append(out.RedLines, d.redLine())
		}
	}
	return out
}

// closing returns the criteria as an incident carries them. Sentences that nothing
// checks come before those the plan already puts to people.
func (c *Closing) closing() crisis.Closing {
	m := c.Machine
	return crisis.Closing{
		QuietFor: m.QuietFor, QuietRatio: m.QuietRatio, MoodWithin: m.MoodWithin, NoPromise: m.NoPromise,
		Human: slices.Concat(m.Sentences, c.Human),
	}
}
