package crisis

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Own is the plan of steps that people add by hand in the course of an incident.
const Own = "own"

// Assignment is the payload of EventAssigned: who does a step.
type Assignment struct {
	Plan string `json:"plan"`
	Step string `json:"step"`
	To   string `json:"to"` // "" takes it back
}

// Addition is the payload of EventStepAdded: a step that no plan had (临时增加).
type Addition struct {
	Step Step      `json:"step"`
	Due  time.Time `json:"-"` // by when; zero: no deadline
}

// Dropping is the payload of EventPlanDropped: the plan does not fit after all. Its
// ticks stay in the timeline, and come back with the plan.
type Dropping struct {
	Plan   string `json:"plan"`
	Reason string `json:"reason"`
}

// Milestone is the payload of EventReached: something ended or was restored, at which
// steps start or stop. A zero time takes it back.
type Milestone struct {
	What   string    `json:"what"` // rescue_ended, warning_lifted, result_published, service_restored, half_life_reached
	At     time.Time `json:"at,omitzero"`
	Reason string    `json:"reason,omitempty"`
}

// Milestones are what can be reached.
var Milestones = []string{"rescue_ended", "warning_lifted", "result_published", "service_restored", "half_life_reached"}

// Mark is one dimension of the sheet by which a person grades (定级表).
type Mark struct {
	Dimension string `json:"dimension"`
	Points    int    `json:"points"` // 0 to 3
	Reason    string `json:"reason,omitempty"`
}

// Confirmation is the payload of EventConfirmed: a person confirms one closing
// criterion of the plan, in the plan's own words.
type Confirmation struct {
	Criterion string    `json:"criterion"`
	Note      string    `json:"note,omitempty"`
	By        string    `json:"-"`
	At        time.Time `json:"-"`
}

// Ending is the payload of EventClosed. Closing although something does not hold is a
// person's decision, and the timeline keeps what it was.
type Ending struct {
	Text  string   `json:"text,omitempty"`
	Calm  bool     `json:"calm,omitempty"`  // the criteria that a machine checks held
	Unmet []string `json:"unmet,omitempty"` // closing criteria of the plan that nobody confirmed
}

// applyPlan attaches a plan. A plan that is attached already comes in a new version:
// a step that both have keeps what became of it. A new main plan goes before the old
// one, which then runs beside it.
func (in *Incident) applyPlan(_ *Event, p Plan) error {
	if p.Calendar != nil {
		if err := p.Calendar.open(); err != nil {
			return err
		}
	}
	if !p.Side {
		for i := range in.Plans {
			in.Plans[i].Side = in.Plans[i].Side || in.Plans[i].ID != p.ID
		}
	}
	in.Plans = slices.DeleteFunc(in.Plans, func(have Plan) bool { return have.ID == p.ID })
	if p.Side {
		in.Plans = append(in.Plans, p)
	} else {
		in.Plans = slices.Insert(in.Plans, 0, p)
	}
	in.attach(p)
	return nil
}

// attach brings the steps of a plan into the checklist, behind those of the plans
// before it, and keeps the state of steps that were there.
func (in *Incident) attach(p Plan) {
	had := map[string]StepState{}
	for _, s := range in.Steps {
		if s.Plan == p.ID {
			had[s.ID] = s
		}
	}
	rest := slices.DeleteFunc(in.Steps, func(s StepState) bool { return s.Plan == p.ID })
	var steps []StepState
	for _, step := range p.Steps {
		s := had[step.ID]
		delete(had, step.ID)
		s.Step, s.Plan, s.Dropped = step, p.ID, false
		steps = append(steps, s)
	}
	gone := make([]StepState, 0, len(had))
	for _, s := range had {
		s.Dropped = true
		gone = append(gone, s)
	}
	slices.SortFunc(gone, func(a, b StepState) int { return strings.Compare(a.ID, b.ID) })
	steps = append(steps, gone...)
	if p.Side {
		in.Steps = slices.Concat(rest, steps)
	} else {
		in.Steps = slices.Concat(steps, rest)
	}
}

func (in *Incident) applyDropped(_ *Event, d Dropping) error {
	if !slices.ContainsFunc(in.Plans, func(p Plan) bool { return p.ID == d.Plan }) {
		return fmt.Errorf("plan %s is not attached", d.Plan)
	}
	in.Plans = slices.DeleteFunc(in.Plans, func(p Plan) bool { return p.ID == d.Plan })
	for i := range in.Steps {
		if in.Steps[i].Plan == d.Plan {
			in.Steps[i].Dropped = true
		}
	}
	return nil
}

