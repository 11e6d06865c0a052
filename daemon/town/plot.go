package town

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// beat is a post that the plot wants.
type beat struct {
	at     int64
	parent int32 // the beat it repeats, -1 none
	role   role
	site   siteID
	area   uint8 // where its author lives, a place in areas
	voice  uint8 // of a flood: which of its authors; else 0
}

// areas are the rules that name places; the first is where the crisis begins.
var areas = [...]string{"spot.qingxi", "spot.east", "spot.south"}

// plan decides what happens once.
func (t *Town) plan() {
	local := t.begin.In(t.zone)
	day := func(n, minute int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+n, 0, minute, 0, 0, t.zone)
	}
	d := roll(t.seed, chancePlot)
	start := day(t.days-1, 18*60+36+d.n(9)).Add(time.Duration(d.n(60)) * time.Second)
	t.truth = Truth{
		Live:      start.Add(-15 * time.Minute).Truncate(time.Minute),
		Programme: Programme{Topic: TopicShow, Daily: programmeAt * time.Minute, Length: programmeLength * time.Minute},
		Dead:      Dead{Source: Voice, From: start.Add(time.Duration(5+d.n(5)) * time.Minute)},
		Stale:     Stale{Source: Forum, From: start.Add(4 * time.Hour), To: start.Add(6*time.Hour + 30*time.Minute)},
		Crisis: Crisis{
			Topic: TopicWater, Start: start,
			Media:     start.Add(time.Duration(50+d.n(10)) * time.Minute),
			Rumour:    start.Add(time.Duration(66+d.n(10)) * time.Minute),
			Statement: start.Add(time.Duration(185+d.n(15)) * time.Minute),
		},
	}
	t.crisis(&d)
	t.flood(t.truth.Live.Add(time.Minute))
	slices.SortStableFunc(t.plot, func(a, b beat) int { return cmp.Compare(a.at, b.at) })
	t.echo()
}

// firstBeat returns the place of the first beat at or after at.
func (t *Town) firstBeat(at int64) int {
	return sort.Search(len(t.plot), func(i int) bool { return t.plot[i].at >= at })
}

// phase is a stretch of the crisis: who speaks then, and where.
type phase struct {
	until time.Duration // since the start
	roles map[string]float64
	sites [siteCount]float64
	areas [len(areas)]float64
}

var phases = []phase{
	{
		until: 15 * time.Minute,
		roles: map[string]float64{"water.complaint": 64, "water.ask": 28, "water.child": 8},
		sites: [siteCount]float64{micro: 62, forum: 34, voice: 4}, areas: [len(areas)]float64{1, 0, 0},
	}, {
		until: 55 * time.Minute,
		roles: map[string]float64{"water.complaint": 34, "water.ask": 15, "water.child": 14, "water.hotline": 10, "water.help": 6, "water.repost": 13, "water.copy": 8},
		sites: [siteCount]float64{micro: 62, forum: 30, voice: 8}, areas: [len(areas)]float64{84, 14, 2},
	}, {
		until: 190 * time.Minute,
		roles: map[string]float64{"water.complaint": 17, "water.ask": 8, "water.child": 14, "water.hotline": 8, "water.help": 11, "water.rumour": 12, "water.anger": 9, "water.calm": 3, "water.repost": 12, "water.copy": 6},
		sites: [siteCount]float64{micro: 67, forum: 26, voice: 7}, areas: [len(areas)]float64{66, 24, 10},
	}, {
		until: 10 * time.Hour,
		roles: map[string]float64{"water.complaint": 9, "water.child": 8, "water.help": 8, "water.rumour": 4, "water.anger": 20, "water.calm": 9, "water.relief": 14, "water.cause": 14, "water.repost": 11, "water.copy": 3},
		sites: [siteCount]float64{micro: 66, forum: 28, voice: 6}, areas: [len(areas)]float64{70, 20, 10},
	}, {
		until: 1000 * time.Hour,
		roles: map[string]float64{"water.complaint": 4, "water.child": 6, "water.anger": 14, "water.calm": 16, "water.relief": 30, "water.cause": 24, "water.repost": 6},
		sites: [siteCount]float64{micro: 60, forum: 33, voice: 7}, areas: [len(areas)]float64{75, 15, 10},
	},
}

// talked is how long the crisis is talked about.
const talked = 54 * time.Hour

// crisisRate is the posts a minute, minutes after the first quarter of an hour.
func (t *Town) crisisRate(m int) float64 {
	said := int(t.truth.Crisis.Statement.Sub(t.truth.Crisis.Start) / time.Minute)
	switch {
	case m < 60:
		return 2 + 3.6*float64(m-15)/45
	case m < 150:
		return 5.6 + 3.2*float64(m-60)/90
	case m < said:
		return 8.8
	}
	fading := 8.8*halved(m-said, 75) + 1.1*halved(m-said, 720)
	local := t.truth.Crisis.Start.Add(time.Duration(m) * time.Minute).In(t.zone)
	return fading * min(dailyHours.at(local.Hour()*60+local.Minute())/100, 1.2)
}

