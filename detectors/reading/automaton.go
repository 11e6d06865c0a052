package reading

// automaton finds many words in one pass over a text (Aho and Corasick 1975). It
// works on bytes of folded UTF-8; states are rows of a table, one column per byte
// value that any word has. It is read-only after build.
type automaton struct {
	column  [256]uint8 // 0: no word has this byte
	width   int
	next    []int32 // state × column: where the row of the next state begins, negated if words end there
	ends    []int32 // by state: first of its outputs in chain, -1 for none
	chain   []link
	lengths []int32 // by word
}

// link is one word that ends in a state, and the next such word.
type link struct{ word, next int32 }

// newAutomaton compiles folded, non-empty words. The id of a word is its place.
func newAutomaton(words []string) *automaton {
	a := &automaton{width: 1}
	for _, w := range words {
		for i := range len(w) {
			if a.column[w[i]] == 0 {
				a.column[w[i]] = uint8(min(a.width, 255))
				a.width++
			}
		}
	}
	a.row()
	for id, w := range words {
		state := int32(0)
		for i := range len(w) {
			at := int(state)*a.width + int(a.column[w[i]])
			if a.next[at] == 0 {
				a.next[at] = a.row()
			}
			state = a.next[at]
		}
		a.chain = append(a.chain, link{int32(id), a.ends[state]})
		a.ends[state] = int32(len(a.chain) - 1)
		a.lengths = append(a.lengths, int32(len(w)))
	}
	a.fail()
	a.pack()
	return a
}

// pack lets transitions say where a row begins and whether words end there: then a step
// through a text is one look-up, and nearly no step has a word.
func (a *automaton) pack() {
	for i, state := range a.next {
		a.next[i] = state * int32(a.width)
		if a.ends[state] >= 0 {
			a.next[i] = ^a.next[i]
		}
	}
}

func (a *automaton) row() int32 {
	a.next = append(a.next, make([]int32, a.width)...)
	a.ends = append(a.ends, -1)
	return int32(len(a.ends) - 1)
}

// fail replaces every missing transition by that of the longest suffix, breadth
// first, and joins the outputs of suffixes.
func (a *automaton) fail() {
	suffix := make([]int32, len(a.ends))
	queue := []int32{}
	for c := range a.width {
		if s := a.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		a.join(s, suffix[s])
		for c := range a.width {
			at := int(s)*a.width + c
			down := a.next[int(suffix[s])*a.width+c]
			if t := a.next[at]; t != 0 {
				suffix[t] = down
				queue = append(queue, t)
			} else {
				a.next[at] = down
			}
		}
	}
}

// join appends the outputs of state from to those of state to.
func (a *automaton) join(to, from int32) {
	if a.ends[from] < 0 {
		return
	}
	if a.ends[to] < 0 {
		a.ends[to] = a.ends[from]
		return
	}
	last := a.ends[to]
	for a.chain[last].next >= 0 {
		last = a.chain[last].next
	}
	a.chain[last].next = a.ends[from]
}

// find calls f with the word and the place behind it for every occurrence in text,
// which is folded. f returns false to stop.
func (a *automaton) find(text string, f func(word int32, end int) bool) {
	row := int32(0)
	for i := range len(text) {
		row = a.next[int(row)+int(a.column[text[i]])]
		if row >= 0 {
			continue
		}
		row = ^row
		for e := a.ends[int(row)/a.width]; e >= 0; e = a.chain[e].next {
			if !f(a.chain[e].word, i+1) {
				return
			}
		}
	}
}

// whole says whether an occurrence of Latin letters or digits stands alone: cat is
// not in education, 15 not in 150. A letter beside a digit is a border: people write
// iPhone15Pro for what a topic calls iPhone or iPhone15. Chinese needs no such guard.
func (a *automaton) whole(text string, word int32, end int) bool {
	begin := end - int(a.lengths[word])
	if begin > 0 && joined(text[begin-1], text[begin]) {
		return false
	}
	return end == len(text) || !joined(text[end-1], text[end])
}

// joined says whether two bytes belong to the same Latin word or number.
func joined(a, b byte) bool {
	return wordByte(a) && wordByte(b) && digit(a) == digit(b)
}
