package reading

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// sentence makes a text of n characters that no other shares, from common characters.
func sentence(r *rand.Rand, n int) []rune {
	out := make([]rune, n)
	for i := range out {
		out[i] = rune(0x4e00 + r.IntN(3000))
	}
	return out
}

// edits are what people and tools do to a text before they post it again.
var edits = map[string]func(r *rand.Rand, s []rune) []rune{
	"5 characters appended":   func(_ *rand.Rand, s []rune) []rune { return append(s, []rune("求扩散转发")...) },
	"11 characters prepended": func(_ *rand.Rand, s []rune) []rune { return append([]rune("刚刚看到的消息大家注意"), s...) },
	"5 % changed": func(r *rand.Rand, s []rune) []rune {
		for range len(s) / 20 {
			s[r.IntN(len(s))] = '某'
		}
		return s
	},
	"20 % cut off": func(_ *rand.Rand, s []rune) []rune { return s[:len(s)*4/5] },
}

// TestGroupsFindEdits: of lightly edited copies among 2,000 other texts at least
// 98 in a hundred are found, on texts as long as real ones.
func TestGroupsFindEdits(t *testing.T) {
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			g := NewGroups(time.Hour)
			var texts [][]rune
			for range 2000 {
				texts = append(texts, sentence(r, 40+r.IntN(50)))
			}
			var groups []uint64
			for _, s := range texts {
				groups = append(groups, g.Of(SketchOf(string(s)), noon))
			}
			found := 0
			for i, s := range texts {
				if g.Of(SketchOf(string(edit(r, append([]rune(nil), s...)))), noon) == groups[i] {
					found++
				}
			}
			if share := float64(found) / float64(len(texts)); share < 0.98 {
				t.Errorf("%.1f %% of the copies found, want 98", 100*share)
			}
		})
	}
}

// TestGroupsFindEditsOfRealTexts does so on real posts of other lengths.
func TestGroupsFindEditsOfRealTexts(t *testing.T) {
	path := packPath(t, "sentiment", "train-zh.tsv.gz")
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			g := NewGroups(time.Hour)
			found, total, joined := 0, 0, 0
			packLines(t, path, 4000, func(line string) {
				s := []rune(line[strings.IndexByte(line, '\t')+1:])
				if len(s) < 40 || len(s) > 90 {
					return
				}
				total++
				sketch := SketchOf(string(s))
				group := g.Of(sketch, noon)
				if group != sketch.exact {
					joined++
				}
				if g.Of(SketchOf(string(edit(r, append([]rune(nil), s...)))), noon) == group {
					found++
				}
			})
			t.Logf("%.2f %% of %d copies found; %d texts joined an earlier group", 100*float64(found)/float64(total), total, joined)
			if 100*found < 98*total {
				t.Errorf("%d of %d copies found, want 98 %%", found, total)
			}
		})
	}
}

// TestGroupsKeepApart: unrelated texts are not joined.
func TestGroupsKeepApart(t *testing.T) {
	g := NewGroups(time.Hour)
	seen := map[uint64]string{}
	for _, text := range sampleTexts(t) {
		group := g.Of(SketchOf(text), noon)
		if other, ok := seen[group]; ok && group != 0 {
			t.Errorf("joined: %q and %q", text, other)
		}
		seen[group] = text
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		s := SketchOf(string(sentence(r, 12+r.IntN(60))))
		if g.Of(s, noon) != s.exact {
			t.Fatal("an unrelated text joined a group")
		}
	}
}

// TestGroupsShort: a text of fewer than twelve characters is a copy only of itself.
func TestGroupsShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[水火土木金云川]{1,10}`).Draw(t, "text")
		g := NewGroups(time.Hour)
		a := g.Of(SketchOf(text), noon)
		if b := g.Of(SketchOf(" "+text+"！"), noon); b != a {
			t.Fatal("marks and spaces make another text of it")
		}
		if b := g.Of(SketchOf(text+"日"), noon); b == a {
			t.Fatal("a longer short text is in the same group")
		}
	})
}

func TestGroupsEmpty(t *testing.T) {
	g := NewGroups(time.Hour)
	for _, text := range []string{"", "！！！", " \n", "……"} {
		if got := g.Of(SketchOf(text), noon); got != 0 {
			t.Errorf("group of %q = %d, want 0", text, got)
		}
	}
	if g.Of(SketchOf("😂"), noon) == 0 {
		t.Error("a symbol says nothing")
	}
}

// TestGroupsForget: a text is known for keep and forgotten after twice that.
func TestGroupsForget(t *testing.T) {
	text := strings.Repeat("自来水有异味", 5)
	g := NewGroups(time.Hour)
	first := g.Of(SketchOf(text), noon)
	for i, at := range []time.Duration{30 * time.Minute, 89 * time.Minute} {
		if got := g.Of(SketchOf(text+strings.Repeat("啊", i+1)), noon.Add(at)); got != first {
			t.Errorf("after %v the text is unknown", at)
		}
	}
	g.Of(SketchOf("别的"), noon.Add(3*time.Hour))
	g.Of(SketchOf("再别的"), noon.Add(5*time.Hour))
	if _, ok := g.known(SketchOf(text).exact); ok {
		t.Error("the text is known after five hours")
	}
}

// TestGroupsSeed: a restart puts a stored text back into its group.
func TestGroupsSeed(t *testing.T) {
	text := strings.Repeat("自来水有异味", 5)
	g := NewGroups(time.Hour)
	g.Seed(SketchOf(text), 42, noon)
	if got := g.Of(SketchOf(text+"求扩散"), noon); got != 42 {
		t.Errorf("group = %d, want 42", got)
	}
}

// TestGroupsBounded: however many texts come within keep, the tables stay within
// their limit, and the last texts are still known.
func TestGroupsBounded(t *testing.T) {
	g := NewGroups(time.Hour)
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 3 * mostSlots / (bands + 1) {
		s := Sketch{exact: r.Uint64() | 1, size: bands}
		for j := range s.keys {
			s.keys[j] = r.Uint64()
		}
		group := g.Of(s, noon)
		if i%1000 == 0 && g.Of(s, noon) != group {
			t.Fatalf("text %d is forgotten at once", i)
		}
	}
	for name, x := range map[string]*index{"young": g.young, "old": g.old} {
		if len(x.slots) > mostSlots || x.used >= len(x.slots) {
			t.Errorf("%s: %d of %d slots in use", name, x.used, len(x.slots))
		}
	}
}

// TestGroupsSame: the same texts in the same order give the same groups.
func TestGroupsSame(t *testing.T) {
	run := func() string {
		g := NewGroups(time.Minute)
		var out []string
		for i, text := range sampleTexts(t) {
			at := noon.Add(time.Duration(i) * 10 * time.Second)
			out = append(out, fmt.Sprint(g.Of(SketchOf(text), at), g.Of(SketchOf(text+"转"), at)))
		}
		return strings.Join(out, " ")
	}
	if a, b := run(), run(); a != b {
		t.Error("two runs differ")
	}
}
