package crawlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"watchfire/crisis"
)

// newsList is a list of n articles, newest first.
func newsList(n int) string {
	var b strings.Builder
	b.WriteString("<ul>")
	for i := n; i > 0; i-- {
		fmt.Fprintf(&b, `<li><a href="/a/%d">第%d条</a><span>2026-11-18</span></li>`, i, i)
	}
	return b.String() + "</ul>"
}

// newsSite serves a list and its articles; article answers for one of them.
func newsSite(t *testing.T, list *string, article func(w http.ResponseWriter, n string)) (base string, listed *int) {
	t.Helper()
	listed = new(int)
	return serveAll(t, func(w http.ResponseWriter, r *http.Request) {
		if n, ok := strings.CutPrefix(r.URL.Path, "/a/"); ok {
			article(w, n)
			return
		}
		if r.URL.Path != "/list" {
			http.NotFound(w, r)
			return
		}
		*listed++
		tag := fmt.Sprintf(`"%d"`, len(*list))
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", tag)
		fmt.Fprint(w, *list)
	}), listed
}

func wholeArticle(w http.ResponseWriter, n string) {
	fmt.Fprintf(w, `<div class="text"><style>.x{}</style><p>正文%s</p><script>track()</script><p>完</p></div>`, n)
}

// TestListArticles visits a site of five articles two at a time.
func TestListArticles(t *testing.T) {
	page := newsList(5)
	base, _ := newsSite(t, &page, wholeArticle)
	l := &List{URL: base + "/list", Item: "li", Article: ".text", Zone: "UTC", Limit: 2}
	web := testWeb(t, Options{})
	cursor, texts := "", []string{}
	for _, want := range []struct {
		posts int
		past  bool
		class crisis.Class
	}{{2, true, crisis.ClassOK}, {2, true, crisis.ClassOK}, {1, true, crisis.ClassOK}, {0, false, crisis.ClassNotModified}} {
		h, err := l.Crawl(t.Context(), web, cursor)
		if err != nil || len(h.Posts) != want.posts || h.Backfill != want.past || h.Class != want.class {
			t.Fatalf("%d posts, history %v, class %s, %v, want %+v", len(h.Posts), h.Backfill, h.Class, err, want)
		}
		for _, p := range h.Posts {
			texts = append(texts, p.Text)
		}
		cursor = h.Cursor
	}
	if got := strings.Join(texts, " "); got != "正文5\n完 正文4\n完 正文3\n完 正文2\n完 正文1\n完" {
		t.Errorf("texts %q", got)
	}
	page = newsList(6)
	if h, err := l.Crawl(t.Context(), web, cursor); err != nil || len(h.Posts) != 1 || h.Posts[0].Title != "第6条" || h.Backfill {
		t.Errorf("a new article: %+v, %v", h, err)
	}
}

// TestListBlind holds that a visit that could read nothing never ends as "nothing
// new".
func TestListBlind(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, _ string) { w.WriteHeader(code) }
	}
	for name, c := range map[string]struct {
		page    string
		article func(http.ResponseWriter, string)
		want    crisis.Class
	}{
		"articles behind a wall":     {newsList(3), status(http.StatusForbidden), crisis.ClassGated},
		"articles too often":         {newsList(3), status(http.StatusTooManyRequests), crisis.ClassRateLimited},
		"articles broken":            {newsList(3), status(http.StatusBadGateway), crisis.ClassUnavailable},
		"articles changed":           {newsList(3), func(w http.ResponseWriter, _ string) { fmt.Fprint(w, "<main>正文</main>") }, crisis.ClassSoftError},
		"list changed":               {"<main>新版</main>", wholeArticle, crisis.ClassSoftError},
		"entries changed":            {"<li><i>新版</i></li>", wholeArticle, crisis.ClassSoftError},
		"list is an empty container": {"<ul></ul>", wholeArticle, crisis.ClassSoftError},
	} {
		base, _ := newsSite(t, &c.page, c.article)
		h, err := (&List{URL: base + "/list", Item: "li", Article: ".text", Zone: "UTC", Limit: 10}).Crawl(t.Context(), testWeb(t, Options{}), "")
		wantClass(t, err, c.want)
		if h.Cursor != "" || t.Failed() {
			t.Fatalf("%s: cursor %q", name, h.Cursor)
		}
	}
}

