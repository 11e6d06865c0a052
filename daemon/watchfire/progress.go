package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows on a terminal how far long work is.
type progress struct {
	w     io.Writer // nil: nobody watches
	now   func() time.Time
	shown time.Time // when a line was last written, zero while none stands there
	next  time.Time // before this nothing is written: a terminal is slow
}

// newProgress writes to standard error, if that is a terminal.
func newProgress() *progress {
	p := &progress{now: time.Now}
	if isTerminal(os.Stderr) {
		p.w = os.Stderr
	}
	return p
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show says that done of all are done.
func (p *progress) show(done, all int) {
	if p.w == nil {
		return
	}
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.shown, p.next = now, now.Add(200*time.Millisecond)
	fmt.Fprintf(p.w, "\r\x1b[K%3d %%  %d of %d posts", 100*done/max(all, 1), done, all)
}

// clear takes the line away, to make room for output.
func (p *progress) clear() {
	if p.w != nil && !p.shown.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = time.Time{}
	}
}
