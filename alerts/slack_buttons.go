package alerts

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"watchfire/crisis"
)

// The limits of Block Kit for what has buttons
// (https://docs.slack.dev/reference/block-kit/blocks/actions-block).
const (
	slackButton   = 75 // characters of its text
	slackElements = 25 // of a block of actions
	slackForm     = "watchfire.record"
)

// slackPlain takes what Slack reads as markup out of a text of the kind plain_text.
var slackPlain = strings.NewReplacer("&", "＆", "<", "＜", ">", "＞")

func slackText(s string, n int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, Cut(slackPlain.Replace(s), n), false, false)
}

// slackButtons are the buttons of an alert: a block with one per open step, and one
// for the whole incident. A button names its own step only, so that two people who tick
// at once do not undo each other, as with boxes to check. The ids of the blocks differ
// from edit to edit, or Slack keeps what it shows.
func slackButtons(a crisis.Alert) []slack.Block {
	steps, whole := pressesOf(a)
	var out []slack.Block
	for i, presses := range [][]press{steps, whole} {
		if len(presses) == 0 {
			continue
		}
		var elements []slack.BlockElement
		for n, p := range presses[:min(len(presses), slackElements)] {
			b := slack.NewButtonBlockElement(fmt.Sprintf("watchfire.%s.%d", p.Do, n), p.String(), slackText(p.label, slackButton))
			if p.sure != "" {
				t := wordsOf(a.Lang)
				b = b.WithConfirm(slack.NewConfirmationBlockObject(slackText(p.label, 100), slackText(p.sure, 300), slackText(t.sure, 30), slackText(t.notSure, 30)))
			}
			if p.Do == DeedAcknowledge {
				b = b.WithStyle(slack.StylePrimary)
			}
			elements = append(elements, b)
		}
		out = append(out, slack.NewActionBlock(onceOnly(fmt.Sprint("buttons ", i), a), elements...))
	}
	return out
}

// slackUndo is what the person who ticked a step is told, with a button to take it back.
func slackUndo(reply string, c Click, lang string) []slack.Block {
	k := knob{Do: DeedUndo, Incident: c.Incident, Plan: c.Plan, Step: c.Step}
	return []slack.Block{
		slack.NewSectionBlock(slackText(reply, slackSection), nil, nil),
		slack.NewActionBlock("", slack.NewButtonBlockElement("watchfire.undo.0", k.String(), slackText(wordsOf(lang).undo, slackButton))),
	}
}

// slackOrder is what a form carries until it is sent: the button that opened it, and
// where the answer goes.
type slackOrder struct {
	Knob    knob   `json:"knob"`
	Channel string `json:"channel"`
}

// slackRecord is the form for what a step asks for.
func slackRecord(c slackClick, w *Wanted, lang string) (slack.ModalViewRequest, error) {
	order, err := json.Marshal(slackOrder{c.knob, c.channel})
	if err != nil {
		return slack.ModalViewRequest{}, fmt.Errorf("encode the form: %w", err)
	}
	t := wordsOf(lang)
	input := slack.NewPlainTextInputBlockElement(nil, "note")
	input.Multiline, input.MaxLength = true, mostNote
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: slackForm, PrivateMetadata: string(order),
		Title: slackText(t.record, 24), Submit: slackText(t.send, 24), Close: slackText(t.cancel, 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(slackText(w.Title, slackSection), nil, nil),
			slack.NewInputBlock("note", slackText(fmt.Sprintf(t.recordOf, Clean(w.Ask, 200)), 2000), nil, input),
		}},
	}, nil
}

// slackClick is a click, and where its answer goes.
type slackClick struct {
	Click
	knob     knob
	channel  string
	response string // address for the answer, "" of a form
	trigger  string // opens a form, for three seconds
}

// slackPayload is what we read of a payload of Slack about a button or a form
// (https://docs.slack.dev/reference/interaction-payloads).
type slackPayload struct {
	Type string `json:"type"`
	User struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Response string `json:"response_url"`
	Trigger  string `json:"trigger_id"`
	Actions  []struct {
		ID    string `json:"action_id"`
		Value string `json:"value"`
	} `json:"actions"`
	View struct {
		Form  string `json:"callback_id"`
		Order string `json:"private_metadata"`
		State struct {
			Values map[string]map[string]struct {
				Value string `json:"value"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

// slackClickOf reads a payload. False is for what is none of our buttons, such as a
// link or a form that was called off; an error is for one of ours that makes no sense.
func slackClickOf(envelope string, payload []byte) (c slackClick, ours bool, err error) {
	var p slackPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return c, false, fmt.Errorf("read a click of slack: %w", err)
	}
	name, note := p.User.Name, ""
	if name == "" {
		name = p.User.Username
	}
	switch {
	case p.Type == "block_actions" && len(p.Actions) > 0 && strings.HasPrefix(p.Actions[0].ID, "watchfire."):
		if c.knob, err = knobOf([]byte(p.Actions[0].Value)); err != nil {
			return c, true, fmt.Errorf("read a click of slack: %w", err)
		}
		c.channel, c.response, c.trigger = p.Channel.ID, p.Response, p.Trigger
	case p.Type == "view_submission" && p.View.Form == slackForm:
		var order slackOrder
		if err := json.Unmarshal([]byte(p.View.Order), &order); err != nil {
			return c, true, fmt.Errorf("read a form of slack: %w", err)
		}
		carried, err := json.Marshal(order.Knob)
		if err == nil {
			c.knob, err = knobOf(carried)
		}
		if err != nil {
			return c, true, fmt.Errorf("read a form of slack: %w", err)
		}
		c.channel, note = order.Channel, p.View.State.Values["note"]["note"].Value
	default:
		return c, false, nil
	}
	c.Click = c.knob.click(envelope, p.User.ID, name, note)
	return c, true, nil
}
