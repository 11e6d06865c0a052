package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/failpoint"
	"watchfire/daemon/store"
)

// batch is how many due alerts of a channel are taken up at a time.
const batch = 20

// attempt is the longest that one attempt may take, whatever the channel's own
// patience is: a provider that hangs must not hold up the rest of its queue.
const attempt = time.Minute

// Deliver sends what is due on one channel and says how many alerts it took up.
// Every outcome is stored: sent, to be tried later, or refused. The send happens
// between two transactions, so a crash in between sends the alert once more,
// with the same id.
//
// A provider that asks for patience is left alone altogether until then, and an
// incident whose alert must wait keeps its later alerts waiting too.
func (d *Daemon) Deliver(ctx context.Context, ch *Channel) (int, error) {
	due, err := d.dueOn(ctx, ch)
	if err != nil {
		return 0, fmt.Errorf("due alerts of %s: %w", ch.Name, err)
	}
	pace := d.pacers[ch.Name]
	waits := map[string]bool{} // incidents with an alert that must wait
	for _, o := range due {
		if waits[o.Incident] {
			continue
		}
		if pace.free(d.clock.Now()).After(d.clock.Now()) {
			return 0, nil // the loop comes back in a second
		}
		held, err := d.deliver(ctx, ch, o)
		if err != nil {
			return 0, fmt.Errorf("deliver %s: %w", o.ID, err)
		}
		if held == heldChannel {
			break
		}
		waits[o.Incident] = held == heldIncident && o.Incident != ""
	}
	d.delivered.Store(d.clock.Now().Unix())
	return len(due), nil
}

// dueOn returns what is due on a channel that is not left alone, after what was held for
// quiet until now has been put on its way.
func (d *Daemon) dueOn(ctx context.Context, ch *Channel) (due []store.Outgoing, err error) {
	now := d.clock.Now()
	release := false
	var back time.Time
	read := func(tx *store.Tx) error {
		var err error
		if back, err = setBack(tx, ch, now); err != nil || !back.IsZero() {
			return err
		}
		held, err := timeSetting(tx, settingHeld+ch.Name)
		if err != nil || now.Before(held) {
			return err
		}
		if err := d.pacers[ch.Name].learn(tx, ch.Name, now); err != nil {
			return err
		}
		if release, err = tx.Releasable(ch.Name, now); err != nil || release {
			return err
		}
		due, err = tx.Due(ch.Name, now, batch)
		return err
	}
	if err := d.store.View(ctx, read); err != nil || !release && back.IsZero() {
		return due, err
	}
	if !back.IsZero() {
		d.log.Warn("the clock was set back", zap.String("channel", ch.Name), zap.Time("last_attempt", back), zap.Time("now", now))
		return nil, d.store.Update(ctx, func(tx *store.Tx) error {
			return errors.Join(tx.Hasten(ch.Name, now), tx.SetSetting(settingHeld+ch.Name, ""), tx.SetSetting(settingBack+ch.Name, back.UTC().Format(time.RFC3339Nano)))
		})
	}
	err = d.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Release(ch.Name, now); err != nil {
			return err
		}
		return read(tx)
	})
	return due, err
}

// setBack says whether attempts on a channel lie in the future, because the clock was set
// back, and returns the last of them; zero if there are none, or if that has been dealt
// with. Waits that were counted from such an attempt would last as long as the clock is
// behind it.
func setBack(tx *store.Tx, ch *Channel, now time.Time) (time.Time, error) {
	last, err := tx.LastAttempt(ch.Name, now)
	if err != nil || !last.After(now.Add(time.Minute)) {
		return time.Time{}, err
	}
	known, err := timeSetting(tx, settingBack+ch.Name)
	if err != nil || !last.After(known) {
		return time.Time{}, err
	}
	return last, nil
}

// hold is what must wait after an attempt.
type hold int

const (
	heldNothing  hold = iota
	heldIncident      // later alerts of the same incident
	heldChannel       // everything on the channel
)

// deliver sends one alert and stores what became of it.
func (d *Daemon) deliver(ctx context.Context, ch *Channel, o store.Outgoing) (hold, error) {
	ref, quiet, err := d.sending(ctx, ch, &o)
	if err != nil || quiet {
		return heldNothing, err
	}
	d.pacers[ch.Name].note(d.clock.Now())
	o.Alert.Picture = d.illustrate(ctx, ch, &o)
	once, cancel := context.WithTimeout(ctx, attempt)
	receipt, sent := send(once, ch.Sender, ref, o.Alert)
	cancel()
	if ctx.Err() != nil && sent != nil {
		return heldNothing, nil // stopped in mid-send: it is due again at the next start
	}
	if sent != nil {
		d.log.Warn("deliver", zap.String("alert", o.ID), zap.Error(sent))
	}
	return d.outcome(ctx, ch, o, receipt, sent)
}

