package playbooks

import (
	"time"

	"watchfire/crisis"
)

// required returns the steps that were to be done, those that were done with their
// record, and those of them in time.
func (w *reporter) required() (all, done, inTime int, events []int) {
	for i := range w.report.Steps {
		r := &w.report.Steps[i]
		if !r.Required || r.Added || r.State == "skipped" || r.State == "open" && (r.Due.IsZero() || r.Due.After(w.Now)) {
			continue // it is not yet due, or does not apply here
		}
		all++
		if r.State == "done" && r.Proven {
			done++
			if r.Late == 0 {
				inTime++
			}
		}
		events = append(events, r.Events...)
	}
	return all, done, inTime, events
}

func (w *reporter) adherence() KPI {
	k := w.kpi("adherence", Text{"预案执行率", "Plan adherence"}, Text{"该做的步骤，做了并留下记录的占多少；写明理由不适用的不计", "share of the steps that were due and done with their record; steps left out with a reason do not count"}, Text{"已做且有记录 ÷ 应做", "done with record ÷ due"})
	all, done, _, events := w.required()
	if all == 0 {
		return w.without(k, "没有到期的步骤", "no step fell due")
	}
	return w.part(k, done, all, events...)
}

func (w *reporter) adherenceInTime() KPI {
	k := w.kpi("adherence_in_time", Text{"预案按时执行率", "Plan adherence in time"}, Text{"该做的步骤，按时做了并留下记录的占多少", "share of the steps that were due and done with their record in time"}, Text{"按时已做且有记录 ÷ 应做", "done in time with record ÷ due"})
	all, _, inTime, events := w.required()
	if all == 0 {
		return w.without(k, "没有到期的步骤", "no step fell due")
	}
	return w.part(k, inTime, all, events...)
}

func (w *reporter) approval() KPI {
	k := w.kpi("approval_share", Text{"审批占比", "Share of approval"}, Text{"首份声明从成稿到签发，占首发用时的多少", "share of the time to the first statement that went from draft to approval"}, Text{"（签发 − 初稿） ÷ 首发用时", "(approved − first draft) ÷ time to first statement"})
	if w.first == 0 {
		return w.without(k, "没有经本系统发布的声明", "no statement was published through this system")
	}
	opening := &w.Events[w.first-1]
	id := payload[crisis.Publication](opening).Statement
	s := w.in.Statement(id)
	whole := opening.At.Sub(w.in.Opened)
	drafted, approved := w.ofStatement(crisis.EventDrafted, id), w.ofStatement(crisis.EventApproved, id)
	if s == nil || s.ApprovedAt.IsZero() || len(drafted) == 0 || len(approved) == 0 || whole <= 0 {
		return w.without(k, "首份声明没有初稿或签发的记录", "the first statement has no record of its draft or approval")
	}
	review := s.ApprovedAt.Sub(s.Versions[0].At)
	v := float64(review) / float64(whole)
	k.Value, k.Unit, k.Trace = &v, "share", from(drafted[0], last(approved), opening.Seq, 1)
	k.Text = w.f("%s（审批%s，首发%s）", "%s (approval %s, first statement %s)", share(v), w.span(review), w.span(whole))
	return k
}

// ofStatement are the events of a kind about one statement.
func (w *reporter) ofStatement(kind crisis.EventKind, id string) []int {
	var out []int
	for _, seq := range w.seqs[kind] {
		if payload[crisis.Withdrawal](&w.Events[seq-1]).Statement == id {
			out = append(out, seq)
		}
	}
	return out
}

