package reading

import (
	"cmp"
	"math"
	"slices"

	"watchfire/crisis"
)

// Places of the emotions in the rows of a model, in the order of crisis.Emotion.
const (
	angry = iota
	fear
	happy
	neutral
	sad
	surprise
	emotions // how many there are
)

// row holds a number for each emotion.
type row [emotions]float32

// Model tells the emotions of texts of one language: a softmax over weighted grams.
// It is read-only and safe for concurrent use. It holds hashes and weights, no text.
type Model struct {
	card  Card
	keys  []uint32 // hashes of the grams it knows, ascending
	first []uint32 // by the upper bits of a hash: the first key at or above them
	shift uint
	bytes []int8 // by key and emotion: the place of the weight in decode
	// decode turns a byte into a weight: a square with a sign. Small weights, which
	// are most, keep their digits; on a linear scale rare emotions are lost.
	decode [256]float32
}

// Card says what a model is and where it comes from; it stands in the model's file.
type Card struct {
	Lang  string `json:"lang"`
	Shape shape  `json:"shape"`
	// Bias is the weight of each emotion in a text of which nothing is known.
	Bias row `json:"bias"`
	// Scale is the greatest weight.
	Scale float32 `json:"scale"`
	// Caution is how much surer than the data say a model must be to call a text
	// negative, as a logarithm of odds.
	Caution float64   `json:"caution"`
	Sets    []CardSet `json:"sets"` // what it was trained on
}

// CardSet is one set of labelled texts.
type CardSet struct {
	Name   string  `json:"name"`
	Texts  int     `json:"texts"`
	Weight float64 `json:"weight"` // of one of its texts
}

// Card returns what the model says of itself.
func (m *Model) Card() Card { return m.card }

// newModel quantises weights by gram hash.
func newModel(card Card, hashes []uint32, weights []row) *Model {
	order := make([]int, len(hashes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(hashes[a], hashes[b]) })
	for _, w := range weights {
		for _, x := range w {
			card.Scale = max(card.Scale, float32(math.Abs(float64(x))))
		}
	}
	m := &Model{card: card, keys: make([]uint32, 0, len(hashes)), bytes: make([]int8, 0, emotions*len(hashes))}
	for _, i := range order {
		m.keys = append(m.keys, hashes[i])
		for _, x := range weights[i] {
			m.bytes = append(m.bytes, quantise(x, card.Scale))
		}
	}
	m.index()
	return m
}

// steps is how many weights of one sign a byte can tell apart.
const steps = 127

func quantise(w, scale float32) int8 {
	if scale == 0 {
		return 0
	}
	q := math.Round(steps * math.Sqrt(math.Abs(float64(w/scale))))
	return int8(math.Copysign(min(q, steps), float64(w)))
}

// index prepares the look-up of keys and weights.
func (m *Model) index() {
	for b := range m.decode {
		q := float32(int8(b))
		m.decode[b] = q * max(q, -q) * m.card.Scale / (steps * steps)
	}
	size := 1
	m.shift = 32
	for size < len(m.keys) {
		size, m.shift = 2*size, m.shift-1
	}
	m.first = make([]uint32, size+1)
	at := 0
	for b := range m.first {
		for at < len(m.keys) && int(m.keys[at]>>m.shift) < b {
			at++
		}
		m.first[b] = uint32(at)
	}
}

// find returns the place of a gram, -1 if the model does not know it.
func (m *Model) find(hash uint32) int {
	b := hash >> m.shift
	for i := m.first[b]; i < m.first[b+1]; i++ {
		if m.keys[i] == hash {
			return int(i)
		}
	}
	return -1
}

// score returns the probability of each emotion, and how many grams of the text
// are known.
func (m *Model) score(g *grams, text string) (row, int) {
	norm := g.of(text, m.card.Shape)
	var z row
	known := 0
	for _, at := range g.used {
		e := g.table[at]
		i := m.find(e.hash)
		if i < 0 {
			continue
		}
		known++
		d := damp(e.count)
		w := m.bytes[emotions*i : emotions*i+emotions : emotions*i+emotions]
		for c := range z {
			z[c] += float32(d * m.decode[uint8(w[c])])
		}
	}
	for c := range z {
		z[c] = float32(z[c]*norm) + m.card.Bias[c]
	}
	return softmax(z), known
}

func softmax(z row) row {
	top, sum := slices.Max(z[:]), float32(0)
	for c := range z {
		z[c] = float32(math.Exp(float64(z[c] - top)))
		sum += z[c]
	}
	for c := range z {
		z[c] /= sum
	}
	return z
}

// Emotion returns the emotions of a text. A text of which the model knows nothing is
// neutral.
func (m *Model) Emotion(text string) crisis.Emotion {
	g := scratch.lend()
	p, known := m.score(g, text)
	scratch.back(g)
	if known == 0 {
		return crisis.Emotion{Neutral: 1}
	}
	return crisis.Emotion{
		Angry: float64(p[angry]), Fear: float64(p[fear]), Happy: float64(p[happy]),
		Neutral: float64(p[neutral]), Sad: float64(p[sad]), Surprise: float64(p[surprise]),
	}
}

// Odds reads emotions as polarity. Surprise has none: it is left out.
func (m *Model) Odds(e crisis.Emotion) crisis.Odds {
	bad := (e.Angry + e.Fear + e.Sad) * math.Exp(-m.card.Caution)
	sum := bad + e.Neutral + e.Happy
	if sum < 1e-9 {
		return crisis.Odds{Neutral: 1}
	}
	return crisis.Odds{Negative: bad / sum, Neutral: e.Neutral / sum, Positive: e.Happy / sum}
}
