package reading

import (
	_ "embed" // compiled dictionary
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-ego/gse"
)

// words.bin is gse's simplified Chinese dictionary as a trie. A test holds it to
// what gse's own data compiles to, and writes it:
//
//go:generate go test -run TestDictionary -update
//go:embed words.bin
var wordsData []byte

// dictionary is opened when words are first asked for; it costs no time and no heap.
var dictionary = sync.OnceValues(func() (*trie, error) { return openTrie(wordsData) })

// unknownCost is what gse charges for a character that is no word.
const unknownCost = 32

// segmenter cuts texts into words like gse's Segment, which is the segmenter of
// record: the shortest path over the costs of words, with the same units, the same
// arithmetic and the same ties, at a ninth of its time. It is safe for concurrent
// use and linear in the length of the text.
type segmenter struct {
	words *trie
	own   *trie // the user's words; nil for none
	pool  sync.Pool
}

// newSegmenter returns a segmenter that knows the dictionary and the user's words,
// such as the names in topics. A user's word costs one bit less than its parts, so
// that it is found wherever it stands without tearing up its neighbours; one that
// the dictionary has already keeps its cost there.
func newSegmenter(own []string) (*segmenter, error) {
	d, err := dictionary()
	if err != nil {
		return nil, err
	}
	s := &segmenter{words: d}
	s.pool.New = func() any { return &path{} }
	var list []priced
	for _, w := range own {
		w = fold(w)
		if strings.ContainsFunc(w, unicode.IsSpace) || len(gse.SplitWords(gse.Text(w))) < 2 {
			continue // Latin words and single characters are words anyway
		}
		if parts, cost := s.price(w); parts > 1 {
			list = append(list, priced{w, max(cost-1, 1)})
		}
	}
	if len(list) > 0 {
		if s.own, err = newTrie(list); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// price returns how many words a text is cut into, and their cost.
func (s *segmenter) price(text string) (parts int, cost float32) {
	p := s.pool.Get().(*path)
	defer s.pool.Put(p)
	s.walk(text, p)
	return len(p.cuts), p.best[len(p.at)-1]
}

// cut appends the words of text to out, without spaces and punctuation. The words
// are pieces of text.
func (s *segmenter) cut(text string, out []string) []string {
	s.spans(text, func(begin, end int) {
		if w := text[begin:end]; speaks(w) {
			out = append(out, w)
		}
	})
	return out
}

// spans calls f for each word, space and mark, in order. Together they are the text.
func (s *segmenter) spans(text string, f func(begin, end int)) {
	if text == "" {
		return
	}
	p := s.pool.Get().(*path)
	defer s.pool.Put(p)
	s.walk(text, p)
	begin := 0
	for _, cut := range slices.Backward(p.cuts) {
		end := int(p.at[cut])
		f(begin, end)
		begin = end
	}
}

// path is the work space of a cut. Characters are numbered; a unit is one
// character or a run of Latin letters and digits, and words begin and end with units.
type path struct {
	at    []int32   // by character: where it begins; one more for the end of the text
	codes []uint16  // by character
	own   []uint16  // by character, in the trie of the user's words
	ends  []bool    // by character: a unit ends behind it
	best  []float32 // by place between characters: cost of the shortest path, 0: none
	from  []int32   // and where its last word begins
	cuts  []int32   // ends of words, the last first
}

// walk finds the shortest path.
func (s *segmenter) walk(text string, p *path) {
	s.read(text, p)
	n := len(p.codes)
	for i := 0; i < n; {
		next := i + 1
		for !p.ends[next-1] {
			next++
		}
		alone := s.relax(s.words, p.codes, p, i, next)
		if s.own != nil {
			alone = s.relax(s.own, p.own, p, i, next) || alone
		}
		if !alone {
			p.offer(i, next, unknownCost)
		}
		i = next
	}
	p.cuts = p.cuts[:0]
	for i := int32(n); i > 0; i = p.from[i] {
		p.cuts = append(p.cuts, i)
	}
}

// relax offers every word that begins at character i, and says whether the unit
// that ends at unit is one.
func (s *segmenter) relax(t *trie, codes []uint16, p *path, i, unit int) (alone bool) {
	state, slot := uint32(0), t.root()
	for k := i; k < len(codes); k++ {
		if codes[k] == 0 {
			return alone
		}
		var ok bool
		if state, slot, ok = t.step(slot, state, codes[k]); !ok {
			return alone
		}
		if slot>>(2*slotBits) != 0 && p.ends[k] {
			p.offer(i, k+1, t.cost(slot))
			alone = alone || k+1 == unit
		}
	}
	return alone
}

// offer takes the word from begin to end if it shortens the path to end.
func (p *path) offer(begin, end int, cost float32) {
	if c := p.best[begin] + cost; p.best[end] == 0 || p.best[end] > c {
		p.best[end], p.from[end] = c, int32(begin)
	}
}

// read splits text into characters and units.
func (s *segmenter) read(text string, p *path) {
	p.at, p.codes, p.own, p.ends = p.at[:0], p.codes[:0], p.own[:0], p.ends[:0]
	run := false // the last character is part of a run
	for i, r := range text {
		joins := joinsRun(r)
		if n := len(p.ends); n > 0 && (!run || !joins) {
			p.ends[n-1] = true
		}
		run = joins
		p.at = append(p.at, int32(i))
		p.codes = append(p.codes, s.words.code(r))
		if s.own != nil {
			p.own = append(p.own, s.own.code(r))
		}
		p.ends = append(p.ends, false)
	}
	n := len(p.ends)
	if n > 0 {
		p.ends[n-1] = true
	}
	p.at = append(p.at, int32(len(text)))
	if cap(p.best) <= n {
		p.best, p.from = make([]float32, n+1, 2*n+2), make([]int32, n+1, 2*n+2)
	}
	p.best, p.from = p.best[:n+1], p.from[:n+1]
	clear(p.best)
}

// joinsRun says whether gse joins a character with its neighbours to one unit:
// letters and digits of at most two bytes.
func joinsRun(r rune) bool {
	if r < utf8.RuneSelf {
		return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'
	}
	return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

// speaks says whether a piece of a text is a word rather than what stands between
// words.
func speaks(w string) bool {
	for _, r := range w {
		switch {
		case r < utf8.RuneSelf:
			if wordByte(byte(r)) || r >= 'A' && r <= 'Z' {
				return true
			}
		case r >= 0x3000 && r <= 0x303f, r >= 0xff00 && r <= 0xff0f, r >= 0xff1a && r <= 0xff20, r == utf8.RuneError:
		case r >= 0x2e80 || r >= 0xc0 && r < 0x2000 && r != 0xd7 && r != 0xf7:
			return true
		}
	}
	return false
}
