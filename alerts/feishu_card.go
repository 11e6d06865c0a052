package alerts

import (
	"cmp"
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
	Elements []cardText   `json:"elements,omitempty"`
}

type cardButton struct {
	Tag  string   `json:"tag"`
	Text cardText `json:"text"`
	Type string   `json:"type"`
	URL  string   `json:"url"`
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
func cardOf(a crisis.Alert) feishuCard {
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
	if address := target(a.Link); address != "" {
		c.Elements = append(c.Elements, cardElement{Tag: "action", Actions: []cardButton{button(t.open, "primary", address)}})
	}
	c.Elements = append(c.Elements, cardElement{Tag: "note", Elements: []cardText{cardWords(t.numberLine())}})
	return c
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
