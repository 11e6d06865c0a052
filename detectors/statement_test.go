package detectors

import (
	"math/rand/v2"
	"testing"

	"watchfire/crisis"
)

func ofNegative(c *crisis.Count) *int { return &c.Negative }

// afterStatement watches a topic on which we publish a statement at a minute.
func afterStatement(at, until int, stream func(int) crisis.Count) []told {
	return watch(NewWatch("x", nil, []Detector{NewStatement()}), 0, until, func(m int) crisis.Count {
		c := stream(m)
		if m == at {
			c = c.Plus(crisis.Count{Posts: 1, Own: 1})
		}
		return c
	})
}

// TestBacklash lets a statement turn a bad mood worse: an alarm of level III within
// three hours, against the share before it and not against the usual one.
func TestBacklash(t *testing.T) {
	const at = 5 * days
	for _, of := range []func(*crisis.Count) *int{ofNegative, ofAngry} {
		got := turnsOf(afterStatement(at, at+6*hours, cued(1, 40, turning(at, 0.3, 0.8, of))), TurnOpen)
		if len(got) != 1 || got[0].minute <= at || got[0].minute > at+3*hours {
			t.Fatalf("opened %v, want once within three hours of minute %d", got, at)
		}
		s := got[0].Signal
		if s.Level != crisis.LevelIII || s.Expected < 0.2 || s.Expected > 0.4 || !s.Since.Equal(minuteAt(at)) {
			t.Errorf("%+v", s)
		}
	}
}

// TestNoBacklash holds that a statement that calms, one that changes nothing in a bad
// mood, and a bad mood without a statement are none.
func TestNoBacklash(t *testing.T) {
	const at = 5 * days
	bad := func(m int, r *rand.Rand, c *crisis.Count) {
		if m < at-6*hours {
			turning(0, 0, 0.1, ofNegative)(m, r, c)
			return
		}
		turning(at, 0.7, 0.7, ofNegative)(m, r, c)
	}
	for name, got := range map[string][]told{
		"it calms":           afterStatement(at, at+8*hours, cued(2, 40, turning(at, 0.7, 0.3, ofNegative))),
		"as bad as before":   afterStatement(at, at+8*hours, cued(3, 40, bad)),
		"without statement":  afterStatement(-1, at+8*hours, cued(4, 40, turning(at, 0.2, 0.8, ofNegative))),
		"long after it":      afterStatement(at, at+24*hours, cued(5, 40, turning(at+7*hours, 0.2, 0.8, ofNegative))),
		"a few voices after": afterStatement(at, at+6*hours, cued(6, 2, turning(at, 0.2, 1, ofNegative))),
	} {
		if len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
