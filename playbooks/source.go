package playbooks

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of a file of the library: the longest plan that anybody has read to its
// end is far shorter, and none is that deep.
const (
	maxFile  = 1 << 19
	maxDepth = 500
)

// source is one file of the library: what it says, and where each key stands.
type source struct {
	file     string
	spots    map[string]spot // by key path such as steps[3].role
	filled   map[string]bool // keys with a value
	problems Problems
}

// report adds a problem at the key; a key that is not in the file is reported at
// the nearest key around it.
func (s *source) report(key, fix, format string, args ...any) {
	at := s.at(key)
	s.problems = append(s.problems, Problem{
		File: s.file, Line: at.line, column: at.column, Key: key, What: fmt.Sprintf(format, args...), Fix: fix,
	})
}

func (s *source) at(key string) spot {
	for key != "" {
		if p, ok := s.spots[key]; ok {
			return p
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return spot{line: 1, column: 1}
}

// has says whether the file writes the key with a value.
func (s *source) has(key string) bool { return s.filled[key] }

// decode reads YAML into v, a pointer to a struct. It reports every unknown key,
// wrong kind of value, anchor and alias, not only the first.
func decode(file string, data []byte, v any) *source {
	s := &source{file: file, spots: map[string]spot{}, filled: map[string]bool{}}
	if err := sane(data); err != nil {
		s.report("", "", "%v", err)
		return s
	}
	root, err := parse(data)
	if err != nil {
		s.refuse(err)
		return s
	}
	target := reflect.ValueOf(v).Elem()
	if root == nil {
		s.report("", "write the keys "+known(fieldsOf(target.Type()).names()), "the file is empty")
		return s
	}
	s.fill(root, target, "")
	return s
}

// sane refuses what would keep the parser busy for minutes: its time grows with
// the square of the depth.
func sane(data []byte) error {
	if len(data) > maxFile {
		return fmt.Errorf("the file has %d bytes or more, split it: a plan has fewer than %d", len(data), maxFile)
	}
	depth, dashes := 0, 0
	for i, c := range data {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		case '\n':
			dashes = 0
		case '-', '?', ':':
			if i+1 < len(data) && data[i+1] == ' ' {
				dashes++
			}
		}
		if depth > maxDepth || dashes > maxDepth {
			return fmt.Errorf("line %d nests deeper than any plan: close the brackets", bytes.Count(data[:i], []byte("\n"))+1)
		}
	}
	return nil
}

// parse returns the one document of a file. The YAML parser is not our code and
// plans are written by hand: what makes it panic is a malformed file, not a reason
// to stop the daemon.
func parse(data []byte) (root ast.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("the YAML cannot be read: %v", r)
		}
	}()
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, err
	}
	for _, d := range f.Docs {
		if d.Body == nil {
			continue
		}
		if root != nil {
			return nil, &yaml.SyntaxError{Message: "a second document begins here: remove the --- line", Token: d.GetToken()}
		}
		root = d.Body
	}
	return root, nil
}

// refuse reports an error of the YAML library at the place it names.
func (s *source) refuse(err error) {
	p := Problem{File: s.file, Line: 1, What: err.Error(), Fix: "mend the YAML at this line"}
	if y, ok := errors.AsType[yaml.Error](err); ok {
		at := spotOfToken(y.GetToken())
		p.Line, p.column, p.What = at.line, at.column, strings.TrimSpace(y.GetMessage())
	}
	if strings.Contains(p.What, "already defined") {
		p.Fix = "keep one of the two"
	}
	s.problems = append(s.problems, p)
}