// sending notes that an attempt begins, unless the alert waits for a later hour, and
// completes the alert; ref is the message of its incident that is on show.
func (d *Daemon) sending(ctx context.Context, ch *Channel, o *store.Outgoing) (ref string, quiet bool, err error) {
	err = d.store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if quiet, err = d.quiet(tx, ch, *o, d.clock.Now()); err != nil || quiet {
			return err
		}
		if err := d.veil(tx, ch, &o.Alert); err != nil {
			return err
		}
		if o.Incident != "" {
			if ref, err = tx.Ref(o.Incident, ch.Name); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			in, _, err := tx.Incident(o.Incident)
			if err != nil {
				return err
			}
			if len(in.Restricted) > 0 && !ch.Restricted {
				o.Alert = o.Alert.Withheld(d.nameless())
			} else if o.Alert.Taps, err = d.taps(tx, ch, &o.Alert, &in, d.clock.Now()); err != nil { // not stored: a link is a secret
				return err
			}
		}
		if o.Alert.Kind != crisis.AlertUpdate { // an edit that is made twice is one
			if o.Alert.Repeat, err = tx.Doubtful(o.ID); err != nil {
				return err
			}
		}
		return tx.Sending(o.ID, d.clock.Now())
	})
	return ref, quiet, err
}

// outcome stores what became of one attempt, even while the daemon stops.
func (d *Daemon) outcome(ctx context.Context, ch *Channel, o store.Outgoing, receipt alerts.Receipt, sent error) (held hold, err error) {
	err = d.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		held, err = d.book(tx, ch, o, receipt, sent, d.clock.Now())
		return err
	})
	return held, err
}

// send chooses the form of delivery: an edit of the message on show, a reply
// below it, or a message of its own.
func send(ctx context.Context, ch alerts.Channel, ref string, a crisis.Alert) (alerts.Receipt, error) {
	if receipt, ok := arrived(ctx, ch, ref, a); ok {
		return receipt, nil
	}
	if a.Kind == crisis.AlertUpdate {
		u, ok := ch.(alerts.Updater)
		if !ok || ref == "" {
			return alerts.Receipt{Detail: "there is no message to edit"}, nil
		}
		failpoint.Hit(failpoint.BeforeEdit)
		defer failpoint.Hit(failpoint.AfterEdit)
		return u.Update(ctx, ref, a)
	}
	if t, ok := ch.(alerts.Threader); ok && ref != "" && a.Kind != crisis.AlertOpened {
		failpoint.Hit(failpoint.BeforeReply)
		defer failpoint.Hit(failpoint.AfterReply)
		return t.Reply(ctx, ref, a)
	}
	failpoint.Hit(failpoint.BeforeSend)
	defer failpoint.Hit(failpoint.AfterSend)
	return ch.Send(ctx, a)
}

// arrived looks at the channel for an alert that may have arrived before. Whoever cannot
// look sends it once more.
func arrived(ctx context.Context, ch alerts.Channel, ref string, a crisis.Alert) (alerts.Receipt, bool) {
	f, ok := ch.(alerts.Finder)
	if !ok || !a.Repeat {
		return alerts.Receipt{}, false
	}
	receipt, err := f.Find(ctx, ref, a)
	return receipt, err == nil
}

// book stores the outcome of one attempt and says what must wait.
func (d *Daemon) book(tx *store.Tx, ch *Channel, o store.Outgoing, receipt alerts.Receipt, sent error, now time.Time) (hold, error) {
	sent = lasting(o, sent)
	var refused *alerts.Refused
	switch {
	case sent == nil:
		if err := errors.Join(tx.Sent(o.ID, now, receipt.Ref, receipt.Detail), d.works(tx, ch, now)); err != nil {
			return heldNothing, err
		}
		return heldNothing, d.enter(tx, ch, o, crisis.EventAlertSent, receipt.Detail, now)
	case errors.Is(sent, alerts.ErrLost):
		return d.lost(tx, ch, o, sent, now)
	case errors.As(sent, &refused):
		if err := errors.Join(tx.Refused(o.ID, now, sent.Error(), refused.Fix), d.broken(tx, ch, sent, refused.Fix, now)); err != nil {
			return heldNothing, err
		}
		return heldNothing, d.enter(tx, ch, o, crisis.EventAlertRefused, refused.Fix, now)
	case now.Sub(o.Created) > alerts.Horizon:
		if err := errors.Join(tx.Dead(o.ID, now, sent.Error()), d.broken(tx, ch, sent, "", now)); err != nil {
			return heldNothing, err
		}
		return heldNothing, d.enter(tx, ch, o, crisis.EventAlertRefused, sent.Error(), now)
	}
	return d.later(tx, ch, o, sent, now)
}

