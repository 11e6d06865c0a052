package daemon

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// exported returns what /metrics shows.
func exported(t *testing.T, d *Daemon) string {
	t.Helper()
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics: status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// families returns the names of our own metrics that something was counted of.
func families(t *testing.T, d *Daemon) (out []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (watchfire_\w+) `).FindAllStringSubmatch(exported(t, d), -1) {
		out = append(out, m[1])
	}
	return out
}

// TestGrafana holds that the dashboard asks for nothing that is not exported, and that
// every metric is described and on the dashboard.
func TestGrafana(t *testing.T) {
	d, _, _, _ := testDaemon(t, "sources:\n  - {name: s, every: 5m, feed: {url: \"https://s.example/feed\"}}\n")
	d.metrics.posts.WithLabelValues("s").Inc()
	d.metrics.attempts.WithLabelValues("s", string(crisis.ClassOK)).Inc()
	d.metrics.events.WithLabelValues("signal").Inc()
	d.metrics.sends.WithLabelValues("one", "sent").Inc()
	have := families(t, d)
	text, err := os.ReadFile("../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Templating struct {
			List []struct{ Name, Type, Query string }
		}
		Panels []struct {
			Title      string
			Datasource struct{ UID string }
			Targets    []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	if len(board.Templating.List) != 1 || board.Templating.List[0].Type != "datasource" {
		t.Errorf("the dashboard has the variables %v, want one for the datasource", board.Templating.List)
	}
	used := map[string]bool{}
	for _, p := range board.Panels {
		if p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
			t.Errorf("panel %q asks %q for %d figures", p.Title, p.Datasource.UID, len(p.Targets))
		}
		for _, target := range p.Targets {
			for _, name := range regexp.MustCompile(`watchfire_\w+`).FindAllString(target.Expr, -1) {
				used[name] = true
				if !slices.Contains(have, name) {
					t.Errorf("panel %q asks for %s, which /metrics does not export", p.Title, name)
				}
			}
		}
	}
	docs, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range have {
		if !used[name] {
			t.Errorf("no panel shows %s", name)
		}
		if !strings.Contains(string(docs), "\n| `"+name+"` |") {
			t.Errorf("docs/operations.md does not describe %s", name)
		}
	}
}

// TestOwed holds that what is open, overdue and promised is counted in /metrics.
func TestOwed(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	busy(t, d, 2, clock.now)
	act(t, d, crisis.Act{Kind: crisis.EventPromised, Incident: "20260302-0000", Data: crisis.Promise{What: "公布结果", Due: clock.now.Add(time.Hour)}})
	wants := func(lines ...string) {
		t.Helper()
		got := exported(t, d)
		for _, line := range lines {
			if !strings.Contains(got, "\n"+line+"\n") {
				t.Errorf("/metrics has no line %q", line)
			}
		}
	}
	lookAt(t, d, clock.now)
	wants("watchfire_incidents_open 2", `watchfire_incidents_open_by_level{level="III"} 2`, `watchfire_incidents_open_by_level{level="none"} 0`,
		"watchfire_steps_overdue 0", "watchfire_promises_open 1", "watchfire_promises_overdue 0", `watchfire_requests_waiting{class="rescue"} 0`)
	clock.now = clock.now.Add(11*time.Hour + time.Minute) // the targets of two steps are 10 and 11 hours
	wants("watchfire_steps_overdue 4", "watchfire_promises_open 1", "watchfire_promises_overdue 1")
}
