package daemon

import (
	"context"
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// appointment is when the clocks of an incident are to be looked at again, unless an
// event comes before. It is derived: a daemon that begins has none and looks at once,
// so that an incident in which nothing is due costs nothing in the minutes between.
type appointment struct {
	in   *crisis.Incident // as of the event seq
	next time.Time        // zero: not before an event
	loud time.Time        // when attention was last above usual, as far as it was read
	read bool             // loud was read from the store
}

// clocks announces every moment of every target and red line that has come, once each,
// calls others where nobody acts, and notices that an incident may be closed.
func (r *responder) clocks() error {
	rows, err := r.tx.RunningIncidents(r.now.Add(-memory))
	if err != nil {
		return err
	}
	if agenda := r.d.room.agenda; len(agenda) > 2*len(rows)+16 { // of incidents that are over
		clear(agenda)
	}
	for i := range rows {
		a, err := r.appointment(&rows[i])
		if err != nil {
			return err
		}
		if !a.next.IsZero() && !a.next.After(r.now) {
			if err := r.look(a); err != nil {
				return err
			}
		}
		if len(a.in.Promises)+len(a.in.Statements) > 0 {
			if err := r.vows(a); err != nil {
				return err
			}
		}
		if a.in.Open() {
			if err := r.settled(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// appointment returns the appointment of an incident as it stands; what happened since
// the last look calls for another.
func (r *responder) appointment(row *store.IncidentRow) (*appointment, error) {
	a := r.d.room.agenda[row.ID]
	if a != nil && a.in.Events == row.Seq {
		return a, nil
	}
	in, _, err := r.tx.Incident(row.ID)
	if err != nil {
		return nil, err
	}
	fresh := &appointment{in: &in, next: r.now}
	if a != nil {
		fresh.loud, fresh.read = a.loud, a.read
	}
	r.d.room.agenda[row.ID] = fresh
	return fresh, nil
}

// openAgenda reads the incidents whose clocks may run, so that the first minute after a start,
// which holds up whatever else is to be stored, need not.
func (d *Daemon) openAgenda(ctx context.Context) error {
	err := d.store.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.RunningIncidents(d.started.Add(-memory))
		if err != nil {
			return err
		}
		for _, row := range rows {
			in, _, err := tx.Incident(row.ID)
			if err != nil {
				return err
			}
			a := &appointment{in: &in, next: time.Unix(1, 0)} // at once
			if a.read = in.Open(); a.read {
				if a.loud, err = timeSetting(tx, settingLoud+in.ID); err != nil {
					return err
				}
			}
			d.room.agenda[row.ID] = a
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("open the agenda: %w", err)
	}
	return nil
}

// ringAgain is for how long steps that pass one after the other are gathered into
// one alert. The first rings at once, and so does every red line.
const ringAgain = 10 * time.Minute

// look records every moment that has come, rings for what people have not been told
// of, and makes the next appointment.
func (r *responder) look(a *appointment) error {
	rings, next := a.in.Rings(r.now)
	var events []crisis.Event
	for _, x := range rings {
		events = append(events, x.Announcement(r.now))
		switch x.Share {
		case crisis.ShareDue:
			r.note(a.in, "step_overdue", x.Title)
		case crisis.ShareNear:
			r.note(a.in, "reminded", x.Title)
		}
	}
	if len(events) > 0 {
		in, err := r.record(a.in, events...)
		if err != nil {
			return err
		}
		a.in = in
		if err := r.owe(in, crisis.AlertUpdate); err != nil {
			return err
		}
	}
	called, err := r.escalate(a)
	if err != nil {
		return err
	}
	again, err := r.ring(a.in, len(rings) > 0)
	if err != nil {
		return err
	}
	a.next = earliest(next, called, again)
	return nil
}

// ring tells people of clocks that they have not been told of: late ones and those
// that nearly are. It returns when that is to be looked at again, zero for never.
func (r *responder) ring(in *crisis.Incident, news bool) (again time.Time, err error) {
	if soon, late := (&told{}).untold(in, r.now); len(soon)+len(late) == 0 { // whatever people were told
		return again, nil
	}
	told, err := r.d.told(r.tx, in, r.now)
	if err != nil {
		return again, err
	}
	soon, late := told.untold(in, r.now)
	red := slices.ContainsFunc(slices.Concat(soon, late), func(c crisis.Clock) bool { return c.RedLine != "" })
	wait := told.last.At.Add(ringAgain)
	switch {
	case len(soon)+len(late) == 0, !red && len(late) == 0 && in.Holder == "": // who has not acknowledged is called anyway
		return again, nil
	case !red && wait.After(r.now) && (len(late) == 0 || gathering(&told.last)):
		return wait, nil
	case !red && !news && r.d.cfg.Escalation.hushes(in, r.now, r.d.cfg.Zoned()): // it waits for the morning already
		return r.d.cfg.Escalation.morning(r.now, r.d.cfg.Zoned()), nil
	case len(late) > 0:
		return again, r.owe(in, crisis.AlertOverdue)
	}
	return again, r.owe(in, crisis.AlertReminder)
}

// gathering are the alerts behind which late steps wait for a while to be told of
// together.
func gathering(last *crisis.Alert) bool {
	switch last.Kind {
	case crisis.AlertOverdue, crisis.AlertRaised:
		return true
	case crisis.AlertEscalated:
		return last.Escalation != nil && last.Escalation.Why == crisis.WhyOverdue
	}
	return false
}

// earliest returns the earliest of some times, zero ones left out.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// settled looks at the machine-checkable closing criteria of the main plan.
func (r *responder) settled(a *appointment) error {
	in := a.in
	if len(in.Plans) == 0 {
		return nil
	}
	calm, err := r.quietness(a)
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
		r.note(in, "quiet", "")
		a.in, a.next = next, r.now
		return r.owe(next, crisis.AlertQuiet)
	case r.d.cfg.Alerting.AutoClose > 0 && r.now.Sub(in.Quiet) >= time.Duration(r.d.cfg.Alerting.AutoClose)*time.Hour:
		a.next = r.now // what runs from the closing begins
		return r.close(in, in.Peak)
	}
	return nil
}
