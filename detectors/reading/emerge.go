package reading

import (
	"cmp"
	"math"
	"slices"
	"time"

	"watchfire/crisis"
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
	Posts    int
	Unique   int              // different texts among them
	Sources  []string         // that have it, by name
	Keys     []crisis.PostKey // of some posts that show it, the most spread text first
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
	first  unit
	n      int // units
	window int // index of the window in which it stands out most
	places []spot
}

// Find returns what has emerged by now and was not told before: topics, and new turns
// of topics that go on. It is called every few minutes, in order of time.
func (f *Phrases) Find(now time.Time) []Phrase {
	t := now.Unix()
	f.advance(t)
	seeds := f.seeds()
	if len(seeds) == 0 {
		return nil
	}
	return f.news(f.judge(f.locate(seeds), t))
}

// seeds returns what stands out among the grams of the posts since the last search,
// and books the posts that speak of open topics.
func (f *Phrases) seeds() map[uint64]*seed {
	seeds := map[uint64]*seed{}
	ready, last := f.past.posts >= float64(f.History), f.complete()-1
	for i := range f.recent {
		u := &f.recent[i]
		if !u.fresh {
			continue
		}
		u.fresh = false
		if !ready || last < 0 {
			continue
		}
		f.heard++
		for _, h := range f.space.distinct(u.units) {
			if f.count(h, last) < f.Voices || seeds[h] != nil {
				continue
			}
			if o := f.known[h]; o != nil {
				o.hear(u, f.heard)
			} else if w := f.standsOut(h); w >= 0 {
				seeds[h] = &seed{hash: h, first: firstUnit(u.units, h), window: w}
			}
		}
	}
	return seeds
}

// firstUnit returns the unit with which a gram begins.
func firstUnit(units []unit, gram uint64) (first unit) {
	for i := range units {
		gramsAt(units, i, func(h uint64, _ int) {
			if h == gram {
				first = units[i]
			}
		})
	}
	return first
}

// standsOut returns the window in which a gram is far more frequent than in the
// past, -1 for none. Counts by hash are never too small, so no gram is overlooked.
func (f *Phrases) standsOut(h uint64) int {
	best, at := f.Odds, -1
	c := 0.0
	for k := range f.complete() {
		c += float64(f.spans[k].of(h))
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

// count is in how many posts of window k a gram occurs.
func (f *Phrases) count(h uint64, k int) int {
	n := 0
	for i := range k + 1 {
		n += f.spans[i].of(h)
	}
	return n
}

// complete is how many windows, the shortest first, have all of their posts kept.
func (f *Phrases) complete() int {
	k := 0
	for k < len(f.spans) && (f.spans[k].from > 0 || len(f.recent) < f.Posts) {
		k++
	}
	return k
}

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
	var starts [1 << 12]bool // whether a seed may begin with a unit, by its lower bits
	for _, s := range seeds {
		starts[s.first.key()%uint64(len(starts))] = true
	}
	var order []*seed
	for i := from; i < len(f.recent); i++ {
		units := f.recent[i].units
		for k, u := range units {
			if !starts[u.key()%uint64(len(starts))] {
				continue
			}
			gramsAt(units, k, func(h uint64, n int) {
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
func (f *Phrases) news(found []candidate) []Phrase {
	var out []Phrase
	told := map[*opened]int{} // index in out
	for i := range found {
		c := &found[i]
		o := f.home(c)
		if o == nil {
			o = f.begin(c)
			told[o] = len(out)
			out = append(out, f.phrase(c))
		}
		o.heard, f.known[c.seed.hash] = max(o.heard, f.recent[c.posts[len(c.posts)-1]].at), o
		if slices.Contains(o.phrases, c.text) {
			continue
		}
		if k, ok := told[o]; !ok && !slices.ContainsFunc(o.phrases, func(p string) bool { return alike(p, c.text) }) {
			told[o] = len(out)
			out = append(out, f.phrase(c))
			out[len(out)-1].Of = o.phrases[0]
			o.told = true
		} else if ok && c.text != out[k].Text {
			out[k].Others = append(out[k].Others, c.text)
		}
		o.phrases, o.changed = append(o.phrases, c.text), true
	}
	return out
}

// home returns the open topic to which a candidate belongs: it shares most of a
// phrase with it, or half of its posts say what the topic is known by.
func (f *Phrases) home(c *candidate) *opened {
	n := map[*opened]int{} // posts of the candidate that speak of a topic
	for _, i := range c.posts {
		var of []*opened
		for _, h := range f.space.distinct(f.recent[i].units) {
			if o := f.known[h]; o != nil && !slices.Contains(of, o) {
				of = append(of, o)
				n[o]++
			}
		}
	}
	for _, o := range f.open {
		if 2*n[o] >= len(c.posts) || slices.ContainsFunc(o.phrases, func(p string) bool { return akin(p, c.text) }) {
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
	prints := map[uint64]bool{}
	for _, i := range c.posts {
		s := &f.recent[i]
		prints[s.print] = true
		if !slices.Contains(p.Sources, s.source) {
			p.Sources = append(p.Sources, s.source)
		}
	}
	p.Posts, p.Unique, p.Keys = len(c.posts), len(prints), f.exemplars(c.posts)
	slices.Sort(p.Sources)
	return p
}
