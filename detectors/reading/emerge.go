package reading

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Phrase is one topic that emerged.
type Phrase struct {
	Text     string        // what most of its posts say
	Of       string        // the topic, told before, of which this is a new turn; empty: a topic of its own
	Others   []string      // what else emerged in the same posts
	Window   time.Duration // in which it was counted
	Since    time.Time     // its first post in the window
	Observed int           // voices: different authors, a text counts at most twice
	Expected float64       // by its share of the past
	Odds     float64
	IDs      []string // of its posts, in order of time
	Sources  []string // that have it, by name
}

// candidate is a phrase that is far more frequent than in the past.
type candidate struct {
	seed     *seed
	text     string
	window   time.Duration
	voices   int
	expected float64
	odds     float64
	posts    []int // indexes in Phrases.recent
}

// spot is where a gram first occurs in a post: indexes of the post and of its unit.
type spot struct{ post, unit int }

// seed is a gram that may have emerged, with its places in order of time.
type seed struct {
	hash   uint64
	n      int // units
	window int // index of the window in which it stands out most
	places []spot
}

// Find returns what has emerged by now and was not told before: topics, and new turns
// of topics that go on. It is called every few minutes, in order of time.
func (f *Phrases) Find(now time.Time) []Phrase {
	t := now.Unix()
	f.advance(t)
	slices.Sort(f.touched)
	fresh := slices.Compact(f.touched)
	f.touched = f.touched[:0]
	if f.past.posts < float64(f.History) {
		return nil
	}
	seeds := map[uint64]*seed{}
	for _, h := range fresh {
		if o := f.known[h]; o != nil {
			if f.lasts(h) {
				o.heard = t
			}
		} else if w := f.standsOut(h); w >= 0 {
			seeds[h] = &seed{hash: h, window: w}
		}
	}
	if len(seeds) == 0 {
		return nil
	}
	return f.news(f.judge(f.locate(seeds), t), t)
}

// standsOut returns the window in which a gram is far more frequent than in the
// past, -1 for none. Counts by hash are never too small, so no gram is overlooked.
func (f *Phrases) standsOut(h uint64) int {
	best, at := f.Odds, -1
	for k := range f.spans {
		if !f.complete(k) {
			break
		}
		c := float64(f.spans[k].count[h>>(64-sketchBits)])
		if c < float64(f.Voices) {
			continue
		}
		if m := f.expected(h, k); c >= f.Times*m {
			if odds := rise(c, m); odds >= best {
				best, at = odds, k
			}
		}
	}
	return at
}

// lasts says whether a gram of an open topic is still said by enough.
func (f *Phrases) lasts(h uint64) bool {
	for k := range f.spans {
		if f.complete(k) && int(f.spans[k].count[h>>(64-sketchBits)]) >= f.Voices {
			return true
		}
	}
	return false
}

// complete says whether all posts of a window are kept.
func (f *Phrases) complete(k int) bool { return f.spans[k].from > 0 || len(f.recent) < f.Posts }

// expected is how many posts of a window would have a gram by its share of the
// past; half a post is added, because what was never said may be said.
func (f *Phrases) expected(h uint64, k int) float64 {
	return (f.past.of(h) + 0.5) / (f.past.posts + 0.5) * float64(len(f.recent)-f.spans[k].from)
}

// rise is the signed root of the Poisson deviance of c against m.
func rise(c, m float64) float64 {
	if c <= m {
		return 0
	}
	return math.Sqrt(2 * (c*math.Log(c/m) - (c - m)))
}

// locate finds the places of the seeds, and returns the seeds in the order in which
// they were first said.
func (f *Phrases) locate(seeds map[uint64]*seed) []*seed {
	from := len(f.recent)
	for _, s := range seeds {
		from = min(from, f.spans[s.window].from)
	}
	var order []*seed
	for i := from; i < len(f.recent); i++ {
		p := &f.recent[i]
		if !slices.ContainsFunc(p.grams, func(h uint64) bool { return seeds[h] != nil }) {
			continue
		}
		eachGram(p.units, func(h uint64, k, n int) {
			s := seeds[h]
			if s == nil || i < f.spans[s.window].from {
				return
			}
			m := len(s.places)
			if m == 0 {
				s.n = n
				order = append(order, s)
			}
			if m == 0 || s.places[m-1].post != i {
				s.places = append(s.places, spot{i, k})
			}
		})
	}
	return order
}

