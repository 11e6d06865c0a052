package daemon

import (
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestChart draws the same two hours by the minute and by the half hour, and wants what
// was not seen to show in a short chart, from the visits, and in a long one, from what
// the judge of the minutes kept.
func TestChart(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "sources:\n  - {name: s, every: 5m, feed: {url: \"https://s.example/feed\"}}\n")
	dark := func(at time.Time) bool { return at.Sub(eight) >= 2*time.Hour && at.Sub(eight) < 3*time.Hour }
	end := eight.Add(4 * 24 * time.Hour)
	clock.now = end
	err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		var counts []store.TopicCount
		for at := eight; at.Before(end); at = at.Add(5 * time.Minute) {
			class := crisis.ClassOK
			if dark(at) {
				class = crisis.ClassUnavailable
			}
			if err := tx.AddAttempt(crisis.Coverage{Source: "s", At: at, Class: class}); err != nil {
				return err
			}
			counts = append(counts, store.TopicCount{Topic: "water", Minute: at, Known: at, Count: crisis.Count{Posts: 1, Voices: 1, Negative: 1, Rated: 1}})
		}
		for _, s := range []store.Sight{{From: eight.Add(-time.Hour), Seen: map[string]bool{"s": true}}, {From: eight.Add(2 * time.Hour), Seen: map[string]bool{"s": false}}, {From: eight.Add(3 * time.Hour), Seen: map[string]bool{"s": true}}} {
			if err := tx.AddSight(s); err != nil {
				return err
			}
		}
		return tx.AddCounts(counts)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, whole := range []time.Duration{24 * time.Hour, 4 * 24 * time.Hour} {
		points, err := d.Chart(t.Context(), "water", eight, eight.Add(whole), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range points {
			if p.Observed != 12 || p.Negative != 12 {
				t.Errorf("%s, hour %d: %v voices, %v negative, want 12", whole, i, p.Observed, p.Negative)
			}
			if blind := i == 2; i != 1 && (p.Coverage < 1) != blind && i > 0 {
				t.Errorf("%s, hour %d: coverage %v", whole, i, p.Coverage)
			}
		}
	}
	fine, err := d.Chart(t.Context(), "water", eight, eight.Add(2*time.Hour), 15*time.Minute)
	if err != nil || len(fine) != 8 || fine[3].Observed != 3 {
		t.Errorf("by the quarter: %+v, %v", fine, err)
	}
}
