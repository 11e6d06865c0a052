package playbooks

import (
	"time"

	"watchfire/crisis"
)

// StepRecord is one step of the plan and what became of it (预案执行).
type StepRecord struct {
	Plan     string        `json:"plan"`
	Step     string        `json:"step"`
	Phase    string        `json:"phase"`
	Title    string        `json:"title"`
	Role     string        `json:"role"`
	Required bool          `json:"required"` // belongs to the checklist at the level of the end
	State    string        `json:"state"`    // done, skipped, open or dropped
	From     time.Time     `json:"from,omitzero"`
	Due      time.Time     `json:"due,omitzero"` // when it was first settled, or as it stands
	At       time.Time     `json:"at,omitzero"`  // first settled
	By       string        `json:"by,omitempty"`
	Took     time.Duration `json:"took"` // At − From
	Late     time.Duration `json:"late"` // beyond Due; 0 in time
	Red      []string      `json:"red_lines_missed,omitempty"`
	Times    int           `json:"times"` // of a step that repeats
	Proven   bool          `json:"proven"`
	Reason   string        `json:"reason,omitempty"` // why it was not done
	Events   []int         `json:"events,omitempty"`
	Added    bool          `json:"added,omitempty"` // by hand
}

// steps returns the record of every step in the order of the checklist.
func (w *reporter) steps() []StepRecord {
	out := make([]StepRecord, 0, len(w.in.Steps))
	for i := range w.in.Steps {
		s := &w.in.Steps[i]
		k := stepKey{s.Plan, s.ID}
		r := StepRecord{
			Plan: s.Plan, Step: s.ID, Phase: s.Phase, Title: tidyLine(w.w(s.Title, orElse(s.TitleEN, s.Title)), 120),
			Role:     tidyLine(w.w(s.RoleName, orElse(s.RoleNameEN, s.RoleName)), 40),
			Required: w.in.Wanted(s), State: "open", Added: s.Plan == crisis.Own, Events: w.passed[k],
		}
		r.From = w.start(s)
		r.Due, _ = w.in.Due(s)
		ticks := w.ticks[k]
		if len(ticks) > 0 {
			w.settled(&r, s, ticks)
		} else if !r.Due.IsZero() && r.Required && w.end().After(r.Due) {
			r.Late = w.end().Sub(r.Due)
		}
		if s.Dropped && r.State == "open" {
			r.State = "dropped"
		}
		out = append(out, r)
	}
	return out
}

// settled fills in what the ticks of a step tell: the first of them is held against
// the target, the later ones of a step that repeats against theirs.
func (w *reporter) settled(r *StepRecord, s *crisis.StepState, ticks []tick) {
	first := ticks[0]
	r.At, r.By, r.Due, r.State = first.at, w.who(first.by), first.due, "done"
	if !r.From.IsZero() && !first.at.Before(r.From) {
		r.Took = first.at.Sub(r.From)
	}
	for _, t := range ticks {
		r.Events = append(r.Events, t.seq)
		if t.skipped {
			r.State, r.Reason = "skipped", tidyLine(t.note, 200)
			continue
		}
		r.State, r.Times = "done", r.Times+1
		if !t.due.IsZero() && t.at.After(t.due) {
			r.Late = max(r.Late, t.at.Sub(t.due))
		}
		for _, red := range t.red {
			if t.at.After(red.Due) {
				r.Red = append(r.Red, tidyLine(w.w(red.Title, orElse(red.TitleEN, red.Title)), 80)+w.w("，依据：", ", by: ")+tidyLine(red.Source, 120))
			}
		}
		r.Proven = r.Proven || s.Ask == "" || t.note != "" || t.link != ""
	}
	r.Proven = r.Proven || r.State == "done" && (s.Note != "" || s.Link != "")
	if r.State != "done" {
		r.Late = 0
	}
}

// start is when the clock of a step began; zero while it has not.
func (w *reporter) start(s *crisis.StepState) time.Time {
	switch s.From {
	case crisis.FromHappened:
		return w.in.Noticed()
	case crisis.FromClosed:
		return w.in.Closed
	case crisis.FromRestored:
		return w.in.Reached["service_restored"]
	case crisis.FromPromise:
		return time.Time{}
	}
	return w.in.Opened
}

// stepTable is the table of the plan's execution (预案执行表).
func (w *reporter) stepTable() Part {
	p := Part{
		Head: []string{w.w("应做", "To do"), w.w("谁", "Who"), w.w("应于", "Due"), w.w("已做", "Done"), w.w("用时", "Took"), w.w("超时", "Late"), w.w("未做理由、说明", "Reason, remark")},
		Wide: []int{26, 10, 13, 13, 9, 9, 20},
	}
	for i := range w.report.Steps {
		r := &w.report.Steps[i]
		if !r.Required && r.State != "done" {
			continue
		}
		p.Rows = append(p.Rows, w.stepRow(r))
	}
	return p
}

func (w *reporter) stepRow(r *StepRecord) []Cell {
	title := r.Title + "（" + r.Plan + "/" + r.Step + "）"
	if w.lang == "en" {
		title = r.Title + " (" + r.Plan + "/" + r.Step + ")"
	}
	remark, bad := "", false
	switch r.State {
	case "skipped":
		remark = w.w("不适用：", "left out: ") + r.Reason
	case "open":
		remark, bad = w.w("未做，没有写理由", "not done, no reason given"), r.From != (time.Time{})
		switch {
		case r.From.IsZero():
			remark = w.w("时限尚未起算", "its clock has not started")
		case r.Late == 0:
			remark, bad = w.w("未到期", "not yet due"), false
		}
	case "done":
		if r.Times > 1 {
			remark = w.f("共做%d次", "done %d times", r.Times)
		}
		if !r.Proven {
			remark = joined(w.pen, remark, w.w("没有留下要求的记录", "without the record it asks for"))
		}
	}
	for _, red := range r.Red {
		remark, bad = joined(w.pen, remark, w.w("超过红线：", "passed the red line: ")+red), true
	}
	if r.Added {
		remark = joined(w.pen, remark, w.w("临时增加", "added by hand"))
	}
	done, took, late := "—", "—", "—"
	if !r.At.IsZero() && r.State == "done" {
		done = w.clock(r.At)
		if !r.From.IsZero() {
			took = w.span(r.Took)
		}
		late = w.w("未超时", "in time")
		if r.Due.IsZero() {
			late = w.w("无时限", "no target")
		}
	}
	if r.Late > 0 {
		late = w.span(r.Late)
	}
	return []Cell{
		cell(title), cell(orElse(r.By, r.Role), r.Events...), cell(w.clock(r.Due), w.anchored(r)...), cell(done, r.Events...), cell(took, r.Events...),
		{Text: late, Trace: from(r.Events...), Bad: r.Late > 0 || bad},
		{Text: remark, Trace: from(r.Events...), Bad: bad},
	}
}

func joined(p pen, a, b string) string {
	if a == "" {
		return b
	}
	return a + p.w("；", "; ") + b
}

// anchored are the events that a step's target was reckoned from.
func (w *reporter) anchored(r *StepRecord) []int {
	if r.Due.IsZero() {
		return nil
	}
	return []int{1, last(w.seqs[crisis.EventHappened]), last(w.seqs[crisis.EventLevel])}
}
