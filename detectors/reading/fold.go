package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold brings a text to the form in which words are compared: lower case, full
// width letters and digits as half width, invalid bytes dropped.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || (c >= 'A' && c <= 'Z') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return strings.Map(foldRune, s)
}

func foldRune(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r < utf8.RuneSelf, r >= 0x4e00 && r <= 0x9fff:
		return r
	case r == utf8.RuneError, r == 0x200b, r == 0xfeff, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return -1
	case r == 0x3000:
		return ' '
	case r >= 0xff01 && r <= 0xff5e:
		return foldRune(r - 0xff01 + '!')
	}
	return unicode.ToLower(r)
}

// Language tells Chinese from English by script: one Han character weighs as much
// as a short word. Neither is und.
func Language(s string) string {
	han, latin := 0, 0
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				latin++
			}
		case unicode.Is(unicode.Han, r):
			han++
		}
	}
	switch {
	case han > 0 && 4*han >= latin:
		return "zh"
	case latin > 0:
		return "en"
	}
	return "und"
}

// wordByte says whether a byte is part of a Latin word or number.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}
