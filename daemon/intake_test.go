package daemon

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestIntake has Alertmanager hand in an alert: it opens the incident of its topic and says
// who reported it, a repeat does nothing, its end is a note, and a wrong token is refused.
func TestIntake(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "sources:\n  - {name: ops, title: 机房监控, alertmanager: {token: 0123456789abcdef, topic: water}}\n")
	src := d.sourceConfig("ops")
	kind := src.Kind.(crawlers.Receiver)
	cursor := ""
	hand := func(token, status string) error {
		t.Helper()
		body := `{"version":"4","status":"` + status + `","alerts":[{"status":"` + status + `","labels":{"alertname":"PumpDown","severity":"critical"},` +
			`"annotations":{"summary":"三号泵站停机"},"startsAt":"2026-03-16T00:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"f1"}]}`
		h, err := kind.Receive(cursor, http.Header{"Authorization": {"Bearer " + token}}, []byte(body), clock.now)
		if err != nil {
			return err
		}
		cursor = h.Cursor
		return d.Receive(t.Context(), src, h)
	}
	if err := hand("wrong", "firing"); crawlers.ClassOf(err) != crisis.ClassAuth {
		t.Errorf("a wrong token: %v", err)
	}
	for range 2 { // the group interval repeats it
		if err := hand("0123456789abcdef", "firing"); err != nil {
			t.Fatal(err)
		}
	}
	deliverAll(t, d)
	var rows []store.IncidentRow
	if err := d.store.View(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.OpenIncidents()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || rows[0].Topic != "water" || rows[0].Level != crisis.LevelII {
		t.Fatalf("open incidents: %+v", rows)
	}
	if len(one.sent) != 1 || !strings.Contains(alerts.Text(one.sent[0]), "三号泵站停机") || !strings.Contains(alerts.Text(one.sent[0]), "机房监控") {
		t.Errorf("told %+v", one.sent)
	}
	clock.now = clock.now.Add(time.Minute)
	if err := hand("0123456789abcdef", "resolved"); err != nil {
		t.Fatal(err)
	}
	if s := timelineOf(t, d, rows[0].ID); !strings.Contains(s, "三号泵站停机") || strings.Count(s, `"topic":"water","title":"自来水"`) != 1 {
		t.Errorf("the timeline: %s", s)
	}
}
