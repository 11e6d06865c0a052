package crawlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// Monitor takes the webhooks of commercial monitors, in whatever JSON they send. Paths
// are keys joined by dots, as for json.
type Monitor struct {
	Token  crisis.Secret           `yaml:"token" doc:"what the monitor sends as Authorization: Bearer …"`
	Topic  string                  `yaml:"topic" doc:"id of the topic whose incident is opened"`
	Items  string                  `yaml:"items" doc:"path of the list of findings; empty: the body is one, or a list of them"`
	Fields map[string]string       `yaml:"fields" doc:"paths in a finding: id, title, text, url, time, level, state; title or text is needed"`
	Over   []string                `yaml:"over" doc:"words at the path state by which the monitor says that a finding is over, such as closed; needs the paths id and state"`
	Levels map[string]crisis.Level `yaml:"levels" doc:"level of each value at the path level; * is any other; without a level a finding opens nothing"`
	Zone   string                  `yaml:"zone" doc:"time zone of times that state none"`
}

// monitorFields are the fields of a finding.
var monitorFields = []string{"id", "title", "text", "url", "time", "level", "state"}

// Check implements Kind.
func (m *Monitor) Check() error {
	errs := append(checkIntake(m.Topic, m.Levels), checkToken(m.Token), checkZone(m.Zone))
	for _, key := range slices.Sorted(maps.Keys(m.Fields)) {
		if !slices.Contains(monitorFields, key) {
			errs = append(errs, fmt.Errorf("fields: unknown key %q; the keys are %s", key, strings.Join(monitorFields, ", ")))
		}
	}
	if m.Fields["title"] == "" && m.Fields["text"] == "" {
		errs = append(errs, errors.New("fields: missing; write the paths of title and text, such as {title: data.title}"))
	}
	if (m.Fields["state"] == "") != (len(m.Over) == 0) || len(m.Over) > 0 && m.Fields["id"] == "" {
		errs = append(errs, errors.New("over: write the paths of id and state and the words that say a finding is over, such as {fields: {id: id, state: status}, over: [closed]}, or none of them"))
	}
	return errors.Join(errs...)
}

// Opens implements Opener.
func (m *Monitor) Opens() string { return m.Topic }

// Receive reads one delivery. A finding is known by its id, else by what it says. One that
// is over is handed in when its beginning was, and does not begin again.
func (m *Monitor) Receive(cursor string, header http.Header, body []byte, now time.Time) (Harvest, error) {
	if err := bearer(header, m.Token); err != nil {
		return Harvest{}, err
	}
	items, err := m.findings(body)
	if err != nil {
		return Harvest{}, err
	}
	c := loadCursor[handedCursor](cursor)
	var intakes []crisis.Intake
	var problems []string
	left, good := 0, 0
	for i, item := range items {
		in := m.intake(item, now)
		if in.Title == "" {
			problems = append(problems, fmt.Sprintf("item %d: no title or text at %q or %q", i+1, m.Fields["title"], m.Fields["text"]))
			continue
		}
		good++
		key, end := madeID(in.ID), madeID(in.ID, "over")
		began := c.knows(key)
		if c.knows(end) || began != in.Over {
			if in.Over && !began { // nobody was told that it began
				c.add(end)
			}
			continue
		}
		if !room(intakes, &left) {
			continue
		}
		if in.Over {
			key = end
		}
		c.add(key)
		intakes = append(intakes, in)
	}
	if good == 0 && len(items) > 0 {
		return Harvest{}, malformed("no finding in the delivery: %s", some(problems, 10))
	}
	h := received(intakes, c, leftOut(problems, left))
	if len(items) == 0 {
		h.Class, h.Detail = crisis.ClassEmptyOK, ""
	}
	return h, nil
}

// findings takes the body apart.
func (m *Monitor) findings(body []byte) ([]any, error) {
	var doc any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // ids have more digits than a float
	if err := d.Decode(&doc); err != nil {
		return nil, malformed("parse JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("parse JSON: more follows after the first value")
	}
	found, ok := at(doc, m.Items)
	if !ok {
		return nil, malformed("the body has no list at %q", m.Items)
	}
	switch x := found.(type) {
	case []any:
		return x, nil
	case map[string]any:
		return []any{x}, nil
	}
	return nil, malformed("what stands at %q is neither a list nor an object", m.Items)
}

func (m *Monitor) intake(item any, now time.Time) crisis.Intake {
	get := func(key string) string {
		if m.Fields[key] == "" {
			return ""
		}
		return scalarAt(item, m.Fields[key])
	}
	in := crisis.Intake{
		ID: get("id"), Topic: m.Topic, Title: Plain(get("title")), Text: Plain(get("text")),
		Level: levelFor(get("level"), m.Levels), URL: address("", get("url")), At: began(get("time"), zoneOf(m.Zone), now),
	}
	state := strings.TrimSpace(get("state"))
	in.Over = slices.ContainsFunc(m.Over, func(word string) bool { return strings.EqualFold(strings.TrimSpace(word), state) })
	if in.Title == "" {
		in.Title, in.Text = in.Text, ""
	}
	if in.Over && in.Title == "" { // many say of an end no more than which it is
		in.Title = in.ID
	}
	if in.ID == "" {
		in.ID = madeID(in.Title, in.Text, in.URL, get("time"))
	}
	return in
}
