package reading

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
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

	recent []utterance // in order of time, a part of array
	array  []utterance
	spans  [len(phraseWindows)]lately
	past   countMin
	turned int64 // when the past last faded, in seconds
	open   []*opened
	known  map[uint64]*opened // grams of open topics
	space  gramSpace
	heard  int // posts that searches have looked at
}

// Emerging are the thresholds of Phrases.
type Emerging struct {
	Off     bool          `yaml:"off" doc:"true: phrases that nobody configured are not looked for"`
	Odds    float64       `yaml:"odds" doc:"signed root of the Poisson deviance from which a phrase has emerged"`
	Voices  int           `yaml:"voices" doc:"fewest different authors who use it within the window; a text counts at most twice"`
	Times   float64       `yaml:"times" doc:"how many times more frequent than in the past it must be"`
	Posts   int           `yaml:"posts" doc:"how many of the last posts are kept to be compared with the past; a faster stream is looked at over a shorter time"`
	History int           `yaml:"history" doc:"posts that must have passed before anything is found"`
	Lasts   time.Duration `yaml:"lasts" doc:"a topic that was not heard of for this long is over"`
}

// utterance is one recent post. What it can be counted by is worked out from its
// units whenever it is needed: kept, it would be ten times as large.
type utterance struct {
	at         int64
	key        crisis.PostKey
	source     string
	text       string // own words, folded
	who, print uint64
	units      []unit
	fresh      bool // no search has looked at it
}

// phraseWindows are the windows in which phrases are counted, shortest first: a
// phrase spreads within minutes or within days.
var phraseWindows = [...]time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 16 * time.Hour, 48 * time.Hour}

const (
	longestSpan = int64(48 * time.Hour / time.Second)
	oneDay      = int64(24 * time.Hour / time.Second)
	pastHalf    = 7 // days in which the past loses half of its weight
)

// PhrasesReach is how far back Phrases looks at posts as they are; what is older
// is the past.
const PhrasesReach = time.Duration(longestSpan) * time.Second

// NewEmerging returns the thresholds with their defaults.
func NewEmerging() Emerging {
	return Emerging{Odds: 5, Voices: 4, Times: 4, Posts: 8000, History: 1500, Lasts: 72 * time.Hour}
}

// NewPhrases returns a Phrases that has heard nothing.
func NewPhrases(e Emerging) *Phrases {
	return &Phrases{Emerging: e, past: newCountMin(), known: map[uint64]*opened{}}
}

// Check says what is wrong with the thresholds.
func (e *Emerging) Check() error {
	var errs []error
	if !(e.Odds > 0) {
		errs = append(errs, fmt.Errorf("odds: %v must be above 0; 5 is a good start", e.Odds))
	}
	if e.Voices < 3 {
		errs = append(errs, fmt.Errorf("voices: %d must be at least 3; 4 is a good start", e.Voices))
	}
	if !(e.Times >= 1) {
		errs = append(errs, fmt.Errorf("times: %v must be at least 1; 4 is a good start", e.Times))
	}
	if e.Posts < 100 || e.Posts > math.MaxUint16 {
		errs = append(errs, fmt.Errorf("posts: %d must lie between 100 and %d; 8000 is a good start", e.Posts, math.MaxUint16))
	}
	if e.History < 100 {
		errs = append(errs, fmt.Errorf("history: %d must be at least 100; 1500 is a good start", e.History))
	}
	if e.Lasts < time.Hour {
		errs = append(errs, fmt.Errorf("lasts: %v must be at least 1h; 72h is a good start", e.Lasts))
	}
	return errors.Join(errs...)
}

// Add hears one post.
func (f *Phrases) Add(p *crisis.Post, print uint64) { f.Hear(p, TextOf(p), print) }

