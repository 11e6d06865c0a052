package town

import (
	"math"
	"time"
)

// sprout is a post that has no words yet.
type sprout struct {
	at    int64  // unix seconds
	dice  uint64 // from which its words come
	beat  int32  // place in the plot, -1 on ordinary days
	scene uint8
	mood  uint8
	site  siteID
}

// Streams of chance, kept apart so that a change in one leaves the others as
// they are.
const (
	chanceMinute = iota + 1
	chanceHour
	chancePlot
	chanceFlood
	chanceCopy
	chanceText
)

// The numbers of posts: a minute has room for room of them.
const room = 128

// walker makes the posts of minutes. It remembers the day and hour it is in, and
// belongs to one goroutine.
type walker struct {
	t        *Town
	stage    []spoken
	g        *grammar
	bases    [siteCount]string // addresses of the sites
	from, to int64             // the local day, in unix minutes
	weekend  int
	hour     int64 // unix hour of the factors
	factors  []float64
	sums     []float64
	out      []sprout
	earlier  []sprout // of the minute of a post that is repeated
	text     []byte
	opened   int // where in text the first sentence begins
	memory   memory
	repeated int64 // the number of the post that the current one repeats, 0 none
}

func (t *Town) walker() *walker {
	s := stage()
	return &walker{t: t, stage: s, g: speech(), bases: bases(), hour: math.MinInt64, factors: make([]float64, len(s)), sums: make([]float64, len(s))}
}

// minute returns the posts of one unix minute, in order of time. The slice is
// good until the next call.
func (w *walker) minute(m int64) []sprout {
	w.out = w.sprouts(w.out[:0], m)
	return w.out
}

func (w *walker) sprouts(dst []sprout, m int64) []sprout {
	if (m+1)*60 <= w.t.begin.Unix() {
		return dst
	}
	of := w.minuteOfDay(m)
	total := 0.0
	for i := range w.stage {
		total += float64(w.stage[i].rate[w.weekend][of]) * w.factors[i]
		w.sums[i] = total
	}
	d := roll(w.t.seed, chanceMinute, uint64(m))
	for range d.poisson(total) {
		dst = w.ordinary(dst, m, &d)
		if len(dst) == room/2 {
			break
		}
	}
	dst = w.plotted(dst, m)
	for i := 1; i < len(dst); i++ {
		for j := i; j > 0 && dst[j].at < dst[j-1].at; j-- {
			dst[j], dst[j-1] = dst[j-1], dst[j]
		}
	}
	return dst
}

// ordinary adds one post of ordinary life.
func (w *walker) ordinary(dst []sprout, m int64, d *dice) []sprout {
	x := d.float() * w.sums[len(w.sums)-1]
	i := 0
	for i < len(w.sums)-1 && x >= w.sums[i] {
		i++
	}
	s := sprout{at: m*60 + int64(d.n(60)), scene: uint8(i), beat: -1}
	s.mood = uint8(d.pick(w.stage[i].moods[:]))
	s.site = siteID(d.pick(w.stage[i].sites[:]))
	s.dice = d.next()
	if w.t.silent(s.site, s.at) || s.at < w.t.begin.Unix() {
		return dst
	}
	return append(dst, s)
}

// plotted adds what the plot wants in this minute.
func (w *walker) plotted(dst []sprout, m int64) []sprout {
	for i := w.t.firstBeat(m * 60); i < len(w.t.plot) && w.t.plot[i].at < (m+1)*60; i++ {
		b := &w.t.plot[i]
		if len(dst) < room && !w.t.silent(b.site, b.at) {
			dst = append(dst, sprout{at: b.at, beat: int32(i), site: b.site, dice: roll(w.t.seed, chanceText, uint64(i)).state})
		}
	}
	return dst
}

// silent says whether a site has died before at.
func (t *Town) silent(s siteID, at int64) bool {
	return sites[s].name == t.truth.Dead.Source && at >= t.truth.Dead.From.Unix()
}

// minuteOfDay returns the local minute of the day, and brings day and hour up to date.
func (w *walker) minuteOfDay(m int64) int {
	if m < w.from || m >= w.to {
		local := time.Unix(m*60, 0).In(w.t.zone)
		day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, w.t.zone)
		w.from, w.to = day.Unix()/60, day.AddDate(0, 0, 1).Unix()/60
		w.weekend = 0
		if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
			w.weekend = 1
		}
	}
	if h := m / 60; h != w.hour {
		w.hour = h
		for i := range w.factors {
			d := roll(w.t.seed, chanceHour, uint64(i), uint64(h))
			w.factors[i] = d.wobble(0.10)
			d = roll(w.t.seed, chanceHour, uint64(i), uint64(w.from))
			w.factors[i] *= d.wobble(0.07)
		}
	}
	return int(min(m-w.from, 1439))
}
