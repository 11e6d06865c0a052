package playbooks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"watchfire/crisis"
)

// Difference is one thing in which two versions of a plan differ, in words.
type Difference struct {
	Kind DifferenceKind `json:"kind"`
	Key  string         `json:"key"`  // such as steps.out-03.due_after
	What Text           `json:"what"` // in words; texts show [-what went-]{+what came+}
	Old  string         `json:"old,omitempty"`
	New  string         `json:"new,omitempty"`
}

// DifferenceKind says what happened.
type DifferenceKind string

// The kinds of difference.
const (
	Added   DifferenceKind = "added"
	Removed DifferenceKind = "removed"
	Moved   DifferenceKind = "moved"
	Changed DifferenceKind = "changed"
)

// Diff says in words how plan b differs from plan a, in the order in which a plan is
// read: head, when it applies, levels, steps, statements, escalation, closing. Steps
// are the same if their ids are, statements if their kinds are.
func (l *Library) Diff(a, b *Playbook) []Difference {
	d := &differ{words: &l.words}
	d.head(a, b)
	d.applies(&a.Applies, &b.Applies)
	d.grading(a, b)
	d.steps(a.Steps, b.Steps)
	d.statements(a.Statements, b.Statements)
	d.escalation(a.Escalation, b.Escalation)
	d.closing(&a.Closing, &b.Closing)
	d.list("aar_questions", Text{"复盘问题", "review questions"}, a.Questions, b.Questions)
	return d.found
}

// differ gathers differences.
type differ struct {
	words *Vocabulary
	found []Difference
}

func (d *differ) add(kind DifferenceKind, key string, what Text, old, changed string) {
	d.found = append(d.found, Difference{kind, key, what, old, changed})
}

// value tells a short value that changed; what has none is said to be none.
func (d *differ) value(key string, name Text, old, changed Text) {
	if old == changed {
		return
	}
	none := Text{"无", "none"}
	said := func(t Text) Text {
		if t == (Text{}) {
			return none
		}
		return t
	}
	d.add(Changed, key, Text{
		ZH: fmt.Sprintf("%s由「%s」改为「%s」", name.ZH, said(old).In("zh"), said(changed).In("zh")),
		EN: fmt.Sprintf("%s changed from “%s” to “%s”", name.EN, said(old).In("en"), said(changed).In("en")),
	}, old.In("zh"), changed.In("zh"))
}

// text tells a longer text that changed, with the change marked in it.
func (d *differ) text(key string, name Text, old, changed string) {
	old, changed = strings.TrimSpace(old), strings.TrimSpace(changed)
	if old == changed {
		return
	}
	marked := inline(old, changed)
	d.add(Changed, key, Text{ZH: name.ZH + "改动：" + marked, EN: name.EN + " changed: " + marked}, old, changed)
}

// list tells what was added to and removed from a list; its order does not matter.
func (d *differ) list(key string, name Text, old, changed []string) {
	for _, v := range old {
		if !slices.Contains(changed, v) {
			d.add(Removed, key, Text{ZH: name.ZH + "去掉「" + v + "」", EN: name.EN + ": “" + v + "” removed"}, v, "")
		}
	}
	for _, v := range changed {
		if !slices.Contains(old, v) {
			d.add(Added, key, Text{ZH: name.ZH + "增加「" + v + "」", EN: name.EN + ": “" + v + "” added"}, "", v)
		}
	}
}

func (d *differ) head(a, b *Playbook) {
	d.value("id", Text{"编号", "id"}, named(a.ID), named(b.ID))
	d.value("version", Text{"版本", "version"}, named(a.Version), named(b.Version))
	d.value("reviewed", Text{"评审日期", "day of review"}, a.Reviewed.words(), b.Reviewed.words())
	d.value("title", Text{"名称", "title"}, a.Title, b.Title)
	d.text("purpose", Text{"目的", "purpose"}, a.Purpose, b.Purpose)
	d.list("basis", Text{"依据", "basis"}, a.Basis, b.Basis)
	d.value("roles.lead", Text{"牵头", "lead"}, d.role(a.Roles.Lead), d.role(b.Roles.Lead))
	d.value("roles.decision", Text{"决策", "decision"}, d.role(a.Roles.Decision), d.role(b.Roles.Decision))
	d.value("roles.owner", Text{"责任部门", "owner"}, d.role(a.Roles.Owner), d.role(b.Roles.Owner))
	d.value("roles.voice", Text{"发布主体", "voice"}, d.role(a.Roles.Voice), d.role(b.Roles.Voice))
	d.list("deadlines", Text{"硬性时限", "legal deadlines"}, a.Deadlines, b.Deadlines)
}

func (d *differ) role(id string) Text {
	if id == "" {
		return Text{}
	}
	return d.words.RoleName(id)
}

func (d Date) words() Text {
	if d.IsZero() {
		return Text{}
	}
	return named(d.Format("2006-01-02"))
}

