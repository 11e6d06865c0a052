package crisis

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestExemplars(t *testing.T) {
	for _, c := range []struct {
		name string
		list []Specimen
		want []int
		mood []int
	}{
		{"nothing", nil, nil, nil},
		{"the first of a group", []Specimen{{Group: 1, Author: 1}, {Group: 1, Author: 2}}, []int{0}, []int{0}},
		{"texts of their own", []Specimen{{}, {}}, []int{0, 1}, []int{0, 1}},
		{"the most spread first", []Specimen{{Group: 1}, {Group: 2}, {Group: 2}}, []int{1, 0}, []int{1, 0}},
		{"another source first", []Specimen{{Group: 1, Source: "a", Author: 1}, {Group: 2, Source: "a", Author: 2}, {Group: 3, Source: "b", Author: 3}}, []int{0, 2, 1}, []int{0, 2, 1}},
		{"another author first", []Specimen{{Group: 1, Author: 1}, {Group: 2, Author: 1}, {Group: 3, Author: 2}}, []int{0, 2, 1}, []int{0, 2, 1}},
		{"negative ones", []Specimen{{Group: 1}, {Group: 1}, {Group: 2, Negative: true}, {Group: 3}}, []int{0, 2, 3}, []int{2, 0, 3}},
		{"an empty repost last", []Specimen{{Group: 1, Poor: true, Negative: true}, {Group: 1, Poor: true}, {Group: 2}}, []int{2, 0}, []int{2, 0}},
		{"no more than asked for", []Specimen{{Group: 1}, {Group: 2}, {Group: 3}, {Group: 4}}, []int{0, 1, 2}, []int{0, 1, 2}},
	} {
		if got := Exemplars(c.list, 3, false); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := Exemplars(c.list, 3, true); !slices.Equal(got, c.mood) {
			t.Errorf("%s, about mood: %v, want %v", c.name, got, c.mood)
		}
	}
}

// TestExemplarsProperties checks for any posts that none is chosen twice, no text is
// shown twice, and the most spread text comes first.
func TestExemplarsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Specimen {
			return Specimen{
				Group: rapid.Uint64Range(0, 6).Draw(t, "group"), Source: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "source"),
				Author: rapid.Uint64Range(0, 5).Draw(t, "author"),
			}
		})).Draw(t, "list")
		got := Exemplars(list, 5, rapid.Bool().Draw(t, "mood"))
		copies := map[uint64]int{}
		for _, s := range list {
			copies[s.Group]++
		}
		copies[0] = min(copies[0], 1)
		if len(got) == 0 && len(list) > 0 {
			t.Fatal("nothing was chosen")
		}
		seen := map[uint64]bool{}
		for _, i := range got {
			if g := list[i].Group; g != 0 && seen[g] {
				t.Fatalf("%v shows text %d twice", got, g)
			}
			seen[list[i].Group] = true
		}
		for g, n := range copies {
			if len(got) > 0 && n > copies[list[got[0]].Group] {
				t.Fatalf("text %d has %d copies, but %v comes first", g, n, list[got[0]])
			}
		}
		if sorted := slices.Compact(slices.Sorted(slices.Values(got))); len(sorted) != len(got) {
			t.Fatalf("%v names a post twice", got)
		}
	})
}
