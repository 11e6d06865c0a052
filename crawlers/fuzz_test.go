package crawlers

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"watchfire/crisis"
)

// seed gives a fuzz target the recorded payloads of some folders, if they are here.
func seed(f *testing.F, folders ...string) {
	f.Helper()
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join("..", "..", "shared", "sources", folder, "*"))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			if body, err := os.ReadFile(name); err == nil && len(body) < 8<<10 {
				f.Add(body)
			}
		}
	}
}

// sound checks what a parser made of whatever it was given.
func sound(t *testing.T, posts []crisis.Post) {
	t.Helper()
	finish(posts)
	for _, p := range posts {
		if p.ID == "" || p.Title+p.Text == "" {
			t.Errorf("an empty post: %+v", p)
		}
		if !utf8.ValidString(p.Title + p.Text + p.Place + p.Lang + p.URL) {
			t.Errorf("not UTF-8: %+v", p)
		}
		if len(p.ID) > 200 || len(p.Text) > 2*longest {
			t.Errorf("an endless post: %d and %d bytes", len(p.ID), len(p.Text))
		}
		if p.URL != "" && !strings.HasPrefix(p.URL, "http://") && !strings.HasPrefix(p.URL, "https://") {
			t.Errorf("address %q", p.URL)
		}
		if p.Published.After(testNow.Add(10 * time.Minute)) {
			t.Errorf("published %s, in the future", p.Published)
		}
	}
}

func FuzzCharset(f *testing.F) {
	f.Add([]byte(`<?xml encoding="gbk"?>`), "text/xml; charset=gbk")
	f.Add([]byte("\xd4\xc6\xb4\xa8"), "text/html; charset=utf-8")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		if out := toUTF8(body, kind); !utf8.Valid(out) {
			t.Errorf("toUTF8(%q, %q) is not UTF-8", body, kind)
		}
	})
}

func FuzzTimes(f *testing.F) {
	for _, s := range []string{"昨天 10:20", "1e9", "Thu, 19 Nov 2026 08:30:00 CST", "2026年11月19日 星期四 08:30", "半小时前", "02-29", "20261119083000", "发布时间：2026-11-19"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, precision, ok := ParseTime(s, time.UTC, testNow)
		if ok && (got.Year() < 2000 || got.After(testNow.Add(10*time.Minute)) || precision == "") {
			t.Errorf("ParseTime(%q) = %s, %q", s, got, precision)
		}
	})
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<p>a<script>x</script>", "&amp;lt;", "<aside><b", "\xff\xfe", "<svg><style>", "<plaintext>x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := Plain(s)
		if !utf8.ValidString(out) || out != tidy(out) {
			t.Errorf("Plain(%q) = %q", s, out)
		}
		if masked := mask(out); mask(masked) != masked {
			t.Errorf("mask(%q) = %q is not all", out, masked)
		}
	})
}

func FuzzAddress(f *testing.F) {
	f.Add("https://example.cn/list/", "../a?utm_source=x#y")
	f.Fuzz(func(t *testing.T, base, link string) {
		got := address(base, link)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
			t.Errorf("address(%q, %q) = %q", base, link, got)
		}
	})
}

func FuzzRobots(f *testing.F) {
	seed(f, "robots")
	f.Add([]byte("User-agent: *\nDisallow: /%E6*$\nAllow: *\nCrawl-delay: 1e300\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		u := &url.URL{Scheme: "https", Host: "example.org", Path: "/搜索/a.pdf", RawQuery: "x=1"}
		r := parseRobots(string(toUTF8(body, "text/plain")), "Watchfire/1")
		_ = r.allows(u) // must not panic
		if r.delay < 0 || r.delay > slowest {
			t.Errorf("delay %s", r.delay)
		}
		if len(r.lines) == 0 && !r.allows(u) {
			t.Error("no rule denies")
		}
	})
}

func FuzzFeed(f *testing.F) {
	seed(f, "rss", "reddit", "youtube")
	f.Add([]byte(rss))
	f.Fuzz(func(t *testing.T, body []byte) {
		posts, _ := (&Feed{Zone: "Asia/Shanghai"}).parse(&Page{URL: "https://example.org/", Body: toUTF8(body, "")}, testNow)
		sound(t, posts)
	})
}

func FuzzJSON(f *testing.F) {
	seed(f, "mastodon", "zhihu", "toutiao", "gdelt")
	f.Add([]byte(`[{"id":1e400,"title":"x","n":"1.2万","time":1795048200}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, items := range []string{"", "data", "data.0"} {
			j := &JSON{Items: items, ID: "id", Title: "title", Text: "content", Link: "url", Published: "time", Metrics: map[string]string{"likes": "n", "rank": "id"}, Zone: "UTC"}
			posts, _ := j.parse("https://example.org/", toUTF8(body, ""), testNow)
			sound(t, posts)
		}
	})
}

func FuzzList(f *testing.F) {
	seed(f, "govcn", "telegram", "weibo")
	f.Add([]byte(`<base href="//x"><li><a href="?a" title="b">c</a><time datetime="今天 10:20">`))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader(toUTF8(body, "")))
		if err != nil {
			return
		}
		l := &List{Item: "li, div", Text: "p, span", Time: "time", Author: "b", Zone: "UTC"}
		posts, _ := l.entries(doc, "https://example.org/", testNow)
		sound(t, posts)
	})
}

func FuzzFile(f *testing.F) {
	seed(f, "hotline12345", "webhook")
	f.Add([]byte("id,text\n1,\"a\nb\"\"\n2,x\"y\n3"))
	f.Add([]byte("{\"id\":1,\"text\":\"x\"}\n{"))
	f.Add([]byte("\xff\xfei\x00d\x00"))
	dir := f.TempDir()
	path := filepath.Join(dir, "drop")
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, testNow, testNow.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		file := &File{Dir: dir, Pattern: "*", Zone: "UTC", Limit: 3}
		web := &Web{opt: Options{Now: func() time.Time { return testNow }}}
		cursor := ""
		for range 1 + len(body) { // each visit reads something or is the last
			h, err := file.Crawl(t.Context(), web, cursor)
			if err != nil || h.Class == crisis.ClassEmptyOK {
				return
			}
			sound(t, h.Posts)
			cursor = h.Cursor
		}
		t.Errorf("%q is never read to its end", body)
	})
}

func FuzzPush(f *testing.F) {
	seed(f, "webhook")
	f.Add([]byte(`{"text":"x","id":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p := &Push{Secret: testSecret, Tolerance: time.Minute, Zone: "UTC"}
		h, err := p.Receive("", signedHeader(t, testSecret, "m", testNow, body), body, testNow)
		if err == nil && h.Class == "" {
			t.Error("a delivery without a class")
		}
		sound(t, h.Posts)
		forged := signedHeader(t, testSecret, "m", testNow, append([]byte("x"), body...))
		if _, err := p.Receive("", forged, body, testNow); ClassOf(err) != crisis.ClassAuth {
			t.Errorf("a forged delivery gives %v", err)
		}
		if h, err := p.Receive("", http.Header{}, body, testNow); err == nil || len(h.Posts) > 0 {
			t.Error("an unsigned delivery is taken")
		}
	})
}
