package alerts

import (
	"strings"

	"watchfire/crisis"
)

// The variables of a card of DingTalk. The organisation binds them in a template; they
// are part of the configuration, so they do not change.
const (
	cardTitleVar  = "title" // text: the headline
	cardTextVar   = "text"  // Markdown: the alert
	cardStepsVar  = "steps" // list of objects {label, press, sure}: the open steps
	cardDeedsVar  = "deeds" // list of objects {label, press, sure}: for the whole incident
	cardOpenVar   = "open"  // text: of the button to the console
	cardLinkVar   = "link"  // address of the console; empty for none
	cardReplyVar  = "reply" // text, private: what the person who pressed a button is told
	cardPressName = "press" // what a button gives back
	cardNoteName  = "note"  // what a person wrote into a field of the template
)

// dingtalkPress is a button of a card.
type dingtalkPress struct {
	Label string `json:"label"`
	Press string `json:"press"` // what it carries: ids in JSON, in a string
	Sure  string `json:"sure,omitempty"`
}

// dingtalkCardOf are the values of a card. Who only looks at a card that nobody edits
// finds no buttons on it.
func dingtalkCardOf(a crisis.Alert, live bool) (map[string]string, error) {
	t := tell(a)
	sections := t.sections()
	var parts []string
	for _, section := range sections[1 : len(sections)-1] {
		if len(section) > 0 {
			parts = append(parts, t.markdownPart(section, "  \n"))
		}
	}
	parts = append(parts, plainly(t.numberLine()))
	var steps, whole []press
	if live {
		steps, whole = pressesOf(a)
	}
	return t.dingtalkValues(strings.Join(parts, "\n\n"), steps, whole)
}

// dingtalkBrief are the values of a card of the least.
func dingtalkBrief(a crisis.Alert) (map[string]string, error) {
	text, end := brief(a)
	return tell(a).dingtalkValues(FitBytes(text, end, dingtalkBody/8), nil, nil)
}

// dingtalkValues sets all variables, because an edit leaves those alone that it does not
// name.
func (t teller) dingtalkValues(text string, steps, whole []press) (map[string]string, error) {
	out := map[string]string{cardTitleVar: plainly(t.cardTitle()), cardTextVar: text, cardOpenVar: t.open, cardLinkVar: target(t.a.Link)}
	for name, presses := range map[string][]press{cardStepsVar: steps, cardDeedsVar: whole} {
		list := make([]dingtalkPress, len(presses))
		for i, p := range presses {
			list[i] = dingtalkPress{plainly(p.label), p.String(), p.sure}
		}
		b, err := encoded(list)
		if err != nil {
			return nil, err
		}
		out[name] = string(b)
	}
	return out, nil
}
