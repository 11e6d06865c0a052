package playbooks

import (
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// summary is part 1: what it was, how grave, how it stands.
func (w *reporter) summary() []Part {
	in := &w.in
	var out []Part
	if in.Drill {
		out = append(out, say(w.w("【演练】本报告是一次演练的评估表：下列用时与预案的时限对照。", "[DRILL] This report evaluates a rehearsal: the times below are held against the plan."), 1))
	}
	state := w.w("仍在处置", "still open")
	if !in.Open() {
		state = w.f("%s结案", "closed %s", w.clock(in.Closed))
	}
	out = append(out, say(w.f("%s：%s立案，%s。", "%s: opened %s, %s.", tidyLine(in.Title, 120), w.clock(in.Opened), state), 1, last(w.seqs[crisis.EventClosed])))
	if len(in.Plans) > 0 {
		var names []string
		for _, p := range in.Plans {
			names = append(names, tidyLine(w.w(p.Title, orElse(p.TitleEN, p.Title)), 80)+" "+p.Version)
		}
		out = append(out, say(w.w("预案：", "Plans: ")+strings.Join(names, w.w("、", ", ")), w.seqs[crisis.EventPlanned]...))
	}
	t := Part{Head: []string{w.w("尺度", "Scale"), w.w("结束时", "At the end"), w.w("最高", "Gravest")}, Wide: []int{30, 35, 35}}
	gravest := levelStand{}
	var seqs []int
	for _, l := range w.levels {
		gravest.event, gravest.opinion = crisis.Gravest(gravest.event, l.event), crisis.Gravest(gravest.opinion, l.opinion)
		seqs = append(seqs, l.seq)
	}
	for _, row := range []struct {
		name     Text
		now, top crisis.Level
	}{
		{Text{"事件级别（危害）", "Event level (harm)"}, in.EventLevel, gravest.event},
		{Text{"舆情等级（关注）", "Opinion level (attention)"}, in.OpinionLevel, gravest.opinion},
		{Text{"响应级别（就高）", "Response level (the graver)"}, in.Level(), crisis.Gravest(gravest.event, gravest.opinion)},
	} {
		t.Rows = append(t.Rows, []Cell{cell(row.name.In(w.lang)), cell(w.level(row.now), seqs...), cell(w.level(row.top), seqs...)})
	}
	out = append(out, t, w.levelHistory())
	return append(out, w.blindPart())
}

func (w *reporter) levelHistory() Part {
	t := Part{Head: []string{w.w("时间", "When"), w.w("谁", "Who"), w.w("事件级别", "Event"), w.w("舆情等级", "Opinion"), w.w("理由", "Reason")}, Wide: []int{16, 12, 14, 14, 44}}
	for _, l := range w.levels {
		t.Rows = append(t.Rows, []Cell{cell(w.clock(l.at), l.seq), cell(w.who(l.by), l.seq), cell(w.level(l.event), l.seq), cell(w.level(l.opinion), l.seq), cell(tidyLine(l.reason, 300), l.seq)})
	}
	return t
}

// blindPart says what was not seen, or that everything was.
func (w *reporter) blindPart() Part {
	if len(w.Points) == 0 {
		return Part{Text: w.w("覆盖率：读不到声量数据，本报告不含图表。", "Coverage: the counts could not be read; this report has no charts.")}
	}
	whole := w.sum(w.Points[0].At, w.Points[len(w.Points)-1].At.Add(w.Bucket))
	if len(w.report.Blind) == 0 {
		return Part{Text: w.w("覆盖率：全程都看得到。", "Coverage: everything was seen throughout."), Trace: w.trace(&whole)}
	}
	var spans []string
	for _, b := range w.report.Blind {
		spans = append(spans, w.f("%s至%s（覆盖率%s）", "%s to %s (coverage %s)", w.clock(b.From), w.clock(b.To), share(b.Coverage)))
	}
	return Part{
		Text: w.f("盲区：平均覆盖率%s。以下时段有来源看不到，数字只少不多，不能当作平静：%s。", "Blind periods: mean coverage %s. In these stretches sources could not be seen; the numbers are too low rather than too high, and are no calm: %s.",
			share(whole.Coverage), strings.Join(spans, w.w("；", "; "))),
		Trace: w.trace(&whole, w.seqs[crisis.EventBlind]...),
	}
}

// timeline is part 2.
func (w *reporter) timeline() []Part {
	t := Part{Head: []string{"#", w.w("时间", "When"), w.w("谁", "Who"), w.w("何事", "What")}, Wide: []int{7, 18, 15, 60}}
	order := make([]*crisis.Event, 0, len(w.Events))
	for i := range w.Events {
		if e := &w.Events[i]; e.Kind != crisis.EventAlertSent {
			order = append(order, e)
		}
	}
	slices.SortStableFunc(order, func(a, b *crisis.Event) int { return a.At.Compare(b.At) })
	for _, e := range order {
		when := w.clock(e.At)
		if e.Recorded.Sub(e.At) > time.Minute {
			when += w.f("（%s补记）", " (recorded %s)", w.clock(e.Recorded))
		}
		t.Rows = append(t.Rows, []Cell{cell(number(e.Seq), e.Seq), cell(when, e.Seq), cell(w.who(e.Actor), e.Seq), cell(w.tell(e), e.Seq)})
	}
	out := []Part{t}
	if sent := w.seqs[crisis.EventAlertSent]; len(sent) > 0 {
		out = append(out, say(w.f("另有%d次警报送达，见附件的送达台账。", "Besides, alerts were delivered %d times; see the ledger in the annexes.", len(sent)), sent...))
	}
	return out
}

// concern is part 3: volume, mood, words, quotes.
func (w *reporter) concern() []Part {
	if len(w.Points) == 0 {
		return []Part{w.blindPart()}
	}
	band := w.w("绿带是平常的范围。", "The green band is what is usual.")
	if w.BandFrom == "" {
		band = w.w("平常的范围未知，图上没有绿带。", "What is usual is not known; the charts show no band.")
	}
	whole := w.sum(w.Points[0].At, w.Points[len(w.Points)-1].At.Add(w.Bucket))
	out := []Part{
		{Text: w.f("每%s的声量与负面占比。%s斜线处有来源看不到。", "Volume and negative share for every %s. %sHatched: sources could not be seen.", w.span(w.Bucket), band+w.w("", " ")), Trace: w.trace(&whole)},
		{Chart: "volume"},
		{Chart: "mood"},
		{Text: w.f("合计%s条，其中负面%s条，读出情绪的%s条。", "In all %s voices, %s of them negative, %s whose mood was read.", decimal(whole.Voices), decimal(whole.Negative), decimal(whole.Rated)), Trace: w.trace(&whole)},
	}
	words := Part{Head: []string{w.w("时间", "When"), w.w("探测器", "Detector"), w.w("观察／平常", "Observed / usual"), w.w("这时特有的说法", "What was said then")}, Wide: []int{20, 14, 22, 44}}
	for i := range w.Events {
		e := &w.Events[i]
		s := payload[crisis.Signal](e)
		if e.Kind == crisis.EventDetected {
			s = payload[crisis.Detected](e).Signal
		} else if e.Kind != crisis.EventSignal {
			continue
		}
		var phrases []string
		for _, p := range s.Phrases {
			phrases = append(phrases, tidyLine(p, 40))
		}
		words.Rows = append(words.Rows, []Cell{
			cell(w.clock(e.At), e.Seq), cell(w.detector(s.Detector), e.Seq), cell(amount(&s, s.Observed)+" / "+amount(&s, s.Expected), e.Seq), cell(orElse(strings.Join(phrases, w.w("、", ", ")), "—"), e.Seq),
		})
	}
	if len(words.Rows) > 0 {
		out = append(out, words)
	}
	return append(out, w.quotes())
}

// quotes shows what was said, without who said it.
func (w *reporter) quotes() Part {
	t := Part{Head: []string{w.w("发布时间", "Published"), w.w("来源", "Source"), w.w("原话", "Words")}, Wide: []int{20, 16, 64}}
	for i := range w.Posts {
		p := &w.Posts[i]
		name := p.Source
		if title := w.Sources[name]; title != "" {
			name = title
		}
		t.Rows = append(t.Rows, []Cell{cell(w.clock(p.Published)), cell(tidyLine(name, 40)), cell(tidyLine(p.Quote, 160))})
	}
	return t
}

// course is part 4.
func (w *reporter) course() []Part {
	if len(w.report.Steps) == 0 {
		return []Part{say(w.w("没有挂上预案。", "No plan was attached."))}
	}
	title := w.w("预案执行表。应于、超时按当时的级别和起算点计算。", "How the plan was carried out. Due and late are by the level and the anchor of that time.")
	if w.in.Drill {
		title = w.w("演练评估表：各步用时与预案时限对照。", "Evaluation of the drill: the time of each step against the plan.")
	}
	return []Part{say(title), w.stepTable()}
}

// actions is part 10.
func (w *reporter) actions() []Part {
	if len(w.in.Actions) == 0 {
		return []Part{say(w.w("还没有登记改进项。", "No improvement has been recorded yet."))}
	}
	t := Part{Head: []string{w.w("改什么", "What"), w.w("负责人", "Owner"), w.w("期限", "Due"), w.w("怎样验收", "Check"), w.w("状态", "State")}, Wide: []int{32, 12, 16, 24, 16}}
	for i := range w.in.Actions {
		a := &w.in.Actions[i]
		seq := 0
		if all := w.seqs[crisis.EventActionAdded]; i < len(all) {
			seq = all[i]
		}
		state, bad := w.w("进行中", "open"), false
		switch {
		case !a.Checked.IsZero():
			state = w.f("%s验收（%s）", "checked %s (%s)", w.clock(a.Checked), w.who(a.CheckedBy))
		case !a.DoneAt.IsZero():
			state = w.w("已做，待验收", "done, to be checked")
		case !a.Due.After(w.Now):
			state, bad = w.w("逾期", "overdue"), true
		}
		t.Rows = append(t.Rows, []Cell{cell(tidyLine(a.What, 300), seq), cell(tidyLine(a.Owner, 40), seq), cell(w.clock(a.Due), seq), cell(tidyLine(a.Check, 200), seq), {Text: state, Trace: from(seq), Bad: bad}})
	}
	return []Part{t}
}

// amendments is part 11.
func (w *reporter) amendments() []Part {
	t := Part{Head: []string{w.w("预案", "Plan"), w.w("原版", "Old"), w.w("新版", "New"), w.w("改动", "Changes")}, Wide: []int{20, 12, 12, 56}}
	for _, seq := range w.seqs[crisis.EventAmended] {
		a := payload[crisis.Amended](&w.Events[seq-1])
		t.Rows = append(t.Rows, []Cell{cell(tidyLine(a.Plan, 60), seq), cell(tidyLine(a.From, 30), seq), cell(tidyLine(a.To, 30), seq), cell(tidyText(strings.Join(a.Changes, "\n"), 2000), seq)})
	}
	if len(t.Rows) == 0 {
		return []Part{say(w.w("预案没有因这件事修订。", "No plan was changed because of this incident."))}
	}
	return []Part{t}
}
