package reading

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"watchfire/crisis"
)

// Phrases notices what many begin to say at once although nobody has configured a
// word for it (新出现的说法). It keeps the last posts as they are and the past as
// decayed counts of runs of characters. A run that is far more frequent among the
// last posts than in the past is extended to the whole phrase, phrases that occur in
// the same posts are one topic, and a topic is told once for as long as it lasts.
//
// The same posts in the same order give the same findings. A post costs some
// microseconds, a search that finds nothing new hardly more. It is not safe for
// concurrent use.
type Phrases struct {
	Emerging

	recent  []utterance // in order of time
	spans   [len(phraseWindows)]lately
	past    countMin
	turned  int64    // when the past last faded, in seconds
	touched []uint64 // grams of the posts added since the last search
	open    []*opened
	known   map[uint64]*opened // grams of open topics
}

// Emerging are the thresholds of Phrases.
type Emerging struct {
	Odds    float64       `yaml:"odds" doc:"signed root of the Poisson deviance from which a phrase has emerged"`
	Voices  int           `yaml:"voices" doc:"fewest different authors who use it within the window; a text counts at most twice"`
	Times   float64       `yaml:"times" doc:"how many times more frequent than in the past it must be"`
	Posts   int           `yaml:"posts" doc:"how many of the last posts are kept to be compared with the past; a faster stream is looked at over a shorter time"`
	History int           `yaml:"history" doc:"posts that must have passed before anything is found"`
	Lasts   time.Duration `yaml:"lasts" doc:"a topic that was not heard of for this long is over"`
}

// utterance is one recent post.
type utterance struct {
	at         int64
	id, source string
	text       string // own words, folded
	who, print uint64
	units      []unit
	grams      []uint64 // hashes, each once, in order
}

// lately is one window that ends now: its first post in recent, and in how many of
// its posts a gram occurs, by hash.
type lately struct {
	from  int
	count []uint16
}

// opened is a topic that was told and is not over.
type opened struct {
	phrases []string
	heard   int64
}

// phraseWindows are the windows in which phrases are counted, shortest first: a
// phrase spreads within minutes or within days.
var phraseWindows = [...]time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 16 * time.Hour, 48 * time.Hour}

const (
	longestSpan = int64(48 * time.Hour / time.Second)
	oneDay      = int64(24 * time.Hour / time.Second)
	pastHalf    = 7 // days in which the past loses half of its weight
)

// NewEmerging returns the thresholds with their defaults.
func NewEmerging() Emerging {
	return Emerging{Odds: 5, Voices: 4, Times: 4, Posts: 8000, History: 1500, Lasts: 72 * time.Hour}
}

// NewPhrases returns a Phrases that has heard nothing.
func NewPhrases(e Emerging) *Phrases {
	f := &Phrases{Emerging: e, past: newCountMin(), known: map[uint64]*opened{}}
	for i := range f.spans {
		f.spans[i].count = make([]uint16, 1<<sketchBits)
	}
	return f
}

// Check says what is wrong with the thresholds.
func (e *Emerging) Check() error {
	var errs []error
	if !(e.Odds > 0) {
		errs = append(errs, fmt.Errorf("phrase: odds: %v must be above 0; 5 is a good start", e.Odds))
	}
	if e.Voices < 3 {
		errs = append(errs, fmt.Errorf("phrase: voices: %d must be at least 3; 4 is a good start", e.Voices))
	}
	if !(e.Times >= 1) {
		errs = append(errs, fmt.Errorf("phrase: times: %v must be at least 1; 4 is a good start", e.Times))
	}
	if e.Posts < 100 || e.Posts > math.MaxUint16 {
		errs = append(errs, fmt.Errorf("phrase: posts: %d must lie between 100 and %d; 8000 is a good start", e.Posts, math.MaxUint16))
	}
	if e.History < 100 {
		errs = append(errs, fmt.Errorf("phrase: history: %d must be at least 100; 1500 is a good start", e.History))
	}
	if e.Lasts < time.Hour {
		errs = append(errs, fmt.Errorf("phrase: lasts: %v must be at least 1h; 72h is a good start", e.Lasts))
	}
	return errors.Join(errs...)
}

// Add hears one post; print is its near-duplicate group. A post that comes late
// takes its place in time; one older than all that are kept belongs to the past.
func (f *Phrases) Add(p *crisis.Post, print uint64) {
	s := utterance{at: p.Published.Unix(), id: p.ID, source: p.Source, text: ownWords(fold(capped(p.FullText()))), print: print}
	s.who = mix(print ^ 0x5bd1e9955bd1e995)
	if p.Author != "" {
		s.who = hashText(p.Author)
	}
	s.units = cut(s.text)
	s.grams = distinct(s.units)
	i := len(f.recent)
	for i > 0 && f.recent[i-1].at > s.at {
		i--
	}
	if i == 0 && len(f.recent) == f.Posts {
		f.past.add(s.grams)
		return
	}
	f.recent = slices.Insert(f.recent, i, s)
	for k := range f.spans {
		if w := &f.spans[k]; i < w.from {
			w.from++
		} else {
			w.add(s.grams, 1)
		}
	}
	f.touched = append(f.touched, s.grams...)
	f.pass(len(f.recent) - f.Posts)
}

func (w *lately) add(grams []uint64, n int) {
	for _, h := range grams {
		x := &w.count[h>>(64-sketchBits)]
		*x = uint16(int(*x) + n) // at most Posts, which fits
	}
}

// pass moves the n oldest posts into the past.
func (f *Phrases) pass(n int) {
	if n <= 0 {
		return
	}
	for i := range n {
		f.past.add(f.recent[i].grams)
		for k := range f.spans {
			if w := &f.spans[k]; w.from > i {
				continue
			}
			f.spans[k].add(f.recent[i].grams, -1)
		}
	}
	for k := range f.spans {
		f.spans[k].from = max(f.spans[k].from-n, 0)
	}
	f.recent = slices.Delete(f.recent, 0, n)
}

// advance lets the windows end now, and the past lose weight.
func (f *Phrases) advance(now int64) {
	if f.turned == 0 {
		f.turned = now
	}
	for ; now-f.turned >= oneDay; f.turned += oneDay {
		f.past.fade(math.Exp2(-1.0 / pastHalf))
	}
	for k, length := range phraseWindows {
		w := &f.spans[k]
		for w.from < len(f.recent) && f.recent[w.from].at <= now-int64(length/time.Second) {
			w.add(f.recent[w.from].grams, -1)
			w.from++
		}
	}
	old := 0
	for old < len(f.recent) && f.recent[old].at <= now-longestSpan {
		old++
	}
	f.pass(old)
	f.open = slices.DeleteFunc(f.open, func(o *opened) bool { return f.over(o, now) })
	for h, o := range f.known {
		if f.over(o, now) {
			delete(f.known, h)
		}
	}
}

func (f *Phrases) over(o *opened, now int64) bool { return now-o.heard > int64(f.Lasts/time.Second) }
