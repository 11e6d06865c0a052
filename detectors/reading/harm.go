package reading

import (
	_ "embed" // the words
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// harm.txt holds words of harm of our own, and the words that deny them.
//
//go:embed harm.txt
var harmText string

// harms are the compiled words of harm, when they are first asked for.
var harms = sync.OnceValue(func() *harmWords { return compileHarm(harmText) })

type harmWords struct {
	find   *automaton
	denies []bool // by word
}

// near is how many characters before or behind a word of harm a word that denies it
// may stand: 无人员伤亡, 火灾应急演练.
const near = 6

// mostHarm is how many occurrences are looked at.
const mostHarm = 64

func compileHarm(text string) *harmWords {
	h := &harmWords{}
	var words []string
	eachWord(text, func(group, word string) {
		words = append(words, word)
		h.denies = append(h.denies, group == "not")
	})
	h.find = newAutomaton(words)
	return h
}

// eachWord calls f for the words of a list, folded: one group a line, its name first;
// _ is a space, and a line that begins with # is a remark.
func eachWord(text string, f func(group, word string)) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		for _, w := range words[1:] {
			f(words[0], fold(strings.ReplaceAll(w, "_", " ")))
		}
	}
}

// wordAt is where a word stands in a text.
type wordAt struct{ word, begin, end int32 }

// harm counts the different words of harm in a folded text. Words that are denied,
// or belong to an exercise, a film or a campaign of prevention, do not count.
func harm(text string) int {
	var buffer [mostHarm]wordAt
	found := buffer[:0]
	harms().find.find(text, func(w int32, end int) bool {
		if harms().find.whole(text, w, end) {
			found = append(found, wordAt{w, int32(end) - harms().find.lengths[w], int32(end)})
		}
		return len(found) < cap(found)
	})
	var words [mostHarm]int32
	n := 0
	for _, f := range found {
		if !harms().denies[f.word] && !slices.Contains(words[:n], f.word) && !denied(text, f, found) {
			words[n] = f.word
			n++
		}
	}
	return n
}

// denied says whether a word that denies stands near a word of harm, in the same
// clause.
func denied(text string, harm wordAt, found []wordAt) bool {
	for _, f := range found {
		if !harms().denies[f.word] {
			continue
		}
		var between string
		switch {
		case f.end <= harm.begin:
			between = text[f.end:harm.begin]
		case f.begin >= harm.end:
			between = text[harm.end:f.begin]
		default:
			return true // 无人受伤 denies what is in it
		}
		if reach(between) {
			return true
		}
	}
	return false
}

// reach says whether a stretch of text is short and within one clause. A word of
// Latin letters is as long as a Chinese one of two characters.
func reach(between string) bool {
	if len(between) == 0 {
		return true
	}
	if len(between) > near*utf8.UTFMax || strings.ContainsAny(between, "，。！？；,.!?;\n") {
		return false
	}
	n := utf8.RuneCountInString(between)
	return n <= near || n == len(between) && strings.Count(between, " ") <= near/2
}
