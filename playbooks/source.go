package playbooks

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

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
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if line, what, fix := foreign(data); line > 0 {
		s.problems = append(s.problems, Problem{File: file, Line: line, What: what, Fix: fix})
		return s
	}
	root, err := parse(data)
	if err != nil {
		s.refuse(err, data)
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

// foreign finds the line on which a file is not text in UTF-8. Editors of Chinese
// Windows may write GBK, which would be read as other characters without complaint.
func foreign(data []byte) (line int, what, fix string) {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		line = bytes.Count(data[:i], []byte("\n")) + 1
		switch {
		case r == utf8.RuneError && size == 1:
			return line, "the file is not UTF-8 here", "save it as UTF-8; in 记事本: 另存为, 编码 UTF-8"
		case r < ' ' && !strings.ContainsRune("\t\n\r", r):
			return line, fmt.Sprintf("a control character (%U) stands here", r), "delete it; if there are many, save the file as UTF-8"
		}
		i += size
	}
	return 0, "", ""
}

// wideColon is a key that is followed by the colon of Chinese text.
var wideColon = regexp.MustCompile(`^\s*(?:- *)?([a-z][a-z_]*)：`)

// causes are what most often lies behind the words of the YAML library.
var causes = []struct{ words, fix string }{
	{"already defined", "keep one of the two"},
	{"second document", "or move what follows into a file of its own"},
	{"'\t'", "write spaces instead of the tab"},
	{"must be specified", "close the bracket or the quotation mark that is open here; a text with a comma, a bracket or a colon stands in quotation marks"},
	{"end character of", "close the quotation mark that opens here"},
	{"not allowed in this context", "begin the line as far to the right as the keys beside it, and put a text with a colon into quotation marks"},
	{"value is not allowed", "begin the line as far to the right as the keys beside it"},
	{"non-map value", "write a key, a colon and a space before the value"},
}

// refuse reports an error of the YAML library at the place it names.
func (s *source) refuse(err error, data []byte) {
	p := Problem{File: s.file, Line: 1, What: err.Error(), Fix: "mend the YAML at this line"}
	if y, ok := errors.AsType[yaml.Error](err); ok {
		at := spotOfToken(y.GetToken())
		p.Line, p.column, p.What = at.line, at.column, strings.TrimSpace(y.GetMessage())
	}
	for _, c := range causes {
		if strings.Contains(p.What, c.words) {
			p.Fix = c.fix
			break
		}
	}
	lines := strings.Split(string(data), "\n")
	for n := max(p.Line-2, 0); n < min(p.Line+1, len(lines)); n++ {
		if m := wideColon.FindStringSubmatch(lines[n]); m != nil {
			p.Line, p.column = n+1, 1
			p.What, p.Fix = "the key "+m[1]+" is followed by the colon of Chinese text", "write \""+m[1]+": \" with a half-width colon and a space"
		}
	}
	s.problems = append(s.problems, p)
}
