package daemon

import (
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
)

// TestSettles stops a daemon for longer than a source may be unseen. When it starts
// again nobody is rung before the source was visited; a source that is not visited
// within a minute rings.
func TestSettles(t *testing.T) {
	cfg, err := ParseConfig("test.yaml", []byte("channels:\n  - {name: one, log: {}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	clock, one := &steppedClock{now: eight}, &fakeChannel{}
	cfg.Data, cfg.Channels[0].Sender = t.TempDir(), one
	cfg.Sources = []Source{{Name: "forum", Every: 5 * time.Minute, Kind: crawlFunc(func(string) (crawlers.Harvest, error) {
		return crawlers.Harvest{Class: crisis.ClassOK}, nil
	})}}
	told := func(after time.Duration, visit bool) int {
		t.Helper()
		clock.now = clock.now.Add(after)
		d, err := New(t.Context(), cfg, zap.NewNop(), WithClock(clock))
		if err != nil {
			t.Fatal(err)
		}
		before := len(one.sent)
		clock.now = clock.now.Add(10 * time.Second)
		d.minuteEnds(t.Context())
		deliverAll(t, d)
		if n := len(one.sent); n != before {
			t.Errorf("%d alerts before the source was visited", n-before)
		}
		if visit {
			if err := d.Crawl(t.Context(), &cfg.Sources[0]); err != nil {
				t.Fatal(err)
			}
		}
		clock.now = clock.now.Add(time.Minute)
		d.minuteEnds(t.Context())
		if got := d.room.minute; !got.Equal(clock.now.Truncate(time.Minute)) {
			t.Errorf("judged up to %s at %s", got, clock.now)
		}
		deliverAll(t, d)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		return len(one.sent) - before
	}
	if n := told(0, true); n != 0 {
		t.Errorf("%d alerts of a first start", n)
	}
	if n := told(20*time.Minute, true); n != 0 {
		t.Errorf("%d alerts after a stop of twenty minutes", n)
	}
	if n := told(20*time.Minute, false); n != 1 || one.sent[0].Kind != crisis.AlertBlind {
		t.Errorf("%d alerts when the source is not visited after a stop, want one that it is blind", n)
	}
}
