package detectors

import (
	"math"
	"time"

	"watchfire/crisis"
)

// What the voices of a series have in common is kept in cells of a quarter of an
// hour for a day.
const (
	cellLen = 15
	cells   = day / cellLen
)

// The cues whose shares among the rated voices are followed. What is usual of the
// first ones is learnt for each time of day; the others are too rare for that.
const (
	cueNegative = iota
	cueAngry
	cueFear
	cueHarm
	cueRumour
	cueOld
	cueImitation
	cues

	timed = cueHarm
)

// cueNames are the cues that a signal may be about.
var cueNames = [cues]crisis.Cue{
	cueNegative: crisis.CueNegative, cueAngry: crisis.CueAngry, cueFear: crisis.CueFear,
	cueRumour: crisis.CueRumour, cueOld: crisis.CueOld, cueImitation: crisis.CueImitation,
}

// unknown is the share of each cue that is taken to be usual until more is known.
var unknown = [cues]float64{0.2, 0.08, 0.03, 0.05, 0.02, 0.01, 0.01}

// spans are the numbers of last posts over which a share is taken.
var spans = [...]int32{20, 50, 100, 200, 400}

const (
	// moodPrior is the weight, in posts, with which a time of day leans on the
	// whole day.
	moodPrior = 200
	// rarePrior is the weight, in posts, of what is taken to be usual of cues that are
	// rare everywhere: the first talk of a topic does not make them usual.
	rarePrior = 100
	// moodClip bounds how far above the usual share a burst may teach, and moodMost
	// the posts that a minute may: anger does not become the base from which it is
	// judged.
	moodClip = 0.15
	moodMost = 20
)

// said is how many rated voices there were, and how many of them had each cue.
type said struct {
	rated uint16
	of    [cues]uint16
}

func (x *said) add(c crisis.Count) {
	x.rated = grow(x.rated, c.Rated)
	for i, n := range [cues]int{c.Negative, c.Angry, c.Fear, c.Harm, c.Rumour, c.Old, c.Imitation} {
		x.of[i] = grow(x.of[i], n)
	}
}

// tally is a decayed count of rated voices at a time of day, and of those with each
// timed cue; whole is that of the whole day, and of those with any cue.
type (
	tally struct {
		rated float32
		of    [timed]float32
	}
	whole struct {
		rated float32
		of    [cues]float32
	}
)

// span is the shortest run of last cells that holds so many rated voices, at most
// a day.
type span struct {
	rated int32
	of    [cues]int32
	from  int32 // first cell
}

// moods holds how many of the last voices had each cue, and how many usually have
// at this time of day.
type moods struct {
	ring  [cells]said
	spans [len(spans)]span
	slot  [slots]tally
	all   whole
	rated int32         // voices rated so far, stops at a million
	base  [cues]float32 // the usual shares, before the last minute taught anything
}

func (d *moods) at(c int32) *said { return &d.ring[uint32(c+cells)%cells] }

// step makes room for the minute s was just advanced to and notes what is usual.
func (d *moods) step(s *Series) {
	if s.head%cellLen == 0 {
		now := s.head / cellLen
		d.forget(now - cells)
		*d.at(now) = said{}
	}
	p := s.place(s.head)
	for i := range d.base {
		d.base[i] = float32(d.usual(i, p))
	}
}

// learn takes voices for what is usual at their time of day.
func (d *moods) learn(p place, x *said) {
	d.rated = min(d.rated+int32(x.rated), 1_000_000)
	n := float64(min(x.rated, moodMost))
	a, b := &d.slot[p.a], &d.slot[p.b]
	a.rated += float32(n * (1 - p.part))
	b.rated += float32(n * p.part)
	d.all.rated += float32(n)
	for i, k := range x.of {
		if k == 0 {
			continue
		}
		k := n * float64(k) / float64(x.rated) * d.damp(i)
		d.all.of[i] += float32(k)
		if i < timed {
			a.of[i] += float32(k * (1 - p.part))
			b.of[i] += float32(k * p.part)
		}
	}
}

// damp is by how much voices with a cue teach less while the last ones lie so far
// above what is usual that it is a burst. A single minute of a quiet topic is all
// negative or not at all, so it cannot be bounded by itself: that would teach a
// share far below the true one.
func (d *moods) damp(cue int) float64 {
	last := &d.spans[0]
	if last.rated < spans[0] || last.of[cue] == 0 {
		return 1
	}
	return min((float64(d.base[cue])+moodClip)*float64(last.rated)/float64(last.of[cue]), 1)
}

func (t *tally) fade(keep float32) {
	t.rated *= keep
	for i := range t.of {
		t.of[i] *= keep
	}
}

func (t *whole) fade(keep float32) {
	t.rated *= keep
	for i := range t.of {
		t.of[i] *= keep
	}
}

// leaning is the share k of n leaning on p with the weight of so many posts.
func leaning(k, n float32, p, weight float64) float64 {
	return (float64(k) + p*weight) / (float64(n) + weight)
}

func (d *moods) usual(cue int, p place) float64 {
	if cue >= timed {
		return leaning(d.all.of[cue], d.all.rated, unknown[cue], rarePrior)
	}
	all := leaning(d.all.of[cue], d.all.rated, unknown[cue], 20)
	a, b := &d.slot[p.a], &d.slot[p.b]
	return (1-p.part)*leaning(a.of[cue], a.rated, all, moodPrior) + p.part*leaning(b.of[cue], b.rated, all, moodPrior)
}

