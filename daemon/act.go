package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// Act carries out what a person does to an incident: one transaction with the
// event and with everything people on the channels must see of it. It returns
// the incident as it is afterwards. An act that the state of the incident does
// not allow is refused with an error that wraps crisis.ErrRefused.
func (d *Daemon) Act(ctx context.Context, a crisis.Act) (crisis.Incident, error) {
	return d.act(ctx, a, func(*store.Tx) error { return nil })
}

// act is Act with something that is stored together with it, or not at all.
func (d *Daemon) act(ctx context.Context, a crisis.Act, with func(*store.Tx) error) (crisis.Incident, error) {
	var in crisis.Incident
	now := d.clock.Now()
	var own []tally
	d.mu.Lock() // before the store, as everywhere
	defer d.mu.Unlock()
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		err := with(tx)
		if err != nil {
			return err
		}
		if in, _, err = tx.Incident(a.Incident); err != nil {
			return err
		}
		if err := d.complete(&a, &in, now); err != nil {
			return err
		}
		before := in.Level()
		events, err := in.Decide(a, now)
		if err != nil {
			return err
		}
		if own, err = d.stated(tx, &in, events); err != nil {
			return err
		}
		if _, err := record(tx, now, &in, events...); err != nil {
			return err
		}
		kind := crisis.AlertUpdate
		switch {
		case a.Kind == crisis.EventClosed:
			kind = crisis.AlertClosed
		case a.Kind == crisis.EventReopened:
			kind = crisis.AlertReopened
		case in.Level().Graver(before):
			kind = crisis.AlertRaised
		}
		blind, err := d.blindSources(tx, now)
		if err != nil {
			return err
		}
		alert, err := d.compose(tx, &in, kind, now, blind)
		if err != nil {
			return err
		}
		alert.Remark = a.Note
		return d.enqueue(tx, &in, alert)
	})
	switch {
	case errors.Is(err, crisis.ErrRefused), errors.Is(err, store.ErrNotFound), errors.Is(err, crisis.ErrTapExpired):
		return in, err
	case err != nil:
		return in, fmt.Errorf("%s on incident %s: %w", a.Kind, a.Incident, err)
	}
	d.room.add(own, false)
	if a.Kind == crisis.EventClosed {
		d.tell(Occurrence{At: now, Kind: "incident_closed", Topic: in.Topic, Incident: in.ID, Level: in.Level(), Detail: a.By})
	}
	d.wake()
	return in, nil
}

// complete adds to an act what only the daemon knows.
func (d *Daemon) complete(a *crisis.Act, in *crisis.Incident, now time.Time) error {
	if a.Kind == crisis.EventLevel && a.Opinion != crisis.LevelNone {
		a.Known = d.claims(in.Topic)
	}
	switch data := a.Data.(type) {
	case crisis.Plan:
		p, err := d.snapshot(data, a.Note)
		if err != nil {
			return err
		}
		a.Data = d.dated(p)
	case crisis.Draft:
		a.Data = d.drafted(in, data)
	case crisis.Publishing:
		a.Data = d.promising(in, data, now)
	}
	return nil
}

// snapshot is the plan that a person attaches by its id: as it stands in the library now.
func (d *Daemon) snapshot(p crisis.Plan, why string) (crisis.Plan, error) {
	if len(p.Steps) > 0 {
		return p, nil
	}
	book, ok := d.library.Playbook(p.ID)
	if !ok {
		return p, fmt.Errorf("%w: there is no playbook %q", crisis.ErrRefused, p.ID)
	}
	return d.library.Plan(playbooks.Match{Playbook: book, Side: p.Side, Why: []playbooks.Text{{ZH: why, EN: why}}}), nil
}

// claims returns what the detectors claim at present about a topic. What they claimed
// when an incident of it last changed may be an hour old. The caller holds d.mu.
func (d *Daemon) claims(topic string) []crisis.Signal {
	w, ok := d.room.topics[topic]
	if !ok {
		return nil
	}
	return slices.Clone(w.Signals())
}
