package reading

import "math"

// sketchBits is how many bits of a gram's hash tell its cell.
const sketchBits = 20

// countMin counts grams in bounded room: two rows of counters, of which the lesser
// counts (count-min, Cormode and Muthukrishnan 2005).
type countMin struct {
	rows  [2][]small
	posts float64
	dice  uint64
}

func newCountMin() countMin {
	return countMin{rows: [2][]small{make([]small, 1<<sketchBits), make([]small, 1<<sketchBits)}}
}

// small is the upper half of a float32: a count in two bytes. Up to 256 it is exact,
// above it is right on average, because what does not fit is rounded by chance.
type small uint16

func (c small) value() float32 { return math.Float32frombits(uint32(c) << 16) }

// smaller returns x as a small; the lower 16 bits of chance decide the rounding.
func smaller(x float32, chance uint64) small {
	return small((math.Float32bits(x) + uint32(chance&0xffff)) >> 16)
}

// throw returns the next of a fixed series of random numbers (Weyl, SplitMix64), so
// that the same posts give the same counts.
func (s *countMin) throw() uint64 {
	s.dice += 0x9e3779b97f4a7c15
	return mix(s.dice)
}

func (s *countMin) cells(h uint64) (*small, *small) {
	return &s.rows[0][h>>(64-sketchBits)], &s.rows[1][h&(1<<sketchBits-1)]
}

func (s *countMin) add(grams []uint64, weight float64) {
	s.posts += weight
	w := float32(weight)
	for _, h := range grams {
		a, b := s.cells(h)
		chance := s.throw()
		*a = smaller(a.value()+w, chance)
		*b = smaller(b.value()+w, chance>>16)
	}
}

func (s *countMin) of(h uint64) float64 {
	a, b := s.cells(h)
	return float64(min(a.value(), b.value()))
}

func (s *countMin) fade(keep float64) {
	s.posts *= keep
	k := float32(keep)
	for _, row := range s.rows {
		for i, c := range row {
			if c != 0 {
				row[i] = smaller(c.value()*k, s.throw())
			}
		}
	}
}
