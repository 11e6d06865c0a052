package daemon

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
)

// TestRepeatIsMarked marks an alert when an attempt before has no known outcome: the daemon
// ended in the middle of it, or nobody answered. A refusal in between does not settle it.
func TestRepeatIsMarked(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "")
	id := openIncident(t, d)
	var stop context.CancelFunc
	one.answer = func(n int) error {
		switch n {
		case 1:
			stop()
			return context.Canceled
		case 2:
			return &alerts.Later{Err: errors.New("503")}
		case 4:
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	for range 8 {
		ctx, cancel := context.WithCancel(t.Context())
		stop = cancel
		if _, err := d.Deliver(ctx, &d.cfg.Channels[0]); err != nil {
			t.Fatal(err)
		}
		cancel()
		clock.now = clock.now.Add(time.Minute)
		if len(one.sent) == 1 {
			act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelI, Note: "有人就医"})
		}
		if len(one.sent) == 2 {
			act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "合格"})
		}
	}
	var got []string
	for _, a := range one.sent {
		text := string(a.Kind)
		if a.Repeat {
			text += " again"
		}
		got = append(got, text)
	}
	if want := []string{"opened again", "raised again", "closed"}; !slices.Equal(got, want) {
		t.Errorf("sent %q in %d attempts, want %q", got, one.tries, want)
	}
}

// finderChannel knows whether an alert arrived.
type finderChannel struct {
	fakeChannel
	arrived bool
}

func (f *finderChannel) Find(context.Context, string, crisis.Alert) (alerts.Receipt, error) {
	if f.arrived {
		return alerts.Receipt{Ref: "old"}, nil
	}
	return alerts.Receipt{}, alerts.ErrLost
}

// TestLooksBeforeRepeating sends nothing twice on a channel where it can be seen.
func TestLooksBeforeRepeating(t *testing.T) {
	for _, arrived := range []bool{true, false} {
		d, clock, _, _ := testDaemon(t, "")
		ch := &finderChannel{arrived: arrived}
		ch.answer = func(n int) error {
			if n == 1 {
				return context.DeadlineExceeded
			}
			return nil
		}
		d.cfg.Channels[0].Sender = ch
		openIncident(t, d)
		deliverAll(t, d)
		clock.now = clock.now.Add(time.Minute)
		deliverAll(t, d)
		want := 1
		if arrived {
			want = 0
		}
		if len(ch.sent) != want {
			t.Errorf("arrived %t: sent %d more, want %d", arrived, len(ch.sent), want)
		}
	}
}
