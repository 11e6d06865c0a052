package playbooks

import (
	"fmt"
	"slices"

	"watchfire/crisis"
)

// Dimension is one row of the sheet by which people grade (定级维度). Points are what 0,
// 1, 2 and 3 points mean.
type Dimension struct {
	Word   `yaml:",inline"`
	Points []Text `yaml:"points" json:"points"`
}

// mostPoints is the most that a dimension gives.
const mostPoints = 3

// ProposedMark is one row of the sheet with what the machine can say of it.
type ProposedMark struct {
	Dimension Dimension
	Measured  bool // else Points says nothing: a person must judge
	Points    int
	Reason    Text
}

// measures are the dimensions that a machine can measure: the points that signals are
// worth, in which numbers, and false when they do not say.
var measures = map[string]func(signals []crisis.Signal) (points int, why Text, ok bool){
	"velocity": func(signals []crisis.Signal) (int, Text, bool) {
		s, ok := strongest(signals, func(s *crisis.Signal) bool { return s.Detector == "surge" }, ratio)
		if !ok {
			return 0, Text{}, false
		}
		return steps(ratio(&s), 3, 8, 20), numbers("volume_ratio", &s, 0), true
	},
	"sentiment": func(signals []crisis.Signal) (int, Text, bool) {
		s, ok := strongest(signals, func(s *crisis.Signal) bool { return s.Voices >= leastVoices }, func(s *crisis.Signal) float64 { return float64(s.Voices) })
		if !ok {
			return 0, Text{}, false
		}
		points := steps(float64(s.Negative)/float64(s.Voices), 0.3, 0.5, 0.75)
		if points == mostPoints && !slices.ContainsFunc(signals, func(s crisis.Signal) bool { return s.Cue == crisis.CueAngry }) {
			points-- // anger at us is seen by no detector of negative posts alone
		}
		return points, numbers("negative_share", &s, 0), true
	},
	"reach": func(signals []crisis.Signal) (int, Text, bool) {
		n := len(sourcesOf(signals))
		if n == 0 {
			return 0, Text{}, false
		}
		why := Text{ZH: fmt.Sprintf("见于%d个来源", n), EN: fmt.Sprintf("seen on %d sources", n)}
		if n >= 3 {
			return 2, why, true
		}
		return 1, why, true
	},
	"source": func(signals []crisis.Signal) (int, Text, bool) {
		if slices.ContainsFunc(signals, func(s crisis.Signal) bool { return s.Cue == crisis.CueOld }) {
			return 0, Text{ZH: "有旧闻翻炒的迹象", EN: "old news seems to be told as new"}, true
		}
		s, ok := strongest(signals, func(s *crisis.Signal) bool { return s.Unique >= leastVoices }, func(s *crisis.Signal) float64 { return float64(s.Unique) })
		if !ok {
			return 0, Text{}, false
		}
		return 2, Text{ZH: fmt.Sprintf("%d种不同说法，不止一人在说", s.Unique), EN: fmt.Sprintf("%d distinct texts: more than one person says so", s.Unique)}, true
	},
}

// leastVoices is how many voices a share, or a claim of several witnesses, rests on.
const leastVoices = 20

// steps counts how many of the bounds a value has reached.
func steps(value float64, bounds ...float64) int {
	n := 0
	for _, b := range bounds {
		if value >= b {
			n++
		}
	}
	return n
}

// strongest finds the signal that fits and is worth most.
func strongest(signals []crisis.Signal, fits func(*crisis.Signal) bool, worth func(*crisis.Signal) float64) (crisis.Signal, bool) {
	var best crisis.Signal
	found := false
	for i := range signals {
		if s := &signals[i]; fits(s) && (!found || worth(s) > worth(&best)) {
			best, found = *s, true
		}
	}
	return best, found
}

func sourcesOf(signals []crisis.Signal) []string {
	var out []string
	for _, s := range signals {
		for _, name := range s.Sources {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// Sheet proposes points for the dimensions that can be measured from the signals of an
// incident, and leaves the others to people.
func (l *Library) Sheet(signals []crisis.Signal) []ProposedMark {
	out := make([]ProposedMark, len(l.words.Dimensions))
	for i, d := range l.words.Dimensions {
		out[i].Dimension = d
		if measure := measures[d.ID]; measure != nil {
			out[i].Points, out[i].Reason, out[i].Measured = measure(signals)
		}
	}
	return out
}

// Assessment is what a filled sheet comes to.
type Assessment struct {
	Sum     int
	Opinion crisis.Level // opinion level (舆情等级); LevelNone: to be watched only
	Event   crisis.Level // event level (事件级别) that the harm suggests; the authority decides
	Floor   crisis.Level // the gravest floor that was ticked; LevelNone: none
	Floored bool         // the floor, not the sum, gives the opinion level
}

// Assess grades by a filled sheet. Floors override the sum: the level is never below the
// gravest of them.
func (l *Library) Assess(sheet []crisis.Mark, floors []crisis.Level) Assessment {
	var a Assessment
	for _, m := range sheet {
		a.Sum += m.Points
		if m.Dimension == "harm" {
			a.Event = [...]crisis.Level{crisis.LevelNone, crisis.LevelIV, crisis.LevelIII, crisis.LevelII}[min(max(m.Points, 0), mostPoints)]
		}
	}
	for _, level := range levels {
		if least, ok := l.words.DimensionLevels[level.String()]; ok && a.Sum >= least {
			a.Opinion = level
			break
		}
	}
	for _, f := range floors {
		a.Floor = crisis.Gravest(a.Floor, f)
	}
	if a.Floor.Graver(a.Opinion) {
		a.Opinion, a.Floored = a.Floor, true
	}
	return a
}

// checkDimensions checks the sheet of a vocabulary.
func checkDimensions(s *source, v *Vocabulary) {
	checkNames(s, "dimensions", v.Dimensions, func(d Dimension) (string, Text) { return d.ID, d.Text })
	for i, d := range v.Dimensions {
		if len(d.Points) != mostPoints+1 || slices.ContainsFunc(d.Points, func(t Text) bool { return t.ZH == "" || t.EN == "" }) {
			s.report(at("dimensions", i)+".points", "write what 0, 1, 2 and 3 points mean, in zh and en", "dimension %s does not say what its points mean", d.ID)
		}
	}
	before := 0
	for _, level := range slices.Backward(levels) {
		least, ok := v.DimensionLevels[level.String()]
		if !ok {
			continue
		}
		if least <= before {
			s.report("dimension_levels", "write sums that grow from IV to I", "level %s begins at %d points", level, least)
		}
		before = least
	}
	for id := range v.DimensionLevels {
		if l, err := crisis.ParseLevel(id); err != nil || l.String() != id {
			s.report("dimension_levels."+id, "write I, II, III or IV", "%q is not a level", id)
		}
	}
}
