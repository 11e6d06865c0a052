package playbooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a file of the library, and how to mend it.
type Problem struct {
	File   string // as the folder names it
	Line   int    // from 1; 0 when the file as a whole is meant
	Key    string // as written, such as steps[3].due_after
	What   string // what is wrong
	Fix    string // what to write instead
	column int
}

// String returns "file:line: key: what: fix".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.What)
	if p.Fix != "" {
		b.WriteString("; " + p.Fix)
	}
	return b.String()
}

// Problems are all that is wrong with a library, in the order of files and lines.
// Load returns them as its error.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.column, b.column),
			cmp.Compare(a.Key, b.Key), cmp.Compare(a.What, b.What))
	})
}
