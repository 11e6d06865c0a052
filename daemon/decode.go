package daemon

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// decoder decodes configuration nodes strictly: a key that no field has is an
// error that lists the keys there are.
type decoder struct {
	file   string
	hidden []string // secrets that were put in, never to be shown
}

func (d *decoder) errorf(n ast.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", d.file, n.GetToken().Position.Line, fmt.Sprintf(format, args...))
}

// parse reads the text of a file; an empty one has no root.
func (d *decoder) parse(text []byte) (*ast.MappingNode, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines {
		if !utf8.Valid(line) {
			return nil, fmt.Errorf("%s:%d: not UTF-8; save the file in that encoding", d.file, i+1)
		}
		if blank := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]; bytes.ContainsRune(blank, '\t') && len(bytes.TrimSpace(line)) > 0 {
			return nil, fmt.Errorf("%s:%d: a tab indents this line; use spaces", d.file, i+1)
		}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, d.syntax(err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, nil
	}
	if len(file.Docs) > 1 && file.Docs[1].Body != nil {
		return nil, d.errorf(file.Docs[1].Body, "a second document begins behind ---; write one configuration in a file")
	}
	switch root := file.Docs[0].Body.(type) {
	case *ast.MappingNode:
		return root, nil
	case *ast.CommentGroupNode, *ast.NullNode:
		return nil, nil
	}
	return nil, d.errorf(file.Docs[0].Body, "want a mapping of keys such as `org:` and `sources:`")
}

// syntax turns an error of the YAML library into file, line and message.
func (d *decoder) syntax(err error) error {
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil {
		return fmt.Errorf("%s: %w", d.file, err)
	}
	fix := "check the indentation, the brackets and the colon before this place"
	if strings.Contains(y.GetMessage(), "already defined") {
		fix = "remove one of the two"
	}
	return fmt.Errorf("%s:%d: %s; %s", d.file, y.GetToken().Position.Line, y.GetMessage(), fix)
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
	if err := d.fits(node, reflect.TypeOf(into).Elem(), where, further); err != nil {
		return err
	}
	if err := yaml.NodeToValue(node, into); err != nil {
		return d.errorf(node, "%s%v", where, err)
	}
	return nil
}

// fits checks everything below node against the type it is decoded into.
func (d *decoder) fits(node ast.Node, t reflect.Type, where string, further []string) error {
	switch node.(type) {
	case *ast.NullNode:
		return nil
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		return d.errorf(node, "%sanchors, aliases and tags are not used here; write the value out", where)
	}
	switch {
	case t.Kind() == reflect.Pointer:
		return d.fits(node, t.Elem(), where, further)
	case t.Kind() == reflect.Slice:
		seq, ok := node.(*ast.SequenceNode)
		if !ok {
			return d.errorf(node, "%swant a list, each entry behind a dash or all between [ and ]", where)
		}
		for _, item := range seq.Values {
			if err := d.fits(item, t.Elem(), where, nil); err != nil {
				return err
			}
		}
		return nil
	case t.Kind() == reflect.Struct && !selfDecoding(t):
		return d.keys(node, t, where, further)
	case t.Kind() == reflect.Map:
		entries, ok := mapping(node)
		if !ok {
			return d.errorf(node, "%swant keys with a value each", where)
		}
		for _, e := range entries {
			if err := d.fits(e.Value, t.Elem(), where+keyOf(e)+": ", nil); err != nil {
				return err
			}
		}
		return nil
	}
	return d.value(node, t, where)
}

// keys checks every key below node against the fields of t.
func (d *decoder) keys(node ast.Node, t reflect.Type, where string, further []string) error {
	known := append(fieldKeys(t), further...)
	entries, ok := mapping(node)
	if !ok {
		return d.errorf(node, "%swant keys such as %s below it", where, list(known))
	}
	for _, e := range entries {
		key := keyOf(e)
		if slices.Contains(further, key) {
			continue
		}
		f, ok := fieldByKey(t, key)
		if !ok {
			return d.errorf(e.Key, "%sunknown key %q%s; the keys are %s", where, key, didYouMean(key, known), list(known))
		}
		if err := d.fits(e.Value, f.Type, where+key+": ", nil); err != nil {
			return err
		}
	}
	return nil
}

