package daemon

import (
	"strings"
	"time"

	"watchfire/detectors"
)

// rerun is what one watch is told of the past.
type rerun struct {
	watch  *detectors.Watch
	counts []pastTally // that became known before the last minute
	begin  time.Time   // the first minute that is judged
	shares []float64   // which part of its sources was seen, by minutes since the first of all
	barren []time.Time // visits of a source that brought nothing new
}

// replay plays counts and coverage up to last into every watch. Watches share nothing: each
// is played through alone, so that it stays in the cache of one processor, and on all of them.
// Counts are in the order in which they became known, and there are some.
func (r *room) replay(counts []pastTally, last time.Time, seen *pastSights, barren map[string][]time.Time) {
	first := counts[0].known.Add(time.Minute)
	type key struct {
		name   string
		source bool
	}
	told := map[key][]pastTally{}
	for _, c := range counts {
		if c.known.Before(last) {
			told[key{c.name, c.source}] = append(told[key{c.name, c.source}], c)
		}
	}
	late := map[key]time.Time{} // watches that are made when they are first spoken of
	for k, list := range told {
		switch {
		case k.source && r.sources[k.name] == nil:
			r.source(k.name)
		case !k.source && r.topics[k.name] == nil:
			r.topic(k.name)
		default:
			continue
		}
		late[k] = list[0].known.Add(time.Minute)
	}
	all := make([]*rerun, 0, len(r.sources)+len(r.topics))
	gather := func(watches map[string]*detectors.Watch, source bool) {
		for _, name := range keysOf(watches) {
			k := key{name, source}
			x := &rerun{watch: watches[name], counts: told[k], begin: first}
			if at, ok := late[k]; ok {
				x.begin = at
			}
			if source {
				x.barren = barren[name]
			}
			all = append(all, x)
		}
	}
	gather(r.sources, true)
	gather(r.topics, false)
	shareOut(all, len(r.sources), first, last, seen)
	parallel(len(all), func(i int) { all[i].run(r, first, last) })
}

// shareOut says of each rerun which part of its sources was seen in every minute; topics
// that watch the same sources have the same. The first of the reruns are of sources.
func shareOut(all []*rerun, sources int, first, last time.Time, seen *pastSights) {
	minutes := int(max(last.Sub(first)/time.Minute+1, 0))
	alike := map[string][]float64{}
	var whose []*rerun // one of each kind
	for i, x := range all {
		kind := "source " + x.watch.Series().Name()
		if i >= sources {
			kind = "topics " + strings.Join(seen.d.topicSources[x.watch.Series().Name()], "\x00")
		}
		if alike[kind] == nil {
			alike[kind] = make([]float64, minutes)
			whose = append(whose, x)
		}
		x.shares = alike[kind]
	}
	isSource := make(map[*rerun]bool, sources)
	for _, x := range all[:sources] {
		isSource[x] = true
	}
	for i := range minutes {
		covered := seen.at(first.Add(time.Duration(i) * time.Minute))
		for _, x := range whose {
			x.shares[i] = covered(x.watch.Series().Name(), isSource[x])
		}
	}
}

// run judges every minute up to last.
func (x *rerun) run(r *room, first, last time.Time) {
	series := x.watch.Series()
	i, visits := 0, x.barren
	for m := x.begin; !m.After(last); m = m.Add(time.Minute) {
		for ; i < len(x.counts) && x.counts[i].known.Before(m); i++ {
			r.add([]tally{x.counts[i].tally}, x.counts[i].backfill)
		}
		for len(visits) > 0 && !visits[0].After(m) {
			series.Barren()
			visits = visits[1:]
		}
		series.Cover(m.Add(-time.Minute), x.shares[m.Sub(first)/time.Minute])
		x.watch.Tick(m)
	}
}
