package crawlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"watchfire/crisis"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testNow = time.Date(2026, 11, 19, 2, 0, 0, 0, time.UTC)

// loopback lets tests read servers on this machine.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func testWeb(t testing.TB, o Options) *Web {
	t.Helper()
	o.UserAgent, o.Now = "Watchfire/test (+mailto:test@example.org)", func() time.Time { return testNow }
	if o.Allow == nil {
		o.Allow = loopback
	}
	w, err := NewWeb(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// site serves pages by path; a missing /robots.txt is a 404, which allows all.
func serve(t testing.TB, pages map[string]http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := pages[r.URL.EscapedPath()]; ok {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func serveAll(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
}

func wantClass(t *testing.T, err error, want crisis.Class) {
	t.Helper()
	if err == nil || ClassOf(err) != want {
		t.Errorf("error %v of class %s, want %s", err, ClassOf(err), want)
	}
}

func TestHonest(t *testing.T) {
	var got http.Header
	base := serve(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		http.SetCookie(w, &http.Cookie{Name: "track", Value: "1"})
		fmt.Fprint(w, "fine")
	}})
	w := testWeb(t, Options{})
	for range 2 {
		if _, err := w.Get(t.Context(), base+"/", Conditions{ETag: `"1"`}); err != nil {
			t.Fatal(err)
		}
	}
	if got.Get("User-Agent") != w.opt.UserAgent || got.Get("Cookie") != "" || got.Get("If-None-Match") != `"1"` {
		t.Errorf("sent %v", got)
	}
}

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     crisis.Class
	}{
		{"https://example.cn/a", "https://example.cn/b", ""},
		{"http://example.cn/", "https://example.cn/", ""},
		{"http://example.cn/", "https://www.example.cn/", ""},
		{"https://news.yunchuan.gov.cn/", "https://www.yunchuan.gov.cn/", ""},
		{"https://gov.cn/", "https://www.gov.cn/", ""},
		{"http://example.cn:8080/", "https://example.cn/", ""},
		{"https://www.gov.cn/", "https://www.mee.gov.cn/", crisis.ClassSoftError},
		{"https://a.com.cn/", "https://b.com.cn/", crisis.ClassSoftError},
		{"https://a.github.io/", "https://b.github.io/", crisis.ClassSoftError},
		{"https://example.cn/", "http://example.cn/", crisis.ClassSoftError},
		{"http://example.cn/", "http://example.cn:6379/", crisis.ClassSoftError},
		{"http://8.8.8.8/", "http://8.8.4.4/", crisis.ClassSoftError},
		{"https://weibo.com/", "https://passport.weibo.com/visitor/visitor?next=1", crisis.ClassGated},
		{"https://www.baidu.com/", "https://wappass.baidu.com/static/captcha/x.html", crisis.ClassGated},
		{"https://www.zhihu.com/", "https://www.zhihu.com/signin?next=%2F", crisis.ClassGated},
		{"https://example.cn/visitors", "https://example.cn/visitors/guide", ""},
		{"https://example.cn/a", "https://example.cn/news/loginproblems.html", ""},
	} {
		request := func(address string) *http.Request {
			req, err := http.NewRequest(http.MethodGet, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			return req
		}
		err := SameSite(request(c.to), []*http.Request{request(c.from)})
		if c.want == "" && err != nil {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
		if c.want != "" {
			wantClass(t, err, c.want)
		}
	}
}

func TestRedirects(t *testing.T) {
	to := func(where string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", where)
			w.WriteHeader(http.StatusFound)
		}
	}
	base := serve(t, map[string]http.HandlerFunc{
		"/here": to("/page"), "/page": text("fine"), "/loop": to("/loop"), "/away": to("http://192.0.2.1/"), "/nowhere": to("http://%zz/?token=next="),
		"/wall": to("https://passport.example.com/signin?next=x"), "/captcha": to("/static/captcha/x.html"), "/mute": to(""), "/scheme": to("file:///etc/passwd"),
	})
	w := testWeb(t, Options{})
	if _, err := w.Get(t.Context(), base+"/here", Conditions{}); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]crisis.Class{
		"/loop": crisis.ClassSoftError, "/away": crisis.ClassSoftError, "/wall": crisis.ClassGated, "/captcha": crisis.ClassGated,
		"/nowhere": crisis.ClassSoftError, "/mute": crisis.ClassSoftError, "/scheme": crisis.ClassSoftError,
	} {
		_, err := w.Get(t.Context(), base+path, Conditions{})
		wantClass(t, err, want)
		if err != nil && strings.Contains(err.Error(), "next=") {
			t.Errorf("the error shows a query: %v", err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	in := testNow.Add
	for _, c := range []struct {
		header map[string]string
		want   time.Time
	}{
		{map[string]string{"Retry-After": "120"}, in(2 * time.Minute)},
		{map[string]string{"Retry-After": " 1.5 "}, in(1500 * time.Millisecond)},
		{map[string]string{"Retry-After": in(time.Hour).Format(http.TimeFormat)}, in(time.Hour)},
		{map[string]string{"Retry-After": "99999999999999999999999"}, in(longestWait)},
		{map[string]string{"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, in(longestWait)},
		{map[string]string{"Retry-After": "9000000000"}, in(longestWait)},
		{map[string]string{"Retry-After": "-5"}, time.Time{}},
		{map[string]string{"Retry-After": "NaN"}, time.Time{}},
		{map[string]string{"Retry-After": "later"}, time.Time{}},
		{map[string]string{"Retry-After": in(-time.Hour).Format(http.TimeFormat)}, time.Time{}},
		{map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": in(5 * time.Minute).Format("2006-01-02T15:04:05.000000Z")}, in(5 * time.Minute)},
		{map[string]string{"ratelimit-remaining": "0", "ratelimit-reset": fmt.Sprint(in(time.Minute).Unix())}, in(time.Minute)},
		{map[string]string{"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "312"}, in(312 * time.Second)},
		{map[string]string{"x-ratelimit-remaining": "99.0", "x-ratelimit-reset": "312"}, time.Time{}},
		{nil, time.Time{}},
	} {
		h := http.Header{}
		for k, v := range c.header {
			h.Set(k, v)
		}
		if got := retryAfter(h, testNow); !got.Equal(c.want) {
			t.Errorf("retryAfter(%v) = %s, want %s", c.header, got, c.want)
		}
	}
}

// TestPatience holds that a request for patience concerns the whole host, and ends.
func TestPatience(t *testing.T) {
	hits := 0
	base := serve(t, map[string]http.HandlerFunc{
		"/a": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"/b": func(w http.ResponseWriter, _ *http.Request) { hits++; fmt.Fprint(w, "fine") },
	})
	now := testNow
	w := testWeb(t, Options{})
	w.opt.Now = func() time.Time { return now }
	for _, path := range []string{"/a", "/b"} {
		_, err := w.Get(t.Context(), base+path, Conditions{})
		wantClass(t, err, crisis.ClassRateLimited)
		if e, ok := errors.AsType[*Error](err); !ok || !e.RetryAfter.Equal(testNow.Add(2*time.Minute)) {
			t.Errorf("%s: %+v, want to be told when", path, err)
		}
	}
	if hits != 0 {
		t.Error("the host was asked although it had asked for patience")
	}
	now = now.Add(121 * time.Second)
	if _, err := w.Get(t.Context(), base+"/b", Conditions{}); err != nil || hits != 1 {
		t.Errorf("afterwards: %v, %d requests", err, hits)
	}
}

// TestOneAtATime holds that a host never has two of our requests.
func TestOneAtATime(t *testing.T) {
	var at, most atomic.Int32
	base := serve(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
		n := at.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		runtime.Gosched()
		fmt.Fprint(w, "fine")
		at.Add(-1)
	}})
	w := testWeb(t, Options{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := w.Get(t.Context(), base+"/", Conditions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d requests at a time, want 1", most.Load())
	}
}

// TestGivingUp holds that a request that waits for its turn can be given up.
func TestGivingUp(t *testing.T) {
	w := testWeb(t, Options{HostDelay: time.Hour})
	u, err := url.Parse("http://127.0.0.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.host(u).busy.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := w.Get(ctx, u.String(), Conditions{})
		done <- err
	}()
	cancel()
	wantClass(t, <-done, crisis.ClassUnavailable)
}

// TestConditions holds that conditions are sent for the address they hold for, and
// that an answer "not modified" to an unconditional request is no good news.
func TestConditions(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{
		"/a": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") == `"1"` && r.Header.Get("If-Modified-Since") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Last-Modified", testNow.Format(http.TimeFormat))
			fmt.Fprint(w, "fine")
		},
		"/b": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "asked with %v", r.Header["If-None-Match"])
		},
		"/broken": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
	})
	w := testWeb(t, Options{})
	p, err := w.Get(t.Context(), base+"/a", Conditions{})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.Get(t.Context(), base+"/a", p.Conditions); err != nil || !again.NotModified {
		t.Errorf("the second time: %+v, %v, want not modified", again, err)
	}
	other, err := w.Get(t.Context(), base+"/b", p.Conditions)
	if err != nil || string(other.Body) != "asked with []" {
		t.Errorf("another address: %+v, %v, want no conditions sent", other, err)
	}
	_, err = w.Get(t.Context(), base+"/broken", Conditions{})
	wantClass(t, err, crisis.ClassSoftError)
}

// TestTimeouts holds that a site that falls silent, before or in its answer, ends
// as unavailable.
func TestTimeouts(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{
		"/before": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"/within": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "<html>")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	})
	w := testWeb(t, Options{Timeout: 50 * time.Millisecond})
	for _, path := range []string{"/before", "/within"} {
		_, err := w.Get(t.Context(), base+path, Conditions{})
		wantClass(t, err, crisis.ClassUnavailable)
		_, err = (&List{URL: base + path, Item: "li", Zone: "UTC", Limit: 1}).Crawl(t.Context(), w, "")
		wantClass(t, err, crisis.ClassUnavailable)
	}
}
