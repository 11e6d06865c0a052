package reading

import (
	_ "embed" // the words
	"strings"
	"sync"
	"time"

	"watchfire/crisis"
)

// claim.txt holds the words by which claims are known.
//
//go:embed claim.txt
var claimText string

// claimWords are the compiled words of claims, when they are first asked for.
var claimWords = sync.OnceValue(func() *claimList { return compileClaims(claimText) })

// The groups of words in claim.txt, as bits.
const (
	saysRumour = 1 << iota
	saysDenial
	saysHeading
	saysPhrase
	saysRecall
)

type claimList struct {
	find   *automaton
	groups []uint8 // by word
}

func compileClaims(text string) *claimList {
	groups := map[string]uint8{
		"rumour": saysRumour, "denies": saysDenial, "heading": saysHeading, "phrase": saysPhrase, "recalls": saysRecall,
	}
	c := &claimList{}
	var words []string
	eachWord(text, func(group, word string) {
		words = append(words, word)
		c.groups = append(c.groups, groups[group])
	})
	c.find = newAutomaton(words)
	return c
}

// says returns the groups of which a folded text has a word. A heading counts in the
// opening of the text only: a notice begins with what it is.
func (c *claimList) says(text string) (groups uint8) {
	c.find.find(text, func(w int32, end int) bool {
		if g := c.groups[w]; g&groups == 0 && (g != saysHeading || end <= opening) && c.find.whole(text, w, end) {
			groups |= g
		}
		return true
	})
	return groups
}

// opening is where a heading must have ended, in bytes: fifty Chinese characters.
const opening = 150

// claims returns what should be checked of a folded text that was published at the
// given time and has so many words of harm.
func claims(text string, published time.Time, harm int) []crisis.Claim {
	says := claimWords().says(text)
	var out []crisis.Claim
	if says&saysRumour != 0 && says&saysDenial == 0 {
		out = append(out, crisis.ClaimRumour)
	}
	if harm > 0 && says&saysRecall == 0 && longPast(text, published) {
		out = append(out, crisis.ClaimOld)
	}
	if says&saysHeading != 0 && says&saysPhrase != 0 {
		out = append(out, crisis.ClaimImitation)
	}
	return out
}

// pastFor is how long a year must be over to be long past.
const pastFor = 180 * 24 * time.Hour

// longPast says whether a text dates what it tells to years long past and to none
// since. A year counts where it stands as a date: 2019年, 2019-3, 2019.3.12, in 2019
// or March 2019.
func longPast(text string, published time.Time) bool {
	if published.IsZero() {
		return false
	}
	last := published.Add(-pastFor).Year() - 1 // the last year that is long past
	old := false
	for i := 0; i+4 <= len(text); i++ {
		if !digit(text[i]) || i > 0 && digit(text[i-1]) {
			continue
		}
		year, ok := yearAt(text, i)
		switch {
		case !ok:
		case year > last:
			return false
		default:
			old = true
		}
	}
	return old
}

// yearAt returns the year that is written as a date at i.
func yearAt(text string, i int) (int, bool) {
	year := 0
	for _, c := range []byte(text[i : i+4]) {
		if !digit(c) {
			return 0, false
		}
		year = 10*year + int(c-'0')
	}
	if year < 1949 || year > 2100 {
		return 0, false
	}
	rest := text[i+4:]
	if strings.HasPrefix(rest, "年") || len(rest) > 1 && strings.IndexByte("-./", rest[0]) >= 0 && digit(rest[1]) {
		return year, true
	}
	if rest != "" && wordByte(rest[0]) {
		return 0, false
	}
	before := strings.TrimRight(text[:i], " ,")
	word := before[strings.LastIndexByte(before, ' ')+1:]
	return year, word == "in" || len(word) >= 3 && strings.Contains(months, " "+word+" ")
}

const months = " january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec "
