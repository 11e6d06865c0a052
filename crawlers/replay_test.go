package crawlers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// recorded is one payload of the source pack.
type recorded struct {
	File        string            `json:"file"`
	Status      int               `json:"status"`
	ContentType string            `json:"content_type"`
	Headers     map[string]string `json:"headers"`
	body        []byte
}

// recordings loads the source pack; it lies beside the project and is not part of it.
func recordings(t testing.TB) []recorded {
	t.Helper()
	dir := os.Getenv("WATCHFIRE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(dir, "sources", "manifest.json"))
	if err != nil {
		t.Skipf("the pack of recorded sources is not here: %v", err)
	}
	var m struct {
		Fixtures []recorded `json:"fixtures"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for i := range m.Fixtures {
		f := &m.Fixtures[i]
		if f.body, err = os.ReadFile(filepath.Join(dir, "sources", f.File)); err != nil {
			t.Fatal(err)
		}
	}
	return m.Fixtures
}

// ServeHTTP answers with the payload, byte for byte.
func (r *recorded) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for k, v := range r.Headers {
		w.Header().Set(k, v)
	}
	w.Header()["Content-Type"] = nil // not guessed where the recording has none
	if r.ContentType != "" {
		w.Header().Set("Content-Type", r.ContentType)
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.body) // a 304 has no body, and a client may have had enough
}

// network is a Web for which every site of the world is h, over http and https.
func network(t testing.TB, h http.Handler) *Web {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	web := testWeb(t, Options{})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.Listener.Addr().String())
	}
	web.base.DialContext, web.base.DialTLSContext = dial, dial
	return web
}

// glance is the reader of payloads of formats that no kind reads: it sees only
// whether the answer is what was asked for.
type glance struct{ url string }

func (glance) Check() error { return nil }

func (g glance) Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error) {
	page, err := web.Get(ctx, g.url, loadCursor[Conditions](cursor))
	if err != nil {
		return Harvest{}, err
	}
	return Harvest{Class: crisis.ClassOK, Cursor: saveCursor(page.Conditions)}, nil
}

// outcome is what reading a payload must come to.
type outcome struct {
	class crisis.Class
	posts int
}

// TestRecorded reads every payload of the pack as the table in recordings_test.go
// says. No failure may hand out a cursor or posts.
func TestRecorded(t *testing.T) {
	plans := plansOf(t)
	for _, r := range recordings(t) {
		folder, _, _ := strings.Cut(r.File, "/")
		if folder == "robots" || folder == "webhook" {
			continue // TestRecordedRobots, TestRecordedPush
		}
		p, ok := plans[r.File]
		if !ok {
			t.Errorf("%s has no plan", r.File)
			continue
		}
		delete(plans, r.File)
		t.Run(r.File, func(t *testing.T) {
			web := network(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				switch {
				case req.URL.Path == "/robots.txt":
					http.NotFound(w, req)
				case strings.HasPrefix(req.URL.Path, "/example_channel"): // where Telegram leads to
					fmt.Fprint(w, `<!DOCTYPE html><html><title>Telegram: Contact</title><div class="tgme_page"></div></html>`)
				default:
					r.ServeHTTP(w, req)
				}
			}))
			h, err := p.crawler(t, &r).Crawl(t.Context(), web, p.cursor)
			got := outcome{h.Class, len(h.Posts)}
			if err != nil {
				got.class = ClassOf(err)
				if h.Cursor != "" || len(h.Posts) > 0 {
					t.Errorf("fails with %v and moves its cursor to %s", err, h.Cursor)
				}
			}
			if got != p.want {
				t.Errorf("outcome %v (%v), want %v", got, err, p.want)
			}
			for _, post := range h.Posts {
				checkPost(t, post)
			}
		})
	}
	for file := range plans {
		t.Errorf("%s is not in the pack", file)
	}
}

// checkPost holds what every post must be, whatever it was made of.
func checkPost(t *testing.T, p crisis.Post) {
	t.Helper()
	all, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"138****0000", "avatar", "\ufffd"} {
		if strings.Contains(string(all), private) {
			t.Errorf("%q is in %s", private, all)
		}
	}
	if p.URL != "" && !strings.HasPrefix(p.URL, "http://") && !strings.HasPrefix(p.URL, "https://") {
		t.Errorf("address %q", p.URL)
	}
	if p.Author != "" && strings.HasPrefix(p.Title, p.Author+":") {
		t.Errorf("title %q names its author", p.Title)
	}
	if p.ID == "" || p.Title+p.Text == "" || p.Published.After(testNow.Add(10*time.Minute)) {
		t.Errorf("post %+v", p)
	}
}

// TestRecordedByAll reads every payload with every kind, whatever it is: nothing
// may crash, and no failure may hand out a cursor.
func TestRecordedByAll(t *testing.T) {
	const at = "https://www.example.org/page"
	for _, r := range recordings(t) {
		web := network(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Path == "/robots.txt" {
				http.NotFound(w, req)
				return
			}
			r.ServeHTTP(w, req)
		}))
		for _, c := range []Crawler{
			&Feed{URL: at, Zone: "UTC"}, &List{URL: at, Item: "li", Article: "body", Zone: "UTC", Limit: 2}, &JSON{URL: at, Title: "title", Zone: "UTC", Pages: 1}, dropped(t, &r),
		} {
			h, err := c.Crawl(t.Context(), web, "")
			if err != nil && (h.Cursor != "" || len(h.Posts) > 0) {
				t.Errorf("%s: %T fails with %v and moves its cursor to %s", r.File, c, err, h.Cursor)
			}
			if err == nil && !h.Class.Sees() {
				t.Errorf("%s: %T succeeds with class %s", r.File, c, h.Class)
			}
		}
		_, _ = (&Push{Secret: testSecret, Tolerance: time.Minute, Zone: "UTC"}).Receive("", signedHeader(t, testSecret, "x", testNow, r.body), r.body, testNow) // must not panic
	}
}

// dropped puts the payload into a folder of its own, an hour ago.
func dropped(t testing.TB, r *recorded) *File {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, filepath.Base(r.File))
	if err := os.WriteFile(name, r.body, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, testNow, testNow.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	return &File{Dir: dir, Pattern: "*", Zone: "Asia/Shanghai", Limit: 1000}
}

const testSecret = "whsec_dGVzdC1rZXktbm90LWEtc2VjcmV0LTAxMjM0NTY3ODk="

// TestRecordedPush delivers the recorded pushes.
func TestRecordedPush(t *testing.T) {
	wanted := map[string]outcome{
		"push_single.json": {crisis.ClassOK, 1}, "push_single_rotated_keys.json": {crisis.ClassOK, 1},
		"push_single_bad_signature.json": {crisis.ClassAuth, 0}, "push_single_too_old.json": {crisis.ClassAuth, 0},
		"cloudevents_structured.json": {crisis.ClassOK, 1}, "cloudevents_batch.json": {crisis.ClassOK, 2}, "cloudevents_binary.json": {crisis.ClassOK, 1},
		"batch.ndjson":       {crisis.ClassOK, 4}, // a1 twice: the store knows it the second time
		"invalid_json.txt":   {crisis.ClassMalformed, 0},
		"invalid_types.json": {crisis.ClassMalformed, 0}, "grafana_style_alert.json": {crisis.ClassMalformed, 0},
	}
	push := &Push{Secret: testSecret, Tolerance: 5 * time.Minute, Zone: "Asia/Shanghai"}
	now := parseUnix(1795329000)
	seen := 0
	for _, r := range recordings(t) {
		name, ok := strings.CutPrefix(r.File, "webhook/")
		if !ok {
			continue
		}
		seen++
		h := http.Header{"Content-Type": {r.ContentType}}
		for k, v := range r.Headers {
			h.Set(k, v)
		}
		if h.Get("Webhook-Signature") == "" {
			maps.Copy(h, signedHeader(t, testSecret, "msg_1", now, r.body))
		}
		harvest, err := push.Receive("", h, r.body, now)
		got := outcome{harvest.Class, len(harvest.Posts)}
		if err != nil {
			got.class = ClassOf(err)
		}
		if want := wanted[name]; got != want {
			t.Errorf("%s: outcome %v (%v), want %v", name, got, err, want)
		}
		if err != nil && harvest.Cursor != "" {
			t.Errorf("%s: a refused delivery moves the cursor", name)
		}
		ids := map[string]bool{}
		for _, p := range harvest.Posts {
			ids[p.ID] = true
		}
		switch name {
		case "cloudevents_batch.json":
			if !ids["ce-0001"] || !ids["ce-0002"] {
				t.Errorf("%s: two events with the same words have the ids %v", name, ids)
			}
		case "cloudevents_binary.json":
			if !ids["ce-0003"] {
				t.Errorf("%s: ids %v", name, ids)
			}
		case "batch.ndjson":
			if !strings.Contains(harvest.Detail, "line 4") {
				t.Errorf("%s: the broken line is not named in %q", name, harvest.Detail)
			}
		}
	}
	if seen != len(wanted) {
		t.Errorf("%d recorded pushes, want %d", seen, len(wanted))
	}
}

// TestRecordedRobots asks for pages of sites with the recorded robots.txt.
func TestRecordedRobots(t *testing.T) {
	const ok, no = crisis.ClassOK, crisis.ClassForbidden
	wanted := map[string]map[string]crisis.Class{
		"allow_all.txt": {"/": ok, "/x": ok}, "disallow_all.txt": {"/": no, "/x": no},
		"groups.txt": {
			"/search/x": no, "/search/about": ok, "/search/about/": no, "/a.pdf": no, "/a.pdf?x": ok, "/private/": ok,
		},
		"utf8_paths.txt":  {"/%E6%90%9C%E7%B4%A2": no, "/%e6%90%9c%e7%b4%a2/x": no, "/%CB%D1%CB%F7": no, "/%E7%A7%81/": no, "/%E7%A7%81": ok, "/": ok},
		"gbk_comment.txt": {"/search": no, "/": ok},
		"404.html":        {"/": ok}, "200_html_login.html": {"/": ok},
		"500.txt": {"/": crisis.ClassUnavailable}, "429.txt": {"/": crisis.ClassRateLimited},
		"redirect_302.txt": {"/": ok, "/moved": no},
	}
	seen := 0
	for _, r := range recordings(t) {
		name, found := strings.CutPrefix(r.File, "robots/")
		if !found {
			continue
		}
		seen++
		pages := 0
		web := network(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			switch {
			case req.URL.Path == "/robots.txt" && req.Host == "www.example.org" && name == "redirect_302.txt":
				fmt.Fprint(w, "User-agent: *\nDisallow: /moved\n")
			case req.URL.Path == "/robots.txt":
				r.ServeHTTP(w, req)
			default:
				pages++
				fmt.Fprint(w, "fine")
			}
		}))
		if name == "groups.txt" {
			web.opt.UserAgent = "OpinionWatch/1.0 (+mailto:test@example.org)"
		}
		for path, want := range wanted[name] {
			before := pages
			_, err := web.Get(t.Context(), "https://example.org"+path, Conditions{})
			got := ok
			if err != nil {
				got = ClassOf(err)
			}
			if got != want || (got != ok && pages > before) {
				t.Errorf("%s: Get(%s) = %s (%v), want %s and no request unless allowed", name, path, got, err, want)
			}
			if name == "groups.txt" { // so that the test does not wait
				u, _ := url.Parse("https://example.org/")
				h := web.host(u)
				if h.rules["https"].delay != 10*time.Second {
					t.Errorf("%s: Crawl-delay %s, want 10s", name, h.rules["https"].delay)
				}
				h.pace.SetLimit(every(0))
			}
		}
	}
	if seen != len(wanted) {
		t.Errorf("%d recorded robots.txt, want %d", seen, len(wanted))
	}
}
