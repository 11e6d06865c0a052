package detectors

import (
	"math/rand/v2"
	"testing"

	"watchfire/crisis"
)

// cued makes a stream of rated voices of which each has what set gives it.
func cued(seed uint64, anHour float64, set func(m int, r *rand.Rand, c *crisis.Count)) func(m int) crisis.Count {
	r := rand.New(rand.NewPCG(seed, 5))
	return func(m int) crisis.Count {
		c := people(poisson(r, anHour/60))
		c.Rated = c.Voices
		for range c.Rated {
			set(m, r, &c)
		}
		return c
	}
}

// turning gives a voice a cue with one chance before a minute and another after it.
func turning(at int, before, after float64, of func(c *crisis.Count) *int) func(m int, r *rand.Rand, c *crisis.Count) {
	return func(m int, r *rand.Rand, c *crisis.Count) {
		chance := before
		if m >= at {
			chance = after
		}
		if r.Float64() < chance {
			*of(c)++
		}
	}
}

func ofAngry(c *crisis.Count) *int { return &c.Angry }
func ofFear(c *crisis.Count) *int  { return &c.Fear }
func ofHarm(c *crisis.Count) *int  { return &c.Harm }

// TestEmotionTurns lets a topic of 60 posts an hour become angry, or afraid, without
// a post more: an alert within two hours that names which, and none before.
func TestEmotionTurns(t *testing.T) {
	const turn = 10 * days
	for cue, of := range map[crisis.Cue]func(*crisis.Count) *int{crisis.CueAngry: ofAngry, crisis.CueFear: ofFear} {
		w := NewWatch("x", shanghai(t), []Detector{NewEmotion()})
		open := turnsOf(watch(w, 0, turn+6*hours, cued(1, 60, turning(turn, 0.08, 0.5, of))), TurnOpen)
		if len(open) != 1 || open[0].minute < turn || open[0].minute > turn+2*hours {
			t.Errorf("%s: opened %v, want once within two hours of minute %d", cue, open, turn)
			continue
		}
		if sig := open[0].Signal; sig.Cue != cue || sig.High >= sig.Observed || sig.Level != crisis.LevelIV {
			t.Errorf("%s: %+v", cue, sig)
		}
	}
}

// TestEmotionHarm holds that an emotion with words of harm beside it opens sooner
// than the same emotion alone.
func TestEmotionHarm(t *testing.T) {
	const turn = 7 * days
	opened := func(harm float64) int {
		afraid, harmed := turning(turn, 0.05, 0.4, ofFear), turning(turn, 0.05, harm, ofHarm)
		w := NewWatch("x", nil, []Detector{NewEmotion()})
		open := turnsOf(watch(w, 0, turn+12*hours, cued(2, 30, func(m int, r *rand.Rand, c *crisis.Count) {
			afraid(m, r, c)
			harmed(m, r, c)
		})), TurnOpen)
		if len(open) != 1 {
			t.Fatalf("with %v of harm: opened %v", harm, open)
		}
		return open[0].minute
	}
	if alone, harmed := opened(0.05), opened(0.6); harmed >= alone {
		t.Errorf("with words of harm it opens at minute %d, alone at %d", harmed, alone)
	}
}

// TestEmotionGauge holds that the gauge passes 1 exactly where there is an alert.
func TestEmotionGauge(t *testing.T) {
	gaugeAgrees(t, NewEmotion(), cued(3, 60, turning(4*days, 0.1, 0.5, ofAngry)))
}

// TestEmotionCalm holds that a month of steady moods, some of them strong, is none.
func TestEmotionCalm(t *testing.T) {
	for seed := range uint64(4) {
		angry, afraid := turning(0, 0, 0.2, ofAngry), turning(0, 0, 0.06, ofFear)
		w := NewWatch("x", shanghai(t), []Detector{NewEmotion()})
		got := turnsOf(watch(w, 0, 30*days, cued(10+seed, 40, func(m int, r *rand.Rand, c *crisis.Count) {
			angry(m, r, c)
			afraid(m, r, c)
		})), TurnOpen)
		if len(got) > 0 {
			t.Errorf("seed %d: a steady month opens %v", seed, got)
		}
	}
}
