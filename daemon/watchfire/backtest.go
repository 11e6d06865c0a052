package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"watchfire/daemon"
	"watchfire/daemon/score"
	"watchfire/detectors"
)

type backtestCmd struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Posts as JSON lines, plain or gz; without them the past is what the store holds." type:"path"`
	Series   string   `help:"Judge a bare series of counts instead, strictly online: CSV with the header timestamp,value." type:"path" placeholder:"FILE.csv"`
	Preset   string   `help:"How a series is judged: noisy, for unfiltered counts, or default, as the detector surge." default:"noisy" enum:"noisy,default"`
	Config   string   `help:"Configuration with the store, topics and rules; needed unless files are given." short:"c" type:"path"`
	Topic    []string `help:"Only these topics."`
	Days     int      `help:"How far back, of what the store holds." default:"28"`
	Detector string   `help:"Only this rule, such as surge; without it all of the configuration."`
	Set      []string `help:"Change a setting of the rule, such as alert=3; may be repeated." placeholder:"KEY=VALUE" sep:"none"`
	JSON     bool     `help:"Print JSON: one object, or of a series one a line." name:"json"`
}

// Run says what a rule would have done in the past.
func (c *backtestCmd) Run(ctx context.Context, log *zap.Logger) error {
	if err := c.check(); err != nil {
		return usageError{err}
	}
	out := bufio.NewWriter(stdout)
	var err error
	if c.Series != "" {
		err = c.series(out)
	} else {
		err = c.past(ctx, log, out)
	}
	return errors.Join(err, out.Flush())
}

func (c *backtestCmd) check() error {
	switch {
	case c.Series != "" && (len(c.Files) > 0 || c.Config != "" || c.Detector != "" || len(c.Set) > 0 || len(c.Topic) > 0):
		return errors.New("backtest: a count series is judged by a preset; it takes no posts, configuration, rule or topic")
	case len(c.Set) > 0 && c.Detector == "":
		return errors.New("backtest: --set changes a rule: name it with --detector")
	case c.Days < 1:
		return fmt.Errorf("backtest: --days %d: want 1 or more", c.Days)
	}
	return nil
}

// past judges posts or the store, and prints one report.
func (c *backtestCmd) past(ctx context.Context, log *zap.Logger, w io.Writer) error {
	cfg := daemon.DefaultConfig()
	if c.Config == "" && len(c.Files) == 0 {
		c.Config = "watchfire.yaml"
	}
	var err error
	if c.Config != "" {
		if cfg, err = daemon.LoadConfig(c.Config); err != nil {
			return err
		}
	}
	b := daemon.Backtest{Topics: c.Topic, Detector: c.Detector, Set: c.Set}
	var r *daemon.Backtested
	if len(c.Files) > 0 {
		r, err = b.RunFiles(ctx, cfg, log.WithOptions(zap.IncreaseLevel(zap.WarnLevel)), c.Files)
	} else {
		b.Span = time.Duration(c.Days) * 24 * time.Hour
		r, err = b.Run(ctx, cfg)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	}
	report(w, r, cfg.Zoned())
	return nil
}

// report prints a backtest for people.
func report(w io.Writer, r *daemon.Backtested, zone *time.Location) {
	at := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04") }
	for _, f := range r.Firings {
		s := &f.Signal
		fmt.Fprintf(w, "%s  %-6s  %s  %s  %-3s %s in %s, usually %s; score %.2f%s\n", at(s.At), f.Kind, s.Topic, s.Detector, s.Level,
			amount(s.Observed), short(s.Window), amount(s.Expected), s.Odds, tail("  incident ", f.Incident))
		for _, e := range s.Evidence {
			fmt.Fprintf(w, "    %s  %s  %s\n", e.Published.In(zone).Format("01-02 15:04"), e.Source, e.Quote)
		}
	}
	if len(r.Firings) > 0 {
		fmt.Fprintln(w)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Rules)) {
		fmt.Fprintf(w, "rule       %s: %s\n", name, r.Rules[name])
	}
	fmt.Fprintf(w, "past       %s to %s, %d topics, %.1f topic-weeks\n", at(r.From), at(r.To), len(r.Topics), r.TopicWeeks)
	fmt.Fprintf(w, "alerts     %d, %.2f per topic-week; notices %d\n", r.Alerts, r.Weekly, r.Notices)
	if r.Recall == nil {
		fmt.Fprintln(w, "incidents  none that a person confirmed in this time, so nothing can be said of recall")
		return
	}
	fmt.Fprintf(w, "incidents  %d of %d that people confirmed\n", r.Found, len(r.Incidents))
	for i := range r.Incidents {
		in := &r.Incidents[i]
		fate := "missed"
		if !in.Found.IsZero() {
			fate = fmt.Sprintf("%+.0f min", in.Late().Minutes())
		}
		fmt.Fprintf(w, "    %s  %s  opened %s  %s\n", in.ID, in.Title, at(in.Opened), fate)
	}
}

// amount writes a count, or a share below one, as people read it.
func amount(x float64) string {
	if x != 0 && x < 10 {
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.0f", x)
}

// short writes a window without its zero parts: 3h, not 3h0m0s.
func short(d time.Duration) string {
	s := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func tail(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// series judges a CSV and prints every row as JSON, or the alerts for people.
func (c *backtestCmd) series(w io.Writer) error {
	file, err := os.Open(c.Series)
	if err != nil {
		return fmt.Errorf("open the series: %w", err)
	}
	defer file.Close()
	enc := json.NewEncoder(w)
	rows, alerts := 0, 0
	err = score.JudgeRows(c.Series, file, detectors.Presets[c.Preset](), func(j score.Judged) error {
		rows++
		if j.Alert {
			alerts++
		}
		switch {
		case c.JSON:
			return enc.Encode(j)
		case j.Alert:
			fmt.Fprintf(w, "%s  alert       score %5.2f  value %v\n", j.Timestamp, j.Score, j.Value)
		case j.Score > 0:
			fmt.Fprintf(w, "%s  close call  score %5.2f  value %v\n", j.Timestamp, j.Score, j.Value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintf(w, "%d rows, %d alerts under the %s preset\n", rows, alerts, c.Preset)
	}
	return nil
}
