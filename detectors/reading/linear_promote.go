package reading

import (
	"fmt"
	"hash/fnv"
)

// Corrections is the set of examples by which people corrected readings. They had
// all labels to choose from, whichever they chose, and count as much as a text can.
const Corrections = "corrections"

// Known says whether a label is one of those that examples may have.
func Known(label string) bool { return labels[label] != 0 }

// Held says whether a text is kept out of training, to judge models by: one in ten,
// always the same.
func Held(text string) bool {
	h := fnv.New32a()
	h.Write([]byte(text)) // never fails
	return spread(h.Sum32())%10 == 0
}

// leastHeld is how many corrections must be held out for a judgement.
const leastHeld = 10

// Trial compares two models on texts that neither was trained on: the share read
// rightly before and after, in general and of the corrections.
type Trial struct {
	General [2]float64 `json:"general"`
	Own     [2]float64 `json:"own"`
}

// Try runs both models over the held-out texts.
func Try(before, after *Model, general, own []Example) (Trial, error) {
	if len(own) < leastHeld || len(general) == 0 {
		return Trial{}, fmt.Errorf("judge the model: %d corrections and %d general texts are held out; at least %d and 1 are needed", len(own), len(general), leastHeld)
	}
	return Trial{
		General: [2]float64{before.right(general), after.right(general)},
		Own:     [2]float64{before.right(own), after.right(own)},
	}, nil
}

// Promote says whether the second model may replace the first: neither share falls.
func (t Trial) Promote() bool { return t.General[1] >= t.General[0] && t.Own[1] >= t.Own[0] }

// right returns the share of examples whose likeliest polarity is the one meant.
// Surprise has none and is not judged.
func (m *Model) right(examples []Example) float64 {
	right, judged := 0, 0
	for _, e := range examples {
		want := polarity(labels[e.Label])
		if want < 0 {
			continue
		}
		judged++
		if string(moodOf(m.Odds(m.Emotion(e.Text)))) == polarityNames[want] {
			right++
		}
	}
	return float64(right) / float64(max(judged, 1))
}
