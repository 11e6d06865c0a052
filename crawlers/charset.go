package crawlers

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

var (
	metaCharset = regexp.MustCompile(`(?i)<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_:.-]+)`)
	xmlProlog   = regexp.MustCompile(`(?i)^(\s*<\?xml[^>]{0,200}?)\s+encoding\s*=\s*["']([a-z0-9_:.-]+)["']`)
)

// head is how far into a document its own word about its encoding may stand.
const head = 4096

// toUTF8 brings a body to UTF-8 before anything parses it, and takes away the
// document's own word about its encoding, which is wrong from then on. In turn it
// believes: a byte order mark; bytes that can hardly be anything but UTF-8; the
// header, if the bytes are valid in it; the XML prolog or <meta>; UTF-8 with a few
// broken bytes; and else GB18030. Every gb label is GB18030, the superset: decoders
// of GBK break the four-byte characters that pages labelled gb2312 contain.
func toUTF8(body []byte, contentType string) []byte {
	if text, ok := fromMark(body); ok {
		return unlabel(text)
	}
	runes, broken := multibyte(body)
	if broken == 0 && runes >= 4 { // four characters of another encoding are not UTF-8 by chance
		return unlabel(body)
	}
	_, params, err := mime.ParseMediaType(contentType)
	labels := []string{declared(body)}
	if said := params["charset"]; err == nil && !western(said) {
		labels = []string{said, declared(body)}
	} else if err == nil { // the default of many servers, whatever they serve
		labels = append(labels, said)
	}
	if runes > 20*broken {
		labels = append(labels, "utf-8 with flaws")
	}
	for _, label := range labels {
		if text, ok := decode(body, label); ok {
			return unlabel(text)
		}
	}
	if broken == 0 {
		return unlabel(body)
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(body)
	if err != nil {
		text = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return unlabel(text)
}

// multibyte counts the characters of several bytes in a text read as UTF-8, and
// the bytes that are not UTF-8.
func multibyte(body []byte) (runes, broken int) {
	for len(body) > 0 {
		r, n := utf8.DecodeRune(body)
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
		case n > 1:
			runes++
		}
		body = body[n:]
	}
	return runes, broken
}

// western says whether a label names an encoding in which all bytes are valid, so
// that it proves nothing.
func western(label string) bool {
	label = strings.ToLower(label)
	return strings.HasPrefix(label, "iso-8859-1") || label == "latin1" || label == "windows-1252" || label == "cp1252"
}

func fromMark(body []byte) ([]byte, bool) {
	var e encoding.Encoding
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return bytes.ToValidUTF8(body[3:], []byte("\uFFFD")), true
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("<\x00?\x00")):
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(body, []byte("\xfe\xff")), bytes.HasPrefix(body, []byte("\x00<\x00?")):
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	default:
		return nil, false
	}
	text, err := e.NewDecoder().Bytes(body)
	return bytes.ToValidUTF8(text, []byte("\uFFFD")), err == nil
}

// declared is what the document says of itself.
func declared(body []byte) string {
	top := body[:min(len(body), head)]
	if m := xmlProlog.FindSubmatch(top); m != nil {
		return string(m[2])
	}
	if m := metaCharset.FindSubmatch(top); m != nil {
		return string(m[1])
	}
	return ""
}

// decode reads the body in the labelled encoding, if every byte of it is valid there.
func decode(body []byte, label string) ([]byte, bool) {
	label = strings.ToLower(strings.TrimSpace(label))
	switch {
	case label == "":
		return nil, false
	case label == "utf-8 with flaws":
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), true
	case strings.HasPrefix(label, "gb"), strings.HasPrefix(label, "x-gb"), label == "csgb2312", label == "chinese", label == "cp936", label == "ms936":
		return valid(simplifiedchinese.GB18030, body)
	case label == "utf-8", label == "utf8", label == "us-ascii", label == "ascii":
		return body, utf8.Valid(body)
	}
	e, _ := charset.Lookup(label)
	if e == nil {
		return nil, false
	}
	return valid(e, body)
}

func valid(e encoding.Encoding, body []byte) ([]byte, bool) {
	text, err := e.NewDecoder().Bytes(body)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, false
	}
	return text, true
}

// unlabel removes the encoding of an XML prolog; a parser would decode once more.
func unlabel(text []byte) []byte {
	top := text[:min(len(text), head)]
	m := xmlProlog.FindSubmatchIndex(top)
	if m == nil {
		return text
	}
	out := make([]byte, 0, len(text))
	out = append(out, text[:m[3]]...)
	return append(out, text[m[1]:]...)
}
