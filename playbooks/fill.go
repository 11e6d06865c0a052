package playbooks

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"watchfire/crisis"
)

var (
	durationsType = reflect.TypeFor[Durations]()
	durationType  = reflect.TypeFor[time.Duration]()
	machineType   = reflect.TypeFor[Machine]()
	textType      = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// fill puts a node into v, notes where each key stands, and reports everything
// that does not fit. The decoder of the YAML library would stop at the first
// error and speak of Go types; a person who mends a plan wants all of them, in
// words, with the keys that exist.
func (s *source) fill(n ast.Node, v reflect.Value, key string) {
	if empty(n) {
		return // the same as leaving the key out; rules say which keys must be there
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		s.misfit(n, key, "write the value out", "YAML anchors, aliases and tags are not used in the library")
		return
	}
	t := v.Type()
	switch {
	case t == durationsType:
		s.fillDurations(n, v, key)
	case t == durationType:
		d, err := parseDuration(n)
		if err != nil {
			s.misfit(n, key, "", "%v", err)
		}
		v.SetInt(int64(d))
	case t == machineType:
		s.fillMachine(n, v, key)
	case reflect.PointerTo(t).Implements(textType):
		s.fillText(n, v, key)
	case t.Kind() == reflect.Struct:
		s.fillStruct(n, v, key)
	case t.Kind() == reflect.Map:
		s.fillMap(n, v, key)
	case t.Kind() == reflect.Slice:
		s.fillList(n, v, key)
	default:
		s.fillScalar(n, v, key)
	}
}

// misfit reports a problem at a node.
func (s *source) misfit(n ast.Node, key, fix, format string, args ...any) {
	s.report(key, fix, format, args...)
	if at := spotOf(n); at.line > 0 {
		last := &s.problems[len(s.problems)-1]
		last.Line, last.column = at.line, at.column
	}
}

func (s *source) fillStruct(n ast.Node, v reflect.Value, key string) {
	fields := fieldsOf(v.Type())
	pairs, ok := pairsOf(n)
	if !ok {
		s.misfit(n, key, "write the keys "+known(fields.names()), "want keys, found %s", kindOf(n))
		return
	}
	for _, p := range s.keys(pairs, key) {
		path := join(key, p.name)
		index, ok := fields[p.name]
		if !ok {
			fix := "the keys here are " + known(fields.names())
			if near := nearest(p.name, fields.names()); near != "" {
				fix = "did you mean " + near + "? " + fix
			}
			if empty(p.value) && strings.Contains(p.name, " ") {
				fix = "put the text that the comma cut in two into quotation marks; " + fix
			}
			s.misfit(p.key, path, fix, "unknown key %q", p.name)
			continue
		}
		s.fill(p.value, v.FieldByIndex(index), path)
	}
}

// keys notes where the keys of a mapping stand and leaves out those written twice.
func (s *source) keys(pairs []pair, key string) []pair {
	out := pairs[:0:0]
	seen := make(map[string]bool, len(pairs))
	for _, p := range pairs {
		path := join(key, p.name)
		if seen[p.name] {
			s.misfit(p.key, path, "keep one of the two", "the key is written twice")
			continue
		}
		seen[p.name] = true
		s.spots[path], s.filled[path] = spotOf(p.key), !empty(p.value)
		out = append(out, p)
	}
	return out
}

func (s *source) fillMap(n ast.Node, v reflect.Value, key string) {
	pairs, ok := pairsOf(n)
	if !ok {
		s.misfit(n, key, "write a name, a colon and what belongs to it", "want named entries, found %s", kindOf(n))
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(pairs)))
	for _, p := range s.keys(pairs, key) {
		e := reflect.New(v.Type().Elem()).Elem()
		s.fill(p.value, e, join(key, p.name))
		v.SetMapIndex(reflect.ValueOf(p.name), e)
	}
}

func (s *source) fillList(n ast.Node, v reflect.Value, key string) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		s.misfit(n, key, "write a list: [a, b] or lines that begin with -", "want a list, found %s", kindOf(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values)))
	for i, e := range list.Values {
		path := at(key, i)
		s.spots[path], s.filled[path] = entrySpot(e), !empty(e)
		if empty(e) {
			s.misfit(e, path, "remove the entry or fill it", "the entry is empty")
			continue
		}
		s.fill(e, v.Index(i), path)
	}
}

// entrySpot is where an entry of a list begins: at its first key, if it has keys.
func entrySpot(n ast.Node) spot {
	if pairs, ok := pairsOf(n); ok && len(pairs) > 0 {
		return spotOf(pairs[0].key)
	}
	return spotOf(n)
}

func (s *source) fillDurations(n ast.Node, v reflect.Value, key string) {
	out := Durations{}
	for _, e := range durationNode(n, func(l crisis.Level, d crisis.Span) { out[l] = d }) {
		s.misfit(e.node, key, "", "%v", e.err)
	}
	if pairs, ok := pairsOf(n); ok {
		s.keys(pairs, key)
	}
	v.Set(reflect.ValueOf(out))
}

// fillText reads a value that reads itself from text, such as a level.
func (s *source) fillText(n ast.Node, v reflect.Value, key string) {
	text, ok := scalarOf(n)
	if !ok {
		s.misfit(n, key, "write one value, without brackets and dashes", "want a text, found %s", kindOf(n))
		return
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			s.misfit(n, key, "", "%v", err)
		}
	}
}

func (s *source) fillScalar(n ast.Node, v reflect.Value, key string) {
	text, ok := scalarOf(n)
	if !ok {
		s.misfit(n, key, "write one value; put a text that begins with a bracket into quotation marks", "want one value, found %s", kindOf(n))
		return
	}
	want, fix, good := "a text", "", true
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		i, err := strconv.Atoi(text)
		v.SetInt(int64(i))
		want, fix, good = "a whole number", "write one such as 10", err == nil
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		want, fix, good = "a number", "write one such as 1.5", err == nil && f-f == 0 // neither infinite nor no number
	case reflect.Bool:
		v.SetBool(text == "true")
		want, fix, good = "true or false", "write one of the two, without quotation marks", text == "true" || text == "false"
	}
	if !good {
		s.misfit(n, key, fix, "want %s, found %q", want, text)
	}
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// fields are the keys of a struct and where they belong, inlined ones included.
type fields map[string][]int

func fieldsOf(t reflect.Type) fields {
	out := fields{}
	for f := range t.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			for k, index := range fieldsOf(f.Type) {
				out[k] = append(append([]int{}, f.Index...), index...)
			}
		case name != "" && name != "-":
			out[name] = f.Index
		}
	}
	return out
}

func (f fields) names() []string {
	out := make([]string, 0, len(f))
	for k := range f {
		out = append(out, k)
	}
	return out
}
