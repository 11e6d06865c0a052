package crawlers

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
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
	if strings.ContainsAny(s, "<&") {
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
			case "script", "style", "template", "aside":
				if hidden == "" {
					hidden = tag
				}
			case "br", "p", "div", "li", "tr", "h1", "h2", "h3":
				b.WriteByte('\n')
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

// address resolves a link against the page it stands on and takes the tracking
// out of it; only web addresses pass.
func address(base, link string) string {
	link = strings.TrimSpace(link)
	if link == "" {
		return ""
	}
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	if b, err := url.Parse(base); err == nil {
		u = b.ResolveReference(u)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	u.Fragment = ""
	if u.RawQuery != "" {
		q := u.Query()
		for key := range q {
			if strings.HasPrefix(key, "utm_") || key == "spm" || key == "share_token" || key == "fbclid" {
				q.Del(key)
			}
		}
		if len(q) < len(u.Query()) {
			u.RawQuery = q.Encode()
		}
	}
	return u.String()
}

// madeID is the id of an item that has none: a hash of what it says.
func madeID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// count reads 1.2万, 3.4亿, 1.2K, 1,024; 0 is unknown.
func count(s string) int64 {
	s = strings.ToLower(strings.NewReplacer(",", "", " ", "", "热度", "", "次", "", "+", "").Replace(strings.TrimSpace(s)))
	factor := 1.0
	for suffix, f := range map[string]float64{"万": 1e4, "亿": 1e8, "k": 1e3, "m": 1e6, "w": 1e4} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			s, factor = rest, f
			break
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f*factor > 1e15 {
		return 0
	}
	return int64(f * factor)
}
