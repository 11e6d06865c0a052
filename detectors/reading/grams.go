package reading

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// A unit is a Han character, or a run of letters or digits. Runs of units that
// nothing interrupts are cut into grams.
const (
	shortGram = 3 // units; with a Latin word, two
	longGram  = 6
	wholeMost = 24 // units of a whole phrase
	// same is the share of the posts that must go on in the same way for a gram to
	// be a part of something longer.
	same = 0.7
)

// grammatical are the characters with which no phrase begins or ends: they carry
// grammar, not a subject.
var grammatical = func() map[rune]bool {
	m := map[rune]bool{}
	for _, r := range "的了是在我你他她它您咱们这那有也都就还不没很太更最和与及或而但因为所以如果若么吗呢吧啊呀哦嗯哈嘛啦哇着过得把被让给对向从到于之其些个样才只已再又去说真每吃当" {
		m[r] = true
	}
	return m
}()

// A unit is packed: what it is in the lower bits, and two marks.
type unit uint32

const (
	latin unit = 1 << 31
	glued unit = 1 << 30 // follows the unit before without interruption
)

// key is what the unit is.
func (u unit) key() uint64 { return uint64(u &^ glued) }

// piece is a unit with its place in the text, in bytes.
type piece struct {
	unit
	from, to uint16
}

func unitsOf(pieces []piece) []unit {
	out := make([]unit, len(pieces))
	for i := range pieces {
		out[i] = pieces[i].unit
	}
	return out
}

func hashText(s string) uint64 { return xxhash.Sum64String(s) }

// akin says whether one phrase is part of the other, or both share most of the
// shorter one.
func akin(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return strings.Contains(b, a) || shares(a, b, max(shortGram+1, mostOf(a)))
}

// alike says whether two phrases share most of the longer one: the second says
// nothing new.
func alike(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return shares(a, b, max(shortGram, mostOf(b)))
}

// mostOf is three fifths of the characters of a phrase.
func mostOf(s string) int { return (3*utf8.RuneCountInString(s) + 4) / 5 }

// shares says whether b holds a run of so many characters of a.
func shares(a, b string, run int) bool {
	runes := []rune(a)
	for i := 0; i+run <= len(runes); i++ {
		if strings.Contains(b, string(runes[i:i+run])) {
			return true
		}
	}
	return false
}

// gramSpace is work space for cutting texts. What it returns holds until the next
// call of the same method.
type gramSpace struct {
	pieces []piece
	grams  []uint64
	seen   []uint64 // open table of grams, 0: vacant
}

// cut returns the units of a folded text, of which it reads 64 KB.
func (s *gramSpace) cut(text string) []piece {
	s.pieces = s.pieces[:0]
	if len(text) > math.MaxUint16 {
		text = text[:math.MaxUint16]
	}
	mark := unit(0)
	for i := 0; i < len(text); {
		if n := skipped(text[i:]); n > 0 {
			i, mark = i+n, 0
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case isHan(r):
			s.pieces = append(s.pieces, piece{unit(r) | mark, uint16(i), uint16(i + n)})
			mark = glued
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n = run(text[i:])
			s.pieces = append(s.pieces, piece{unit(hashText(text[i:i+n]))&^(latin|glued) | latin | mark, uint16(i), uint16(i + n)})
			mark = glued
		case r == ' ' && len(s.pieces) > 0 && s.pieces[len(s.pieces)-1].unit&latin != 0: // words of one phrase stand apart
		default:
			mark = 0
		}
		i += n
	}
	return s.pieces
}

func isHan(r rune) bool {
	return r >= firstHan && r <= lastHan || r > unicode.MaxLatin1 && unicode.Is(unicode.Han, r)
}

// skipped returns the length of an address, a name or a picture that begins here.
func skipped(s string) int {
	switch {
	case strings.HasPrefix(s, "http"):
		if n := strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII || r == ' ' }); n >= 0 {
			return n
		}
		return len(s)
	case s[0] == '@':
		n := strings.IndexFunc(s[1:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' })
		if n < 0 {
			return len(s)
		}
		return 1 + n
	case s[0] == '[':
		if n := strings.IndexByte(s, ']'); n > 0 && n < 24 {
			return n + 1
		}
	}
	return 0
}

