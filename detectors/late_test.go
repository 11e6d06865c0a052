package detectors

import (
	"math"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestReadEveryFewMinutes tells a busy source only when it is read, every five
// minutes. It is not silent in between, and what is usual is learnt as it is.
func TestReadEveryFewMinutes(t *testing.T) {
	const every, aMinute = 5, 4
	begin := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	s := NewSeries("busy", time.UTC)
	blind := NewBlind().ForSource(every * time.Minute)
	one := crisis.Count{Posts: aMinute, Voices: aMinute, Unique: aMinute}
	now := begin
	visit := func() {
		for m := now.Add(-every * time.Minute); m.Before(now); m = m.Add(time.Minute) {
			s.Add(m, one)
		}
	}
	for i := range 4 * 24 * 60 {
		now = begin.Add(time.Duration(i) * time.Minute)
		s.Advance(now)
		if sigs := blind.Detect(s, now); len(sigs) > 0 {
			t.Fatalf("blind after %v: %+v", now.Sub(begin), sigs[0])
		}
		if i%every == every-1 {
			visit()
		}
	}
	if got := s.Usual(now, time.Hour).Expected; math.Abs(got-60*aMinute) > 0.1*60*aMinute {
		t.Errorf("usual in an hour = %.0f, want about %d", got, 60*aMinute)
	}

	reads := 0
	for ; len(blind.Detect(s, now)) == 0; now = now.Add(time.Minute) {
		s.Advance(now)
		if int(now.Sub(begin)/time.Minute)%every == every-1 {
			s.Barren()
			reads++
		}
		if reads > 10 {
			t.Fatal("ten reads brought nothing, and the source is not silent")
		}
	}
	if reads < blind.Misses {
		t.Errorf("silent after %d reads, want at least %d", reads, blind.Misses)
	}
	sender := NewBlind().ForSender(every * time.Minute)
	s.barren = 0
	if len(sender.Detect(s, now)) == 0 {
		t.Error("a source that sends by itself is not silent without reads")
	}
}
