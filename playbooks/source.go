package playbooks

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds a file of the library: the longest plan that anybody has read to
// its end is far shorter.
const maxFile = 1 << 20

// source is one file of the library: what it says, and where each key stands.
type source struct {
	file     string
	spots    map[string]spot // by key path such as steps[3].role
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
func (s *source) has(key string) bool {
	_, ok := s.spots[key]
	return ok
}

// decode reads YAML into v, a pointer to a struct. Every unknown key, wrong kind
// of value, anchor and alias is reported, not only the first; v is filled only
// when there is nothing to report.
func decode(file string, data []byte, v any) *source {
	s := &source{file: file, spots: map[string]spot{}}
	if len(data) > maxFile {
		s.report("", "split it", "the file has %d bytes, more than %d", len(data), maxFile)
		return s
	}
	root, err := parse(data)
	if err != nil {
		s.refuse(err)
		return s
	}
	if root == nil {
		s.report("", "write the keys "+known(keysOf(reflect.TypeOf(v).Elem())), "the file is empty")
		return s
	}
	s.shape(root, reflect.TypeOf(v).Elem(), "")
	if len(s.problems) > 0 {
		return s
	}
	if err := yaml.NodeToValue(root, v, yaml.Strict()); err != nil {
		s.refuse(err)
	}
	return s
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
			return nil, errors.New("the file holds more than one document: keep one, without a --- line between keys")
		}
		root = d.Body
	}
	return root, nil
}

// refuse reports an error of the YAML library at the place it names.
func (s *source) refuse(err error) {
	p := Problem{File: s.file, Line: 1, What: err.Error(), Fix: "mend the YAML at this line"}
	var y yaml.Error
	if errors.As(err, &y) {
		at := spotOfToken(y.GetToken())
		p.Line, p.column, p.What = at.line, at.column, strings.TrimSpace(y.GetMessage())
	}
	var double *yaml.DuplicateKeyError
	if errors.As(err, &double) {
		p.Fix = "keep one of the two"
	}
	s.problems = append(s.problems, p)
}
