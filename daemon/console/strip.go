package console

import (
	"time"

	"watchfire/crisis"
)

// run is a stretch of the strip that shows when a source was seen.
type run struct {
	X, W string
	Kind string // seen, half, blind or idle
	Tip  string
}

// strip is the coverage of one source over a stretch of time.
type strip struct {
	Runs  []run
	Share string // seen of the whole, "—" when nothing was expected
	Desc  string
}

const (
	stripCells = 48
	stripFor   = 24 * time.Hour
)

// strip draws when a source was seen in the last 24 hours. An attempt that let
// us see it covers two intervals: the second is the grace for a slow visit.
// Before the first attempt on record nothing is claimed.
func (t tongue) strip(s Source, attempts []crisis.Coverage) strip {
	out := strip{Share: "—"}
	from := t.now.Add(-stripFor)
	seen := covered(s, attempts, from, t.now)
	width := len(seen) / stripCells
	all, good, first, kind := 0, 0, 0, ""
	for i := range stripCells + 1 {
		next := "" // ends the last run
		if i < stripCells {
			expected, ok := tally(seen[i*width : (i+1)*width])
			all, good, next = all+expected, good+ok, "idle"
			if expected > 0 {
				next = sight(float64(ok) / float64(expected))
			}
		}
		if next == kind {
			continue
		}
		if kind != "" {
			out.Runs = append(out.Runs, t.run(from, first, i, kind))
		}
		first, kind = i, next
	}
	if all > 0 {
		out.Share = percent(float64(good) / float64(all))
	}
	out.Desc = t.must("strip.desc", out.Share)
	return out
}

// run describes the cells from first to before end.
func (t tongue) run(from time.Time, first, end int, kind string) run {
	at := func(i int) string { return t.clock(from.Add(time.Duration(i) * stripFor / stripCells)) }
	return run{
		percentOf(float64(first) / stripCells), percentOf(float64(end-first) / stripCells), kind,
		at(first) + "–" + at(end) + " " + t.must("strip."+kind),
	}
}

// tally counts the minutes in which a source should have been seen, and was.
func tally(minutes []look) (expected, seen int) {
	for _, m := range minutes {
		if m != unasked {
			expected++
		}
		if m == sawIt {
			seen++
		}
	}
	return expected, seen
}

// look is what a minute held for a source.
type look byte

const (
	unasked look = iota // nothing was expected: not watched yet, or switched off
	sawIt
	missedIt
)

// covered says for each minute whether the source was seen.
func covered(s Source, attempts []crisis.Coverage, from, to time.Time) []look {
	out := make([]look, int(to.Sub(from)/time.Minute))
	if s.Off || s.Every <= 0 || len(attempts) == 0 {
		return out
	}
	minute := func(at time.Time) int { return max(0, min(len(out), int(at.Sub(from)/time.Minute))) }
	for i := minute(attempts[0].At); i < len(out); i++ {
		out[i] = missedIt
	}
	for _, a := range attempts {
		if !a.Class.Sees() {
			continue
		}
		for i := minute(a.At); i < minute(a.At.Add(2*s.Every)); i++ {
			out[i] = sawIt
		}
	}
	return out
}
