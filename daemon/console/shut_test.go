package console

import (
	"bufio"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"watchfire/daemon/store"
)

var shownOnce = regexp.MustCompile(`class="onetime">([^<]+)<`)

// TestShutOut takes somebody's access away who is logged in, has a token and a page open,
// and wants everything to end at once but the name in the history.
func TestShutOut(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.as("李敏", roleAdmin)
	boss := w.browser
	w.as("周婷", roleAdmin)
	theirs := w.browser
	w.post("/incidents/"+id, form("do", "note", "note", "已通知热线"), 200)
	token := shownOnce.FindStringSubmatch(w.post("/settings/tokens", form("do", "add", "name", "大屏", "role", roleViewer, "days", "7"), 200))[1]
	api := func() int {
		t.Helper()
		r := w.request("GET", "/api/v1/incidents", nil, "Authorization", "Bearer "+token)
		w.must(r.Body.Close())
		return r.StatusCode
	}
	live := w.request("GET", "/live", nil)
	defer live.Body.Close()
	lines := bufio.NewScanner(live.Body)
	if !lines.Scan() || api() != 200 {
		t.Fatal("the page or the token does not work to begin with")
	}
	w.browser = boss
	w.post("/settings/people", form("do", "shut", "name", "李敏"), 422)
	w.post("/settings/people", form("do", "shut", "name", "没有这个人"), 404)
	page := w.post("/settings/people?lang=zh", form("do", "shut", "name", "周婷"), 200)
	sound(t, "people", page)
	if !strings.Contains(page, "已停用") || !strings.Contains(page, `value="back"`) {
		t.Error("the list does not say that the access was taken away")
	}
	for lines.Scan() { // the stream ends
	}
	w.post("/settings/people", form("do", "add", "name", "周婷", "role", roleViewer), 409)
	w.post("/settings/people", form("do", "reset", "name", "周婷"), 409)
	if page := w.get("/incidents/"+id, 200); !strings.Contains(page, "周婷") {
		t.Error("the name is gone from the timeline")
	}
	if page := w.get("/settings/audit?who="+url.QueryEscape("周婷"), 200); !strings.Contains(page, "note") {
		t.Error("the name is gone from the audit log")
	}
	w.must(w.store.View(t.Context(), func(tx *store.Tx) error {
		if login, role, err := Acting(tx, "周婷", w.now()); err != nil || login != "周婷" || role != roleGone || allowed(role, "note") {
			t.Errorf("a click on a message acts as %q, %q, %v", login, role, err)
		}
		return nil
	}))
	w.browser = theirs
	if page := w.get("/", 200); !strings.Contains(page, `action="/login"`) || api() != 401 {
		t.Error("the log-in or the token goes on")
	}
	w.browser = boss
	once := shownOnce.FindStringSubmatch(w.post("/settings/people", form("do", "back", "name", "周婷"), 200))
	w.post("/settings/people", form("do", "back", "name", "周婷"), 409)
	w.browser = w.newBrowser()
	if page := w.post("/login", form("user", "周婷", "password", once[1]), 200); !strings.Contains(page, `action="/password"`) || api() != 401 {
		t.Error("who was let back cannot begin again, or an old token holds")
	}
}

// TestLastAdminStays refuses to shut out the only administrator left, and ends tokens with
// more than a lower role.
func TestLastAdminStays(t *testing.T) {
	w := newWorld(t, false)
	w.as("a", roleAdmin)
	a := &visit{user: store.User{Name: "a"}}
	w.as("b", roleAdmin)
	w.post("/settings/tokens", form("do", "add", "name", "much", "role", roleAdmin, "days", "7"), 200)
	w.post("/settings/tokens", form("do", "add", "name", "little", "role", roleViewer, "days", "7"), 200)
	b := &visit{user: store.User{Name: "b"}}
	w.must(w.console.shutOut(t.Context(), b, "a"))
	if err := w.console.changeRole(t.Context(), "b", roleOperator); err == nil {
		t.Error("nobody is left but who was shut out")
	}
	if _, err := w.console.letBack(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	w.must(w.console.changeRole(t.Context(), "b", roleOperator))
	if err := w.console.shutOut(t.Context(), a, "a"); err == nil {
		t.Error("somebody shut themselves out")
	}
	w.must(w.store.View(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Tokens()
		for _, k := range all {
			if k.Holds(w.now()) != (k.Name == "little") {
				t.Errorf("after the role was lowered the token %s holds: %v", k.Name, k.Holds(w.now()))
			}
		}
		return err
	}))
}

// TestStrangersLockNobodyOut guesses at a name until no more guesses are taken, and wants
// whoever has logged in from their browser before to log in all the same, and to change
// their password.
func TestStrangersLockNobodyOut(t *testing.T) {
	w := newWorld(t, false)
	w.logIn()
	officer := w.browser
	flood := func() {
		t.Helper()
		w.browser = w.newBrowser()
		for range 12 {
			r := w.request("POST", "/login", strings.NewReader(form("user", Admin, "password", "guess guess guess").Encode()))
			w.must(r.Body.Close())
		}
		w.post("/login", form("user", Admin, "password", chosen), 429)
	}
	flood()
	w.browser = officer
	w.post("/password", form("old", chosen, "new", chosen+"呢", "again", chosen+"呢"), 200)
	w.post("/logout", nil, 200)
	if page := w.post("/login", form("user", Admin, "password", chosen+"呢"), 200); !strings.Contains(page, `action="/logout"`) {
		t.Error("the duty officer was locked out by a stranger")
	}
	for range 10 { // the tries of the browser are limited as well
		w.post("/login", form("user", Admin, "password", "guess guess guess"), 401)
	}
	w.post("/login", form("user", Admin, "password", chosen+"呢"), 429)
	flood()
	w.browser = officer
	home, err := url.Parse(w.server.URL)
	w.must(err)
	for _, k := range officer.Jar.Cookies(home) {
		if k.Name != deviceCookie {
			continue
		}
		for what, value := range map[string]string{"changed": k.Value[:len(k.Value)-1] + "0", "of nothing": "x", "longer": "zzzz" + k.Value} {
			w.browser = w.newBrowser()
			w.browser.Jar.SetCookies(home, []*http.Cookie{{Name: deviceCookie, Value: value, Path: "/"}})
			r := w.request("POST", "/login", strings.NewReader(form("user", Admin, "password", chosen+"呢").Encode()))
			w.must(r.Body.Close())
			if r.StatusCode != http.StatusTooManyRequests {
				t.Errorf("a cookie that is %s: status %d", what, r.StatusCode)
			}
		}
		r, err := http.NewRequestWithContext(t.Context(), "POST", "/login", nil)
		w.must(err)
		r.AddCookie(k)
		for name, at := range map[string]time.Duration{"somebody": 0, Admin: deviceLife + time.Minute} {
			w.wait(at)
			if device, err := w.console.deviceOf(r, name); err != nil || device != "" {
				t.Errorf("the cookie of %s is worth something to %s %s later: %v", Admin, name, at, err)
			}
			w.wait(-at)
		}
	}
}
