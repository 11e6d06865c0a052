package crawlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"watchfire/crisis"
)

func TestRobots(t *testing.T) {
	const page = "<html><title>x</title>page</html>"
	base := serve(t, map[string]http.HandlerFunc{
		"/robots.txt":                            text("User-agent: *\nDisallow: /搜索\nDisallow: /%E7%A7%81/\nAllow: /搜索/公开\nDisallow: /*.pdf$\n"),
		"/%E6%90%9C%E7%B4%A2/%E5%85%AC%E5%BC%80": text(page), "/%E6%90%9C%E7%B4%A2": text(page), "/%E7%A7%81/x": text(page), "/open": text(page), "/a.pdf": text(page),
	})
	w := testWeb(t, Options{})
	for path, allowed := range map[string]bool{
		"/%E6%90%9C%E7%B4%A2": false, "/搜索": false, "/%e6%90%9c%e7%b4%a2?q=1": false, "/搜索/公开": true, "/私/x": false, "/%E7%A7%81/x": false, "/open": true, "/a.pdf": false,
	} {
		_, err := w.Get(t.Context(), base+path, Conditions{})
		if allowed && err != nil {
			t.Errorf("Get(%s) = %v, want the page", path, err)
		}
		if !allowed {
			wantClass(t, err, crisis.ClassForbidden)
		}
	}
}

func TestRobotsTrouble(t *testing.T) {
	for status, want := range map[int]crisis.Class{429: crisis.ClassRateLimited, 500: crisis.ClassUnavailable, 503: crisis.ClassUnavailable, 404: "", 403: ""} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			base := serve(t, map[string]http.HandlerFunc{
				"/robots.txt": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }, "/": text("fine"),
			})
			_, err := testWeb(t, Options{}).Get(t.Context(), base+"/", Conditions{})
			if want == "" {
				if err != nil {
					t.Errorf("robots.txt %d: %v, want the page", status, err)
				}
				return
			}
			wantClass(t, err, want)
		})
	}
}

func TestRobotsExpires(t *testing.T) {
	reads := 0
	base := serve(t, map[string]http.HandlerFunc{"/robots.txt": func(w http.ResponseWriter, _ *http.Request) { reads++ }, "/": text("fine")})
	now := testNow
	w := testWeb(t, Options{})
	w.opt.Now = func() time.Time { return now }
	for _, step := range []time.Duration{0, time.Hour, 22 * time.Hour, 2 * time.Hour} {
		now = now.Add(step)
		if _, err := w.Get(t.Context(), base+"/", Conditions{}); err != nil {
			t.Fatal(err)
		}
	}
	if reads != 2 {
		t.Errorf("robots.txt was read %d times in 25 hours, want 2", reads)
	}
}

