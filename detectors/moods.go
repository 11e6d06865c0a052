package detectors

// The mood of a series is kept in cells of five minutes for a day.
const (
	cellLen = 5
	cells   = day / cellLen
)

// spans are the numbers of last posts over which the share of negative ones is
// taken.
var spans = [...]int32{20, 50, 100, 200, 400}

const (
	// moodPrior is the weight, in posts, with which a time of day leans on the
	// whole day.
	moodPrior = 200
	// moodClip bounds how far above the usual share a burst may teach, and moodMost
	// the posts that a minute may: anger does not become the base from which it is
	// judged.
	moodClip = 0.15
	moodMost = 20
)

type cell struct{ negative, rated uint16 }

// tally is a decayed count of rated posts.
type tally struct{ negative, rated float32 }

// span is the shortest run of last cells that holds so many rated posts, at most
// a day.
type span struct {
	negative, rated int32
	from            int32 // first cell
}

// moods holds how many of the last posts were negative, and how many usually are
// at this time of day.
type moods struct {
	ring  [cells]cell
	spans [len(spans)]span
	slot  [slots]tally
	all   tally
	rated int32   // posts rated so far, stops at a million
	base  float64 // the usual share, before the last minute taught anything
}

func (d *moods) at(c int32) *cell { return &d.ring[uint32(c+cells)%cells] }

// step takes in the minute s was just advanced to.
func (d *moods) step(s *Series, e *minute) {
	now := s.head / cellLen
	if s.head%cellLen == 0 {
		d.forget(now - cells)
		*d.at(now) = cell{}
	}
	p := s.place(s.head)
	d.base = d.usual(p)
	if !e.seen() || e.rated == 0 {
		return
	}
	d.put(now, int32(e.negative), int32(e.rated))
	d.learn(p, e)
}

// learn takes posts for what is usual at their time of day.
func (d *moods) learn(p place, e *minute) {
	d.rated = min(d.rated+int32(e.rated), 1_000_000)
	n := float64(min(e.rated, moodMost))
	share := float64(e.negative) / float64(e.rated) * d.damp()
	d.slot[p.a].add(share, n*(1-p.part))
	d.slot[p.b].add(share, n*p.part)
	d.all.add(share, n)
}

// damp is by how much negative posts teach less while the last ones lie so far
// above what is usual that it is a burst. A single minute of a quiet topic is all
// negative or not at all, so it cannot be bounded by itself: that would teach a
// share far below the true one.
func (d *moods) damp() float64 {
	last := &d.spans[0]
	if last.rated < spans[0] || last.negative == 0 {
		return 1
	}
	return min((d.base+moodClip)*float64(last.rated)/float64(last.negative), 1)
}

func (t *tally) add(share, n float64) {
	t.rated += float32(n)
	t.negative += float32(n * share)
}

func (t *tally) fade(keep float32) {
	t.rated *= keep
	t.negative *= keep
}

// share is the share of t leaning on p with the weight of so many posts.
func (t *tally) share(p, weight float64) float64 {
	return (float64(t.negative) + p*weight) / (float64(t.rated) + weight)
}

func (d *moods) usual(p place) float64 {
	all := d.all.share(0.2, 20)
	return (1-p.part)*d.slot[p.a].share(all, moodPrior) + p.part*d.slot[p.b].share(all, moodPrior)
}

// put counts posts in cell c and shortens the spans that hold enough without
// their first cells.
func (d *moods) put(c, negative, rated int32) {
	x := d.at(c)
	was := *x
	x.negative, x.rated = grow(x.negative, int(negative)), grow(x.rated, int(rated))
	negative, rated = int32(x.negative)-int32(was.negative), int32(x.rated)-int32(was.rated) // a full cell takes no more
	for i, n := range spans {
		sp := &d.spans[i]
		if c < sp.from {
			continue
		}
		sp.negative += negative
		sp.rated += rated
		for first := d.at(sp.from); sp.rated-int32(first.rated) >= n; first = d.at(sp.from) {
			sp.negative -= int32(first.negative)
			sp.rated -= int32(first.rated)
			sp.from++
		}
	}
}

// forget takes the cell that leaves the day out of the spans.
func (d *moods) forget(c int32) {
	for i := range d.spans {
		sp := &d.spans[i]
		if sp.from > c {
			continue
		}
		sp.negative -= int32(d.at(c).negative)
		sp.rated -= int32(d.at(c).rated)
		sp.from = c + 1
	}
}