func (w *reporter) loudest() KPI {
	k := w.kpi("peak", Text{"峰值与时间", "Peak and when"}, Text{"最响一小时的声量，相当于平常的几倍", "volume of the loudest hour, and how many times the usual"}, Text{"最大小时声量；÷ 同时段平常值", "largest hourly volume; ÷ usual at that time"})
	s, ok := w.peak()
	if !ok {
		return w.without(k, "没有声量数据", "there are no counts")
	}
	k.Value, k.Unit, k.Trace = &s.Voices, "voices", w.trace(&s)
	k.Text = w.f("%s条，%s起", "%s voices from %s", decimal(s.Voices), w.clock(s.From))
	if w.Bucket > time.Hour {
		k.Text = w.f("%s条／%s，%s起", "%s voices in %s from %s", decimal(s.Voices), w.span(w.Bucket), w.clock(s.From))
	}
	if s.High > 0 && s.Expected > 0 {
		k.Text += w.f("，为平常的%s倍", ", %s times the usual", decimal(s.Voices/s.Expected))
	} else {
		k.Text += w.w("，平常值未知", ", the usual is not known")
	}
	if s.Coverage < wellSeen {
		k.Text += w.f("（覆盖率%s，实际可能更高）", " (coverage %s: it may have been more)", share(s.Coverage))
	}
	return k
}

// usualMood is the negative share before the incident.
func (w *reporter) usualMood() (base float64, s Stretch, ok bool) {
	end := w.in.Opened
	if e := w.earliest(); !e.IsZero() && e.Before(end) {
		end = e
	}
	if len(w.Points) == 0 || w.Bucket <= 0 {
		return 0, s, false
	}
	s = w.sum(w.Points[0].At, end)
	base, ok = s.Share()
	return base, s, ok
}

func (w *reporter) recovery() KPI {
	k := w.kpi("mood_recovery", Text{"情绪恢复", "Recovery of mood"}, Text{"负面占比从最高点回落到平常加10个百分点以内，用了多久", "hours from the highest negative share to within ten points of the usual"}, Text{"回落时刻 − 最高时刻", "time of recovery − time of the highest share"})
	base, before, ok := w.usualMood()
	if !ok {
		return w.without(k, "立案前读出情绪的信息太少，不知道平常的负面占比", "too few items before the incident to know the usual negative share")
	}
	top, peak := -1, base+0.10
	for i, p := range w.Points {
		if !p.At.Before(w.in.Opened.Add(-beside)) && p.Rated >= rating && p.Negative/p.Rated > peak {
			top, peak = i, p.Negative/p.Rated
		}
	}
	if top < 0 {
		return w.without(k, "负面占比没有明显高过平常", "the negative share never rose clearly above the usual")
	}
	for i := top + 1; i < len(w.Points); i++ {
		p := w.Points[i]
		if p.Coverage < wellSeen || p.Rated < rating || p.Negative/p.Rated > base+0.10 {
			continue
		}
		v := p.At.Sub(w.Points[top].At).Seconds()
		k.Value, k.Unit, k.Text = &v, "s", w.span(p.At.Sub(w.Points[top].At))
		k.Text += w.f("（最高%s，平常%s）", " (highest %s, usual %s)", share(peak), share(base))
		k.Trace = &Trace{Series: w.series(before.From, p.At.Add(w.Bucket))}
		return k
	}
	return w.without(k, "到报告时还没有回落，或之后可读的信息太少", "it has not come down by the time of the report, or too little could be read since")
}

func (w *reporter) halfLife() KPI {
	k := w.kpi("rumour_half_life", Text{"谣言半衰期", "Half-life of rumours"}, Text{"辟谣发布后，每天新增的谣言多久减半", "time until new rumours a day halve after the refutation"}, Text{"新增谣言降到辟谣前一天一半以下的时刻 − 辟谣", "when a day's rumours fell below half of the day before the refutation − refutation"})
	at := w.refutation()
	if at == nil {
		return w.without(k, "没有发布辟谣声明", "no refutation was published")
	}
	const day = 24 * time.Hour
	start := at.At.Truncate(max(w.Bucket, time.Minute))
	before := w.sum(start.Add(-day), start)
	if before.Rumour < rating {
		return w.without(k, "辟谣前一天标为谣言的信息太少", "too few items marked as rumour on the day before the refutation")
	}
	for end := start.Add(day); !end.After(w.end()); end = end.Add(w.Bucket) {
		if s := w.sum(end.Add(-day), end); s.Coverage >= 0.9 && s.Rumour <= before.Rumour/2 {
			k = w.took(k, end.Sub(start), at.Event)
			k.Trace = w.trace(&Stretch{From: before.From, To: end}, at.Event)
			return k
		}
	}
	return w.without(k, "辟谣后一天的谣言还没有减半，或观察不足一天", "rumours had not halved a day after, or less than a day was seen")
}

