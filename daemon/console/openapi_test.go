package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// schema is what of JSON Schema our description uses. A keyword that is not here fails the
// decoding, so that none is written down and then not checked.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        any                `json:"type"`
	Format      string             `json:"format"`
	Enum        []any              `json:"enum"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Additional  *bool              `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	MaxLength   int                `json:"maxLength"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	Default     any                `json:"default"`
	Description string             `json:"description"`
}

type media map[string]struct {
	Schema *schema `json:"schema"`
}

type operation struct {
	Summary    string                `json:"summary"`
	Security   []map[string][]string `json:"security"`
	Parameters []struct {
		Name, In, Description string
		Required              bool
		Schema                *schema
	} `json:"parameters"`
	RequestBody *struct {
		Required bool
		Content  media
	} `json:"requestBody"`
	Responses map[string]struct {
		Description string
		Content     media
	} `json:"responses"`
}

type description struct {
	OpenAPI string `json:"openapi"`
	Info    struct{ Title, Version, Description string }
	Servers []struct{ URL string }
	Paths   map[string]map[string]*operation

	Security   []map[string][]string
	Components struct {
		SecuritySchemes map[string]struct{ Type, Scheme, In, Name, Description string }
		Schemas         map[string]*schema
	}
}

func readDescription(t *testing.T) *description {
	t.Helper()
	var d description
	dec := json.NewDecoder(strings.NewReader(string(openAPI)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		t.Fatalf("openapi.json: %v", err)
	}
	return &d
}

// check holds a value against a schema and says where it does not fit.
func (d *description) check(s *schema, v any, at string) error {
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, "#/components/schemas/")
		to := d.Components.Schemas[name]
		if to == nil {
			return fmt.Errorf("%s: there is no schema %s", at, s.Ref)
		}
		return d.check(to, v, at)
	}
	kind := map[bool]string{true: "null"}[v == nil]
	switch v := v.(type) {
	case bool:
		kind = "boolean"
	case float64:
		if kind = "number"; v == float64(int64(v)) {
			kind = "integer"
		}
	case string:
		kind = "string"
	case []any:
		kind = "array"
	case map[string]any:
		kind = "object"
	}
	var kinds []string
	switch x := s.Type.(type) {
	case string:
		kinds = []string{x}
	case []any:
		for _, k := range x {
			kinds = append(kinds, fmt.Sprint(k))
		}
	}
	if !slices.Contains(kinds, kind) && (kind != "integer" || !slices.Contains(kinds, "number")) {
		return fmt.Errorf("%s is a %s, want %v", at, kind, kinds)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		return fmt.Errorf("%s is %v, want one of %v", at, v, s.Enum)
	}
	switch v := v.(type) {
	case string:
		if s.Format == "date-time" {
			if at2, err := time.Parse(time.RFC3339, v); err != nil || at2.Year() < 2000 {
				return fmt.Errorf("%s is %q, want a time", at, v)
			}
		}
	case []any:
		for i, x := range v {
			if err := d.check(s.Items, x, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		return d.checkObject(s, v, at)
	}
	return nil
}

func (d *description) checkObject(s *schema, v map[string]any, at string) error {
	for _, key := range s.Required {
		if _, ok := v[key]; !ok {
			return fmt.Errorf("%s lacks %s", at, key)
		}
	}
	for key, x := range v {
		p := s.Properties[key]
		if p == nil {
			if s.Additional != nil && !*s.Additional {
				return fmt.Errorf("%s has %s, which nobody described", at, key)
			}
			continue
		}
		if err := d.check(p, x, at+"."+key); err != nil {
			return err
		}
	}
	return nil
}

// TestCheck wants the validator to see what is wrong.
func TestCheck(t *testing.T) {
	d := readDescription(t)
	d.Components.Schemas["x"] = &schema{Type: "object", Required: []string{"a"}, Additional: new(bool), Properties: map[string]*schema{
		"a": {Type: []any{"number", "null"}}, "b": {Type: "array", Items: &schema{Type: "string", Enum: []any{"p"}}}, "c": {Type: "string", Format: "date-time"}, "d": {Type: "integer"},
	}}
	for body, want := range map[string]string{
		`{"a":1}`: "", `{"a":null,"b":["p"],"c":"2026-10-14T03:12:00Z","d":2}`: "", `{"a":1.5}`: "",
		`{}`: "lacks a", `{"a":"1"}`: "is a string", `{"a":1,"z":1}`: "nobody described", `{"a":1,"b":["q"]}`: "want one of", `{"a":1,"b":{}}`: "is a object",
		`{"a":1,"c":"today"}`: "want a time", `{"a":1,"c":"0001-01-01T00:00:00Z"}`: "want a time", `{"a":1,"d":1.5}`: "is a number", `[]`: "is a array",
	} {
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		err := d.check(&schema{Ref: "#/components/schemas/x"}, v, "x")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

// TestDescription holds the description against the routes: each is described, and nothing
// else, with every variable of its path; every schema is used.
func TestDescription(t *testing.T) {
	d := readDescription(t)
	if d.OpenAPI != "3.1.0" || d.Info.Title == "" || d.Info.Version == "" {
		t.Errorf("the description begins with %q, %+v", d.OpenAPI, d.Info)
	}
	w := newWorld(t, false)
	var routes, described []string
	for _, p := range w.console.routes().patterns {
		if strings.Contains(p, apiRoot) && p != apiRoot {
			routes = append(routes, p)
		}
	}
	for path, ops := range d.Paths {
		for method, op := range ops {
			p := strings.ToUpper(method) + " " + path
			described = append(described, p)
			for _, x := range op.Parameters {
				if in := strings.Contains(path, "{"+x.Name+"}"); in != (x.In == "path") || in != x.Required || x.Schema == nil {
					t.Errorf("%s: the parameter %s is in %s", p, x.Name, x.In)
				}
			}
			if n := strings.Count(path, "{"); n > len(op.Parameters) {
				t.Errorf("%s: a variable of the path is not described", p)
			}
			if (method == "post") != (op.RequestBody != nil) || op.Summary == "" || op.Responses["200"].Content["application/json"].Schema == nil {
				t.Errorf("%s: summary, body or answer are missing", p)
			}
		}
	}
	slices.Sort(routes)
	slices.Sort(described)
	if !slices.Equal(routes, described) {
		t.Errorf("the routes are\n%v\ndescribed are\n%v", routes, described)
	}
	for _, name := range slices.Collect(maps.Keys(d.Components.Schemas)) {
		if !strings.Contains(string(openAPI), `"#/components/schemas/`+name+`"`) {
			t.Errorf("nothing uses the schema %s", name)
		}
	}
}
