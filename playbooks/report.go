package playbooks

import (
	"fmt"
	"math"
	"slices"
	"time"

	"watchfire/crisis"
)

// ReportInput is what a report is made of. Nothing else enters it, so that equal
// inputs are equal reports.
type ReportInput struct {
	Events   []crisis.Event // of one incident, in order
	Points   []ReportPoint  // oldest first, without gaps; empty: the counts cannot be read
	Bucket   time.Duration  // length of a point
	Posts    []crisis.Evidence
	Sources  map[string]string // what people call a source, by its name
	Outbox   []ReportDelivery
	Org      string
	Zone     *time.Location // nil: UTC
	Lang     string         // zh or en
	Now      time.Time      // when the report is made
	BandFrom string         // what is usual comes from here, for the reader; "" when it is not known

	Sights    []ReportSight   // our statements on our own accounts
	Quotes    []ReportQuotes  // who repeats them
	Exhibits  []ReportExhibit // what the events quote, and what is kept of it
	Asks      []ReportAsk     // requests that speak of the topic, received since AsksFrom
	AsksFrom  time.Time
	AsksKnown bool // the ledger of requests was read
}

// ReportPoint is what was counted in one bucket beside what is usual.
type ReportPoint struct {
	At       time.Time `json:"at"`
	Observed float64   `json:"observed"` // voices
	Negative float64   `json:"negative"` // part of Observed
	Rated    float64   `json:"rated"`    // part of Observed whose mood was read
	Rumour   float64   `json:"rumour"`   // part of Rated marked as rumour
	Expected float64   `json:"expected"`
	Low      float64   `json:"low"`
	High     float64   `json:"high"` // 0 while what is usual is not known
	Coverage float64   `json:"coverage"`
}

// Mood is the negative share of the voices whose mood was read, 0 to 1; not a number
// where these were too few, or nothing was seen.
func (p *ReportPoint) Mood() float64 {
	if p.Rated < rating || p.Coverage < 0.01 {
		return math.NaN()
	}
	return p.Negative / p.Rated
}

// ReportDelivery is how one alert stands with one channel.
type ReportDelivery struct {
	ID       string           `json:"id"`
	Kind     crisis.AlertKind `json:"kind"`
	Channel  string           `json:"channel"`
	State    string           `json:"state"`
	Created  time.Time        `json:"created"`
	Last     time.Time        `json:"last,omitzero"`
	Attempts int              `json:"attempts"`
}

// Trace says where a figure comes from: events of the incident by their numbers,
// or the series of counts over a stretch of time.
type Trace struct {
	Events []int  `json:"events,omitempty"`
	Series string `json:"series,omitempty"` // what was added up, with topic, from and to in UTC
}

// Report is the account of one incident (复盘报告). It is generated from events and
// counts; no sentence in it is written by anything but a person or a fixed form.
type Report struct {
	Schema    string            `json:"schema"` // report/1
	Incident  string            `json:"incident"`
	Topic     string            `json:"topic"`
	Title     string            `json:"title"`
	Org       string            `json:"org,omitempty"`
	Lang      string            `json:"lang"`
	Zone      string            `json:"zone"`
	Made      time.Time         `json:"made"`
	Drill     bool              `json:"drill,omitempty"`
	Opened    time.Time         `json:"opened"`
	Closed    time.Time         `json:"closed,omitzero"`
	Hash      string            `json:"hash"`  // of the last event that the report knows
	Chain     string            `json:"chain"` // "ok", or what breaks the chain of events
	Bucket    time.Duration     `json:"bucket"`
	Points    []ReportPoint     `json:"points"`
	Blind     []BlindSpan       `json:"blind"`
	Marks     []ReportMark      `json:"marks"`
	Steps     []StepRecord      `json:"steps"`
	Effects   []StatementEffect `json:"effects"`
	KPIs      []KPI             `json:"kpis"`
	Sections  []Section         `json:"sections"`
	Delivered []ReportDelivery  `json:"deliveries"`
	Exhibits  []ReportExhibit   `json:"exhibits,omitempty"` // of a dossier

	// Pictures are the charts as PNG by their names, for Word; a chart without one is
	// told by its numbers only. Whoever can draw puts them there.
	Pictures map[string][]byte `json:"-"`

	in  crisis.Incident
	pen pen
}

