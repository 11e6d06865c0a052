package crisis

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var levels = []Level{LevelNone, LevelI, LevelII, LevelIII, LevelIV}

// TestLevelText holds that every level survives being written and read.
func TestLevelText(t *testing.T) {
	for i, want := range []string{"", "I", "II", "III", "IV"} {
		if got := levels[i].String(); got != want {
			t.Errorf("level %d is written %q, want %q", i, got, want)
		}
		b, err := json.Marshal(levels[i])
		if err != nil || string(b) != `"`+want+`"` {
			t.Errorf("level %d is encoded as %s, %v", i, b, err)
		}
		var back Level
		if err := json.Unmarshal(b, &back); err != nil || back != levels[i] {
			t.Errorf("%s is read as %v, %v", b, back, err)
		}
	}
	for in, want := range map[string]Level{"\tiii\n": LevelIII, "iv": LevelIV, "": LevelNone} {
		if got, err := ParseLevel(in); err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"V", "1", "IIII", "Level(7)"} {
		was := LevelII
		if err := was.UnmarshalText([]byte(in)); err == nil || was != LevelII {
			t.Errorf("%q is read as %v, %v, want an error and no change", in, was, err)
		}
	}
	for l, want := range map[Level]string{7: "Level(7)", -1: "Level(-1)"} {
		if got := l.String(); got != want {
			t.Errorf("a level out of range is written %q, want %q", got, want)
		}
	}
}

// TestLevelOrder holds that levels are ordered, I the gravest and none the least.
func TestLevelOrder(t *testing.T) {
	order := []Level{LevelI, LevelII, LevelIII, LevelIV, LevelNone} // gravest first
	for i, a := range order {
		for j, b := range order {
			if got := a.Graver(b); got != (i < j) {
				t.Errorf("%v.Graver(%v) = %v", a, b, got)
			}
			if got := Gravest(a, b); got != order[min(i, j)] {
				t.Errorf("Gravest(%v, %v) = %v, want %v", a, b, got, order[min(i, j)])
			}
		}
	}
}

// TestByLevel holds that the entry without a level serves those that have none.
func TestByLevel(t *testing.T) {
	by := ByLevel{LevelNone: {Time: time.Hour}, LevelI: {Time: 10 * time.Minute}, LevelII: {}}
	for l, want := range (ByLevel{LevelI: {Time: 10 * time.Minute}, LevelII: {}, LevelIII: {Time: time.Hour}, LevelNone: {Time: time.Hour}}) {
		if got, ok := by.At(l); !ok || got != want {
			t.Errorf("at level %v: %v, %v, want %v", l, got, ok, want)
		}
	}
	for _, by := range []ByLevel{nil, {LevelI: {Time: time.Hour}}} {
		if got, ok := by.At(LevelIV); ok || got != (Span{}) {
			t.Errorf("%v at level IV: %v, %v, want none", by, got, ok)
		}
	}
	by[LevelII] = Span{Days: 3}
	b, err := json.Marshal(by)
	var back ByLevel
	if err != nil || json.Unmarshal(b, &back) != nil || len(back) != len(by) || back[LevelI] != by[LevelI] || back[LevelII] != by[LevelII] {
		t.Errorf("%s is read as %v, %v", b, back, err)
	}
}

// TestApplies holds that a step without levels is part of every plan.
func TestApplies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.SliceOfDistinct(rapid.SampledFrom(levels[1:]), func(l Level) Level { return l }).Draw(t, "levels")
		l := rapid.SampledFrom(levels).Draw(t, "level")
		want := len(of) == 0
		for _, x := range of {
			want = want || x == l
		}
		if got := (&Step{Levels: of}).Applies(l); got != want {
			t.Fatalf("a step of %v applies at %v: %v", of, l, got)
		}
	})
}
