package playbooks

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCompare holds that the old and the new text can be read out of the difference.
func TestCompare(t *testing.T) {
	got := Compare("一火情。三人受伤。原因在查。", "一火情。五人受伤。原因在查。将于18时更新。")
	want := []Passage{{"一火情。", Stays}, {"三人受伤。", WentOut}, {"五人受伤。", CameIn}, {"原因在查。", Stays}, {"将于18时更新。", CameIn}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	sentences := rapid.SliceOfN(rapid.SampledFrom([]string{"甲。", "乙。", "丙。", "丁。"}), 0, 12)
	rapid.Check(t, func(r *rapid.T) {
		old, text := strings.Join(sentences.Draw(r, "old"), ""), strings.Join(sentences.Draw(r, "text"), "")
		if old == "" {
			return
		}
		var a, b strings.Builder
		for _, run := range Compare(old, text) {
			if run.Change != CameIn {
				a.WriteString(run.Text)
			}
			if run.Change != WentOut {
				b.WriteString(run.Text)
			}
		}
		if a.String() != old || b.String() != text {
			r.Fatalf("%q and %q come back as %q and %q", old, text, a.String(), b.String())
		}
	})
}

// TestFillStatement holds that what is not known stays open.
func TestFillStatement(t *testing.T) {
	text, open := FillStatement("{{org}}：{{n}}人，{{n}}户，{{what}}", map[string]string{"org": "新闻办", "n": "3"})
	if text != "新闻办：3人，3户，{{what}}" || !slices.Equal(open, []string{"what"}) {
		t.Errorf("%q, open %v", text, open)
	}
}
