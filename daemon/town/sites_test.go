package town_test

import (
	"io"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/town"
)

// hand is a clock that stands still until it is moved.
type hand struct{ at atomic.Pointer[time.Time] }

func (h *hand) set(t time.Time) { h.at.Store(&t) }
func (h *hand) now() time.Time  { return *h.at.Load() }

// open serves the town at a moment, with the sources that read it.
func open(t *testing.T, city *town.Town, at time.Time) (*town.Sites, *hand, *crawlers.Web, []daemon.Source) {
	t.Helper()
	h := &hand{}
	h.set(at)
	sites, err := city.Serve(h.now, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sites.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg, err := daemon.ParseConfig("town", []byte("org: town\nintranet: [127.0.0.0/8]\n"+sites.Config()))
	if err != nil {
		t.Fatal(err)
	}
	web, err := crawlers.NewWeb(crawlers.Options{
		UserAgent: "Watchfire-test (+mailto:test@yunchuan.example)", Now: h.now,
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, HostDelay: time.Nanosecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return sites, h, web, cfg.Sources
}

// said is what a reader must find out about a post; white space in a text is folded,
// as readers of HTML do.
type said struct {
	Title, Text, Author, URL string
	Published                time.Time
}

func saidBy(posts []crisis.Post, source string) map[string]said {
	out := map[string]said{}
	for _, p := range posts {
		if source == "" || p.Source == source {
			out[p.ID] = said{p.Title, strings.Join(strings.Fields(p.Text), " "), p.Author, p.URL, p.Published.UTC()}
		}
	}
	return out
}

// TestReadBack reads every site with the crawler of its configuration, twice, and
// finds the posts that the town told: the same ids, words, authors and times.
func TestReadBack(t *testing.T) {
	city := town.New(7, begin, nil, 3)
	first := city.Truth().Live
	then := first.Add(9 * time.Minute)
	sites, clock, web, sources := open(t, city, first)
	var all []crisis.Post
	for p := range sites.Posts(city.Begin(), then.Add(time.Second)) {
		all = append(all, p)
	}
	if len(sources) != len(town.Sources()) {
		t.Fatalf("%d sources are configured, want %d", len(sources), len(town.Sources()))
	}
	for _, s := range sources {
		t.Run(s.Name, func(t *testing.T) {
			clock.set(first)
			crawler := s.Kind.(crawlers.Crawler)
			h, err := crawler.Crawl(t.Context(), web, "")
			if err != nil || h.Class != crisis.ClassOK {
				t.Fatalf("first visit: %s, %v", h.Class, err)
			}
			got := saidBy(h.Posts, "")
			oldest := first
			for _, p := range got {
				if p.Published.Before(oldest) {
					oldest = p.Published
				}
			}
			if len(got) < 40 {
				t.Errorf("the first visit found %d posts", len(got))
			}
			clock.set(then)
			h, err = crawler.Crawl(t.Context(), web, h.Cursor)
			if err != nil {
				t.Fatalf("second visit: %v", err)
			}
			maps.Copy(got, saidBy(h.Posts, ""))
			want := saidBy(all, s.Name)
			for id, p := range want {
				if p.Published.Before(oldest) {
					delete(want, id) // it has left the page
				}
			}
			// The page shows the newest posts of the oldest second it reaches.
			for id, p := range want {
				if _, ok := got[id]; !ok && p.Published.Equal(oldest) {
					delete(want, id)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("told and read (-told +read):\n%s", diff)
			}
			h, err = crawler.Crawl(t.Context(), web, h.Cursor)
			if err != nil {
				t.Fatalf("third visit: %v", err)
			}
			for id := range saidBy(h.Posts, "") {
				if _, ok := got[id]; !ok {
					t.Errorf("a third visit at the same moment found %s", id)
				}
			}
		})
	}
}

// ask sends a request and returns the answer with its body read.
func ask(t *testing.T, address string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

var fronts = map[string]string{
	town.Micro: "/api/statuses?page=1&count=20", town.Forum: "/forum-2-1.html", town.Voice: "/feed.json", town.News: "/rss.xml", town.Notice: "/atom.xml",
}

// TestFronts asks every site what a polite reader asks: robots.txt, the list, the
// list again with its tag, and what is not there.
func TestFronts(t *testing.T) {
	city := town.New(7, begin, nil, 3)
	sites, clock, _, _ := open(t, city, city.Truth().Live)
	for name, path := range fronts {
		t.Run(name, func(t *testing.T) {
			base := sites.Base(name)
			clock.set(city.Truth().Live)
			if answer, body := ask(t, base+"/robots.txt"); answer.StatusCode != http.StatusOK || !strings.Contains(body, "Disallow: /search") {
				t.Errorf("robots.txt: %s %q", answer.Status, body)
			}
			answer, body := ask(t, base+path)
			tag := answer.Header.Get("ETag")
			if answer.StatusCode != http.StatusOK || tag == "" {
				t.Fatalf("%s: %s, tag %q", path, answer.Status, tag)
			}
			if name == town.Forum {
				if text, err := simplifiedchinese.GB18030.NewDecoder().String(body); err != nil || !strings.Contains(text, "市民广场") {
					t.Errorf("the forum is not GB18030: %v", err)
				}
				if kind := answer.Header.Get("Content-Type"); strings.Contains(kind, "charset") {
					t.Errorf("the forum's header names a charset: %s", kind)
				}
			}
			if answer, _ := ask(t, base+path, "If-None-Match", tag); answer.StatusCode != http.StatusNotModified {
				t.Errorf("asked again with its tag: %s, want 304", answer.Status)
			}
			clock.set(city.Truth().Live.Add(16 * time.Hour))
			if name != town.Voice {
				if answer, _ := ask(t, base+path, "If-None-Match", tag); answer.StatusCode != http.StatusOK {
					t.Errorf("asked the next morning: %s, want 200", answer.Status)
				}
			}
			if answer, _ := ask(t, base+"/nothing-here"); name != town.Voice && answer.StatusCode != http.StatusNotFound {
				t.Errorf("a page that is not there: %s", answer.Status)
			}
		})
	}
	for _, query := range []string{"page=0", "page=x", "count=999", "page=51"} {
		if answer, _ := ask(t, sites.Base(town.Micro)+"/api/statuses?"+query); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s, want 400", query, answer.Status)
		}
	}
}

// TestDeadAndStale lets one site die and another one's cache get stuck.
func TestDeadAndStale(t *testing.T) {
	city := town.New(7, begin, nil, 3)
	truth := city.Truth()
	sites, clock, _, _ := open(t, city, truth.Dead.From.Add(-time.Second))
	dead := sites.Base(truth.Dead.Source) + fronts[truth.Dead.Source]
	if answer, _ := ask(t, dead); answer.StatusCode != http.StatusOK {
		t.Errorf("before its death: %s", answer.Status)
	}
	clock.set(truth.Dead.From)
	if answer, _ := ask(t, dead); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("dead: %s, want 503", answer.Status)
	}
	stale := sites.Base(truth.Stale.Source) + fronts[truth.Stale.Source]
	page := func(at time.Time) string {
		clock.set(at)
		_, body := ask(t, stale)
		return body
	}
	stuck := page(truth.Stale.From)
	if page(truth.Stale.To.Add(-time.Second)) != stuck {
		t.Error("the stale site shows something new")
	}
	if page(truth.Stale.To) == stuck {
		t.Error("the stale site is still stuck after its time")
	}
}

// TestAddresses lets a town be served again where it was served before.
func TestAddresses(t *testing.T) {
	city := town.New(7, begin, nil, 3)
	sites, err := city.Serve(city.Begin, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := sites.Addresses()
	if _, err := city.Serve(city.Begin, at); err == nil {
		t.Error("two towns are served at the same addresses")
	}
	if err := sites.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := city.Serve(city.Begin, at)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(at, again.Addresses()); diff != "" {
		t.Errorf("addresses (-first +again):\n%s", diff)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
