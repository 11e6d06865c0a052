package detectors

import (
	"math"
	"time"

	"watchfire/crisis"
)

// slots is the number of slots of the local day; more brought no gain, and groups
// of weekdays need more than eight weeks of history.
const slots = 24

const slotLen = 24 * 60 / slots

// shape holds the constants of the baseline. One set serves every topic.
type shape struct {
	slotHalf  float64 // half-life of a slot's mean, minutes
	slotPrior float64 // ticks with which a slot leans on the overall mean
	meanHalf  float64 // half-life of the overall mean
	levelHalf float64 // half-life of the level
	levelOn   float64 // share of the level that is expected to go on
	sigmaHalf float64 // half-life of the scale
	clip      float64 // residuals learn up to so many scales: a burst does not eat its own baseline
	spread    float64 // standard deviations in the scale: posts come in clusters, whose tails are heavy
	floor     float64 // added to the scale: a quiet topic has hardly any of its own

	slotKeep, meanKeep, levelGain, sigmaKeep float64
}

func newShape(p shape) shape {
	keep := func(half float64) float64 { return math.Exp2(-1 / half) }
	p.slotKeep, p.meanKeep, p.sigmaKeep = keep(p.slotHalf), keep(p.meanHalf), keep(p.sigmaHalf)
	p.levelGain = 1 - keep(p.levelHalf)
	return p
}

const day = 24 * 60

// standard is the shape that was best in transfer on real incidents.
var standard = newShape(shape{
	slotHalf: 7 * day, slotPrior: 3, meanHalf: day, levelHalf: day / 2, levelOn: 0.8,
	sigmaHalf: 14 * day, clip: 5, spread: 1.25, floor: 0.5,
})

// slot is the mean of one slot of the day with the weight it rests on.
type slot struct{ mean, n float32 }

// baseline is what is usual for one window. All means are of 2·sqrt(weight+3/8),
// whose spread hardly depends on the count.
type baseline struct {
	slot          [slots]slot
	mean, meanN   float64
	level         float64
	sigma, sigmaN float64
	z             float64 // of the last minute judged; 0 when it was not
	want          float64 // what was expected of it, same scale, of a window seen in full
}

func root(c float64) float64   { return 2 * math.Sqrt(c+0.375) }
func unroot(y float64) float64 { return max(y*y/4-0.375, 0) }

// scale is by how much counts differ from what is usual without anything having
// happened: never by less than independent posts do.
func (b *baseline) scale(c *shape) float64 { return max(c.spread*b.sigma+c.floor, 1) }

// season returns what the time of day alone makes usual.
func (b *baseline) season(c *shape, p place) float64 {
	at := func(x slot) float64 {
		n := float64(x.n)
		return (n*float64(x.mean) + c.slotPrior*b.mean) / (n + c.slotPrior)
	}
	return (1-p.part)*at(b.slot[p.a]) + p.part*at(b.slot[p.b])
}

// place is a time of day between the centres of two slots.
type place struct {
	a, b int
	part float64 // of b
}

func placeOf(minuteOfDay int32) place {
	m := minuteOfDay - slotLen/2
	if m < 0 {
		m += day
	}
	a := int(m / slotLen)
	return place{a: a, b: (a + 1) % slots, part: float64(m%slotLen) / slotLen}
}

// place returns the local time of day at the end of minute m. The zone is asked
// every quarter of an hour only: no zone changes in between.
func (s *Series) place(m int32) place {
	if m >= s.zoneTill || m < s.zoneTill-15 {
		s.zoneOff = offset(s.zone, m)
		s.zoneTill = m - m%15 + 15
	}
	return placeOf((m + s.zoneOff + day) % day)
}

func offset(zone *time.Location, m int32) int32 {
	_, sec := timeOf(m).In(zone).Zone()
	return int32(sec / 60)
}

