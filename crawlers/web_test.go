package crawlers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/text/encoding/simplifiedchinese"

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

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
}

func wantClass(t *testing.T, err error, want crisis.Class) {
	t.Helper()
	if err == nil || ClassOf(err) != want {
		t.Errorf("error %v of class %s, want %s", err, ClassOf(err), want)
	}
}

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

func TestAdmit(t *testing.T) {
	private := []string{
		"0.0.0.0", "0.0.0.1", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
	}
	for _, s := range private {
		if admit(netip.MustParseAddr(s), nil) == nil {
			t.Errorf("admit(%s) lets a non-public address through", s)
		}
	}
	for _, s := range []string{"1.1.1.1", "8.8.8.8", "114.114.114.114", "172.32.0.1", "100.128.0.1", "2400:3200::1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if err := admit(netip.MustParseAddr(s), nil); err != nil {
			t.Errorf("admit(%s) = %v, want it public", s, err)
		}
	}
	if err := admit(netip.MustParseAddr("::ffff:10.1.2.3"), []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}); err != nil {
		t.Errorf("an allowed intranet address is refused: %v", err)
	}
}

func TestDialRefusesPrivate(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{"/": text("secret")})
	_, err := testWeb(t, Options{Allow: []netip.Prefix{}}).Get(t.Context(), base+"/", Conditions{})
	wantClass(t, err, crisis.ClassForbidden)
}

func TestBodyCap(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	base := serve(t, map[string]http.HandlerFunc{
		"/bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			if _, err := w.Write(bomb.Bytes()); err != nil {
				return // the client has had enough
			}
		},
		"/long": text(strings.Repeat("x", 100_001)), "/fits": text(strings.Repeat("x", 100_000)),
	})
	w := testWeb(t, Options{MaxBody: 100_000})
	for _, path := range []string{"/bomb", "/long"} {
		_, err := w.Get(t.Context(), base+path, Conditions{})
		wantClass(t, err, crisis.ClassMalformed)
	}
	if _, err := w.Get(t.Context(), base+"/fits", Conditions{}); err != nil {
		t.Error(err)
	}
}

func TestRedirects(t *testing.T) {
	to := func(where string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, where, http.StatusFound) }
	}
	base := serve(t, map[string]http.HandlerFunc{
		"/here": to("/page"), "/page": text("fine"), "/loop": to("/loop"), "/away": to("http://192.0.2.1/"),
		"/wall": to("https://passport.example.com/signin?next=x"), "/captcha": to("/static/captcha/x.html"),
	})
	w := testWeb(t, Options{})
	if _, err := w.Get(t.Context(), base+"/here", Conditions{}); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]crisis.Class{"/loop": crisis.ClassSoftError, "/away": crisis.ClassSoftError, "/wall": crisis.ClassGated, "/captcha": crisis.ClassGated} {
		_, err := w.Get(t.Context(), base+path, Conditions{})
		wantClass(t, err, want)
		if err != nil && strings.Contains(err.Error(), "next=") {
			t.Errorf("the error shows a query: %v", err)
		}
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

func TestCharset(t *testing.T) {
	const want = "云川市自来水公司喆堃㙟"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ body, kind string }{
		"meta gb2312":     {`<meta charset="gb2312"><p>` + gb, "text/html"},
		"header gbk":      {"<p>" + gb, "text/html; charset=GBK"},
		"header lies":     {`<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>` + gb, "text/html; charset=utf-8"},
		"nothing said":    {"<p>" + gb, "text/html"},
		"prolog":          {`<?xml version="1.0" encoding="gb2312"?><p>` + gb, "text/xml"},
		"utf-8 says gbk":  {"<p>" + want, "text/html; charset=utf-8"},
		"byte order mark": {"\xef\xbb\xbf<p>" + want, "text/html; charset=gbk"},
	} {
		if got := string(toUTF8([]byte(c.body), c.kind)); !strings.HasSuffix(got, want) || strings.Contains(got, "encoding=") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestParseTime(t *testing.T) {
	zone := time.FixedZone("+08", 8*3600)
	now := time.Date(2026, 11, 19, 0, 40, 0, 0, time.UTC) // 08:40 in zone
	half := "2026-11-19T00:30:00Z"
	for in, want := range map[string]string{
		"Thu, 19 Nov 2026 08:30:00 +0800": half, "Thu, 19 Nov 2026 00:30:00 GMT": half, "Thu, 19 Nov 2026 08:30:00 CST": half, "2026-11-19 08:30:00": half,
		"2026年11月19日 08:30": half, "1795048200": half, "1795048200000": half, "2026-11-19": "2026-11-18T16:00:00Z", "10分钟前": half, "今天 08:30": half, "11-19 08:30": half,
		"昨天 08:30": "2026-11-18T00:30:00Z", "[2026-11-19]": "2026-11-18T16:00:00Z", "12-31": "2025-12-30T16:00:00Z", "2099-01-01": "2026-11-19T00:40:00Z",
	} {
		got, _, ok := ParseTime(in, zone, now)
		if !ok || got.Format(time.RFC3339) != want {
			t.Errorf("ParseTime(%q) = %s, %v, want %s", in, got.Format(time.RFC3339), ok, want)
		}
	}
	for _, in := range []string{"", "soon", "0001-01-01T00:00:00Z", "32月1日", "1970-01-01"} {
		if got, _, ok := ParseTime(in, zone, now); ok {
			t.Errorf("ParseTime(%q) = %s, want none", in, got)
		}
	}
}

func FuzzToUTF8(f *testing.F) {
	f.Add([]byte(`<?xml encoding="gbk"?>`), "text/xml; charset=gbk")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		if out := toUTF8(body, kind); !bytes.Equal(out, bytes.ToValidUTF8(out, nil)) && !bytes.Contains(out, []byte("\uFFFD")) {
			t.Errorf("toUTF8(%q, %q) is not UTF-8", body, kind)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add("昨天 10:20")
	f.Add("1e9")
	f.Fuzz(func(t *testing.T, s string) {
		got, _, ok := ParseTime(s, time.UTC, testNow)
		if ok && (got.Year() < 2000 || got.After(testNow.Add(10*time.Minute))) {
			t.Errorf("ParseTime(%q) = %s", s, got)
		}
	})
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte(`<rss><channel><item><title>x</title></item></channel></rss>`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		_, _ = (&Feed{Zone: "UTC"}).parse(&Page{URL: "https://example.org/", Body: body}, testNow) // must not panic
	})
}

func FuzzPush(f *testing.F) {
	f.Add([]byte(`{"text":"x","id":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		raw, _ := events(http.Header{}, body)
		for _, r := range raw {
			if p, err := parseEvent(r, time.UTC, testNow); err == nil && (p.ID == "" || p.Text+p.Title == "") {
				t.Errorf("parseEvent(%s) = %+v", r.post, p)
			}
		}
	})
}