// halved is one, halved every so many minutes, linear between.
func halved(m, every int) float64 {
	v := 1.0
	for ; m >= every; m -= every {
		v /= 2
	}
	return v * (1 - 0.5*float64(m)/float64(every))
}

// crisis writes the cascade: 21 to 29 posts in its first quarter of an hour, then
// as many as crisisRate says, and what press and city publish.
func (t *Town) crisis(d *dice) {
	start := t.truth.Crisis.Start.Unix()
	t.plot = append(t.plot, beat{at: start, parent: -1, role: roleOf("water.complaint"), site: micro})
	for range 20 + d.n(9) {
		early := max(d.float(), d.float()) // more and more, not all at once
		t.add(d, start+1+int64(early*898))
	}
	for m := 15; m < int(talked/time.Minute); m++ {
		for range d.poisson(t.crisisRate(m)) {
			t.add(d, start+int64(m*60+d.n(60)))
		}
	}
	published := []struct {
		role   string
		site   siteID
		after  time.Duration // since the anchor
		anchor time.Time
	}{
		{"water.flash", news, 0, t.truth.Crisis.Media},
		{"water.flash", news, 21 * time.Minute, t.truth.Crisis.Media},
		{"water.report", news, 48 * time.Minute, t.truth.Crisis.Media},
		{"water.report", news, 85 * time.Minute, t.truth.Crisis.Media},
		{"water.report", news, 117 * time.Minute, t.truth.Crisis.Media},
		{"water.statement", notice, 0, t.truth.Crisis.Statement},
		{"water.relay", news, 4 * time.Minute, t.truth.Crisis.Statement},
		{"water.relay", news, 13 * time.Minute, t.truth.Crisis.Statement},
		{"water.update", notice, 110 * time.Minute, t.truth.Crisis.Statement},
		{"water.relay", news, 118 * time.Minute, t.truth.Crisis.Statement},
		{"water.update", notice, 570 * time.Minute, t.truth.Crisis.Statement},
		{"water.report", news, 660 * time.Minute, t.truth.Crisis.Statement},
		{"water.result", notice, 800 * time.Minute, t.truth.Crisis.Statement},
		{"water.relay", news, 812 * time.Minute, t.truth.Crisis.Statement},
	}
	for _, p := range published {
		at := p.anchor.Add(p.after).Unix()
		if p.after > 0 {
			at += int64(d.n(180))
		}
		t.plot = append(t.plot, beat{at: at, parent: -1, role: roleOf(p.role), site: p.site})
	}
	last := start
	for _, b := range t.plot {
		last = max(last, b.at)
	}
	t.truth.Crisis.Posts = len(t.plot)
	t.truth.Crisis.End = time.Unix(last, 0).In(t.zone)
}

// add writes one post of the cascade.
func (t *Town) add(d *dice, at int64) {
	after := time.Duration(at-t.truth.Crisis.Start.Unix()) * time.Second
	p := &phases[slices.IndexFunc(phases, func(p phase) bool { return after < p.until })]
	weights := make([]float64, len(roles))
	for i := range roles {
		weights[i] = p.roles[roles[i].Role]
	}
	if at < t.truth.Crisis.Rumour.Unix() {
		weights[roleOf("water.rumour")] = 0
	}
	b := beat{at: at, parent: -1, role: role(d.pick(weights)), site: siteID(d.pick(p.sites[:])), area: uint8(d.pick(p.areas[:]))}
	if t.silent(b.site, at) {
		b.site = micro
	}
	if b.role == roleOf("water.repost") {
		b.site = micro
	}
	t.plot = append(t.plot, b)
}

// echo gives reposts and copies what they repeat: an earlier post of the cascade,
// a few of which are repeated again and again.
func (t *Town) echo() {
	d := roll(t.seed, chanceCopy)
	repost, copied := roleOf("water.repost"), roleOf("water.copy")
	var own []int32 // posts that can be repeated
	for i := range t.plot {
		b := &t.plot[i]
		switch {
		case b.role == roleOf("flood"):
		case b.role != repost && b.role != copied:
			if b.site == micro {
				own = append(own, int32(i))
			}
		case len(own) == 0:
			b.role = roleOf("water.complaint")
		default:
			x := d.float()
			b.parent = own[int(x*x*x*float64(len(own)))]
			if d.chance(0.4) { // what is fresh is repeated too
				b.parent = own[len(own)-1-d.n(min(len(own), 12))]
			}
		}
	}
}

// floodAuthors is how many write the wave.
const floodAuthors = 6

// flood writes a wave of posts by few authors.
func (t *Town) flood(start time.Time) {
	d := roll(t.seed, chanceFlood)
	n := 130 + d.n(40)
	end := start
	for range n {
		at := start.Add(time.Duration(d.float() * float64(40*time.Minute)))
		if at.After(end) {
			end = at
		}
		t.plot = append(t.plot, beat{at: at.Unix(), parent: -1, role: roleOf("flood"), site: micro, voice: uint8(d.n(floodAuthors))})
	}
	t.truth.Flood = Flood{Topic: TopicProperty, Source: Micro, Start: start, End: end, Posts: n, Authors: floodAuthors}
}
