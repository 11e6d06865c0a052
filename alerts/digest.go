package alerts

import (
	"fmt"
	"slices"
	"strings"

	"watchfire/crisis"
)

// digestLines is how many lines of a digest are written out.
const digestLines = 12

// digestHeadline says how much did not ring on its own, and of how many incidents.
func (t teller) digestHeadline() string {
	incidents := map[string]bool{}
	for _, x := range t.a.Digest {
		if x.Incident != "" {
			incidents[x.Incident] = true
		}
	}
	return fmt.Sprintf(t.digest, len(t.a.Digest), len(incidents), t.clock(t.a.Since), t.clock(t.a.At))
}

// digested lists what did not ring, the newest line of each incident, the newest first.
func (t teller) digested() []string {
	out := []string{t.digestWhy}
	seen := map[string]bool{}
	left := 0
	for _, x := range slices.Backward(t.a.Digest) {
		if x.Incident != "" && seen[x.Incident] {
			continue
		}
		if seen[x.Incident] = true; len(out) > digestLines {
			left++
			continue
		}
		out = append(out, t.digestLine(x))
	}
	if left > 0 {
		out = append(out, fmt.Sprintf(t.digestMore, left))
	}
	return out
}

func (t teller) digestLine(x crisis.Told) string {
	level, mark := "", ""
	if x.Level != crisis.LevelNone {
		level = fmt.Sprintf(t.gradedShort, t.level(x.Level))
	}
	if x.Drill && !t.a.Drill {
		mark = t.drill
	}
	s := "- " + t.clock(x.At) + " " + mark + level + Clean(x.Title, 30) + t.sep + t.kinds[x.Kind]
	if x.Incident != "" {
		s += " #" + Clean(x.Incident, 20)
	}
	return s
}

// aliveHeadline says that somebody watches, and how much of what should be seen is.
func (t teller) aliveHeadline() string {
	x := t.a.Alive
	form := t.alive
	if x.Seeing < x.Sources || x.Stuck > 0 {
		form = t.aliveBut
	}
	return fmt.Sprintf(form, x.Seeing, x.Sources, x.Open)
}

// living says what the last day brought and what does not work.
func (t teller) living() []string {
	x := t.a.Alive
	out := []string{fmt.Sprintf(t.alivePosts, x.Posts)}
	if len(t.a.BlindSources) > 0 {
		out = append(out, fmt.Sprintf(t.blind, Clean(strings.Join(t.a.BlindSources, t.list), 60)))
	}
	if x.Stuck > 0 {
		out = append(out, fmt.Sprintf(t.aliveStuck, x.Stuck))
	}
	return append(out, t.aliveEnd)
}
