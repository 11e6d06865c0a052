package detectors

import (
	"math"
	"testing"
	"time"

	"watchfire/crisis"
)

// daily is a stream of 60 posts an hour by day and 2 by night.
func daily(seed uint64) func(m int) crisis.Count {
	busy, quiet := background(seed, 60), background(seed+1, 2)
	return func(m int) crisis.Count {
		a, b := busy(m), quiet(m)
		if h := m / hours % 24; h >= 1 && h < 7 {
			return b
		}
		return a
	}
}

// TestFall takes most voices from a topic at noon: one notice within two hours,
// which opens nothing.
func TestFall(t *testing.T) {
	const fall = 10*days + 12*hours
	stream, few := daily(1), background(9, 6)
	w := NewWatch("x", nil, []Detector{NewFall()})
	got := watch(w, 0, fall+6*hours, func(m int) crisis.Count {
		usual, rest := stream(m), few(m)
		if m >= fall {
			return rest
		}
		return usual
	})
	if len(got) != 1 || got[0].Kind != TurnSignal || got[0].minute < fall || got[0].minute > fall+2*hours {
		t.Fatalf("turns %v, want one notice within two hours of minute %d", got, fall)
	}
	if s := got[0].Signal; s.Observed > 0.25*s.Expected || s.Low <= s.Observed || s.Window < time.Hour {
		t.Errorf("%+v", s)
	}
}

// TestNoFall holds that nights, outages, a dead source, and the calm after a wave are
// no fall, and that a young topic has none.
func TestNoFall(t *testing.T) {
	const at = 10*days + 12*hours
	for name, x := range map[string]struct {
		stream func(m int) crisis.Count
		blind  bool
		until  int
	}{
		"nights":                   {stream: daily(1), until: 14 * days},
		"an outage":                {stream: cutAfter(daily(2), at), blind: true, until: at + 48*hours},
		"a dead source":            {stream: cutAfter(daily(3), at), until: at + 48*hours},
		"an outage nobody told of": {stream: without(daily(6), at, at+3*hours), until: at + 24*hours},
		"a wave that ends":         {stream: plus(background(4, 8), 4000, at-24*hours, at), until: at + 48*hours},
		"a young topic":            {stream: cutAfter(background(5, 90), 3*days), until: 3*days + 6*hours},
	} {
		w := NewWatch("x", nil, []Detector{NewFall()})
		for m := range x.until {
			w.Series().Add(minuteAt(m), x.stream(m))
			if x.blind && m >= at && m < at+8*hours {
				w.Series().Cover(minuteAt(m), 0.5)
			}
			for _, turn := range w.Tick(minuteAt(m + 1)) {
				t.Errorf("%s: minute %d: %+v", name, m, turn)
			}
		}
	}
}

// cutAfter ends a stream.
func cutAfter(stream func(int) crisis.Count, at int) func(int) crisis.Count {
	return without(stream, at, math.MaxInt)
}

// without takes the minutes from, to out of a stream.
func without(stream func(int) crisis.Count, from, to int) func(int) crisis.Count {
	return func(m int) crisis.Count {
		c := stream(m)
		if m >= from && m < to {
			return crisis.Count{}
		}
		return c
	}
}