func TestRobotsRules(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("User-agent: *\nDisallow: /搜索\n")
	if err != nil {
		t.Fatal(err)
	}
	const agent = "Watchfire/0.1 (+mailto:duty@example.org)"
	for _, c := range []struct {
		name, robots, path string
		want               bool
	}{
		{"our group alone", "User-agent: *\nDisallow: /\n\nUser-agent: watchfire\nDisallow: /x\n", "/y", true},
		{"our group", "User-agent: *\nAllow: /\n\nUser-agent: WATCHFIRE/2.0\nDisallow: /x\n", "/x", false},
		{"a name that ours begins with", "User-agent: Watch\nDisallow: /\n", "/", true},
		{"groups of one name are one", "User-agent: watchfire\nDisallow: /a\nUser-agent: other\nDisallow: /c\nUser-agent: watchfire\nDisallow: /b\n", "/a", false},
		{"and the second", "User-agent: watchfire\nDisallow: /a\nUser-agent: other\nDisallow: /c\nUser-agent: watchfire\nDisallow: /b\n", "/b", false},
		{"but not another's", "User-agent: watchfire\nDisallow: /a\nUser-agent: other\nDisallow: /c\nUser-agent: watchfire\nDisallow: /b\n", "/c", true},
		{"a broken line spoils no other", "User-agent: *\nCrawl-delay: soon\nnonsense\nDisallow: /x\n", "/x", false},
		{"the longest rule", "User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c", true},
		{"of equal rules the kinder", "User-agent: *\nDisallow: /a\nAllow: /a\n", "/a", true},
		{"a star in the middle", "User-agent: *\nDisallow: /a/*/c$\n", "/a/b/b/c", false},
		{"the end", "User-agent: *\nDisallow: /a/*/c$\n", "/a/b/c/d", true},
		{"a query", "User-agent: *\nDisallow: /*?session=\n", "/a?session=1", false},
		{"a rule without a slash", "User-agent: *\nDisallow: private\n", "/private", false},
		{"an empty rule", "User-agent: *\nDisallow:\n", "/", true},
		{"old Mac lines", "User-agent: *\rDisallow: /x\r", "/x", false},
		{"GBK rule, GBK address", gbk, "/%CB%D1%CB%F7", false},
		{"GBK rule, UTF-8 address", gbk, "/%E6%90%9C%E7%B4%A2", false},
		{"UTF-8 rule, GBK address", "User-agent: *\nDisallow: /搜索\n", "/%cb%d1%cb%f7/1", false},
		{"a slash that is none", "User-agent: *\nDisallow: /a%2Fb\n", "/a/b", true},
	} {
		u, err := url.Parse("https://example.org" + c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := parseRobots(string(toUTF8([]byte(c.robots), "text/plain")), agent).allows(u); got != c.want {
			t.Errorf("%s: allows(%s) = %v, want %v", c.name, c.path, got, c.want)
		}
	}
}

func TestCrawlDelay(t *testing.T) {
	robots := "User-agent: *\nCrawl-delay: 86400\n"
	base := serve(t, map[string]http.HandlerFunc{"/robots.txt": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, robots) }})
	now := testNow
	w := testWeb(t, Options{})
	w.opt.Now = func() time.Time { return now }
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	h := w.host(u)
	for _, c := range []struct {
		robots string
		want   time.Duration
	}{{robots, slowest}, {"User-agent: *\nCrawl-delay: 1.5\n", 1500 * time.Millisecond}, {"", 0}} {
		robots = c.robots
		h.pace.SetLimit(every(0)) // so that the test does not wait
		if err := w.permitted(t.Context(), h, u); err != nil {
			t.Fatal(err)
		}
		if got := h.pace.Limit(); got != every(c.want) {
			t.Errorf("with %q the pace is %v, want one request in %s", c.robots, got, c.want)
		}
		now = now.Add(25 * time.Hour)
	}
}

// TestRobotsRecovers holds that trouble with robots.txt denies, and that it is
// asked again when the trouble may be over.
func TestRobotsRecovers(t *testing.T) {
	for name, trouble := range map[string]struct {
		answer http.HandlerFunc
		want   crisis.Class
		after  time.Duration
	}{
		"error":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, crisis.ClassUnavailable, robotsRetry},
		"silence": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, crisis.ClassUnavailable, robotsRetry},
		"off site": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com/robots.txt", http.StatusFound)
		}, crisis.ClassSoftError, robotsRetry},
		"a loop": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/robots.txt", http.StatusFound) }, crisis.ClassSoftError, robotsRetry},
		"too often": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, crisis.ClassRateLimited, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			var sick atomic.Bool
			sick.Store(true)
			base := serve(t, map[string]http.HandlerFunc{"/robots.txt": func(w http.ResponseWriter, r *http.Request) {
				if sick.Load() {
					trouble.answer(w, r)
				}
			}, "/": text("fine")})
			now := testNow
			w := testWeb(t, Options{Timeout: 50 * time.Millisecond})
			w.opt.Now = func() time.Time { return now }
			_, err := w.Get(t.Context(), base+"/", Conditions{})
			wantClass(t, err, trouble.want)
			sick.Store(false)
			now = now.Add(trouble.after - time.Second)
			_, err = w.Get(t.Context(), base+"/", Conditions{})
			wantClass(t, err, trouble.want)
			now = now.Add(2 * time.Second)
			w.opt.Timeout = time.Minute
			if _, err := w.Get(t.Context(), base+"/", Conditions{}); err != nil {
				t.Errorf("a site that has recovered: %v", err)
			}
		})
	}
}

// TestRobotsGivenUp holds that a visit that we end ourselves says nothing about
// the site.
func TestRobotsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var ended atomic.Bool
	base := serve(t, map[string]http.HandlerFunc{"/robots.txt": func(_ http.ResponseWriter, r *http.Request) {
		if !ended.Load() {
			cancel()
			<-r.Context().Done()
		}
	}, "/": text("fine")})
	w := testWeb(t, Options{})
	if _, err := w.Get(ctx, base+"/", Conditions{}); err == nil {
		t.Fatal("a cancelled visit succeeds")
	}
	ended.Store(true)
	if _, err := w.Get(t.Context(), base+"/", Conditions{}); err != nil {
		t.Errorf("the next visit: %v", err)
	}
}
