package playbooks

import (
	"slices"
	"time"

	"watchfire/crisis"
)

// KPI is one figure of a report (指标). A figure that cannot be computed has no
// value and says why; it is never zero.
type KPI struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Definition string   `json:"definition"`
	Formula    string   `json:"formula"`
	Value      *float64 `json:"value"` // in Unit; null when it cannot be computed
	Unit       string   `json:"unit"`  // s, share, ratio, voices, views
	Text       string   `json:"text"`
	Target     string   `json:"target,omitempty"`
	Missed     bool     `json:"missed,omitempty"` // its target
	Missing    string   `json:"missing,omitempty"`
	Trace      *Trace   `json:"trace,omitempty"`
}

// kpis computes all figures, in the order of the table.
func (w *reporter) kpis() []KPI {
	var out []KPI
	for _, f := range []func() KPI{
		w.ttd, w.ttdHappened, w.tta, w.ttfs, w.ttfsHappened, w.reporting, w.punctual, w.kept, w.adherence, w.adherenceInTime,
		w.approval, w.loudest, w.reach, w.quoted, w.recovery, w.halfLife, w.refuted, w.secondary, w.answered, w.falseAlarm, w.missedBy, w.reviewed, w.improved,
	} {
		out = append(out, f())
	}
	return out
}

// kpi begins a figure with its words.
func (w *reporter) kpi(id string, name, definition, formula Text) KPI {
	return KPI{ID: id, Name: name.In(w.lang), Definition: definition.In(w.lang), Formula: formula.In(w.lang)}
}

// without says why a figure cannot be computed.
func (w *reporter) without(k KPI, zh, en string) KPI {
	k.Missing = w.w(zh, en)
	k.Text = w.w("无法计算：", "cannot be computed: ") + k.Missing
	return k
}

// took gives a figure that is a length of time.
func (w *reporter) took(k KPI, d time.Duration, events ...int) KPI {
	v := d.Seconds()
	k.Value, k.Unit, k.Text, k.Trace = &v, "s", w.span(d), from(events...)
	return k
}

// part gives a figure that is a part of a whole.
func (w *reporter) part(k KPI, n, all int, events ...int) KPI {
	v := float64(n) / float64(all)
	k.Value, k.Unit, k.Trace = &v, "share", from(events...)
	k.Text = w.f("%s（%d/%d）", "%s (%d/%d)", share(v), n, all)
	return k
}

// target holds a figure against a time that was wanted.
func (w *reporter) target(k KPI, what string, limit time.Duration) KPI {
	k.Target = joined(w.pen, k.Target, what+" "+w.span(limit))
	k.Missed = k.Missed || k.Value != nil && *k.Value > limit.Seconds()
	return k
}

// earliest is the first relevant item: the first post of the signal that opened the
// incident, or an earlier one that it quotes.
func (w *reporter) earliest() time.Time {
	e := w.firstOf(crisis.EventDetected)
	if e == nil {
		return time.Time{}
	}
	s := payload[crisis.Detected](e).Signal
	first := s.Since
	for _, p := range s.Evidence {
		if !p.Published.IsZero() && (first.IsZero() || p.Published.Before(first)) {
			first = p.Published
		}
	}
	return first
}

func (w *reporter) ttd() KPI {
	k := w.kpi("ttd", Text{"发现用时", "Time to detect"}, Text{"从最早一条相关信息到第一次报警", "from the earliest relevant item to the first alert"}, Text{"首次报警 − 最早相关信息", "first alert − earliest relevant item"})
	first := w.earliest()
	if first.IsZero() {
		return w.without(k, "立案信号没有记下最早一条信息的时间", "the signal that opened the incident does not say when its first item was published")
	}
	return w.took(k, w.in.Opened.Sub(first), w.firstOf(crisis.EventDetected).Seq)
}

func (w *reporter) ttdHappened() KPI {
	k := w.kpi("ttd_happened", Text{"发现用时（自事发）", "Time to detect, since it happened"}, Text{"从事发到第一次报警", "from the event itself to the first alert"}, Text{"首次报警 − 事发", "first alert − happened"})
	if w.in.Happened.IsZero() {
		return w.without(k, "没有登记事发时间", "nobody has recorded when it happened")
	}
	return w.took(k, w.in.Opened.Sub(w.in.Happened), 1, last(w.seqs[crisis.EventHappened]))
}

func (w *reporter) tta() KPI {
	k := w.kpi("tta", Text{"签收用时", "Time to acknowledge"}, Text{"从报警到有人签收", "from the alert to the first acknowledgement"}, Text{"首次签收 − 首次报警", "first acknowledgement − first alert"})
	e := w.firstOf(crisis.EventAcknowledged)
	if e == nil {
		return w.without(k, "没有人签收", "nobody acknowledged")
	}
	return w.took(k, e.At.Sub(w.in.Opened), 1, e.Seq)
}

// opening is the event by which the public first heard from us: a statement that was
// published or seen, else the tick of a step that asks for one.
func (w *reporter) opening() *crisis.Event {
	var e *crisis.Event
	if w.first > 0 {
		e = &w.Events[w.first-1]
	}
	for _, seq := range w.seqs[crisis.EventStepDone] {
		t := payload[crisis.Tick](&w.Events[seq-1])
		if s := w.in.Step(t.Plan, t.Step); s != nil && s.AskKind == "published" && (e == nil || w.Events[seq-1].At.Before(e.At)) {
			e = &w.Events[seq-1]
		}
	}
	return e
}

