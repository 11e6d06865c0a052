package crisis

import "slices"

// Specimen is what must be known of a post to choose among many those that show
// what they have in common.
type Specimen struct {
	Group    uint64 // near-duplicate group, 0: a text of its own
	Source   string
	Author   uint64 // 0: unknown
	Negative bool
	Poor     bool // has hardly any words of its own
}

// Exemplars chooses at most most posts of a list in order of time and returns their
// places, the best first: one of each near-duplicate group, its first; the most
// spread groups first, of those alike the negative ones; and as long as there are
// any, posts of sources and authors that were not chosen yet. Where the mood is what
// it is about, the negative groups come before all others.
func Exemplars(list []Specimen, most int, mood bool) []int {
	first, copies := groups(list)
	rank := func(i int) int {
		n := 2 * min(copies[i], 50)
		switch {
		case list[i].Negative && mood:
			n += 1000
		case list[i].Negative:
			n++
		}
		if list[i].Poor {
			n -= 5000
		}
		return n
	}
	slices.SortStableFunc(first, func(a, b int) int { return rank(b) - rank(a) })
	var out []int
	for pass := range 3 { // another source and author; another author; whatever is left
		for _, i := range first {
			if len(out) >= most {
				return out
			}
			same := func(j int) bool {
				author := list[i].Author != 0 && list[j].Author == list[i].Author
				return j == i || pass < 2 && author || pass < 1 && list[j].Source == list[i].Source
			}
			if (pass == 2 || !list[i].Poor) && !slices.ContainsFunc(out, same) {
				out = append(out, i)
			}
		}
	}
	return out
}

// groups returns the place of the first post of each group, and how many posts
// each of those stands for.
func groups(list []Specimen) (first []int, copies map[int]int) {
	copies = map[int]int{}
	place := map[uint64]int{}
	for i := range list {
		g := list[i].Group
		if at, ok := place[g]; ok && g != 0 {
			copies[at]++
			continue
		}
		place[g] = i
		first = append(first, i)
		copies[i] = 1
	}
	return first, copies
}
