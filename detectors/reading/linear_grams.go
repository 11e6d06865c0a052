package reading

import (
	"math"
	"math/bits"
	"sync"
)

// shape is which grams a model counts; it differs by language.
type shape struct {
	// Tail is how many tokens at the end are counted once more, as the end: a post
	// often says at last what it feels.
	Tail int `json:"tail"`
	// Spell counts the letters of words too.
	Spell bool `json:"spell"`
}

const (
	longestGram = 3
	mostGrams   = 4096 // different grams of a text
	mostSpelt   = 16384
)

// grams counts the 1- to 3-grams of the tokens of a text. It is scratch, used again
// for the next text, so that reading a post allocates nothing.
type grams struct {
	tokens []uint32
	spelt  []uint32
	table  [2 * mostGrams]gramCount // open addressing; the key 0 is free
	mask   uint32
	used   []uint32 // places taken in table, in order of occurrence
}

type gramCount struct{ hash, count uint32 }

var scratch shelf

// shelf lends work space that is too large to be made anew: a sync.Pool forgets its
// own at every collection, and most of the time under the race detector.
type shelf struct {
	mu   sync.Mutex // guards free
	free []*grams
}

func (s *shelf) lend() *grams {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		g := s.free[n-1]
		s.free = s.free[:n-1]
		return g
	}
	return &grams{
		tokens: make([]uint32, 0, mostTokens+3),
		spelt:  make([]uint32, 0, mostSpelt),
		used:   make([]uint32, 0, mostGrams),
	}
}

func (s *shelf) back(g *grams) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, g)
}

// of counts the grams of a text and returns the reciprocal of the length of the
// vector of their dampened counts, 0 for a text without any.
func (g *grams) of(text string, s shape) float32 {
	for _, at := range g.used {
		g.table[at] = gramCount{}
	}
	g.used = g.used[:0]
	g.cut(text, s.Spell)
	n := min(longestGram*len(g.tokens)+2*s.Tail+len(g.spelt), mostGrams)
	g.mask = uint32(1)<<bits.Len(uint(2*n-1)) - 1
	g.mask = min(g.mask, uint32(len(g.table)-1))
	tail := len(g.tokens) - s.Tail
	for i := range g.tokens {
		h := uint32(0x2545f491)
		for n := 1; n <= longestGram && i+n <= len(g.tokens); n++ {
			h = spread(h*0x9e3779b1 ^ g.tokens[i+n-1])
			if n == 1 && (i == 0 || i == len(g.tokens)-1) {
				continue // the ends alone are in every text
			}
			g.add(h)
			if n < longestGram && i >= tail {
				g.add(spread(h ^ 0x5555))
			}
		}
	}
	for _, h := range g.spelt {
		g.add(h)
	}
	sum := float32(0)
	for _, at := range g.used {
		d := damp(g.table[at].count)
		sum += float32(d * d)
	}
	if sum == 0 {
		return 0
	}
	return float32(1 / math.Sqrt(float64(sum)))
}

func (g *grams) add(h uint32) {
	h = max(h, 1)
	at := h & g.mask
	for g.table[at].hash != h && g.table[at].hash != 0 {
		at = (at + 1) & g.mask
	}
	switch e := &g.table[at]; {
	case e.hash == h:
		e.count++
	case len(g.used) < mostGrams:
		*e = gramCount{h, 1}
		g.used = append(g.used, at)
	}
}

// damped are the first values of damp.
var damped = func() (d [16]float32) {
	for n := range d {
		d[n] = float32(math.Log2(float64(1 + n)))
	}
	return d
}()

// damp lets the second occurrence of a gram count less than the first.
func damp(count uint32) float32 {
	if count < uint32(len(damped)) {
		return damped[count]
	}
	return float32(math.Log2(float64(1 + count)))
}
