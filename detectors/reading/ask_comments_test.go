package reading

import (
	_ "embed" // the comments
	"strings"
	"testing"

	"watchfire/crisis"
)

// testdata/asks_comments.tsv and asks_more.tsv hold comments of our own as people write
// them on platforms: dialect, slips of the keyboard, irony, no punctuation.
var (
	//go:embed testdata/asks_comments.tsv
	asksComments string
	//go:embed testdata/asks_more.tsv
	asksMore string
)

// TestAskComments holds how well comments are read: calls for help above all.
func TestAskComments(t *testing.T) {
	floors := map[crisis.AskClass][2]float64{ // precision, recall
		crisis.AskRescue:     {0.95, 0.94},
		crisis.AskMedia:      {0.9, 0.85},
		crisis.AskTipOff:     {0.9, 0.95},
		crisis.AskError:      {0.9, 0.95},
		crisis.AskComplaint:  {0.95, 0.95},
		crisis.AskSuggestion: {0.9, 0.95},
		crisis.AskQuestion:   {0.9, 0.95},
		crisis.AskAbuse:      {0.9, 0.95},
		crisis.AskEmotion:    {0.85, 0.9},
		"":                   {0.85, 0.9},
	}
	hit, named, meant := map[crisis.AskClass]int{}, map[crisis.AskClass]int{}, map[crisis.AskClass]int{}
	for line := range strings.Lines(asksComments + asksMore) {
		label, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			t.Fatalf("no tab in %q", line)
		}
		want := crisis.AskClass(label)
		if label == "none" {
			want = ""
		}
		got, why := askOf(fold(text))
		meant[want]++
		named[got]++
		if got == want {
			hit[got]++
			continue
		}
		t.Logf("%s: %q by %q, want %q", text, got, why, want)
	}
	for class, floor := range floors {
		precision, recall := float64(hit[class])/float64(max(named[class], 1)), float64(hit[class])/float64(max(meant[class], 1))
		t.Logf("%-10s n %3d precision %.2f recall %.2f", class, meant[class], precision, recall)
		if precision < floor[0] || recall < floor[1] {
			t.Errorf("%q: precision %.2f, recall %.2f, want %.2f and %.2f", class, precision, recall, floor[0], floor[1])
		}
	}
}
