package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokensVersion changes whenever the tokens or hashes below change: weights learnt
// with others mean nothing.
const tokensVersion = 1

// Tokens that stand for more than their characters.
const (
	tokenURL uint32 = 1 + iota
	tokenMention
	tokenRepost
	tokenBegin
	tokenEnd
)

const (
	mostTokens  = 1000 // how much of a text has a say in its mood
	mostEmote   = 8    // characters of an [emoticon]
	mostName    = 30   // characters of an @name
	mostLetters = 40   // letters of a word that are spelt out
)

// cut appends the tokens of a text to g.tokens: a Han character, a word of another
// script (lower case, a letter repeated at most three times, digits as 0), an
// [emoticon], an emoji, a punctuation mark, or one of the tokens above. With spell
// the 3- to 5-grams of the letters of words go to g.spelt.
func (g *grams) cut(text string, spell bool) {
	g.tokens = append(g.tokens[:0], tokenBegin)
	g.spelt = g.spelt[:0]
	for i := 0; i < len(text) && len(g.tokens) < mostTokens; {
		r, width := utf8.DecodeRuneInString(text[i:])
		r = plain(r)
		rest := text[i:]
		switch {
		case han(r):
			g.put(spread(uint32(r)))
		case letter(r):
			width = g.word(rest, spell)
		case unicode.IsSpace(r), unseen(r):
		case r == '/' && strings.HasPrefix(rest, "//@"):
			g.put(tokenRepost)
			width = 2
		case r == '@' && nameLength(rest) > 1:
			g.put(tokenMention)
			width = nameLength(rest)
		case r == '[':
			width = g.emote(rest)
		default:
			g.put(spread(uint32(r)))
		}
		i += width
	}
	g.tokens = append(g.tokens, tokenEnd)
}

// put appends a token, at most three of a kind in a row: 哈哈哈哈 says no more than
// 哈哈哈.
func (g *grams) put(t uint32) {
	n := len(g.tokens)
	if n >= 3 && g.tokens[n-1] == t && g.tokens[n-2] == t && g.tokens[n-3] == t {
		return
	}
	g.tokens = append(g.tokens, t)
}

// word appends the word that text begins with and returns its length in bytes.
func (g *grams) word(text string, spell bool) int {
	if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
		g.put(tokenURL)
		for i := range len(text) {
			if text[i] <= ' ' || text[i] >= utf8.RuneSelf {
				return i
			}
		}
		return len(text)
	}
	var letters [mostLetters + 2]uint32
	n, i, repeats := 1, 0, 0
	h := uint32(0x51ed270b)
	last := rune(-1)
	for i < len(text) {
		r, width := utf8.DecodeRuneInString(text[i:])
		r = plain(r)
		if r == '’' {
			r = '\''
		}
		if !letter(r) && (r != '\'' || !spell) {
			break
		}
		i += width
		if r >= '0' && r <= '9' {
			r = '0'
		}
		if r != last {
			repeats = 0
		} else if repeats++; repeats >= 3 {
			continue
		}
		last = r
		h = spread(h ^ uint32(r))
		if n <= mostLetters {
			letters[n] = uint32(r)
			n++
		}
	}
	g.put(h)
	if spell {
		g.spell(letters[:n+1])
	}
	return i
}

// spell appends the grams of a word's letters, whose first and last place are free
// for its ends: what a word is built of tells the mood of one never seen.
func (g *grams) spell(letters []uint32) {
	const shortest, longest = 3, 5
	letters[0], letters[len(letters)-1] = '<', '>'
	if len(letters) < shortest+2 {
		return
	}
	for i := range letters {
		h := uint32(0x01234567)
		for n := 1; n <= longest && i+n <= len(letters); n++ {
			h = spread(h*31 ^ letters[i+n-1])
			if n >= shortest && n < len(letters) && len(g.spelt) < cap(g.spelt) {
				g.spelt = append(g.spelt, h)
			}
		}
	}
}

// emote appends the [emoticon] that text begins with, else the bracket alone, and
// returns how many bytes it took.
func (g *grams) emote(text string) int {
	h, n := uint32(0x9e3779b9), 0
	for i, r := range text[1:] {
		if r == ']' && n > 0 {
			g.put(h)
			return i + 2
		}
		if n++; r == ' ' || r == ']' || n > mostEmote {
			break
		}
		h = spread(h ^ uint32(plain(r)))
	}
	g.put(spread('['))
	return 1
}

// nameLength returns the length in bytes of the @name that text begins with.
func nameLength(text string) int {
	n := 0
	for i, r := range text[1:] {
		if n++; n > mostName || !han(r) && !letter(plain(r)) && r != '_' && r != '-' {
			return i + 1
		}
	}
	return len(text)
}

// plain is fold for one character, without dropping any.
func plain(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= 0xff01 && r <= 0xff5e:
		return plain(r - 0xff01 + '!')
	case r >= 0xc0 && r < 0x2000:
		return unicode.ToLower(r)
	}
	return r
}

func han(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r < 0x4dc0 || r >= 0x20000 && r < 0x32000
}

// letter says whether a plain character is part of a word.
func letter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0xc0 && r < 0x2000 && unicode.IsLetter(r)
}

// unseen says whether a character only joins or shapes others.
func unseen(r rune) bool {
	return r == 0xfe0f || r == 0x200d || r == 0x200b || r == 0xfeff
}

// spread is a 32-bit mixer (Wellons 2018, lowbias32).
func spread(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x7feb352d
	x ^= x >> 15
	x *= 0x846ca68b
	return x ^ x>>16
}