// What some do not have while others do is tried for this long and this often, before
// people are told on the other channels who lacks it: the waits between seven attempts
// are some twenty minutes.
const (
	restPatience = 30 * time.Minute
	restTries    = 7
)

// lasting makes a refusal of what some lack for too long.
func lasting(o store.Outgoing, sent error) error {
	var later *alerts.Later
	if !errors.As(sent, &later) || later.Rest == "" || o.Attempts+1 < restTries && later.After <= restPatience {
		return sent
	}
	return &alerts.Refused{Fix: later.Rest, Err: sent}
}

// later puts an alert back until it may go through. When the provider named a
// time, the whole channel waits for it; what others have already holds up nothing.
func (d *Daemon) later(tx *store.Tx, ch *Channel, o store.Outgoing, cause error, now time.Time) (hold, error) {
	held, wait := heldIncident, alerts.Backoff(o.Attempts+1, o.ID)
	told := aside(alerts.Why(cause, o.Alert.Lang), cause.Error(), d.cfg.Lang)
	var later *alerts.Later
	if errors.As(cause, &later) && later.Fix != "" {
		if err := d.broken(tx, ch, cause, later.Fix, now); err != nil {
			return held, err
		}
	}
	switch {
	case later == nil:
	case later.Rest != "":
		held, wait = heldNothing, max(wait, later.After)
	case later.After > 0:
		held, wait = heldChannel, max(wait, later.After)
		if err := tx.SetSetting(settingHeld+ch.Name, now.Add(later.After).UTC().Format(time.RFC3339Nano)); err != nil {
			return held, err
		}
	}
	if alerts.Unanswered(cause) {
		return held, tx.Unanswered(o.ID, now, now.Add(wait), told)
	}
	return held, tx.Later(o.ID, now, now.Add(wait), told)
}

// lost deals with a message that somebody deleted: an edit of it has nothing left
// to do, and anything else becomes a message of its own.
func (d *Daemon) lost(tx *store.Tx, ch *Channel, o store.Outgoing, cause error, now time.Time) (hold, error) {
	if err := tx.Forget(o.Incident, ch.Name); err != nil {
		return heldNothing, err
	}
	if o.Alert.Kind == crisis.AlertUpdate {
		return heldNothing, tx.Sent(o.ID, now, "", cause.Error())
	}
	return d.later(tx, ch, o, cause, now)
}

// enter writes a delivery into the timeline of its incident; edits are no news.
func (d *Daemon) enter(tx *store.Tx, ch *Channel, o store.Outgoing, kind crisis.EventKind, detail string, now time.Time) error {
	if o.Incident == "" || o.Alert.Kind == crisis.AlertUpdate {
		return nil
	}
	_, err := tx.Append(o.Incident, now, crisis.NewEvent(kind, now, crisis.Machine,
		crisis.Delivery{Alert: o.ID, Kind: o.Alert.Kind, Channel: ch.Name, Detail: detail}))
	return err
}

// broken tells a human on the other channels that this one fails for good. It says
// so once a day, or a broken channel would be as loud as a crisis.
func (d *Daemon) broken(tx *store.Tx, ch *Channel, cause error, fix string, now time.Time) error {
	told, err := timeSetting(tx, settingBroken+ch.Name)
	if err != nil || !told.IsZero() && now.Sub(told) < 24*time.Hour {
		return err
	}
	if err := tx.SetSetting(settingBroken+ch.Name, now.UTC().Format(time.RFC3339Nano)); err != nil {
		return err
	}
	return d.tellAll(tx, crisis.AlertBlind, crisis.Trouble{
		Part: crisis.PartChannel, Name: ch.Name, Source: ch.Name, Since: now, Detail: cause.Error(), Fix: fix,
	}, now)
}

// works tells the other channels that one they were told to be broken delivers
// again, so that the next failure is told at once.
func (d *Daemon) works(tx *store.Tx, ch *Channel, now time.Time) error {
	told, err := timeSetting(tx, settingBroken+ch.Name)
	if err != nil || told.IsZero() {
		return err
	}
	if err := tx.SetSetting(settingBroken+ch.Name, ""); err != nil {
		return err
	}
	return d.tellAll(tx, crisis.AlertSight, crisis.Trouble{Part: crisis.PartChannel, Name: ch.Name, Source: ch.Name, Since: told}, now)
}

// settingOr reads a setting; "" if there is none.
func settingOr(tx *store.Tx, key string) (string, error) {
	text, err := tx.Setting(key)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return text, err
}

// timeSetting reads a time among the settings; zero if there is none.
func timeSetting(tx *store.Tx, key string) (time.Time, error) {
	text, err := tx.Setting(key)
	if errors.Is(err, store.ErrNotFound) || err == nil && text == "" {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, text)
}

// edits says whether a channel can bring a message up to date.
func edits(ch *Channel) bool {
	_, ok := ch.Sender.(alerts.Updater)
	return ok
}
