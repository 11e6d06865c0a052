package playbooks

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// Limits of length: a step is read on a phone, a first statement is read at all.
const (
	maxStepText       = 140
	maxFirstStatement = 240 // without placeholders and spaces; 300 when they are filled
)

var (
	goodID      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	goodVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	sourced     = regexp.MustCompile(`\[[^\]]*(law-text|excerpt|memory|ours)[^\]]*\]$`)
)

// wantedStatements are the texts every plan must have ready.
var wantedStatements = []string{"first_statement", "update", "final", "refutation"}

// check applies the rules to every playbook in force. All says that no file is
// missing because it could not be read.
func (l *Library) check(sources map[string]*source, all bool) Problems {
	var problems Problems
	steps := map[string]string{} // step id to the file that has it
	for _, p := range l.Playbooks() {
		s := sources[p.ID]
		before := len(s.problems)
		l.checkHead(s, p)
		l.checkApplies(s, p)
		if all {
			l.checkCombine(s, p)
		}
		l.checkLevels(s, p)
		l.checkSteps(s, p, steps)
		l.checkStatements(s, p)
		l.checkEscalation(s, p)
		checkClosing(s, p)
		problems = append(problems, s.problems[before:]...)
	}
	if _, ok := l.playbooks[Generic]; !ok && all {
		problems = append(problems, Problem{
			File: "library", What: "there is no playbook " + Generic + ", which serves when no other fits",
			Fix: "load the shipped library first, or add one",
		})
	}
	return problems
}

func (l *Library) checkHead(s *source, p *Playbook) {
	for _, key := range []string{
		"schema", "id", "version", "title.zh", "title.en", "purpose", "basis", "applies_when", "levels", "roles", "steps",
		"statements", "escalation", "closing", "closing.machine", "closing.human", "aar_questions",
	} {
		if !s.has(key) {
			s.report(key, "add it", "the key is missing")
		}
	}
	for key, text := range map[string]string{"title.zh": p.Title.ZH, "title.en": p.Title.EN, "purpose": p.Purpose, "id": p.ID, "version": p.Version} {
		if s.has(key) && strings.TrimSpace(text) == "" {
			s.report(key, "write it", "the key is empty")
		}
	}
	if p.Schema != "" {
		s.wantKnown("schema", "a schema of playbooks", p.Schema, Schemas)
	}
	if p.ID != "" && !goodID.MatchString(p.ID) {
		s.report("id", "use lower-case letters, digits and dashes, such as "+Generic, "%q is not an id", p.ID)
	}
	if p.Version != "" && !goodVersion.MatchString(p.Version) {
		s.report("version", "write three numbers such as 1.0.0", "%q is not a version", p.Version)
	}
	for i, b := range p.Basis {
		if !sourced.MatchString(strings.TrimSpace(b)) {
			s.report(at("basis", i), "end it with [law-text], [excerpt], [memory] or [ours]", "the basis does not say how it was checked")
		}
	}
	for key, role := range map[string]string{"roles.lead": p.Roles.Lead, "roles.decision": p.Roles.Decision} {
		if s.has("roles") {
			l.wantRole(s, key, role)
		}
	}
	if p.Roles.Owner == "" && s.has("roles") {
		s.report("roles.owner", "name the department that answers for the matter", "the key is missing")
	}
	for i, d := range p.Deadlines {
		s.wantKnown(at("deadlines", i), "a legal deadline", d, l.deadlineIDs())
	}
}

func (l *Library) wantRole(s *source, key, role string) {
	names := make([]string, len(l.words.Roles))
	for i, r := range l.words.Roles {
		names[i] = r.ID
	}
	s.wantKnown(key, "a role", role, names)
}

func (l *Library) checkApplies(s *source, p *Playbook) {
	a := p.Applies
	if len(a.Topics)+len(a.Keywords.Any)+len(a.Signals.Alone) == 0 && s.has("applies_when") {
		s.report("applies_when.topics", `name topics or keywords, or "*" for any topic`, "the playbook would never be chosen")
	}
	var names []string
	for _, w := range l.words.Signals {
		names = append(append(names, w.ID), w.Aliases...)
	}
	for key, list := range map[string][]string{"applies_when.signals.any": a.Signals.Any, "applies_when.signals.alone": a.Signals.Alone} {
		for i, name := range list {
			s.wantKnown(at(key, i), "a signal", name, names)
		}
	}
	for key, list := range map[string][]string{
		"applies_when.topics": a.Topics, "applies_when.keywords.any": a.Keywords.Any, "applies_when.keywords.none": a.Keywords.None,
	} {
		for i, w := range list {
			if slices.ContainsFunc(strings.Split(w, "+"), func(part string) bool { return strings.TrimSpace(part) == "" }) {
				s.report(at(key, i), "remove it or write a word", "an empty word would fit every text")
			}
		}
	}
	for i, w := range a.Keywords.Any {
		if slices.Contains(a.Keywords.None, w) {
			s.report(at("applies_when.keywords.any", i), "remove it here or from keywords.none", "%q is an exclusion word too, so it never counts", w)
		}
	}
	if a.MinLevel == crisis.LevelNone && s.has("applies_when") {
		s.report("applies_when.min_level", "write IV for any level", "the key is missing")
	}
}

