package score

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// Finder hears posts in order of time and returns the topics that it says have
// emerged by then, each as the phrases it is known by. What it returns for a post
// may rest on that post and those before it.
type Finder func(p *crisis.Post) [][]string

// Stream lays titles that become talk at known times into a background of posts.
type Stream struct {
	Background []string // texts, each used once before any is used again
	Titles     []string // drawn from
	Days       int      // the first is learnt from and counts for nothing
	PerDay     int      // posts of the background
	Laid       int      // titles laid in
	Rate       int      // posts an hour about each
	Seed       uint64
}

// Phrases of the published measurement.
const (
	laidFor   = 4 * time.Hour // how long a title is talked about
	namedBy   = 8 * time.Hour // after its onset; a name given later is false
	quoteMost = 30            // characters of comment beside a title
)

// PhraseRates are the rates, in posts an hour, at which finders are compared.
var PhraseRates = [...]int{3, 5, 8, 15, 30}

// PhraseScore is what a finder reached on a stream.
type PhraseScore struct {
	Rate       int      `json:"posts_an_hour"`
	Laid       int      `json:"laid"`
	Found      int      `json:"found"`
	Recall     float64  `json:"recall"`
	Delay      *float64 `json:"median_minutes"`
	FalseDaily float64  `json:"false_per_day"`
	Missed     []string `json:"missed"`
	False      []string `json:"false"`
}

// laid is one title with its onset, and when it was named.
type laid struct {
	title string
	onset time.Time
	named time.Time
}

// begin is any Monday: the stream has no weekdays.
var begin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// Score plays the stream to a finder.
func (s *Stream) Score(find Finder) (PhraseScore, error) {
	if len(s.Background) == 0 || len(s.Titles) < s.Laid || s.Days < 2 {
		return PhraseScore{}, fmt.Errorf("phrases: want a background, %d titles and two days; have %d texts, %d titles, %d days", s.Laid, len(s.Background), len(s.Titles), s.Days)
	}
	posts, titles := s.posts()
	out := PhraseScore{Rate: s.Rate, Laid: len(titles), Missed: []string{}, False: []string{}}
	judged := begin.Add(24 * time.Hour)
	for i := range posts {
		now := posts[i].Published
		for _, phrases := range find(&posts[i]) {
			if !credit(titles, phrases, now) && !now.Before(judged) {
				out.False = append(out.False, strings.Join(phrases, " / "))
			}
		}
	}
	var delays []float64
	for _, x := range titles {
		if x.named.IsZero() {
			out.Missed = append(out.Missed, x.title)
			continue
		}
		out.Found++
		delays = append(delays, x.named.Sub(x.onset).Minutes())
	}
	out.Recall = ratio(out.Found, out.Laid)
	out.Delay = median(delays)
	out.FalseDaily = float64(len(out.False)) / float64(s.Days-1)
	return out, nil
}

// credit books the titles under way that the phrases name, and says whether there
// is any.
func credit(titles []laid, phrases []string, now time.Time) bool {
	hit := false
	for i := range titles {
		x := &titles[i]
		if now.Before(x.onset) || now.Sub(x.onset) > namedBy {
			continue
		}
		if slices.ContainsFunc(phrases, func(p string) bool { return names(p, x.title) }) {
			hit = true
			if x.named.IsZero() {
				x.named = now
			}
		}
	}
	return hit
}

// posts makes the stream: a third of the titles are talked of with a hashtag, a
// third in plain words, a third is quoted in part.
func (s *Stream) posts() ([]crisis.Post, []laid) {
	r := rand.New(rand.NewPCG(s.Seed, uint64(s.Rate)))
	span := time.Duration(s.Days) * 24 * time.Hour
	within := func(d time.Duration) time.Duration { return time.Duration(r.Float64() * float64(d)) }
	var posts []crisis.Post
	add := func(at time.Time, text, author string) {
		posts = append(posts, crisis.Post{ID: fmt.Sprint(len(posts)), Source: "stream", Author: author, Published: at.Truncate(time.Second), Text: text})
	}
	author := func() string { return fmt.Sprintf("a%d", r.IntN(20000)) }
	var order []int
	for i := range s.Days * s.PerDay {
		if i%len(s.Background) == 0 {
			order = r.Perm(len(s.Background))
		}
		add(begin.Add(within(span)), s.Background[order[i%len(order)]], author())
	}
	var titles []laid
	for k, i := range r.Perm(len(s.Titles))[:s.Laid] {
		x := laid{title: s.Titles[i], onset: begin.Add(24*time.Hour + within(span-24*time.Hour-laidFor))}
		titles = append(titles, x)
		for range s.Rate * int(laidFor/time.Hour) {
			comment := []rune(s.Background[r.IntN(len(s.Background))])
			add(x.onset.Add(within(laidFor)), spoken(r, k%3, x.title, string(comment[:min(len(comment), quoteMost)])), author())
		}
	}
	slices.SortStableFunc(posts, func(a, b crisis.Post) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.ID, b.ID))
	})
	return posts, titles
}

// spoken is one post about a title.
func spoken(r *rand.Rand, form int, title, comment string) string {
	switch form {
	case 0:
		return "#" + title + "#" + comment
	case 1:
		return title + "，" + comment
	}
	t := []rune(title)
	n := max(len(t)*3/4, min(len(t), 5))
	from := r.IntN(len(t) - n + 1)
	return comment + string(t[from:from+n])
}

// names says whether a phrase names a title: one holds the other, or they share a
// run of half the shorter one, three characters at least.
func names(phrase, title string) bool {
	a, b := plain(phrase), plain(title)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 2 {
		return false
	}
	if strings.Contains(string(b), string(a)) {
		return true
	}
	n := max(3, (len(a)+1)/2)
	for i := 0; i+n <= len(a); i++ {
		if strings.Contains(string(b), string(a[i:i+n])) {
			return true
		}
	}
	return false
}

// plain leaves out what does not belong to the words of a title.
func plain(s string) []rune {
	return []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t#＃【】《》“”\"", r) {
			return -1
		}
		return r
	}, strings.ToLower(s)))
}
