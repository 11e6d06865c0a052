package detectors

import (
	"math"
	"time"

	"watchfire/crisis"
)

// Judge judges a series of bare counts of which nothing else is known: neither
// authors nor texts, nor its end, least or greatest value. Buckets come in order
// of time; each is judged before it teaches anything. A bucket that is missing is
// not a bucket of zero: it is left out.
type Judge interface {
	Judge(at time.Time, count float64) Verdict
}

// Verdict is what a bucket was worth. The score says something new once: it is
// the threshold, or whole multiples of it, where an alert opens or opens again,
// and below the threshold the peak of a close call when that has passed; else 0.
// So a threshold below the one in use shows what it would have alerted of, and a
// burst is not counted as often as it has buckets.
type Verdict struct {
	Score float64
	Alert bool
}

// Presets make a judge of count series by its name. The noisy one is for
// unfiltered counts, in which bots and reposts speak as loud as people; the
// default one judges counts as the detector surge judges voices.
var Presets = map[string]func() Judge{
	"noisy":   func() Judge { return NewNoisy().Judge() },
	"default": func() Judge { return newUsual() },
}

// Noisy holds the settings of the noisy preset. The counts themselves are judged
// and not their roots, over one long window: what people call an event in such
// data is a mass of posts, not a sharp edge.
type Noisy struct {
	Window  time.Duration
	Slot    time.Duration // half-life of what is usual at a time of day
	Level   time.Duration // half-life of the level of the last days
	Scale   time.Duration // half-life of the scale
	Clip    float64       // residuals teach up to so many scales
	Floor   float64       // posts added to the scale
	Alert   float64       // threshold, in scales
	Silence time.Duration // after an alert
	Again   float64       // an alert opens again within the silence at so many times its peak
}

// NewNoisy returns the settings as shipped.
func NewNoisy() Noisy {
	return Noisy{
		Window: 6 * time.Hour, Slot: 4 * 24 * time.Hour, Level: 12 * time.Hour, Scale: 3 * 24 * time.Hour,
		Clip: 10, Floor: 1, Alert: 2.55, Silence: 24 * time.Hour, Again: 4,
	}
}

// Judge starts a judge with these settings.
func (c Noisy) Judge() Judge {
	return &noisy{Noisy: c, cycle: cycle{alert: c.Alert, silence: c.Silence, again: c.Again}}
}

const (
	// countFloor is the fewest posts in the window that fires.
	countFloor = 5
	// countSettle is for how long a series is judged with a wider threshold.
	countSettle   = 48 * time.Hour
	countWidening = 1.3
	// slotPrior is the weight, in buckets, with which a time of day leans on the
	// overall mean, and meanHalf the half-life of that.
	slotPrior = 3
	meanHalf  = 24 * time.Hour
)

// noisy judges the sum over one long window by a seasonal baseline with a level
// and a robust scale.
type noisy struct {
	Noisy
	cycle cycle
	paced pace

	rows []bucket // those from head on lie in the window, oldest first
	head int
	sum  float64
	seen time.Duration // that was judged so far

	slot          [slots]countSlot
	mean, meanN   float64
	level         float64
	sigma, sigmaN float64
}

type bucket struct {
	at    time.Time
	count float64
}

// countSlot is the mean of one slot of the day, the weight it rests on, and when
// that was last aged.
type countSlot struct {
	mean, n float64
	aged    time.Duration
}

// Judge implements Judge.
func (d *noisy) Judge(at time.Time, count float64) Verdict {
	step := d.paced.next(at)
	d.push(at, count, step)
	d.seen += step
	window := max(d.Window, step)
	part := min(float64(len(d.rows)-d.head)*step.Seconds()/window.Seconds(), 1)
	known := min(d.seen, window).Seconds() / window.Seconds()
	if part < known/2 { // most of the window is a gap
		return d.cycle.tell(at, 0)
	}
	y := d.sum / part
	p := placeOf(int32(at.Hour()*60 + at.Minute()))
	d.age(p)
	season := (1-p.part)*d.at(p.a) + p.part*d.at(p.b)
	if d.meanN == 0 {
		season = y
	}
	want := season + d.level
	z := (d.sum - want*part) / (d.sigma + d.Floor)
	d.learn(p, step, y, want, season)
	if d.sum < countFloor {
		z = 0
	}
	return d.cycle.tell(at, z/d.widening())
}

// push takes in a bucket and drops what has left the window.
func (d *noisy) push(at time.Time, count float64, step time.Duration) {
	from := at.Add(step - max(d.Window, step)) // of the first bucket that lies in the window
	for ; d.head < len(d.rows) && d.rows[d.head].at.Before(from); d.head++ {
		d.sum -= d.rows[d.head].count
	}
	if d.head > len(d.rows)/2 {
		d.rows = d.rows[:copy(d.rows, d.rows[d.head:])]
		d.head = 0
	}
	d.rows = append(d.rows, bucket{at, count})
	d.sum += count
}

// widening is what the threshold of a young series is multiplied by.
func (d *noisy) widening() float64 {
	switch {
	case d.seen < d.Window:
		return math.Inf(1)
	case d.seen < countSettle:
		return countWidening
	}
	return 1
}

// at is the mean of a slot, leaning on the overall mean.
func (d *noisy) at(k int) float64 {
	s := &d.slot[k]
	return (s.n*s.mean + slotPrior*d.mean) / (s.n + slotPrior)
}

