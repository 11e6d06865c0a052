package console

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// clean makes one line of foreign text harmless to read: white space is folded,
// control and direction characters go, piled-up marks are thinned, and what is
// longer than limit characters is cut. Escaping is the template's.
func clean(s string, limit int) string {
	return strings.Join(strings.Fields(tidy(s, limit, false)), " ")
}

// cleanText is clean for text of several lines.
func cleanText(s string, limit int) string { return strings.TrimSpace(tidy(s, limit, true)) }

// tidy looks at no more of s than it needs: a post may be a megabyte of one line.
func tidy(s string, limit int, lines bool) string {
	var b strings.Builder
	kept, marks := 0, 0
	for _, r := range s {
		if kept == limit {
			b.WriteRune('…')
			break
		}
		if r == '\n' || r == '\t' || r == '\r' {
			if lines && r == '\n' {
				b.WriteRune(r)
			} else {
				b.WriteRune(' ')
			}
			kept++
			continue
		}
		if unicode.Is(unicode.Mn, r) {
			marks++
		} else {
			marks = 0
		}
		if marks > 3 || hidden(r) {
			continue
		}
		b.WriteRune(r)
		kept++
	}
	return b.String()
}

// hidden says whether a character shows nothing by itself, or turns the
// direction of what follows, on a page of one line.
func hidden(r rune) bool {
	switch r {
	case '\n', utf8.RuneError, '\u115f', '\u1160', '\u3164', '\uffa0': // the last four are fillers of Hangul
		return true
	}
	return crisis.Unseen(r)
}

// mostTold is how many bytes of one text of a post a program is given.
const mostTold = 20000

// bounded is the beginning of a text that a stranger wrote at any length.
func bounded(s string) string {
	if len(s) <= mostTold {
		return s
	}
	return strings.ToValidUTF8(s[:mostTold], "") + "…"
}

// spelled is JSON with the characters that show nothing, or turn the direction of what
// follows, spelled as JSON does: programs get the text as it was written, and whoever looks
// at the answer on a terminal is not deceived.
func spelled(b []byte) []byte {
	if !bytes.ContainsFunc(b, hidden) {
		return b
	}
	return crisis.Spelled(b, func(r rune) bool { return r != utf8.RuneError && hidden(r) })
}

// safeLink returns a web address a person may follow, or "".
func safeLink(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 2000 {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}
