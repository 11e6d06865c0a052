package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// library is a store with posts of which the tests know everything.
func library(t *testing.T) *Store {
	s := open1(t)
	var all []Saved
	add := func(n int, text string, print uint64, mood crisis.Mood, source string, topics ...string) {
		x := saved(n, noon.Add(time.Duration(n)*time.Minute), text, topics...)
		x.Post.Source, x.Reading.Print, x.Reading.Mood = source, print, mood
		all = append(all, x)
	}
	add(1, "自来水有异味，100% 不敢喝", 11, crisis.Negative, "forum", "water")
	add(2, "自来水有异味，100% 不敢喝！", 11, crisis.Negative, "square", "water")
	add(3, "公交 Line_7 改道", 12, crisis.Neutral, "forum", "bus")
	add(4, "自来水恢复供应", 13, crisis.Positive, "forum", "water")
	add(5, strings.Repeat("前言", 400)+"自来水在最后", 14, crisis.Neutral, "forum")
	add(6, "line a7 is late", 0, crisis.Negative, "forum", "bus")
	add(7, "line a7 is late", 0, crisis.Negative, "forum", "bus")
	update(t, s, func(tx *Tx) error { return tx.SavePosts(all) })
	return s
}

func TestSearch(t *testing.T) {
	s := library(t)
	for _, c := range []struct {
		name string
		q    Search
		want string // minutes after noon, copies
	}{
		{"all", Search{}, "7×1 6×1 5×1 4×1 3×1 2×2"},
		{"each", Search{Each: true}, "7×1 6×1 5×1 4×1 3×1 2×1 1×1"},
		{"chinese of two characters", Search{Words: []string{"异味"}}, "2×2"},
		{"two words", Search{Words: []string{"自来水", "恢复"}}, "4×1"},
		{"percent is a character", Search{Words: []string{"100%"}}, "2×2"},
		{"percent is no wildcard", Search{Words: []string{"l%e"}}, ""},
		{"underscore is a character", Search{Words: []string{"LINE_7"}}, "3×1"},
		{"either case", Search{Words: []string{"LINE A7"}}, "7×1 6×1"},
		{"quotes", Search{Words: []string{`' OR 1=1 --`}}, ""},
		{"topic", Search{Topic: "water"}, "4×1 2×2"},
		{"topic and word", Search{Topic: "water", Words: []string{"恢复"}}, "4×1"},
		{"topic and time", Search{Topic: "bus", From: noon.Add(4 * time.Minute), To: noon.Add(7 * time.Minute)}, "6×1"},
		{"source", Search{Source: "square"}, "2×1"},
		{"mood", Search{Mood: crisis.Positive}, "4×1"},
		{"kind", Search{Kind: "article"}, ""},
		{"time", Search{From: noon.Add(3 * time.Minute), To: noon.Add(5 * time.Minute)}, "4×1 3×1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.q.Most, c.q.Budget = 50, time.Minute
			f, err := s.Search(t.Context(), c.q)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(f); got != c.want || f.More {
				t.Errorf("found %q, more %v; want %q and no more", got, f.More, c.want)
			}
		})
	}
}

func told(f Found) string {
	var out []string
	for _, p := range f.Posts {
		out = append(out, fmt.Sprintf("%d×%d", int(p.Published.Sub(noon)/time.Minute), p.Copies))
	}
	return strings.Join(out, " ")
}

