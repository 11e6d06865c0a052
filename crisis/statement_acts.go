package crisis

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Publishing is what a person says when a statement is out: where it stands, what it
// promises, and which promises it keeps.
type Publishing struct {
	Publication
	Promises []Promise
	Keeps    []string // ids
}

// draft finds a version that is still on its way.
func (c *causes) draft(id string, version int) (*Statement, *Version, error) {
	s := c.in.Statement(id)
	switch {
	case s == nil:
		return nil, nil, refuse("there is no statement %q", id)
	case s.Withdrawn:
		return nil, nil, refuse("statement %s is withdrawn", id)
	}
	v := s.Version(version)
	if v == nil {
		return nil, nil, refuse("statement %s has no version %d", id, version)
	}
	return s, v, nil
}

func decideDraft(c *causes, d Draft) error {
	switch {
	case strings.TrimSpace(d.Text) == "":
		return refuse("the draft is empty")
	case d.Step != "" && c.in.Step(d.Plan, d.Step) == nil:
		return refuse("there is no step %s/%s", d.Plan, d.Step)
	}
	if d.Statement == "" {
		if d.Kind == "" {
			return refuse("the draft has no kind")
		}
		d.Statement = "s" + strconv.Itoa(len(c.in.Statements)+1)
		c.add(EventDrafted, d)
		return nil
	}
	s := c.in.Statement(d.Statement)
	switch {
	case s == nil:
		return refuse("there is no statement %q", d.Statement)
	case s.Withdrawn:
		return refuse("statement %s is withdrawn", d.Statement)
	case s.Last().Text == d.Text:
		return refuse("the text is that of version %d", s.Last().N)
	}
	d.Kind, d.Plan, d.Step = s.Kind, s.Plan, s.Step
	c.add(EventDrafted, d)
	return nil
}

// decideReview wants the facts checked by somebody who did not write them.
func decideReview(c *causes, r Review) error {
	s, _, err := c.draft(r.Statement, r.Version)
	switch {
	case err != nil:
		return err
	case !slices.Contains(Stages, r.Stage):
		return refuse("%q is not a review; they are text, fact and secrecy", r.Stage)
	case !r.OK && strings.TrimSpace(r.Note) == "":
		return refuse("sending a draft back needs a reason")
	case r.Stage == StageFact && slices.Contains(s.Authors(r.Version), c.act.By):
		return refuse("who wrote the draft does not check its facts")
	}
	c.add(EventStatementReviewed, r)
	return nil
}

// decideApprove holds four eyes over every text: who wrote it does not approve it, what
// blocks it must be reworded, and what warns must be answered for. The step that asks
// for the approval is ticked with it.
func decideApprove(c *causes, a Approval) error {
	s, v, err := c.draft(a.Statement, a.Version)
	if err != nil {
		return err
	}
	signer := a.Signer
	if signer == "" {
		signer = c.act.By
	}
	switch {
	case v != s.Last():
		return refuse("version %d is not the newest", a.Version)
	case s.Approved == a.Version:
		return refuse("version %d is approved already, by %s", a.Version, s.ApprovedBy)
	case slices.Contains(s.Authors(a.Version), signer):
		return refuse("%s wrote the draft and does not approve it", signer)
	case a.Preauthorised && s.Kind != "first_statement" && s.Kind != "safety_notice":
		return refuse("only a first statement or a safety notice may be authorised beforehand")
	}
	for _, stage := range Stages {
		if !s.Passed(a.Version, stage) && (stage == StageSecrecy || !a.Preauthorised) {
			return refuse("the review of %s is missing", stage)
		}
	}
	for _, m := range v.Findings {
		switch {
		case m.Severity == "block":
			return refuse("rule %s does not let the text pass: reword it", m.Rule)
		case m.Severity == "warn" && !slices.Contains(a.Confirmed, m.Rule):
			return refuse("rule %s warns: confirm it or reword the text", m.Rule)
		}
	}
	c.add(EventApproved, a)
	if step := c.in.Step(s.Plan, s.Step); step != nil && step.AskKind == "approval" && !step.Done && !step.Dropped {
		c.add(EventStepDone, Tick{Plan: s.Plan, Step: s.Step, Note: signer})
	}
	return nil
}

