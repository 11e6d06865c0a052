package reading

import (
	"cmp"
	"slices"
)

// Score is how well a model reads the texts of one set.
type Score struct {
	Set   string `json:"set"`
	Texts int    `json:"texts"`
	// Emotion is nil for a set without labels of all six emotions.
	Emotion  *Quality `json:"emotion,omitempty"`
	Polarity Quality  `json:"polarity"`
	// Neutral is how many texts are neutral, NeutralNegative the share of them called
	// negative, NeutralSure the share called negative at a probability above 0.7.
	Neutral         int     `json:"neutral"`
	NeutralNegative float64 `json:"neutral_negative"`
	NeutralSure     float64 `json:"neutral_negative_sure"`
}

// Quality is how well classes are told apart. Confusion has a row for each class
// that is meant and a column for each that is read, in the order of Classes.
type Quality struct {
	Classes   []string `json:"classes"`
	Accuracy  float64  `json:"accuracy"`
	MacroF1   float64  `json:"macro_f1"`
	Confusion [][]int  `json:"confusion"`
}

// sure is the probability above which one post alone may be called negative.
const sure = 0.7

var (
	emotionNames  = []string{"angry", "fear", "happy", "neutral", "sad", "surprise"}
	polarityNames = []string{"negative", "neutral", "positive"}
)

// Evaluate reads every example and returns a score for each set, by name. In a set
// without neutral texts negative is told from positive only; surprise has no
// polarity.
func (m *Model) Evaluate(examples []Example) []Score {
	sets := map[string][]Example{}
	for _, e := range examples {
		sets[e.Set] = append(sets[e.Set], e)
	}
	out := make([]Score, 0, len(sets))
	for set, es := range sets {
		s := m.evaluate(es)
		s.Set = set
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Score) int { return cmp.Compare(a.Set, b.Set) })
	return out
}

func (m *Model) evaluate(examples []Example) Score {
	seen := uint8(0)
	for _, e := range examples {
		seen |= labels[e.Label]
	}
	s := Score{Texts: len(examples)}
	whole := seen&(1<<neutral) != 0
	six, three := newQuality(emotionNames), newQuality(polarityNames)
	for i := range examples {
		e := m.Emotion(examples[i].Text)
		p := m.Odds(e)
		target := labels[examples[i].Label]
		six.add(place(target), top(e.Angry, e.Fear, e.Happy, e.Neutral, e.Sad, e.Surprise))
		read := 1
		switch {
		case p.Negative > p.Positive && (!whole || p.Negative > p.Neutral):
			read = 0
		case !whole || p.Positive > p.Neutral:
			read = 2
		}
		three.add(polarity(target), read)
		if target == 1<<neutral && p.Negative > sure {
			s.NeutralSure++
		}
	}
	if seen == allSeen && !slices.ContainsFunc(examples, func(e Example) bool { return place(labels[e.Label]) < 0 }) {
		six.finish(nil)
		s.Emotion = &six
	}
	neither := three.Confusion[1]
	if s.Neutral = neither[0] + neither[1] + neither[2]; s.Neutral > 0 {
		s.NeutralNegative = float64(neither[0]) / float64(s.Neutral)
		s.NeutralSure /= float64(s.Neutral)
	}
	if whole {
		three.finish(nil)
	} else {
		three.finish([]int{1})
	}
	s.Polarity = three
	return s
}

func newQuality(classes []string) Quality {
	q := Quality{Classes: classes}
	for range classes {
		q.Confusion = append(q.Confusion, make([]int, len(classes)))
	}
	return q
}

// add counts a text that is meant as want and read as got; a want below 0 has no
// such class.
func (q *Quality) add(want, got int) {
	if want >= 0 {
		q.Confusion[want][got]++
	}
}

// finish computes accuracy and the mean over classes, but those left out, of the
// harmonic mean of precision and recall.
func (q *Quality) finish(without []int) {
	right, total, classes := 0, 0, 0
	for c := range q.Confusion {
		meant, read := 0, 0
		for o := range q.Confusion {
			meant += q.Confusion[c][o]
			read += q.Confusion[o][c]
		}
		right += q.Confusion[c][c]
		total += meant
		if slices.Contains(without, c) {
			continue
		}
		classes++
		if meant+read > 0 {
			q.MacroF1 += 2 * float64(q.Confusion[c][c]) / float64(meant+read)
		}
	}
	q.MacroF1 /= float64(max(classes, 1))
	q.Accuracy = float64(right) / float64(max(total, 1))
}

// place returns the emotion that a label means, -1 if it may mean several.
func place(target uint8) int {
	for c := range emotions {
		if target == 1<<c {
			return c
		}
	}
	return -1
}

// polarity returns the place of a label in polarityNames, -1 for surprise.
func polarity(target uint8) int {
	switch {
	case target&bad != 0:
		return 0
	case target == 1<<neutral:
		return 1
	case target == 1<<happy:
		return 2
	}
	return -1
}

func top(p ...float64) int {
	best := 0
	for c := range p {
		if p[c] > p[best] {
			best = c
		}
	}
	return best
}
