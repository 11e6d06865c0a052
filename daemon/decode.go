package daemon

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// decoder decodes configuration nodes strictly: a key that no field has is an
// error that lists the keys there are.
type decoder struct{ file string }

func (d *decoder) errorf(n ast.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", d.file, n.GetToken().Position.Line, fmt.Sprintf(format, args...))
}

// located turns an error of the YAML library into file, line and message.
func located(file string, err error) error {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		return fmt.Errorf("%s:%d: %s; check the indentation and the colon before this place", file, y.GetToken().Position.Line, y.GetMessage())
	}
	return fmt.Errorf("%s: %w", file, err)
}

// strict decodes node into the struct behind into; further names keys that are
// allowed beside its fields and decoded elsewhere.
func (d *decoder) strict(node ast.Node, into any, where string, further ...string) error {
	if where != "" {
		where += ": "
	}
	if _, null := node.(*ast.NullNode); null || node == nil {
		return nil
	}
	if err := d.keys(node, reflect.TypeOf(into).Elem(), where, further); err != nil {
		return err
	}
	if err := yaml.NodeToValue(node, into); err != nil {
		var y yaml.Error
		if errors.As(err, &y) && y.GetToken() != nil {
			t := y.GetToken()
			return fmt.Errorf("%s:%d: %s%q: %s", d.file, t.Position.Line, where, t.Value, y.GetMessage())
		}
		return d.culprit(node, into, where, err)
	}
	return nil
}

// culprit finds the entry that an error without a place comes from, by decoding
// the entries one by one.
func (d *decoder) culprit(node ast.Node, into any, where string, err error) error {
	entries, ok := mapping(node)
	t := reflect.TypeOf(into).Elem()
	if !ok || t.Kind() != reflect.Struct {
		return d.errorf(node, "%s%v", where, err)
	}
	for _, e := range entries {
		f, ok := fieldByKey(t, e.Key.String())
		if !ok {
			continue
		}
		value := reflect.New(f.Type).Interface()
		if err := yaml.NodeToValue(e.Value, value); err != nil {
			return d.culprit(e.Value, value, where+e.Key.String()+": ", err)
		}
	}
	return d.errorf(node, "%s%v", where, err)
}

// keys checks every key below node against the fields of t.
func (d *decoder) keys(node ast.Node, t reflect.Type, where string, further []string) error {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		if t.Kind() == reflect.Slice {
			seq, ok := node.(*ast.SequenceNode)
			if !ok {
				return nil // a wrong type is named by the decoder
			}
			for _, item := range seq.Values {
				if err := d.keys(item, t.Elem(), where, nil); err != nil {
					return err
				}
			}
			return nil
		}
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || selfDecoding(t) {
		return nil
	}
	entries, ok := mapping(node)
	if !ok {
		if _, scalar := node.(ast.ScalarNode); scalar {
			return d.errorf(node, "%swant keys such as %s below it", where, list(fieldKeys(t)))
		}
		return nil
	}
	for _, e := range entries {
		key := e.Key.String()
		if slices.Contains(further, key) {
			continue
		}
		f, ok := fieldByKey(t, key)
		if !ok {
			return d.errorf(e.Key, "%sunknown key %q%s; the keys are %s", where, key, didYouMean(key, append(fieldKeys(t), further...)), list(append(fieldKeys(t), further...)))
		}
		if err := d.keys(e.Value, f.Type, where+key+": ", nil); err != nil {
			return err
		}
	}
	return nil
}

// selfDecoding says whether values of the type read their own text.
func selfDecoding(t reflect.Type) bool {
	_, ok := reflect.PointerTo(t).MethodByName("UnmarshalText")
	if !ok {
		_, ok = reflect.PointerTo(t).MethodByName("UnmarshalYAML")
	}
	return ok
}

