package alerts

import (
	"strings"
	"testing"

	"watchfire/crisis"
)

// TestRemedy holds that trouble of every class comes with something to do, in both
// languages, and that the advice of its own cause goes first.
func TestRemedy(t *testing.T) {
	for class := range zh.classes {
		for lang, want := range map[string]string{"zh": remedies[class].zh, "en": remedies[class].en} {
			a := crisis.Alert{Kind: crisis.AlertBlind, Lang: lang, Title: "x", Trouble: &crisis.Trouble{Source: "x", Class: class}}
			if want == "" || !strings.Contains(Text(a), want) {
				t.Errorf("%s, %s: %q does not say what to do", class, lang, Text(a))
			}
			a.Trouble.Fix = "换一根网线"
			if text := Text(a); !strings.Contains(text, "换一根网线") || strings.Contains(text, want) {
				t.Errorf("%s, %s: %q hides the advice of the cause", class, lang, text)
			}
		}
	}
}
