package reading

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// overheard plays ordinary life and, late in it, a phrase that many use on two
// sites, and returns what was told with the finder and the time of the last search.
func overheard(t *testing.T, f *Phrases) ([]Phrase, []crisis.Post, time.Time) {
	t.Helper()
	begin := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	posts := chatter(10200, begin)
	late := posts[len(posts)-1].Published.Add(-3 * time.Hour)
	more := scattered("锦绣花园塌方", 30, func(i int) string { return fmt.Sprint("m", i%20) }, late)
	for i := range more {
		if i%3 == 0 {
			more[i].Source = "square"
		}
	}
	posts = append(posts, more...)
	slices.SortStableFunc(posts, func(a, b crisis.Post) int { return a.Published.Compare(b.Published) })
	told := listen(f, posts)
	now := posts[0].Published.Truncate(10 * time.Minute)
	for !now.After(posts[len(posts)-1].Published) {
		now = now.Add(10 * time.Minute)
	}
	return told, posts, now
}

func TestEmergedTopicIsFollowed(t *testing.T) {
	f := NewPhrases(NewEmerging())
	told, posts, _ := overheard(t, f)
	if len(told) != 1 {
		t.Fatalf("told %+v, want one topic", told)
	}
	topics := f.Changed()
	if len(topics) != 1 {
		t.Fatalf("%d topics have changed, want 1", len(topics))
	}
	e := topics[0]
	if e.Phrases[0] != "锦绣花园塌方" || e.Posts != 30 || e.Voices != 20 || e.Sources["square"] != 10 || e.Sources["bbs"] != 20 {
		t.Errorf("30 posts by 20 authors, 10 of them on square: %+v", e)
	}
	if len(e.Exemplars) != mostExemplars || told[0].Posts >= e.Posts {
		t.Errorf("want five exemplars, and more posts than when it was told (%d): %+v", told[0].Posts, e)
	}
	if e.Last.Sub(e.First) != 29*4*time.Minute {
		t.Errorf("first heard %v, last heard %v", e.First, e.Last)
	}
	keys := map[crisis.PostKey]bool{}
	for i := range posts {
		if strings.Contains(posts[i].Text, "锦绣花园塌方") {
			keys[posts[i].Key()] = true
		}
	}
	for _, k := range e.Exemplars {
		if !keys[k] {
			t.Errorf("%d is no post of the topic", k)
		}
	}
	if more := f.Changed(); len(more) != 0 {
		t.Errorf("nothing has changed since: %+v", more)
	}
}

// TestPhrasesAfterRestart checks that what was told is not told again by a finder
// that hears the same posts after a restart, and goes on to be followed.
func TestPhrasesAfterRestart(t *testing.T) {
	f := NewPhrases(NewEmerging())
	_, posts, now := overheard(t, f)
	known := f.Changed()
	for _, restored := range []bool{true, false} { // without the table what stands out is history
		g := NewPhrases(NewEmerging())
		if restored {
			g.Restore(known)
		}
		for i := range posts {
			g.Add(&posts[i], uint64(i+1))
		}
		g.Rehearse(now)
		if topics := g.Changed(); len(topics) != 0 {
			t.Errorf("restored %v: a rehearsal changes nothing: %+v", restored, topics)
		}
		again := scattered("锦绣花园塌方", 6, func(i int) string { return fmt.Sprint("m", 15+i) }, now)
		for i := range again {
			g.Add(&again[i], uint64(100000+i))
		}
		if told := g.Find(now.Add(30 * time.Minute)); len(told) != 0 {
			t.Errorf("restored %v: told again: %+v", restored, told)
		}
		topics := g.Changed()
		switch {
		case !restored && len(topics) != 0:
			t.Errorf("what was never told is no topic: %+v", topics)
		case restored && (len(topics) != 1 || topics[0].Posts != 36 || topics[0].Voices != 21 || !topics[0].First.Equal(known[0].First)):
			t.Errorf("six posts more, one author new: %+v, was %+v", topics, known)
		}
	}
}

func TestLearntPostsAreNoNews(t *testing.T) {
	begin := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	f := NewPhrases(NewEmerging())
	posts := chatter(2000, begin)
	for i := range posts {
		f.Learn(&posts[i], 1)
	}
	late := posts[len(posts)-1].Published
	old := scattered("锦绣花园塌方", 12, func(i int) string { return fmt.Sprint(i) }, late)
	for i := range old {
		f.Learn(&old[i], 1)
	}
	if told := f.Find(late.Add(time.Hour)); len(told) != 0 {
		t.Errorf("history was told: %+v", told)
	}
	f = NewPhrases(NewEmerging())
	for i := range posts {
		f.Learn(&posts[i], 1)
	}
	for i := range old {
		f.Add(&old[i], uint64(i+1))
	}
	if told := f.Find(late.Add(time.Hour)); len(told) != 1 {
		t.Errorf("with the same past the same posts are news: %+v", told)
	}
}

func TestTopPhrases(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	said := func(posts []crisis.Post, about string) []Said {
		out := make([]Said, len(posts))
		for i, p := range posts {
			out[i] = Said{Text: about + p.Text, Author: p.Author, Print: uint64(i + 1)}
		}
		return out
	}
	many := func(i int) string { return fmt.Sprint(i) }
	one := func(int) string { return "one" }
	usual := said(chatter(200, at), "自来水厂")
	for _, c := range []struct {
		name string
		now  []Said
		want []string
	}{
		{"as usual", said(chatter(60, at.Add(24*time.Hour)), "自来水厂"), nil},
		{"too few", said(scattered("一股怪味", 2, many, at), "自来水厂"), nil},
		{"many say it", said(scattered("一股怪味", 12, many, at), "自来水厂"), []string{"一股怪味"}},
		{"one author says it", said(scattered("一股怪味", 12, one, at), "自来水厂"), nil},
		{"two things, the more frequent first", append(said(scattered("一股怪味", 12, many, at), ""), said(scattered("孩子肚子疼", 20, many, at), "")...), []string{"孩子肚子疼", "一股怪味"}},
		{"a word of the topic", said(scattered("水质发黄", 12, many, at), ""), nil},
		{"a word of the topic with a ragged end", said(scattered("城里自来水厂", 12, many, at), ""), nil},
		{"nothing", nil, nil},
	} {
		got := TopPhrases(c.now, usual, []string{"自来水厂", "水质发黄了"}, 5)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func BenchmarkTopPhrases(b *testing.B) {
	posts, _ := townPosts(1)
	said := make([]Said, len(posts))
	for i, p := range posts {
		said[i] = Said{Text: p.Text, Author: p.Author, Print: uint64(i + 1)}
	}
	b.ReportAllocs()
	for b.Loop() {
		TopPhrases(said[:400], said[len(said)-400:], nil, 5)
	}
}
