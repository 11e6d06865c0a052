package playbooks

import (
	"fmt"
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

// clock says whether the deadline can run as a red line: a limit in hours after
// its start. Notice periods and working days cannot.
func (d *Deadline) clock() bool { return d.Limit > 0 }

// redLine returns the deadline as it is shown beside a step.
func (d *Deadline) redLine() crisis.RedLine {
	return crisis.RedLine{
		ID: d.ID, What: d.What, WhatEN: d.WhatEN, Limit: time.Duration(d.Limit), Levels: d.Levels, Source: d.Source(), Checked: d.Checked,
	}
}

type deadlineFile struct {
	Schema    string     `yaml:"schema"`
	Note      string     `yaml:"note"`
	Deadlines []Deadline `yaml:"deadlines"`
}
