package daemon

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
)

// TestWhatIf asks a store with one burst what other thresholds would have done: the
// present ones what happened, and lower ones no less.
func TestWhatIf(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Topics = []crisis.Topic{{ID: "water", Any: []string{"自来水"}}}
	file := writePosts(t, burst())
	opened := 0
	count := func(o Occurrence) {
		if o.Kind == "incident_opened" {
			opened++
		}
	}
	err := replayed(t.Context(), cfg, zap.NewNop(), []string{file}, func(d *Daemon) error {
		same, err := d.WhatIf(t.Context(), "water", 1)
		if err != nil {
			return err
		}
		if same.Alerts == 0 || same.Alerts != len(same.Firings) || same.From.IsZero() || same.To.Sub(same.From) > whatIfSpan {
			t.Errorf("at the present thresholds: %+v", same)
		}
		low, err := d.WhatIf(t.Context(), "water", 0.5)
		if err != nil {
			return err
		}
		high, err := d.WhatIf(t.Context(), "water", 5)
		if err != nil {
			return err
		}
		all := func(w console.WhatIf) int { return w.Alerts + w.Notices }
		if all(low) < all(same) || all(high) >= all(low) {
			t.Errorf("alerts and notices at 0.5: %d, at 1: %d, at 5: %d", all(low), all(same), all(high))
		}
		if _, err := d.WhatIf(t.Context(), "water", 0.1); !errors.Is(err, crisis.ErrRefused) {
			t.Errorf("a factor of a tenth: %v", err)
		}
		none, err := d.WhatIf(t.Context(), "bus", 1)
		if err != nil || !none.From.IsZero() {
			t.Errorf("a topic nobody speaks of: %+v, %v", none, err)
		}
		return nil
	}, WithListener(count))
	if err != nil {
		t.Fatal(err)
	}
	if opened == 0 {
		t.Error("nothing was opened: the test tests nothing")
	}
}

// BenchmarkWhatIf asks about a topic that was spoken of in every minute of 60 days.
func BenchmarkWhatIf(b *testing.B) {
	cfg := DefaultConfig()
	cfg.Data, cfg.Topics = b.TempDir(), []crisis.Topic{{ID: "water", Any: []string{"自来水"}}}
	d, err := New(b.Context(), cfg, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	const all = 60 * 24 * 60
	err = d.store.Update(b.Context(), func(tx *store.Tx) error {
		counts := make([]store.TopicCount, all)
		for i := range counts {
			at := eight.Add(time.Duration(i) * time.Minute)
			counts[i] = store.TopicCount{Topic: "water", Minute: at, Known: at, Count: crisis.Count{Posts: 2, Voices: 2, Unique: 2, Negative: i % 2, Rated: 2}}
		}
		if err := tx.AddCounts(counts); err != nil {
			return err
		}
		return tx.SetSetting(settingMinute, eight.Add(all*time.Minute).Format(time.RFC3339))
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := d.WhatIf(b.Context(), "water", 0.8); err != nil {
			b.Fatal(err)
		}
	}
}
