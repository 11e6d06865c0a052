package playbooks

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"watchfire/crisis"
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
		if crisis.Unseen(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// writeJSON writes the report for programs: they get every text as it is,
// its characters that show nothing spelled as JSON does.
func (r *Report) writeJSON(w io.Writer) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	_, err := w.Write(crisis.Spelled(b.Bytes(), crisis.Unseen))
	return err
}
