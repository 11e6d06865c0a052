package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/drill"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
	"watchfire/playbooks"
)

// stage is a drill under way. It is the channel on which the team is told, too.
type stage struct {
	cmd    *drillCmd
	sc     *drill.Scenario
	begin  time.Time
	clock  *town.Clock
	hand   *hand // of a rehearsal; nil when people take part
	screen *screen
	facts  *facts
	team   *team // of a rehearsal with scripted people
	org    string
}

// hand is a clock that stands still until it is moved.
type hand struct{ at time.Time }

// Now returns the time it was moved to.
func (h *hand) Now() time.Time { return h.at }

// Wall returns no time: nobody waits.
func (h *hand) Wall(time.Duration) time.Duration { return 0 }

// facts are what is remembered for the evaluation.
type facts struct {
	mu sync.Mutex // guards what follows
	drill.Facts
}

func newFacts(begin time.Time) *facts {
	return &facts{Facts: drill.Facts{Begin: begin, Noticed: map[string]bool{}, Blind: map[string]bool{}}}
}

// Check implements alerts.Channel.
func (s *stage) Check() error { return nil }

// Send remembers an alert and shows it to the team.
func (s *stage) Send(ctx context.Context, a crisis.Alert) (alerts.Receipt, error) {
	s.facts.mu.Lock()
	if a.Kind == crisis.AlertBlind && a.Trouble != nil {
		s.facts.Blind[a.Trouble.Name] = true
	}
	if a.Kind == crisis.AlertRescue && a.Ask != nil && a.Ask.Told == 1 {
		s.facts.Rescues++
	}
	s.facts.mu.Unlock()
	if s.hand != nil {
		return alerts.Receipt{}, nil
	}
	return s.screen.Send(ctx, a)
}

// hear remembers what the daemon notices of the scenario's topics.
func (s *stage) hear(o daemon.Occurrence) {
	if _, ours := s.screen.topics[o.Topic]; ours && o.Detector != "" {
		s.facts.mu.Lock()
		s.facts.Noticed[o.Detector] = true
		s.facts.mu.Unlock()
	}
	if s.hand == nil {
		s.screen.narrate(o)
	}
}

// run learns the past, plays the scenario and prints the evaluation.
func (s *stage) run(ctx context.Context, log *zap.Logger, cfg *daemon.Config, past []crisis.Post) (err error) {
	s.org = cfg.Org
	options := []daemon.Option{daemon.WithDrill(), daemon.WithListener(s.hear)}
	var l net.Listener
	if s.hand != nil {
		options = append(options, daemon.WithClock(s.hand))
	} else {
		var local bool
		if l, local, err = listenOn(s.cmd.Listen); err != nil {
			return err
		}
		defer l.Close() //nolint:errcheck // closed before by the daemon, if it ran
		cfg.URL = "http://" + l.Addr().String()
		s.screen.url = cfg.URL
		options = append(options, daemon.WithClock(s.clock))
		if local {
			options = append(options, daemon.WithOpenConsole())
		}
	}
	if err := cfg.Check(); err != nil {
		return err
	}
	d, err := daemon.New(ctx, cfg, log, options...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	s.facts.Lint = func(kind, text string) (rules []string) {
		for _, o := range d.Library().LintReply(playbooks.Draft{Kind: kind, Text: text, Casualty: true}) {
			rules = append(rules, o.Rule)
		}
		return rules
	}
	if err := d.Learn(ctx, past); err != nil {
		return err
	}
	if s.hand != nil {
		err = s.rehearse(ctx, cfg, d)
	} else {
		err = s.perform(ctx, d, l)
	}
	if err != nil {
		return err
	}
	return s.evaluate(context.WithoutCancel(ctx), cfg, d)
}

// rehearse runs the scenario through minute by minute; nobody acts but scripted people.
func (s *stage) rehearse(ctx context.Context, cfg *daemon.Config, d *daemon.Daemon) error {
	for end := s.begin.Add(s.sc.Lasts); s.hand.at.Before(end); s.hand.at = s.hand.at.Add(time.Minute) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range cfg.Sources {
			src := &cfg.Sources[i]
			if _, polled := src.Kind.(crawlers.Crawler); !polled || s.hand.at.Unix()/60%max(int64(src.Every/time.Minute), 1) != 0 {
				continue
			}
			if err := d.Crawl(ctx, src); err != nil {
				return err
			}
		}
		if err := d.Tick(ctx, s.hand.at); err != nil {
			return err
		}
		if _, err := d.Deliver(ctx, &cfg.Channels[0]); err != nil {
			return err
		}
		if err := s.act(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// perform runs the drill for a team until the scenario is over or somebody ends it.
func (s *stage) perform(ctx context.Context, d *daemon.Daemon, l net.Listener) error {
	s.facts.Manned = true
	w := s.words()
	s.screen.print("%s", fmt.Sprintf(w.begin, s.sc.ID, s.sc.Title.In(s.lang()), s.screen.day(s.begin), s.sc.Brief.In(s.lang()), s.screen.url))
	if password, err := d.FirstPassword(ctx); err != nil {
		return err
	} else if password != "" {
		s.screen.print(w.password, password)
	}
	s.clock.Reset(s.begin)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var over atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() { s.call(ctx, func() { over.Store(true); stop() }) })
	err := s.screen.watch(ctx, d.Store(), func() error { return d.Run(ctx, l) })
	stop()
	wg.Wait()
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = nil // the end that was asked for
	}
	return err
}

// call gives the team what it is told from outside, each at its time, and ends the
// drill when it is over.
func (s *stage) call(ctx context.Context, over func()) {
	beat := time.NewTicker(200 * time.Millisecond)
	defer beat.Stop()
	next := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		now := s.clock.Now()
		for ; next < len(s.sc.Calls) && !now.Before(s.begin.Add(s.sc.Calls[next].At)); next++ {
			c := s.sc.Calls[next]
			s.screen.print(s.words().call, now.In(s.screen.zone).Format("15:04"), s.role(c.To), c.Text.In(s.lang()))
		}
		if now.After(s.begin.Add(s.sc.Lasts)) {
			over()
			return
		}
	}
}

