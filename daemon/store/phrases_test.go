package store

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchfire/crisis"
)

func TestEmerged(t *testing.T) {
	s := open1(t)
	e := crisis.Emerged{
		Phrases: []string{"停在半空", "飞椅"}, First: noon, Last: noon.Add(time.Hour), Posts: 9, Voices: 7,
		Sources: map[string]int{"forum": 6, "news": 3}, Exemplars: []crisis.PostKey{3, 1, 2},
	}
	old := crisis.Emerged{Phrases: []string{"演唱会"}, First: noon.Add(-9 * time.Hour), Last: noon.Add(-8 * time.Hour)}
	read := func(from time.Time) (out []crisis.Emerged) {
		t.Helper()
		if err := s.View(t.Context(), func(tx *Tx) (err error) {
			out, err = tx.Emerged(from)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.SetEmerged(e); err != nil {
			return err
		}
		return tx.SetEmerged(old)
	})
	if diff := cmp.Diff([]crisis.Emerged{e}, read(noon)); diff != "" {
		t.Errorf("what was stored (-want +got):\n%s", diff)
	}
	if got := read(noon.Add(-24 * time.Hour)); len(got) != 2 || got[0].Phrases[0] != "演唱会" {
		t.Errorf("want the earlier one first: %+v", got)
	}
	e.Last, e.Posts, e.Phrases = e.Last.Add(time.Minute), 10, append(e.Phrases, "滨江乐园")
	update(t, s, func(tx *Tx) error { return tx.SetEmerged(e) })
	if diff := cmp.Diff([]crisis.Emerged{e}, read(noon)); diff != "" {
		t.Errorf("a topic that goes on is one row (-want +got):\n%s", diff)
	}
	if _, err := s.Purge(t.Context(), noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := read(noon.Add(-24 * time.Hour)); len(got) != 1 {
		t.Errorf("the old topic was not purged: %+v", got)
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.SetEmerged(crisis.Emerged{}) }); err == nil {
		t.Error("a topic without a phrase was stored")
	}
}

// remembered returns what a plan brings, and the weight of all of the past.
func remembered(t *testing.T, s *Store, p PostPlan) (recent, past []Remembered, weight float64) {
	t.Helper()
	err := s.Remember(t.Context(), p, func(r Remembered) error {
		if r.Recent {
			recent = append(recent, r)
		} else {
			past = append(past, r)
			weight += r.Weight
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return recent, past, weight
}

func TestRemember(t *testing.T) {
	s := open1(t)
	const days, daily = 4, 1000
	update(t, s, func(tx *Tx) error {
		var posts []Saved
		var counts []SourceCount
		for i := range days * daily {
			p := saved(i, noon.Add(time.Duration(i)*86*time.Second), "今天第"+fmt.Sprint(i)+"次")
			p.Post.ID = strconv.FormatUint(uint64(i+1)*11400714819323198485, 36)
			p.Post.Seen = p.Post.Published.Add(time.Minute)
			posts = append(posts, p)
			counts = append(counts, SourceCount{Source: "forum", Minute: p.Post.Published.Truncate(time.Minute), Posts: 1})
		}
		first := posts[len(posts)-1].Post.Seen
		if err := tx.AddAttempt(crisis.Coverage{Source: "forum", At: first, Backfill: true}); err != nil {
			return err
		}
		if err := tx.AddSourceCounts(counts); err != nil {
			return err
		}
		return tx.SavePosts(posts)
	})
	end := noon.Add(days * daily * 86 * time.Second)
	recent, past, weight := remembered(t, s, PostPlan{Now: end, Recent: 500, Reach: 48 * time.Hour, Past: 700, Depth: 30 * 24 * time.Hour})
	if len(recent) < 500 || len(recent) > 502 {
		t.Errorf("%d recent posts, want about 500", len(recent))
	}
	last := recent[len(recent)-1]
	if last.Post.Text != "今天第3999次" || !last.First || recent[0].First || last.Post.Seen.Sub(last.Post.Published) != time.Minute || last.Print != 4000 {
		t.Errorf("the last post: %+v", last)
	}
	if k := last.Post.Key(); k == 0 {
		t.Error("a post without its key")
	}
	if len(past) < 600 || len(past) > 800 {
		t.Errorf("%d posts of the past, want about 700", len(past))
	}
	if weight < 3000 || weight > 4000 {
		t.Errorf("the sample stands for %.0f posts, want about 3500", weight)
	}
	seen := map[string]bool{}
	for _, r := range append(recent, past...) {
		if seen[r.Post.ID] {
			t.Fatalf("post %s was brought twice", r.Post.ID)
		}
		seen[r.Post.ID] = true
	}
	recent, past, weight = remembered(t, s, PostPlan{Now: end, Recent: 500, Reach: time.Hour, Past: 1 << 20, Depth: 30 * 24 * time.Hour})
	if len(recent) > 43 || len(recent)+len(past) != days*daily || weight != float64(len(past)) {
		t.Errorf("all of a small past: %d and %d posts that stand for %.0f", len(recent), len(past), weight)
	}
}

func TestEvidenceDiffers(t *testing.T) {
	s := open1(t)
	var posts []Saved
	add := func(n int, source, author, text string, mood crisis.Mood, print uint64) {
		p := saved(n, noon.Add(time.Duration(n)*time.Minute), text, "water")
		p.Post.Source, p.Post.Author, p.Reading.Mood, p.Reading.Print = source, author, mood, print
		posts = append(posts, p)
	}
	add(1, "forum", "a", "自来水有股土腥味，烧开更重", crisis.Neutral, 10)
	add(2, "forum", "a", "老城区的自来水又发黄了，投诉没人理", crisis.Negative, 20)
	add(3, "forum", "b", "自来水厂说正在检测，等结果吧大家", crisis.Neutral, 30)
	for i := range 6 {
		add(10+i, "forum", fmt.Sprint("c", i), "紧急通知：全城自来水停供三天，赶紧囤水", crisis.Neutral, 40)
	}
	add(20, "news", "d", "自来水异味：市水务集团称将于今晚公布结果", crisis.Neutral, 50)
	add(21, "square", "e", "自来水", crisis.Negative, 60)
	update(t, s, func(tx *Tx) error { return tx.SavePosts(posts) })
	choose := func(mood bool) (string, []crisis.Evidence) {
		t.Helper()
		got, err := s.Evidence(t.Context(), Exhibit{Topic: "water", From: noon, To: noon.Add(time.Hour), Most: 4, Mood: mood})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range got {
			names = append(names, e.Source+" "+string([]rune(e.Quote)[:4]))
		}
		return strings.Join(names, "; "), got
	}
	names, got := choose(false)
	if want := "forum 紧急通知; news 自来水异; forum 老城区的; forum 自来水厂"; names != want {
		t.Errorf("evidence %s, want %s", names, want)
	}
	if got[0].Copies != 6 || got[1].Copies != 1 {
		t.Errorf("copies %d and %d, want 6 and 1", got[0].Copies, got[1].Copies)
	}
	keys := []crisis.PostKey{posts[0].Post.Key(), posts[1].Post.Key(), 42}
	for want, keys := range map[string][]crisis.PostKey{"water": keys, "": {42}} {
		if err := s.View(t.Context(), func(tx *Tx) error {
			topic, err := tx.TopicOf(keys)
			if topic != want {
				t.Errorf("the topic of %v is %q, want %q", keys, topic, want)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	if names, _ := choose(true); !strings.HasPrefix(names, "forum 老城区的") {
		t.Errorf("of a signal about mood the negative posts come first: %s", names)
	}
}
