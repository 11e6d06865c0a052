package daemon

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
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
	if underRace {
		t.Skip("three weeks of a town take minutes under the race detector; make town runs them without it")
	}
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

// heard is a channel that keeps what it is told.
type heard struct{ alerts []crisis.Alert }

func (h *heard) Check() error { return nil }

func (h *heard) Send(_ context.Context, a crisis.Alert) (alerts.Receipt, error) {
	h.alerts = append(h.alerts, a)
	return alerts.Receipt{}, nil
}

// TestTownWatched visits the town's real sites on their schedules through an
// evening and half a night: people are told of the crisis, of the site that dies
// and of the one whose cache is stuck, and of nothing else that cannot be seen.
func TestTownWatched(t *testing.T) {
	if underRace {
		t.Skip("half a night of a town takes minutes under the race detector; make town runs it without")
	}
	t.Parallel()
	city := town.New(1, time.Date(2026, 3, 2, 0, 0, 0, 0, time.FixedZone("", 8*3600)), nil, 8)
	truth := city.Truth()
	clock := &steppedClock{now: truth.Live}
	sites, err := city.Serve(clock.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := sites.Close(); err != nil {
			t.Error(err)
		}
	}()
	cfg, err := ParseConfig("town", []byte("org: town\npace: {host_delay: 1ns}\nintranet: [127.0.0.0/8]\n"+sites.Config()))
	if err != nil {
		t.Fatal(err)
	}
	people := &heard{}
	cfg.Topics, cfg.Data = town.Topics(), t.TempDir()
	cfg.Channels = []Channel{{Name: "people", KindName: "log", Sender: people}}
	d, err := New(t.Context(), cfg, zap.NewNop(), WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := d.Learn(t.Context(), slices.Collect(sites.Posts(time.Time{}, truth.Live))); err != nil {
		t.Fatal(err)
	}
	for end := truth.Stale.To.Add(20 * time.Minute); clock.now.Before(end); clock.now = clock.now.Add(time.Minute) {
		for i := range cfg.Sources {
			s := &cfg.Sources[i]
			if int(clock.now.Unix()/60)%int(s.Every/time.Minute) != 0 {
				continue
			}
			if err := d.Crawl(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Tick(t.Context(), clock.now); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Deliver(t.Context(), &cfg.Channels[0]); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, a := range people.alerts {
		switch a.Kind {
		case crisis.AlertOpened, crisis.AlertBlind, crisis.AlertSight:
			got = append(got, string(a.Kind)+" "+a.Title)
		}
	}
	want := []string{"opened 自来水水质", "blind 云川民声", "blind 云川论坛", "sight 云川论坛"}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
