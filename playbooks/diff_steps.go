package playbooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// steps tells which steps went, came, moved or changed.
func (d *differ) steps(a, b []Step) {
	place := func(list []Step, id string) int {
		return slices.IndexFunc(list, func(s Step) bool { return s.ID == id })
	}
	for i := range a {
		if place(b, a[i].ID) < 0 {
			d.add(Removed, "steps."+a[i].ID, stepName(&a[i]).say("去掉%s", "%s removed"), a[i].Text, "")
		}
	}
	moved := movedSteps(a, b)
	for i := range b {
		s := &b[i]
		was := place(a, s.ID)
		if was < 0 {
			after := Text{"最前面", "at the beginning"}
			if i > 0 {
				after = stepName(&b[i-1]).say("在%s之后", "after %s")
			}
			name, who, due := stepName(s), d.words.RoleName(s.Role), spansIn(s.DueAfter)
			d.add(Added, "steps."+s.ID, Text{
				ZH: fmt.Sprintf("增加%s（%s，%s，%s）：%s", name.ZH, after.ZH, who.ZH, due.ZH, s.Text),
				EN: fmt.Sprintf("%s added (%s; %s, %s): %s", name.EN, after.EN, who.In("en"), due.EN, s.Text),
			}, "", s.Text)
			continue
		}
		if slices.Contains(moved, s.ID) {
			name := stepName(s)
			d.add(Moved, "steps."+s.ID, Text{
				ZH: fmt.Sprintf("%s由第%d步移到第%d步", name.ZH, was+1, i+1),
				EN: fmt.Sprintf("%s moved from place %d to place %d", name.EN, was+1, i+1),
			}, fmt.Sprint(was+1), fmt.Sprint(i+1))
		}
		d.step(&a[was], s)
	}
}

// movedSteps returns the ids of the fewest steps whose move explains the new order.
func movedSteps(a, b []Step) []string {
	ids := func(list, other []Step) []string {
		var out []string
		for _, s := range list {
			if slices.ContainsFunc(other, func(o Step) bool { return o.ID == s.ID }) {
				out = append(out, s.ID)
			}
		}
		return out
	}
	var out []string
	for _, e := range compare(ids(a, b), ids(b, a)) {
		if e.sign == '+' {
			out = append(out, e.items...)
		}
	}
	return out
}

// step tells how one step changed.
func (d *differ) step(a, b *Step) {
	key, name := "steps."+b.ID, stepName(b)
	of := func(zh, en string) Text { return Text{name.ZH + "的" + zh, en + " of " + name.EN} }
	d.value(key+".phase", of("阶段", "phase"), d.words.PhaseName(a.Phase), d.words.PhaseName(b.Phase))
	d.value(key+".title", of("名称", "title"), a.Title, b.Title)
	d.text(key+".text", of("内容", "text"), a.Text, b.Text)
	d.value(key+".role", of("责任人", "role"), d.role(a.Role), d.role(b.Role))
	d.value(key+".due_after", of("时限", "target"), spansIn(a.DueAfter), spansIn(b.DueAfter))
	from := func(s *Step) Text { return d.words.AnchorName(cmp.Or(s.DueFrom, crisis.FromDetected)) }
	d.value(key+".due_from", of("起算点", "start"), from(a), from(b))
	d.value(key+".levels", of("适用级别", "levels"), levelsIn(a.Levels), levelsIn(b.Levels))
	d.value(key+".repeat_every", of("重复间隔", "interval"), spansIn(a.RepeatEvery), spansIn(b.RepeatEvery))
	until := func(s *Step) Text {
		if s.RepeatUntil == "" {
			return Text{}
		}
		return d.words.UntilName(s.RepeatUntil)
	}
	d.value(key+".repeat_until", of("重复到", "end of repetition"), until(a), until(b))
	d.value(key+".evidence.kind", of("凭据种类", "kind of evidence"), d.words.EvidenceName(a.Evidence.Kind), d.words.EvidenceName(b.Evidence.Kind))
	d.text(key+".evidence.ask", of("凭据", "evidence"), a.Evidence.Ask, b.Evidence.Ask)
	template := func(s *Step) Text {
		if s.Template == "" {
			return Text{}
		}
		return d.words.StatementName(s.Template)
	}
	d.value(key+".template", of("模板", "template"), template(a), template(b))
	d.list(key+".limit", of("红线", "red lines"), a.Limit, b.Limit)
}

func stepName(s *Step) Text {
	return Text{
		ZH: fmt.Sprintf("步骤%s「%s」", s.ID, s.Title.In("zh")),
		EN: fmt.Sprintf("step %s “%s”", s.ID, s.Title.In("en")),
	}
}

// spanText says a length of time.
func spanText(d time.Duration) Text { return Text{spanZH(d), spanEN(d)} }

// lengthText says how long a clock runs.
func lengthText(s crisis.Span) Text {
	if s.Days > 0 {
		return Text{fmt.Sprintf("%d个工作日", s.Days), s.String()}
	}
	return spanText(s.Time)
}

// spansIn says a duration, or one for each level; none is the zero Text.
func spansIn(d Durations) Text {
	if len(d) == 0 {
		return Text{}
	}
	if v, ok := d[crisis.LevelNone]; ok && len(d) == 1 {
		return lengthText(v)
	}
	var zh, en []string
	for _, level := range append([]crisis.Level{crisis.LevelNone}, levels...) {
		if v, ok := d[level]; ok {
			length := lengthText(v)
			zh = append(zh, level.String()+"级"+length.ZH)
			en = append(en, level.String()+" "+length.EN)
		}
	}
	return Text{strings.Join(zh, "、"), strings.Join(en, ", ")}
}
