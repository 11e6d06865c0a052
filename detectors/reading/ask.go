package reading

import (
	"cmp"
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
	askAppeal  = iota // somebody asks to be helped
	askCry            // a cry for help, which people also raise over nothing
	askPlea           // somebody asks for anything
	askPeril          // what happens to people in danger
	askSelf           // it happens here and now
	askMine           // it happens to the writer: no report says so
	askDanger         // what nobody says of homework
	askReport         // told of others, told as over, or taught
	askPast           // told of years gone by
	askDrill          // an exercise or a film
	askFigure         // a figure of speech
	askDepth          // how high something stands, a peril where it is water
	askWater          // water
	askHazard         // what threatens life
	askStuck          // somebody cannot get away, or others are to come
	askKin            // people
	askService        // what the public is served with
	askFault          // what is wrong with it
	askGroups
)

var askRescueGroups = [askGroups]string{
	"appeal", "cry", "plea", "peril", "self", "mine", "danger", "report", "past", "drill", "figure",
	"depth", "water", "hazard", "stuck", "kin", "service", "fault",
}

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
const mostAsk = 128

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
	if why := rescue(text, found); why != "" {
		return crisis.AskRescue, why
	}
	for i, class := range askOrder {
		if class == crisis.AskAbuse { // what nobody put into words of complaint
			if why := faulty(text, found); why != "" {
				return crisis.AskComplaint, why
			}
		}
		if why := askCue(text, found, uint8(askGroups+2*i)); why != "" {
			return class, why
		}
	}
	if why := askedAtEnd(text); why != "" {
		return crisis.AskQuestion, why
	}
	return "", ""
}

// faulty returns the fault that a text finds with what the public is served with.
func faulty(text string, found []wordAt) string {
	service, fault := false, ""
	for _, f := range found {
		switch asks().groups[f.word] {
		case askService:
			service = true
		case askFault:
			fault = cmp.Or(fault, text[f.begin:f.end])
		}
	}
	if !service {
		return ""
	}
	return fault
}

// askEnds are the particles that make a question of what stands before them.
var askEnds = [...]string{"吗", "么", "不", "没", "没有", "啵", "嘛"}

// askedAtEnd returns the particle at the end of a text that makes it a question, or its
// question mark: 你们周六上班不, 发票丢了还可以报吗. What ends one clause among several
// is found only with 吗, because 不 and 没 mostly stand within a sentence.
func askedAtEnd(text string) string {
	bare := strings.TrimRight(text, " ?？。.!！~～…\n")
	if strings.Count(bare, "") < 4 {
		return ""
	}
	for _, end := range askEnds {
		if before, ok := strings.CutSuffix(bare, end); ok && !strings.HasSuffix(before, "什") && !strings.HasSuffix(before, "这") && !strings.HasSuffix(before, "那") && !strings.HasSuffix(before, "怎") {
			return end
		}
	}
	return ""
}

// rescue returns the words by which people in danger ask for help.
//
// An appeal counts unless it is reported, rehearsed or a figure of speech; a peril
// counts when it happens here and now; a cry, or a plea for anything, needs danger or
// people beside it. What threatens life, who is there and that they cannot get away are
// a call even in words that no list of perils has, unless a journalist asks. What happens to the writer is no report, and
// nobody says of homework that it burns.
func rescue(text string, found []wordAt) string {
	var first [askGroups]string
	for _, f := range found {
		if g := asks().groups[f.word]; g < askGroups && first[g] == "" {
			first[g] = text[f.begin:f.end]
		}
	}
	has := func(g int) bool { return first[g] != "" }
	depth := has(askDepth) && has(askWater) && has(askKin)
	if depth {
		first[askPeril], first[askDanger] = cmp.Or(first[askPeril], first[askDepth]), cmp.Or(first[askDanger], first[askDepth])
	}
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
	case has(askPeril) && has(askSelf) && !has(askPast) && (depth || together(found, askPeril, askSelf)):
		return first[askPeril]
	case together(found, askHazard, askStuck, askKin) && !has(askFigure) && !has(askPast) && askCue(text, found, askGroups) == "":
		return first[askHazard]
	}
	return ""
}

// oneCall is how long a call for help is, in bytes: what stands further apart in a long
// story is no call.
const oneCall = 180

// together says whether words of all these groups stand in one stretch of a text.
func together(found []wordAt, groups ...uint8) bool {
	for i := range found {
		seen := 0
		for _, g := range groups {
			for _, f := range found[i:] {
				if f.begin-found[i].begin > oneCall {
					break
				}
				if asks().groups[f.word] == g {
					seen++
					break
				}
			}
		}
		if seen == len(groups) {
			return true
		}
	}
	return false
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
