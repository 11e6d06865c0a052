package reading

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Example is a labelled text of a set, such as one project of annotation.
type Example struct{ Text, Label, Set string }

// How a model is trained; chosen by five-fold cross-validation, see docs/mood.md.
const (
	rarest   = 2     // texts a gram must occur in
	modelMax = 170e3 // grams kept: less than 1.5 MB
	epochs   = 12
	pace     = 0.2 // length of the vector of a text
	biasPace = 0.1 // part of a step that the bias takes
	lifting  = 0.3 // power by which a rare emotion weighs more
	partial  = 0.3 // weight of a text whose set does not tell negative, neutral and positive apart
	crowd    = 7e3 // weight at most of all texts of such a set
	few      = 3e3 // weight at least of all texts of a set that does, as far as
	loud     = 3   // this weight of one text goes: labels of one's own are few
)

// recipe is what differs between languages.
type recipe struct {
	shape   shape
	rate    float64 // first learning rate
	caution float64
}

var recipes = map[string]recipe{
	"zh": {shape{Tail: 8}, 0.7, 0.2},
	"en": {shape{Spell: true}, 0.3, 0},
}

// labels are the labels of examples and the emotions each may mean, as bits.
var labels = map[string]uint8{
	"angry": 1 << angry, "disgust": 1 << angry,
	"fear":  1 << fear,
	"happy": 1 << happy, "gratitude": 1 << happy, "like": 1 << happy, "optimism": 1 << happy, "pos": 1 << happy,
	"neutral": 1 << neutral, "sad": 1 << sad, "surprise": 1 << surprise,
	"neg": bad,
}

const (
	bad     = 1<<angry | 1<<fear | 1<<sad
	allSeen = 1<<emotions - 1
)

// sample is an example as the trainer sees it.
type sample struct {
	grams   []uint32  // before the vocabulary hashes, after it places in it
	values  []float32 // by gram
	target  uint8     // emotions of which one is meant
	allowed uint8     // emotions that its set has labels for; the others are not judged
	weight  float32
}

// trainer learns one model.
type trainer struct {
	recipe
	card    Card
	samples []sample
	hashes  []uint32 // vocabulary, the most frequent first
	texts   []int32  // by gram: how many texts have it
	rarity  []float32
	weights []row
	bias    row
}

// Train learns a model of one language. The same examples in the same order give
// the same model.
func Train(lang string, examples []Example) (*Model, error) {
	r, ok := recipes[lang]
	if !ok {
		return nil, fmt.Errorf("train a model of %q: the languages are zh and en", lang)
	}
	t := &trainer{recipe: r, card: Card{Lang: lang, Shape: r.shape, Caution: r.caution}}
	if err := t.gather(examples); err != nil {
		return nil, fmt.Errorf("train a model of %s: %w", lang, err)
	}
	t.vocabulary()
	t.learn()
	return t.model(), nil
}

// gather turns examples into samples and settles what each set and emotion weighs.
func (t *trainer) gather(examples []Example) error {
	seen, texts := map[string]uint8{}, map[string]int{}
	total := uint8(0)
	for i := range examples {
		e := &examples[i]
		target, ok := labels[e.Label]
		if !ok {
			return fmt.Errorf("example %d: unknown label %q; the labels are %s", i+1, e.Label, labelNames())
		}
		seen[e.Set] |= target
		texts[e.Set]++
		total |= target
	}
	switch {
	case len(examples) == 0:
		return errors.New("there are no examples")
	case total&bad == 0 || total&(1<<neutral) == 0 || total&(1<<happy) == 0:
		return errors.New("the examples are all of a kind: negative, neutral and positive ones are needed")
	}
	weight := map[string]float64{}
	for set, n := range texts {
		weight[set] = min(loud, max(1, few/float64(n)))
		if set == Corrections {
			weight[set], seen[set] = loud, allSeen
		}
		if s := seen[set]; s&bad == 0 || s&(1<<neutral) == 0 || s&(1<<happy) == 0 {
			weight[set] = min(partial, crowd/float64(n))
		}
		t.card.Sets = append(t.card.Sets, CardSet{Name: set, Texts: n, Weight: weight[set]})
	}
	slices.SortFunc(t.card.Sets, func(a, b CardSet) int { return cmp.Compare(a.Name, b.Name) })
	g := scratch.lend()
	defer scratch.back(g)
	for i := range examples {
		e := &examples[i]
		norm := g.of(e.Text, t.shape)
		s := sample{target: labels[e.Label], allowed: seen[e.Set], weight: float32(weight[e.Set])}
		s.grams, s.values = make([]uint32, len(g.used)), make([]float32, len(g.used))
		for j, at := range g.used {
			s.grams[j], s.values[j] = g.table[at].hash, pace*norm*damp(g.table[at].count)
		}
		t.samples = append(t.samples, s)
	}
	t.lift()
	return nil
}

