package alerts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"watchfire/crisis"
)

// feishuCard is an interactive card of Feishu, structure 1.0. Every text in it is of
// the kind plain_text, which has no mentions, links or tags, whatever strangers
// wrote; addresses are buttons.
type feishuCard struct {
	Config   map[string]bool `json:"config"`
	Header   cardHeader      `json:"header"`
	Elements []cardElement   `json:"elements"`
}

type cardHeader struct {
	Template string   `json:"template"` // color
	Title    cardText `json:"title"`
}

type cardText struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

type cardElement struct {
	Tag      string       `json:"tag"`
	Text     *cardText    `json:"text,omitempty"`
	Extra    *cardButton  `json:"extra,omitempty"`
	Actions  []cardButton `json:"actions,omitempty"`
	Name     string       `json:"name,omitempty"`     // of a form
	Elements any          `json:"elements,omitempty"` // of a note its texts, of a form what it has in it
}

type cardButton struct {
	Tag  string   `json:"tag"`
	Text cardText `json:"text"`
	Type string   `json:"type"`
	URL  string   `json:"url,omitempty"`

	// Of a button that calls back.
	Value   json.RawMessage `json:"value,omitempty"`
	Name    string          `json:"name,omitempty"`        // of a button in a form
	Action  string          `json:"action_type,omitempty"` // the same
	Confirm *cardConfirm    `json:"confirm,omitempty"`
}

type cardConfirm struct {
	Title cardText `json:"title"`
	Text  cardText `json:"text"`
}

// cardInput is where a person writes in a form.
type cardInput struct {
	Tag  string   `json:"tag"`
	Name string   `json:"name"`
	Hint cardText `json:"placeholder"`
	Most int      `json:"max_length"`
}

// cardWords is a text of a card. An address that stands in it is not for clicking.
func cardWords(s string) cardText {
	return cardText{"plain_text", strings.ReplaceAll(s, "://", "：//")}
}

func button(text, kind, address string) cardButton {
	return cardButton{Tag: "button", Text: cardWords(text), Type: kind, URL: address}
}

// cardOf lays an alert out as a card: a line of separate parts, then the button to
// the console and the number.
func cardOf(a crisis.Alert) feishuCard { return cardWith(a, nil) }

// liveCard is the card with buttons for the open steps and for the whole incident.
func liveCard(a crisis.Alert) feishuCard { return cardWith(a, cardPresses(a)) }

func cardWith(a crisis.Alert, presses []cardElement) feishuCard {
	t := tell(a)
	sections := t.sections()
	c := feishuCard{
		Config: map[string]bool{"wide_screen_mode": true, "update_multi": true},
		Header: cardHeader{Template: cardColor(a), Title: cardWords(t.cardTitle())},
	}
	for _, lines := range sections[1 : len(sections)-1] {
		c.Elements = append(c.Elements, t.cardPart(lines)...)
	}
	if len(c.Elements) > 0 {
		c.Elements = append(c.Elements, cardElement{Tag: "hr"})
	}
	c.Elements = append(c.Elements, presses...)
	if address := target(a.Link); address != "" {
		c.Elements = append(c.Elements, cardElement{Tag: "action", Actions: []cardButton{button(t.open, "primary", address)}})
	}
	c.Elements = append(c.Elements, cardElement{Tag: "note", Elements: []cardText{cardWords(t.numberLine())}})
	return c
}

// cardPresses are the buttons of an alert. A step that asks for a record has a form of
// its own, in which it is written. The names differ over the whole card, as Feishu wants.
func cardPresses(a crisis.Alert) []cardElement {
	steps, whole := pressesOf(a)
	t := wordsOf(a.Lang)
	var forms []cardElement
	var plain, rest []cardButton
	for i, p := range steps {
		b := cardButton{Tag: "button", Text: cardWords(p.label), Type: "default", Value: json.RawMessage(p.String())}
		if p.ask == "" {
			plain = append(plain, b)
			continue
		}
		b.Action, b.Name = "form_submit", fmt.Sprint("done", i)
		input := cardInput{Tag: "input", Name: fmt.Sprint("note", i), Hint: cardWords(Cut(fmt.Sprintf(t.recordOf, p.ask), 100)), Most: 1000}
		forms = append(forms, cardElement{Tag: "form", Name: fmt.Sprint("step", i), Elements: []any{input, b}})
	}
	for _, p := range whole {
		b := cardButton{Tag: "button", Text: cardWords(p.label), Type: "default", Value: json.RawMessage(p.String())}
		if p.sure != "" {
			b.Confirm = &cardConfirm{cardWords(p.label), cardWords(p.sure)}
		}
		rest = append(rest, b)
	}
	for _, buttons := range [][]cardButton{plain, rest} {
		if len(buttons) > 0 {
			forms = append(forms, cardElement{Tag: "action", Actions: buttons})
		}
	}
	return forms
}

// cardPart is one part of an alert: its lines together, but a line with an address
// by itself, with a button beside it.
func (t teller) cardPart(lines []line) []cardElement {
	var out []cardElement
	var open []string
	div := func(s string) *cardElement {
		text := cardWords(s)
		out = append(out, cardElement{Tag: "div", Text: &text})
		return &out[len(out)-1]
	}
	flush := func() {
		if len(open) > 0 {
			div(strings.Join(open, "\n"))
			open = nil
		}
	}
	for _, l := range lines {
		words, address := l.split()
		if address == "" {
			open = append(open, words)
			continue
		}
		flush()
		b := button(t.origin, "default", address)
		div(strings.TrimRight(words, " ")).Extra = &b
	}
	flush()
	return out
}

// cardColor is the color of the level, as in the national scale; green is good news.
func cardColor(a crisis.Alert) string {
	switch {
	case a.Closed, a.Kind == crisis.AlertSight, a.Kind == crisis.AlertQuiet:
		return "green"
	case a.Ask != nil:
		return "red"
	case a.Trouble != nil:
		return "purple"
	}
	return cmp.Or(map[crisis.Level]string{crisis.LevelI: "red", crisis.LevelII: "orange", crisis.LevelIII: "yellow", crisis.LevelIV: "blue"}[a.Level], "wathet")
}

// plainText is an alert as text for a chat that knows tags in text.
func plainText(a crisis.Alert) string {
	t := tell(a)
	var b strings.Builder
	for i, section := range t.sections() {
		for _, l := range section {
			words, address := l.split()
			if i == 0 {
				words = t.marked(words)
			}
			b.WriteString(plainly(words) + address + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
