package detectors

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"watchfire/crisis"
)

// TestSpans holds that each span is the shortest run of last cells of a day that
// holds so many rated posts, whether they came in time or late.
func TestSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewSeries("x", nil)
		first := rapid.IntRange(0, 3*days).Draw(t, "first")
		s.Advance(minuteAt(first + 1))
		head := first
		rated, negative := map[int]int32{}, map[int]int32{} // by cell since monday
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "tick") {
				head += rapid.OneOf(rapid.IntRange(1, 9), rapid.IntRange(1, 400)).Draw(t, "minutes")
				s.Advance(minuteAt(head + 1))
			} else {
				m := rapid.IntRange(max(head-longest+1, first), head).Draw(t, "m")
				n := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 150)).Draw(t, "rated")
				k := rapid.IntRange(0, n).Draw(t, "negative")
				s.Add(minuteAt(m), crisis.Count{Posts: n, Voices: n, Rated: n, Negative: k})
				rated[m/cellLen] += int32(n)
				negative[m/cellLen] += int32(k)
			}
			for i, n := range spans {
				var want span
				for c := head / cellLen; c > head/cellLen-cells && want.rated < n; c-- {
					want.rated += rated[c]
					want.of[cueNegative] += negative[c]
				}
				got := s.mood.spans[i]
				if got.rated != want.rated || got.of[cueNegative] != want.of[cueNegative] {
					t.Fatalf("span of %d at minute %d holds %d of %d negative, want %d of %d", n, head, got.of[cueNegative], got.rated, want.of[cueNegative], want.rated)
				}
			}
		}
	})
}

// TestMoodFull holds that a cell that can take no more keeps the spans right: they
// hold what the cells hold, three posts each at last, however much is told.
func TestMoodFull(t *testing.T) {
	s := NewSeries("x", nil)
	for m := range 3 * days {
		if m < 100 {
			s.Add(minuteAt(m), crisis.Count{Posts: 60000, Voices: 60000, Rated: 60000, Negative: 30000})
		} else if m%5 == 0 {
			s.Add(minuteAt(m), crisis.Count{Posts: 1, Voices: 1, Rated: 1})
		}
		s.Advance(minuteAt(m + 1))
	}
	for i, n := range spans {
		sp := s.mood.spans[i]
		if sp.rated > n+2 || sp.of[cueNegative] != 0 || sp.from > s.head/cellLen {
			t.Errorf("two days after the flood the span of %d holds %+v", n, sp)
		}
	}
}

// TestDeviance checks the statistic at values worked out by hand, and its sign.
func TestDeviance(t *testing.T) {
	for _, x := range []struct{ k, n, p, rho, want float64 }{
		{10, 50, 0.2, 0, 0},
		{25, 50, 0.2, 0, 4.7233}, // 2·(25·ln 2.5 + 25·ln 0.625) = 22.314
		{0, 20, 0.2, 0, -2.9875}, // 2·20·ln 1.25 = 8.926
		{25, 50, 0.2, 0.05, 4.7237 / math.Sqrt(1.7)},
	} {
		if got := deviance(x.k, x.n, x.p, x.rho); math.Abs(got-x.want) > 0.001 {
			t.Errorf("deviance(%v of %v, %v, %v) = %.4f, want %.4f", x.k, x.n, x.p, x.rho, got, x.want)
		}
	}
}

// rated makes a stream of posts of which the given share is negative.
func rated(seed uint64, anHour float64, share func(m int) float64) func(m int) crisis.Count {
	r := rand.New(rand.NewPCG(seed, 2))
	return func(m int) crisis.Count {
		c := people(poisson(r, anHour/60))
		c.Rated = c.Voices
		for range c.Rated {
			if r.Float64() < share(m) {
				c.Negative++
			}
		}
		return c
	}
}

// TestMoodTurns lets a topic of 60 posts an hour turn from 15 % to 60 % negative
// without a post more: that is an alert within two hours, and none before.
func TestMoodTurns(t *testing.T) {
	const turn = 10 * days
	for seed := range uint64(4) {
		w := NewWatch("x", shanghai(t), []Detector{NewMood()})
		turns := watch(w, 0, turn+6*hours, rated(seed, 60, func(m int) float64 {
			if m < turn {
				return 0.15
			}
			return 0.6
		}))
		open := turnsOf(turns, TurnOpen)
		if len(open) != 1 || open[0].minute < turn || open[0].minute > turn+2*hours {
			t.Errorf("seed %d: opened %v, want once within two hours of minute %d", seed, open, turn)
			continue
		}
		sig := open[0].Signal
		if !(sig.Low <= sig.Expected && sig.Expected <= sig.High && sig.High < sig.Observed) || sig.Level != crisis.LevelIV {
			t.Errorf("seed %d: %+v", seed, sig)
		}
		if got := float64(sig.Negative) / float64(sig.Voices); got != sig.Observed || sig.Since.After(sig.At) || sig.Voices < 20 {
			t.Errorf("seed %d: the share is %v, of %d of %d voices", seed, sig.Observed, sig.Negative, sig.Voices)
		}
	}
}

// TestMoodFew holds that ten posts, all of them negative, are no mood, and that
// nothing is judged before a hundred posts were read.
func TestMoodFew(t *testing.T) {
	calm := rated(1, 20, func(int) float64 { return 0.1 })
	angry := func(from, n int) func(m int) crisis.Count {
		return func(m int) crisis.Count {
			if m >= from && m < from+n {
				return crisis.Count{Posts: 1, Voices: 1, Unique: 1, Rated: 1, Negative: 1}
			}
			if m >= from {
				return crisis.Count{}
			}
			return calm(m)
		}
	}
	// A quiet day before the ten, so that no span holds them and enough others.
	quiet := func(m int) crisis.Count {
		if m >= 7*days && m < 8*days {
			return crisis.Count{}
		}
		return angry(8*days, 10)(m)
	}
	w := NewWatch("x", nil, []Detector{NewMood()})
	if got := watch(w, 0, 8*days+2*hours, quiet); len(got) > 0 {
		t.Errorf("ten negative posts bring %v", got)
	}
	w = NewWatch("x", nil, []Detector{NewMood()})
	if got := watch(w, 0, 3*hours, angry(0, 90)); len(got) > 0 {
		t.Errorf("the first ninety posts of a topic bring %v", got)
	}
}

// TestMoodGauge holds that the gauge passes 1 exactly where there is an alert.
func TestMoodGauge(t *testing.T) {
	gaugeAgrees(t, NewMood(), rated(3, 60, func(m int) float64 { return 0.15 + 0.5*float64(min(m/(4*days), 1)) }))
}

// gaugeAgrees holds that the gauge of a detector passes 1 exactly where it alerts,
// over a stream that turns after four days.
func gaugeAgrees(t *testing.T, d interface {
	Detector
	Gauge
}, stream func(m int) crisis.Count,
) {
	t.Helper()
	s, alerts := NewSeries("x", nil), 0
	for m := range 4*days + 5*hours {
		s.Add(minuteAt(m), stream(m))
		s.Advance(minuteAt(m + 1))
		sigs := d.Detect(s, s.Now())
		alert := len(sigs) > 0 && sigs[0].Tier == crisis.TierAlert
		if alert {
			alerts++
		}
		if g := d.Gauge(s, s.Now()); (g >= 1) != alert {
			t.Fatalf("minute %d: gauge %v, alert %v", m, g, alert)
		}
	}
	if alerts == 0 {
		t.Error("no alert to compare")
	}
}
