package daemon

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// stopwatch is a provider that notes how long after its commit an alert is first tried.
type stopwatch struct {
	mu        sync.Mutex // guards the fields below
	committed map[string]time.Time
	tried     map[string]time.Time
	all       chan struct{} // closed when want alerts were tried
	want      int
}

// ServeHTTP takes one alert.
func (s *stopwatch) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	at, id := time.Now(), r.Header.Get("Webhook-Id")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tried[id].IsZero() {
		s.tried[id] = at
		if len(s.tried) == s.want {
			close(s.all)
		}
	}
}

// expect has it wait for the next n alerts.
func (s *stopwatch) expect(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.committed, s.tried, s.all, s.want = map[string]time.Time{}, map[string]time.Time{}, make(chan struct{}), n
}

// commit notes that alerts are committed.
func (s *stopwatch) commit(at time.Time, ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.committed[id] = at
	}
}

// waits returns from commit to first attempt, in ascending order.
func (s *stopwatch) waits(b *testing.B) (out []time.Duration) {
	<-s.all
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range s.committed {
		if s.tried[id].IsZero() {
			b.Errorf("alert %s was not tried", id)
		}
		out = append(out, s.tried[id].Sub(at))
	}
	slices.Sort(out)
	return out
}

// BenchmarkFirstAttempt is the time from the commit of an alert to the first attempt to
// send it, through the store on the disk, the loop that delivers and a provider over HTTP,
// at a hundred alerts a minute: one after the other at that pace, and all of a minute at
// once, when the last waits for the other ninety-nine.
func BenchmarkFirstAttempt(b *testing.B) {
	for _, c := range []struct {
		name    string
		n, each int // alerts, and of those how many in one commit
		pause   time.Duration
	}{{"spread", 40, 1, 600 * time.Millisecond}, {"at-once", 100, 100, 0}} {
		b.Run(c.name, func(b *testing.B) {
			watch := &stopwatch{}
			server := httptest.NewServer(watch)
			defer server.Close()
			d := deliveringDaemon(b, server.URL)
			var all []time.Duration
			number := 0
			for b.Loop() {
				watch.expect(c.n)
				pace := time.NewTicker(max(c.pause, time.Nanosecond))
				for range c.n / c.each {
					<-pace.C
					ids := commitAlerts(b, d, &number, c.each)
					watch.commit(time.Now(), ids...)
					d.wake()
				}
				pace.Stop()
				all = append(all, watch.waits(b)...)
			}
			slices.Sort(all)
			for _, p := range []int{50, 99, 100} {
				b.ReportMetric(float64(all[(len(all)-1)*p/100].Microseconds())/1000, fmt.Sprintf("ms-p%d", p))
			}
		})
	}
}

// deliveringDaemon is a daemon that delivers to a webhook.
func deliveringDaemon(b *testing.B, url string) *Daemon {
	b.Helper()
	cfg, err := ParseConfig("bench.yaml", []byte("channels:\n  - {name: one, hourly: 0, webhook: {url: "+url+"}}\n"))
	if err != nil {
		b.Fatal(err)
	}
	cfg.Data = b.TempDir()
	d, err := New(b.Context(), cfg, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.deliverLoop(ctx, &d.cfg.Channels[0])
	}()
	b.Cleanup(func() {
		stop()
		<-done
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	return d
}

// commitAlerts opens n incidents in one transaction, as a minute does that is judged, and
// returns the ids of their alerts.
func commitAlerts(b *testing.B, d *Daemon, number *int, n int) []string {
	b.Helper()
	var ids []string
	err := d.store.Update(b.Context(), func(tx *store.Tx) error {
		now := d.clock.Now()
		for range n {
			*number++
			in := &crisis.Incident{ID: fmt.Sprintf("bench-%d", *number)}
			s := crisis.Signal{Detector: "surge", Topic: "water", Level: crisis.LevelII, At: now, Observed: 40, Expected: 3}
			in, err := record(tx, now, in,
				crisis.NewEvent(crisis.EventDetected, now, crisis.Machine, crisis.Detected{Topic: "water", Title: "自来水", Signal: s}),
				crisis.NewEvent(crisis.EventLevel, now, crisis.Machine, crisis.LevelChange{Opinion: crisis.LevelII, Reason: "快", ReasonEN: "fast"}))
			if err != nil {
				return err
			}
			a, err := d.compose(tx, in, crisis.AlertOpened, now, nil)
			if err != nil {
				return err
			}
			if err := d.enqueue(tx, in, a); err != nil {
				return err
			}
			ids = append(ids, fmt.Sprintf("%s.%d.%s.one", in.ID, in.Events, crisis.AlertOpened))
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return ids
}
