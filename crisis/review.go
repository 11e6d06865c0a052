package crisis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of findings of a review (复盘).
const (
	FindingGood   = "good"   // what went well
	FindingGap    = "gap"    // what did not
	FindingCause  = "cause"  // why; causes lie in ways of working, not in persons
	FindingAnswer = "answer" // the answer to a question of the plan
)

// Finding is the payload of EventFinding.
type Finding struct {
	Kind     string    `json:"kind"`
	Question string    `json:"question,omitempty"` // of an answer: the plan's own words
	Text     string    `json:"text"`
	By       string    `json:"-"`
	At       time.Time `json:"-"`
}

// Action is something to be improved (改进项): the payload of EventActionAdded.
type Action struct {
	ID        string    `json:"id"` // a1, a2, …
	What      string    `json:"what"`
	Owner     string    `json:"owner"`
	Due       time.Time `json:"due"`
	Check     string    `json:"check"` // how it is seen that it is done
	DoneAt    time.Time `json:"-"`
	DoneBy    string    `json:"-"`
	Note      string    `json:"-"`
	Checked   time.Time `json:"-"` // when somebody else saw that it is done
	CheckedBy string    `json:"-"`
}

// ActionStep is the payload of EventActionDone and EventActionChecked.
type ActionStep struct {
	Action string `json:"action"`
	Note   string `json:"note,omitempty"`
}

// Amended is the payload of EventAmended: the incident has led to a new version of a plan.
type Amended struct {
	Plan    string   `json:"plan"`
	From    string   `json:"from"`
	To      string   `json:"to"` // version
	Changes []string `json:"changes"`
}

// Action finds an action by its id, nil if there is none.
func (in *Incident) Action(id string) *Action {
	for i := range in.Actions {
		if in.Actions[i].ID == id {
			return &in.Actions[i]
		}
	}
	return nil
}

func (in *Incident) applyFinding(e *Event, f Finding) error {
	f.By, f.At = e.Actor, e.At
	in.Findings = append(in.Findings, f)
	return nil
}

func (in *Incident) nextAction() string { return "a" + strconv.Itoa(len(in.Actions)+1) }

func (in *Incident) applyActionAdded(_ *Event, a Action) error {
	if a.ID != in.nextAction() {
		return fmt.Errorf("action %q does not follow action a%d", a.ID, len(in.Actions))
	}
	in.Actions = append(in.Actions, a)
	return nil
}

// acted finds the action that an event speaks of.
func acted(f func(*Action, *Event, ActionStep)) func(*Incident, *Event, ActionStep) error {
	return func(in *Incident, e *Event, s ActionStep) error {
		a := in.Action(s.Action)
		if a == nil {
			return fmt.Errorf("there is no action %q", s.Action)
		}
		f(a, e, s)
		return nil
	}
}

func applyActionDone(a *Action, e *Event, s ActionStep) {
	a.DoneAt, a.DoneBy, a.Note = e.At, e.Actor, s.Note
}

func applyActionChecked(a *Action, e *Event, _ ActionStep) { a.Checked, a.CheckedBy = e.At, e.Actor }

func decideFinding(c *causes, f Finding) error {
	switch {
	case !slices.Contains([]string{FindingGood, FindingGap, FindingCause, FindingAnswer}, f.Kind):
		return refuse("%q is not a kind of finding", f.Kind)
	case strings.TrimSpace(f.Text) == "":
		return refuse("the finding is empty")
	case f.Kind == FindingAnswer && f.Question == "":
		return refuse("an answer needs its question")
	}
	c.add(EventFinding, f)
	return nil
}

// decideAction wants all that makes an improvement happen: who, until when, and how
// it is seen.
func decideAction(c *causes, a Action) error {
	for what, text := range map[string]string{"text": a.What, "owner": a.Owner, "check": a.Check} {
		if strings.TrimSpace(text) == "" {
			return refuse("the action has no %s", what)
		}
	}
	if !a.Due.After(c.now) {
		return refuse("the action must be due in the future")
	}
	a.ID = c.in.nextAction()
	c.add(EventActionAdded, a)
	return nil
}

func decideActionDone(c *causes, s ActionStep) error {
	switch a := c.in.Action(s.Action); {
	case a == nil:
		return refuse("there is no action %q", s.Action)
	case !a.DoneAt.IsZero():
		return refuse("the action is done already, by %s", a.DoneBy)
	}
	c.add(EventActionDone, s)
	return nil
}

func decideActionChecked(c *causes, s ActionStep) error {
	switch a := c.in.Action(s.Action); {
	case a == nil:
		return refuse("there is no action %q", s.Action)
	case a.DoneAt.IsZero():
		return refuse("the action is not done yet")
	case !a.Checked.IsZero():
		return refuse("the action is checked already, by %s", a.CheckedBy)
	case a.DoneBy == c.act.By:
		return refuse("who did it does not check it")
	}
	c.add(EventActionChecked, s)
	return nil
}

func decideAmended(c *causes, a Amended) error {
	if a.Plan == "" || a.To == "" || len(a.Changes) == 0 {
		return refuse("an amendment names the plan, its new version and what changed")
	}
	c.add(EventAmended, a)
	return nil
}

func decideReviewed(c *causes) error {
	switch {
	case c.in.Open():
		return refuse("the incident is still open")
	case !c.in.Reviewed.IsZero():
		return refuse("the review is finished already")
	}
	c.add(EventReviewed, Remark{Text: c.act.Note})
	return nil
}
