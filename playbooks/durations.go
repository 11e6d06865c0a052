package playbooks

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"watchfire/crisis"
)

// Durations is one span for all levels, or one for each level, written as 1h30m, as
// 3 workdays, or as {I: 30m, II: 1h, III: 1 workday, IV: 3 workdays}. A single span
// stands under crisis.LevelNone.
type Durations crisis.ByLevel

// At returns the span for level l.
func (d Durations) At(l crisis.Level) (crisis.Span, bool) { return crisis.ByLevel(d).At(l) }

// byLevel returns a copy in which every level has an entry. An incident that
// nobody has graded gets the longest time: grading it can only make it stricter.
func (d Durations) byLevel() crisis.ByLevel {
	if len(d) == 0 {
		return nil
	}
	out := make(crisis.ByLevel, len(d)+1)
	var longest crisis.Span
	for l, v := range d {
		out[l] = v
		if v.Outlasts(longest) {
			longest = v
		}
	}
	if _, ok := out[crisis.LevelNone]; !ok {
		out[crisis.LevelNone] = longest
	}
	return out
}

// nodeError is what is wrong with one node.
type nodeError struct {
	node ast.Node
	err  error
}

// durationNode reads a duration or a map of durations by level and returns what
// is wrong with it.
func durationNode(n ast.Node, set func(crisis.Level, crisis.Span)) []nodeError {
	pairs, ok := pairsOf(n)
	if !ok {
		v, err := parseSpan(n)
		if err != nil {
			return []nodeError{{n, err}}
		}
		set(crisis.LevelNone, v)
		return nil
	}
	var out []nodeError
	if len(pairs) == 0 {
		out = append(out, nodeError{n, fmt.Errorf("is empty: write a duration such as 1h30m or 3 workdays, or one for each level")})
	}
	for _, p := range pairs {
		l, err := crisis.ParseLevel(p.name)
		if err != nil || l == crisis.LevelNone {
			out = append(out, nodeError{p.key, fmt.Errorf("%q is not a level: write I, II, III or IV", p.name)})
			continue
		}
		v, err := parseSpan(p.value)
		if err != nil {
			out = append(out, nodeError{p.value, err})
			continue
		}
		set(l, v)
	}
	return out
}

func parseDuration(n ast.Node) (time.Duration, error) {
	s, ok := scalarOf(n)
	if !ok {
		return 0, fmt.Errorf("want a duration such as 1h30m, found %s", kindOf(n))
	}
	v, err := time.ParseDuration(strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration: write hours and minutes such as 1h30m (a day is 24h)", s)
	}
	if v < 0 {
		return 0, fmt.Errorf("%q lies in the past: write a duration of 0m or more", s)
	}
	return v, nil
}

func parseSpan(n ast.Node) (crisis.Span, error) {
	s, ok := scalarOf(n)
	if !ok {
		return crisis.Span{}, fmt.Errorf("want a duration such as 1h30m or 3 workdays, found %s", kindOf(n))
	}
	return crisis.ParseSpan(s)
}
