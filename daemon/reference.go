package daemon

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/detectors"
)

// Section is one part of the configuration reference: a kind, or the common keys.
type Section struct {
	Name string `json:"name"` // such as "source: feed"
	Keys []Key  `json:"keys"`
}

// Key is one key of a configuration section.
type Key struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Default string `json:"default,omitempty"`
	Doc     string `json:"doc"`
}

// Reference describes every key of the configuration, read from the tags of the
// structs it is decoded into, so that it cannot disagree with them.
func Reference() []Section {
	out := []Section{
		{Name: "configuration", Keys: describe(reflect.ValueOf(DefaultConfig()).Elem(), "")},
		{Name: "source", Keys: describe(reflect.ValueOf(Source{Every: 10 * time.Minute}), "")},
	}
	out = append(out, kindSections("source", crawlers.Kinds)...)
	out = append(out, kindSections("detector", detectors.Kinds)...)
	out = append(out, Section{Name: "channel", Keys: describe(reflect.ValueOf(Channel{}), "")})
	return append(out, kindSections("channel", alerts.Kinds)...)
}

func kindSections[K any](what string, kinds map[string]func() K) []Section {
	var out []Section
	for _, name := range keysOf(kinds) {
		v := reflect.ValueOf(kinds[name]())
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		out = append(out, Section{Name: what + ": " + name, Keys: describe(v, "")})
	}
	return out
}

// describe lists the keys of a struct, those of nested structs with a dotted name.
func describe(v reflect.Value, prefix string) []Key {
	var out []Key
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		key := Key{Name: prefix + name, Type: typeName(f.Type), Doc: f.Tag.Get("doc")}
		if !v.Field(i).IsZero() && v.Field(i).Kind() != reflect.Struct {
			key.Default = fmt.Sprint(v.Field(i).Interface())
		}
		out = append(out, key)
		t := f.Type
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || selfDecoding(t) {
			continue
		}
		nested := reflect.New(t).Elem()
		if f.Type.Kind() == reflect.Struct {
			nested = v.Field(i)
		}
		out = append(out, describe(nested, key.Name+".")...)
	}
	return out
}

func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "duration"
	case t.Kind() == reflect.Slice:
		return "list of " + typeName(t.Elem())
	case t.Kind() == reflect.Map:
		return "map of " + typeName(t.Elem())
	case t.Kind() == reflect.Pointer:
		return typeName(t.Elem())
	case t.Name() == "Secret":
		return "secret"
	case t.Kind() == reflect.Struct && !selfDecoding(t):
		return "keys"
	case t.Kind() == reflect.Struct:
		return strings.ToLower(t.Name())
	case t.Kind() == reflect.Float64:
		return "number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		if t.Name() == "Level" {
			return "level"
		}
		return "whole number"
	}
	return "text"
}

// WriteReference prints the reference as Markdown.
func WriteReference(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i, s := range Reference() {
		if i > 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintf(b, "## %s\n\n| key | type | default | meaning |\n|---|---|---|---|\n", s.Name)
		for _, k := range s.Keys {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", k.Name, k.Type, strings.ReplaceAll(k.Default, "|", "\\|"), strings.ReplaceAll(k.Doc, "|", "\\|"))
		}
	}
	return b.Flush()
}
