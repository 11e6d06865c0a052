package browser

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

// chosen is the password of everybody on the stage.
const chosen = "烽火戏诸侯不好玩一点也不好玩"

// days of ordinary life that the town has behind it.
const days = 4

// hand is a clock that stands until a test moves it.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

// Now implements daemon.Clock.
func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// Wall implements daemon.Clock.
func (h *hand) Wall(d time.Duration) time.Duration { return d }

func (h *hand) set(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = now
}

// phone is a channel that keeps what it is told.
type phone struct {
	mu     sync.Mutex
	alerts []crisis.Alert
}

func (p *phone) Check() error { return nil }

func (p *phone) Send(_ context.Context, a crisis.Alert) (alerts.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alerts = append(p.alerts, a)
	return alerts.Receipt{Ref: a.ID}, nil
}

// taps returns the signed links that the phone was sent last.
func (p *phone) taps() []crisis.TapLink {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range slices.Backward(p.alerts) {
		if len(a.Taps) > 0 {
			return a.Taps
		}
	}
	return nil
}

// stage is the daemon of the town's newsroom, served over HTTP. Its clock stands
// until a test lets minutes pass.
type stage struct {
	t        *testing.T
	truth    town.Truth
	clock    *hand
	cfg      *daemon.Config
	d        *daemon.Daemon
	phone    *phone
	url      string
	password string // one-time, of admin
}

// newStage opens the town a quarter of an hour before its crisis.
func newStage(t *testing.T, options ...daemon.Option) *stage {
	t.Helper()
	if underRace {
		t.Skip("Chromium waits for the daemon, which is too slow under the race detector; make browser runs without it")
	}
	zone := time.FixedZone("Asia/Shanghai", 8*3600)
	city := town.New(1, time.Date(2026, 3, 2, 0, 0, 0, 0, zone), zone, days+1)
	s := &stage{t: t, truth: city.Truth(), phone: &phone{}}
	s.clock = &hand{now: s.truth.Live}
	sites, err := city.Serve(s.clock.Now, nil)
	s.must(err)
	t.Cleanup(func() { s.must(sites.Close()) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	s.url = "http://" + l.Addr().String()
	s.cfg, err = daemon.ParseConfig("town", []byte("org: 云川市人民政府新闻办公室\nzone: Asia/Shanghai\npace: {host_delay: 1ns}\nintranet: [127.0.0.0/8]\n"+
		"people:\n  - {name: 李敏, seat: A, channels: [phone]}\n  - {name: 王主任, seat: B}\n  - {name: 赵局长, seat: C}\n"+
		"calendar:\n  - {title: 云江灯会, from: 2026-03-13 18:00, to: 2026-03-13 23:30, bar: 1.5}\n  - {title: 市两会, from: 2026-03-17, to: 2026-03-20, bar: 0.85}\n"+
		"channels:\n  - {name: phone, log: {}}\n"+sites.Config()))
	s.must(err)
	s.cfg.Topics, s.cfg.Data, s.cfg.URL = town.Topics(), t.TempDir(), s.url
	s.cfg.Channels[0].Sender = s.phone
	s.must(s.cfg.Check())
	s.d, err = daemon.New(t.Context(), s.cfg, zap.NewNop(), append([]daemon.Option{daemon.WithClock(s.clock)}, options...)...)
	s.must(err)
	t.Cleanup(func() { s.must(s.d.Close()) })
	s.must(s.d.Learn(t.Context(), slices.Collect(sites.Posts(time.Time{}, s.truth.Live))))
	s.password, err = s.d.FirstPassword(t.Context())
	s.must(err)
	s.run(l)
	return s
}

// run keeps the daemon going until the end of the test. Its schedule follows a clock that
// stands, so that minutes pass only when the test lets them.
func (s *stage) run(l net.Listener) {
	ctx, stop := context.WithCancel(s.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.d.Run(ctx, l) }()
	s.t.Cleanup(func() {
		stop()
		s.must(<-ended)
	})
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// pass lets minutes pass: the sites are visited on their schedules, and every minute is
// judged.
func (s *stage) pass(minutes int) {
	s.t.Helper()
	for range minutes {
		s.clock.set(s.clock.Now().Add(time.Minute))
		now := s.clock.Now()
		for i := range s.cfg.Sources {
			src := &s.cfg.Sources[i]
			if now.Unix()/60%int64(src.Every/time.Minute) == 0 {
				s.must(s.d.Crawl(s.t.Context(), src))
			}
		}
		s.must(s.d.Tick(s.t.Context(), now))
	}
}

// open lets time pass until the incident opens, and returns its id.
func (s *stage) open() string {
	s.t.Helper()
	for range 60 {
		s.pass(1)
		if rows := s.incidents(); len(rows) > 0 {
			return rows[0].ID
		}
	}
	s.t.Fatalf("no incident by %s, and the crisis began at %s", s.clock.Now(), s.truth.Crisis.Start)
	return ""
}

func (s *stage) incidents() (rows []store.IncidentRow) {
	s.t.Helper()
	s.must(s.d.Store().View(s.t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.OpenIncidents()
		return err
	}))
	return rows
}

// incident reads an incident from the store.
func (s *stage) incident(id string) (in crisis.Incident) {
	s.t.Helper()
	s.must(s.d.Store().View(s.t.Context(), func(tx *store.Tx) (err error) {
		in, _, err = tx.Incident(id)
		return err
	}))
	return in
}

// act has somebody do something, as from a chat.
func (s *stage) act(a crisis.Act) {
	s.t.Helper()
	_, err := s.d.Act(s.t.Context(), a)
	s.must(err)
}