// evaluate prints the evaluation sheet: what must have happened, and whether it has.
func (s *stage) evaluate(ctx context.Context, cfg *daemon.Config, d *daemon.Daemon) error {
	f := s.facts.Facts
	err := d.Store().View(ctx, func(tx *store.Tx) error {
		asks, err := s.asks(tx)
		if err != nil {
			return err
		}
		f.Asks = asks
		rows, err := tx.Incidents(1000, 0)
		for i := len(rows) - 1; err == nil && i >= 0; i-- {
			var in crisis.Incident
			if in, _, err = tx.Incident(rows[i].ID); err == nil {
				f.Incidents = append(f.Incidents, in)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read the drill: %w", err)
	}
	f.Manned = f.Manned || s.team != nil
	checks := s.sc.Judge(f)
	failed := 0
	for _, c := range checks {
		if !c.OK {
			failed++
		}
	}
	if err := s.print(f.Manned, checks, failed); err != nil {
		return err
	}
	if f.Manned {
		if err := s.times(ctx, cfg, d, f.Incidents); err != nil {
			return err
		}
	}
	if s.cmd.Rehearse && failed > 0 {
		return fmt.Errorf("drill %s: %d of %d do not hold", s.sc.ID, failed, len(checks))
	}
	return nil
}

// times shows the team's times against the plan, of every step that was settled or is
// late, and writes the reports if they are wanted.
func (s *stage) times(ctx context.Context, cfg *daemon.Config, d *daemon.Daemon, incidents []crisis.Incident) error {
	w := s.words()
	for i := range incidents {
		in, err := daemon.GatherReport(ctx, cfg, d.Store(), incidents[i].ID)
		if err != nil {
			return err
		}
		in.Lang = s.lang()
		report, err := playbooks.NewReport(in)
		if err != nil {
			return err
		}
		if !s.cmd.JSON {
			s.screen.print("\n%s %s", report.Incident, report.Title)
		}
		for _, x := range report.Steps {
			if s.cmd.JSON || x.State == "open" && x.Late == 0 {
				continue
			}
			at := "—"
			if !x.At.IsZero() {
				at = x.At.In(s.screen.zone).Format("15:04")
			}
			late := ""
			if x.Late > 0 {
				late = fmt.Sprintf(w.late, x.Late.Truncate(time.Minute))
			}
			s.screen.print("  %s → %s  %s %s %s", due(x.Due, s.screen.zone), at, x.Title, x.By, late)
		}
		if s.cmd.Report == "" {
			continue
		}
		if err := writeReport(report, filepath.Join(s.cmd.Report, report.Incident+".html")); err != nil {
			return err
		}
	}
	return nil
}

func due(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(zone).Format("15:04")
}

// writeReport writes a report as one page of HTML.
func writeReport(r *playbooks.Report, path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return r.Write(f, "html")
}

// print shows the evaluation sheet.
func (s *stage) print(manned bool, checks []drill.Check, failed int) error {
	if s.cmd.JSON {
		return json.NewEncoder(stdout).Encode(struct {
			Scenario string         `json:"scenario"`
			Manned   bool           `json:"manned"`
			Trap     playbooks.Text `json:"trap"`
			Checks   []drill.Check  `json:"checks"`
		}{s.sc.ID, manned, s.sc.Trap, checks})
	}
	w := s.words()
	s.screen.print("\n%s", fmt.Sprintf(w.sheet, s.sc.ID, s.sc.Title.In(s.lang()), s.sc.Trap.In(s.lang())))
	for _, c := range checks {
		mark := "✔"
		if !c.OK {
			mark = "✘"
		}
		found := ""
		if c.Found != "" {
			found = "  [" + c.Found + "]"
		}
		s.screen.print("%s %s%s", mark, c.What.In(s.lang()), found)
	}
	s.screen.print(w.sum, len(checks)-failed, len(checks))
	return nil
}

func (s *stage) lang() string {
	if s.screen.org == inEnglish.org {
		return "en"
	}
	return "zh"
}

// role is what people call a role.
func (s *stage) role(id string) string {
	lib, err := playbooks.Load(playbooks.Builtin())
	if err != nil {
		return id
	}
	return lib.Vocabulary().RoleName(id).In(s.lang())
}

// drillPhrases is what a drill says, in one language.
type drillPhrases struct{ begin, password, call, sheet, sum, late string }

func (s *stage) words() drillPhrases {
	if s.lang() == "en" {
		return drillPhrases{
			begin:    "[DRILL] %s %s\nIt is %s. %s\nConsole: %s\nCtrl-C ends the drill and prints the evaluation.\n",
			password: "User admin, one-time password %s",
			call:     "☎ %s  to %s: %s",
			sheet:    "[DRILL] Evaluation of %s %s\nThe trap: %s",
			sum:      "%d of %d hold.",
			late:     "late by %s",
		}
	}
	return drillPhrases{
		begin:    "【演练】%s %s\n现在是%s。%s\n控制台：%s\n按 Ctrl-C 结束并打印评估表。\n",
		password: "用户 admin，一次性密码 %s",
		call:     "☎ %s  致%s：%s",
		sheet:    "【演练】%s %s 评估表\n考点：%s",
		sum:      "%[2]d 项中 %[1]d 项达到。",
		late:     "超时 %s",
	}
}
