package detectors

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchfire/crisis"
)

// TestVoicesCap holds that one author counts at most twice in any hour, in
// whichever order the posts come in, and that the others count as without them.
func TestVoicesCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := NewVoices()
		type post struct {
			who string
			sec int
		}
		posts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) post {
			return post{rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "who"), rapid.IntRange(0, 3*hour).Draw(t, "sec")}
		}), 1, 60).Draw(t, "posts")
		counted := map[string][]int{}
		for _, p := range posts {
			c := v.Count("topic", p.who, 7, crisis.Negative, monday.Add(time.Duration(p.sec)*time.Second))
			if c.Posts != 1 || c.Voices > 1 || c.Unique > c.Voices || c.Rated > c.Voices || c.Negative > c.Rated {
				t.Fatalf("one post counts as %+v", c)
			}
			if c.Voices > 0 {
				counted[p.who] = append(counted[p.who], p.sec)
			}
		}
		for who, at := range counted {
			slices.Sort(at)
			for i := range at[:max(len(at)-2, 0)] {
				if at[i+2]-at[i] < hour {
					t.Fatalf("%q counts thrice within an hour: %v", who, at[i:i+3])
				}
			}
		}
		// Every post was counted unless the cap was full: a first post always is.
		first := posts[0]
		if !slices.Contains(counted[first.who], first.sec) {
			t.Fatal("the first post is not a voice")
		}
	})
}

// TestVoicesLoud holds that the posts of one more author add at most two voices to
// any hour of a crowd, wherever they are put among the others.
func TestVoicesLoud(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		crowd := rapid.SliceOfN(rapid.IntRange(0, hour-1), 0, 30).Draw(t, "crowd")
		loud := rapid.SliceOfN(rapid.IntRange(0, hour-1), 1, 30).Draw(t, "loud")
		total := func(posts []int, who func(i int) string) int {
			v, n := NewVoices(), 0
			for i, sec := range posts {
				n += v.Count("topic", who(i), uint64(i), "", monday.Add(time.Duration(sec)*time.Second)).Voices
			}
			return n
		}
		alone := total(crowd, func(i int) string { return fmt.Sprint(i) })
		cut := rapid.IntRange(0, len(crowd)).Draw(t, "cut")
		mixed := slices.Concat(crowd[:cut], loud, crowd[cut:])
		both := total(mixed, func(i int) string {
			if i >= cut && i < cut+len(loud) {
				return "loud"
			}
			return fmt.Sprint(i)
		})
		if both-alone > voicesAnHour || alone != len(crowd) {
			t.Fatalf("%d posts of one author raise %d voices to %d", len(loud), alone, both)
		}
	})
}

// TestVoicesTopics holds that topics and authors do not meet.
func TestVoicesTopics(t *testing.T) {
	v := NewVoices()
	for _, topic := range []string{"water", "school"} {
		for _, who := range []string{"a", "b"} {
			for i := range 4 {
				c := v.Count(topic, who, 0, "", monday.Add(time.Duration(i)*time.Minute))
				if want := i < voicesAnHour; (c.Voices == 1) != want {
					t.Errorf("%s: post %d of %s counts as %+v", topic, i, who, c)
				}
			}
		}
	}
}

// TestVoicesUnique holds that a text is new once an hour, and that a text whose
// author is unknown counts as its own author.
func TestVoicesUnique(t *testing.T) {
	v := NewVoices()
	count := func(who string, print uint64, minute int) crisis.Count {
		return v.Count("topic", who, print, crisis.Neutral, minuteAt(minute))
	}
	for i, want := range []crisis.Count{
		{Posts: 1, Voices: 1, Unique: 1, Rated: 1},
		{Posts: 1, Voices: 1, Rated: 1}, // the same words of somebody else
	} {
		if got := count(fmt.Sprint(i), 5, i); got != want {
			t.Errorf("post %d counts as %+v, want %+v", i, got, want)
		}
	}
	if got := count("9", 5, 70); got.Unique != 1 {
		t.Errorf("the same words an hour later count as %+v", got)
	}
	for i := range 4 {
		if got := count("", 8, i); (got.Voices == 1) != (i < voicesAnHour) {
			t.Errorf("post %d of an unknown author counts as %+v", i, got)
		}
	}
	if got := count("", 9, 3); got.Voices != 1 {
		t.Errorf("other words of an unknown author count as %+v", got)
	}
}

// TestVoicesForget holds that the last six hours are known however many hours go
// by, and that the memory does not grow with them.
func TestVoicesForget(t *testing.T) {
	v := NewVoices()
	for m := range 10 * days {
		v.Count("topic", fmt.Sprint(m), uint64(m), "", minuteAt(m))
		if m >= 360 && m%100 == 0 {
			back := m - 355
			if c := v.Count("topic", fmt.Sprint(back), uint64(back), "", minuteAt(back)); c.Unique != 0 {
				t.Fatalf("words of %d minutes ago are new again", m-back)
			}
		}
	}
	if n := len(v.young.counted) + len(v.old.counted); n > 2*13*hours {
		t.Errorf("%d hours of authors are kept after ten days", n)
	}
}
