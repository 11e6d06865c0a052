package playbooks

import (
	_ "embed" // the texts
	"slices"
	"strings"
	"testing"
)

var (
	//go:embed testdata/replies.tsv
	repliesFirst string
	//go:embed testdata/replies_more.tsv
	repliesMore string
	// repliesHeld are texts that no rule was written for: what the rules are worth on
	// words they have not met.
	//go:embed testdata/replies_held.tsv
	repliesHeld string
)

// replyDesk is what is on record of the texts whose kind ends in +desk.
var replyDesk = Desk{
	Issuer: "江州市应急管理局", Account: "江州市应急管理局", Secrecy: "李敏", Complainants: []string{"周小满"},
	Previous: []string{"截至11月26日20时，事故造成3人死亡、5人受伤。"},
}

// TestReplyTexts holds how many texts that break a rule are caught, and that texts as an
// office writes them pass without an objection.
func TestReplyTexts(t *testing.T) {
	lib := shippedLibrary(t)
	for name, c := range map[string]struct {
		texts         string
		caught, alarm int // the floor of those caught, the ceiling of false alarms
	}{
		"replies":      {repliesFirst, 63, 0},
		"replies_more": {repliesMore, 44, 0},
		"replies_held": {repliesHeld, 18, 0},
	} {
		var caught, broken, alarms, clean int
		for line := range strings.Lines(c.texts) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			part := strings.SplitN(strings.TrimSpace(line), "\t", 3)
			if len(part) != 3 {
				t.Fatalf("%s: not three columns: %q", name, line)
			}
			kind, desk := strings.CutSuffix(part[0], "+desk")
			draft := Draft{Kind: kind, Text: part[2]}
			if desk {
				draft.Desk = &replyDesk
			}
			found := lib.LintReply(draft)
			if part[1] == "-" {
				clean++
				if len(found) > 0 {
					alarms++
					t.Logf("%s: %s objects to %q: %s", name, found[0].Rule, found[0].Found, part[2])
				}
				continue
			}
			if broken++; slices.ContainsFunc(found, func(o Objection) bool { return o.Rule == part[1] }) {
				caught++
			} else {
				t.Logf("%s: %s misses: %s", name, part[1], part[2])
			}
		}
		t.Logf("%s: caught %d of %d, false alarms %d of %d", name, caught, broken, alarms, clean)
		if caught < c.caught || alarms > c.alarm {
			t.Errorf("%s: caught %d and %d false alarms, want at least %d and at most %d", name, caught, alarms, c.caught, c.alarm)
		}
	}
}