// age lets the weight of the slots that learn fade by the time seen since.
func (d *noisy) age(p place) {
	for _, k := range [...]int{p.a, p.b} {
		s := &d.slot[k]
		s.n *= half(d.seen-s.aged, d.Slot)
		s.aged = d.seen
	}
}

// half is what is left after some time of what halves in another.
func half(after, in time.Duration) float64 {
	return math.Exp2(-after.Seconds() / in.Seconds())
}

func (d *noisy) learn(p place, step time.Duration, y, want, season float64) {
	lim := d.Clip * (d.sigma + d.Floor)
	e := min(max(y-want, -lim), lim)
	y = want + e
	d.slot[p.a].learn(y, 1-p.part)
	d.slot[p.b].learn(y, p.part)
	d.meanN = d.meanN*half(step, meanHalf) + 1
	d.mean += (y - d.mean) / d.meanN
	d.level += (1 - half(step, d.Level)) * (y - season - d.level)
	d.sigmaN = d.sigmaN*half(step, d.Scale) + 1
	d.sigma += (1.25*math.Abs(e) - d.sigma) / d.sigmaN
}

func (s *countSlot) learn(y, weight float64) {
	s.n += weight
	if s.n > 0 {
		s.mean += weight * (y - s.mean) / s.n
	}
}

// cycle is the life of the alerts of one series: an alert opens, is silent for a
// while unless it is dwarfed, and may open again. What does not reach the
// threshold is told once it has passed its peak.
type cycle struct {
	alert   float64       // threshold
	silence time.Duration // after an alert, or a close call
	again   float64       // an alert opens again within the silence at so many times its peak
	rearm   float64       // the silence lasts until the statistic was below this part of the threshold; 0: no longer

	till, nearTill time.Time // ends of silence
	armed          bool
	peak           float64
	near           float64 // peak of the burst under way that has not alerted; 0: none
	nearPeak       float64 // of the close call told last
}

const (
	// closeCall is the part of the threshold from which a burst is a close call.
	closeCall = 0.75
	// pastPeak is the part of its peak below which a burst has passed it.
	pastPeak = 0.9
)

// tell decides what statistic z is worth at a time.
func (c *cycle) tell(at time.Time, z float64) Verdict {
	c.armed = c.armed || z < c.rearm*c.alert
	silent := at.Before(c.till) || c.rearm > 0 && !c.armed && !c.till.IsZero()
	if z >= c.alert && (!silent || z >= c.again*c.peak) {
		c.till, c.peak, c.near, c.armed = at.Add(c.silence), z, 0, false
		// How far a slow sum overshoots in the bucket in which it crosses is chance;
		// only multiples mean something.
		return Verdict{Score: c.alert * math.Floor(z/c.alert), Alert: true}
	}
	if silent {
		return Verdict{}
	}
	if z >= closeCall*c.alert && z > c.near {
		c.near = z
		return Verdict{}
	}
	if c.near == 0 || z >= pastPeak*c.near {
		return Verdict{}
	}
	told := c.near
	c.near = 0
	if at.Before(c.nearTill) && told <= c.nearPeak {
		return Verdict{}
	}
	c.nearTill, c.nearPeak = at.Add(c.silence), told
	return Verdict{Score: math.Round(told*1000) / 1000}
}

// pace finds out how long the buckets of a series are: the shortest distance
// between two of them so far. Until there are two it takes five minutes.
type pace struct {
	last time.Time
	step time.Duration
}

func (p *pace) next(at time.Time) time.Duration {
	if !p.last.IsZero() {
		if d := at.Sub(p.last); p.step == 0 || d < p.step {
			p.step = d
		}
	}
	p.last = at
	if p.step == 0 {
		return 5 * time.Minute
	}
	return p.step
}

// usual judges counts as Surge judges voices.
type usual struct {
	surge  *Surge
	series *Series
	cycle  cycle
	paced  pace
}

func newUsual() *usual {
	d := NewSurge()
	return &usual{surge: d, series: NewSeries("", nil), cycle: cycle{alert: d.Alert, silence: silence, again: 2, rearm: 0.5}}
}

// mostMinutes bounds the minutes over which one bucket is spread.
const mostMinutes = day

// Judge implements Judge.
func (u *usual) Judge(at time.Time, count float64) Verdict {
	last := u.paced.last
	step := u.paced.next(at)
	if !last.IsZero() {
		for m := last.Add(step); m.Add(time.Minute).Before(at); m = m.Add(time.Minute) { // a gap
			if at.Sub(m) > forgetAfter*time.Minute {
				break
			}
			u.series.Cover(m, 0)
			u.series.Advance(m.Add(time.Minute))
		}
	}
	n := min(max(int(step/time.Minute), 1), mostMinutes)
	for i := range n {
		share := math.Floor(count*float64(i+1)/float64(n)) - math.Floor(count*float64(i)/float64(n))
		m := at.Add(time.Duration(i) * time.Minute)
		k := int(min(share, math.MaxUint16))
		u.series.Add(m, crisis.Count{Posts: k, Voices: k, Unique: k})
		u.series.Advance(m.Add(time.Minute))
	}
	return u.cycle.tell(at, u.surge.Gauge(u.series, at.Add(step))*u.surge.Alert)
}
