package playbooks

import (
	_ "embed" // the sentences
	"strings"
	"testing"
	"time"
)

var (
	//go:embed testdata/promised_notices.txt
	promisedNotices string
	//go:embed testdata/promised_more.txt
	promisedMore string
	// promisedHeld are sentences that no rule was written for: what the rules are worth
	// on words they have not met.
	//go:embed testdata/promised_held.txt
	promisedHeld string
)

// TestPromisedTexts holds how many times that notices give are read, and how few are
// read into sentences that give none.
func TestPromisedTexts(t *testing.T) {
	now := time.Date(2026, 11, 26, 15, 20, 0, 0, time.FixedZone("", 8*3600))
	for name, c := range map[string]struct {
		texts             string
		precision, recall float64
	}{
		"notices": {promisedNotices, 0.97, 0.95},
		"more":    {promisedMore, 0.96, 0.93},
		"held":    {promisedHeld, 0.93, 0.87},
	} {
		var right, wrong, missed int
		for line := range strings.Lines(c.texts) {
			text, want, ok := strings.Cut(strings.TrimSpace(line), "=>")
			if strings.HasPrefix(line, "#") || !ok {
				continue
			}
			open := map[string]bool{}
			for due := range strings.SplitSeq(want, ",") {
				if due = strings.TrimSpace(due); due != "" {
					open[due] = true
				}
			}
			for _, g := range Promised(strings.TrimSpace(text), now, nil) {
				due := g.Due.Format("01-02 15:04")
				if g.Every > 0 {
					due += " " + strings.TrimSuffix(g.Every.String(), "0m0s")
				}
				if !open[due] {
					wrong++
					t.Logf("%s: %s is read into %s", name, due, text)
				} else {
					right++
				}
				delete(open, due)
			}
			for due := range open {
				missed++
				t.Logf("%s: %s is missed in %s", name, due, text)
			}
		}
		precision, recall := float64(right)/float64(max(right+wrong, 1)), float64(right)/float64(max(right+missed, 1))
		t.Logf("%s: %d times, precision %.3f recall %.3f", name, right+missed, precision, recall)
		if precision < c.precision || recall < c.recall {
			t.Errorf("%s: precision %.3f, recall %.3f, want %.2f and %.2f", name, precision, recall, c.precision, c.recall)
		}
	}
}
