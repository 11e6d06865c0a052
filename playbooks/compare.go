package playbooks

import (
	"slices"
	"strings"
)

// FillStatement puts facts into the placeholders of a template and names those that are
// still open, each once.
func FillStatement(template string, facts map[string]string) (text string, open []string) {
	st := Statement{ZH: template}
	for _, name := range st.Placeholders() {
		if facts[name] == "" {
			open = append(open, name)
		}
	}
	text = placeholder.ReplaceAllStringFunc(template, func(m string) string {
		if v := facts[strings.Trim(m, "{}")]; v != "" {
			return v
		}
		return m
	})
	return text, open
}

// The changes of a Passage.
const (
	Stays   = "same"
	CameIn  = "added"
	WentOut = "removed"
)

// Passage is a sentence that two versions of a text share, or that one of them has.
type Passage struct {
	Text   string `json:"text"`
	Change string `json:"change"`
}

// mostCompared bounds the sentences that are compared: longer texts are not statements.
const mostCompared = 400

// Compare tells two versions of a text apart, sentence by sentence, in the order of the
// new one; what was removed stands where it was.
func Compare(old, text string) []Passage {
	a, b := sentencesOf(old), sentencesOf(text)
	a, b = a[:min(len(a), mostCompared)], b[:min(len(b), mostCompared)]
	if len(a) == 0 {
		return []Passage{{text, Stays}}
	}
	// longest[i][j] is how many sentences a[i:] and b[j:] share in order.
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := range slices.Backward(a) {
		for j := range slices.Backward(b) {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if a[i].text == b[j].text {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	var out []Passage
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i].text == b[j].text:
			out = append(out, Passage{text[b[j].from:b[j].to], Stays})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || longest[i+1][j] >= longest[i][j+1]):
			out = append(out, Passage{old[a[i].from:a[i].to], WentOut})
			i++
		default:
			out = append(out, Passage{text[b[j].from:b[j].to], CameIn})
			j++
		}
	}
	return out
}
