package daemon

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/daemon/town"
)

// replayTown plays the posts of a town from from, before to, through the whole
// pipeline and returns what happened.
func replayTown(t *testing.T, city *town.Town, from, to time.Time) []Occurrence {
	t.Helper()
	path := filepath.Join(t.TempDir(), "posts.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	e := json.NewEncoder(f)
	for p := range city.Posts(from, to) {
		p.Topics = nil // the reader must find out by itself
		if err := e.Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.Topics = town.Topics()
	var out []Occurrence
	if err := Replay(t.Context(), cfg, zap.NewNop(), []string{path}, func(o Occurrence) { out = append(out, o) }); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTown holds that a town with three weeks of ordinary life and one crisis
// brings exactly one incident once the first ten days have taught what is usual:
// no scheduled programme, weekend or wave by few authors opens one.
func TestTown(t *testing.T) {
	t.Parallel()
	const days, learning, soon = 21, 10, 20 * time.Minute
	city := town.New(1, time.Date(2026, 3, 2, 0, 0, 0, 0, time.FixedZone("", 8*3600)), nil, days)
	truth := city.Truth()
	watched := city.Begin().AddDate(0, 0, learning)
	var opened []Occurrence
	flooded := false
	for _, o := range replayTown(t, city, city.Begin(), truth.Crisis.Start.Add(3*time.Hour)) {
		if o.At.Before(watched) {
			continue
		}
		if o.Kind == "incident_opened" {
			opened = append(opened, o)
		}
		if o.Detector == "flood" && o.Topic == truth.Flood.Topic {
			flooded = true
		}
	}
	if !flooded {
		t.Errorf("nobody noticed that few authors posted a lot on %s", truth.Flood.Topic)
	}
	if len(opened) != 1 || opened[0].Topic != truth.Crisis.Topic {
		t.Fatalf("incidents %+v, want one on %s", opened, truth.Crisis.Topic)
	}
	if after := opened[0].At.Sub(truth.Crisis.Start); after < 0 || after > soon {
		t.Errorf("the incident opened %v after the first complaint, want at most %v", after, soon)
	}
}
