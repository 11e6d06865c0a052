package daemon

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

const (
	intakeToken = "0123456789abcdef"
	intakeOps   = "sources:\n  - {name: ops, title: 机房监控, alertmanager: {token: " + intakeToken + ", topic: water}}\n"
)

// firing is a webhook of Alertmanager with one alert.
func firing(status string) string {
	return `{"version":"4","status":"` + status + `","alerts":[{"status":"` + status + `","labels":{"alertname":"PumpDown","severity":"critical"},` +
		`"annotations":{"summary":"三号泵站停机","description":"出水压力低于 0.1 MPa"},"startsAt":"2026-03-16T00:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"https://prom.yunchuan.example/g","fingerprint":"f1"}]}`
}

// knock delivers a body at the door of a source and returns the status and the answer.
func knock(t *testing.T, d *Daemon, source, token, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/in/"+source, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, r)
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(b)
}

func openRows(t *testing.T, d *Daemon) (rows []store.IncidentRow) {
	t.Helper()
	if err := d.store.View(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.OpenIncidents()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestIntake has Alertmanager hand in an alert at the door: it opens the incident of its
// topic and says who reported it, a repeat does nothing, its end is one note, and who has
// not the token is told so and leaves no trace.
func TestIntake(t *testing.T) {
	d, clock, one, _ := testDaemon(t, intakeOps)
	for _, token := range []string{"wrong", "", intakeToken[1:]} {
		if status, say := knock(t, d, "ops", token, firing("firing")); status != http.StatusUnauthorized || strings.Contains(say, intakeToken) {
			t.Errorf("with the token %q: %d %s, want 401", token, status, say)
		}
	}
	if n := len(openRows(t, d)); n != 0 {
		t.Errorf("%d incidents of who may not open any", n)
	}
	for path, want := range map[string]int{"nobody": http.StatusNotFound} {
		if status, say := knock(t, d, path, intakeToken, firing("firing")); status != want {
			t.Errorf("at /in/%s: %d %s", path, status, say)
		}
	}
	if status, say := knock(t, d, "ops", intakeToken, "up"); status != http.StatusBadRequest {
		t.Errorf("what is no webhook: %d %s", status, say)
	}
	for i, want := range []int{http.StatusAccepted, http.StatusOK} { // the group interval repeats it
		if status, say := knock(t, d, "ops", intakeToken, firing("firing")); status != want {
			t.Errorf("delivery %d: %d %s, want %d", i+1, status, say, want)
		}
	}
	deliverAll(t, d)
	rows := openRows(t, d)
	if len(rows) != 1 || rows[0].Topic != "water" || rows[0].Level != crisis.LevelII {
		t.Fatalf("open incidents: %+v", rows)
	}
	if len(one.sent) != 1 || !strings.Contains(alerts.Text(one.sent[0]), "三号泵站停机") || !strings.Contains(alerts.Text(one.sent[0]), "Alertmanager") {
		t.Errorf("told %+v", one.sent)
	}
	clock.now = clock.now.Add(time.Minute)
	for range 2 {
		if status, say := knock(t, d, "ops", intakeToken, firing("resolved")); status >= 300 {
			t.Fatalf("the end: %d %s", status, say)
		}
	}
	s := timelineOf(t, d, rows[0].ID)
	if strings.Count(s, "报来：已解除：三号泵站停机") != 1 || strings.Count(s, `"topic":"water","title":"自来水"`) != 1 {
		t.Errorf("the timeline: %s", s)
	}
}

// TestIntakeEnds holds that an end is noted only where people were told of the beginning:
// not in an incident that was opened by something else since.
func TestIntakeEnds(t *testing.T) {
	d, clock, _, _ := testDaemon(t, intakeOps)
	knock(t, d, "ops", intakeToken, firing("firing"))
	first := openRows(t, d)[0].ID
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: first, Note: "已恢复"})
	clock.now = clock.now.Add(time.Hour)
	second := openIncident(t, d)
	if status, say := knock(t, d, "ops", intakeToken, firing("resolved")); status >= 300 {
		t.Fatalf("%d %s", status, say)
	}
	if s := timelineOf(t, d, second); strings.Contains(s, "已解除") {
		t.Errorf("the timeline of another incident: %s", s)
	}
}

// TestIntakeAtOnce has the members of a cluster deliver the same alert at the same time:
// one incident, one entry, and everybody is answered that it is stored.
func TestIntakeAtOnce(t *testing.T) {
	d, _, _, _ := testDaemon(t, intakeOps)
	var all sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		all.Go(func() { statuses[i], _ = knock(t, d, "ops", intakeToken, firing("firing")) })
	}
	all.Wait()
	took := 0
	for _, s := range statuses {
		if s == http.StatusAccepted {
			took++
		} else if s != http.StatusOK {
			t.Errorf("answered %d", s)
		}
	}
	rows := openRows(t, d)
	if len(rows) != 1 || took != 1 {
		t.Fatalf("%d incidents, %d deliveries count as new", len(rows), took)
	}
	if s := timelineOf(t, d, rows[0].ID); strings.Count(s, `"says":"三号泵站停机"`) != 1 {
		t.Errorf("the timeline: %s", s)
	}
}

