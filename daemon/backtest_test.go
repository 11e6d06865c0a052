package daemon

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// burst is three days of posts about water, one every twelve minutes, with many in
// the last hour but one.
func burst() []crisis.Post {
	var out []crisis.Post
	add := func(at time.Time) {
		n := len(out)
		out = append(out, crisis.Post{ID: fmt.Sprint(n), Source: "s", Author: fmt.Sprintf("a%d", n%1777), Published: at, Text: fmt.Sprintf("自来水第%d条", n)})
	}
	for m := range 3 * 24 * 60 {
		at := eight.Add(time.Duration(m) * time.Minute)
		if m%12 == 0 {
			add(at)
		}
		if m > 70*60 && m < 71*60 {
			add(at.Add(20 * time.Second))
			add(at.Add(40 * time.Second))
		}
	}
	return out
}

func writePosts(t *testing.T, posts []crisis.Post) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	for i := range posts {
		p := posts[i]
		p.Topics = []string{"water"}
		if err := enc.Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "posts.jsonl")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBacktestFilesIsReplay holds that a backtest of posts fires when a replay does.
func TestBacktestFilesIsReplay(t *testing.T) {
	file := writePosts(t, burst())
	kinds := map[string]string{"signal": "notice", "incident_opened": "opened", "incident_raised": "raised"}
	var want []string
	err := Replay(t.Context(), DefaultConfig(), zap.NewNop(), []string{file}, func(o Occurrence) {
		if kind, ok := kinds[o.Kind]; ok && o.Detector == "surge" {
			want = append(want, fmt.Sprint(o.At, kind, o.Score))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b := Backtest{Detector: "surge"}
	r, err := b.RunFiles(t.Context(), DefaultConfig(), zap.NewNop(), []string{file})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Firings {
		got = append(got, fmt.Sprint(f.Signal.At, f.Kind, round(f.Signal.Odds)))
		if len(f.Signal.Evidence) == 0 || !slices.Equal(f.Signal.Sources, []string{"s"}) {
			t.Errorf("%s at %s: %d posts from %v, want some from s", f.Kind, f.Signal.At, len(f.Signal.Evidence), f.Signal.Sources)
		}
	}
	if len(want) == 0 || !cmp.Equal(got, want) {
		t.Errorf("backtest against replay: %s", cmp.Diff(want, got))
	}
	if r.Alerts == 0 || r.Recall != nil {
		t.Errorf("%d alerts, recall %v; want some, and none that a person confirmed", r.Alerts, r.Recall)
	}
	deaf := Backtest{Detector: "surge", Set: []string{"alert=1000", "notice=1000"}}
	if r, err = deaf.RunFiles(t.Context(), DefaultConfig(), zap.NewNop(), []string{file}); err != nil || len(r.Firings) > 0 {
		t.Errorf("a deaf rule fired %d times, %v", len(r.Firings), err)
	}
	if !strings.HasPrefix(r.Rules["surge"], "alert=1000 notice=1000 ") {
		t.Errorf("rules %v, want the changed settings", r.Rules)
	}
}

// TestBacktestStore holds that a store answers with the posts, and with recall
// only of what people took as real.
func TestBacktestStore(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	posts := burst()
	for i := range posts {
		posts[i].Topics = []string{"water"}
	}
	if err := d.replay(t.Context(), clock, posts); err != nil {
		t.Fatal(err)
	}
	ask := func(set ...string) *Backtested {
		t.Helper()
		b := Backtest{Span: 48 * time.Hour, Detector: "surge", Set: set, Topics: []string{"water"}}
		r, err := b.Run(t.Context(), d.cfg)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := ask()
	if r.Recall != nil || r.Alerts == 0 {
		t.Fatalf("recall %v and %d alerts before anybody confirmed anything", r.Recall, r.Alerts)
	}
	id := lastIncident(t, d)
	if _, err := d.Act(t.Context(), crisis.Act{Kind: crisis.EventAcknowledged, Incident: id, By: "值班员"}); err != nil {
		t.Fatal(err)
	}
	r = ask()
	if r.Recall == nil || *r.Recall != 1 || r.Found != 1 || r.Incidents[0].ID != id {
		t.Fatalf("incidents %+v, want %s found", r.Incidents, id)
	}
	if late := r.Incidents[0].Late(); late != 0 {
		t.Errorf("the same rule is %s late", late)
	}
	if r.Firings[len(r.Firings)-1].Incident != id || len(r.Firings[0].Signal.Evidence) == 0 {
		t.Errorf("firings %+v, want them to name incident and posts", r.Firings)
	}
	if got := r.To.Sub(r.From); got != 48*time.Hour {
		t.Errorf("judged %s, want the last two days", got)
	}
	r = ask("alert=1000")
	if r.Recall == nil || *r.Recall != 0 || !r.Incidents[0].Found.IsZero() {
		t.Errorf("a deaf rule found %+v", r.Incidents)
	}
}

// lastIncident is the id of the last incident about water.
func lastIncident(t *testing.T, d *Daemon) string {
	t.Helper()
	var id string
	err := d.store.View(t.Context(), func(tx *store.Tx) error {
		row, err := tx.LastIncident("water")
		id = row.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestBadBacktests(t *testing.T) {
	none := DefaultConfig()
	none.Data = filepath.Join(t.TempDir(), "absent")
	d, _, _, _ := testDaemon(t, "")
	for _, c := range []struct {
		name string
		ask  Backtest
		cfg  *Config
		want string
	}{
		{"no store", Backtest{}, none, "find the store: "},
		{"an empty store", Backtest{}, d.cfg, "has not judged a minute yet"},
		{"no such detector", Backtest{Detector: "luck"}, d.cfg, `unknown detector "luck"; the detectors are`},
		{"a change of no rule", Backtest{Set: []string{"alert=3"}}, d.cfg, "name the detector"},
		{"no such key", Backtest{Detector: "surge", Set: []string{"loud=3"}}, d.cfg, `unknown key "loud"`},
		{"no value", Backtest{Detector: "surge", Set: []string{"alert"}}, d.cfg, "want key=value"},
		{"a bad value", Backtest{Detector: "surge", Set: []string{"alert=often"}}, d.cfg, "often"},
		{"no YAML", Backtest{Detector: "surge", Set: []string{"alert=[3"}}, d.cfg, `set "alert=[3"`},
		{"a value out of range", Backtest{Detector: "surge", Set: []string{"alert=-1"}}, d.cfg, "alert: -1 must be above 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.ask.Run(t.Context(), c.cfg)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	empty := filepath.Join(t.TempDir(), "none.jsonl")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var b Backtest
	if _, err := b.RunFiles(t.Context(), DefaultConfig(), zap.NewNop(), []string{empty}); err == nil {
		t.Error("an empty file is not an error")
	}
}