// put counts voices in cell c and shortens the spans that hold enough without
// their first cells.
func (d *moods) put(c int32, x *said) {
	e := d.at(c)
	was := *e
	e.rated = grow(e.rated, int(x.rated))
	for i, k := range x.of {
		e.of[i] = grow(e.of[i], int(k))
	}
	for i, n := range spans {
		sp := &d.spans[i]
		if c < sp.from {
			continue
		}
		sp.add(e, 1)
		sp.add(&was, -1) // a full cell takes no more
		for first := d.at(sp.from); sp.rated-int32(first.rated) >= n; first = d.at(sp.from) {
			sp.add(first, -1)
			sp.from++
		}
	}
}

func (sp *span) add(x *said, sign int32) {
	sp.rated += sign * int32(x.rated)
	for i, k := range x.of {
		sp.of[i] += sign * int32(k)
	}
}

// forget takes the cell that leaves the day out of the spans.
func (d *moods) forget(c int32) {
	for i := range d.spans {
		sp := &d.spans[i]
		if sp.from > c {
			continue
		}
		sp.add(d.at(c), -1)
		sp.from = c + 1
	}
}

// rise says from when on the share of a cue has risen.
type rise struct {
	lift    float64 // fewest points above the usual share
	least   float64 // usual share is taken to be at least this
	alike   float64 // correlation of posts within a cluster
	voices  int     // fewest rated voices over which the share is taken
	bad     int     // fewest voices with the cue
	history int     // rated voices that must have been seen before
}

// strongest returns the greatest statistic of a cue among the spans that hold enough
// voices and lie high enough; minus infinity and nil for none.
func (d *moods) strongest(cue int, by *rise) (float64, *span) {
	best, at := math.Inf(-1), (*span)(nil)
	if int(d.rated) < by.history {
		return best, nil
	}
	p := max(float64(d.base[cue]), by.least)
	for i := range d.spans {
		sp := &d.spans[i]
		if int(sp.of[cue]) < by.bad || sp.rated < spans[i] || int(sp.rated) < by.voices {
			continue
		}
		k, n := float64(sp.of[cue]), float64(sp.rated)
		if k/n < p+by.lift {
			continue
		}
		if r := deviance(k, n, p, by.alike); r > best {
			best, at = r, sp
		}
	}
	return best, at
}

// most returns the first of the cues whose statistic is the greatest, as strongest does.
func (d *moods) most(by *rise, cues ...int) (cue int, r float64, sp *span) {
	cue = cues[0]
	r, sp = d.strongest(cue, by)
	for _, c := range cues[1:] {
		if other, at := d.strongest(c, by); other > r {
			cue, r, sp = c, other, at
		}
	}
	return cue, r, sp
}

// stirring is when what is said has turned bad enough that fewer voices are an event:
// a burst of complaints is one sooner than a burst of talk.
var stirring = rise{lift: 0.08, least: 0.05, alike: 0.05, voices: 20, bad: 6, history: 100}

// stirred says that more voices than usual are negative, angry or afraid, or speak of harm.
func (d *moods) stirred() bool {
	const least = 3
	_, r, _ := d.most(&stirring, cueNegative, cueAngry, cueFear, cueHarm)
	return r >= least
}

// risen is the signal that the share of a cue has risen over a span.
func (s *Series) risen(rule string, now time.Time, cue int, r float64, sp *span, by *rise) crisis.Signal {
	window := time.Duration(s.head+1-sp.from*cellLen) * time.Minute
	sig := s.signal(rule, now, window)
	sig.Since, sig.Window = timeOf(sp.from*cellLen), window
	sig.Tier, sig.Odds, sig.Cue = crisis.TierNotice, r, cueNames[cue]
	n, p := float64(sp.rated), max(float64(s.mood.base[cue]), by.least)
	sig.Observed, sig.Expected = float64(sp.of[cue])/n, p
	sig.Voices, sig.Negative = int(sp.rated), int(sp.of[cueNegative])
	sig.Unique = min(sig.Unique, sig.Voices)
	spread := 2 * math.Sqrt(p*(1-p)/n) * design(n, by.alike)
	sig.Low, sig.High = max(p-spread, 0), min(p+spread, 1)
	return sig
}

// Mood returns what was read of the rated voices in the quarters of an hour that
// the last window touches, at most a day.
func (s *Series) Mood(window time.Duration) crisis.Count {
	if !s.started || window <= 0 {
		return crisis.Count{}
	}
	w := min(int32(window/time.Minute), day-cellLen)
	x := s.mood.sum(max(s.head-w+1, s.first)/cellLen, s.head/cellLen)
	return crisis.Count{
		Rated: int(x.rated), Negative: int(x.of[cueNegative]), Angry: int(x.of[cueAngry]), Fear: int(x.of[cueFear]), Harm: int(x.of[cueHarm]),
		Rumour: int(x.of[cueRumour]), Old: int(x.of[cueOld]), Imitation: int(x.of[cueImitation]),
	}
}

// sum adds up the cells from, to, both of the last day.
func (d *moods) sum(from, to int32) span {
	x := span{from: from}
	for c := from; c <= to; c++ {
		x.add(d.at(c), 1)
	}
	return x
}