// lift weighs rare emotions more, for the sake of those who look for them.
func (t *trainer) lift() {
	var count [emotions]float64
	total := 0.0
	for i := range t.samples {
		s := &t.samples[i]
		for c := range count {
			if s.target == 1<<c {
				count[c] += float64(s.weight)
				total += float64(s.weight)
			}
		}
	}
	var factor row
	for c := range factor {
		factor[c] = float32(math.Pow(total/emotions/max(count[c], 1), lifting))
	}
	for i := range t.samples {
		s := &t.samples[i]
		sum, n := float32(0), float32(0)
		for c := range factor {
			if s.target>>c&1 == 1 {
				sum, n = sum+factor[c], n+1
			}
		}
		s.weight *= sum / n
	}
}

// vocabulary chooses the grams that occur often enough and replaces hashes by their
// places. Frequent grams stand together, which is kind to the processor's cache.
func (t *trainer) vocabulary() {
	count := map[uint32]int32{}
	for i := range t.samples {
		for _, h := range t.samples[i].grams {
			count[h]++
		}
	}
	for h, n := range count {
		if n >= rarest {
			t.hashes = append(t.hashes, h)
		}
	}
	slices.SortFunc(t.hashes, func(a, b uint32) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	place := make(map[uint32]uint32, len(t.hashes))
	t.rarity = make([]float32, len(t.hashes))
	for i, h := range t.hashes {
		place[h] = uint32(i)
		t.texts = append(t.texts, count[h])
		t.rarity[i] = float32(math.Log(float64(len(t.samples)) / float64(count[h])))
	}
	for i := range t.samples {
		s := &t.samples[i]
		n := 0
		for j, h := range s.grams {
			if at, ok := place[h]; ok {
				s.grams[n], s.values[n] = at, s.values[j]*t.rarity[at]
				n++
			}
		}
		s.grams, s.values = slices.Clone(s.grams[:n]), slices.Clone(s.values[:n])
	}
}

// learn is plain stochastic gradient descent with a falling rate.
func (t *trainer) learn() {
	t.weights = make([]row, len(t.hashes))
	order := make([]int, len(t.samples))
	for i := range order {
		order[i] = i
	}
	dice := rand.New(rand.NewPCG(1, 1))
	step, steps := 0, float64(epochs*len(order))
	for range epochs {
		dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			t.step(&t.samples[i], float32(t.rate*(1-float64(step)/steps)))
			step++
		}
	}
}

// step moves the weights towards what one sample says. Conversions to float32 keep
// compilers from fusing operations, so that every machine learns the same model.
func (t *trainer) step(s *sample, rate float32) {
	z := t.bias
	for i, at := range s.grams {
		v, w := s.values[i], &t.weights[at]
		for c := range z {
			z[c] += float32(w[c] * v)
		}
	}
	g := gradient(softmax(z), s)
	for c := range g {
		g[c] *= float32(s.weight * rate)
		t.bias[c] -= float32(g[c] * biasPace)
	}
	for i, at := range s.grams {
		v, w := s.values[i], &t.weights[at]
		for c := range g {
			w[c] -= float32(g[c] * v)
		}
	}
}

// gradient is the probability of each emotion among those allowed, less that among
// those meant.
func gradient(p row, s *sample) row {
	allowed, target := float32(1e-9), float32(1e-9)
	for c := range p {
		if s.allowed>>c&1 == 1 {
			allowed += p[c]
		}
		if s.target>>c&1 == 1 {
			target += p[c]
		}
	}
	var g row
	for c := range p {
		if s.allowed>>c&1 == 1 {
			g[c] = p[c] / allowed
		}
		if s.target>>c&1 == 1 {
			g[c] -= p[c] / target
		}
	}
	return g
}

// model keeps the grams that tell emotions apart best, over all texts.
func (t *trainer) model() *Model {
	worth := make([]float64, len(t.weights))
	order := make([]int, len(t.weights))
	for i := range t.weights {
		w := &t.weights[i]
		mean := float32(0)
		for c := range w {
			w[c] *= pace * t.rarity[i]
			mean += w[c] / emotions
		}
		for c := range w {
			worth[i] += float64(t.texts[i]) * float64((w[c]-mean)*(w[c]-mean))
		}
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(worth[b], worth[a]), cmp.Compare(a, b)) })
	order = order[:min(len(order), modelMax)]
	hashes, weights := make([]uint32, len(order)), make([]row, len(order))
	for i, at := range order {
		hashes[i], weights[i] = t.hashes[at], t.weights[at]
	}
	t.card.Bias = t.bias
	return newModel(t.card, hashes, weights)
}