// Hear hears one post whose text is folded already; print is its near-duplicate group. A
// post that comes late takes its place in time; one older than all that are kept belongs
// to the past.
func (f *Phrases) Hear(p *crisis.Post, text Text, print uint64) {
	s := utterance{at: p.Published.Unix(), key: p.Key(), source: p.Source, text: spoken(text), print: print, fresh: true}
	s.who = mix(print ^ 0x5bd1e9955bd1e995)
	if p.Author != "" {
		s.who = hashText(p.Author)
	}
	s.units = unitsOf(f.space.cut(s.text))
	i := len(f.recent)
	for i > 0 && f.recent[i-1].at > s.at {
		i--
	}
	if i == 0 && len(f.recent) == f.Posts {
		f.past.add(f.space.distinct(s.units), 1)
		return
	}
	f.makeRoom()
	f.recent = slices.Insert(f.recent, i, s)
	band := -1
	for k := range f.spans {
		if w := &f.spans[k]; i < w.from {
			w.from++
		} else if band < 0 {
			band = k
		}
	}
	if band >= 0 {
		f.spans[band].add(f.space.distinct(s.units), true)
	}
	f.pass(len(f.recent) - f.Posts)
}

// makeRoom sees to it that one more post fits behind the recent ones: they wander through
// an array twice as long as they are, and are brought back to its begin when they reach
// its end.
func (f *Phrases) makeRoom() {
	if len(f.recent) < cap(f.recent) {
		return
	}
	if f.array == nil || len(f.recent) > f.Posts {
		f.array = make([]utterance, 2*max(f.Posts, len(f.recent)))
	}
	n := copy(f.array, f.recent)
	clear(f.array[n:])
	f.recent = f.array[:n]
}

// Learn hears a post that is the past whenever it was published: it says what is
// usual and is no news. A weight above 1 lets it stand for others like it.
func (f *Phrases) Learn(p *crisis.Post, weight float64) {
	f.fade(p.Published.Unix())
	f.past.add(f.space.distinct(unitsOf(f.space.cut(spoken(TextOf(p))))), weight)
}

// mostHeard is how much of a post is listened to, in bytes, some 250 characters:
// thousands of posts are kept, and what an article is about stands in its head.
const mostHeard = 768

// spoken returns the own words of a text, cut, in memory of their own: what a crawler
// brings may be a piece of a whole page.
func spoken(text Text) string {
	s := ownWords(string(text))
	if len(s) > mostHeard {
		s = strings.ToValidUTF8(s[:mostHeard], "")
	}
	return strings.Clone(s)
}

// pass moves the n oldest posts into the past.
func (f *Phrases) pass(n int) {
	if n <= 0 {
		return
	}
	for i := range n {
		grams := f.space.distinct(f.recent[i].units)
		f.past.add(grams, 1)
		for k := range f.spans {
			if f.spans[k].from <= i {
				f.spans[k].add(grams, false)
				break
			}
		}
	}
	for k := range f.spans {
		f.spans[k].from = max(f.spans[k].from-n, 0)
	}
	clear(f.recent[:n])
	f.recent = f.recent[n:]
}

// advance lets the windows end now, and the past lose weight.
func (f *Phrases) advance(now int64) {
	f.fade(now)
	for k, length := range phraseWindows {
		for w := &f.spans[k]; w.from < len(f.recent) && f.recent[w.from].at <= now-int64(length/time.Second); w.from++ {
			grams := f.space.distinct(f.recent[w.from].units)
			w.add(grams, false)
			if k+1 < len(f.spans) {
				f.spans[k+1].add(grams, true)
			}
		}
	}
	f.pass(f.spans[len(f.spans)-1].from)
	f.open = slices.DeleteFunc(f.open, func(o *opened) bool { return f.over(o, now) })
	for h, o := range f.known {
		if f.over(o, now) {
			delete(f.known, h)
		}
	}
}

// fade lets the past lose weight for every day until now.
func (f *Phrases) fade(now int64) {
	if f.turned == 0 {
		f.turned = now
	}
	for ; now-f.turned >= oneDay; f.turned += oneDay {
		f.past.fade(math.Exp2(-1.0 / pastHalf))
	}
}

func (f *Phrases) over(o *opened, now int64) bool { return now-o.heard > int64(f.Lasts/time.Second) }
