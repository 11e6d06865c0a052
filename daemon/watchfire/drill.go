package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/drill"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

type drillCmd struct {
	Scenario string        `arg:"" optional:"" help:"D1 to D14, or a file of your own that ends in .yaml; none: list them."`
	Incident string        `help:"Rehearse a past incident of your own, by its id; needs --config." placeholder:"ID"`
	Config   string        `help:"Your configuration: its organisation, people, playbooks and channels take part. Without it the fictional town's." short:"c" type:"path"`
	Channel  []string      `help:"A channel of the configuration that is told too, with every message marked as a drill; may be given several times. None: nobody outside is told."`
	Rehearse bool          `help:"Nobody takes part: run it through at once and say whether the monitor sees the trap."`
	Team     string        `help:"Scripted people who take part in a rehearsal: good, who do what the scenario asks of people, or bad, who fall into its trap." placeholder:"NAME"`
	Data     string        `help:"Keep the drill's data here, for its report; empty: a temporary folder." type:"path"`
	Report   string        `help:"Folder into which the report of each incident of the drill is written." type:"existingdir"`
	Listen   string        `help:"Address of the drill's console. On loopback it asks for no password." default:"127.0.0.1:8791"`
	Speed    float64       `help:"How many times faster than ours the clock runs until an incident opens." default:"60"`
	Slow     float64       `help:"How many times faster it runs from then on; 1 trains the real deadlines." default:"1"`
	For      time.Duration `help:"Stop after this long; 0: when the scenario is over, or at Ctrl-C."`
	Lang     string        `help:"Language of what is printed and of the console: zh or en; empty: as configured."`
	JSON     bool          `help:"Print the evaluation as JSON." name:"json"`
}

// learnt is how many days of ordinary talk come before a drill.
const learntDays = 7

// Run rehearses a scenario on the real path: real sites on loopback, the real crawlers,
// store, detectors, playbooks and console. It is a daemon of its own with its own data:
// the one that is on watch goes on undisturbed, and what is real still rings as real.
func (c *drillCmd) Run(ctx context.Context, log *zap.Logger) (err error) {
	if c.Scenario == "" && c.Incident == "" {
		return c.list()
	}
	sc, err := c.scenario(ctx)
	if err != nil {
		return usageError{err}
	}
	if c.Speed < 1 || c.Slow < 1 || c.Speed > 3600 || c.Slow > 3600 {
		return usageError{fmt.Errorf("--speed %g, --slow %g: write numbers from 1 to 3600", c.Speed, c.Slow)}
	}
	if c.Team != "" && !c.Rehearse {
		return usageError{fmt.Errorf("--team %s is for --rehearse", c.Team)}
	}
	if c.Lang != "" && c.Lang != "zh" && c.Lang != "en" {
		return usageError{fmt.Errorf("--lang %s: write zh or en", c.Lang)}
	}
	dir := c.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "watchfire-drill-"); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	return c.play(ctx, log.WithOptions(zap.IncreaseLevel(zap.ErrorLevel)), &sc, dir)
}

// list prints the scenarios.
func (c *drillCmd) list() error {
	all, err := drill.All()
	if err != nil {
		return err
	}
	for _, s := range all {
		fmt.Fprintf(stdout, "%-4s %s\n     %s\n", s.ID, s.Title.In(cmp.Or(c.Lang, "zh")), s.Title.In(map[string]string{"en": "zh"}[c.Lang]+"en"))
	}
	fmt.Fprintln(stdout, "\nwatchfire drill D1 --rehearse")
	return nil
}

// scenario finds what is rehearsed.
func (c *drillCmd) scenario(ctx context.Context) (drill.Scenario, error) {
	if c.Incident == "" {
		return scenarioOf(c.Scenario)
	}
	if c.Config == "" || c.Scenario != "" {
		return drill.Scenario{}, errors.New("--incident: name the configuration with --config, and no scenario")
	}
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return drill.Scenario{}, err
	}
	return pastScenario(ctx, cfg, c.Incident)
}

