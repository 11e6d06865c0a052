package reading

import (
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/cespare/xxhash/v2"
)

// MinHash parameters: ten bands of three rows over 3-grams find 98 % of lightly
// edited copies of a short post and few others; SimHash finds a quarter of them.
const (
	bands    = 10
	rows     = 3
	gram     = 3
	shortest = 12 // characters; a shorter text is a copy only of itself
)

// Groups finds near-duplicates among the texts of the last while: copies and texts
// that differ by a few characters are one group. It is not safe for concurrent use.
type Groups struct {
	keep  time.Duration
	young map[uint64]uint64 // band or exact hash -> group, of this half of keep
	old   map[uint64]uint64 // and of the half before
	since time.Time
	runes []rune
}

// NewGroups returns an empty index that forgets texts after keep, at the latest
// after twice that.
func NewGroups(keep time.Duration) *Groups {
	return &Groups{keep: keep, young: map[uint64]uint64{}, old: map[uint64]uint64{}}
}

// Of returns the group of a text: the print of the group's first text. It is 0
// only for a text without any letter, digit or symbol.
func (g *Groups) Of(text string, at time.Time) uint64 {
	g.turn(at)
	exact, keys := g.keys(text)
	if exact == 0 {
		return 0
	}
	group, ok := g.known(exact)
	for i := 0; !ok && i < len(keys); i++ {
		group, ok = g.known(keys[i])
	}
	if !ok {
		group = exact
	}
	g.put(group, exact, keys)
	return group
}

// Seed puts a stored text back into its group after a restart.
func (g *Groups) Seed(text string, group uint64, at time.Time) {
	g.turn(at)
	if exact, keys := g.keys(text); exact != 0 {
		g.put(group, exact, keys)
	}
}

// turn forgets the older half when the younger one has lasted for keep.
func (g *Groups) turn(at time.Time) {
	switch {
	case g.since.IsZero():
		g.since = at
	case at.Sub(g.since) >= g.keep:
		g.old, g.young, g.since = g.young, make(map[uint64]uint64, len(g.young)), at
	}
}

func (g *Groups) known(key uint64) (uint64, bool) {
	if group, ok := g.young[key]; ok {
		return group, true
	}
	group, ok := g.old[key]
	return group, ok
}

func (g *Groups) put(group, exact uint64, keys []uint64) {
	g.young[exact] = group
	for _, k := range keys {
		if _, ok := g.young[k]; !ok {
			g.young[k] = group
		}
	}
}

// keys returns the exact hash of the normalised text and its band keys, none for a
// short text.
func (g *Groups) keys(text string) (exact uint64, keys []uint64) {
	g.runes = g.runes[:0]
	var b strings.Builder
	for _, r := range fold(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.So, r) {
			g.runes = append(g.runes, r)
			b.WriteRune(r)
		}
		if len(g.runes) == 1000 {
			break
		}
	}
	if len(g.runes) == 0 {
		return 0, nil
	}
	exact = max(xxhash.Sum64String(b.String()), 1)
	if len(g.runes) < shortest {
		return exact, nil
	}
	var low [bands * rows]uint64
	for i := range low {
		low[i] = math.MaxUint64
	}
	for i := 0; i+gram <= len(g.runes); i++ {
		h := mix(uint64(g.runes[i])<<42 ^ uint64(g.runes[i+1])<<21 ^ uint64(g.runes[i+2]))
		for j := range low {
			low[j] = min(low[j], mix(h+uint64(j)*0x9e3779b97f4a7c15))
		}
	}
	keys = make([]uint64, bands)
	for b := range bands {
		k := uint64(b + 1)
		for r := range rows {
			k = mix(k ^ low[b*rows+r])
		}
		keys[b] = k
	}
	return exact, keys
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
