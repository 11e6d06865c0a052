package detectors

import (
	"testing"

	"watchfire/crisis"
)

// TestClaimRises lets each kind of claim rise: a notice that names it, and an alarm
// only when nearly everybody hands it on.
func TestClaimRises(t *testing.T) {
	const turn = 7 * days
	for cue, of := range map[crisis.Cue]func(*crisis.Count) *int{
		crisis.CueRumour:    func(c *crisis.Count) *int { return &c.Rumour },
		crisis.CueOld:       func(c *crisis.Count) *int { return &c.Old },
		crisis.CueImitation: func(c *crisis.Count) *int { return &c.Imitation },
	} {
		for share, alarms := range map[float64]int{0.02: 0, 0.3: 0, 0.9: 1} {
			w := NewWatch("x", nil, []Detector{NewClaim()})
			got := watch(w, 0, turn+3*hours, cued(4, 30, turning(turn, 0.02, share, of)))
			if open := turnsOf(got, TurnOpen); len(open) != alarms {
				t.Errorf("%s at %v: opened %v, want %d", cue, share, open, alarms)
			}
			if share < 0.1 && len(got) > 0 {
				t.Errorf("%s: a steady share of %v brings %v", cue, share, got)
			}
			if share < 0.1 {
				continue
			}
			if len(got) == 0 || got[0].minute < turn || got[0].Signal.Cue != cue || got[0].Signal.Tier != crisis.TierNotice {
				t.Errorf("%s at %v: turns %v, want a notice of it first", cue, share, got)
			}
		}
	}
}
