package playbooks

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// labelled reads a paragraph that says by its first words what it is, as an exported
// plan does: 关键词：停水、水管.
func (i *importer) labelled(text string) bool {
	d := &i.draft
	label, words, ok := strings.Cut(text, "：")
	if !ok {
		return false
	}
	words = strings.TrimSpace(words)
	list := func() []string {
		if words == "无" {
			return nil
		}
		return strings.Split(words, "、")
	}
	switch label {
	case "适用议题":
		d.applies.Topics = list()
	case "关键词":
		d.applies.Keywords.Any = list()
	case "排除词":
		d.applies.Keywords.None = list()
	case "须由人确认":
		d.human = append(d.human, strings.TrimSuffix(words, "。"))
	case "牵头":
		return i.cast(text)
	case "发布主体":
		d.roles.Voice = i.roleNamed(words)
	default:
		return false
	}
	return true
}

// cast reads who leads, decides and owns the matter: 牵头：甲　决策：乙　责任部门：丙.
func (i *importer) cast(text string) bool {
	var found Cast
	for part := range strings.SplitSeq(text, "　") {
		label, name, _ := strings.Cut(part, "：")
		switch strings.TrimSpace(label) {
		case "牵头":
			found.Lead = i.roleNamed(name)
		case "决策":
			found.Decision = i.roleNamed(name)
		case "责任部门":
			found.Owner = i.roleNamed(name)
		default:
			return false
		}
	}
	if found.Lead == "" || found.Decision == "" || found.Owner == "" {
		return false
	}
	found.Voice = i.draft.roles.Voice
	i.draft.roles = found
	return true
}

// roleNamed is the id of the role that people call so, or the name.
func (i *importer) roleNamed(name string) string {
	name = strings.TrimSpace(name)
	for _, r := range i.library.words.Roles {
		if r.ZH == name {
			return r.ID
		}
	}
	return name
}

// statement reads a line of a template, under a heading that names its kind.
func (i *importer) statement(text string) bool {
	for _, w := range i.library.words.StatementKinds {
		if w.ZH != i.heading() {
			continue
		}
		s := i.draft.statements[w.ID]
		if s == nil {
			s = &Statement{}
			i.draft.statements[w.ID] = s
		}
		if must, ok := strings.CutPrefix(text, "必填："); ok {
			if must != "无" {
				s.MustHave = strings.Split(must, "、")
			}
			return true
		}
		s.ZH += text + "\n"
		return true
	}
	return false
}

// write writes the draft. Keys that a person must fill are left empty or out: the
// linter names them.
func (i *importer) write(title string) string {
	d := &i.draft
	var b strings.Builder
	text := func(v string) string { return scalar(v, reflect.String) }
	list := func(indent, key string, items []string) {
		if len(items) == 0 {
			return
		}
		b.WriteString(indent + key + ":\n")
		for _, line := range items {
			b.WriteString(indent + "  - " + text(line) + "\n")
		}
	}
	b.WriteString("# 由文档导入的草稿：补齐后用 watchfire plan lint 检查。\nschema: playbook/1\nid: draft\nversion: 0.1.0\n")
	b.WriteString("title: {zh: " + text(title) + ", en: \"\"}\npurpose: " + text(strings.Join(d.purpose, "\n")) + "\n")
	list("", "basis", d.basis)
	if a := &d.applies; len(a.Topics)+len(a.Keywords.Any)+len(a.Keywords.None) > 0 {
		b.WriteString("applies_when:\n")
		list("  ", "topics", a.Topics)
		if len(a.Keywords.Any)+len(a.Keywords.None) > 0 {
			b.WriteString("  keywords:\n")
			list("    ", "any", a.Keywords.Any)
			list("    ", "none", a.Keywords.None)
		}
	}
	if len(d.levels) > 0 {
		b.WriteString("levels:\n")
		for _, level := range levels {
			list("  ", level.String(), d.levels[level])
		}
	}
	if d.roles != (Cast{}) {
		b.WriteString("roles:\n")
		for _, r := range [][2]string{{"lead", d.roles.Lead}, {"decision", d.roles.Decision}, {"owner", d.roles.Owner}, {"voice", d.roles.Voice}} {
			if r[1] != "" {
				b.WriteString("  " + r[0] + ": " + text(r[1]) + "\n")
			}
		}
	}
	list("", "deadlines", d.deadlines)
	i.writeSteps(&b)
	i.writeStatements(&b)
	if len(d.human) > 0 {
		b.WriteString("closing:\n")
		list("  ", "human", d.human)
	}
	list("", "aar_questions", d.questions)
	return b.String()
}

func (i *importer) writeSteps(b *strings.Builder) {
	steps := slices.Clone(i.draft.steps)
	order := ids(i.library.words.Phases)
	slices.SortStableFunc(steps, func(x, y draftStep) int {
		return cmp.Compare(slices.Index(order, x.Phase), slices.Index(order, y.Phase))
	})
	b.WriteString("steps:\n")
	for n := range steps {
		for _, line := range steps[n].comments {
			b.WriteString("  # " + line + "\n")
		}
		for _, line := range renderStep(&steps[n].Step, 2) {
			b.WriteString(line + "\n")
		}
	}
}

func (i *importer) writeStatements(b *strings.Builder) {
	if len(i.draft.statements) == 0 {
		return
	}
	b.WriteString("statements:\n")
	for _, w := range i.library.words.StatementKinds {
		s := i.draft.statements[w.ID]
		if s == nil {
			continue
		}
		b.WriteString("  " + w.ID + ":\n    zh: " + scalar(s.ZH, reflect.String) + "\n")
		if len(s.MustHave) > 0 {
			b.WriteString("    must_have: [" + strings.Join(s.MustHave, ", ") + "]\n")
		}
	}
}
