package reading

import (
	"maps"
	"slices"
	"time"

	"watchfire/crisis"
)

const (
	// mostExemplars is how many posts show what a topic is.
	mostExemplars = 5
	// mostCounted bounds the authors and the texts that are remembered of a topic;
	// beyond them its voices are no longer counted.
	mostCounted = 5000
)

// opened is a topic that emerged and is not over. One without phrases is a gram
// that names no subject.
type opened struct {
	phrases       []string
	first, heard  int64
	posts, voices int
	who           map[uint64]bool
	prints        map[uint64]int
	sources       map[string]int
	exemplars     []crisis.PostKey
	booked        int  // the last post that was booked, by Phrases.heard
	told          bool // else it stood out when nobody was to be told
	changed       bool
}

func newOpened() *opened {
	return &opened{who: map[uint64]bool{}, prints: map[uint64]int{}, sources: map[string]int{}, told: true}
}

// begin opens the topic of a candidate.
func (f *Phrases) begin(c *candidate) *opened {
	o := newOpened()
	o.first, o.changed = f.recent[c.posts[0]].at, true
	for _, i := range c.posts {
		o.book(&f.recent[i])
	}
	o.exemplars = f.exemplars(c.posts)
	f.open = append(f.open, o)
	return o
}

// hear books a post that speaks of a topic, once; n is the number of the post.
func (o *opened) hear(u *utterance, n int) {
	o.heard = max(o.heard, u.at)
	if o.booked == n || len(o.phrases) == 0 {
		return
	}
	o.booked, o.changed = n, true
	if len(o.exemplars) < mostExemplars && o.prints[u.print] == 0 && o.sources[u.source] == 0 {
		o.exemplars = append(o.exemplars, u.key)
	}
	o.book(u)
}

func (o *opened) book(u *utterance) {
	o.posts++
	o.sources[u.source]++
	if o.counts(u) {
		o.voices++
	}
}

// counts says whether a post is a voice of its own, and remembers it.
func (o *opened) counts(u *utterance) bool {
	if o.who[u.who] || u.print != 0 && o.prints[u.print] >= 2 || len(o.who) >= mostCounted {
		return false
	}
	o.who[u.who] = true
	o.prints[u.print]++
	return true
}

// exemplars chooses some of the posts, given by their places, that differ.
func (f *Phrases) exemplars(posts []int) []crisis.PostKey {
	list := make([]crisis.Specimen, len(posts))
	for k, i := range posts {
		u := &f.recent[i]
		list[k] = crisis.Specimen{Group: u.print, Source: u.source, Author: u.who}
	}
	var out []crisis.PostKey
	for _, k := range crisis.Exemplars(list, mostExemplars, false) {
		out = append(out, f.recent[posts[k]].key)
	}
	return out
}

// Changed returns the topics of which a search has found something since Changed
// was last called, in the order in which they emerged.
func (f *Phrases) Changed() []crisis.Emerged {
	var out []crisis.Emerged
	for _, o := range f.open {
		if o.changed && o.told {
			out = append(out, crisis.Emerged{
				Phrases: slices.Clone(o.phrases), First: time.Unix(o.first, 0).UTC(), Last: time.Unix(o.heard, 0).UTC(),
				Posts: o.posts, Voices: o.voices, Sources: maps.Clone(o.sources), Exemplars: slices.Clone(o.exemplars),
			})
		}
		o.changed = false
	}
	return out
}

// Restore opens topics again that were told before a restart. It is followed by a
// Rehearse, when the posts of that time have been heard again.
func (f *Phrases) Restore(topics []crisis.Emerged) {
	for i := range topics {
		t := &topics[i]
		o := newOpened()
		o.phrases, o.first, o.heard = slices.Clone(t.Phrases), t.First.Unix(), t.Last.Unix()
		o.posts, o.voices, o.exemplars = t.Posts, t.Voices, slices.Clone(t.Exemplars)
		maps.Copy(o.sources, t.Sources)
		f.open = append(f.open, o)
	}
}

// Rehearse searches as Find does and tells nothing: what stands out by now was
// told before, or is history. Only a new turn of it will be news.
func (f *Phrases) Rehearse(now time.Time) {
	told := slices.Clone(f.open)
	f.Find(now)
	for _, o := range f.open {
		o.changed = false
		o.told = o.told && slices.Contains(told, o)
	}
	for i := range f.recent { // who has spoken is not counted again
		u := &f.recent[i]
		for _, h := range f.space.distinct(u.units) {
			if o := f.known[h]; o != nil && o.who != nil {
				o.counts(u)
			}
		}
	}
}
