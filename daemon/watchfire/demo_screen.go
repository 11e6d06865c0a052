package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

// screen tells the newcomer what happens. It is also the channel on which the
// alerts of the demo arrive.
type screen struct {
	phrases
	zone    *time.Location
	topics  map[string]string // titles by id
	alarmed map[string]bool   // topics with an open incident; only narrate knows it
	clock   *town.Clock
	slow    float64
	url     string

	// mu guards out and passing: what is printed stays in one piece.
	mu      sync.Mutex
	out     *os.File
	live    bool // out is a terminal, on which a line can be written again
	passing bool // the last line is one that will be written again
}

func newScreen(out *os.File, lang string, zone *time.Location) *screen {
	s := &screen{phrases: chinese, zone: zone, topics: map[string]string{}, alarmed: map[string]bool{}, out: out}
	if lang == "en" {
		s.phrases = inEnglish
	}
	if info, err := out.Stat(); err == nil {
		s.live = info.Mode()&os.ModeCharDevice != 0
	}
	return s
}

// print writes lines that stay.
func (s *screen) print(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	fmt.Fprintf(s.out, format+"\n", args...)
}

// pass writes a line that the next one replaces; on a terminal only.
func (s *screen) pass(format string, args ...any) {
	if !s.live {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
	fmt.Fprintf(s.out, format, args...)
	s.passing = true
}

func (s *screen) wipe() {
	if s.passing {
		fmt.Fprint(s.out, "\r\x1b[K")
		s.passing = false
	}
}

// welcome says what is about to happen.
func (s *screen) welcome(days int, resumed time.Time) {
	s.print("%s", s.title)
	if !resumed.IsZero() {
		s.print(s.goesOn, s.day(resumed))
		return
	}
	s.print(s.learning, days)
}

func (s *screen) learnt(posts int, took time.Duration) { s.print(s.learned, posts, took.Seconds()) }

// begin says where the town stands and where to look. What an earlier demo left
// open is shown again, and read at the slow pace.
func (s *screen) begin(ctx context.Context, st *store.Store) error {
	open, err := openIncidents(ctx, st)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		s.clock.SetSpeed(s.slow)
	}
	s.print(s.begins, s.day(s.clock.Now()), s.pace(), s.url)
	for _, row := range open {
		s.alarmed[row.Topic] = true
		s.print(s.stillOpen, s.url+"/incidents/"+row.ID)
	}
	s.print("%s\n", s.howToEnd)
	return nil
}

func (s *screen) goodbye(data string) {
	if data != "" {
		s.print(s.keptIn, data)
		return
	}
	s.print("%s", s.cleared)
}

// day is a moment with its date.
func (s *screen) day(t time.Time) string { return t.In(s.zone).Format(s.dayForm) }

// pace is what one of our seconds is in the town.
func (s *screen) pace() string { return s.span(time.Duration(s.clock.Speed() * float64(time.Second))) }

// narrate prints what is noticed but no alert, and slows the clock when there is
// something to read and to do.
func (s *screen) narrate(o daemon.Occurrence) {
	if o.Kind == "incident_opened" && s.clock.Speed() > s.slow {
		s.clock.SetSpeed(s.slow)
	}
	name, isTopic := s.topics[o.Topic]
	if o.Kind == "incident_opened" || o.Kind == "incident_closed" {
		s.alarmed[o.Topic] = o.Kind == "incident_opened"
	}
	if o.Kind != "signal" || !isTopic || s.alarmed[o.Topic] { // the rest comes as an alert
		return
	}
	at := o.At.In(s.zone).Format("15:04")
	switch o.Detector {
	case "flood":
		s.print(s.flood, at, name, o.Observed, o.Expected)
	case "mood":
		s.print(s.mood, at, name, 100*o.Observed, 100*o.Expected)
	case "blind":
		s.print(s.dim, at, name, 100*o.Observed)
	case "surge":
		s.print(s.surge, at, name, o.Observed, o.Expected)
	default:
		s.print(s.other, at, name, s.finds[o.Detector])
	}
}

// Check implements alerts.Channel: a screen has nothing to get wrong.
func (s *screen) Check() error { return nil }

// Send prints an alert, and below the first one where to act on it.
func (s *screen) Send(_ context.Context, a crisis.Alert) (alerts.Receipt, error) {
	s.print("\n%s\n%s\n%s", rule, alerts.Text(a), rule)
	if a.Kind == crisis.AlertOpened {
		s.print(s.doNow+"\n", a.Link, s.pace())
	}
	return alerts.Receipt{}, nil
}

// watch runs the daemon and, on a terminal, keeps a line that says how it goes.
func (s *screen) watch(ctx context.Context, st *store.Store, run func() error) error {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		begun, beat := s.clock.Now(), time.NewTicker(time.Second)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
				s.status(ctx, st, begun)
			}
		}
	})
	err := run()
	stop()
	wg.Wait()
	return err
}

// status says the time in the town, how many posts were read since begun, and how
// many incidents are open.
func (s *screen) status(ctx context.Context, st *store.Store, begun time.Time) {
	if !s.live {
		return
	}
	now, posts := s.clock.Now(), 0
	for _, info := range town.Sources() {
		attempts, err := st.Attempts(ctx, info.Name, begun, now)
		if err != nil {
			return // the line is a courtesy; the daemon reports trouble with the store
		}
		for _, a := range attempts {
			posts += a.Fresh
		}
	}
	open, err := openIncidents(ctx, st)
	if err != nil {
		return
	}
	s.pass(s.going, now.In(s.zone).Format("15:04"), posts, len(open))
}
