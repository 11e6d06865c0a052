package crawlers

import (
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"watchfire/crisis"
)

func parseUnix(sec int64) time.Time { return time.Unix(sec, 0).UTC() }

// signedHeader signs a body as Standard Webhooks describes, independently of the
// code under test.
func signedHeader(t testing.TB, secret, id string, at time.Time, body []byte) http.Header {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%d.%s", id, at.Unix(), body)
	return http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)},
		"Webhook-Signature": {"v1,AAAA v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))},
	}
}

const rss = `<?xml version="1.0"?><rss version="2.0"><channel><title>云川</title><language>zh-cn</language>
<item><guid>a1</guid><title>停水通知</title><link>/n/1?utm_source=x&amp;id=7</link><description>&lt;p&gt;青溪区&lt;b&gt;今晚&lt;/b&gt;停水&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;</description><pubDate>2026-11-19 08:30:00</pubDate></item>
<item><guid>a1</guid><title>停水通知（更新）</title><link>/n/1</link><description>恢复供水</description><pubDate>Thu, 19 Nov 2026 08:40:00 CST</pubDate></item>
<item><title>没有编号</title><description>也没有链接</description></item></channel></rss>`

func TestFeed(t *testing.T) {
	hits := 0
	base := serve(t, map[string]http.HandlerFunc{"/feed": func(w http.ResponseWriter, r *http.Request) {
		hits++
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"v1"`)
		fmt.Fprint(w, rss)
	}})
	f := &Feed{URL: base + "/feed", Zone: "Asia/Shanghai"}
	web := testWeb(t, Options{})
	h, err := f.Crawl(t.Context(), web, "")
	if err != nil || len(h.Posts) != 2 {
		t.Fatalf("Crawl = %+v, %v, want 2 posts", h, err)
	}
	p := h.Posts[0]
	if p.ID != "a1" || p.Title != "停水通知（更新）" || p.URL != base+"/n/1" || p.Published.Format(time.RFC3339) != "2026-11-19T00:40:00Z" || p.Lang != "zh-cn" {
		t.Errorf("the edit gives %+v", p)
	}
	if q := h.Posts[1]; q.ID == "" || q.Precision != crisis.PrecisionNone {
		t.Errorf("the bare item gives %+v", q)
	}
	again, err := f.Crawl(t.Context(), web, h.Cursor)
	if err != nil || again.Class != crisis.ClassNotModified || again.Cursor != h.Cursor || hits != 2 {
		t.Errorf("the second visit gives %+v, %v after %d requests", again, err, hits)
	}
}

func TestList(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(`<meta charset="gb2312"><ul>
<li><a href="/a/1.html">青溪区水质异味</a><span>2026-11-19 08:00</span></li><li><a href="/a/2.html">广场演出</a><span>11-18</span></li></ul>`)
	if err != nil {
		t.Fatal(err)
	}
	broken := true
	base := serve(t, map[string]http.HandlerFunc{
		"/list":     text(gb),
		"/a/1.html": text(`<title>x</title><div class="text"><p>第一段</p><p>第二段</p></div>`),
		"/a/2.html": func(w http.ResponseWriter, _ *http.Request) {
			if broken {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			fmt.Fprint(w, `<div class="text">广场</div>`)
		},
	})
	l := &List{URL: base + "/list", Item: "li", Time: "span", Article: ".text", Zone: "Asia/Shanghai", Limit: 10}
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	web := testWeb(t, Options{})
	h, err := l.Crawl(t.Context(), web, "")
	if err != nil || len(h.Posts) != 1 || h.Detail == "" {
		t.Fatalf("Crawl = %+v, %v, want one post and the broken article named", h, err)
	}
	if p := h.Posts[0]; p.Title != "青溪区水质异味" || !strings.Contains(p.Text, "第二段") || p.Published.Format(time.RFC3339) != "2026-11-19T00:00:00Z" {
		t.Errorf("post %+v", p)
	}
	broken = false
	h, err = l.Crawl(t.Context(), web, h.Cursor)
	if err != nil || len(h.Posts) != 1 || h.Posts[0].Title != "广场演出" {
		t.Errorf("the second visit gives %+v, %v, want the article that failed", h, err)
	}
	h, err = l.Crawl(t.Context(), web, h.Cursor)
	if err != nil || h.Class != crisis.ClassEmptyOK {
		t.Errorf("the third visit gives %+v, %v, want nothing new", h, err)
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("工单编号,诉求标题,市民诉求,受理时间\r\nY1,停水,\"青溪区\n停水两天\",2026-11-19 08:00:00\r\nY2,缺列\r\n")
	if err != nil {
		t.Fatal(err)
	}
	write("orders.csv", gb)
	write("posts.jsonl", `{"id":"1","text":"一","published":"2026-11-19T08:00:00+08:00","author_hash":"a","topic":"water"}`+"\n{broken\n")
	var z strings.Builder
	zw := gzip.NewWriter(&z)
	fmt.Fprintln(zw, `{"id":2,"text":"二","published_at":1795048200}`)
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	write("more.jsonl.gz", z.String())
	f := &File{Dir: dir, Pattern: "*", Zone: "Asia/Shanghai", Limit: 100}
	web := testWeb(t, Options{})
	h, err := f.Crawl(t.Context(), web, "")
	if err != nil || len(h.Posts) != 3 || !strings.Contains(h.Detail, "orders.csv:4") || !strings.Contains(h.Detail, "posts.jsonl:2") {
		t.Fatalf("Crawl = %d posts, %q, %v", len(h.Posts), h.Detail, err)
	}
	again, err := f.Crawl(t.Context(), web, h.Cursor)
	if err != nil || len(again.Posts) != 0 {
		t.Errorf("the same files again give %d posts, %v", len(again.Posts), err)
	}
	write("posts.jsonl", `{"id":"1","text":"一","published":"2026-11-19T08:00:00+08:00","author_hash":"a","topic":"water"}`+"\n{broken\n"+`{"id":"3","text":"三"}`+"\n")
	grown, err := f.Crawl(t.Context(), web, again.Cursor)
	if err != nil || len(grown.Posts) != 1 || grown.Posts[0].ID != "3" {
		t.Errorf("the grown file gives %+v, %v, want the new record", grown.Posts, err)
	}
	f.Limit = 1
	one, err := f.Crawl(t.Context(), web, "")
	if err != nil || len(one.Posts) != 1 {
		t.Errorf("with a limit of 1: %d posts, %v", len(one.Posts), err)
	}
	if _, err := (&File{Dir: filepath.Join(dir, "none"), Pattern: "*", Zone: "UTC", Limit: 1}).Crawl(t.Context(), web, ""); ClassOf(err) != crisis.ClassUnavailable {
		t.Errorf("a missing folder gives %v", err)
	}
}