// judge counts the seeds in voices, and extends those that stand out to whole
// phrases. What names no subject is remembered, so as not to be looked at again.
func (f *Phrases) judge(seeds []*seed, now int64) []candidate {
	var out []candidate
	for _, s := range seeds {
		voices, expected := f.voices(s.places), f.expected(s.hash, s.window)
		odds := rise(float64(voices), expected)
		if voices < f.Voices || odds < f.Odds || float64(voices) < f.Times*expected {
			continue
		}
		text := f.whole(s)
		if text == "" {
			f.known[s.hash] = &opened{heard: now}
			continue
		}
		x := candidate{seed: s, text: text, window: phraseWindows[s.window], voices: voices, expected: expected, odds: odds}
		for _, p := range s.places {
			x.posts = append(x.posts, p.post)
		}
		out = append(out, x)
	}
	// What most posts say names the topic; of equals, what stands out most.
	slices.SortStableFunc(out, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.voices, a.voices), cmp.Compare(b.odds, a.odds))
	})
	return out
}

// voices counts different authors; a text counts at most twice, so that a template
// posted from many accounts is no topic.
func (f *Phrases) voices(places []spot) int {
	who, prints, n := map[uint64]bool{}, map[uint64]int{}, 0
	for _, p := range places {
		s := &f.recent[p.post]
		if who[s.who] || s.print != 0 && prints[s.print] >= 2 {
			continue
		}
		who[s.who] = true
		prints[s.print]++
		n++
	}
	return n
}

// news merges candidates into topics, and returns those that were not told yet.
func (f *Phrases) news(found []candidate, now int64) []Phrase {
	var out []Phrase
	told := map[*opened]int{} // index in out
	for i := range found {
		c := &found[i]
		o := f.home(c)
		if o == nil {
			o = &opened{}
			f.open = append(f.open, o)
			told[o] = len(out)
			out = append(out, f.phrase(c))
		}
		o.heard, f.known[c.seed.hash] = now, o
		if slices.Contains(o.phrases, c.text) {
			continue
		}
		if k, ok := told[o]; !ok && !slices.ContainsFunc(o.phrases, func(p string) bool { return alike(p, c.text) }) {
			told[o] = len(out)
			out = append(out, f.phrase(c))
			out[len(out)-1].Of = o.phrases[0]
		} else if ok && c.text != out[k].Text {
			out[k].Others = append(out[k].Others, c.text)
		}
		o.phrases = append(o.phrases, c.text)
	}
	return out
}

// home returns the open topic to which a candidate belongs: it shares most of a
// phrase with it, or half of its posts say what the topic is known by.
func (f *Phrases) home(c *candidate) *opened {
	for _, o := range f.open {
		if slices.ContainsFunc(o.phrases, func(p string) bool { return akin(p, c.text) }) {
			return o
		}
		n := 0
		for _, i := range c.posts {
			if slices.ContainsFunc(f.recent[i].grams, func(h uint64) bool { return f.known[h] == o }) {
				n++
			}
		}
		if 2*n >= len(c.posts) {
			return o
		}
	}
	return nil
}

func (f *Phrases) phrase(c *candidate) Phrase {
	p := Phrase{
		Text: c.text, Window: c.window, Since: time.Unix(f.recent[c.posts[0]].at, 0).UTC(),
		Observed: c.voices, Expected: c.expected, Odds: c.odds,
	}
	for _, i := range c.posts {
		s := &f.recent[i]
		p.IDs = append(p.IDs, s.id)
		if !slices.Contains(p.Sources, s.source) {
			p.Sources = append(p.Sources, s.source)
		}
	}
	slices.Sort(p.Sources)
	return p
}
