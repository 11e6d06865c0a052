package reading

import (
	_ "embed" // word lists
	"math"
	"strings"

	"watchfire/crisis"
)

// lexicon.txt holds our own words of mood, one group a line: a weight, then words.
// Positive weights are praise, negative ones complaint, anger, fear and grief; the
// groups "not" and "very" hold negations and degrees.
//
//go:embed lexicon.txt
var lexiconText string

// feeling is the compiled lexicon.
var feeling = compileLexicon(lexiconText)

type lexicon struct {
	find    *automaton
	weights []float64 // by word; 0 for negations and degrees
	negates []bool
	degree  []bool
}

func compileLexicon(text string) *lexicon {
	l := &lexicon{}
	var words []string
	known := map[string]bool{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		weight := map[string]float64{"--": -2, "-": -1, "+": 1, "++": 2}[f[0]]
		for _, w := range f[1:] {
			w = fold(w)
			if known[w] {
				continue
			}
			known[w] = true
			words = append(words, w)
			l.weights = append(l.weights, weight)
			l.negates = append(l.negates, f[0] == "not")
			l.degree = append(l.degree, f[0] == "very")
		}
	}
	l.find = newAutomaton(words)
	return l
}

// scope is how many bytes before a word a negation or degree reaches: four Chinese
// characters.
const scope = 12

// feel returns the odds of the moods of a folded text: the sum of the weights of
// its words, a longer word hiding those inside it, a negation before a word turning
// it around at half weight, a degree before it counting half as much again.
func feel(text string) crisis.Odds {
	type hit struct {
		begin, end int
		weight     float64
	}
	var buffer [32]hit
	hits := buffer[:0]
	lastNot, lastVery := -1000, -1000
	l := feeling
	l.find.find(text, func(w int32, end int) bool {
		if !l.find.whole(text, w, end) {
			return true
		}
		begin := end - int(l.find.lengths[w])
		switch {
		case l.negates[w]:
			lastNot = end
			return true
		case l.degree[w]:
			lastVery = end
			return true
		}
		weight := l.weights[w]
		if d := begin - lastNot; d >= 0 && d <= scope {
			weight *= -0.5
		}
		if d := begin - lastVery; d >= 0 && d <= scope {
			weight *= 1.5
		}
		for len(hits) > 0 && hits[len(hits)-1].begin >= begin {
			hits = hits[:len(hits)-1] // the longer word hides the one inside it
		}
		if n := len(hits); n == 0 || hits[n-1].end < end {
			hits = append(hits, hit{begin, end, weight})
		}
		return len(hits) < 200
	})
	bad, good := 0.0, 0.0
	for _, h := range hits {
		if h.weight < 0 {
			bad -= h.weight
		} else {
			good += h.weight
		}
	}
	return odds(bad, good)
}

// odds turns the weights of negative and positive words into probabilities: a
// softmax with a neutral text as the rest.
func odds(bad, good float64) crisis.Odds {
	n, p := math.Exp(1.2*(bad-0.5*good)), math.Exp(1.2*(good-0.5*bad))
	rest := math.Exp(1.0)
	sum := n + p + rest
	return crisis.Odds{Negative: n / sum, Neutral: rest / sum, Positive: p / sum}
}

func moodOf(o crisis.Odds) crisis.Mood {
	switch {
	case o.Negative > o.Neutral && o.Negative >= o.Positive:
		return crisis.Negative
	case o.Positive > o.Neutral:
		return crisis.Positive
	}
	return crisis.Neutral
}
