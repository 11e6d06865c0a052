package daemon

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
)

// stampChannel notes when an alert is sent.
type stampChannel struct {
	mu   sync.Mutex // guards sent
	sent []stamped
}

type stamped struct {
	crisis.Alert
	at time.Time
}

func (s *stampChannel) Check() error { return nil }

func (s *stampChannel) Send(_ context.Context, a crisis.Alert) (alerts.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, stamped{a, time.Now()})
	return alerts.Receipt{}, nil
}

// noVisitors is a listener to which nobody comes.
type noVisitors struct{ closed chan struct{} }

func (l *noVisitors) Accept() (net.Conn, error) {
	<-l.closed
	return nil, net.ErrClosed
}

func (l *noVisitors) Close() error {
	close(l.closed)
	return nil
}

func (l *noVisitors) Addr() net.Addr { return &net.TCPAddr{} }

// inTime is how long after its time a call may reach the provider.
const inTime = time.Minute

// TestCalledInTime runs the whole daemon, with its scheduler and its loops, through two
// hours in which nobody does anything, on a clock that costs no time. Whoever is to be
// called because a step is late, or because nobody has the incident, is called within a
// minute, whatever the second at which that came about.
func TestCalledInTime(t *testing.T) {
	seconds := []time.Duration{17300 * time.Millisecond, 0, 59999 * time.Millisecond}
	if underRace { // which makes SQLite ten times slower
		seconds = seconds[:1]
	}
	for _, second := range seconds {
		for _, holder := range []string{"王强", ""} {
			t.Run(fmt.Sprintf("%s, had by %q", second, holder), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					<-time.After(second)
					calledInTime(t, holder)
				})
			})
		}
	}
}

func calledInTime(t *testing.T, holder string) {
	cfg, err := ParseConfig("test.yaml", []byte(`
topics:
  - {id: water, title: 自来水, any: [自来水]}
channels:
  - {name: one, log: {}}
escalation: {lapse_grave: 0s, lapse_other: 0s}
`))
	if err != nil {
		t.Fatal(err)
	}
	channel := &stampChannel{}
	cfg.Channels[0].Sender = channel
	cfg.Data = t.TempDir()
	d, err := New(t.Context(), cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx, &noVisitors{make(chan struct{})}) }()
	opened := time.Now()
	id := openIncident(t, d)
	d.wake()
	if holder != "" {
		if _, err := d.Act(ctx, crisis.Act{Kind: crisis.EventAcknowledged, Incident: id, By: holder}); err != nil {
			t.Fatal(err)
		}
	}
	<-time.After(2 * time.Hour)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if first := channel.sent[0]; first.Kind != crisis.AlertOpened || first.at.Sub(opened) > time.Second {
		t.Errorf("opened at %s, %s told at %s", opened, first.Kind, first.at)
	}
	holdCalls(t, channel.sent, &cfg.Escalation, opened)
}

// holdCalls checks when people were called: at the time of the rung, counted from when the
// step was late or the incident was opened. Calls about late steps keep ten minutes from
// each other; about red lines, and when nobody has the incident, they wait for nothing.
func holdCalls(t *testing.T, sent []stamped, e *Escalation, opened time.Time) {
	t.Helper()
	calls, worst, last := map[string]int{}, time.Duration(0), time.Time{}
	for _, a := range sent {
		x := a.Escalation
		if x == nil {
			last = time.Time{}
			continue
		}
		rungs, since, pause := e.Overdue, x.Due, time.Duration(0)
		switch {
		case x.Why == crisis.WhyUnacknowledged:
			rungs, since = e.Unacknowledged, opened
			pause = time.Duration(max(0, x.Rung-len(rungs))) * e.Repeat
		case x.RedLine != "":
			rungs = e.RedLine
		}
		due := since.Add(rungs[min(x.Rung, len(rungs))-1].After + pause)
		if again := last.Add(ringAgain); x.Why == crisis.WhyOverdue && x.RedLine == "" && !last.IsZero() && again.After(due) {
			due = again
		}
		last = a.At
		calls[x.Why]++
		late := a.at.Sub(due)
		worst = max(worst, late)
		if late < 0 || late > inTime {
			t.Errorf("call %d, %s of %s/%s %s: due at %s, sent at %s: %s", x.Rung, x.Why, x.Plan, x.Step, x.RedLine, due, a.at, late)
		}
	}
	t.Logf("calls: %v; the latest %s after its time", calls, worst)
	if len(calls) == 0 || calls[crisis.WhyOverdue]+calls[crisis.WhyUnacknowledged] < 4 {
		t.Errorf("%v calls, want more", calls)
	}
}
