package reading

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// class says what sort of character a rune is.
type class uint8

// The classes. Letters come first so that class <= classDigit asks for text.
const (
	classHan    class = iota
	classAlpha        // letters of scripts that put spaces between words
	classScript       // letters of scripts that do not: kana, Hangul, Thai
	classDigit
	classMark  // punctuation and symbols
	classSpace // white space and controls
	classJoin  // zero width: joiners, variation selectors, marks above a letter
	classEmoji
)

// text says whether the class carries words: a letter, a Han character or a digit.
func (c class) text() bool { return c <= classDigit }

// letter says whether the class is a letter or a Han character.
func (c class) letter() bool { return c <= classScript }

// tables hold one entry for each rune of the basic plane. They are built once
// because asking package unicode for each rune of each post costs more than
// everything else.
type tables struct {
	fold  [1 << 16]uint16 // lower case, half width
	class [1 << 16]class  // of the folded rune
	unit  [1 << 16]bool   // joins its neighbours into one unit, as gse.SplitTextToWords does
}

var runeTables = sync.OnceValue(func() *tables {
	t := new(tables)
	for r := range rune(1 << 16) {
		f := foldRune(r)
		t.fold[r] = uint16(f)
		t.class[r] = classify(f)
		t.unit[r] = r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r))
	}
	return t
})

// foldRune returns the rune by which r is compared: lower case, and half width
// where Chinese input methods produce full width.
func foldRune(r rune) rune {
	if f := width.LookupRune(r).Folded(); f != 0 {
		r = f
	}
	if l := unicode.ToLower(r); l < 1<<16 {
		r = l
	}
	return r
}

func classify(r rune) class {
	switch {
	case r < utf8.RuneSelf && unicode.IsLetter(r):
		return classAlpha
	case unicode.IsNumber(r) && r < 0x2000:
		return classDigit
	case unicode.Is(unicode.Han, r) && unicode.IsLetter(r):
		return classHan
	case r == 0x200b, r == 0x200c, r == 0x200d, r == 0xfeff, r == 0x2060, 0xfe00 <= r && r <= 0xfe0f, r == 0x20e3, unicode.Is(unicode.Mn, r):
		return classJoin
	case unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) && unicode.IsLetter(r):
		return classScript
	case unicode.IsLetter(r):
		return classAlpha
	case unicode.IsSpace(r), unicode.IsControl(r):
		return classSpace
	case emoji(r):
		return classEmoji
	}
	return classMark
}

// emoji covers the pictures of the basic plane that people use as emoji, and
// the emoji blocks above it.
func emoji(r rune) bool {
	switch {
	case 0x1f000 <= r && r <= 0x1faff:
		return true
	case 0x2600 <= r && r <= 0x27bf, r == 0x2b50, r == 0x2b55, r == 0x231a, r == 0x231b, 0x23e9 <= r && r <= 0x23f3:
		return true
	}
	return false
}

// foldAny folds and classifies a rune of any plane.
func (t *tables) foldAny(r rune) (rune, class) {
	if uint32(r) < 1<<16 {
		return rune(t.fold[r]), t.class[r]
	}
	r = unicode.ToLower(r)
	switch {
	case 0x1f3fb <= r && r <= 0x1f3ff, 0xe0000 <= r && r <= 0xe01ef: // skin tones, tags
		return r, classJoin
	case emoji(r):
		return r, classEmoji
	}
	return r, classify(r)
}

// fold returns s as it is compared: folded, without zero-width runes, each run
// of white space as one space, none at the ends.
func fold(s string) []rune {
	t := runeTables()
	out := make([]rune, 0, len(s))
	space := false
	for _, r := range s {
		f, c := t.foldAny(r)
		switch c {
		case classJoin:
			continue
		case classSpace:
			space = len(out) > 0
			continue
		}
		if space {
			out = append(out, ' ')
			space = false
		}
		out = append(out, f)
	}
	return out
}
