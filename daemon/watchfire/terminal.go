package main

import (
	"io"
	"os"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// stdout and stderr are where commands print: what strangers wrote commands no terminal.
var stdout, stderr io.Writer = &visible{w: os.Stdout}, &visible{w: os.Stderr}

// visible shows the characters that command a terminal, turn the direction of writing or
// show nothing as \u202e, which is what JSON means by it too. Line feeds, tabs and the
// joiners of emoji pass. It holds back the beginning of a character until its end is written.
type visible struct {
	w io.Writer

	mu   sync.Mutex // guards part
	part []byte
}

// Write implements io.Writer.
func (v *visible) Write(b []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	in := slices.Concat(v.part, b)
	out := make([]byte, 0, len(in))
	for len(in) > 0 && utf8.FullRune(in) {
		r, n := utf8.DecodeRune(in)
		if unshown(r) {
			out = crisis.AppendSpelled(out, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
		in = in[n:]
	}
	v.part = in
	if _, err := v.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// unshown says whether a terminal would do something else with a character than show it.
// Of private use there are signs in the fonts of terminals.
func unshown(r rune) bool {
	return r != '\t' && !unicode.Is(unicode.Co, r) && crisis.Unseen(r)
}
