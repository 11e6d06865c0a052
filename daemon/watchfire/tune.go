package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon"
)

type tuneCmd struct {
	Config string  `help:"Configuration with the store, topics and rules." short:"c" type:"path" default:"watchfire.yaml"`
	Days   int     `help:"How far back, of what the store holds." default:"28"`
	Budget float64 `help:"Incidents a week that people accept to be rung up for; without it alerting.budget of the configuration."`
	JSON   bool    `help:"Print JSON." name:"json"`
}

// Run proposes thresholds for a budget and changes nothing.
func (c *tuneCmd) Run(ctx context.Context) error {
	if c.Days < 1 || c.Budget < 0 {
		return usageError{fmt.Errorf("tune: --days %d, --budget %v: want 1 day or more and a budget above 0", c.Days, c.Budget)}
	}
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	t := daemon.Tune{Span: time.Duration(c.Days) * 24 * time.Hour, Budget: c.Budget}
	r, err := t.Run(ctx, cfg)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(stdout)
	if c.JSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		err = enc.Encode(r)
	} else {
		proposal(out, r, cfg.Zoned())
	}
	return errors.Join(err, out.Flush())
}

// proposal prints a proposal for people: what would change first, the lines to
// write last.
func proposal(w io.Writer, r *daemon.Tuned, zone *time.Location) {
	at := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04") }
	fmt.Fprintf(w, "past      %s to %s, %.1f weeks\n", at(r.From), at(r.To), r.Weeks)
	fmt.Fprintf(w, "budget    %v incidents a week\n", r.Budget)
	fmt.Fprintf(w, "present   %s\n", openings(r.Present, r.Weeks))
	if r.Proposed != nil {
		fmt.Fprintf(w, "proposed  %s, thresholds × %.2f\n", openings(r.Proposed, r.Weeks), r.Factor)
	}
	judged(w, r.Records)
	if r.Short != "" {
		fmt.Fprintf(w, "\nNo proposal: %s.\n", r.Short)
		return
	}
	if r.Limited != "" {
		fmt.Fprintf(w, "limit     %s\n", r.Limited)
	}
	for i := range r.Lost {
		fmt.Fprintf(w, "LOST      %s  %s, which people took as real, would not be noticed any more\n", r.Lost[i].ID, r.Lost[i].Title)
	}
	fmt.Fprintln(w, "\nIncidents of the past (present, proposed):")
	compared(w, r, at)
	if len(r.Changes) == 0 {
		fmt.Fprintln(w, "\nNothing to change.")
		return
	}
	fmt.Fprintln(w, "\nNothing has been changed. To take the proposal, write into the configuration:")
	fmt.Fprintln(w)
	for _, l := range r.Lines() {
		fmt.Fprintln(w, l)
	}
	fmt.Fprintln(w)
	for _, c := range r.Changes {
		fmt.Fprintf(w, "# %s.%s was %v\n", c.Rule, c.Key, c.Present)
	}
}

// judged prints how often each rule was right, by verdicts of people.
func judged(w io.Writer, records []crisis.Record) {
	known := 0
	for i := range records {
		p := &records[i]
		known += p.Known
		share, low, high := p.Share()
		fmt.Fprintf(w, "verdicts  %s: %d of %d real, %.0f%% (95%% interval %.0f%% to %.0f%%); %d noise, %d known\n",
			p.Rule, p.Real, p.Judged(), 100*share, 100*low, 100*high, p.Noise, p.Known)
	}
	switch {
	case known > 0:
		fmt.Fprintf(w, "calendar  judged as known: %d; what is planned again belongs into the calendar of the configuration\n", known)
	case len(records) == 0:
		fmt.Fprintln(w, "verdicts  none in the last half year, so nothing can be said of precision")
	}
}

func openings(b *daemon.Backtested, weeks float64) string {
	return fmt.Sprintf("%d incidents, %.2f a week; %d of %d that people took as real", b.Openings(), float64(b.Openings())/weeks, b.Found, len(b.Incidents))
}

// compared lists what would have been opened under the one, the other, or both.
// Other thresholds open the same matter at another minute, so that openings of one
// topic within a day are the same.
func compared(w io.Writer, r *daemon.Tuned, at func(time.Time) string) {
	type row struct {
		f   daemon.Firing
		has [2]bool // under the present, under the proposed thresholds
	}
	var rows []row
	for which, b := range []*daemon.Backtested{r.Present, r.Proposed} {
		for _, f := range b.Firings {
			if f.Kind != "opened" {
				continue
			}
			i := slices.IndexFunc(rows, func(x row) bool {
				return !x.has[which] && x.f.Signal.Topic == f.Signal.Topic && f.Signal.At.Sub(x.f.Signal.At).Abs() < 24*time.Hour
			})
			if i < 0 {
				i = len(rows)
				rows = append(rows, row{f: f})
			}
			rows[i].has[which] = true
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.f.Signal.At.Compare(b.f.Signal.At) })
	yes := map[bool]string{true: "yes", false: "-"}
	topics := map[string]int{}
	for i := range rows {
		f := &rows[i].f
		topics[f.Signal.Topic]++
		fmt.Fprintf(w, "  %s  %-3s  %-3s  %s  %s, score %.2f%s%s\n", at(f.Signal.At), yes[rows[i].has[0]], yes[rows[i].has[1]], f.Signal.Topic,
			f.Signal.Detector, f.Signal.Odds, tail("  ", f.Incident), tail("  ", string(f.Verdict)))
	}
	if len(rows) == 0 {
		fmt.Fprintln(w, "  none")
		return
	}
	names := slices.SortedFunc(maps.Keys(topics), func(a, b string) int {
		if topics[a] != topics[b] {
			return topics[b] - topics[a]
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, topics[name])
	}
	fmt.Fprintf(w, "  by topic: %s\n", strings.Join(names, ", "))
}
