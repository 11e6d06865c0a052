package detectors

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchfire/crisis"
)

// rates are the backgrounds of small topics, in posts an hour.
var rates = []float64{0.2, 1, 3, 5}

func surge(t testing.TB) *Watch {
	t.Helper()
	return NewWatch("x", shanghai(t), []Detector{NewSurge()})
}

// TestChance lets small topics talk by chance for 28 days.
//
// A statistic of 2.65 is passed by chance in about one window of a thousand; a week
// has some hundred windows that do not overlap, but the scale is floored at that
// of a Poisson count, and five voices are wanted. One false alarm in ten
// topic-weeks is the budget of the product; 20 topics over 4 weeks may have 8.
func TestChance(t *testing.T) {
	const seeds, budget = 5, 8
	alarms := 0
	for _, rate := range rates {
		for seed := range uint64(seeds) {
			open := turnsOf(watch(surge(t), 0, 28*days, background(seed, rate)), TurnOpen)
			alarms += len(open)
			for _, x := range open {
				t.Logf("%v an hour, seed %d: minute %d, %d voices in %s, z = %.2f", rate, seed, x.minute, x.Signal.Voices, x.Signal.Window, x.Signal.Odds)
			}
		}
	}
	if alarms > budget {
		t.Errorf("%d alarms in %d topic-weeks of chance, want at most %d", alarms, len(rates)*seeds*4, budget)
	}
}

// TestBurst holds that eight to twelve voices within half an hour are an alert on a
// small topic, as far as they stand out from what is said there anyway, and that
// four voices are none.
func TestBurst(t *testing.T) {
	const at = 14*days + 15*hours
	for _, x := range []struct {
		rate   float64 // posts an hour before
		voices int
		want   bool
	}{
		{0.2, 8, true},
		{0.2, 12, true},
		{1, 10, true},
		{1, 12, true},
		{3, 15, true},
		{0.2, 4, false},
		{1, 4, false},
		{3, 4, false},
		{5, 4, false},
		{5, 6, false},
	} {
		t.Run(fmt.Sprintf("%d voices on %v an hour", x.voices, x.rate), func(t *testing.T) {
			for seed := range uint64(3) {
				before := background(seed, x.rate)
				stream := plus(func(m int) crisis.Count {
					if m >= at-30 { // nobody else joins them by chance
						return crisis.Count{}
					}
					return before(m)
				}, x.voices, at, at+30)
				w := surge(t)
				watch(w, 0, at, stream)
				open := turnsOf(watch(w, at, at+hours, stream), TurnOpen)
				if got := len(open) > 0; got != x.want {
					t.Errorf("seed %d: alert %v, want %v", seed, got, x.want)
				}
				for _, turn := range open {
					sig := turn.Signal
					if !(sig.Low <= sig.Expected && sig.Expected <= sig.High && sig.High < sig.Observed) {
						t.Errorf("seed %d: observed %v, expected %v of %v to %v", seed, sig.Observed, sig.Expected, sig.Low, sig.High)
					}
					if sig.Since.Before(sig.At.Add(-sig.Window)) || !sig.Since.Before(sig.At) {
						t.Errorf("seed %d: the window of %s before %s begins with a post at %s", seed, sig.Window, sig.At, sig.Since)
					}
				}
			}
		})
	}
}

// TestProgramme holds that what happens every evening at eight is news for some
// days at most: a discussion of two hours after the news on television, and half
// an hour in which few people more speak.
func TestProgramme(t *testing.T) {
	for _, x := range []struct {
		voices, minutes int
		news            bool // the first evening is news
	}{{160, 120, true}, {20, 30, false}} {
		for seed := range uint64(3) {
			stream := background(seed, 2)
			var on []int
			for _, turn := range turnsOf(watch(surge(t), 0, 28*days, func(m int) crisis.Count {
				evening := (m + 8*hours) / days * days // local midnight, in local minutes
				from := evening + 12*hours             // eight in the evening, in ours
				return plus(stream, x.voices, from, from+x.minutes)(m)
			}), TurnOpen) {
				on = append(on, turn.minute/days)
			}
			if len(on) > 0 && on[len(on)-1] > 5 {
				t.Errorf("%d voices in %d minutes every evening, seed %d: alerts on the days %v", x.voices, x.minutes, seed, on)
			}
			if x.news && (len(on) == 0 || on[0] > 0) {
				t.Errorf("%d voices in %d minutes, seed %d: the first evening is no news, the days %v are", x.voices, x.minutes, seed, on)
			}
		}
	}
}

// TestWeekly holds that the calm of every week-end is no news, neither when it
// begins nor when it ends.
func TestWeekly(t *testing.T) {
	for seed := range uint64(3) {
		calm, busy := background(seed, 1), background(seed+100, 3)
		turns := watch(surge(t), 0, 28*days, func(m int) crisis.Count {
			if m/days%7 >= 5 {
				return calm(m)
			}
			return busy(m)
		})
		if open := turnsOf(turns, TurnOpen); len(open) > 1 {
			t.Errorf("seed %d: %d alerts in four weeks: %v", seed, len(open), open)
		}
	}
}

