package playbooks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// calm takes out of every text of the report what commands a machine, shows nothing or
// turns the direction of what follows: the last thing before it is written, whoever wrote
// the text and wherever it was gathered.
func (r *Report) calm() {
	r.Title, r.Org = calmed(r.Title), calmed(r.Org)
	for i := range r.Sections {
		s := &r.Sections[i]
		s.Title = calmed(s.Title)
		for j := range s.Parts {
			p := &s.Parts[j]
			p.Text = calmed(p.Text)
			for _, row := range p.Rows {
				for k := range row {
					row[k].Text = calmed(row[k].Text)
				}
			}
		}
	}
}

func calmed(s string) string {
	return strings.Map(func(r rune) rune {
		if silent(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// silent says whether a character shows nothing by itself. Line feeds, and the joiners of
// emoji and some scripts, are needed.
func silent(r rune) bool {
	switch r {
	case '\n', '\u200c', '\u200d':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// writeJSON writes the report for programs: they get every text as it is, with silent
// characters spelled as JSON does.
func (r *Report) writeJSON(w io.Writer) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	out := make([]byte, 0, b.Len())
	for _, c := range b.String() {
		switch {
		case !silent(c):
			out = utf8.AppendRune(out, c)
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, c)
		}
	}
	_, err := w.Write(out)
	return err
}
