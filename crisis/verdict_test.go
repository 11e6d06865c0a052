package crisis

import (
	"errors"
	"math"
	"testing"
	"time"
)

func judgeable(drill bool) Incident {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	e := NewEvent(EventDetected, at, Machine, Detected{Topic: "water", Title: "自来水", Drill: drill, Signal: Signal{Detector: "surge", At: at}})
	in, err := Fold([]Event{e.Seal("20260302-01", nil, at)})
	if err != nil {
		panic(err)
	}
	return in
}

func TestDecideVerdict(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	judged := judgeable(false)
	judged.Verdict, judged.JudgedBy = VerdictNoise, "李敏"
	for _, c := range []struct {
		name string
		in   Incident
		act  Act
		ok   bool
	}{
		{"real", judgeable(false), Act{By: "李敏", Verdict: VerdictReal}, true},
		{"no verdict", judgeable(false), Act{By: "李敏"}, false},
		{"nonsense", judgeable(false), Act{By: "李敏", Verdict: "maybe"}, false},
		{"by nobody", judgeable(false), Act{Verdict: VerdictReal}, false},
		{"by the machine", judgeable(false), Act{By: Machine, Verdict: VerdictNoise}, false},
		{"a drill", judgeable(true), Act{By: "李敏", Verdict: VerdictReal}, false},
		{"the same again", judged, Act{By: "王强", Verdict: VerdictNoise}, false},
		{"the same with words", judged, Act{By: "王强", Verdict: VerdictNoise, Note: "核实过"}, true},
		{"another", judged, Act{By: "王强", Verdict: VerdictKnown}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.act.Kind = EventVerdict
			events, err := c.in.Decide(c.act, now)
			if !c.ok {
				if !errors.Is(err, ErrRefused) {
					t.Errorf("error %v, want a refusal", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			e := events[0].Seal(c.in.ID, &Event{Seq: c.in.Events, Hash: c.in.Hash}, now)
			if err := c.in.Apply(e); err != nil {
				t.Fatal(err)
			}
			if c.in.Verdict != c.act.Verdict || c.in.JudgedBy != c.act.By {
				t.Errorf("the incident says %s by %s", c.in.Verdict, c.in.JudgedBy)
			}
		})
	}
}

// TestRecord holds precision and interval against values computed by hand from
// Wilson's formula.
func TestRecord(t *testing.T) {
	var r Record
	if share, low, high := r.Share(); share != 0 || low != 0 || high != 1 {
		t.Errorf("of nothing: %v, %v to %v", share, low, high)
	}
	for range 8 {
		r.Add(VerdictReal)
	}
	r.Add(VerdictNoise)
	r.Add(VerdictKnown)
	r.Add("maybe")
	share, low, high := r.Share()
	if r.Judged() != 10 || share != 0.8 || math.Abs(low-0.4902) > 1e-4 || math.Abs(high-0.9433) > 1e-4 {
		t.Errorf("8 of %d: %v, %v to %v; want 0.8, 0.4902 to 0.9433", r.Judged(), share, low, high)
	}
}