// TestSearchPages wants every post once, whatever the size of the pages, and also
// when there is no time.
func TestSearchPages(t *testing.T) {
	s := library(t)
	for _, base := range []Search{{Each: true}, {Each: true, Topic: "water"}, {Each: true, Words: []string{"自来水"}}} {
		whole := base
		whole.Most, whole.Budget = 50, time.Minute
		all, err := s.Search(t.Context(), whole)
		if err != nil || all.More || len(all.Posts) < 3 {
			t.Fatalf("%v: %d posts, more %v, %v", base, len(all.Posts), all.More, err)
		}
		for most := 1; most <= 3; most++ {
			q := base
			q.Most = most
			var got Found
			for range 20 {
				f, err := s.Search(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				got.Posts = append(got.Posts, f.Posts...)
				if q.After = f.Next; !f.More {
					break
				}
			}
			if a, b := told(got), told(all); a != b {
				t.Errorf("%v, %d a page: %q, want %q", base.Words, most, a, b)
			}
		}
	}
}

// TestSearchExcerpt wants the word on the page although it stands far back.
func TestSearchExcerpt(t *testing.T) {
	s := library(t)
	f, err := s.Search(t.Context(), Search{Words: []string{"最后"}, Most: 5, Budget: time.Minute})
	if err != nil || len(f.Posts) != 1 || !strings.Contains(f.Posts[0].Text, "最后") || len([]rune(f.Posts[0].Text)) > excerpt+2 {
		t.Errorf("found %+v, %v", f.Posts, err)
	}
}

// TestSearchPlan wants the posts of a topic found by its index, and nothing sorted.
func TestSearchPlan(t *testing.T) {
	s := library(t)
	plan := func(query string, args ...any) (out []string) {
		t.Helper()
		err := s.View(t.Context(), func(tx *Tx) error {
			return tx.rows(func(scan func(...any) error) error {
				var detail string
				err := scan(new(int), new(int), new(int), &detail)
				out = append(out, detail)
				return err
			}, "EXPLAIN QUERY PLAN "+query, args...)
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	all := plan("SELECT p.key FROM posts p WHERE p.seq > ? AND p.seq <= ? AND instr(p.text, ?) ORDER BY p.seq DESC", 0, 9, "x")
	if !slices.Equal(all, []string{"SEARCH p USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"}) {
		t.Errorf("all posts: %v", all)
	}
	topic := plan("SELECT at, post FROM hits WHERE topic = ? AND (at, post) < (?, ?) AND at >= ? ORDER BY at DESC, post DESC LIMIT 400", "water", 9, 9, 0)
	if len(topic) != 1 || !strings.HasPrefix(topic[0], "SEARCH hits USING PRIMARY KEY (topic=?") {
		t.Errorf("posts of a topic: %v", topic)
	}
}

// BenchmarkSearch looks for what is not there among WATCHFIRE_SEARCH posts, the
// dearest search there is.
func BenchmarkSearch(b *testing.B) {
	n := 200_000
	if text := os.Getenv("WATCHFIRE_SEARCH"); text != "" {
		if _, err := fmt.Sscan(text, &n); err != nil {
			b.Fatal(err)
		}
	}
	s, err := OpenScratch(filepath.Join(b.TempDir(), "big.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := 0; i < n; i += 5000 {
		var all []Saved
		for j := i; j < i+5000; j++ {
			all = append(all, saved(j, noon.Add(time.Duration(j)*time.Second), fmt.Sprintf("临江区谁家自来水也有股土腥味？刚给孩子冲奶粉，一股霉味，不敢喝了，第 %d 条，请有关部门尽快回应大家的关切", j), "water"))
		}
		update(b, s, func(tx *Tx) error { return tx.SavePosts(all) })
	}
	for _, c := range []struct {
		name   string
		topic  string
		budget time.Duration
	}{{"whole", "", time.Minute}, {"page", "", 60 * time.Millisecond}, {"topic", "water", 60 * time.Millisecond}} {
		b.Run(c.name, func(b *testing.B) {
			var worst time.Duration
			for b.Loop() {
				begun := time.Now()
				f, err := s.Search(b.Context(), Search{Words: []string{"不存在的词"}, Topic: c.topic, Most: 40, Budget: c.budget})
				if err != nil || len(f.Posts) > 0 {
					b.Fatal(len(f.Posts), err)
				}
				worst = max(worst, time.Since(begun))
			}
			b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()*float64(b.N), "posts/s")
		})
	}
}
