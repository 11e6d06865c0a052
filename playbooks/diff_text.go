package playbooks

import (
	"fmt"
	"slices"
	"strings"
)

// stretch is a part of two texts: kept in both, only in the old, or only in the new.
type stretch[T any] struct {
	sign  byte // ' ', '-' or '+'
	items []T
}

// maxCompared bounds the work of a comparison, old length times new length. What is
// longer than that and differs throughout is shown as replaced as a whole.
const maxCompared = 4 << 20

// compare returns the shortest way from one list to the other, what goes before what
// comes.
func compare[T comparable](a, b []T) []stretch[T] {
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA--
		endB--
	}
	var out []stretch[T]
	add := func(sign byte, items ...T) {
		if n := len(out); len(items) > 0 && n > 0 && out[n-1].sign == sign {
			out[n-1].items = append(out[n-1].items, items...)
		} else if len(items) > 0 {
			out = append(out, stretch[T]{sign, slices.Clone(items)})
		}
	}
	add(' ', a[:start]...)
	compareMiddle(a[start:endA], b[start:endB], add)
	add(' ', a[endA:]...)
	return out
}

// compareMiddle hands on the way between two lists that begin and end differently,
// by their longest common subsequence.
func compareMiddle[T comparable](a, b []T, add func(byte, ...T)) {
	if len(a)*len(b) > maxCompared {
		add('-', a...)
		add('+', b...)
		return
	}
	common := make([][]int, len(a)+1) // lengths for the rests from i and j
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			if x == y {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			add(' ', a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			add('-', a[i])
			i++
		default:
			add('+', b[j])
			j++
		}
	}
}

// inline shows what changed within a text: what was taken out as [-…-], what was put
// in as {+…+}. Where little is left of the old text, both are shown whole.
func inline(old, changed string) string {
	edits := compare([]rune(old), []rune(changed))
	kept, longest := 0, max(len([]rune(old)), len([]rune(changed)))
	for _, e := range edits {
		if e.sign == ' ' {
			kept += len(e.items)
		}
	}
	if kept*3 < longest {
		edits = []stretch[rune]{{'-', []rune(old)}, {'+', []rune(changed)}}
	}
	var b strings.Builder
	for _, e := range joinShort(edits) {
		switch text := string(e.items); e.sign {
		case '-':
			b.WriteString("[-" + text + "-]")
		case '+':
			b.WriteString("{+" + text + "+}")
		default:
			b.WriteString(text)
		}
	}
	return b.String()
}

// joinShort counts single characters that stayed between two changes as changed:
// confetti is harder to read than a phrase.
func joinShort(edits []stretch[rune]) []stretch[rune] {
	var out []stretch[rune]
	var gone, come []rune
	flush := func() {
		if len(gone) > 0 {
			out = append(out, stretch[rune]{'-', gone})
		}
		if len(come) > 0 {
			out = append(out, stretch[rune]{'+', come})
		}
		gone, come = nil, nil
	}
	for i, e := range edits {
		short := e.sign == ' ' && len(e.items) < 2 && i > 0 && i < len(edits)-1
		switch {
		case e.sign == '-' || short:
			gone = append(gone, e.items...)
			if short {
				come = append(come, e.items...)
			}
		case e.sign == '+':
			come = append(come, e.items...)
		default:
			flush()
			out = append(out, e)
		}
	}
	flush()
	return out
}

// around is how many lines of context a unified difference shows.
const around = 3

// Unified returns the unified difference of two files, line by line, as patch reads
// it; "" when they are equal.
func Unified(oldName, newName string, old, changed []byte) string {
	edits := compare(linesOf(old), linesOf(changed))
	type line struct {
		sign         byte
		text         string
		oldAt, newAt int
	}
	var lines []line
	oldAt, newAt := 1, 1
	for _, e := range edits {
		for _, text := range e.items {
			lines = append(lines, line{e.sign, text, oldAt, newAt})
			if e.sign != '+' {
				oldAt++
			}
			if e.sign != '-' {
				newAt++
			}
		}
	}
	var b strings.Builder
	for i := 0; i < len(lines); {
		if lines[i].sign == ' ' {
			i++
			continue
		}
		last := i // the last change of this stretch
		for j := i; j < len(lines) && j-last <= 2*around; j++ {
			if lines[j].sign != ' ' {
				last = j
			}
		}
		from, to := max(i-around, 0), min(last+around+1, len(lines))
		var before, after int
		var body strings.Builder
		for _, l := range lines[from:to] {
			if l.sign != '+' {
				before++
			}
			if l.sign != '-' {
				after++
			}
			body.WriteString(string(l.sign) + l.text + "\n")
		}
		if b.Len() == 0 {
			fmt.Fprintf(&b, "--- %s\n+++ %s\n", oldName, newName)
		}
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n%s", start(lines[from].oldAt, before), before, start(lines[from].newAt, after), after, body.String())
		i = to
	}
	return b.String()
}

// start is where a stretch begins; one without lines begins after the line before.
func start(at, lines int) int {
	if lines == 0 {
		return at - 1
	}
	return at
}

func linesOf(data []byte) []string {
	text := strings.TrimSuffix(string(data), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