// TestListPartly holds that what was read is kept when the rest fails, and that the
// rest is tried again although the list has not changed.
func TestListPartly(t *testing.T) {
	page := newsList(4)
	broken := true
	base, listed := newsSite(t, &page, func(w http.ResponseWriter, n string) {
		switch {
		case n == "3" && broken:
			w.WriteHeader(http.StatusInternalServerError)
		case n == "2":
			http.NotFound(w, nil)
		default:
			wholeArticle(w, n)
		}
	})
	l := &List{URL: base + "/list", Item: "li", Article: ".text", Zone: "UTC", Limit: 10}
	web := testWeb(t, Options{})
	h, err := l.Crawl(t.Context(), web, "")
	if err != nil || len(h.Posts) != 3 || h.Detail == "" {
		t.Fatalf("%+v, %v, want three posts and the broken one named", h, err)
	}
	if gone := h.Posts[1]; gone.Title != "第2条" || gone.Text != "" {
		t.Errorf("an article that is gone gives %+v, want its entry", gone)
	}
	broken = false
	if h, err = l.Crawl(t.Context(), web, h.Cursor); err != nil || len(h.Posts) != 1 || h.Posts[0].Title != "第3条" || *listed != 2 {
		t.Errorf("%+v, %v, want the one that failed", h, err)
	}
}

func TestListEntries(t *testing.T) {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(`<base href="https://example.cn/deep/"><ul>
<li><a href="a.html" title="完整的标题在这里">完整的…</a><p class="t">一<script>x()</script></p><p class="t">二<b class="t">三</b></p><time datetime="2026-11-18T01:00:00Z">昨天</time></li>
<li><a href="javascript:go()">更多</a></li><li class="line"></li><li><a href="https://other.example.org/x">别处</a></li></ul><div class="none"></div>`))
	if err != nil {
		t.Fatal(err)
	}
	l := &List{Item: "li", Text: ".t", Time: "time", Zone: "UTC"}
	posts, err := l.entries(doc, "https://example.cn/", testNow)
	if err != nil || len(posts) != 2 {
		t.Fatalf("%+v, %v, want two entries", posts, err)
	}
	if p := posts[0]; p.URL != "https://example.cn/deep/a.html" || p.Title != "完整的标题在这里" || p.Text != "一\n二三" || p.Published.Hour() != 1 {
		t.Errorf("entry %+v", p)
	}
	l = &List{Item: ".post", Empty: ".none", Zone: "UTC"}
	if posts, err := l.entries(doc, "https://example.cn/", testNow); err != nil || len(posts) > 0 {
		t.Errorf("a list that says it is empty: %v, %v", posts, err)
	}
}

// TestListOffSite holds that articles of other sites are not fetched.
func TestListOffSite(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{"/list": text(`<li><a href="http://192.0.2.1/x">别处</a></li>`)})
	h, err := (&List{URL: base + "/list", Item: "li", Article: ".text", Zone: "UTC", Limit: 10}).Crawl(t.Context(), testWeb(t, Options{}), "")
	if err != nil || len(h.Posts) != 1 || h.Posts[0].Title != "别处" || h.Detail != "" {
		t.Errorf("%+v, %v, want the entry alone", h, err)
	}
}

// TestListPanics holds that a panic in a callback is a failed visit.
func TestListPanics(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{"/list": text("<li>x</li>")})
	_, err := new(List).visit(t.Context(), testWeb(t, Options{}), base+"/list", Conditions{}, func(*Page, *goquery.Document) error { panic("broken page") })
	wantClass(t, err, crisis.ClassMalformed)
}

// TestCollyKeepsNothing holds that the environment cannot give colly cookies, a
// cache, another name or another idea of encodings.
func TestCollyKeepsNothing(t *testing.T) {
	for key, value := range map[string]string{"COLLY_CACHE_DIR": t.TempDir(), "COLLY_DETECT_CHARSET": "y", "COLLY_USER_AGENT": "Mozilla/5.0", "COLLY_DISALLOWED_DOMAINS": "127.0.0.1", "COLLY_MAX_BODY_SIZE": "10"} {
		t.Setenv(key, value)
	}
	var cookie, agent string
	base := serve(t, map[string]http.HandlerFunc{"/list": func(w http.ResponseWriter, r *http.Request) {
		cookie, agent = r.Header.Get("Cookie"), r.UserAgent()
		http.SetCookie(w, &http.Cookie{Name: "track", Value: "1"})
		fmt.Fprint(w, `<li><a href="/a">云川市停水</a></li>`)
	}})
	web := testWeb(t, Options{})
	l := &List{URL: base + "/list", Item: "li", Zone: "UTC", Limit: 1}
	for range 2 {
		if h, err := l.Crawl(t.Context(), web, ""); err != nil || h.Posts[0].Title != "云川市停水" {
			t.Fatalf("%+v, %v", h, err)
		}
	}
	if cookie != "" || agent != web.opt.UserAgent {
		t.Errorf("sent cookie %q as %q", cookie, agent)
	}
}
