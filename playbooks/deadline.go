package playbooks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// Deadline is a limit set by law or by a superior's rule (硬性时限), with the
// document and article it stands in and how that was checked: law-text (read in a
// copy of the law), excerpt (seen quoted) or memory (to be confirmed before
// anybody calls it a rule).
type Deadline struct {
	ID       string         `yaml:"id"`
	What     string         `yaml:"what"`
	WhatEN   string         `yaml:"what_en"`        // optional: the same in English
	Limit    SignedDuration `yaml:"limit"`          // below zero: so long before the start
	Workdays int            `yaml:"limit_workdays"` // instead of limit
	Start    string         `yaml:"start"`          // from when the rule counts, in its words; unspecified when it does not say
	From     crisis.Anchor  `yaml:"from"`           // optional: the same as a clock can run from it; see anchor
	Levels   []crisis.Level `yaml:"applies_levels"` // optional: all
	Except   string         `yaml:"exceptions"`     // optional
	Document string         `yaml:"document"`
	Article  string         `yaml:"article"` // optional: some documents have none
	Checked  string         `yaml:"checked"`
}

// SignedDuration is a duration that may lie before its start.
type SignedDuration time.Duration

// UnmarshalText reads a Go duration such as 5h or -24h.
func (d *SignedDuration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a duration: write hours such as 5h, or -24h for so long before the start", b)
	}
	*d = SignedDuration(v)
	return nil
}

// Source returns document and article as they are cited.
func (d *Deadline) Source() string { return d.Document + d.Article }

// clock says whether the deadline can run as a red line: a limit in hours or in
// working days after its start. Notice periods cannot.
func (d *Deadline) clock() bool { return d.Limit > 0 || d.Workdays > 0 }

// span is how long the deadline runs.
func (d *Deadline) span() crisis.Span {
	if d.Workdays > 0 {
		return crisis.Span{Days: d.Workdays}
	}
	return crisis.Span{Time: time.Duration(d.Limit)}
}

// redLineAnchors are from when a red line can run.
var redLineAnchors = []crisis.Anchor{crisis.FromEarlier, crisis.FromHappened, crisis.FromNoticed, crisis.FromDetected, crisis.FromRestored, crisis.FromClosed}

func anchorNames() []string {
	out := make([]string, len(redLineAnchors))
	for i, a := range redLineAnchors {
		out[i] = string(a)
	}
	return out
}

// starts are words by which rules say from when they count.
var starts = []struct {
	from  crisis.Anchor
	words []string
}{
	{crisis.FromHappened, []string{"事发", "发生"}},
	{crisis.FromNoticed, []string{"发现", "获知", "得知", "接到", "收到", "接报"}},
}

// anchor returns from when the deadline runs: from its key, else as its words say.
// Words that name neither happening nor noticing, and rules that do not say, run from
// the earlier of both: that is never too late.
func (d *Deadline) anchor() crisis.Anchor {
	if d.From != "" {
		return d.From
	}
	for _, s := range starts {
		if slices.ContainsFunc(s.words, func(w string) bool { return strings.Contains(d.Start, w) }) {
			return s.from
		}
	}
	return crisis.FromEarlier
}

// redLine returns the deadline as it is shown beside a step.
func (d *Deadline) redLine() crisis.RedLine {
	r := crisis.RedLine{
		ID: d.ID, What: d.What, WhatEN: d.WhatEN, Limit: max(time.Duration(d.Limit), 0), Workdays: d.Workdays,
		From: d.anchor(), Levels: d.Levels, Source: d.Source(), Checked: d.Checked,
	}
	if d.Start != "unspecified" {
		r.Start = d.Start
	}
	return r
}

type deadlineFile struct {
	Schema    string     `yaml:"schema"`
	Note      string     `yaml:"note"`
	Deadlines []Deadline `yaml:"deadlines"`
}
