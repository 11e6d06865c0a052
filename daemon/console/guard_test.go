package console

import (
	"strings"
	"testing"
)

func TestHeaders(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	for _, path := range append(paths(id), "/login", "/assets/app.js", "/live-not") {
		r := w.request("GET", path, nil)
		_ = r.Body.Close()
		for key, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"Referrer-Policy":         "no-referrer", "X-Content-Type-Options": "nosniff",
		} {
			if got := r.Header.Get(key); got != want {
				t.Errorf("%s: %s is %q", path, key, got)
			}
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	before := w.incident(id).Events
	for _, path := range []string{"/incidents/" + id, "/sources/square", "/name", "/login", "/logout", "/password", "/settings/people"} {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}} {
			f := tickForm("out-03")
			if path == "/sources/square" {
				f.Set("do", "pause")
			}
			r := w.request("POST", path, strings.NewReader(f.Encode()), headers...)
			if len(r.Cookies()) > 0 {
				t.Errorf("%s from another site sets %v", path, r.Cookies())
			}
			sound(t, "cross", w.read(r, 403))
		}
	}
	if w.all[0].Paused {
		t.Error("another site paused a source")
	}
	if after := w.incident(id).Events; after != before {
		t.Errorf("%d events, want %d: a request from another site acted", after, before)
	}
}

// TestRebinding tries to reach an open console under a name of somebody else's.
func TestRebinding(t *testing.T) {
	w := newWorld(t, true)
	for host, want := range map[string]int{"evil.example": 403, "127.0.0.1.evil.example": 403, "10.0.0.5:8790": 403, "localhost:8790": 200, "127.0.0.1": 200, "[::1]:8790": 200} {
		w.read(w.request("GET", "/", nil, "Host", host), want)
	}
	id := w.fill()
	before := w.incident(id).Events
	const evil = "evil.example:8790"
	for _, path := range []string{"/live", "/assets/app.js", "/incidents/" + id, "/playbooks"} {
		w.read(w.request("GET", path, nil, "Host", evil), 403)
	}
	r := w.request("POST", "/incidents/"+id, strings.NewReader(tickForm("out-03").Encode()), "Host", evil, "Origin", "http://"+evil, "Sec-Fetch-Site", "same-origin")
	w.read(r, 403)
	if after := w.incident(id).Events; after != before {
		t.Error("a page that rebound its own name acted")
	}
}

func TestOpenRedirect(t *testing.T) {
	w := newWorld(t, false)
	w.logIn()
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)", "/\t/evil.example", "evil"} {
		w.browser = w.newBrowser()
		r := w.request("POST", "/login", strings.NewReader(form("user", Admin, "password", chosen, "next", next).Encode()))
		w.read(r, 303)
		if got := r.Header.Get("Location"); got != "/" {
			t.Errorf("next %q leads to %q", next, got)
		}
	}
}

// TestLinkFromChat opens a link that another site shows: the cookie does not come
// along, so a page of ours must ask again before the log-in is shown.
func TestLinkFromChat(t *testing.T) {
	w := newWorld(t, false)
	page := w.read(w.request("GET", "/incidents/20261014-01", nil, "Sec-Fetch-Site", "cross-site"), 200)
	if !strings.Contains(page, `http-equiv="refresh"`) || !strings.Contains(page, `href="/incidents/20261014-01"`) {
		t.Errorf("want a page that asks again, got\n%s", page)
	}
	r := w.request("GET", "/incidents/20261014-01", nil, "Sec-Fetch-Site", "same-origin")
	w.read(r, 303)
	if got := r.Header.Get("Location"); got != "/login?next=%2Fincidents%2F20261014-01" {
		t.Errorf("a stranger is sent to %q", got)
	}
	w.read(w.request("GET", "/", nil, "X-Part", "main"), 401)
	w.read(w.request("GET", "/live", nil), 401)
}
