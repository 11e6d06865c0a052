package daemon

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// places finds the keys of a configuration file again, for faults that show only
// when the whole is understood.
type places struct {
	file string
	root ast.Node
}

// at puts file and line before an error. The path has keys and, for lists,
// numbers; what of it the file does not have is left off.
func (p *places) at(err error, path ...any) error {
	if p == nil {
		return err
	}
	node, line := p.root, 1
	for _, step := range path {
		next := ast.Node(nil)
		switch step := step.(type) {
		case string:
			entries, _ := mapping(node)
			for _, e := range entries {
				if keyOf(e) == step {
					next, line = e.Value, e.Key.GetToken().Position.Line
				}
			}
		case int:
			if seq, ok := node.(*ast.SequenceNode); ok && step < len(seq.Values) {
				next = seq.Values[step]
				line = firstLine(next)
			}
		}
		if next == nil {
			break
		}
		node = next
	}
	return fmt.Errorf("%s:%d: %w", p.file, line, err)
}

// firstLine is the line on which a node begins.
func firstLine(n ast.Node) int {
	if entries, ok := mapping(n); ok && len(entries) > 0 {
		return entries[0].Key.GetToken().Position.Line
	}
	return n.GetToken().Position.Line
}
