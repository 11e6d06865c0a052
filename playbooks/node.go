package playbooks

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// pair is one key of a mapping and its value.
type pair struct {
	name  string
	key   ast.Node
	value ast.Node
}

// pairsOf returns the keys of a mapping in the order of the file; false when the
// node is no mapping.
func pairsOf(n ast.Node) ([]pair, bool) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, false
	}
	out := make([]pair, 0, len(values))
	for _, v := range values {
		name := ""
		if v.Key != nil && v.Key.GetToken() != nil {
			name = v.Key.GetToken().Value
		}
		out = append(out, pair{name: name, key: v.Key, value: v.Value})
	}
	return out, true
}

// scalarOf returns the text of a plain value; false for lists, mappings and nothing.
func scalarOf(n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// empty says whether a key has no value at all.
func empty(n ast.Node) bool {
	if n == nil {
		return true
	}
	_, null := n.(*ast.NullNode)
	return null
}

// kindOf names what a node is, for messages.
func kindOf(n ast.Node) string {
	if empty(n) {
		return "nothing"
	}
	if _, ok := pairsOf(n); ok {
		return "keys"
	}
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.StringNode, *ast.LiteralNode:
		return "a text"
	}
	return strings.ToLower(n.Type().String())
}

// spot is a place in a file; both numbers count from 1, 0 is unknown.
type spot struct{ line, column int }

func spotOf(n ast.Node) spot {
	if n == nil {
		return spot{}
	}
	return spotOfToken(n.GetToken())
}

func spotOfToken(t *token.Token) spot {
	if t == nil || t.Position == nil {
		return spot{}
	}
	return spot{t.Position.Line, t.Position.Column}
}

// nearest returns the known name that was probably meant: the closest within two
// edits, or the first that begins as written; "" if there is none.
func nearest(written string, known []string) string {
	best, at := "", 3
	var longer []string
	for _, k := range known {
		if d := distance(written, k); d < at && d < len([]rune(k)) {
			best, at = k, d
		}
		if len(written) > 2 && strings.HasPrefix(k, written) {
			longer = append(longer, k)
		}
	}
	if best == "" && len(longer) > 0 {
		return slices.Min(longer)
	}
	return best
}

// distance is the number of single-character edits between two names.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		prev := row[0]
		row[0] = i + 1
		for j := range y {
			cost := prev
			if x[i] != y[j] {
				cost++
			}
			prev = row[j+1]
			row[j+1] = min(cost, prev+1, row[j]+1)
		}
	}
	return row[len(y)]
}

// known lists names for a message, sorted.
func known(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
