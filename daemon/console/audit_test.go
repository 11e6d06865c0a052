package console

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/daemon/store"
)

// log returns the audit log, the newest entry first.
func (w *world) log() []store.Entry {
	w.t.Helper()
	var all []store.Entry
	w.must(w.store.View(w.t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Audit(store.AuditFilter{Limit: 10000})
		return err
	}))
	return all
}

// TestEveryPostIsLogged sends an empty form to every route that takes one, as an admin and
// as a viewer, and wants one line for each.
func TestEveryPostIsLogged(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	for _, role := range []string{roleAdmin, roleViewer} {
		for _, p := range w.console.routes().patterns {
			if !strings.HasPrefix(p, "POST ") || p == "POST /logout" || p == "POST /push/renew" { // strangers' renewals do not fill the log
				continue
			}
			w.as("user-"+role, role)
			before := len(w.log())
			method, path := bare(id, p)
			r := w.request(method, path, strings.NewReader("do=nothing"))
			w.must(r.Body.Close())
			all := w.log()
			if len(all) != before+1 {
				t.Errorf("%s by a %s left %d lines, want 1", p, role, len(all)-before)
				continue
			}
			e := all[0]
			who := e.Who == "user-"+role || p == "POST /login" || p == "POST /tap/{token}" // these say themselves who comes
			if !who || e.Address != "127.0.0.1" || e.Outcome != store.OutcomeRefused && r.StatusCode >= 400 || e.Outcome != store.OutcomeOK && r.StatusCode < 400 || e.At.IsZero() {
				t.Errorf("%s by a %s, status %d: the log says %+v", p, role, r.StatusCode, e)
			}
		}
	}
}

