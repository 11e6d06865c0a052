package crisis

import (
	"slices"
	"time"
)

// Anchor says from when a step's clock runs (起算点).
type Anchor string

// The anchors.
const (
	FromDetected Anchor = "detected"         // the incident was opened
	FromHappened Anchor = "happened"         // the thing itself happened, else detected
	FromClosed   Anchor = "closed"           // the incident was closed
	FromPromise  Anchor = "promise"          // a time promised to the public
	FromRestored Anchor = "service_restored" // the service works again
	FromNoticed  Anchor = "noticed"          // we learnt of it: as a person says, else detected
	FromEarlier  Anchor = "earlier"          // the earlier of happened and noticed, of rules that do not say
)

// ByLevel holds one span per level; the entry under LevelNone serves every level that
// has none of its own.
type ByLevel map[Level]Span

// At returns the span for level l.
func (b ByLevel) At(l Level) (Span, bool) {
	if d, ok := b[l]; ok {
		return d, true
	}
	d, ok := b[LevelNone]
	return d, ok
}

// Plan is a playbook (预案) as it was when it was attached to an incident: a
// snapshot, so that a later edit of the playbook changes no running incident.
type Plan struct {
	ID      string   `json:"id"`
	Version string   `json:"version"`
	Title   string   `json:"title"` // Chinese
	TitleEN string   `json:"title_en,omitempty"`
	Side    bool     `json:"side,omitempty"` // runs beside the main plan
	Why     []string `json:"why,omitempty"`  // why it was chosen, for a human, Chinese
	WhyEN   []string `json:"why_en,omitempty"`
	Steps   []Step   `json:"steps"`
	Closing Closing  `json:"closing,omitzero"`
	// Statements are the plan's templates (声明模板) by key, Chinese.
	Statements map[string]string `json:"statements,omitempty"`
	Calendar   *Calendar         `json:"calendar,omitempty"` // by which its working days are counted
	// Questions are asked in the review (复盘提问), in the plan's own words.
	Questions []string `json:"questions,omitempty"`
}

// CountsWorkdays says whether any clock of the plan runs in working days.
func (p *Plan) CountsWorkdays() bool {
	days := func(b ByLevel) bool {
		for _, s := range b {
			if s.Days > 0 {
				return true
			}
		}
		return false
	}
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		return days(s.Due) || days(s.RepeatEvery) || slices.ContainsFunc(s.RedLines, func(r RedLine) bool { return r.Workdays > 0 })
	})
}

// Step is one tickable instruction of a plan (步骤).
type Step struct {
	ID          string    `json:"id"`
	Phase       string    `json:"phase"` // verify, assess, report, activate, respond, sustain, recover, review
	Title       string    `json:"title"`
	TitleEN     string    `json:"title_en,omitempty"`
	Text        string    `json:"text"`
	Role        string    `json:"role"`      // role id
	RoleName    string    `json:"role_name"` // what people call it, Chinese
	RoleNameEN  string    `json:"role_name_en,omitempty"`
	Due         ByLevel   `json:"due"` // our target, from the anchor
	From        Anchor    `json:"from"`
	Levels      []Level   `json:"levels,omitempty"` // levels at which the step is part of the plan; empty is all
	RepeatEvery ByLevel   `json:"repeat_every,omitempty"`
	RepeatUntil string    `json:"repeat_until,omitempty"`
	Ask         string    `json:"ask,omitempty"`      // what must be recorded to tick
	AskKind     string    `json:"ask_kind,omitempty"` // note, screenshot, approval, published, file, number …
	Template    string    `json:"template,omitempty"` // key in Statements
	RedLines    []RedLine `json:"red_lines,omitempty"`
}

// Applies says whether the step is part of the plan at level l.
func (s *Step) Applies(l Level) bool {
	if len(s.Levels) == 0 {
		return true
	}
	return slices.Contains(s.Levels, l)
}

// RedLine is a limit set by law or by a superior's rule (硬性时限), with its source.
type RedLine struct {
	ID     string        `json:"id"`
	What   string        `json:"what"`
	WhatEN string        `json:"what_en,omitempty"`
	Limit  time.Duration `json:"limit"`
	// Workdays is the limit in working days, instead of Limit.
	Workdays int     `json:"workdays,omitempty"`
	From     Anchor  `json:"from,omitempty"`   // from when it counts; empty is FromEarlier
	Start    string  `json:"start,omitempty"`  // the same in the rule's own words
	Levels   []Level `json:"levels,omitempty"` // empty is all
	Source   string  `json:"source"`
	// Checked says how the source was confirmed: law-text, excerpt or memory.
	Checked string `json:"checked,omitempty"`
}

// Closing are the criteria for closing an incident (结案条件). The machine checks
// the first three; people confirm Human.
type Closing struct {
	QuietFor   time.Duration `json:"quiet_for"`             // volume below QuietRatio × usual for this long
	QuietRatio float64       `json:"quiet_ratio"`           // 1.5 when the plan says nothing
	MoodWithin float64       `json:"mood_within,omitempty"` // negative share at most this far above its base, 0.10 is ten points
	NoPromise  bool          `json:"no_promise,omitempty"`  // no promise may be open
	Human      []string      `json:"human,omitempty"`
}
