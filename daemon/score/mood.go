package score

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"watchfire/crisis"
)

// Guess is what a reader made of a text, as `watchfire read --json` prints it.
// Emotion holds the probability of each of the six emotions, and is empty where
// the reader gives none.
type Guess struct {
	Odds    crisis.Odds        `json:"p"`
	Emotion map[string]float64 `json:"emotion"`
}

// emotions are the six classes that are scored, in the order in which ties fall.
var emotions = []string{"angry", "fear", "happy", "neutral", "sad", "surprise"}

// polarity of the labels; surprise has none.
var polarity = map[string]crisis.Mood{
	"happy": crisis.Positive, "gratitude": crisis.Positive, "like": crisis.Positive, "optimism": crisis.Positive, "pos": crisis.Positive,
	"angry": crisis.Negative, "sad": crisis.Negative, "fear": crisis.Negative, "disgust": crisis.Negative, "neg": crisis.Negative,
	"neutral": crisis.Neutral,
}

// MoodPart is the score of one part of a labelled file.
type MoodPart struct {
	Part     string   `json:"part"`
	Texts    int      `json:"texts"`
	Six      *Classes `json:"six_emotions,omitempty"` // where the part has six and the reader gives them
	Polarity *Classes `json:"polarity,omitempty"`
	// NeutralNegative is the share of neutral texts called negative, and
	// NeutralSure that called negative with more than 0.7.
	NeutralNegative *float64 `json:"neutral_negative,omitempty"`
	NeutralSure     *float64 `json:"neutral_negative_above_0.7,omitempty"`
}

// Classes are accuracy and macro-averaged F1.
type Classes struct {
	Accuracy float64 `json:"accuracy"`
	F1       float64 `json:"macro_f1"`
}

// Mood scores a reader on labelled texts, gz with the columns label, text and
// part, in order of the names of the parts.
func Mood(path string, read func(text string) (Guess, error)) ([]MoodPart, error) {
	parts := map[string]*moodPart{}
	err := eachLine(path, func(line []byte) error {
		f := strings.Split(string(line), "\t")
		if len(f) != 3 {
			return fmt.Errorf("want label, text and part, separated by tabs; found %d columns", len(f))
		}
		g, err := read(f[1])
		if err != nil {
			return err
		}
		p := parts[f[2]]
		if p == nil {
			p = &moodPart{}
			parts[f[2]] = p
		}
		p.labels = append(p.labels, f[0])
		p.guesses = append(p.guesses, g)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []MoodPart
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		out = append(out, parts[name].score(name))
	}
	return out, nil
}

// ReadTexts returns the texts of a labelled file.
func ReadTexts(path string) ([]string, error) {
	var out []string
	err := eachLine(path, func(line []byte) error {
		f := strings.Split(string(line), "\t")
		if len(f) != 3 {
			return fmt.Errorf("want label, text and part, separated by tabs; found %d columns", len(f))
		}
		out = append(out, f[1])
		return nil
	})
	return out, err
}

type moodPart struct {
	labels  []string
	guesses []Guess
}

// pairs are truth and guess, side by side.
type pairs [][2]string

func (p *moodPart) has(labels ...string) bool {
	for _, l := range labels {
		if !slices.Contains(p.labels, l) {
			return false
		}
	}
	return true
}

func (p *moodPart) score(name string) MoodPart {
	out := MoodPart{Part: name, Texts: len(p.labels)}
	if p.has("surprise", "fear", "neutral") && len(p.guesses[0].Emotion) > 0 {
		var six pairs
		for i, label := range p.labels {
			if slices.Contains(emotions, label) {
				six = append(six, [2]string{label, p.guesses[i].emotion()})
			}
		}
		out.Six = six.classes(emotions)
	}
	moods := []string{string(crisis.Negative), string(crisis.Neutral), string(crisis.Positive)}
	if !p.has("neutral") { // the reader must choose a side too
		moods = []string{string(crisis.Negative), string(crisis.Positive)}
	}
	var all pairs
	neutral, called, sure := 0, 0, 0
	for i, label := range p.labels {
		truth, ok := polarity[label]
		if !ok {
			continue
		}
		g := p.guesses[i].mood(moods)
		all = append(all, [2]string{string(truth), g})
		if truth != crisis.Neutral {
			continue
		}
		neutral++
		if g == string(crisis.Negative) {
			called++
		}
		if p.guesses[i].Odds.Negative > 0.7 {
			sure++
		}
	}
	if len(all) > 0 {
		out.Polarity = all.classes(moods)
	}
	if neutral > 0 {
		a, b := ratio(called, neutral), ratio(sure, neutral)
		out.NeutralNegative, out.NeutralSure = &a, &b
	}
	return out
}

// emotion is the likeliest of the six.
func (g *Guess) emotion() string {
	best := emotions[0]
	for _, e := range emotions {
		if g.Emotion[e] > g.Emotion[best] {
			best = e
		}
	}
	return best
}

// mood is the likeliest of the moods given.
func (g *Guess) mood(of []string) string {
	p := map[string]float64{
		string(crisis.Negative): g.Odds.Negative, string(crisis.Neutral): g.Odds.Neutral, string(crisis.Positive): g.Odds.Positive,
	}
	best := of[0]
	for _, m := range of {
		if p[m] > p[best] {
			best = m
		}
	}
	return best
}

// classes counts each class as often as any other, however rare it is.
func (p pairs) classes(of []string) *Classes {
	right := 0
	for _, x := range p {
		if x[0] == x[1] {
			right++
		}
	}
	sum := 0.0
	for _, c := range of {
		hit, wrong := 0, 0
		for _, x := range p {
			switch {
			case x[0] == c && x[1] == c:
				hit++
			case x[0] == c || x[1] == c:
				wrong++
			}
		}
		if hit > 0 {
			sum += 2 * float64(hit) / float64(2*hit+wrong)
		}
	}
	return &Classes{Accuracy: ratio(right, len(p)), F1: sum / float64(len(of))}
}
