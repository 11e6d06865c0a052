package daemon

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// BenchmarkChartMonth draws a month of a topic that is spoken of every minute, seen by
// twenty sources that are visited every five minutes.
func BenchmarkChartMonth(b *testing.B) {
	cfg := DefaultConfig()
	cfg.Data, cfg.Topics = b.TempDir(), []crisis.Topic{{ID: "water", Any: []string{"自来水"}}}
	for i := range 20 {
		cfg.Sources = append(cfg.Sources, Source{Name: fmt.Sprint("s", i), Silence: 5 * time.Minute})
	}
	const days = 30
	clock := &steppedClock{now: eight.Add(days * 24 * time.Hour)}
	d, err := New(b.Context(), cfg, zap.NewNop(), WithClock(clock))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	err = d.store.Update(b.Context(), func(tx *store.Tx) error {
		counts := make([]store.TopicCount, days*24*60)
		for i := range counts {
			at := eight.Add(time.Duration(i) * time.Minute)
			counts[i] = store.TopicCount{Topic: "water", Minute: at, Known: at, Count: crisis.Count{Posts: 2, Voices: 2, Negative: 1, Rated: 2}}
			if i%5 != 0 {
				continue
			}
			for j := range cfg.Sources {
				if err := tx.AddAttempt(crisis.Coverage{Source: cfg.Sources[j].Name, At: at, Class: crisis.ClassOK}); err != nil {
					return err
				}
			}
		}
		for h := range days * 24 {
			seen := map[string]bool{}
			for j := range cfg.Sources {
				seen[cfg.Sources[j].Name] = h%24 != j
			}
			if err := tx.AddSight(store.Sight{From: eight.Add(time.Duration(h) * time.Hour), Seen: seen}); err != nil {
				return err
			}
		}
		return tx.AddCounts(counts)
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := d.Chart(b.Context(), "water", clock.now.Add(-days*24*time.Hour), clock.now, 12*time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}