// TestLevelChange holds that a topic which speaks half as much again from one day
// on is no alert, and that this is what is usual within days.
func TestLevelChange(t *testing.T) {
	const at = 14 * days
	for seed := range uint64(4) {
		before, after := background(seed, 4), background(seed+100, 6)
		w := surge(t)
		turns := watch(w, 0, at+7*days, func(m int) crisis.Count {
			if m < at {
				return before(m)
			}
			return after(m)
		})
		for _, x := range turnsOf(turns, TurnOpen) {
			if x.minute >= at {
				t.Errorf("seed %d: an alert %d hours after the change: %+v", seed, (x.minute-at)/hours, x.Signal)
			}
		}
		if got := w.Series().Usual(w.Series().Now(), 6*time.Hour).Expected; got < 26 || got > 46 {
			t.Errorf("seed %d: %.1f in six hours are usual a week after, want about 36", seed, got)
		}
	}
}

// TestYoung holds that nothing is an alert in the first hours, and that a young
// series is held to a wider threshold.
func TestYoung(t *testing.T) {
	d := NewSurge()
	s := NewSeries("x", nil)
	for m := range 3 * days {
		if m%60 == 0 {
			s.Add(minuteAt(m), people(1))
		}
		s.Advance(minuteAt(m + 1))
		want := 1.0
		switch {
		case m+1 < 3*hours:
			want = math.Inf(1)
		case m+1 < 48*hours:
			want = d.Widening
		}
		if got := d.factor(s); got != want {
			t.Fatalf("minute %d: the threshold is widened by %v, want %v", m, got, want)
		}
	}
	s = NewSeries("x", nil)
	s.Add(minuteAt(100), people(500))
	s.Advance(minuteAt(101))
	if d.Detect(s, s.Now()) != nil || d.Gauge(s, s.Now()) != 0 {
		t.Error("the first minute of a series is judged")
	}
}

// TestProposedLevel holds that more voices never bring a lesser level.
func TestProposedLevel(t *testing.T) {
	base := steady(t, nil, 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SliceOfN(rapid.IntRange(0, 40), 1, 40).Draw(t, "minutes")
		level := func(more int) crisis.Level {
			s := *base
			for i, n := range minutes {
				s.Add(minuteAt(3*days+i), people(n*more))
				s.Advance(minuteAt(3*days + i + 1))
			}
			return proposedLevel(&s)
		}
		for more := 1; more < 6; more++ {
			if a, b := level(more), level(more+1); a.Graver(b) {
				t.Fatalf("%d times the voices are level %s, %d times level %s", more, a, more+1, b)
			}
		}
	})
	quiet := NewSeries("x", nil)
	quiet.Advance(minuteAt(3 * days))
	for _, x := range []struct {
		voices int
		want   crisis.Level
	}{{1, crisis.LevelIV}, {29, crisis.LevelIV}, {30, crisis.LevelIII}, {199, crisis.LevelIII}, {200, crisis.LevelII}} {
		s := *quiet
		s.Add(s.Now(), people(x.voices))
		s.Advance(s.Now().Add(time.Minute))
		if got := proposedLevel(&s); got != x.want {
			t.Errorf("%d voices where none are usual are level %s, want %s", x.voices, got, x.want)
		}
	}
}

// TestFlood holds that many posts of few people give a notice and open nothing,
// and that many people are no flood.
func TestFlood(t *testing.T) {
	const at = 7 * days
	run := func(voices int) []told {
		stream := background(1, 3)
		w := NewWatch("x", nil, []Detector{NewSurge(), NewFlood()})
		return watch(w, 0, at+2*hours, func(m int) crisis.Count {
			c := stream(m)
			if m >= at && m < at+30 {
				c.Posts += 10
				if m < at+voices {
					c = c.Plus(people(1))
				}
			}
			return c
		})
	}
	var floods []told
	for _, x := range run(2) {
		if x.minute < at {
			continue
		}
		if x.Kind != TurnSignal || x.Signal.Detector != "flood" || x.Signal.Tier != crisis.TierNotice {
			t.Errorf("a flood brings %+v", x)
		}
		floods = append(floods, x)
	}
	if len(floods) != 1 {
		t.Fatalf("a flood brings %d turns, want one", len(floods))
	}
	if sig := floods[0].Signal; sig.Observed < 20 || sig.High >= sig.Observed || sig.Level != crisis.LevelNone {
		t.Errorf("the notice says %+v", sig)
	}
	s := NewSeries("x", nil)
	for m := range at {
		s.Advance(minuteAt(m + 1))
	}
	s.Add(s.Now(), people(100))
	s.Advance(s.Now().Add(time.Minute))
	if got := NewFlood().Detect(s, s.Now()); got != nil {
		t.Errorf("a hundred people are a flood: %+v", got)
	}
}
