package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

type demoCmd struct {
	Data         string        `help:"Keep the town's data here, and go on from there the next time; empty: a temporary folder." type:"path"`
	Listen       string        `help:"Address of the console; loopback only, it asks for no password. Empty: 127.0.0.1:8790, or a free port when that is taken."`
	Seed         uint64        `help:"Another seed is another town." default:"1"`
	Days         int           `help:"Days of history to learn before the crisis." default:"10"`
	Speed        float64       `help:"How many times faster than ours the town's clock runs until an incident opens." default:"60"`
	Slow         float64       `help:"How many times faster it runs from then on, so that people can read and act." default:"10"`
	For          time.Duration `help:"Stop after this long; 0: at Ctrl-C."`
	Lang         string        `help:"Language of what is printed, the alerts and the console: zh or en." default:"zh" enum:"zh,en"`
	SlackToken   crisis.Secret `help:"Bot token: also send the alerts to Slack." env:"SLACK_BOT_TOKEN"`
	SlackChannel string        `help:"Slack channel id." env:"SLACK_CHANNEL"`
	Webhook      crisis.Secret `help:"Also post the alerts to this address." env:"WATCHFIRE_DEMO_WEBHOOK"`
}

// Run lets the town live and the real daemon watch it: real sites on loopback, the
// real crawlers on their schedules, the real store, on a clock that runs faster.
func (c *demoCmd) Run(ctx context.Context, log *zap.Logger) (err error) {
	if err := c.check(); err != nil {
		return usageError{err}
	}
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	dir := c.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "watchfire-demo-"); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return err
	}
	s := newScreen(os.Stdout, c.Lang, zone)
	err = c.stage(ctx, log.WithOptions(zap.IncreaseLevel(zap.ErrorLevel)), dir, s)
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		err = nil // the end that was asked for, even in the middle of learning
	}
	if err == nil {
		s.goodbye(c.Data)
	}
	return err
}

// stage puts town, sites and daemon together and runs them until ctx ends.
func (c *demoCmd) stage(ctx context.Context, log *zap.Logger, dir string, s *screen) (err error) {
	was, err := recall(ctx, dir)
	if err != nil {
		return err
	}
	if len(was.Sites) > 0 {
		c.Seed, c.Days = was.Seed, was.Days
	}
	s.welcome(c.Days, was.Minute)
	city := town.New(c.Seed, time.Date(2026, 3, 2, 0, 0, 0, 0, s.zone), s.zone, c.Days+1)
	start := city.Truth().Live
	if !was.Minute.IsZero() {
		start = was.Minute
	}
	clock := town.NewClock(start, c.Speed)
	sites, err := city.Serve(clock.Now, was.Sites)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sites.Close()) }()
	l, err := c.listen()
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // closed before by the daemon, if it ran
	cfg, err := c.config(sites, dir, "http://"+l.Addr().String(), s)
	if err != nil {
		return err
	}
	s.clock, s.slow, s.url = clock, min(c.Slow, c.Speed), cfg.URL
	d, err := daemon.New(ctx, cfg, log, daemon.WithClock(clock), daemon.WithOpenConsole(), daemon.WithListener(s.narrate))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := keep(dir, memory{Seed: c.Seed, Days: c.Days, Sites: sites.Addresses()}); err != nil {
		return err
	}
	if was.Minute.IsZero() {
		past := slices.Collect(sites.Posts(time.Time{}, start))
		begun := time.Now()
		if err := d.Learn(ctx, past); err != nil {
			return err
		}
		s.learnt(len(past), time.Since(begun))
	}
	clock.Reset(start)
	if err := s.begin(ctx, d.Store()); err != nil {
		return err
	}
	return s.watch(ctx, d.Store(), func() error { return d.Run(ctx, l) })
}

// listen opens the console's port. When nobody chose one and the usual one is
// taken, any other is as good.
func (c *demoCmd) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", cmp.Or(c.Listen, "127.0.0.1:8790"))
	if c.Listen == "" && errors.Is(err, syscall.EADDRINUSE) {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listen for the console: %w (choose another address with --listen)", err)
	}
	return l, nil
}

func (c *demoCmd) check() error {
	host, _, err := net.SplitHostPort(cmp.Or(c.Listen, "127.0.0.1:8790"))
	if err != nil {
		return fmt.Errorf("--listen %s: write host:port", c.Listen)
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %s: the demo asks for no password, so it listens on loopback only, such as 127.0.0.1:8790", c.Listen)
	}
	if c.Days < 2 || c.Days > 60 {
		return fmt.Errorf("--days %d: write a number from 2 to 60", c.Days)
	}
	if c.Speed < 1 || c.Speed > 3600 {
		return fmt.Errorf("--speed %g: write a number from 1 to 3600", c.Speed)
	}
	if c.Slow < 1 || c.Slow > 3600 {
		return fmt.Errorf("--slow %g: write a number from 1 to 3600", c.Slow)
	}
	return nil
}

// config is what the town's newsroom would have written.
func (c *demoCmd) config(sites *town.Sites, dir, url string, s *screen) (*daemon.Config, error) {
	cfg, err := daemon.ParseConfig("demo", []byte("org: "+s.org+"\npace: {host_delay: 10ms}\nintranet: [127.0.0.0/8]\n"+sites.Config()))
	if err != nil {
		return nil, err
	}
	cfg.Topics, cfg.Data, cfg.URL, cfg.Lang = town.Topics(), dir, url, c.Lang
	cfg.Contact = "mailto:newsroom@yunchuan.example"
	if c.Lang == "en" {
		for i := range cfg.Topics {
			cfg.Topics[i].Title = town.TitleEN(cfg.Topics[i].ID)
		}
		for i, info := range town.Sources() {
			cfg.Sources[i].Title = info.TitleEN
		}
	}
	for i := range cfg.Sources {
		cfg.Sources[i].Own = cfg.Sources[i].Name == town.Notice
	}
	for _, t := range cfg.Topics {
		s.topics[t.ID] = t.Name()
	}
	cfg.Channels = []daemon.Channel{{Name: "terminal", KindName: "log", Sender: s}}
	if c.SlackToken != "" && c.SlackChannel != "" {
		slack := alerts.Kinds["slack"]().(*alerts.Slack)
		slack.Token, slack.Channel = c.SlackToken, c.SlackChannel
		cfg.Channels = append(cfg.Channels, daemon.Channel{Name: "slack", KindName: "slack", Sender: slack})
	}
	if c.Webhook != "" {
		hook := alerts.Kinds["webhook"]().(*alerts.Webhook)
		hook.URL = c.Webhook
		cfg.Channels = append(cfg.Channels, daemon.Channel{Name: "webhook", KindName: "webhook", Sender: hook})
	}
	return cfg, cfg.Check()
}

// openIncidents lists the incidents that are not closed.
func openIncidents(ctx context.Context, st *store.Store) (rows []store.IncidentRow, err error) {
	err = st.View(ctx, func(tx *store.Tx) error {
		rows, err = tx.OpenIncidents()
		return err
	})
	return rows, err
}
