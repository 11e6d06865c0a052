package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/town"
)

type demoCmd struct {
	Data         string        `help:"Keep the town's data here, and go on from there the next time; empty: a temporary folder." type:"path"`
	Listen       string        `help:"Address of the console; loopback only, it asks for no password." default:"127.0.0.1:8790"`
	Seed         uint64        `help:"Another seed is another town." default:"1"`
	Days         int           `help:"Days of history to learn before the crisis." default:"10"`
	Speed        float64       `help:"How many times faster than ours the town's clock runs." default:"60"`
	For          time.Duration `help:"Stop after this long; 0: at Ctrl-C."`
	Lang         string        `help:"Language of the alerts: zh or en." default:"zh" enum:"zh,en"`
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
	fmt.Println("云川市 wakes up: learning its past …")
	city := town.New(c.Seed, time.Date(2026, 3, 2, 0, 0, 0, 0, zone), zone, c.Days+1)
	truth := city.Truth()
	start, known, err := resume(ctx, dir, truth.Live)
	if err != nil {
		return err
	}
	clock := town.NewClock(start, c.Speed)
	sites, err := city.Serve(clock.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sites.Close()) }()
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen for the console: %w (choose another address with --listen)", err)
	}
	cfg, err := c.config(sites, dir, "http://"+l.Addr().String())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	d, err := daemon.New(ctx, cfg, log.WithOptions(zap.IncreaseLevel(zap.WarnLevel)), daemon.WithClock(clock), daemon.WithOpenConsole(), daemon.WithListener(c.narrate(zone)))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if !known {
		if err := d.Learn(ctx, slices.Collect(city.Posts(time.Time{}, start))); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	clock.Reset(start)
	fmt.Printf("It is %s in 云川市, and one of our seconds is %s there. The console: %s\nCtrl-C ends the demo.\n\n",
		start.In(zone).Format("2006-01-02 15:04"), time.Duration(c.Speed*float64(time.Second)), cfg.URL)
	return d.Run(ctx, l)
}

func (c *demoCmd) check() error {
	host, _, err := net.SplitHostPort(c.Listen)
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
	return nil
}

// resume finds out where an earlier demo in the same folder stopped.
func resume(ctx context.Context, dir string, live time.Time) (time.Time, bool, error) {
	path := filepath.Join(dir, "watchfire.db")
	if _, err := os.Stat(path); err != nil {
		return live, false, nil //nolint:nilerr // there is no earlier demo
	}
	last, err := daemon.LastMinute(ctx, path)
	if err != nil || last.IsZero() {
		return live, false, err
	}
	return last, true, nil
}

// config is what the town's newsroom would have written.
func (c *demoCmd) config(sites *town.Sites, dir, url string) (*daemon.Config, error) {
	cfg, err := daemon.ParseConfig("demo", []byte("org: 云川市新闻办\npace: {host_delay: 10ms}\nintranet: [127.0.0.0/8]\n"+sites.Config()))
	if err != nil {
		return nil, err
	}
	cfg.Topics, cfg.Data, cfg.URL, cfg.Lang = town.Topics(), dir, url, c.Lang
	cfg.Contact = "mailto:newsroom@yunchuan.example"
	cfg.Channels = []daemon.Channel{{Name: "terminal", KindName: "log", Sender: alerts.Kinds["log"]()}}
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

// narrate prints a line for what people are not alerted of.
func (c *demoCmd) narrate(zone *time.Location) func(daemon.Occurrence) {
	return func(o daemon.Occurrence) {
		if o.Kind == "signal" {
			fmt.Printf("%s  %s: %s (%.0f seen, %.1f usual)\n", o.At.In(zone).Format("15:04"), o.Detector, o.Topic, o.Observed, o.Expected)
		}
	}
}