// TestIntakeCrash ends the transaction at the last of its writes, the cursor, when the
// incident has been written: neither is there, the sender is told to come again, and
// that opens it once.
func TestIntakeCrash(t *testing.T) {
	d, _, one, _ := testDaemon(t, intakeOps)
	db, err := sql.Open("sqlite", filepath.Join(d.cfg.Data, "watchfire.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"sources", "incidents", "outbox", "events"} {
		if _, err := db.ExecContext(t.Context(), "CREATE TRIGGER cut BEFORE INSERT ON "+table+" BEGIN SELECT RAISE(ABORT, 'cut'); END"); err != nil {
			t.Fatal(err)
		}
		if status, say := knock(t, d, "ops", intakeToken, firing("firing")); status != http.StatusServiceUnavailable {
			t.Errorf("cut at %s: %d %s", table, status, say)
		}
		if _, err := db.ExecContext(t.Context(), "DROP TRIGGER cut"); err != nil {
			t.Fatal(err)
		}
		if rows := openRows(t, d); len(rows) != 0 {
			t.Errorf("cut at %s: %+v", table, rows)
		}
	}
	for i, want := range []int{http.StatusAccepted, http.StatusOK} {
		if status, say := knock(t, d, "ops", intakeToken, firing("firing")); status != want {
			t.Errorf("delivery %d after it: %d %s, want %d", i+1, status, say, want)
		}
	}
	deliverAll(t, d)
	if rows := openRows(t, d); len(rows) != 1 || len(one.sent) != 1 {
		t.Errorf("%d incidents, told %d times", len(rows), len(one.sent))
	}
}

// TestIntakeWords shows what people read of what other systems report.
func TestIntakeWords(t *testing.T) {
	var b strings.Builder
	for _, lang := range []string{"zh", "en"} {
		for _, c := range []struct{ name, source, begins, ends string }{
			{"alertmanager", "{name: in, title: 机房监控, alertmanager: {token: " + intakeToken + ", topic: water}}", firing("firing"), firing("resolved")},
			{
				"monitor", "{name: in, title: 云听舆情, monitor: {token: " + intakeToken + ", topic: water, fields: {id: id, title: title, text: text, url: url, level: level, state: state}, over: [closed], levels: {红: I}}}",
				`{"id":"7","title":"多人反映自来水发黄","text":"青溪区三个小区","url":"https://m.yunchuan.example/7","level":"红","state":"open"}`, `{"id":"7","state":"closed"}`,
			},
		} {
			d, clock, one, _ := testDaemon(t, "lang: "+lang+"\nsources:\n  - "+c.source+"\n")
			for _, body := range []string{c.begins, c.ends} {
				if status, say := knock(t, d, "in", intakeToken, body); status != http.StatusAccepted {
					t.Fatalf("%s: %d %s", c.name, status, say)
				}
				clock.now = clock.now.Add(time.Minute)
			}
			deliverAll(t, d)
			id := openRows(t, d)[0].ID
			fmt.Fprintf(&b, "=== %s, %s\n%s\n--- short\n%s\n--- in the timeline\n", c.name, lang, alerts.Text(one.sent[0]), alerts.Short(one.sent[0]))
			for _, note := range remarksOf(t, d, id) {
				fmt.Fprintln(&b, note)
			}
		}
	}
	file := filepath.Join("testdata", "intake.golden")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestIntakeOurs holds that a source of warnings knows what our own channel publishes.
func TestIntakeOurs(t *testing.T) {
	d, _, _, _ := testDaemon(t, "  - {name: feed, cap: {folder: "+t.TempDir()+", sender: watchfire@yunchuan.example}}\nsources:\n  - {name: wx, every: 10m, cap: {url: https://qx.yunchuan.example/feed, topic: water}}\n")
	if ours := d.sourceConfig("wx").Kind.(*crawlers.CAP).Ours; len(ours) != 1 || ours[0] != "watchfire@yunchuan.example" {
		t.Errorf("ours are %v", ours)
	}
}

// remarksOf are the notes of the machine in the timeline of an incident, as people read
// them.
func remarksOf(t *testing.T, d *Daemon, id string) (out []string) {
	t.Helper()
	err := d.store.View(t.Context(), func(tx *store.Tx) error {
		_, events, err := tx.Incident(id)
		for _, e := range events {
			var r crisis.Remark
			if e.Kind == crisis.EventNote && json.Unmarshal(e.Data, &r) == nil {
				out = append(out, r.Text)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
