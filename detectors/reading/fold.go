package reading

import (
	_ "embed" // traditional forms
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed traditional.txt
var traditionalText string

// The common Han characters.
const (
	firstHan = 0x4e00
	lastHan  = 0x9fff
)

// simplified is what each common Han character is folded to: its simplified form
// if it is a traditional one.
var simplified = readTraditional(traditionalText)

func readTraditional(text string) *[lastHan - firstHan + 1]uint16 {
	var table [lastHan - firstHan + 1]uint16
	for i := range table {
		table[i] = firstHan + uint16(i)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for pair := range strings.FieldsSeq(line) {
			from, size := utf8.DecodeRuneInString(pair)
			to, _ := utf8.DecodeRuneInString(pair[size:])
			table[from-firstHan] = uint16(to)
		}
	}
	for i, to := range table { // a few forms are simplified in two steps
		table[i] = table[to-firstHan]
	}
	return &table
}

// fold brings a text to the form in which words are compared: lower case, full
// width letters and digits as half width, traditional characters as simplified
// ones, invalid bytes and characters without width dropped. Folding twice changes
// nothing more.
func fold(s string) string {
	same := 0
	for same < len(s) {
		if c := s[same]; c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				break
			}
			same++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[same:])
		if foldRune(r) != r {
			break
		}
		same += size
	}
	if same == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	b.WriteString(s[:same])
	for _, r := range s[same:] {
		if r = foldRune(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func foldRune(r rune) rune {
	switch {
	case r >= firstHan && r <= lastHan:
		return rune(simplified[r-firstHan])
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf:
		return r
	case r == utf8.RuneError, r == 0x00ad, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r == 0x2060, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
		return -1
	case r == 0x3000, r == 0x00a0:
		return ' '
	case r >= 0xff01 && r <= 0xff5e:
		return foldRune(r - 0xff01 + '!')
	}
	return unicode.ToLower(r)
}

// Language tells Chinese from English by script: one Han character weighs as much
// as a short word. A text mostly in another script, or in none, is und.
func Language(s string) string {
	han, latin, other := 0, 0, 0
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				latin++
			}
		case r >= firstHan && r <= lastHan || unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.IsLetter(r):
			other++
		}
	}
	switch {
	case other > han+latin/4:
		return "und"
	case han > 0 && 4*han >= latin:
		return "zh"
	case latin > 0:
		return "en"
	}
	return "und"
}

// wordByte says whether a byte of a folded text is part of a Latin word or number.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || digit(c)
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
