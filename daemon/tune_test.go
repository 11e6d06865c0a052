package daemon

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

func TestFactorFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		maxima []float64
		n      int
		want   float64
	}{
		{"half way between the second and the third", []float64{0.4, 3, 1, 2}, 2, 1.5},
		{"equal ones reach it together or not at all", []float64{3, 2, 2, 2, 1}, 2, 2.5},
		{"equal ones that all may", []float64{3, 2, 2, 1}, 3, 1.5},
		{"none may", []float64{3, 2}, 0, math.Nextafter(3, 4)},
		{"none may, all equal", []float64{2, 2}, 1, math.Nextafter(2, 3)},
		{"all may", []float64{3, 2}, 2, 0},
		{"nothing happened", nil, 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := factorFor(c.maxima, c.n)
			if got != c.want {
				t.Errorf("factor %v, want %v", got, c.want)
			}
			reach := 0
			for _, m := range c.maxima {
				if m >= got {
					reach++
				}
			}
			if reach > c.n {
				t.Errorf("%d reach %v, want at most %d", reach, got, c.n)
			}
		})
	}
}

// burstAt is when the burst of a day begins: at another hour each day, or it would be
// a habit.
func burstAt(day int) time.Duration { return time.Duration(day) * 150 * time.Minute }

// countedPast fills a store with counts of water: quiet days with one voice in six
// minutes, and an hour with as many voices more as bursts says, one a day from the
// fifth on. All was known in its own minute.
func countedPast(t *testing.T, d *Daemon, days int, bursts ...int) {
	t.Helper()
	err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		var counts []store.TopicCount
		for m := range days * 24 * 60 {
			at := eight.Add(time.Duration(m) * time.Minute)
			n := 0
			if m%6 == 0 {
				n = 1
			}
			if day := m/(24*60) - 4; day >= 0 && day < len(bursts) {
				minute := m%(24*60) - int(burstAt(day).Minutes())
				if minute >= 0 && minute < 60 {
					n += (minute+1)*bursts[day]/60 - minute*bursts[day]/60 // spread evenly
				}
			}
			if n > 0 {
				counts = append(counts, store.TopicCount{Topic: "water", Minute: at, Known: at, Count: crisis.Count{Posts: n, Voices: n, Unique: n}})
			}
		}
		if err := tx.AddCounts(counts); err != nil {
			return err
		}
		return tx.SetSetting(settingMinute, eight.Add(time.Duration(days)*24*time.Hour).Format(time.RFC3339))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTune finds thresholds under which two of five bursts in two weeks open an
// incident, and holds that the lines it prints bring about what it says.
func TestTune(t *testing.T) {
	d, _, _, _ := testDaemon(t, "")
	countedPast(t, d, 14, 9, 20, 10, 24, 11)
	tune := Tune{Span: 28 * 24 * time.Hour, Budget: 1}
	r, err := tune.Run(t.Context(), d.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if r.Short != "" || r.Present.Openings() != 5 || r.Proposed.Openings() > 2 || r.Proposed.Openings() == 0 || r.Factor <= 1 {
		t.Fatalf("%q: %d incidents at present, %d proposed at factor %v; want 5 and at most 2", r.Short, r.Present.Openings(), r.Proposed.Openings(), r.Factor)
	}
	for _, f := range r.Proposed.Firings {
		day := int(f.Signal.At.Sub(eight).Hours()/24) - 4
		if f.Kind == "opened" && day != 1 && day != 3 {
			t.Errorf("the proposal opens an incident on burst %d, which is none of the two greatest", day)
		}
	}
	cfg, err := ParseConfig("proposed.yaml", []byte(strings.Join(r.Lines(), "\n")))
	if err != nil {
		t.Fatalf("the lines of the proposal: %v", err)
	}
	cfg.Data, cfg.Sources = d.cfg.Data, d.cfg.Sources
	b := Backtest{Span: tune.Span}
	again, err := b.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if again.Alerts != r.Proposed.Alerts || again.Notices != r.Proposed.Notices || again.Openings() != r.Proposed.Openings() {
		t.Errorf("the lines bring about %d alerts and %d notices, the proposal says %d and %d", again.Alerts, again.Notices, r.Proposed.Alerts, r.Proposed.Notices)
	}
}

// TestTuneShort wants a plain word where the past carries no proposal.
func TestTuneShort(t *testing.T) {
	d, _, _, _ := testDaemon(t, "")
	countedPast(t, d, 8, 14)
	run := func(x Tune) *Tuned {
		t.Helper()
		r, err := x.Run(context.Background(), d.cfg)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := run(Tune{Span: 5 * 24 * time.Hour, Budget: 3}); !strings.Contains(r.Short, "needs 7") || r.Proposed != nil || len(r.Lines()) > 0 {
		t.Errorf("five days: %q, lines %v", r.Short, r.Lines())
	}
	if r := run(Tune{Span: 28 * 24 * time.Hour, Budget: 0.5}); !strings.Contains(r.Short, "look back 14 days or more") || r.Proposed != nil {
		t.Errorf("half an incident a week in eight days: %q", r.Short)
	}
	if r := run(Tune{Span: 28 * 24 * time.Hour, Budget: 50}); r.Factor != leastFactor || r.Limited == "" {
		t.Errorf("a budget that nothing fills: factor %v, %q; want the least and why", r.Factor, r.Limited)
	}
	if _, err := (&Tune{}).Run(t.Context(), d.cfg); err == nil || !strings.Contains(err.Error(), "no budget is stated") {
		t.Errorf("without a budget: %v", err)
	}
}

// TestTuneVerdicts holds that a real incident that the proposal would not notice is
// named, that one judged noise is not, and that verdicts are counted.
func TestTuneVerdicts(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	countedPast(t, d, 14, 9, 20, 10, 24, 11)
	judge := func(day int, v crisis.Verdict) string {
		t.Helper()
		var id string
		at := eight.Add(time.Duration(4+day)*24*time.Hour + burstAt(day) + 30*time.Minute)
		err := d.store.Update(t.Context(), func(tx *store.Tx) (err error) {
			if id, err = tx.NewIncidentID(at.Format("20060102")); err != nil {
				return err
			}
			e := crisis.NewEvent(crisis.EventDetected, at, crisis.Machine, crisis.Detected{Topic: "water", Title: "自来水", Signal: crisis.Signal{Detector: "surge", At: at}})
			end := crisis.NewEvent(crisis.EventClosed, at.Add(3*time.Hour), crisis.Machine, crisis.Remark{})
			_, err = tx.Append(id, at, e, end)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		clock.now = at.Add(4 * time.Hour)
		if _, err := d.Act(t.Context(), crisis.Act{Kind: crisis.EventVerdict, Incident: id, By: "李敏", Verdict: v}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	small := judge(0, crisis.VerdictReal)
	judge(2, crisis.VerdictNoise)
	judge(3, crisis.VerdictReal)
	r, err := (&Tune{Budget: 1}).Run(t.Context(), d.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Lost) != 1 || r.Lost[0].ID != small {
		t.Errorf("lost %+v, want %s", r.Lost, small)
	}
	if len(r.Records) != 1 || r.Records[0] != (crisis.Record{Rule: "surge", Real: 2, Noise: 1}) {
		t.Errorf("records %+v, want 2 real and 1 noise of surge", r.Records)
	}
	if n := len(r.Present.Incidents); n != 2 {
		t.Errorf("%d incidents count as real, want 2", n)
	}
}
