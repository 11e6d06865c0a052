package detectors

import (
	"testing"
	"time"

	"watchfire/crisis"
)

// busy plays two quiet days and an hour in which twelve times as many speak, under
// a bar, and returns what was said and the greatest gauge of each detector.
func busy(bar func(time.Time) Bar) (turns []Turn, gauges []float64) {
	w := NewWatch("water", time.UTC, []Detector{NewSurge(), NewFlood()}).Under(bar)
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	gauges = make([]float64, 2)
	for m := range 50 * 60 {
		c := crisis.Count{}
		if m%6 == 0 {
			c = crisis.Count{Posts: 1, Voices: 1, Unique: 1}
		}
		if m >= 49*60 {
			c = crisis.Count{Posts: 2, Voices: 2, Unique: 2}
		}
		w.Series().Add(at, c)
		at = at.Add(time.Minute)
		turns = append(turns, w.Tick(at)...)
		for i, g := range w.Gauges() {
			gauges[i] = max(gauges[i], g)
		}
	}
	return turns, gauges
}

func kinds(turns []Turn) (opened int) {
	for _, t := range turns {
		if t.Kind == TurnOpen {
			opened++
		}
	}
	return opened
}

// TestBar holds that a bar moves the thresholds and nothing else: the statistic is
// the same, the gauge is in units of the bar, and a signal says why it was judged so.
func TestBar(t *testing.T) {
	plain, usual := busy(nil)
	if kinds(plain) != 1 || usual[0] <= 1 || usual[1] != 0 {
		t.Fatalf("without a bar %d alarms, gauges %v; want one, and none of a detector without a gauge", kinds(plain), usual)
	}
	for _, turn := range plain {
		if turn.Signal.Bar != 0 || turn.Signal.Planned != "" {
			t.Errorf("without a bar the signal has %v, %q", turn.Signal.Bar, turn.Signal.Planned)
		}
	}
	one, _ := busy(func(time.Time) Bar { return Bar{Factor: 1} })
	if len(one) != len(plain) {
		t.Errorf("at a bar of 1: %d turns, without %d", len(one), len(plain))
	}
	high := 1.01 * usual[0]
	raised, gauges := busy(func(time.Time) Bar { return Bar{high, "灯会"} })
	if kinds(raised) != 0 {
		t.Errorf("a bar above the greatest gauge opened %d alarms", kinds(raised))
	}
	if d := gauges[0]*high - usual[0]; d > 1e-9 || d < -1e-9 {
		t.Errorf("under a bar of %v the gauge is %v, want it in units of the bar: %v", high, gauges[0], usual[0]/high)
	}
	low, _ := busy(func(time.Time) Bar { return Bar{0.9, "高考"} })
	if kinds(low) != 1 || low[0].Signal.At.After(plain[0].Signal.At) {
		t.Errorf("a lower bar tells at %v, want not after %v", low[0].Signal.At, plain[0].Signal.At)
	}
	if s := low[0].Signal; s.Bar != 0.9 || s.Planned != "高考" {
		t.Errorf("the signal says bar %v, planned %q", s.Bar, s.Planned)
	}
}

// TestBarOfTheTime holds that a bar ends when its time ends.
func TestBarOfTheTime(t *testing.T) {
	ends := time.Date(2026, 3, 4, 1, 30, 0, 0, time.UTC)
	turns, _ := busy(func(now time.Time) Bar {
		if now.Before(ends) {
			return Bar{100, "灯会"}
		}
		return Bar{Factor: 1}
	})
	if kinds(turns) != 1 || !turns[0].Signal.At.Equal(ends) {
		t.Errorf("%d alarms, turns %v; want one at %v, when the event has ended", kinds(turns), turns, ends)
	}
}

// TestScale holds that only thresholds are multiplied.
func TestScale(t *testing.T) {
	s, m := NewSurge(), NewMood()
	s2, m2 := s.Scale(2).(*Surge), m.Scale(2).(*Mood)
	if s2.Alert != 2*s.Alert || s2.Notice != 2*s.Notice || m2.Alert != 2*m.Alert || m2.Notice != 2*m.Notice {
		t.Errorf("thresholds %+v and %+v are not doubled", s2, m2)
	}
	s2.Alert, s2.Notice, m2.Alert, m2.Notice = s.Alert, s.Notice, m.Alert, m.Notice
	if *s2 != *s || *m2 != *m {
		t.Errorf("more than thresholds changed: %+v, %+v", s2, m2)
	}
}
