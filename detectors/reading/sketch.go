package reading

import (
	"math"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// MinHash parameters: ten bands of three rows over 3-grams find 98 % of lightly
// edited copies of a short post and few others; SimHash finds a quarter of them.
const (
	bands    = 10
	rows     = 3
	gram     = 3
	shortest = 12   // characters; a shorter text is a copy only of itself
	sketched = 1000 // characters that are looked at
)

// Sketch is what near-duplicates are found by: a hash of the letters, digits and
// symbols of a text, and hashes of which similar texts share one. The zero Sketch
// is that of a text without any.
type Sketch struct {
	exact uint64
	keys  [bands]uint64
	size  int // of keys in use: 0 for a short text
}

// SketchOf returns the sketch of a text.
func SketchOf(text string) Sketch { return sketch(fold(text)) }

// Keys returns the hashes of which similar texts share some, ten of them; none for a
// short text, which is a copy only of itself.
func (s *Sketch) Keys() []uint64 { return s.keys[:s.size] }

// letters is work space for the characters of a text.
var letters = sync.Pool{New: func() any { return &letterSpace{} }}

type letterSpace struct {
	runes []rune
	bytes []byte
}

// sketch returns the sketch of a folded text.
func sketch(text string) Sketch {
	l := letters.Get().(*letterSpace)
	defer letters.Put(l)
	l.runes, l.bytes = l.runes[:0], l.bytes[:0]
	for _, r := range text {
		if (r < firstHan || r > lastHan) && !lettered(r) {
			continue
		}
		l.runes = append(l.runes, r)
		l.bytes = utf8.AppendRune(l.bytes, r)
		if len(l.runes) == sketched {
			break
		}
	}
	if len(l.runes) == 0 {
		return Sketch{}
	}
	s := Sketch{exact: max(xxhash.Sum64(l.bytes), 1)}
	if len(l.runes) >= shortest {
		s.size = bands
		s.keys = minHash(l.runes)
	}
	return s
}

// lettered says whether a character is part of what a text says.
func lettered(r rune) bool {
	if r < utf8.RuneSelf {
		return wordByte(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.So, r)
}

// factors are odd: multiplying by each is a permutation of 64 bits.
var factors = func() (f [bands * rows]uint64) {
	for i := range f {
		f[i] = mix(uint64(i+1)) | 1
	}
	return f
}()

// minHash returns one key a band: rows minima of the hashes of the 3-grams under
// as many permutations.
func minHash(runes []rune) (keys [bands]uint64) {
	var low [bands * rows]uint64
	for i := range low {
		low[i] = math.MaxUint64
	}
	for i := 0; i+gram <= len(runes); i++ {
		h := mix(uint64(runes[i])<<42 ^ uint64(runes[i+1])<<21 ^ uint64(runes[i+2]))
		for j := range low {
			low[j] = min(low[j], h*factors[j])
		}
	}
	for b := range keys {
		k := uint64(b + 1)
		for r := range rows {
			k = mix(k ^ low[b*rows+r])
		}
		keys[b] = k
	}
	return keys
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