// pastScenario reads a past incident from the store.
func pastScenario(ctx context.Context, cfg *daemon.Config, id string) (_ drill.Scenario, err error) {
	s, err := store.Open(filepath.Join(cfg.Data, "watchfire.db"))
	if err != nil {
		return drill.Scenario{}, fmt.Errorf("open the store: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var in crisis.Incident
	err = s.View(ctx, func(tx *store.Tx) (err error) {
		in, _, err = tx.Incident(id)
		return err
	})
	if err != nil {
		return drill.Scenario{}, fmt.Errorf("read incident %s: %w", id, err)
	}
	stored, err := s.PostsOf(ctx, in.Topic, in.Opened.Add(-2*time.Hour), in.Opened.Add(10*time.Hour), 20000, 0)
	if err != nil {
		return drill.Scenario{}, fmt.Errorf("read posts of incident %s: %w", id, err)
	}
	posts := make([]crisis.Post, len(stored))
	for i := range stored {
		posts[i] = stored[i].Post
	}
	topic := crisis.Topic{ID: in.Topic, Title: in.Title}
	if i := slices.IndexFunc(cfg.Topics, func(t crisis.Topic) bool { return t.ID == in.Topic }); i >= 0 {
		topic = cfg.Topics[i]
	}
	return drill.FromIncident(&in, topic, posts)
}

// scenarioOf finds a shipped scenario or reads one from a file.
func scenarioOf(name string) (drill.Scenario, error) {
	if !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
		return drill.Find(name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return drill.Scenario{}, fmt.Errorf("read scenario: %w", err)
	}
	return drill.Parse(name, b)
}

// play sets the stage and runs the drill with people or without.
func (c *drillCmd) play(ctx context.Context, log *zap.Logger, sc *drill.Scenario, dir string) (err error) {
	cfg := daemon.DefaultConfig()
	if c.Config != "" {
		if cfg, err = daemon.LoadConfig(c.Config); err != nil {
			return err
		}
	}
	cfg.Lang = cmp.Or(c.Lang, cfg.Lang)
	begin, err := sc.Begin(time.Now().In(cfg.Zoned()))
	if err != nil {
		return err
	}
	city, err := c.city(sc, begin)
	if err != nil {
		return err
	}
	st := &stage{cmd: c, sc: sc, begin: begin, clock: town.NewClock(begin, c.Speed), screen: newScreen(os.Stdout, cfg.Lang, cfg.Zoned())}
	st.screen.clock, st.screen.slow, st.facts = st.clock, min(c.Slow, c.Speed), newFacts(begin)
	now := st.clock.Now
	if st.team, err = teamOf(sc, c.Team); err != nil {
		return err
	}
	if c.Rehearse {
		st.hand = &hand{at: begin}
		now = st.hand.Now
	}
	sites, err := city.Serve(now, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sites.Close()) }()
	if err := c.furnish(cfg, st, sites, dir); err != nil {
		return err
	}
	return st.run(ctx, log, cfg, slices.Collect(sites.Posts(time.Time{}, begin)))
}

// city is the town with the scenario's words in its mouth. Its own crisis lies after
// the drill.
func (c *drillCmd) city(sc *drill.Scenario, begin time.Time) (*town.Town, error) {
	midnight := time.Date(begin.Year(), begin.Month(), begin.Day()-learntDays, 0, 0, 0, 0, begin.Location())
	guests, err := sc.Guests(begin, learntDays)
	if err != nil {
		return nil, err
	}
	return town.New(1, midnight, begin.Location(), learntDays+4).With(guests, sc.Dead(begin))
}

// furnish makes the organisation's configuration that of the drill: its people, plans
// and the channels that were named, but the town's sources and the scenario's topics.
func (c *drillCmd) furnish(cfg *daemon.Config, st *stage, sites *town.Sites, dir string) error {
	of, err := daemon.ParseConfig("drill", []byte("org: drill\nintranet: [127.0.0.0/8]\n"+sites.Config()))
	if err != nil {
		return err
	}
	cfg.Org = cmp.Or(cfg.Org, st.screen.org)
	cfg.Sources, cfg.Topics, cfg.Calendar, cfg.Data = of.Sources, st.sc.Topics, nil, dir
	cfg.Intranet = append(cfg.Intranet, netip.MustParsePrefix("127.0.0.0/8"))
	cfg.Pace.HostDelay, cfg.Contact, cfg.URL = 10*time.Millisecond, "mailto:newsroom@yunchuan.example", ""
	for i := range cfg.Sources {
		cfg.Sources[i].Own = cfg.Sources[i].Name == drill.Own
	}
	for _, t := range cfg.Topics {
		st.screen.topics[t.ID] = t.Name()
	}
	channels := []daemon.Channel{{Name: "terminal", KindName: "log", Sender: st}}
	for _, name := range c.Channel {
		i := slices.IndexFunc(cfg.Channels, func(ch daemon.Channel) bool { return ch.Name == name })
		if i < 0 {
			return usageError{fmt.Errorf("--channel %s: the configuration has no such channel", name)}
		}
		channels = append(channels, cfg.Channels[i])
	}
	cfg.Channels = channels
	return nil
}

// listenOn opens the console's port and says whether it is reached from this machine only.
func listenOn(address string) (l net.Listener, local bool, err error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, false, usageError{fmt.Errorf("--listen %s: write host:port", address)}
	}
	ip, bad := netip.ParseAddr(host)
	local = host == "localhost" || bad == nil && ip.IsLoopback()
	if l, err = net.Listen("tcp", address); err != nil {
		return nil, local, fmt.Errorf("listen for the console: %w (choose another address with --listen)", err)
	}
	return l, local, nil
}
