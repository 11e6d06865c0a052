package console

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// shelve stores posts as the daemon would.
func (w *world) shelve(n int, text string, print uint64, topics ...string) crisis.Post {
	w.t.Helper()
	p := crisis.Post{Source: "square", ID: fmt.Sprint("s", n), Text: text, Author: fmt.Sprint("author-hash-", n), URL: fmt.Sprintf("https://square.yunchuan.example/s/%d", n), Published: night.Add(-time.Duration(n) * time.Minute), Seen: night, Precision: crisis.PrecisionSecond}
	var hits []store.Hit
	for _, t := range topics {
		hits = append(hits, store.Hit{Topic: t, Voice: true, Fresh: true})
	}
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		return tx.SavePosts([]store.Saved{{Post: &p, Reading: &crisis.Reading{Mood: crisis.Negative, Print: print, Topics: topics}, Topics: hits}})
	}))
	return p
}

func TestPosts(t *testing.T) {
	w := newWorld(t, true)
	w.fill()
	for n := range 3 {
		w.shelve(n+1, "停水通知呢？整栋楼都没有水", 77, "tap-water")
	}
	page := w.get("/posts?lang=zh&q="+url.QueryEscape("停水 没有水"), 200)
	sound(t, "posts", page)
	for _, want := range []string{"<mark>停水</mark>通知呢？整栋楼都<mark>没有水</mark>", "本页相同内容 3 条、3 个账号", "自来水异味", "负面", `href="https://square.yunchuan.example/s/3"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "author-hash") {
		t.Error("the page tells authors")
	}
	if strings.Count(page, "<blockquote") != 1 {
		t.Errorf("%d posts, want a group", strings.Count(page, "<blockquote"))
	}
	if n := strings.Count(w.get("/posts?lang=en&each=1&topic=tap-water&source=square&mood=negative&from=2026-10-14T03:00&to=2026-10-14T03:12", 200), "<blockquote"); n != 3 {
		t.Errorf("%d posts of the last minutes, want 3", n)
	}
	if page = w.get("/posts?lang=zh&q=没有这个词", 200); !strings.Contains(page, "没有这样的帖文") {
		t.Error("an empty result does not say so")
	}
	for _, bad := range []string{"?from=yesterday", "?after=1.2", "?after=a.b.c", "?after=-1.0.0"} {
		w.get("/posts"+bad, 422)
	}
}

// TestPostsTurn goes from page to page and wants every post once.
func TestPostsTurn(t *testing.T) {
	w := newWorld(t, true)
	const all = 2*postsPerPage + 3
	for n := range all {
		w.shelve(n, fmt.Sprintf("第 %d 条说法", n), uint64(n)+1, "tap-water")
	}
	for _, path := range []string{"/posts?lang=zh", "/posts?lang=zh&topic=tap-water"} {
		n, pages := 0, 0
		for at := path; at != "" && pages < 9; pages++ {
			page := w.get(at, 200)
			n += strings.Count(page, "<blockquote")
			at = ""
			if _, rest, ok := strings.Cut(page, `<p class="pager"><a href="`); ok {
				at, _, _ = strings.Cut(rest, `"`)
				at = strings.ReplaceAll(at, "&amp;", "&")
			}
		}
		if n != all || pages != 3 {
			t.Errorf("%s: %d posts on %d pages, want %d on 3", path, n, pages, all)
		}
	}
}

func TestPostsReread(t *testing.T) {
	w := newWorld(t, true)
	p := w.shelve(1, "真好，又停水了", 5, "tap-water")
	at := fmt.Sprintf("/posts/%d/reading", p.Key())
	page := w.post(at, form("mood", "positive", "back", "/posts?lang=zh&q="+url.QueryEscape("停水")), 200)
	sound(t, "after a correction", page)
	if !strings.Contains(page, "已读作“正面”") && !strings.Contains(page, "正面") {
		t.Error("the page does not tell the correction")
	}
	all, err := w.store.Rereads(t.Context(), []crisis.PostKey{p.Key()})
	if err != nil || all[p.Key()].Label != "pos" {
		t.Errorf("stored %+v, %v", all, err)
	}
	w.post(at, form("mood", "angry"), 422)
	w.post("/posts/x/reading", form("mood", "positive"), 422)
	w.post("/posts/12/reading", form("mood", "positive"), 409)
	r := w.request("POST", at, strings.NewReader(form("mood", "neutral", "back", "//evil.example/").Encode()))
	w.read(r, 303)
	if to := r.Header.Get("Location"); !strings.HasPrefix(to, "/posts?said=reread") {
		t.Errorf("it leads to %s", to)
	}
}

// TestPostsHostile wants hostile posts, and hostile questions, harmless.
func TestPostsHostile(t *testing.T) {
	w := newWorld(t, true)
	w.shelve(1, hostile+strings.Repeat("长", 400_000), 5, "tap-water", hostile)
	for _, q := range []string{"", "alert", hostile, `%_\`} {
		page := w.get("/posts?lang=zh&q="+url.QueryEscape(q)+"&topic="+url.QueryEscape(map[bool]string{true: hostile}[q == hostile]), 200)
		sound(t, "hostile", page)
		for _, bad := range []string{"<script>alert", "<img", "<svg onload", "\u202E", "\u200B", "\x00"} {
			if strings.Contains(page, bad) {
				t.Errorf("%q: %q got through", q, bad)
			}
		}
	}
}

func TestMarked(t *testing.T) {
	for _, c := range []struct {
		text  string
		words []string
		want  []piece
	}{
		{"", []string{"a"}, nil},
		{"abc", nil, []piece{{"abc", false}}},
		{"Tap water", []string{"WATER", "wat"}, []piece{{"Tap ", false}, {"water", true}}},
		{"水水", []string{"水"}, []piece{{"水", true}, {"水", true}}},
		{"İi", []string{"i"}, []piece{{"İ", false}, {"i", true}}},
	} {
		if got := marked(c.text, c.words); !slices.Equal(got, c.want) {
			t.Errorf("marked(%q, %q) = %v, want %v", c.text, c.words, got, c.want)
		}
	}
}
