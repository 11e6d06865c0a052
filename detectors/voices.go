package detectors

import (
	"time"

	"watchfire/crisis"
)

// voicesAnHour is how often an author counts on one topic in any hour.
const voicesAnHour = 2

// Voices decides which posts count as voices: an author counts at most twice in
// any hour on one topic, and so does a text whose author is unknown. It knows the
// last six hours at least, up to a million hours of authors; posts may come late,
// in any order. The same posts in the same order give the same counts. It is not
// safe for concurrent use.
//
// A back-fill is best counted by a Voices of its own, so that it does not push
// the last hours out.
type Voices struct {
	young, old memory
	turned     int64 // when young was begun, in seconds
	newest     int64
}

// memory holds, by topic, author and hour, when they counted, and by topic, text
// and hour, when it was seen.
type memory struct {
	counted map[uint64]spots
	prints  map[uint64]spots
}

// spots are up to two seconds of one hour.
type spots struct {
	n    uint16
	a, b uint16
}

const (
	hour        = 3600
	keepSeconds = 6 * hour
	keepEntries = 1 << 19
)

// NewVoices returns a Voices that has heard nobody.
func NewVoices() *Voices { return &Voices{young: newMemory(), old: newMemory()} }

func newMemory() memory {
	return memory{counted: map[uint64]spots{}, prints: map[uint64]spots{}}
}

// Count returns what one post adds to the minute of its publication. An empty
// mood is one that was not read. An author is rated once in any hour, however often
// they count, and says something of their own once: a few authors who go on and on
// are neither a mood nor a crowd.
func (v *Voices) Count(topic, author string, print uint64, mood crisis.Mood, at time.Time) crisis.Count {
	sec := at.Unix()
	v.turn(sec)
	c := crisis.Count{Posts: 1}
	text := mix(hash(topic, "\x00"), print)
	own := v.fresh(text, sec)
	who := text ^ 0x9e3779b97f4a7c15
	if author != "" {
		who = hash(topic, author)
	}
	speaks, again := v.speaks(who, sec)
	if !speaks {
		return c
	}
	c.Voices = 1
	if again {
		return c
	}
	if own {
		c.Unique = 1
	}
	if mood != "" {
		c.Rated = 1
	}
	if mood == crisis.Negative {
		c.Negative = 1
	}
	return c
}

// turn forgets the older half of the memory when the younger is old or full.
func (v *Voices) turn(sec int64) {
	v.newest = max(v.newest, sec)
	if v.turned == 0 {
		v.turned = v.newest
	}
	full := len(v.young.counted) >= keepEntries || len(v.young.prints) >= keepEntries
	if !full && v.newest-v.turned < keepSeconds {
		return
	}
	v.old, v.young, v.turned = v.young, newMemory(), v.newest
}

// speaks says whether the author may count at sec, and counts them; again says
// that they did within the hour before or after.
func (v *Voices) speaks(who uint64, sec int64) (ok, again bool) {
	var near [6 * voicesAnHour]int64
	times := near[:0]
	for h := sec/hour - 1; h <= sec/hour+1; h++ {
		times = v.old.counted[mix(who, uint64(h))].times(times, h)
		times = v.young.counted[mix(who, uint64(h))].times(times, h)
	}
	// The cap holds in every hour that contains sec: the two others of any three
	// must not both lie within one hour with it.
	for i, a := range times {
		again = again || max(a, sec)-min(a, sec) < hour
		for _, b := range times[i+1:] {
			if max(a, b, sec)-min(a, b, sec) < hour {
				return false, true
			}
		}
	}
	key := mix(who, uint64(sec/hour))
	v.young.counted[key] = v.young.counted[key].with(sec)
	return true, again
}

func (x spots) times(to []int64, h int64) []int64 {
	if x.n > 0 {
		to = append(to, h*hour+int64(x.a))
	}
	if x.n > 1 {
		to = append(to, h*hour+int64(x.b))
	}
	return to
}

func (x spots) with(sec int64) spots {
	if x.n == 0 {
		return spots{n: 1, a: uint16(sec % hour)}
	}
	return spots{n: 2, a: x.a, b: uint16(sec % hour)}
}

// fresh says whether the text was not seen in the hour before sec, and remembers
// the first and the last sight of each hour.
func (v *Voices) fresh(text uint64, sec int64) bool {
	h := sec / hour
	fresh := true
	for _, m := range [...]*memory{&v.old, &v.young} {
		if x := m.prints[mix(text, uint64(h))]; x.n > 0 && h*hour+int64(x.a) <= sec {
			fresh = false
		}
		if x := m.prints[mix(text, uint64(h-1))]; x.n > 0 && (h-1)*hour+int64(x.b) > sec-hour {
			fresh = false
		}
	}
	key, at := mix(text, uint64(h)), uint16(sec%hour)
	x := v.young.prints[key]
	if x.n == 0 {
		x = spots{n: 1, a: at, b: at}
	}
	v.young.prints[key] = spots{n: 1, a: min(x.a, at), b: max(x.b, at)}
	return fresh
}

// hash is FNV-1a over both strings: the same in every run.
func hash(a, b string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(a) {
		h = (h ^ uint64(a[i])) * 1099511628211
	}
	h = (h ^ 0xff) * 1099511628211
	for i := range len(b) {
		h = (h ^ uint64(b[i])) * 1099511628211
	}
	return h
}

// mix folds n into h (splitmix64).
func mix(h, n uint64) uint64 {
	x := h ^ (n+0x9e3779b97f4a7c15)*0xbf58476d1ce4e5b9
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
