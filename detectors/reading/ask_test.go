package reading

import (
	"bufio"
	_ "embed" // the texts
	"strings"
	"testing"

	"watchfire/crisis"
)

// testdata/asks.tsv holds texts of our own, each behind the class a person gives it.
//
//go:embed testdata/asks.tsv
var asksTable string

// TestAsks reads texts as people write them, hard ones among them.
func TestAsks(t *testing.T) {
	type tally struct{ hit, missed, wrong int }
	sums := map[crisis.AskClass]*tally{}
	of := func(c crisis.AskClass) *tally {
		if sums[c] == nil {
			sums[c] = &tally{}
		}
		return sums[c]
	}
	lines := bufio.NewScanner(strings.NewReader(asksTable))
	for lines.Scan() {
		label, text, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			t.Fatalf("no tab in %q", lines.Text())
		}
		want := crisis.AskClass(label)
		if label == "none" {
			want = ""
		}
		got, why := askOf(fold(text))
		if (got == "") != (why == "") {
			t.Errorf("%s: class %q without its cue, or a cue without class: %q", text, got, why)
		}
		if got == want {
			of(want).hit++
			continue
		}
		of(want).missed++
		of(got).wrong++
		t.Logf("%s: %q by %q, want %q", text, got, why, want)
	}
	for _, class := range append([]crisis.AskClass{""}, crisis.AskClasses...) {
		s := of(class)
		recall := float64(s.hit) / float64(max(s.hit+s.missed, 1))
		precision := float64(s.hit) / float64(max(s.hit+s.wrong, 1))
		t.Logf("%-10s n %2d precision %.2f recall %.2f", class, s.hit+s.missed, precision, recall)
		if s.hit+s.missed < 15 {
			t.Errorf("%q has %d examples, want 15", class, s.hit+s.missed)
		}
		if precision < 0.9 || recall < 0.9 {
			t.Errorf("%q: precision %.2f, recall %.2f, want 0.9 of both", class, precision, recall)
		}
	}
}

// testdata/asks_held.tsv holds texts that were written after the cues and that no cue
// was written for: what the rules are worth on words they have not met. They find
// two of five calls for help there, so people must go on reading.
//
//go:embed testdata/asks_held.tsv
var asksHeld string

// TestAsksUnseen holds how many of the unseen texts are read rightly, so that a change
// of the cues cannot quietly trade one for another.
func TestAsksUnseen(t *testing.T) {
	var hit, missed, wrong int
	for line := range strings.Lines(asksHeld) {
		label, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			t.Fatalf("no tab in %q", line)
		}
		class, why := askOf(fold(text))
		got, want := class == crisis.AskRescue, label == string(crisis.AskRescue)
		switch {
		case got && want:
			hit++
		case want:
			missed++
			t.Logf("missed: %s", text)
		case got:
			wrong++
			t.Logf("wrong by %q: %s", why, text)
		}
	}
	t.Logf("rescue: found %d of %d, wrong %d", hit, hit+missed, wrong)
	if hit < 5 || wrong > 1 {
		t.Errorf("found %d, wrong %d, want at least 5 and at most 1", hit, wrong)
	}
}

func TestAskAllocatesNothing(t *testing.T) {
	text := fold("我们在三楼出不去，水位还在涨，快来人救命")
	if n := testing.AllocsPerRun(100, func() { askOf(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzAsk(f *testing.F) {
	f.Add("我们在三楼出不去")
	f.Add("Please help us, trapped on the roof")
	f.Fuzz(func(t *testing.T, text string) {
		folded := fold(text)
		class, why := askOf(folded)
		if (class == "") != (why == "") || !strings.Contains(folded, why) {
			t.Errorf("class %q by %q", class, why)
		}
	})
}