func TestAuditOfActs(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.as("limin", roleApprover)
	w.post("/incidents/"+id, tickForm("out-03"), 200)
	w.post("/incidents/"+id, form("do", "close"), 422)
	w.post("/handover", url.Values{"incident": {id}, "person": {"周婷"}, "note": {"x"}}, 200)
	var got []string
	for _, e := range w.log() {
		got = append(got, strings.Join([]string{e.Who, e.Role, e.What, e.Target, e.Outcome}, " "))
	}
	want := []string{
		"limin approver handed_over " + id + " ok",
		"limin approver POST /incidents/{id} close " + id + " refused",
		"limin approver step_done " + id + " service-outage/out-03 ok",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the log says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestAuditWithTheAct wants the line and the act in one transaction: an act that is
// refused inside of it leaves one line, which says so.
func TestAuditWithTheAct(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.as("limin", roleApprover)
	before := w.incident(id).Events
	w.post("/incidents/"+id, form("do", "reopen"), 409)
	all := w.log()
	if len(all) != 1 || all[0].What != "reopened" || all[0].Outcome != store.OutcomeRefused || w.incident(id).Events != before {
		t.Errorf("a refused act left %+v", all)
	}
}

// TestAuditHasNoSecrets looks for everything secret that was typed or made.
func TestAuditHasNoSecrets(t *testing.T) {
	w := newWorld(t, false)
	w.fill()
	w.logIn()
	page := w.post("/settings/people", form("do", "add", "name", "周婷", "role", roleViewer), 200)
	_, once, _ := strings.Cut(page, `class="onetime">`)
	once, _, _ = strings.Cut(once, "<")
	w.post("/logout", nil, 200)
	w.browser = w.newBrowser()
	w.post("/login", form("user", "my-secret-password", "password", "guess-of-secret"), 401) // typed in the wrong field
	w.post("/login", form("user", Admin, "password", "guess-of-secret"), 401)
	w.post("/login?password=guess-of-secret", form("user", Admin, "password", chosen, "do", "guess-of-secret"), 200)
	w.post("/tap/secret-token", form("note", "secret"), 410)
	var said []string
	for _, e := range w.log() {
		line := strings.Join([]string{e.Who, e.What, e.Target, e.Outcome}, "|")
		said = append(said, line)
		for _, secret := range []string{chosen, once, "secret"} {
			if strings.Contains(line, secret) {
				t.Errorf("the log says %q", line)
			}
		}
	}
	for _, want := range []string{"|POST /login||refused", "admin|POST /login||refused", "admin|POST /login||ok", "admin|POST /logout||ok", "admin|POST /settings/people add|周婷 viewer|ok", "admin|POST /password||ok"} {
		if !slices.Contains(said, want) {
			t.Errorf("the log lacks %q; it says\n%s", want, strings.Join(said, "\n"))
		}
	}
}

// TestFloodIsLoggedOnce tries to fill the disk with refused log-ins.
func TestFloodIsLoggedOnce(t *testing.T) {
	w := newWorld(t, false)
	for i := range 40 {
		want := 401
		if i >= 10 {
			want = 429
		}
		w.post("/login", form("user", "x", "password", "guess guess guess"), want)
	}
	if n := len(w.log()); n != 11 {
		t.Errorf("40 refused log-ins left %d lines, want 11: one for each try and one for the flood", n)
	}
}

func TestAuditPage(t *testing.T) {
	w, id := restricted(t)
	w.as("=cmd", roleViewer)
	w.post("/incidents/"+id, form("do", "ack"), 403)
	for range perAudit {
		w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
			return tx.Note(&store.Entry{At: w.now().Add(-48 * time.Hour), Who: "old", What: "note", Target: "x", Outcome: store.OutcomeOK})
		}))
	}
	w.as("outsider", roleAdmin)
	for _, lang := range langs {
		sound(t, "audit", w.get("/settings/audit?lang="+lang, 200))
	}
	page := w.get("/settings/audit?outcome=refused", 200)
	if !strings.Contains(page, "=cmd") || strings.Contains(page, "<td>old</td>") || strings.Contains(page, id) {
		t.Errorf("the refused are\n%s", page)
	}
	if page := w.get("/settings/audit?from=2026-10-14&to=2026-10-14", 200); strings.Contains(page, "<td>old</td>") || !strings.Contains(page, "limin") {
		t.Error("the day is not what was asked for")
	}
	if page := w.get("/settings/audit", 200); !strings.Contains(page, "before=") {
		t.Error("there is no way to older entries")
	}
	w.get("/settings/audit?before=x", 400)
	w.get("/settings/audit?from=x", 400)
	file := w.get("/settings/audit.csv", 200)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != len(w.log())+1 {
		t.Fatalf("the file has %d rows of %d: %v", len(rows), len(w.log())+1, err)
	}
	if strings.Contains(file, ",=cmd") || !strings.Contains(file, "'=cmd") || strings.Contains(file, id) {
		t.Error("the file has a formula, or tells of an incident that the reader does not see")
	}
	w.as("wang", roleApprover)
	w.get("/settings/audit", 403)
	w.get("/settings/audit.csv", 403)
}

func TestOwnSessions(t *testing.T) {
	w := newWorld(t, false)
	w.logIn()
	first := w.browser
	w.wait(time.Minute)
	w.browser = w.newBrowser()
	r := w.request("POST", "/login", strings.NewReader(form("user", Admin, "password", chosen).Encode()), "User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1")
	w.read(r, http.StatusSeeOther)
	page := w.get("/account?lang=zh", 200)
	sound(t, "account", page)
	if !strings.Contains(page, "iPhone · Safari") || !strings.Contains(page, "未知设备") || strings.Count(page, "127.0.0.1") != 2 {
		t.Errorf("the sessions are\n%s", page)
	}
	_, id, _ := strings.Cut(page, `name="id" value="`)
	id, _, _ = strings.Cut(id, `"`)
	w.as("other", roleAdmin)
	w.post("/sessions", form("id", id), 404) // of somebody else
	w.browser = first
	if !strings.Contains(w.get("/", 200), `action="/logout"`) {
		t.Error("somebody else ended a session")
	}
	w.browser = w.newBrowser()
	w.post("/login", form("user", Admin, "password", chosen), 200)
	w.post("/sessions", form("id", id), 200)
	w.browser = first
	if strings.Contains(w.get("/", 200), `action="/logout"`) {
		t.Error("the session was ended, and goes on")
	}
}