// run returns the length of the word that begins here.
func run(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool {
		return isHan(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if n < 0 {
		return len(s)
	}
	return n
}

// gramsAt calls use with the hash and the number of units of every gram that
// begins with unit i.
func gramsAt(units []unit, i int, use func(h uint64, n int)) {
	h, word := uint64(0), false
	for n := 1; n <= longGram && i+n <= len(units); n++ {
		u := units[i+n-1]
		if n > 1 && u&glued == 0 {
			return
		}
		word = word || u&latin != 0
		h = mix(h ^ u.key()<<8 ^ uint64(n))
		if n >= shortGram || word && n == shortGram-1 {
			use(h, n)
		}
	}
}

// distinct returns the hashes of the grams, each once.
func (s *gramSpace) distinct(units []unit) []uint64 {
	s.grams = s.grams[:0]
	size := 64
	for size < 2*(longGram-1)*len(units) {
		size *= 2
	}
	if len(s.seen) < size {
		s.seen = make([]uint64, size)
	}
	seen := s.seen[:size]
	clear(seen)
	put := func(h uint64, _ int) {
		i := h & uint64(size-1)
		for ; seen[i] != 0; i = (i + 1) & uint64(size-1) {
			if seen[i] == h {
				return
			}
		}
		seen[i] = h
		s.grams = append(s.grams, h)
	}
	for i := range units {
		gramsAt(units, i, put)
	}
	return s.grams
}

// whole extends a gram for as long as most of its posts go on in the same way, and
// takes grammar off its ends; "" when nothing is left that could name a subject.
func (f *Phrases) whole(s *seed) string {
	first, n := s.places, s.n
	left := 0
	for n < wholeMost {
		if rest := f.agree(first, -left-1, true); rest != nil {
			first, left, n = rest, left+1, n+1
			continue
		}
		if rest := f.agree(first, n-left, false); rest != nil {
			first, n = rest, n+1
			continue
		}
		break
	}
	p := first[0]
	text := f.recent[p.post].text
	run := f.space.cut(text)[p.unit-left : p.unit-left+n]
	for len(run) > 0 && isGrammar(text, run[0]) {
		run = run[1:]
	}
	for len(run) > 0 && isGrammar(text, run[len(run)-1]) {
		run = run[:len(run)-1]
	}
	if !names(text, run) {
		return ""
	}
	return text[run[0].from:run[len(run)-1].to]
}

// names says whether a run of units could name a subject: three characters or two
// with a word, of which most are no grammar.
func names(text string, run []piece) bool {
	plain, han, letters := 0, 0, 0
	for _, u := range run {
		if !isGrammar(text, u) {
			plain++
		}
		if u.unit&latin == 0 {
			han++
		} else if u.to-u.from >= 3 {
			letters++
		}
	}
	return 2*plain > len(run) && (han >= shortGram || han+letters >= 2 && han+2*letters >= shortGram)
}

func isGrammar(text string, u piece) bool {
	r, _ := utf8.DecodeRuneInString(text[u.from:u.to])
	return grammatical[r]
}

// agree returns the places at which the unit so far from the gram is the most
// frequent one, when that is most of them; else nil.
func (f *Phrases) agree(places []spot, offset int, left bool) []spot {
	at := func(p spot) (uint64, bool) {
		us, i := f.recent[p.post].units, p.unit+offset
		if i < 0 || i >= len(us) {
			return 0, false
		}
		joint := i
		if left {
			joint = i + 1
		}
		return us[i].key(), us[joint]&glued != 0
	}
	count := map[uint64]int{}
	var best uint64
	for _, p := range places {
		if u, ok := at(p); ok {
			count[u]++
			if count[u] > count[best] {
				best = u
			}
		}
	}
	if float64(count[best]) < same*float64(len(places)) || count[best] < 2 {
		return nil
	}
	var rest []spot
	for _, p := range places {
		if u, ok := at(p); ok && u == best {
			rest = append(rest, p)
		}
	}
	return rest
}
