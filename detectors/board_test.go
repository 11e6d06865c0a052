package detectors

import (
	"testing"

	"watchfire/crisis"
)

// onBoard watches a topic that is told its place on a board every ten minutes, 0 for
// none.
func onBoard(until int, rank func(m int) int) []told {
	return watch(NewWatch("x", nil, []Detector{NewBoard()}), 0, until, func(m int) crisis.Count {
		if m%10 == 0 {
			return crisis.Count{Rank: rank(m)}
		}
		return crisis.Count{}
	})
}

// TestBoard lets a topic climb a board: a notice on the way, an incident from the
// tenth place on, over some hours after it is gone.
func TestBoard(t *testing.T) {
	got := onBoard(2*days, func(m int) int {
		if m < days || m > days+3*hours {
			return 0
		}
		return max(60-(m-days)/2, 2)
	})
	if len(got) != 3 || got[0].Kind != TurnSignal || got[1].Kind != TurnOpen || got[2].Kind != TurnOver {
		t.Fatalf("turns %v, want a notice, an alarm and its end", got)
	}
	if s := got[0].Signal; s.Observed != 25 || s.Expected != 51 {
		t.Errorf("the notice says place %v, before %v", s.Observed, s.Expected)
	}
	if s := got[1].Signal; s.Observed != 10 || s.Tier != crisis.TierAlert || s.Level != crisis.LevelIV {
		t.Errorf("the alarm: %+v", s)
	}
}

// TestBoardNoNews holds that a topic that always stands on a board is no news, nor one
// that is on it when we begin to look; and that one that climbs from its usual place is.
func TestBoardNoNews(t *testing.T) {
	if got := onBoard(3*days, func(m int) int { return 4 + m/10%5 }); len(got) > 0 {
		t.Errorf("a topic that always stands there brings %v", got)
	}
	got := turnsOf(onBoard(3*days, func(m int) int {
		if m < 2*days {
			return 20
		}
		return 3
	}), TurnOpen)
	if len(got) != 1 || got[0].minute != 2*days || got[0].Signal.Expected != 20 {
		t.Errorf("a climb from place 20 to 3 brings %v", got)
	}
}

// TestBoardLate holds that a place that is told late belongs to its own time.
func TestBoardLate(t *testing.T) {
	s := NewSeries("x", nil)
	s.Advance(minuteAt(1))
	s.Advance(minuteAt(10 * hours))
	s.Add(minuteAt(6*hours), crisis.Count{Rank: 3})
	if got := NewBoard().Detect(s, s.Now()); len(got) > 0 {
		t.Errorf("a place of four hours ago brings %+v", got)
	}
	s.Add(minuteAt(10*hours-5), crisis.Count{Rank: 7})
	s.Add(minuteAt(10*hours-5), crisis.Count{Rank: 9})
	if got := NewBoard().Detect(s, s.Now()); len(got) != 1 || got[0].Observed != 7 {
		t.Errorf("places 7 and 9 of five minutes ago bring %+v", got)
	}
}
