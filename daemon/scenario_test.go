package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"golang.org/x/tools/txtar"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

var update = flag.Bool("update", false, "write the timelines of the scenarios anew; read them before you commit")

// A scenario is a text file: configuration, script, and the timeline it must
// bring about. The script has one line per stretch of posts, failure or act:
//
//	begin 2026-03-16T08:00                    when the daemon starts; posts before it are learnt
//	end   2026-03-16T14:00
//	posts FROM TO EVERY SOURCE AUTHORS TEXT   one post each EVERY, by AUTHORS in turn; {n} in TEXT counts
//	late  DURATION posts …                    the same, but the source shows them DURATION later
//	board FROM TO EVERY SOURCE RANKS TEXT     an entry of a hot board that stands at each of the RANKS, such as 40,12,3, for EVERY
//	down  FROM TO SOURCE CLASS                the source fails
//	stale FROM TO SOURCE                      the source shows nothing newer than FROM
//	act   AT WHO KIND [ARG] [NOTE]            a person acts on the last incident opened; ARG is JSON for acts about statements
//
// Times are dates with time in the zone of the configuration, or +hours:minutes
// after begin.
type scenario struct {
	zone       *time.Location
	begin, end time.Time
	posts      []scenarioPost
	faults     []fault
	acts       []scenarioAct
}

type scenarioPost struct {
	crisis.Post
	shown time.Time
	gone  time.Time // not shown from then on; zero: stays
}

type fault struct {
	from, to time.Time
	source   string
	class    crisis.Class // "" shows old posts only
}

type scenarioAct struct {
	at  time.Time
	act crisis.Act
}

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txtar")
	if err != nil || len(files) < 12 {
		t.Fatalf("found %d scenarios, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			playScenario(t, file)
		})
	}
}

