package crisis

import (
	"slices"
	"strings"
)

// Handover is the payload of EventHandedOver (交接班): another person has it from now on.
type Handover struct {
	To   string `json:"to"`
	Text string `json:"text,omitempty"` // the hand-over note
}

// Recusal is the payload of EventRecused (回避): a person is concerned and stays outside
// of what is decided about the incident, until it is lifted.
type Recusal struct {
	Person string `json:"person"`
	Reason string `json:"reason"`
	Lifted bool   `json:"lifted,omitempty"`
}

// recusedFrom are the acts of deciding and leading, in the order of work, with the words
// for a refusal. Who is recused may still say what they know.
var recusedFrom = map[EventKind]string{
	EventAcknowledged: "take over", EventLevel: "grade", EventStatementReviewed: "review", EventApproved: "approve",
	EventCountersigned: "countersign", EventConfirmed: "confirm", EventClosed: "close", EventReopened: "reopen",
	EventHandedOver: "hand over", EventRecused: "decide on recusals of", EventRestricted: "decide who sees", EventReviewed: "conclude the review of",
}

// IsRecused says whether a person is recused from the incident.
func (in *Incident) IsRecused(person string) bool {
	_, ok := in.Recused[person]
	return ok
}

// barred refuses what the recused must not do, by name.
func (c *causes) barred() error {
	if verb, ok := recusedFrom[c.act.Kind]; ok && c.in.IsRecused(c.act.By) {
		return refuse("%s is recused from this incident and does not %s it", c.act.By, verb)
	}
	if a, ok := c.act.Data.(Approval); ok && c.in.IsRecused(a.Signer) {
		return refuse("%s is recused from this incident and does not approve it", a.Signer)
	}
	if a, ok := c.act.Data.(Assignment); ok && c.in.IsRecused(a.To) {
		return refuse("%s is recused from this incident and does no step of it", a.To)
	}
	if s := c.in.Step(c.act.Plan, c.act.Step); s != nil && c.act.Kind == EventStepDone && s.AskKind == "approval" && c.in.IsRecused(c.act.By) {
		return refuse("%s is recused from this incident and does not approve it", c.act.By)
	}
	return nil
}

func (in *Incident) applyHandedOver(e *Event, h Handover) error {
	in.hold(h.To, e.At)
	return nil
}

// applyRecused also takes from the recused what they were to do.
func (in *Incident) applyRecused(e *Event, r Recusal) error {
	if r.Lifted {
		delete(in.Recused, r.Person)
		return nil
	}
	if in.Recused == nil {
		in.Recused = map[string]string{}
	}
	in.Recused[r.Person] = r.Reason
	if in.Holder == r.Person {
		in.unhold(e.At)
	}
	for i := range in.Steps {
		if s := &in.Steps[i]; s.Owner == r.Person && !s.Done {
			s.Owner = ""
		}
	}
	in.Called = slices.DeleteFunc(slices.Clone(in.Called), func(p string) bool { return p == r.Person })
	return nil
}

func decideHandover(c *causes, h Handover) error {
	h.To = strings.TrimSpace(h.To)
	switch {
	case h.To == "" || h.To == Machine:
		return refuse("say who takes it over")
	case !c.in.Open():
		return refuse("the incident is closed")
	case h.To == c.in.Holder:
		return refuse("%s has it already", h.To)
	case c.in.IsRecused(h.To):
		return refuse("%s is recused from this incident and does not take it over", h.To)
	}
	c.add(EventHandedOver, h)
	return nil
}

func decideRecuse(c *causes, r Recusal) error {
	r.Person = strings.TrimSpace(r.Person)
	switch {
	case r.Person == "" || r.Person == Machine:
		return refuse("say who is recused")
	case strings.TrimSpace(r.Reason) == "":
		return refuse("a recusal, and its end, need a reason")
	case r.Lifted && !c.in.IsRecused(r.Person):
		return refuse("%s is not recused", r.Person)
	case !r.Lifted && c.in.IsRecused(r.Person):
		return refuse("%s is recused already", r.Person)
	}
	c.add(EventRecused, r)
	return nil
}
