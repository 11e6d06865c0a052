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

// shape compares a node with the Go type it is meant for, notes where each key
// stands, and reports what does not fit. It goes before the decoder because the
// decoder stops at the first error and speaks of Go types.
func (s *source) shape(n ast.Node, t reflect.Type, key string) {
	if empty(n) {
		return // the same as leaving the key out; rules say which keys must be there
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		s.misfit(n, key, "write the value out", "YAML anchors, aliases and tags are not used in the library")
		return
	}
	switch {
	case t == durationsType:
		for _, e := range durationNode(n, func(crisis.Level, time.Duration) {}) {
			s.misfit(e.node, key, "", "%v", e.err)
		}
	case t == durationType:
		if _, err := parseDuration(n); err != nil {
			s.misfit(n, key, "", "%v", err)
		}
	case t == machineType:
		s.shapeMachine(n, key)
	case reflect.PointerTo(t).Implements(textType):
		s.shapeText(n, t, key)
	case t.Kind() == reflect.Struct:
		s.shapeStruct(n, t, key)
	case t.Kind() == reflect.Map:
		s.shapeMap(n, t, key)
	case t.Kind() == reflect.Slice:
		s.shapeList(n, t, key)
	default:
		s.shapeScalar(n, t, key)
	}
}

func (s *source) misfit(n ast.Node, key, fix, format string, args ...any) {
	s.report(key, fix, format, args...)
	if at := spotOf(n); at.line > 0 {
		last := &s.problems[len(s.problems)-1]
		last.Line, last.column = at.line, at.column
	}
}

func (s *source) shapeStruct(n ast.Node, t reflect.Type, key string) {
	pairs, ok := pairsOf(n)
	if !ok {
		s.misfit(n, key, "write the keys "+known(keysOf(t)), "want keys, found %s", kindOf(n))
		return
	}
	fields := fieldsOf(t)
	seen := map[string]bool{}
	for _, p := range pairs {
		path := join(key, p.name)
		f, ok := fields[p.name]
		switch {
		case !ok:
			fix := "the keys here are " + known(keysOf(t))
			if near := nearest(p.name, keysOf(t)); near != "" {
				fix = "did you mean " + near + "? " + fix
			}
			s.misfit(p.key, path, fix, "unknown key %q", p.name)
			continue
		case seen[p.name]:
			s.misfit(p.key, path, "keep one of the two", "the key is written twice")
			continue
		}
		seen[p.name] = true
		if !empty(p.value) {
			s.spots[path] = spotOf(p.key)
		}
		s.shape(p.value, f, path)
	}
}

func (s *source) shapeMap(n ast.Node, t reflect.Type, key string) {
	pairs, ok := pairsOf(n)
	if !ok {
		s.misfit(n, key, "write a name, a colon and what belongs to it", "want named entries, found %s", kindOf(n))
		return
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		path := join(key, p.name)
		if seen[p.name] {
			s.misfit(p.key, path, "keep one of the two", "the key is written twice")
			continue
		}
		seen[p.name] = true
		s.spots[path] = spotOf(p.key)
		s.shape(p.value, t.Elem(), path)
	}
}

func (s *source) shapeList(n ast.Node, t reflect.Type, key string) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		s.misfit(n, key, "write a list: [a, b] or lines that begin with -", "want a list, found %s", kindOf(n))
		return
	}
	for i, v := range list.Values {
		path := key + "[" + strconv.Itoa(i) + "]"
		s.spots[path] = entrySpot(v)
		if empty(v) {
			s.misfit(v, path, "remove the entry or fill it", "the entry is empty")
			continue
		}
		s.shape(v, t.Elem(), path)
	}
}

// entrySpot is where an entry of a list begins: at its first key, if it has keys.
func entrySpot(n ast.Node) spot {
	if pairs, ok := pairsOf(n); ok && len(pairs) > 0 {
		return spotOf(pairs[0].key)
	}
	return spotOf(n)
}

// shapeText checks a value that reads itself from text, such as a level.
func (s *source) shapeText(n ast.Node, t reflect.Type, key string) {
	text, ok := scalarOf(n)
	if !ok {
		s.misfit(n, key, "", "want a text, found %s", kindOf(n))
		return
	}
	v, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	if !ok {
		return // unreachable: the caller has asked for the interface
	}
	if err := v.UnmarshalText([]byte(text)); err != nil {
		s.misfit(n, key, "", "%v", err)
	}
}

func (s *source) shapeScalar(n ast.Node, t reflect.Type, key string) {
	text, ok := scalarOf(n)
	if !ok {
		s.misfit(n, key, "", "want one value, found %s", kindOf(n))
		return
	}
	var err error
	want := "a text"
	switch t.Kind() {
	case reflect.Int:
		want = "a whole number"
		_, err = strconv.Atoi(text)
	case reflect.Float64:
		want = "a number"
		_, err = strconv.ParseFloat(text, 64)
	case reflect.Bool:
		want = "true or false"
		if text != "true" && text != "false" {
			err = strconv.ErrSyntax
		}
	}
	if err != nil {
		s.misfit(n, key, "", "want %s, found %q", want, text)
	}
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// fieldsOf returns the types of a struct's keys by name, inlined ones included.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			for k, v := range fieldsOf(f.Type) {
				out[k] = v
			}
		case name != "" && name != "-":
			out[name] = f.Type
		}
	}
	return out
}

func keysOf(t reflect.Type) []string {
	var out []string
	for k := range fieldsOf(t) {
		out = append(out, k)
	}
	return out
}
