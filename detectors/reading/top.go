package reading

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Said is a text with what must be known of it to count how many say something.
type Said struct {
	Text   string
	Author string // empty: unknown
	Print  uint64 // near-duplicate group
}

const (
	fewestSaid  = 3   // texts that a telling phrase stands in
	smallestTop = 2.0 // signed root of the Poisson deviance of a telling phrase
	leastBefore = 50  // texts that are taken to have been there before, at least
	mostTop     = 60  // grams that are extended to phrases
)

// TopPhrases returns what texts say and the texts before them did not, the most
// telling first, at most most phrases. An author and a text each count at most
// twice. Parts of the known words, by which the texts were chosen, tell nothing.
func TopPhrases(now, before []Said, known []string, most int) []string {
	f := &Phrases{}
	n := map[uint64]int{}
	counted := f.tally(now, true, func(h uint64) { n[h]++ })
	for h, c := range n {
		if c < fewestSaid || 20*c < counted {
			delete(n, h)
		}
	}
	usual := map[uint64]int{}
	m := f.tally(before, false, func(h uint64) {
		if n[h] > 0 {
			usual[h]++
		}
	})
	share := float64(counted) / (float64(max(m, leastBefore)) + 0.5)
	odds := map[uint64]float64{}
	seeds := map[uint64]*seed{}
	for h, c := range n {
		if x := rise(float64(c), (float64(usual[h])+0.5)*share); x >= smallestTop {
			odds[h] = x
		}
	}
	for i := range f.recent {
		units := f.recent[i].units
		for k := range units {
			gramsAt(units, k, func(h uint64, _ int) {
				if odds[h] > 0 && seeds[h] == nil {
					seeds[h] = &seed{hash: h, first: units[k]}
				}
			})
		}
	}
	order := f.locate(seeds)
	slices.SortStableFunc(order, func(a, b *seed) int { return cmp.Compare(odds[b.hash], odds[a.hash]) })
	return f.tell(order[:min(len(order), mostTop)], known, most)
}

// tally calls use for every gram of texts, capped by author and by text, and
// returns how many texts were counted. Those that are kept become recent.
func (f *Phrases) tally(texts []Said, keep bool, use func(h uint64)) (counted int) {
	authors, prints := map[string]int{}, map[uint64]int{}
	for i := range texts {
		t := &texts[i]
		if t.Author != "" && authors[t.Author] >= 2 || t.Print != 0 && prints[t.Print] >= 2 {
			continue
		}
		authors[t.Author]++
		prints[t.Print]++
		counted++
		s := utterance{text: ownWords(fold(capped(t.Text)))}
		s.units = unitsOf(f.space.cut(s.text))
		for _, h := range f.space.distinct(s.units) {
			use(h)
		}
		if keep {
			f.recent = append(f.recent, s)
		}
	}
	return counted
}

// tell extends seeds, in their order, to phrases that say different things.
func (f *Phrases) tell(seeds []*seed, known []string, most int) []string {
	var out []string
	for _, s := range seeds {
		if len(out) == most {
			break
		}
		text := f.whole(s)
		if adds(text, known) && !slices.ContainsFunc(out, func(p string) bool { return akin(p, text) }) {
			out = append(out, text)
		}
	}
	return out
}

// adds says whether a phrase says more than the known words: it is no part of one,
// and what it has beside them is long enough to be a phrase.
func adds(text string, known []string) bool {
	rest := text
	for _, w := range known {
		w = fold(w)
		if strings.Contains(w, text) {
			return false
		}
		if w != "" {
			rest = strings.ReplaceAll(rest, w, "")
		}
	}
	return utf8.RuneCountInString(rest) >= shortGram
}