func (w *reporter) secondary() KPI {
	k := w.kpi("backlash", Text{"次生舆情", "Backlash"}, Text{"引来新一轮议论的声明占多少", "share of statements that were followed by a backlash"}, Text{"声明探测器报警的声明 ÷ 声明", "statements after which the detector of backlash fired ÷ statements"})
	if len(w.report.Effects) == 0 {
		return w.without(k, "没有发布过声明", "no statement was published")
	}
	hit, events := map[int]bool{}, []int{}
	for i := range w.report.Effects {
		events = append(events, w.report.Effects[i].Event)
	}
	for _, seq := range w.seqs[crisis.EventSignal] {
		e := &w.Events[seq-1]
		if payload[crisis.Signal](e).Detector != "statement" {
			continue
		}
		which := -1
		for i := range w.report.Effects {
			if s := &w.report.Effects[i]; !s.At.After(e.At) && (which < 0 || s.At.After(w.report.Effects[which].At)) {
				which = i
			}
		}
		if which >= 0 {
			hit[which] = true
			events = append(events, seq)
		}
	}
	return w.part(k, len(hit), len(w.report.Effects), events...)
}

func (w *reporter) falseAlarm() KPI {
	k := w.kpi("false_alarm", Text{"误报", "False alarm"}, Text{"这次报警是不是误报，由人判定", "whether this alert was a false one, as judged by a person"}, Text{"误报 ÷ 报警（本事件为1次）", "false ÷ alerts (this incident is one)"})
	switch {
	case w.in.Drill:
		return w.without(k, "演练不判误报", "a drill is not judged")
	case w.in.Verdict == "":
		return w.without(k, "还没有人判定", "nobody has judged it yet")
	}
	n := 0
	if w.in.Verdict != crisis.VerdictReal {
		n = 1
	}
	return w.part(k, n, 1, last(w.seqs[crisis.EventVerdict]))
}

func (w *reporter) reviewed() KPI {
	k := w.kpi("review", Text{"复盘用时", "Time to review"}, Text{"从结案到复盘完成", "from closing to the end of the review"}, Text{"复盘完成 − 结案", "reviewed − closed"})
	if w.in.Reviewed.IsZero() || w.in.Closed.IsZero() {
		return w.without(k, "复盘还没有完成", "the review is not finished yet")
	}
	k = w.took(k, w.in.Reviewed.Sub(w.in.Closed), last(w.seqs[crisis.EventClosed]), last(w.seqs[crisis.EventReviewed]))
	return w.target(k, w.w("期限", "limit"), 240*time.Hour)
}

func (w *reporter) improved() KPI {
	k := w.kpi("improvements", Text{"改进完成率", "Improvements done"}, Text{"到期的改进项，完成并验收的占多少", "share of improvements that fell due and were done and checked"}, Text{"已验收 ÷ 到期", "checked ÷ due"})
	n, all := 0, 0
	var events []int
	for i := range w.in.Actions {
		if a := &w.in.Actions[i]; !a.Checked.IsZero() || !a.Due.After(w.Now) {
			all++
			if !a.Checked.IsZero() {
				n++
			}
		}
	}
	if all == 0 {
		return w.without(k, "没有到期的改进项", "no improvement fell due")
	}
	for _, kind := range []crisis.EventKind{crisis.EventActionAdded, crisis.EventActionChecked} {
		events = append(events, w.seqs[kind]...)
	}
	return w.part(k, n, all, events...)
}
