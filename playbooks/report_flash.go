package playbooks

import (
	"strings"
	"time"

	"watchfire/crisis"
)

// NewFlash makes the one page for reporting upward (快报): situation, trend, concern,
// what was done, risks in figures, what is asked for, whom to call. What needs a
// person's judgement is left open and marked.
func NewFlash(in ReportInput) (*Report, error) {
	r, err := NewReport(in)
	if err != nil {
		return nil, err
	}
	w := &reporter{ReportInput: in, pen: r.pen}
	if err := w.walk(); err != nil {
		return nil, err // unreachable: NewReport has folded the same events
	}
	w.report = r
	r.Schema, r.Sections = "flash/1", nil
	for i, part := range []struct {
		title Text
		parts func() []Part
	}{
		{Text{"情况", "Situation"}, w.flashSituation},
		{Text{"态势", "Trend"}, w.flashTrend},
		{Text{"公众关切", "Public concern"}, w.flashConcern},
		{Text{"已做", "Done"}, w.flashDone},
		{Text{"研判", "Assessment"}, w.flashRisk},
		{Text{"建议与需请示", "Proposals and decisions needed"}, w.flashAsk},
		{Text{"联系人", "Contact"}, w.flashContact},
	} {
		r.Sections = append(r.Sections, Section{i + 1, part.title.In(in.Lang), part.parts()})
	}
	return r, nil
}

func (w *reporter) flashSituation() []Part {
	in := &w.in
	happened := w.w("事发时间未登记", "when it happened is not recorded")
	if !in.Happened.IsZero() {
		happened = w.f("%s事发", "happened %s", w.clock(in.Happened))
	}
	reason := w.w(in.LevelReason, orElse(in.LevelReasonEN, in.LevelReason))
	return []Part{
		say(w.f("%s：%s，%s发现。", "%s: %s, detected %s.", tidyLine(in.Title, 120), happened, w.clock(in.Opened)), 1, last(w.seqs[crisis.EventHappened])),
		say(w.f("响应%s（事件%s，舆情%s）：%s", "Response %s (event %s, opinion %s): %s", w.level(in.Level()), w.level(in.EventLevel), w.level(in.OpinionLevel), tidyLine(reason, 160)), last(w.seqs[crisis.EventLevel])),
	}
}

func (w *reporter) flashTrend() []Part {
	if len(w.Points) == 0 || w.Bucket <= 0 {
		return []Part{w.blindPart()}
	}
	end := w.Points[len(w.Points)-1].At.Add(w.Bucket)
	if end.After(w.Now) { // the last bucket still fills
		end = end.Add(-w.Bucket)
	}
	now, before := w.sum(end.Add(-beside), end), w.sum(end.Add(-2*beside), end.Add(-beside))
	mood := w.w("负面占比：可读的太少", "negative share: too little could be read")
	if v, ok := now.Share(); ok {
		mood = w.f("负面占比%s", "negative share %s", share(v))
	}
	out := []Part{{
		Text: w.f("截至%s，近2小时%s（平常范围），前2小时%s，%s，覆盖率%s。", "As of %s: last 2 h %s (voices / usual), the 2 h before %s, %s, coverage %s.",
			w.clock(end), w.beside(&now), w.beside(&before), mood, share(now.Coverage)),
		Trace: w.trace(&Stretch{From: before.From, To: now.To}),
	}}
	if s, ok := w.peak(); ok {
		out = append(out, Part{Text: w.f("最响一小时%s条，%s起。", "Loudest hour: %s voices, from %s.", decimal(s.Voices), w.clock(s.From)), Trace: w.trace(&s)})
	}
	if n := len(w.report.Blind); n > 0 {
		b := w.report.Blind[n-1]
		out = append(out, Part{Text: w.f("有来源看不到的时段%d处，最近一处%s至%s，数字只少不多。", "%d stretches in which sources could not be seen, the last %s to %s: the numbers are too low rather than too high.", n, w.clock(b.From), w.clock(b.To)), Trace: w.trace(&Stretch{From: b.From, To: b.To})})
	}
	return out
}

// mostFlash bounds lists on the one page.
const mostFlash = 4

func (w *reporter) flashConcern() []Part {
	var phrases []string
	for _, s := range w.in.Signals {
		for _, p := range s.Phrases {
			if len(phrases) < 2*mostFlash {
				phrases = append(phrases, tidyLine(p, 30))
			}
		}
	}
	var out []Part
	if len(phrases) > 0 {
		out = append(out, say(w.w("说得多的：", "Much said: ")+strings.Join(phrases, w.w("、", ", ")), last(w.seqs[crisis.EventSignal]), 1))
	}
	t := w.quotes()
	for i := range t.Rows {
		t.Rows[i][2].Text = tidyLine(t.Rows[i][2].Text, 70)
	}
	if t.Rows = t.Rows[:min(len(t.Rows), mostFlash)]; len(t.Rows) > 0 {
		out = append(out, t)
	}
	return out
}

