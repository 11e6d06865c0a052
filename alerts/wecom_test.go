package alerts

import (
	"strings"
	"testing"
	"unicode/utf8"

	"watchfire/crisis"
)

// TestWeComChecklistFirst gives an alert with more proof than fits: what is to be
// done, by when and by whom comes whole and first, and the proof ends at a sentence.
func TestWeComChecklistFirst(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		a := sample(crisis.AlertRaised, lang)
		for range 40 {
			a.Signals = append(a.Signals, a.Signals[0])
		}
		got, words := wecomOf(a), tell(a)
		if len(got) > 4096 || len(got) < 3600 || !utf8.ValidString(got) {
			t.Errorf("%s: %d bytes, want most of 4096", lang, len(got))
		}
		last := -1
		for _, want := range []string{words.changed, words.next, "1) ", "2) ", words.redLine[:6], words.nobody, words.why} {
			i := strings.Index(got, want)
			if i <= last {
				t.Errorf("%s: %q stands at %d, after %d: %s", lang, want, i, last, got)
			}
			last = i
		}
		body, ok := strings.CutSuffix(got, "…\n["+words.open+"]("+a.Link+")\n"+words.number+a.Incident)
		if end := strings.TrimRight(body, "0123456789%"); !ok || end == body {
			t.Errorf("%s: the end is %.300s", lang, got[len(got)-300:])
		}
	}
}

// TestWeComKinds lays every kind of alert out with all of its lines.
func TestWeComKinds(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for _, c := range cases(lang) {
			got := wecomOf(c.alert)
			for _, section := range tell(c.alert).sections() {
				for _, l := range section {
					words, address := l.split()
					if !strings.Contains(got, plainly(words)) && address != c.alert.Link || !strings.Contains(got, address) {
						t.Errorf("%s %s: %q is missing in %s", lang, c.name, l.text, got)
					}
				}
			}
		}
	}
}