// judge compares every window with what is usual, and then learns. While the
// sources cannot be seen, or where a busy series has fallen silent at once, it
// learns nothing: an outage teaches no zeros.
func (s *Series) judge(e *minute) {
	p := s.place(s.head)
	if e.posts > 0 && e.seen() {
		s.missing, s.lastPost = 0, s.head
	}
	if e.seen() {
		s.judged = min(s.judged+1, 14*day)
		s.missing += s.perMinute(p)
		s.age(p)
		s.mood.all.fade(float32(s.cfg.slotKeep))
	}
	frozen := !e.seen() || s.presumedDead()
	if !frozen {
		s.own.learn(e, s.cfg.slotKeep)
	}
	for i, w := range windows {
		b := &s.usual[i]
		seen := s.sums[i].seen
		season := b.season(s.cfg, p)
		b.want = season + s.cfg.levelOn*b.level
		b.z = 0
		known := min(w, s.head-s.first+1)
		if !e.seen() || 2*seen < known || known < 1 {
			continue
		}
		c := float64(s.sums[i].weight)
		expect, y, full := b.want, root(c), root(c)
		if seen < w {
			part := float64(seen) / float64(w)
			expect = root(unroot(b.want) * part)
			full = root(c / part)
		}
		b.z = (y - expect) / b.scale(s.cfg)
		if !frozen {
			b.learn(s.cfg, p, full, season)
		}
	}
	z, _ := s.excess(&alertWeights, 0)
	s.habits.step((s.head+s.zoneOff)/60, z)
}

// rhythm is the window that tells what is usual in a minute: a longer one goes on
// expecting what a scheduled burst has brought hours ago.
const rhythm = 2

// perMinute returns how many voices a minute are usual at that time of day.
func (s *Series) perMinute(p place) float64 {
	return s.own.voices(unroot(s.usual[rhythm].season(s.cfg, p))) / float64(windows[rhythm])
}

// presumedDead says that a series of which a dozen posts were to be expected has
// none. Half a day later it is taken for a change of level.
func (s *Series) presumedDead() bool {
	return s.missing > 12 && s.head-s.lastPost < day/2
}

// age lets the weight of the two slots that learn fade by the time since they
// last did.
func (s *Series) age(p place) {
	for _, k := range [...]int{p.a, p.b} {
		keep := s.cfg.slotKeep
		if d := s.head - s.slotAt[k]; d > 1 {
			keep = math.Exp2(-float64(d) / s.cfg.slotHalf)
		}
		s.slotAt[k] = s.head
		for i := range s.usual {
			s.usual[i].slot[k].n *= float32(keep)
		}
		s.mood.slot[k].fade(float32(keep))
	}
}

func (b *baseline) learn(c *shape, p place, y, season float64) {
	e := y - b.want
	lim := c.clip * b.scale(c)
	e = min(max(e, -lim), lim)
	y = b.want + e
	b.slot[p.a].learn(y, 1-p.part)
	b.slot[p.b].learn(y, p.part)
	b.meanN = b.meanN*c.meanKeep + 1
	b.mean += (y - b.mean) / b.meanN
	b.level += c.levelGain * (y - season - b.level)
	b.sigmaN = b.sigmaN*c.sigmaKeep + 1
	b.sigma += (1.25*math.Abs(e) - b.sigma) / b.sigmaN
}

func (x *slot) learn(y, weight float64) {
	x.n += float32(weight)
	if x.n > 0 {
		x.mean += float32(weight) * (float32(y) - x.mean) / x.n
	}
}

// learnLate adds posts to what is usual at their time of day: each would have
// been in as many sliding sums as the window has minutes.
func (s *Series) learnLate(m int32, c crisis.Count) {
	if c.Voices <= 0 {
		return
	}
	weight := float64(c.Voices + min(c.Unique, c.Voices))
	p := placeOf((m + offset(s.zone, m) + day) % day)
	for i, w := range windows {
		b := &s.usual[i]
		want := b.season(s.cfg, p)
		lim := s.cfg.clip * b.scale(s.cfg)
		up := min(root(unroot(want)+weight)-want, lim)
		for k := p.a; w > 0; k = (k + 1) % slots {
			n := min(w, slotLen)
			if x := &b.slot[k]; x.n > float32(n) {
				x.mean += float32(up) * float32(n) / x.n
			}
			w -= n
		}
	}
}

// share is how many voices stand behind the weight that was judged so far, with a
// half-life of a slot.
type share struct{ voiced, weighed float32 }

func (x *share) learn(e *minute, keep float64) {
	x.voiced = x.voiced*float32(keep) + float32(e.voices)
	x.weighed = x.weighed*float32(keep) + float32(e.weight())
}

// voices returns the voices that usually make up so much weight.
func (x share) voices(weight float64) float64 {
	const prior = 2 // voices with words of their own, until more is known
	return weight * float64(x.voiced+prior) / float64(x.weighed+2*prior)
}

// Age returns how long the series has been seen since it began, up to a
// fortnight.
func (s *Series) Age() time.Duration { return time.Duration(s.judged) * time.Minute }
