package crawlers

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// longest is how much of a text is kept, in bytes.
const longest = 64 << 10

// Plain turns HTML, or text, into plain text: no scripts, styles or quoted asides,
// line breaks where blocks end, entities decoded once.
func Plain(s string) string {
	if strings.Contains(s, "<") && strings.Contains(s, ">") || strings.Contains(s, "&") {
		s = strip(s)
	}
	return tidy(s)
}

func strip(s string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	hidden := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if hidden == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch tag := string(name); tag {
			case "script", "style", "template", "noscript", "aside":
				if hidden == "" {
					hidden = tag
				}
			case "br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "blockquote":
				b.WriteByte('\n')
			case "td", "th":
				b.WriteByte(' ')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			tag := string(name)
			if tag == hidden {
				hidden = ""
			}
			if tag == "p" || tag == "div" || tag == "li" {
				b.WriteByte('\n')
			}
		}
	}
}

// tidy folds white space, drops control characters, and caps the length.
func tidy(s string) string {
	if len(s) > longest {
		s = s[:longest]
		for len(s) > 0 && !utf8.ValidString(s[len(s)-1:]) && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.Join(strings.FieldsFunc(line, func(r rune) bool {
			return r <= ' ' || r == 0x7f || r == '\u00a0' || r == '\u3000' || r == '\ufeff' || r == '\u200b'
		}), " ")
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// madeID is the id of an item that has none: a hash of what it says.
func madeID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// counted is a counter as sites show it.
var counted = regexp.MustCompile(`^(\d+(?:\.\d+)?)(千|万|亿|k|m|w|b)?`)

// count reads 1.2万, 3.4亿, 1.2K, 1,024, 1233 万热度; 0 is unknown.
func count(s string) int64 {
	m := counted.FindStringSubmatch(strings.NewReplacer(",", "", "，", "", " ", "", "\u00a0", "").Replace(strings.ToLower(s)))
	if m == nil {
		return 0
	}
	if n, err := strconv.ParseInt(m[1], 10, 64); err == nil && m[2] == "" {
		return n
	}
	f, err := strconv.ParseFloat(m[1], 64)
	factor := map[string]float64{"": 1, "千": 1e3, "k": 1e3, "万": 1e4, "w": 1e4, "m": 1e6, "亿": 1e8, "b": 1e9}[m[2]]
	if err != nil || f*factor > 1e15 {
		return 0
	}
	return int64(math.Round(f * factor))
}
