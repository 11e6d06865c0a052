package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// largestAnswer is the most bytes that hostile texts may blow an answer up to.
const largestAnswer = 1 << 20

// firstUnseen is the first character that shows nothing by itself, turns the direction of
// what follows or commands a terminal; -1 for none. Joiners make one picture of several.
func firstUnseen(s string) rune {
	for _, r := range strings.TrimPrefix(s, "\ufeff") {
		switch {
		case r == '\n', r == '\t', r == '\r', r == '\u200d', r == '\u200c':
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return r
		}
	}
	return -1
}

// checkAnswer looks at an answer by the rules of its form.
func checkAnswer(t *testing.T, where, kind string, body []byte) {
	t.Helper()
	if len(body) > largestAnswer {
		t.Errorf("%s: %d bytes", where, len(body))
	}
	kind, _, _ = strings.Cut(kind, ";")
	switch kind {
	case "image/png", "text/css", "text/javascript", "image/svg+xml":
		return
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		checkDocx(t, where, body)
		return
	}
	text := string(body)
	if !utf8.ValidString(text) {
		t.Errorf("%s: not UTF-8", where)
	}
	if r := firstUnseen(text); r >= 0 {
		i := strings.IndexRune(strings.TrimPrefix(text, "\ufeff"), r)
		t.Errorf("%s: %U after %.80q", where, r, text[max(0, i-60):i])
	}
	switch kind {
	case "text/html":
		checkHTML(t, where, body)
	case "text/csv":
		checkCSV(t, where, text)
	case "text/markdown":
		if m := markdownLink.FindString(strings.ReplaceAll(text, "<br>", " ")); m != "" { // in cells, of ours
			t.Errorf("%s: %q means something in Markdown", where, m)
		}
	case "application/json", "application/problem+json", "application/manifest+json":
		if !json.Valid(body) {
			t.Errorf("%s: not JSON", where)
		}
	case "text/plain", "":
	default:
		t.Errorf("%s: nobody has said how to look at %s", where, kind)
	}
}

// elements that no page of ours has, and attributes that lead somewhere.
var (
	strange = []string{"iframe", "object", "embed", "base", "frame", "applet", "evil", "img", "audio", "video", "foreignobject", "marquee", "b2"}
	leading = []string{"href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset", "background"}
)

// checkHTML parses a page as a browser does.
func checkHTML(t *testing.T, where string, body []byte) {
	t.Helper()
	report := strings.Contains(where, "/report.")
	styles := 0
	for z := html.NewTokenizer(bytes.NewReader(body)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", where, err)
			}
			if report && styles > 1 || !report && styles > 0 {
				t.Errorf("%s: %d style sheets within the page", where, styles)
			}
			return
		case html.TextToken:
			checkShown(t, where, string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			if token.Data == "style" {
				styles++
			}
			checkElement(t, where, report, &token)
		}
	}
}

// checkShown looks at text as the parser hands it on, with its entities resolved.
func checkShown(t *testing.T, where, shown string) {
	t.Helper()
	if r := firstUnseen(shown); r >= 0 {
		t.Errorf("%s: shows %U", where, r)
	}
}

func checkElement(t *testing.T, where string, report bool, token *html.Token) {
	t.Helper()
	if slices.Contains(strange, token.Data) || strings.Contains(token.Data, "-") {
		t.Errorf("%s: there is an element %s", where, token.Data)
	}
	scripted := token.Data != "script"
	for _, a := range token.Attr {
		checkShown(t, where, a.Val)
		key := strings.ToLower(a.Key)
		switch {
		case strings.HasPrefix(key, "on"):
			t.Errorf("%s: %s has the handler %s", where, token.Data, key)
		case key == "style" && !report, key == "srcdoc":
			t.Errorf("%s: %s has %s", where, token.Data, key)
		case key == "http-equiv" && token.Data == "meta" && a.Val != "Content-Security-Policy":
			t.Errorf("%s: the page has a meta of %s", where, a.Val)
		case slices.Contains(leading, key):
			if strings.HasPrefix(a.Val, "/assets/") && token.Data == "script" {
				scripted = true
			}
			checkLeads(t, where, a.Val)
		}
	}
	if !scripted {
		t.Errorf("%s: a script that is not ours", where)
	}
}

// checkLeads fails for an address that is neither of this site nor of the web.
func checkLeads(t *testing.T, where, to string) {
	t.Helper()
	low := strings.ToLower(strings.TrimSpace(to))
	scheme, _, has := strings.Cut(low, ":")
	if has && !strings.ContainsAny(scheme, "/?#") && scheme != "https" && scheme != "http" {
		t.Errorf("%s: leads to %.100q", where, to)
	}
	if strings.HasPrefix(low, "//") {
		t.Errorf("%s: leads to another site by %.100q", where, to)
	}
}

// checkCSV fails for a cell that a spreadsheet would run.
func checkCSV(t *testing.T, where, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Errorf("%s: %v", where, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			begin := strings.TrimLeft(cell, " \t\r\n\"'")
			if strings.HasPrefix(cell, "'") || begin == "" || !strings.ContainsRune("=+-@|＝＋－＠", firstRune(begin)) {
				continue
			}
			if _, err := strconv.ParseFloat(strings.TrimSuffix(cell, "%"), 64); err != nil {
				t.Errorf("%s: the cell %.60q is a formula", where, cell)
			}
		}
	}
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// checkDocx reads every part of a document as Word does, which opens no file with a fault.
func checkDocx(t *testing.T, where string, body []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	for _, f := range z.File {
		if e := path.Ext(f.Name); e != ".xml" && e != ".rels" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Errorf("%s: %s: %v", where, f.Name, err)
			continue
		}
		for d := xml.NewDecoder(r); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %s: %v", where, f.Name, err)
				break
			}
			if text, ok := token.(xml.CharData); ok {
				if r := firstUnseen(string(text)); r >= 0 {
					t.Errorf("%s: %s shows %U", where, f.Name, r)
				}
			}
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: %s: %v", where, f.Name, err)
		}
	}
}