func (w *reporter) ttfs() KPI {
	k := w.kpi("ttfs", Text{"首发用时", "Time to first statement"}, Text{"从发现到第一份声明发布", "from detection to the first published statement"}, Text{"首次发布 − 首次报警", "first publication − first alert"})
	e := w.opening()
	if e == nil {
		return w.without(k, "没有发布过声明", "no statement was published")
	}
	k = w.took(k, e.At.Sub(w.in.Opened), 1, e.Seq)
	for i := range w.in.Steps {
		s := &w.in.Steps[i]
		if due, ok := s.Due.At(w.in.Level()); ok && s.AskKind == "published" && w.in.Wanted(s) && (s.From == "" || s.From == crisis.FromDetected) {
			length := due.Time
			if due.Days > 0 {
				length = w.report.Steps[i].Due.Sub(w.in.Opened)
			}
			return w.target(k, w.w("预案", "plan"), length)
		}
	}
	return k
}

func (w *reporter) ttfsHappened() KPI {
	k := w.kpi("ttfs_happened", Text{"首发用时（自事发）", "Time to first statement, since it happened"}, Text{"从事发到第一份声明发布", "from the event itself to the first published statement"}, Text{"首次发布 − 事发", "first publication − happened"})
	e := w.opening()
	switch {
	case w.in.Happened.IsZero():
		return w.without(k, "没有登记事发时间", "nobody has recorded when it happened")
	case e == nil:
		return w.without(k, "没有发布过声明", "no statement was published")
	}
	k = w.took(k, e.At.Sub(w.in.Happened), e.Seq, last(w.seqs[crisis.EventHappened]))
	for i := range w.in.Steps {
		s := &w.in.Steps[i]
		if s.AskKind != "published" || !w.in.Wanted(s) {
			continue
		}
		for _, r := range s.RedLines {
			due, ok := w.in.RedDue(s, &r)
			if !ok || len(r.Levels) > 0 && !slices.Contains(r.Levels, w.in.Level()) {
				continue
			}
			length := r.Limit
			if r.Workdays > 0 {
				length = due.Sub(w.in.Happened)
			}
			return w.target(k, w.w("红线", "red line")+" "+tidyLine(w.w(r.What, orElse(r.WhatEN, r.What)), 60), length)
		}
	}
	return k
}

func (w *reporter) reporting() KPI {
	k := w.kpi("reporting", Text{"报告用时", "Time to report upward"}, Text{"从发现到第一次向上报告", "from detection to the first report upward"}, Text{"报告阶段首个完成步骤 − 首次报警", "first step done of phase report − first alert"})
	var first *StepRecord
	for i := range w.report.Steps {
		if r := &w.report.Steps[i]; r.Phase == "report" && r.State == "done" && (first == nil || r.At.Before(first.At)) {
			first = r
		}
	}
	if first == nil {
		return w.without(k, "没有完成报告阶段的步骤", "no step of the phase report was done")
	}
	k = w.took(k, first.At.Sub(w.in.Opened), append([]int{1}, first.Events...)...)
	if !first.Due.IsZero() {
		k = w.target(k, w.w("预案", "plan"), first.Due.Sub(w.in.Opened))
	}
	return k
}

// due counts promises of some kinds that were due, and those kept in time.
func (w *reporter) due(of func(*crisis.Promise) bool) (inTime, all, open int, events []int) {
	for i := range w.in.Promises {
		p := &w.in.Promises[i]
		if !of(p) {
			continue
		}
		if p.Open() {
			open++
		}
		if p.Open() && p.Missed.IsZero() && p.Due.After(w.Now) {
			continue
		}
		all++
		if p.InTime() {
			inTime++
		}
		events = append(events, w.about(p.ID)...)
	}
	return inTime, all, open, events
}

// about are the events of one promise.
func (w *reporter) about(promise string) []int {
	var out []int
	for _, kind := range []crisis.EventKind{crisis.EventPromised, crisis.EventPromiseMoved, crisis.EventPromiseMissed, crisis.EventPromiseKept} {
		for _, seq := range w.seqs[kind] {
			e := &w.Events[seq-1]
			if kind == crisis.EventPromised && payload[crisis.Promise](e).ID == promise || kind != crisis.EventPromised && payload[crisis.Keeping](e).Promise == promise {
				out = append(out, seq)
			}
		}
	}
	return out
}

func (w *reporter) punctual() KPI {
	k := w.kpi("updates_punctual", Text{"续报准点率", "Updates on time"}, Text{"答应了时间的续报，按时发布的占多少", "share of promised updates that were published on time"}, Text{"准点续报 ÷ 到期的续报承诺", "kept on time ÷ promised updates that fell due"})
	n, all, _, events := w.due(func(p *crisis.Promise) bool { return p.Kind == crisis.PromiseUpdate })
	if all == 0 {
		return w.without(k, "没有到期的续报承诺", "no promised update fell due")
	}
	return w.part(k, n, all, events...)
}

func (w *reporter) kept() KPI {
	k := w.kpi("promises_kept", Text{"承诺兑现率", "Promises kept"}, Text{"到期的承诺，按时兑现的占多少", "share of promises that fell due and were kept on time"}, Text{"按时兑现 ÷ 到期承诺", "kept on time ÷ promises that fell due"})
	n, all, open, events := w.due(func(*crisis.Promise) bool { return true })
	if all == 0 {
		return w.without(k, "没有到期的承诺", "no promise fell due")
	}
	k = w.part(k, n, all, events...)
	k.Text += w.f("，未兑现%d项", ", %d open", open)
	return k
}

func last(seqs []int) int {
	if len(seqs) == 0 {
		return 0
	}
	return seqs[len(seqs)-1]
}
