package town

import (
	"math"
	"math/bits"
)

// dice is a splitmix64 generator. It is small enough to be made for every minute
// and every post, and its numbers do not depend on the version of Go.
type dice struct{ state uint64 }

// roll returns dice that depend on all keys.
func roll(keys ...uint64) dice {
	d := dice{0x9e3779b97f4a7c15}
	for _, k := range keys {
		d.state ^= k
		d.state = d.next()
	}
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// n returns a number from 0 to n-1.
func (d *dice) n(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// float returns a number from 0 to 1, without 1.
func (d *dice) float() float64 { return float64(d.next()>>11) / (1 << 53) }

// chance is true with probability p.
func (d *dice) chance(p float64) bool { return d.float() < p }

// poisson returns a count with the given mean, which must be small.
func (d *dice) poisson(mean float64) int {
	limit, product := math.Exp(-mean), 1.0
	for n := 0; ; n++ {
		if product *= d.float(); product <= limit {
			return n
		}
	}
}

// wobble returns a factor around 1, log-normal with about the given spread.
func (d *dice) wobble(spread float64) float64 {
	sum := d.float() + d.float() + d.float() + d.float() - 2
	return math.Exp(spread * sum * 1.7320508)
}

// pick returns an index with probability proportional to its weight.
func (d *dice) pick(weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	x := d.float() * total
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}
