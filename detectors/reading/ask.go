package reading

import (
	_ "embed" // the cues
	"slices"
	"strings"
	"sync"

	"watchfire/crisis"
)

// ask.txt holds the cues of requests, of our own wording.
//
//go:embed ask.txt
var askText string

// The groups of cues that speak of danger.
const (
	askAppeal = iota // somebody asks to be helped
	askCry           // a cry for help, which people also raise over nothing
	askPlea          // somebody asks for anything
	askPeril         // what happens to people in danger
	askSelf          // it happens here and now
	askMine          // it happens to the writer: no report says so
	askDanger        // what nobody says of homework
	askReport        // told of others, told as over, or taught
	askPast          // told of years gone by
	askDrill         // an exercise or a film
	askFigure        // a figure of speech
	askGroups
)

var askRescueGroups = [askGroups]string{"appeal", "cry", "plea", "peril", "self", "mine", "danger", "report", "past", "drill", "figure"}

// askOrder are the other classes in the order in which they are tried: who is named
// by several is named by what binds us most.
var askOrder = []crisis.AskClass{
	crisis.AskMedia, crisis.AskTipOff, crisis.AskError, crisis.AskComplaint, crisis.AskSuggestion,
	crisis.AskQuestion, crisis.AskAbuse, crisis.AskEmotion,
}

// asks are the compiled cues, when they are first asked for: most commands read nothing.
var asks = sync.OnceValue(func() *askWords { return compileAsks(askText) })

type askWords struct {
	find   *automaton
	groups []uint8 // by word: a rescue group, or askGroups + 2·class, + 1 for a word that denies the class
}

func compileAsks(text string) *askWords {
	a := &askWords{}
	var words []string
	eachWord(text, func(group, word string) {
		a.groups = append(a.groups, askGroup(group))
		words = append(words, word)
	})
	a.find = newAutomaton(words)
	return a
}

// askGroup numbers a group by its name; an unknown one is a mistake of ours.
func askGroup(name string) uint8 {
	if i := slices.Index(askRescueGroups[:], name); i >= 0 {
		return uint8(i)
	}
	class, denies := strings.CutPrefix(name, "not")
	i := slices.Index(askOrder, crisis.AskClass(class))
	if i < 0 {
		panic("ask.txt: unknown group " + name)
	}
	n := uint8(askGroups + 2*i)
	if denies {
		n++
	}
	return n
}

// mostAsk is how many occurrences of cues are looked at.
const mostAsk = 96

// Ask says what the writer of a text needs of us, and the words that decided; "" when
// nothing. It knows the words only: whether a post is addressed to us is not its
// question. One pass over the text; nothing is allocated.
func (r *Reader) Ask(text Text) (class crisis.AskClass, why string) { return askOf(string(text)) }

func askOf(text string) (crisis.AskClass, string) {
	var buffer [mostAsk]wordAt
	found := buffer[:0]
	asks().find.find(text, func(w int32, end int) bool {
		if asks().find.whole(text, w, end) {
			found = append(found, wordAt{w, int32(end) - asks().find.lengths[w], int32(end)})
		}
		return len(found) < cap(found)
	})
	if len(found) == 0 {
		return "", ""
	}
	if why := rescue(text, found); why != "" {
		return crisis.AskRescue, why
	}
	for i, class := range askOrder {
		if why := askCue(text, found, uint8(askGroups+2*i)); why != "" {
			return class, why
		}
	}
	return "", ""
}

// rescue returns the words by which people in danger ask for help.
//
// An appeal counts unless it is reported, rehearsed or a figure of speech; a peril
// counts when it happens here and now; a cry, or a plea for anything, needs danger or
// people beside it. What happens to the writer is no report, and
// nobody says of homework that it burns.
func rescue(text string, found []wordAt) string {
	var first [askGroups]string
	for _, f := range found {
		if g := asks().groups[f.word]; g < askGroups && first[g] == "" {
			first[g] = text[f.begin:f.end]
		}
	}
	has := func(g int) bool { return first[g] != "" }
	switch {
	case has(askDrill), has(askFigure) && !has(askDanger), has(askReport) && !has(askMine):
		return ""
	case has(askAppeal) && (has(askMine) || !has(askPast)):
		return first[askAppeal]
	case has(askPast) && !has(askMine):
		return ""
	case has(askCry) && (has(askSelf) || has(askDanger) || has(askPeril)):
		return first[askCry]
	case has(askPlea) && has(askDanger) && has(askSelf):
		return first[askPlea]
	case has(askPeril) && has(askSelf) && !has(askPast):
		return first[askPeril]
	}
	return ""
}

// askCue returns the first cue of a class that no denial covers.
func askCue(text string, found []wordAt, group uint8) string {
	for _, f := range found {
		if asks().groups[f.word] != group {
			continue
		}
		if !slices.ContainsFunc(found, func(g wordAt) bool {
			return asks().groups[g.word] == group+1 && g.begin < f.end && f.begin < g.end
		}) {
			return text[f.begin:f.end]
		}
	}
	return ""
}
