package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/failpoint"
)

const doorToken = "0123456789abcdef"

// handers are the ways in which another system hands in an incident: the configuration of
// the source, and what is posted at its door; "" of one that is visited.
var handers = map[string]struct{ source, body string }{
	"alertmanager": {
		"{name: ops, alertmanager: {token: " + doorToken + ", topic: water}}",
		`{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"PumpDown","severity":"critical"},"annotations":{"summary":"三号泵站停机"},"startsAt":"2026-03-16T00:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"f1"}]}`,
	},
	"monitor": {
		"{name: ops, monitor: {token: " + doorToken + ", topic: water, fields: {id: id, title: title, level: level}, levels: {红: I}}}",
		`{"id":"7","title":"三号泵站停机","level":"红"}`,
	},
	"cap": {"{name: ops, every: 1m, cap: {url: \"%s\", topic: water}}", ""},
}

// warning is a CAP document.
const warning = `<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>W1</identifier><sender>qx@yunchuan.example</sender><sent>2026-03-16T08:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<info><language>zh-CN</language><category>Infra</category><event>停水</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty><expires>2026-03-17T20:00:00+08:00</expires><headline>三号泵站停机</headline><area><areaDesc>云川市</areaDesc></area></info></alert>`

// knock delivers a body twice at once, as the members of a cluster do, and returns the
// statuses; 0 where no answer came.
func (p *process) knock(token, body string) []int {
	p.t.Helper()
	statuses := make([]int, 2)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() {
			req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.addr+"/in/ops", strings.NewReader(body))
			if err != nil {
				p.t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+token)
			if resp, err := http.DefaultClient.Do(req); err == nil {
				statuses[i] = resp.StatusCode
				_ = resp.Body.Close() // the status is all that counts
			}
		})
	}
	all.Wait()
	return statuses
}

// TestKilledAtIntake kills the daemon right before and behind the commit that holds both the
// incident and the cursor which knows the delivery; whoever got no answer delivers again.
// One incident is opened, and people are told once.
func TestKilledAtIntake(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("builds and starts the daemon many times")
	}
	for kind, h := range handers {
		for _, at := range []string{failpoint.BeforeCommit, failpoint.AfterCommit} {
			t.Run(kind+" "+at, func(t *testing.T) {
				t.Parallel()
				office := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, warning) }))
				t.Cleanup(office.Close)
				w := emptyWorld(t, eight, quick, "intranet: [127.0.0.0/8]\npace: {host_delay: 0s}\n")
				w.configure("sources:\n", "sources:\n  - "+strings.Replace(h.source, "%s", office.URL, 1)+"\n")
				p := w.launchMined(at + " of daemon.ingest:1")
				if h.body != "" {
					p.await()
					for _, status := range p.knock("wrong-"+doorToken, h.body) {
						if status != http.StatusUnauthorized {
							t.Errorf("a stranger is answered %d", status)
						}
					}
					p.knock(doorToken, h.body)
				}
				p.killed()
				p = w.launchMined("").await()
				if h.body != "" {
					for _, status := range p.knock(doorToken, h.body) {
						if status/100 != 2 {
							t.Errorf("delivered again it is answered %d", status)
						}
					}
				}
				w.holdHanded(p)
			})
		}
	}
}

// holdHanded holds that what was handed in opened one incident, told once.
func (w *world) holdHanded(p *process) {
	w.t.Helper()
	until(w.t, "the alert of the incident", func() bool {
		for _, copies := range w.hook.received() {
			if copies[0].Kind == crisis.AlertOpened {
				return true
			}
		}
		return false
	})
	<-time.After(time.Second) // two minutes of the daemon, with two more visits
	w.settle(p, func() *process { return w.launchMined("").await() })
	opened := 0
	for id, copies := range w.hook.received() {
		if copies[0].Kind == crisis.AlertOpened {
			opened += len(copies)
		} else if copies[0].Incident != "" {
			w.t.Errorf("people are told %s besides", id)
		}
	}
	incidents, said := 0, 0
	w.query("SELECT (SELECT count(*) FROM incidents), (SELECT count(*) FROM events WHERE CAST(data AS TEXT) LIKE '%\"says\":\"三号泵站停机%')", func(rows *sql.Rows) error {
		return rows.Scan(&incidents, &said)
	})
	if opened != 1 || incidents != 1 || said != 1 {
		w.t.Errorf("%d incidents, in %d entries, told %d times, want each once", incidents, said, opened)
	}
}
