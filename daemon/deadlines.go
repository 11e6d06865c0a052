package daemon

import (
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// clocks announces every target and red line that has passed, once each, and
// notices that an incident may be closed.
func (r *responder) clocks() error {
	rows, err := r.tx.RunningIncidents(r.now.Add(-memory))
	if err != nil {
		return err
	}
	for _, row := range rows {
		in, _, err := r.tx.Incident(row.ID)
		if err != nil {
			return err
		}
		if err := r.overdue(&in); err != nil {
			return err
		}
		if in.Open() {
			if err := r.settled(&in); err != nil {
				return err
			}
		}
	}
	return nil
}

// ringAgain is for how long steps that pass one after the other are gathered into
// one alert. The first rings at once, and so does every red line.
const ringAgain = 10 * time.Minute

// overdue records every clock in the minute it passes and rings for those that
// people have not been told of.
func (r *responder) overdue(in *crisis.Incident) error {
	var events []crisis.Event
	for _, c := range in.Clocks() {
		if c.Due.After(r.now) {
			break
		}
		if s := in.Step(c.Plan, c.Step); s.Overdue[c.RedLine] {
			continue
		}
		events = append(events, crisis.NewEvent(crisis.EventStepOverdue, r.now, crisis.Machine,
			crisis.Overdue{Plan: c.Plan, Step: c.Step, Due: c.Due, RedLine: c.RedLine}))
		r.said = append(r.said, Occurrence{At: r.now, Kind: "step_overdue", Topic: in.Topic, Incident: in.ID, Level: in.Level(), Detail: c.Title})
	}
	if len(events) > 0 {
		var err error
		if in, err = r.record(in, events...); err != nil {
			return err
		}
		if err := r.owe(in, crisis.AlertUpdate); err != nil {
			return err
		}
	}
	told, err := r.d.told(r.tx, in)
	if err != nil {
		return err
	}
	late := told.untold(in, r.now)
	gathers := (told.last.Kind == crisis.AlertOverdue || told.last.Kind == crisis.AlertRaised) && r.now.Sub(told.last.At) < ringAgain
	red := slices.ContainsFunc(late, func(c crisis.Clock) bool { return c.RedLine != "" })
	if len(late) == 0 || gathers && !red {
		return nil
	}
	return r.owe(in, crisis.AlertOverdue)
}

// settled looks at the machine-checkable closing criteria of the main plan.
func (r *responder) settled(in *crisis.Incident) error {
	if len(in.Plans) == 0 {
		return nil
	}
	calm, err := r.quietness(in)
	if err != nil {
		return err
	}
	ok, _ := playbooks.Closable(in.Plans[0], calm)
	switch {
	case !ok:
		return nil
	case in.Quiet.IsZero():
		next, err := r.record(in, crisis.NewEvent(crisis.EventQuiet, r.now, crisis.Machine, crisis.Remark{}))
		if err != nil {
			return err
		}
		r.said = append(r.said, Occurrence{At: r.now, Kind: "quiet", Topic: in.Topic, Incident: in.ID, Level: in.Level()})
		return r.owe(next, crisis.AlertQuiet)
	case r.d.cfg.Alerting.AutoClose > 0 && r.now.Sub(in.Quiet) >= time.Duration(r.d.cfg.Alerting.AutoClose)*time.Hour:
		return r.close(in, in.Peak)
	}
	return nil
}