func fieldByKey(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name == key && name != "-" {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

func fieldKeys(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" && name != "-" {
			keys = append(keys, name)
		}
	}
	return keys
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// list writes keys as a, b, c.
func list(keys []string) string {
	if len(keys) == 0 {
		return "(none)"
	}
	return strings.Join(keys, ", ")
}

// didYouMean names the one known key that differs from key by a letter or two.
func didYouMean(key string, known []string) string {
	for _, k := range known {
		if distance(key, k) <= 2 {
			return fmt.Sprintf(", did you mean %q", k)
		}
	}
	return ""
}

// distance is the edit distance of two short words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// mapping returns the entries of a mapping node, also of one with a single entry.
func mapping(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	case *ast.AnchorNode:
		return mapping(m.Value)
	}
	return nil, false
}

// entries returns the entries of the mapping under key, none if there is no such key.
func (d *decoder) entries(root *ast.MappingNode, key string) []*ast.MappingValueNode {
	for _, v := range root.Values {
		if v.Key.String() == key {
			m, _ := mapping(v.Value)
			return m
		}
	}
	return nil
}

// items returns the items of the list under key, none if there is no such key.
func (d *decoder) items(root *ast.MappingNode, key string) []ast.Node {
	for _, v := range root.Values {
		if seq, ok := v.Value.(*ast.SequenceNode); ok && v.Key.String() == key {
			return seq.Values
		}
	}
	return nil
}

type namedKind[K any] struct {
	name  string
	value K
}

// kinded decodes an item whose settings are split: the common ones go to common,
// and the one key that names a kind holds that kind's own.
func kinded[K any](d *decoder, item ast.Node, what string, common any, kinds map[string]func() K) (namedKind[K], error) {
	var out namedKind[K]
	names := keysOf(kinds)
	if err := d.strict(item, common, what, names...); err != nil {
		return out, err
	}
	entries, _ := mapping(item)
	for _, e := range entries {
		key := e.Key.String()
		maker, ok := kinds[key]
		if !ok {
			continue
		}
		if out.name != "" {
			return out, d.errorf(e.Key, "%s: both %s and %s; a %s is of one kind", what, out.name, key, what)
		}
		out.name, out.value = key, maker()
		if err := d.strict(e.Value, out.value, what+": "+key); err != nil {
			return out, err
		}
	}
	if out.name == "" {
		return out, d.errorf(item, "%s: the kind is missing; add one of the keys %s", what, list(names))
	}
	return out, nil
}

var reference = regexp.MustCompile(`\$\{(env|file|cred):([^}]+)\}`)

// secrets replaces ${env:NAME}, ${file:PATH} and ${cred:NAME} (a systemd
// credential) in every string below n. What is replaced never shows in an error.
func (d *decoder) secrets(n ast.Node) error {
	v := &expander{d: d}
	ast.Walk(v, n)
	return v.err
}

type expander struct {
	d   *decoder
	err error
}

// Visit implements ast.Visitor.
func (v *expander) Visit(n ast.Node) ast.Visitor {
	s, ok := n.(*ast.StringNode)
	if !ok || v.err != nil {
		return v
	}
	if !reference.MatchString(s.Value) {
		return v
	}
	s.Value = reference.ReplaceAllStringFunc(s.Value, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		value, err := lookUp(m[1], m[2])
		if err != nil && v.err == nil {
			v.err = v.d.errorf(n, "%s: %v", ref, err)
		}
		return value
	})
	if s.Token != nil { // types that read their own text are given the token's
		s.Token.Value, s.Token.Origin = s.Value, s.Value
	}
	return v
}

func lookUp(kind, name string) (string, error) {
	switch kind {
	case "env":
		value, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("the environment variable is not set; set it before the start")
		}
		return value, nil
	case "cred":
		dir, ok := os.LookupEnv("CREDENTIALS_DIRECTORY")
		if !ok {
			return "", fmt.Errorf("there are no systemd credentials; add LoadCredential=%s:PATH to the unit", name)
		}
		name = dir + "/" + name
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
