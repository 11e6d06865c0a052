package crisis

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Unseen says whether a character shows nothing by itself, commands the machine that shows
// it, or turns the direction of what follows: controls, formats, private use, separators of
// lines and paragraphs. Line feeds, and the joiners that emoji and some scripts need, pass.
// See Unicode Standard Annex 44, general categories Cc, Cf, Co, Zl and Zp.
func Unseen(r rune) bool {
	switch r {
	case '\n', '\u200c', '\u200d':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// AppendSpelled appends a character as JSON spells it, such as \u202e (RFC 8259, section 7).
func AppendSpelled(b []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(b, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// Spelled is JSON in which the characters that hide are spelled: programs read what was
// written, and whoever looks at it on a terminal is not deceived.
func Spelled(b []byte, hide func(rune) bool) []byte {
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) {
		if hide(r) {
			out = AppendSpelled(out, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