func playScenario(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	section := func(name string) string {
		for _, f := range ar.Files {
			if f.Name == name {
				return string(f.Data)
			}
		}
		return ""
	}
	cfg, err := ParseConfig("config.yaml", []byte(section("config.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	sc, err := parseScenario(section("script"), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if underRace && sc.end.Sub(sc.begin) > 6*time.Hour {
		t.Skip("hours more of the same under the race detector; make town plays it without")
	}
	got := sc.run(t, cfg)
	if *update {
		for i := range ar.Files {
			if ar.Files[i].Name == "want" {
				ar.Files[i].Data = []byte(got)
			}
		}
		if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(section("want"), got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	if underRace {
		return // make town plays it again with restarts, without the detector
	}
	if diff := cmp.Diff(got, sc.run(t, cfg, sc.restarts(got)...)); diff != "" {
		t.Errorf("timeline with restarts (-without +with):\n%s", diff)
	}
}

// restarts are the minutes after which the scenario is played again with the
// daemon stopped and started from its store: while the first thing happens, in
// the middle of what happens, and later on.
func (sc *scenario) restarts(timeline string) []time.Time {
	var happens []time.Time
	for l := range strings.Lines(timeline) {
		if at, err := time.ParseInLocation("02 15:04", l[:min(len(l), 8)], sc.zone); err == nil {
			at = time.Date(sc.begin.In(sc.zone).Year(), sc.begin.In(sc.zone).Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, sc.zone)
			happens = append(happens, at)
		}
	}
	late := sc.begin.Add(sc.end.Sub(sc.begin) * 4 / 5).Truncate(time.Minute)
	if len(happens) == 0 {
		return []time.Time{late}
	}
	return []time.Time{happens[0], happens[len(happens)/2].Add(time.Minute), late}
}

// run plays the scenario through a whole daemon and returns its timeline. The
// daemon is closed and begun again from its store after each minute in restarts.
func (sc *scenario) run(t *testing.T, cfg *Config, restarts ...time.Time) string {
	t.Helper()
	p := &play{sc: sc, cfg: cfg, file: filepath.Join(t.TempDir(), "scenario.db"), clock: &steppedClock{now: sc.begin}}
	for i := range cfg.Sources {
		if k, ok := cfg.Sources[i].Kind.(*scenarioSource); ok {
			k.name, k.sc, k.clock = cfg.Sources[i].Name, sc, p.clock
		}
	}
	for i := range cfg.Channels {
		cfg.Channels[i].Sender = &scenarioChannel{name: cfg.Channels[i].Name, line: p.line, clock: p.clock}
	}
	d := p.start(t)
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := d.Learn(t.Context(), sc.past()); err != nil {
		t.Fatal(err)
	}
	for ; !p.clock.now.After(sc.end); p.clock.now = p.clock.now.Add(time.Minute) {
		p.step(t, d)
		if slices.ContainsFunc(restarts, p.clock.now.Equal) {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d = p.start(t)
		}
	}
	if err := d.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	return p.out.String()
}

// play is a scenario under way.
type play struct {
	sc    *scenario
	cfg   *Config
	file  string // of the store
	clock *steppedClock
	out   bytes.Buffer
	last  string // the newest incident
}

func (p *play) line(at time.Time, format string, args ...any) {
	fmt.Fprintf(&p.out, "%s %s\n", at.In(p.sc.zone).Format("02 15:04"), fmt.Sprintf(format, args...))
}

// start begins the daemon from what its store holds.
func (p *play) start(t *testing.T) *Daemon {
	t.Helper()
	s, err := store.OpenScratch(p.file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(t.Context(), p.cfg, zap.NewNop(), WithClock(p.clock), withStore(s), withPhrasesAtOnce(), WithListener(func(o Occurrence) {
		if o.Incident != "" {
			p.last = o.Incident
		}
		p.line(o.At, "%s%s", o.Kind, spaced(o.Topic, o.Detector, o.Level.String(), o.Detail))
	}))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// step is one minute of the scenario: visits that are due, the tick, people, delivery.
func (p *play) step(t *testing.T, d *Daemon) {
	t.Helper()
	ctx, now := t.Context(), p.clock.now
	for i := range d.cfg.Sources {
		src := &d.cfg.Sources[i]
		if now.Sub(p.sc.begin)%src.Every == 0 {
			if err := d.Crawl(ctx, src); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := d.Tick(ctx, now); err != nil {
		t.Fatal(err)
	}
	for _, a := range p.sc.acts {
		if a.at.Equal(now) {
			a.act.Incident = p.last
			if _, err := d.Act(ctx, a.act); err != nil {
				p.line(now, "refused: %v", err)
			}
		}
	}
	for i := range d.cfg.Channels {
		if _, err := d.Deliver(ctx, &d.cfg.Channels[i]); err != nil {
			t.Fatal(err)
		}
	}
}

func (sc *scenario) past() []crisis.Post {
	var out []crisis.Post
	for _, p := range sc.posts {
		if p.Published.Before(sc.begin) && p.Kind != crisis.KindBoard && !strings.HasPrefix(p.ID, "archive") {
			out = append(out, p.Post)
		}
	}
	return out
}

func spaced(words ...string) string {
	var b strings.Builder
	for _, w := range words {
		if w != "" {
			b.WriteString(" " + w)
		}
	}
	return b.String()
}

// scenarioSource is a crawler that reads the script.
type scenarioSource struct {
	name  string
	sc    *scenario
	clock Clock
}

func (s *scenarioSource) Check() error { return nil }

func (s *scenarioSource) Crawl(_ context.Context, _ *crawlers.Web, cursor string) (crawlers.Harvest, error) {
	now := s.clock.Now()
	until := now
	for _, f := range s.sc.faults {
		if f.source != s.name || now.Before(f.from) || !now.Before(f.to) {
			continue
		}
		if f.class != "" {
			return crawlers.Harvest{}, &crawlers.Error{Class: f.class, Err: errors.New("as the script says")}
		}
		until = f.from
	}
	h := crawlers.Harvest{Class: crisis.ClassEmptyOK, Cursor: "visited"}
	for _, p := range s.sc.posts {
		if p.Source == s.name && !p.shown.After(until) && (p.gone.IsZero() || until.Before(p.gone)) && (cursor == "" || p.shown.After(now.Add(-24*time.Hour))) {
			h.Posts, h.Class = append(h.Posts, p.Post), crisis.ClassOK
		}
	}
	return h, nil
}

// scenarioChannel writes the alerts into the timeline.
type scenarioChannel struct {
	name  string
	line  func(time.Time, string, ...any)
	clock Clock
}

func (c *scenarioChannel) Check() error { return nil }

func (c *scenarioChannel) Send(_ context.Context, a crisis.Alert) (alerts.Receipt, error) {
	more := ""
	if a.Was != crisis.LevelNone {
		more += "; was " + a.Was.String()
	}
	var late []string
	for _, c := range a.Overdue {
		late = append(late, c.Title)
	}
	if len(late) > 0 {
		more += "; late " + strings.Join(late, "、")
	}
	if len(a.Next) > 0 {
		more += "; next " + a.Next[0].Title
	}
	if len(a.For) > 0 {
		more += "; called " + strings.Join(a.For, "、")
	}
	if a.Trouble != nil {
		_, text, _ := strings.Cut(alerts.Text(a), "\n")
		text, _, _ = strings.Cut(text, "\n编号")
		more = "; " + strings.ReplaceAll(text, "\n", "; ")
	}
	c.line(c.clock.Now(), "  to %s: %s%s", c.name, alerts.Headline(a), more)
	return alerts.Receipt{Ref: "1"}, nil
}

func init() {
	crawlers.Kinds["scenario"] = func() crawlers.Kind { return &scenarioSource{} }
}

func parseScenario(text string, cfg *Config) (*scenario, error) {
	sc := &scenario{zone: cfg.Zoned()}
	for i, l := range strings.Split(text, "\n") {
		f := strings.Fields(l)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if err := sc.parse(f); err != nil {
			return nil, fmt.Errorf("script:%d: %w", i+1, err)
		}
	}
	return sc, nil
}

func (sc *scenario) parse(f []string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	switch f[0] {
	case "begin":
		sc.begin = sc.time(f[1])
	case "end":
		sc.end = sc.time(f[1])
	case "posts":
		sc.addPosts(f[1:], 0)
	case "late":
		lag, err := time.ParseDuration(f[1])
		if err != nil {
			return err
		}
		sc.addPosts(f[3:], lag)
	case "board":
		sc.addBoard(f[1:])
	case "down":
		sc.faults = append(sc.faults, fault{sc.time(f[1]), sc.time(f[2]), f[3], crisis.Class(f[4])})
	case "stale":
		sc.faults = append(sc.faults, fault{sc.time(f[1]), sc.time(f[2]), f[3], ""})
	case "act":
		return sc.addAct(f[1:])
	default:
		return fmt.Errorf("unknown line %q", f[0])
	}
	return nil
}

func (sc *scenario) addPosts(f []string, lag time.Duration) {
	from, to := sc.time(f[0]), sc.time(f[1])
	every, err := time.ParseDuration(f[2])
	if err != nil {
		panic(err)
	}
	authors, err := strconv.Atoi(f[4])
	if err != nil {
		panic(err)
	}
	for n, at := 0, from; at.Before(to); n, at = n+1, at.Add(every) {
		p := scenarioPost{shown: at.Add(lag)}
		p.Source, p.Published, p.Precision = f[3], at, crisis.PrecisionSecond
		p.ID = fmt.Sprintf("%s-%s-%d", f[2], at.UTC().Format("20060102150405"), len(sc.posts))
		p.Author = fmt.Sprintf("%s-%d", from.Format("150405"), n%authors)
		p.Text = strings.ReplaceAll(strings.Join(f[5:], " "), "{n}", strconv.Itoa(n))
		if lag > 0 {
			p.ID = "archive-" + p.ID
		}
		sc.posts = append(sc.posts, p)
	}
}

func (sc *scenario) addBoard(f []string) {
	every, err := time.ParseDuration(f[2])
	if err != nil {
		panic(err)
	}
	ranks := strings.Split(f[4], ",")
	for n, at := 0, sc.time(f[0]); at.Before(sc.time(f[1])); n, at = n+1, at.Add(every) {
		p := scenarioPost{shown: at, gone: at.Add(every)}
		p.Source, p.ID, p.Kind, p.Text = f[3], "entry-"+f[0], crisis.KindBoard, strings.Join(f[5:], " ")
		if p.Metrics.Rank, err = strconv.Atoi(ranks[min(n, len(ranks)-1)]); err != nil {
			panic(err)
		}
		sc.posts = append(sc.posts, p)
	}
}

func (sc *scenario) addAct(f []string) error {
	a := scenarioAct{at: sc.time(f[0]), act: crisis.Act{By: f[1], Kind: crisis.EventKind(f[2])}}
	rest := f[3:]
	switch a.act.Kind {
	case crisis.EventStepDone, crisis.EventStepReopened:
		a.act.Plan, a.act.Step, _ = strings.Cut(rest[0], "/")
		rest = rest[1:]
	case crisis.EventLevel:
		text, opinion := strings.CutPrefix(rest[0], "opinion=")
		level, err := crisis.ParseLevel(text)
		if err != nil {
			return err
		}
		if rest = rest[1:]; opinion {
			a.act.Opinion = level
		} else {
			a.act.Event = level
		}
	}
	rest = peopleData(&a.act, rest)
	a.act.Note = strings.Join(rest, " ")
	sc.acts = append(sc.acts, a)
	return nil
}

// peopleData reads the argument of an act about people and pauses: a step as
// plan/step or all, or a person.
func peopleData(a *crisis.Act, rest []string) []string {
	note := strings.Join(rest[min(1, len(rest)):], " ")
	switch a.Kind {
	case crisis.EventPaused, crisis.EventResumed:
		h := crisis.Halt{Reason: note}
		h.Plan, h.Step, _ = strings.Cut(strings.TrimPrefix(rest[0], "all"), "/")
		a.Data = h
	case crisis.EventHandedOver:
		a.Data = crisis.Handover{To: rest[0], Text: note}
	case crisis.EventRecused:
		a.Data = crisis.Recusal{Person: rest[0], Reason: note}
	case crisis.EventDrafted, crisis.EventStatementReviewed, crisis.EventApproved, crisis.EventCountersigned:
		a.Data = statementData(a.Kind, strings.Join(rest, " "))
		return nil
	default:
		return rest
	}
	return rest[1:]
}

// statementData reads the payload of an act about a statement, written as JSON.
func statementData(kind crisis.EventKind, text string) any {
	read := func(err error) {
		if err != nil {
			panic(fmt.Sprintf("%s: %v", kind, err))
		}
	}
	var d crisis.Draft
	var r crisis.Review
	var a crisis.Approval
	var w crisis.Withdrawal
	switch kind {
	case crisis.EventDrafted:
		read(json.Unmarshal([]byte(text), &d))
		return d
	case crisis.EventStatementReviewed:
		read(json.Unmarshal([]byte(text), &r))
		return r
	case crisis.EventApproved:
		read(json.Unmarshal([]byte(text), &a))
		return a
	}
	read(json.Unmarshal([]byte(text), &w))
	return w
}

// time reads a date with time, or +hours:minutes after begin.
func (sc *scenario) time(s string) time.Time {
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		h, m, _ := strings.Cut(rest, ":")
		hours, err1 := strconv.Atoi(h)
		minutes, err2 := strconv.Atoi(m)
		if err1 != nil || err2 != nil {
			panic(fmt.Sprintf("%q is not +hours:minutes", s))
		}
		return sc.begin.Add(time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute)
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", s, sc.zone)
	if err != nil {
		panic(err)
	}
	return t
}