func (w *reporter) flashDone() []Part {
	t := Part{Head: []string{w.w("时间", "When"), w.w("谁", "Who"), w.w("何事", "What")}, Wide: []int{24, 18, 58}}
	var rows [][]Cell
	for i := range w.Events {
		e := &w.Events[i]
		switch e.Kind {
		case crisis.EventStepDone, crisis.EventPublished, crisis.EventPromised, crisis.EventPromiseKept:
			rows = append(rows, []Cell{cell(w.clock(e.At), e.Seq), cell(w.who(e.Actor), e.Seq), cell(tidyLine(w.tell(e), 90), e.Seq)})
		}
	}
	if len(rows) == 0 {
		return []Part{say(w.w("尚无登记。", "Nothing recorded yet."))}
	}
	t.Rows = rows[max(0, len(rows)-2*mostFlash):]
	done, all := 0, 0
	for _, s := range w.in.Checklist() {
		all++
		if s.Done {
			done++
		}
	}
	return []Part{say(w.f("预案%d步，已做%d步。", "%d steps in the plan, %d done.", all, done), w.seqs[crisis.EventStepDone]...), t}
}

// flashRisk gives the clocks that run, and leaves the judgement to a person.
func (w *reporter) flashRisk() []Part {
	out := []Part{say(w.w("走势与风险：（由值班负责人填写）", "Course and risks: (to be written by the officer in charge)"))}
	told := map[string]bool{}
	for _, c := range w.in.Clocks() {
		if c.RedLine == "" || told[c.RedLine] || len(told) == mostFlash {
			continue
		}
		told[c.RedLine] = true
		left := w.f("还有%s", "%s left", w.span(c.Due.Sub(w.Now)))
		if c.Due.Before(w.Now) {
			left = w.f("已过%s", "passed %s ago", w.span(w.Now.Sub(c.Due)))
		}
		out = append(out, say(w.f("红线：%s，%s（%s）。依据：%s", "Red line: %s, %s (%s). By: %s", tidyLine(w.w(c.Title, orElse(c.TitleEN, c.Title)), 80), w.clock(c.Due), left, tidyLine(c.Source, 120)), 1, last(w.seqs[crisis.EventHappened])))
	}
	for _, p := range w.in.OpenPromises() {
		out = append(out, say(w.f("对外承诺未兑现：%s，应于%s。", "Open promise: %s, due %s.", tidyLine(p.What, 80), w.clock(p.Due)), w.about(p.ID)...))
	}
	return out
}

func (w *reporter) flashAsk() []Part {
	var out []Part
	if p := w.in.Proposal; p != nil {
		out = append(out, say(w.f("需定级：系统建议舆情%s。", "To be graded: the machine proposes opinion %s.", w.level(p.Opinion)), last(w.seqs[crisis.EventProposed])))
	}
	for i := range w.in.Statements {
		if s := &w.in.Statements[i]; s.Approved == 0 && !s.Withdrawn {
			out = append(out, say(w.f("需签发：%s %s，第%d版。", "To be approved: %s %s, version %d.", s.ID, w.kind(s.Kind), s.Last().N), w.ofStatement(crisis.EventDrafted, s.ID)...))
		}
	}
	n := 0
	for _, c := range w.in.Clocks() {
		if c.RedLine == "" && n < mostFlash {
			n++
			out = append(out, say(w.f("下一步：%s，应于%s。", "Next: %s, due %s.", tidyLine(w.w(c.Title, orElse(c.TitleEN, c.Title)), 80), w.clock(c.Due)), 1))
		}
	}
	return append(out, say(w.w("需请示：（由值班负责人填写）", "Decisions needed: (to be written by the officer in charge)")))
}

func (w *reporter) flashContact() []Part {
	holder := w.w("尚无人签收", "nobody has acknowledged")
	if w.in.Holder != "" {
		holder = tidyLine(w.in.Holder, 40)
	}
	return []Part{say(w.f("当前负责：%s。电话：（填写）　事件编号%s　%s", "In charge: %s. Telephone: (fill in) · no. %s · %s", holder, w.in.ID, w.Now.In(w.zone).Format(time.DateOnly)), last(w.seqs[crisis.EventAcknowledged]))}
}
