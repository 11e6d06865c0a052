package daemon

import (
	"encoding/json"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestPurge holds that what is deleted is written down, and that nothing is written
// down when nothing was.
func TestPurge(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Data = t.TempDir()
	clock := &steppedClock{now: time.Date(2026, 3, 16, 8, 0, 0, 0, time.UTC)}
	d, err := New(t.Context(), cfg, zap.NewNop(), WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	journal := func() (events []crisis.Event) {
		t.Helper()
		err := d.store.View(t.Context(), func(tx *store.Tx) (err error) {
			events, err = tx.JournalOf(10)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	posts := []crisis.Post{{Source: "forum", ID: "1", Text: "水发黄", Published: clock.now}, {Source: "forum", ID: "2", Text: "水又好了", Published: clock.now}}
	if _, err := d.ingest(t.Context(), delivery{source: &Source{}, harvest: crawlers.Harvest{Posts: posts}, cover: crisis.Coverage{At: clock.now}}); err != nil {
		t.Fatal(err)
	}
	if err := d.purge(t.Context()); err != nil || len(journal()) != 0 {
		t.Errorf("a purge of nothing: %v, %d entries", err, len(journal()))
	}
	clock.now = clock.now.Add(cfg.Keep.Posts + 48*time.Hour)
	for range 2 {
		if err := d.purge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	events := journal()
	var p crisis.Purged
	if len(events) != 1 || json.Unmarshal(events[0].Data, &p) != nil || p.Posts != 2 || p.Evidence != 0 || p.Before.IsZero() {
		t.Errorf("the journal says %+v", events)
	}
	if err := d.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