func (d *differ) applies(a, b *Applies) {
	d.list("applies_when.topics", Text{"适用议题", "topics"}, a.Topics, b.Topics)
	d.list("applies_when.signals.any", Text{"启动信号", "signals"}, a.Signals.Any, b.Signals.Any)
	d.list("applies_when.signals.alone", Text{"可单独启动的信号", "signals that are enough alone"}, a.Signals.Alone, b.Signals.Alone)
	d.list("applies_when.keywords.any", Text{"关键词", "keywords"}, a.Keywords.Any, b.Keywords.Any)
	d.list("applies_when.keywords.none", Text{"排除词", "exclusion words"}, a.Keywords.None, b.Keywords.None)
	d.value("applies_when.min_level", Text{"起动级别", "least level"}, named(a.MinLevel.String()), named(b.MinLevel.String()))
	d.value("applies_when.priority", Text{"优先级", "priority"}, named(fmt.Sprint(a.Priority)), named(fmt.Sprint(b.Priority)))
	d.list("applies_when.combine_with", Text{"可并行的预案", "plans that may open beside it"}, a.Combine, b.Combine)
}

func (d *differ) grading(a, b *Playbook) {
	for _, level := range levels {
		n := level.String()
		d.list("levels."+n, Text{n + "级标准", "criteria of level " + n}, a.Levels[n], b.Levels[n])
	}
	floors := func(list []Floor) []string {
		out := make([]string, len(list))
		for i, f := range list {
			out[i] = f.When + " → " + f.Min.String()
		}
		return out
	}
	d.list("level_floor", Text{"保底级别", "level floors"}, floors(a.LevelFloor), floors(b.LevelFloor))
}

func (d *differ) statements(a, b map[string]Statement) {
	kinds := sortedKeys(a)
	for _, k := range sortedKeys(b) {
		if _, ok := a[k]; !ok {
			kinds = append(kinds, k)
		}
	}
	for _, kind := range kinds {
		old, had := a[kind]
		changed, has := b[kind]
		key, name := "statements."+kind, d.words.StatementName(kind).say("模板「%s」", "template “%s”")
		switch {
		case !had:
			d.add(Added, key, Text{"增加" + name.ZH, name.EN + " added"}, "", changed.ZH)
		case !has:
			d.add(Removed, key, Text{"去掉" + name.ZH, name.EN + " removed"}, old.ZH, "")
		default:
			d.text(key+".zh", name, old.ZH, changed.ZH)
			d.list(key+".must_have", name.say("%s的必填项", "what must be filled in the %s"), old.MustHave, changed.MustHave)
		}
	}
}

func (d *differ) escalation(a, b []Escalation) {
	lines := func(list []Escalation) []string {
		out := make([]string, len(list))
		for i := range list {
			out[i] = d.escalate(&list[i]).ZH
		}
		return out
	}
	d.list("escalation", Text{"升级提醒", "escalation"}, lines(a), lines(b))
}

// escalate says one escalation in words.
func (d *differ) escalate(e *Escalation) Text {
	var zh, en []string
	for _, role := range e.To {
		name := d.words.RoleName(role)
		zh, en = append(zh, name.ZH), append(en, name.In("en"))
	}
	out := Text{ZH: e.When + "：报" + strings.Join(zh, "、"), EN: e.When + ": tell " + strings.Join(en, ", ")}
	if len(e.Within) > 0 {
		w := spansIn(e.Within)
		out.ZH, out.EN = out.ZH+"，"+w.ZH+"内", out.EN+" within "+w.EN
	}
	if len(e.RepeatEvery) > 0 {
		w := spansIn(e.RepeatEvery)
		out.ZH, out.EN = out.ZH+"，每"+w.ZH+"一次", out.EN+", every "+w.EN
	}
	if e.Action != "" {
		out.ZH, out.EN = out.ZH+"；"+e.Action, out.EN+"; "+e.Action
	}
	return out
}

func (d *differ) closing(a, b *Closing) {
	d.value("closing.machine.quiet_for", Text{"平静时长", "time of quiet"}, spanText(a.Machine.QuietFor), spanText(b.Machine.QuietFor))
	d.value("closing.machine.quiet_ratio", Text{"平静倍数", "quiet ratio"}, named(fmt.Sprint(a.Machine.QuietRatio)), named(fmt.Sprint(b.Machine.QuietRatio)))
	d.value("closing.machine.mood_within", Text{"情绪回落幅度", "mood within"}, named(fmt.Sprint(a.Machine.MoodWithin)), named(fmt.Sprint(b.Machine.MoodWithin)))
	d.value("closing.machine.no_open_promise", Text{"须无未兑现承诺", "no open promise"}, named(strconv.FormatBool(a.Machine.NoPromise)), named(strconv.FormatBool(b.Machine.NoPromise)))
	d.list("closing.machine", Text{"结案条件", "closing criteria"}, a.Machine.Sentences, b.Machine.Sentences)
	d.list("closing.human", Text{"人工确认的结案条件", "closing criteria for people"}, a.Human, b.Human)
}

// levelsIn names the levels of a step; no levels are all of them.
func levelsIn(list []crisis.Level) Text {
	if len(list) == 0 {
		return Text{"各级", "all levels"}
	}
	names := make([]string, len(list))
	for i, l := range list {
		names[i] = l.String()
	}
	return Text{strings.Join(names, "、") + "级", "level " + strings.Join(names, ", ")}
}
