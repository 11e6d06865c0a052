package playbooks

import (
	"slices"
	"strings"
	"unicode/utf8"

	"watchfire/crisis"
)

// checkSteps applies the rules to the steps of one playbook. Seen holds the ids of
// steps in other playbooks: reports and hand-over notes name steps by their id.
func (l *Library) checkSteps(s *source, p *Playbook, seen map[string]string) {
	phases := ids(l.words.Phases)
	last := 0
	for i := range p.Steps {
		st := &p.Steps[i]
		key := at("steps", i)
		l.checkStep(s, key, st)
		switch other := seen[st.ID]; {
		case st.ID == "":
		case other == p.file:
			s.report(key+".id", "give each step an id of its own", "step %s occurs twice", st.ID)
		case other != "":
			s.report(key+".id", "begin the ids of each plan with letters of its own", "step %s is in %s too", st.ID, other)
		default:
			seen[st.ID] = p.file
		}
		if n := slices.Index(phases, st.Phase); n >= 0 {
			if n < last {
				s.report(key+".phase", "move the step up; the order is "+strings.Join(phases, ", "), "%s comes after a step of %s", st.Phase, phases[last])
			}
			last = max(last, n)
		}
		if _, ok := p.Statements[st.Template]; st.Template != "" && !ok {
			var have []string
			for k := range p.Statements {
				have = append(have, k)
			}
			s.wantKnown(key+".template", "a statement of this plan", st.Template, have)
		}
	}
}

func (l *Library) checkStep(s *source, key string, st *Step) {
	if st.ID != "" && !goodID.MatchString(st.ID) {
		s.report(key+".id", "use lower-case letters, digits and dashes, such as gen-01", "%q is not an id", st.ID)
	}
	for name, v := range map[string]string{
		"id": st.ID, "title.zh": st.Title.ZH, "title.en": st.Title.EN, "text": st.Text, "evidence.kind": st.Evidence.Kind,
	} {
		if strings.TrimSpace(v) == "" {
			s.report(key+"."+name, "add it", "step %s has no %s", st.ID, name)
		}
	}
	if utf8.RuneCountInString(st.Text) > maxStepText {
		s.report(key+".text", "shorten it or make two steps of it: it is read on a phone", "%s", tooLong(st.Text))
	}
	s.wantKnown(key+".phase", "a phase", st.Phase, ids(l.words.Phases))
	l.wantRole(s, key+".role", st.Role)
	if st.Evidence.Kind != "" {
		s.wantKnown(key+".evidence.kind", "a kind of evidence", st.Evidence.Kind, ids(l.words.EvidenceKinds))
		if st.Evidence.Ask == "" && st.Evidence.Kind != "none" {
			s.report(key+".evidence.ask", "say what must be recorded to tick the step", "step %s asks for nothing", st.ID)
		}
	}
	checkStepTimes(s, key, st)
	l.checkStepLimits(s, key, st)
}

func checkStepTimes(s *source, key string, st *Step) {
	if len(st.DueAfter) == 0 {
		s.report(key+".due_after", "write a duration such as 1h30m or 3 workdays, or one for each level", "step %s has no target", st.ID)
	}
	slower(s, key+".due_after", st.DueAfter)
	slower(s, key+".repeat_every", st.RepeatEvery)
	for _, level := range levels {
		if !st.at(level) {
			continue
		}
		if _, ok := st.DueAfter.At(level); !ok && len(st.DueAfter) > 0 {
			s.report(key+".due_after", "add an entry for "+level.String(), "level %s has no target, but the step belongs to it", level)
		}
		if every, ok := st.RepeatEvery.At(level); len(st.RepeatEvery) > 0 && (!ok || every.IsZero()) {
			s.report(key+".repeat_every", "add a duration above 0m for "+level.String(), "level %s has no interval, but the step belongs to it", level)
		}
	}
	if (len(st.RepeatEvery) > 0) != (st.RepeatUntil != "") {
		s.report(key+".repeat_until", "write both repeat_every and repeat_until, or neither", "step %s has one without the other", st.ID)
	}
}

// at says whether the step belongs to a level.
func (st *Step) at(level crisis.Level) bool {
	return len(st.Levels) == 0 || slices.Contains(st.Levels, level)
}

// checkStepLimits keeps our own targets inside the red lines, at every level at
// which both count from the same start.
func (l *Library) checkStepLimits(s *source, key string, st *Step) {
	if st.DueFrom != "" {
		s.wantKnown(key+".due_from", "a start of a clock", string(st.DueFrom), ids(l.words.Anchors))
	}
	if st.RepeatUntil != "" {
		s.wantKnown(key+".repeat_until", "an end of a step that repeats", st.RepeatUntil, ids(l.words.Until))
	}
	for i, id := range st.Limit {
		d, ok := l.deadlines[id]
		if !ok {
			s.wantKnown(at(key+".limit", i), "a legal deadline", id, l.deadlineIDs())
			continue
		}
		if !d.clock() {
			s.report(at(key+".limit", i), "name it under deadlines instead", "%s counts before its start and cannot run as a clock", id)
			continue
		}
		if st.DueFrom != "" && st.DueFrom != crisis.FromDetected && st.DueFrom != crisis.FromHappened {
			continue
		}
		for _, level := range levels {
			due, ok := st.DueAfter.At(level)
			if limit := d.span(); ok && st.at(level) && d.at(level) && due.Outlasts(limit) {
				s.report(key+".due_after", "make the target "+lengthText(limit).EN+" or less",
					"the target %s at level %s lies behind the red line %s of %s%s", lengthText(due).EN, level, lengthText(limit).EN, id, worst(due, limit))
			}
		}
	}
}

// at says whether the deadline binds at a level.
func (d *Deadline) at(level crisis.Level) bool {
	return len(d.Levels) == 0 || slices.Contains(d.Levels, level)
}

func (l *Library) deadlineIDs() []string {
	var out []string
	for id := range l.deadlines {
		out = append(out, id)
	}
	return out
}
