package alerts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// FitBytes joins a text and the lines that must stay at its end, an address and a
// number, in at most n bytes of UTF-8. The text is cut at the end of a line or of a
// sentence, and says by "…" that it goes on; if that would cost more than half of
// it, between two characters, but never within an address.
func FitBytes(text, end string, n int) string {
	text, end = strings.ToValidUTF8(text, ""), strings.ToValidUTF8(end, "")
	whole := text
	if text != "" && end != "" {
		whole += "\n"
	}
	if whole += end; len(whole) <= n {
		return whole
	}
	const more = "…"
	if len(end) > n-len(more)-1 { // the last lines are worth more than the first
		return lastLines(end, n)
	}
	room := n - len(more)
	if end != "" {
		room -= len(end) + 1
		end = "\n" + end
	}
	cut := sentenceEnd(text, room)
	if cut < room/2 {
		cut = wordEnd(text, room)
	}
	return strings.TrimRight(text[:cut], "\n ") + more + end
}

// lastLines keeps as many whole lines from the end as n bytes hold, and of a line
// that is longer than that its beginning.
func lastLines(s string, n int) string {
	lines := strings.Split(s, "\n")
	out := lines[len(lines)-1]
	if len(out) > n {
		return out[:runeEnd(out, max(n, 0))]
	}
	for i := len(lines) - 2; i >= 0 && len(lines[i])+1+len(out) <= n; i-- {
		out = lines[i] + "\n" + out
	}
	return out
}

// sentenceEnd is the last place within n bytes at which a line or a sentence ends;
// 0 if there is none. An address has neither in it.
func sentenceEnd(s string, n int) int {
	last, before := 0, rune(0)
	for i, r := range s {
		if i > n {
			break
		}
		ends := r == '\n' || r == ' ' && strings.ContainsRune(".!?;", before)
		if ends || strings.ContainsRune("。！？；", before) {
			last = i
		}
		before = r
	}
	return last
}

// wordEnd is the last place within n bytes that is between two characters as people
// see them, and not within an address.
func wordEnd(s string, n int) int {
	cut := runeEnd(s, n)
	if word := strings.LastIndexAny(s[:cut], " \n") + 1; strings.Contains(s[word:], "://") {
		if end := strings.IndexAny(s[word:], " \n"); end < 0 || strings.Contains(s[word:word+end], "://") {
			return word
		}
	}
	return cut
}

// runeEnd is the last place within n bytes between two characters; what belongs to
// the character before it, such as an accent or a part of an emoji, is not torn off.
func runeEnd(s string, n int) int {
	if n >= len(s) {
		return len(s)
	}
	for ; n > 0; n-- {
		if utf8.RuneStart(s[n]) && !isTorn(s[:n], s[n:]) {
			return n
		}
	}
	return 0
}

// isTorn says whether two texts were one character where they meet, as people see it: an
// accent and its letter, the parts of an emoji or of a syllable, the two letters of a flag.
func isTorn(left, right string) bool {
	next, _ := utf8.DecodeRuneInString(right)
	before, _ := utf8.DecodeLastRuneInString(left)
	switch {
	case before == '\u200d', next == '\u200d', unicode.In(next, unicode.Mn, unicode.Mc, unicode.Me, unicode.Sk):
		return true
	case next >= 0x1160 && next <= 0x11ff: // vowels and endings of Hangul
		return true
	case next >= 0xe0020 && next <= 0xe007f: // tags of a flag
		return true
	case !isFlagLetter(next):
		return false
	}
	letters := 0
	for r, size := before, utf8.RuneLen(before); isFlagLetter(r); r, size = utf8.DecodeLastRuneInString(left) {
		letters, left = letters+1, left[:len(left)-size]
	}
	return letters%2 == 1
}

// isFlagLetter says whether a character is one of two that make a flag.
func isFlagLetter(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// less takes from an alert the part that is needed least: quotes first, then
// numbers, and what is to be done last. It says whether there was any.
func less(a crisis.Alert) (crisis.Alert, bool) {
	switch {
	case len(a.Evidence) > 0:
		a.Evidence = a.Evidence[:len(a.Evidence)-1]
	case len(a.Signals) > 1:
		a.Signals = a.Signals[:len(a.Signals)-1]
	case len(a.Soon) > 1:
		a.Soon = a.Soon[:len(a.Soon)-1]
	case len(a.RedLines) > 1:
		a.RedLines = a.RedLines[:len(a.RedLines)-1]
	case len(a.Overdue) > 1:
		a.Overdue = a.Overdue[:len(a.Overdue)-1]
	case len(a.Next) > 1:
		a.Next = a.Next[:len(a.Next)-1]
	default:
		return a, false
	}
	return a, true
}

// sized encodes an alert in at most n bytes, of less and less of it; what is left
// at last may still be larger.
func sized(a crisis.Alert, n int, encode func(crisis.Alert) ([]byte, error)) ([]byte, error) {
	for {
		b, err := encode(a)
		if err != nil || len(b) <= n {
			return b, err
		}
		shorter, ok := less(a)
		if !ok {
			return b, nil
		}
		a = shorter
	}
}

// least is what is left of an alert when nothing more can be left out.
func least(a crisis.Alert) crisis.Alert {
	for {
		shorter, ok := less(a)
		if !ok {
			return a
		}
		a = shorter
	}
}

// Cut shortens s to at most n characters, the last of which is then "…"; what people see
// as one character is not cut in two.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	i := 0
	for at := range s {
		if i == max(n-1, 0) {
			if whole := runeEnd(s, at); whole > 0 {
				at = whole
			}
			return s[:at] + "…"
		}
		i++
	}
	return s
}