func (l *Library) checkCombine(s *source, p *Playbook) {
	for i, c := range p.Applies.Combine {
		if c != "*" && l.playbooks[c] == nil {
			s.wantKnown(at("applies_when.combine_with", i), "a playbook", c, slices.Collect(maps.Keys(l.playbooks)))
		}
	}
}

func (l *Library) checkLevels(s *source, p *Playbook) {
	for _, level := range levels {
		if len(p.Levels[level.String()]) == 0 && s.has("levels") {
			s.report("levels."+level.String(), "say in words what makes an incident "+level.String(), "level %s has no criteria", level)
		}
	}
	for name := range p.Levels {
		if l, err := crisis.ParseLevel(name); err != nil || l == crisis.LevelNone || l.String() != name {
			s.report("levels."+name, "write I, II, III or IV", "%q is not a level", name)
		}
	}
	for i, f := range p.LevelFloor {
		if f.When == "" || f.Min == crisis.LevelNone {
			s.report(at("level_floor", i), "write when and min", "a floor needs a case and a level")
		}
	}
}

func (l *Library) checkStatements(s *source, p *Playbook) {
	if s.has("statements") {
		for _, k := range wantedStatements {
			if _, ok := p.Statements[k]; !ok {
				s.report("statements."+k, "write its template", "the statement is missing")
			}
		}
	}
	for kind, st := range p.Statements {
		key := "statements." + kind
		s.wantKnown(key, "a kind of statement", kind, ids(l.words.StatementKinds))
		if strings.TrimSpace(st.ZH) == "" {
			s.report(key+".zh", "write the text", "the template is empty")
			continue
		}
		have := st.Placeholders()
		for i, m := range st.MustHave {
			if !slices.Contains(have, m) {
				s.report(at(key+".must_have", i), "put {{"+m+"}} into the text or remove it here; the text has "+known(have), "%q is not in the text", m)
			}
		}
		fixed := placeholder.ReplaceAllString(st.ZH, "")
		if strings.Contains(fixed, "{{") || strings.Contains(fixed, "}}") {
			s.report(key+".zh", "write placeholders as {{name}}, with letters, digits and _", "a placeholder is not closed or not a name")
		}
		if n := letters(fixed); kind == "first_statement" && n > maxFirstStatement {
			s.report(key+".zh", "shorten it", "the fixed text of a first statement has %d characters, more than %d", n, maxFirstStatement)
		}
	}
}

// letters counts the characters of a text that take room.
func letters(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

func (l *Library) checkEscalation(s *source, p *Playbook) {
	for i, e := range p.Escalation {
		key := at("escalation", i)
		if e.When == "" || len(e.To) == 0 {
			s.report(key, "write when and to", "an escalation needs a case and somebody to tell")
		}
		for j, role := range e.To {
			l.wantRole(s, at(key+".to", j), role)
		}
		for j, by := range e.By {
			s.wantKnown(at(key+".by", j), "a way to reach people", by, []string{"phone", "sms"})
		}
	}
}

func checkClosing(s *source, p *Playbook) {
	m := p.Closing.Machine
	if !s.has("closing.machine") {
		return
	}
	if m.QuietFor <= 0 {
		s.report("closing.machine.quiet_for", "write a duration such as 24h", "without quiet nothing can be closed by the machine")
	}
	if m.QuietRatio < 1 {
		s.report("closing.machine.quiet_ratio", "write 1.5 for one and a half times usual", "%g would ask for less than is usual", m.QuietRatio)
	}
	if m.MoodWithin < 0 || m.MoodWithin >= 1 {
		s.report("closing.machine.mood_within", "write a share such as 0.10 for ten points", "%g is not a share", m.MoodWithin)
	}
}

// slower reports a graver level with more time than a lesser one.
func slower(s *source, key string, d Durations) {
	var prev crisis.Level
	for _, level := range levels {
		v, ok := d[level]
		if !ok {
			continue
		}
		if prev != crisis.LevelNone && v != d[prev] && d[prev].Outlasts(v) {
			s.report(key+"."+level.String(), "give the graver level the same time or less",
				"level %s has %s, but the graver level %s has %s%s", level, lengthText(v).EN, prev, lengthText(d[prev]).EN, worst(d[prev], v))
		}
		prev = level
	}
}

// worst says how long working days can last where they are held against hours.
func worst(a, b crisis.Span) string {
	switch {
	case a.Days > 0 && b.Days == 0:
		return ", which over a holiday can be " + spanEN(a.Most())
	case a.Days == 0 && b.Days > 0:
		return "; " + b.String() + " can be over after " + spanEN(b.Least())
	}
	return ""
}

func tooLong(text string) string {
	return fmt.Sprintf("the text has %d characters, more than %d", utf8.RuneCountInString(text), maxStepText)
}