// plain says what to write for a type of value.
var plain = map[reflect.Kind]string{
	reflect.Bool: "true or false", reflect.Int: "a whole number in digits", reflect.Int64: "a whole number in digits", reflect.Float64: "a number such as 0.5",
}

// value checks a single value against its type. What is right here can be decoded.
func (d *decoder) value(node ast.Node, t reflect.Type, where string) error {
	scalar, ok := node.(ast.ScalarNode)
	if !ok {
		return d.errorf(node, "%swant one value, not a list or keys", where)
	}
	text := scalar.GetToken().Value
	if s, ok := node.(*ast.LiteralNode); ok {
		text = s.Value.Value
	}
	_, whole := node.(*ast.IntegerNode)
	_, broken := node.(*ast.FloatNode)
	_, truth := node.(*ast.BoolNode)
	if _, quoted := node.(*ast.StringNode); quoted && t.Kind() != reflect.String { // so is what came from the environment
		_, err := strconv.ParseInt(text, 10, 64)
		whole = err == nil
	}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		if _, err := time.ParseDuration(text); err != nil || whole || broken {
			return d.errorf(node, "%s%q is not a duration; write numbers with a unit, such as 15s, 10m or 168h for a week", where, text)
		}
	case t == reflect.TypeFor[netip.Prefix]():
		if _, err := netip.ParsePrefix(text); err != nil {
			return d.errorf(node, "%s%q is not an address range; write one such as 10.20.0.0/16", where, text)
		}
	case selfDecoding(t):
		if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](reflect.New(t)); ok {
			if err := u.UnmarshalText([]byte(text)); err != nil {
				return d.errorf(node, "%s%v", where, err)
			}
		}
	case t.Kind() == reflect.Bool && !truth,
		(t.Kind() == reflect.Int || t.Kind() == reflect.Int64) && !whole,
		t.Kind() == reflect.Float64 && !whole && !broken:
		return d.errorf(node, "%s%q does not fit; write %s", where, text, plain[t.Kind()])
	case t.Kind() == reflect.String && fmt.Sprint(scalar.GetValue()) != text && (whole || broken || truth):
		return d.errorf(node, "%s%s would be read as %v; put it between quotes", where, text, scalar.GetValue())
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
	}
	return nil, false
}

// keyOf returns the key of an entry, quoted or not.
func keyOf(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return e.Key.String()
}

// below returns what stands under key, nil if nothing does.
func below(root *ast.MappingNode, key string) ast.Node {
	for _, v := range root.Values {
		if _, null := v.Value.(*ast.NullNode); keyOf(v) == key && !null {
			return v.Value
		}
	}
	return nil
}

// entries returns the entries of the mapping under key, none if there is no such key.
func (d *decoder) entries(root *ast.MappingNode, key string) ([]*ast.MappingValueNode, error) {
	node := below(root, key)
	if node == nil {
		return nil, nil
	}
	m, ok := mapping(node)
	if !ok {
		return nil, d.errorf(node, "%s: want keys that name kinds, such as surge: {}", key)
	}
	return m, nil
}

// items returns the items of the list under key, none if there is no such key.
func (d *decoder) items(root *ast.MappingNode, key, one string) ([]ast.Node, error) {
	node := below(root, key)
	if node == nil {
		return nil, nil
	}
	seq, ok := node.(*ast.SequenceNode)
	if !ok {
		return nil, d.errorf(node, "%s: want a list; begin each %s with a dash: - name: …", key, one)
	}
	return seq.Values, nil
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
	entries, _ := mapping(item)
	for _, e := range entries { // what many other programs want
		if key := keyOf(e); key == "kind" || key == "type" {
			return out, d.errorf(e.Key, "%s: unknown key %q; the kind is itself the key, with its settings below it; the kinds are %s", what, key, list(names))
		}
	}
	if err := d.strict(item, common, what, names...); err != nil {
		return out, err
	}
	for _, e := range entries {
		key := keyOf(e)
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