func (in *Incident) applyAdded(_ *Event, a Addition) error {
	if in.Step(Own, a.Step.ID) != nil {
		return fmt.Errorf("step %s/%s is there already", Own, a.Step.ID)
	}
	in.Steps = append(in.Steps, StepState{Step: a.Step, Plan: Own})
	return nil
}

func (in *Incident) applyAssigned(_ *Event, a Assignment) error {
	s := in.Step(a.Plan, a.Step)
	if s == nil {
		return fmt.Errorf("step %s/%s is not in the plan", a.Plan, a.Step)
	}
	s.Owner = a.To
	return nil
}

func (in *Incident) applySkipped(e *Event, t Tick) error {
	s := in.Step(t.Plan, t.Step)
	if s == nil {
		return fmt.Errorf("step %s/%s is not in the plan", t.Plan, t.Step)
	}
	s.Skipped, s.DoneAt, s.DoneBy, s.Note = true, e.At, e.Actor, t.Note
	return nil
}

func (in *Incident) applyReached(_ *Event, m Milestone) error {
	if m.At.IsZero() {
		delete(in.Reached, m.What)
		return nil
	}
	if in.Reached == nil {
		in.Reached = map[string]time.Time{}
	}
	in.Reached[m.What] = m.At
	return nil
}

func (in *Incident) applyConfirmed(e *Event, c Confirmation) error {
	c.By, c.At = e.Actor, e.At
	in.Confirmed = append(in.Confirmed, c)
	return nil
}

// Unconfirmed returns the closing criteria of the main plan that nobody has confirmed.
func (in *Incident) Unconfirmed() []string {
	if len(in.Plans) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(in.Plans[0].Closing.Human), func(want string) bool {
		return slices.ContainsFunc(in.Confirmed, func(c Confirmation) bool { return c.Criterion == want })
	})
}

func decidePlan(c *causes, p Plan) error {
	if p.ID == "" || p.ID == Own {
		return refuse("%q is not a plan", p.ID)
	}
	c.add(EventPlanned, p)
	return nil
}

func decideDrop(c *causes, d Dropping) error {
	switch {
	case !slices.ContainsFunc(c.in.Plans, func(p Plan) bool { return p.ID == d.Plan }):
		return refuse("plan %s is not attached", d.Plan)
	case len(c.in.Plans) == 1:
		return refuse("an incident keeps one plan at least: attach another first")
	case strings.TrimSpace(d.Reason) == "":
		return refuse("taking off a plan needs a reason")
	}
	c.add(EventPlanDropped, d)
	return nil
}

// decideAdd numbers the step: people do not choose ids.
func decideAdd(c *causes, a Addition) error {
	if strings.TrimSpace(a.Step.Title) == "" {
		return refuse("a step needs a title")
	}
	n := 1
	for c.in.Step(Own, fmt.Sprintf("own-%02d", n)) != nil {
		n++
	}
	a.Step.ID = fmt.Sprintf("own-%02d", n)
	if !a.Due.IsZero() {
		if !a.Due.After(c.now) {
			return refuse("the step must be due in the future")
		}
		a.Step.From, a.Step.Due = FromDetected, ByLevel{LevelNone: {Time: a.Due.Sub(c.in.Opened)}}
	}
	c.add(EventStepAdded, a)
	return nil
}

func decideAssign(c *causes, a Assignment) error {
	s := c.in.Step(a.Plan, a.Step)
	switch {
	case s == nil || s.Dropped:
		return refuse("there is no step %s/%s", a.Plan, a.Step)
	case s.Owner == a.To:
		return refuse("the step is with %q already", a.To)
	}
	c.add(EventAssigned, a)
	return nil
}

func decideReached(c *causes, m Milestone) error {
	switch _, reached := c.in.Reached[m.What]; {
	case !slices.Contains(Milestones, m.What):
		return refuse("%q is not a milestone; they are %s", m.What, strings.Join(Milestones, ", "))
	case m.At.After(c.now):
		return refuse("the time it was reached must lie in the past")
	case m.At.IsZero() && !reached:
		return refuse("%s has not been reached", m.What)
	}
	c.add(EventReached, m)
	return nil
}

func decideConfirm(c *causes, conf Confirmation) error {
	if !slices.Contains(c.in.Unconfirmed(), conf.Criterion) {
		return refuse("%q is not a criterion that waits for confirmation", conf.Criterion)
	}
	c.add(EventConfirmed, conf)
	return nil
}