// Section is one headed part of a report.
type Section struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
	Parts  []Part `json:"parts"`
}

// Part is a paragraph, a table, or a chart by its name.
type Part struct {
	Text  string   `json:"text,omitempty"`
	Trace *Trace   `json:"trace,omitempty"`
	Chart string   `json:"chart,omitempty"` // volume or mood
	Head  []string `json:"head,omitempty"`
	Rows  [][]Cell `json:"rows,omitempty"`
	Wide  []int    `json:"widths,omitempty"`
}

// Cell is one field of a table with its trace.
type Cell struct {
	Text  string `json:"text"`
	Trace *Trace `json:"trace,omitempty"`
	Bad   bool   `json:"bad,omitempty"` // late or missed: to be seen
}

// ReportMark is a moment that the charts show.
type ReportMark struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // opened, alert, statement, tick, closed, happened
	Text string    `json:"text"`
	Seq  int       `json:"event"`
}

// BlindSpan is a stretch of time in which not all sources were seen (盲区).
type BlindSpan struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Coverage float64   `json:"coverage"` // mean
}

// NewReport makes the report of an incident. It fails when the events cannot be folded.
func NewReport(in ReportInput) (*Report, error) {
	zone := in.Zone
	if zone == nil {
		zone = time.UTC
	}
	if in.Lang != "en" {
		in.Lang = "zh"
	}
	w := &reporter{ReportInput: in, pen: pen{in.Lang, zone}}
	if err := w.walk(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r := &Report{
		Schema: "report/1", Incident: w.in.ID, Topic: w.in.Topic, Title: tidyLine(w.in.Title, 120), Org: tidyLine(in.Org, 80),
		Lang: in.Lang, Zone: zone.String(), Made: in.Now.UTC(), Drill: w.in.Drill, Opened: w.in.Opened, Closed: w.in.Closed,
		Hash: w.in.Hash, Chain: "ok", Bucket: in.Bucket, Points: in.Points, Steps: w.steps(), Delivered: in.Outbox,
		in: w.in, pen: w.pen,
	}
	if err := crisis.Verify(in.Events); err != nil {
		r.Chain = err.Error()
	}
	w.report = r
	r.Blind, r.Marks, r.Effects = w.blind(), w.marks(), w.effects()
	r.KPIs = w.kpis()
	for i, part := range []struct {
		title Text
		parts func() []Part
	}{
		{Text{"摘要与等级", "Summary and levels"}, w.summary},
		{Text{"事件与传播时间线", "Timeline of the incident and of its spread"}, w.timeline},
		{Text{"公众关切变化", "How public concern changed"}, w.concern},
		{Text{"应对过程", "Course of the response"}, w.course},
		{Text{"发布内容与效果", "What was published, and its effect"}, w.published},
		{Text{"谣言与疑点处置", "Rumours and open questions"}, w.rumours},
		{Text{"承诺与兑现情况", "Promises and whether they were kept"}, w.promises},
		{Text{"指标", "Figures"}, w.figures},
		{Text{"做得好的、差距、原因", "What went well, gaps, causes"}, w.findings},
		{Text{"改进项", "Improvements"}, w.actions},
		{Text{"预案修订清单", "Changes to the plans"}, w.amendments},
		{Text{"附件：原文、证据、审批记录", "Annexes: texts, evidence, approvals"}, w.annexes},
	} {
		r.Sections = append(r.Sections, Section{i + 1, part.title.In(in.Lang), part.parts()})
	}
	return r, nil
}

// tick is one time a step was settled, and how it then stood.
type tick struct {
	seq     int
	at      time.Time
	by      string
	due     time.Time // zero: it had no target then
	skipped bool
	note    string
	link    string
	red     []crisis.Clock // red lines that ran until then
}

// stepKey names a step of a plan.
type stepKey struct{ plan, step string }

// reporter gathers what the parts of a report are made of.
type reporter struct {
	ReportInput
	pen
	in     crisis.Incident
	report *Report
	ticks  map[stepKey][]tick
	passed map[stepKey][]int // events that said that the target or a red line had passed
	seqs   map[crisis.EventKind][]int
	levels []levelStand
	first  int // event of the first statement that was published or seen, 0: none
}

// levelStand is how the levels stood after an event.
type levelStand struct {
	seq            int
	at             time.Time
	by             string
	event, opinion crisis.Level
	reason         string
}

// walk folds the events one by one, because how late a tick was depends on how the
// incident stood when it was made.
func (w *reporter) walk() error {
	w.ticks, w.passed, w.seqs = map[stepKey][]tick{}, map[stepKey][]int{}, map[crisis.EventKind][]int{}
	for i := range w.Events {
		e := &w.Events[i]
		if e.Seq != i+1 {
			return fmt.Errorf("event %d is missing, found event %d in its place", i+1, e.Seq)
		}
		w.seqs[e.Kind] = append(w.seqs[e.Kind], e.Seq)
		var before tick
		key, settles := w.settling(e)
		if settles {
			before = w.standing(key)
		}
		if err := w.in.Apply(*e); err != nil {
			return err
		}
		switch e.Kind {
		case crisis.EventStepDone, crisis.EventStepSkipped:
			t := payload[crisis.Tick](e)
			before.seq, before.at, before.by, before.note, before.link = e.Seq, e.At, e.Actor, t.Note, t.Link
			before.skipped = e.Kind == crisis.EventStepSkipped
			w.ticks[key] = append(w.ticks[key], before)
		case crisis.EventStepReopened:
			w.ticks[key] = nil
		case crisis.EventStepOverdue:
			o := payload[crisis.Overdue](e)
			k := stepKey{o.Plan, o.Step}
			w.passed[k] = append(w.passed[k], e.Seq)
		case crisis.EventLevel:
			reason := w.w(w.in.LevelReason, orElse(w.in.LevelReasonEN, w.in.LevelReason))
			w.levels = append(w.levels, levelStand{e.Seq, e.At, e.Actor, w.in.EventLevel, w.in.OpinionLevel, reason})
		case crisis.EventPublished, crisis.EventSeen:
			if w.first == 0 || e.At.Before(w.Events[w.first-1].At) {
				w.first = e.Seq
			}
		}
	}
	if w.in.ID == "" {
		return fmt.Errorf("there are no events")
	}
	return nil
}

// settling names the step whose state an event changes.
func (w *reporter) settling(e *crisis.Event) (stepKey, bool) {
	switch e.Kind {
	case crisis.EventStepDone, crisis.EventStepSkipped, crisis.EventStepReopened:
		t := payload[crisis.Tick](e)
		return stepKey{t.Plan, t.Step}, true
	}
	return stepKey{}, false
}

// standing returns when a step is due, and its red lines, at this point of the fold.
func (w *reporter) standing(key stepKey) tick {
	var t tick
	if s := w.in.Step(key.plan, key.step); s != nil {
		t.due, _ = w.in.Due(s)
		for _, r := range s.RedLines {
			if !s.Done && (len(r.Levels) == 0 || slices.Contains(r.Levels, w.in.Level())) {
				if due, ok := w.in.RedDue(s, &r); ok {
					t.red = append(t.red, crisis.Clock{RedLine: r.ID, Title: r.What, TitleEN: r.WhatEN, Source: r.Source, Due: due})
				}
			}
		}
	}
	return t
}

// firstOf is the first event of a kind, nil if there is none.
func (w *reporter) firstOf(kind crisis.EventKind) *crisis.Event {
	if s := w.seqs[kind]; len(s) > 0 {
		return &w.Events[s[0]-1]
	}
	return nil
}

// end is the end of what the report covers.
func (w *reporter) end() time.Time {
	if w.in.Open() {
		return w.Now
	}
	return w.in.Closed
}