func decideCountersign(c *causes, w Withdrawal) error {
	s := c.in.Statement(w.Statement)
	switch {
	case s == nil:
		return refuse("there is no statement %q", w.Statement)
	case s.Countersigns.IsZero():
		return refuse("statement %s owes no countersignature", w.Statement)
	case c.act.By != s.Approval.Signer:
		return refuse("%s approved by telephone and countersigns, nobody else", s.Approval.Signer)
	}
	c.add(EventCountersigned, w)
	return nil
}

// decidePublish records where an approved text stands, makes its promises, keeps those
// it keeps, and ticks the step that asks for the publication when the link is known.
func decidePublish(c *causes, p Publishing) error {
	s, _, err := c.draft(p.Statement, p.Version)
	switch {
	case err != nil:
		return err
	case s.Approved != p.Version:
		return refuse("version %d is not approved", p.Version)
	case strings.TrimSpace(p.Where) == "":
		return refuse("say where it was published")
	}
	c.add(EventPublished, p.Publication)
	n := len(c.in.Promises)
	for _, promise := range p.Promises {
		if strings.TrimSpace(promise.What) == "" || !promise.Due.After(c.at) {
			return refuse("a promise needs words and a time after its publication")
		}
		n++
		promise.ID, promise.Statement = "p"+strconv.Itoa(n), s.ID
		c.add(EventPromised, promise)
	}
	for _, id := range p.Keeps {
		if k := c.in.Promise(id); k == nil || !k.Open() {
			return refuse("promise %q is not open", id)
		}
		c.add(EventPromiseKept, Keeping{Promise: id, Statement: s.ID, Link: p.URL})
	}
	if step := c.in.Publishing(s); step != nil && p.URL != "" {
		c.add(EventStepDone, Tick{Plan: step.Plan, Step: step.ID, Note: p.Where, Link: p.URL})
	}
	return nil
}

// Published returns the events by which the machine records that an approved statement
// is out although nobody said so: with its promises, and those it keeps.
func (in *Incident) Published(p Publishing, at time.Time) []Event {
	c := causes{in: in, act: Act{Kind: EventPublished, By: Machine, Data: p}, at: at, now: at}
	if decidePublish(&c, p) != nil {
		return nil
	}
	return slices.DeleteFunc(c.events, func(e Event) bool { return e.Kind == EventStepDone }) // the sighting ticks it
}

func decideWithdraw(c *causes, w Withdrawal) error {
	s := c.in.Statement(w.Statement)
	switch {
	case s == nil:
		return refuse("there is no statement %q", w.Statement)
	case s.Withdrawn:
		return refuse("statement %s is withdrawn already", w.Statement)
	case strings.TrimSpace(w.Note) == "":
		return refuse("withdrawing a statement needs a reason")
	}
	c.add(EventWithdrawn, w)
	return nil
}

// Publishing returns the open step that is done when the statement is published: its
// own, or the next of the same plan that asks for a publication and has no text of its
// own; nil if there is none.
func (in *Incident) Publishing(s *Statement) *StepState {
	behind := false
	for i := range in.Steps {
		step := &in.Steps[i]
		if step.Plan != s.Plan || !in.Wanted(step) {
			continue
		}
		own := step.ID == s.Step
		behind = behind || own
		if behind && step.AskKind == "published" && (own || step.Template == "" || step.Template == s.Kind) {
			if _, due := in.Due(step); step.Done && !due {
				return nil
			}
			return step
		}
		if behind && !own && step.Template != "" && step.Template != s.Kind {
			return nil
		}
	}
	return nil
}

// Kept returns the open promises that publishing a statement of a kind keeps: what was
// to be said by then is said.
func (in *Incident) Kept(kind string) []string {
	var out []string
	for _, p := range in.OpenPromises() {
		if serves(kind, p.Kind) && (kind == "update" || kind == "final") {
			out = append(out, p.ID)
		}
	}
	return out
}
