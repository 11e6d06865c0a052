package reading

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// occurrences lists every place behind every word, as the automaton finds them.
func occurrences(a *automaton, text string) []string {
	var out []string
	a.find(text, func(w int32, end int) bool {
		out = append(out, fmt.Sprintf("%d@%d", w, end))
		return true
	})
	slices.Sort(out)
	return out
}

// naive lists the same by trying every word at every place.
func naive(words []string, text string) []string {
	var out []string
	for id, w := range words {
		for end := len(w); end <= len(text); end++ {
			if strings.HasSuffix(text[:end], w) {
				out = append(out, fmt.Sprintf("%d@%d", id, end))
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestAutomaton compares it with the naive search on overlapping words.
func TestAutomaton(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfNDistinct(rapid.StringMatching(`[ab水火]{1,4}`), 0, 12, rapid.ID[string]).Draw(t, "words")
		text := rapid.StringMatching(`[abc水火土]{0,40}`).Draw(t, "text")
		if got, want := occurrences(newAutomaton(words), text), naive(words, text); !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, want %v", words, text, got, want)
		}
	})
}

// FuzzAutomaton does so for any bytes.
func FuzzAutomaton(f *testing.F) {
	f.Add("he,she,his,hers", "ushers")
	f.Add("自来水,水,来水厂", "自来水厂")
	f.Add("\xff,\xe5", "\xe5\xff\xe5")
	f.Fuzz(func(t *testing.T, list, text string) {
		var words []string
		for w := range strings.SplitSeq(list, ",") {
			if w != "" && !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
		if len(words) > 50 || len(list) > 1000 || len(text) > 1000 {
			t.Skip("too much for the naive search")
		}
		if got, want := occurrences(newAutomaton(words), text), naive(words, text); !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, want %v", words, text, got, want)
		}
	})
}

func TestAutomatonStops(t *testing.T) {
	n := 0
	newAutomaton([]string{"水"}).find("水水水水", func(int32, int) bool {
		n++
		return n < 2
	})
	if n != 2 {
		t.Errorf("%d calls after the second said stop", n)
	}
}

// FuzzTrie: the trie holds exactly its words, each at its cost.
func FuzzTrie(f *testing.F) {
	f.Add("自来水,自来,水厂,a,ab", "水厂长")
	f.Fuzz(func(t *testing.T, list, other string) {
		if len(list) > 2000 {
			t.Skip("enough is enough")
		}
		want := map[string]float32{}
		var words []priced
		for i, w := range strings.Split(strings.ToValidUTF8(list, ""), ",") {
			words = append(words, priced{w, float32(i + 1)})
			if _, ok := want[w]; !ok && w != "" {
				want[w] = float32(i + 1)
			}
		}
		built, err := newTrie(words)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := openTrie(built.bytes())
		if err != nil {
			t.Fatal(err)
		}
		want[other] += 0
		for w, cost := range want {
			if got := lookUp(opened, w); w != "" && got != cost {
				t.Fatalf("cost of %q = %v, want %v", w, got, cost)
			}
		}
	})
}

func lookUp(t *trie, word string) float32 {
	state, slot := uint32(0), t.root()
	for _, r := range word {
		code := t.code(r)
		if code == 0 {
			return 0
		}
		var ok bool
		if state, slot, ok = t.step(slot, state, code); !ok {
			return 0
		}
	}
	return t.cost(slot)
}
