package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// batch is how many due alerts of a channel are taken up at a time.
const batch = 20

// Deliver sends what is due on one channel and says how many alerts it took up.
// Every outcome is stored: sent, to be tried later, or refused. The send happens
// between two transactions, so a crash in between sends the alert once more,
// with the same id.
func (d *Daemon) Deliver(ctx context.Context, ch *Channel) (int, error) {
	var due []store.Outgoing
	err := d.store.View(ctx, func(tx *store.Tx) error {
		var err error
		due, err = tx.Due(ch.Name, d.clock.Now(), batch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("due alerts of %s: %w", ch.Name, err)
	}
	for _, o := range due {
		if err := d.deliver(ctx, ch, o); err != nil {
			return 0, fmt.Errorf("deliver %s: %w", o.ID, err)
		}
	}
	d.delivered.Store(d.clock.Now().Unix())
	return len(due), nil
}

// deliver sends one alert and stores what became of it.
func (d *Daemon) deliver(ctx context.Context, ch *Channel, o store.Outgoing) error {
	var ref string
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if o.Incident != "" {
			if ref, err = tx.Ref(o.Incident, ch.Name); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return tx.Sending(o.ID, d.clock.Now())
	})
	if err != nil {
		return err
	}
	receipt, sent := send(ctx, ch.Sender, ref, o.Alert)
	if ctx.Err() != nil {
		return nil // stopped in mid-send: it is due again at the next start
	}
	now := d.clock.Now()
	if err := d.store.Update(ctx, func(tx *store.Tx) error { return d.book(tx, ch, o, receipt, sent, now) }); err != nil {
		return err
	}
	if sent != nil {
		d.log.Warn("deliver", zap.String("alert", o.ID), zap.Error(sent))
	}
	return nil
}

// send chooses the form of delivery: an edit of the message on show, a reply
// below it, or a message of its own.
func send(ctx context.Context, ch alerts.Channel, ref string, a crisis.Alert) (alerts.Receipt, error) {
	if a.Kind == crisis.AlertUpdate {
		u, ok := ch.(alerts.Updater)
		if !ok || ref == "" {
			return alerts.Receipt{Detail: "there is no message to edit"}, nil
		}
		return u.Update(ctx, ref, a)
	}
	if t, ok := ch.(alerts.Threader); ok && ref != "" && a.Kind != crisis.AlertOpened {
		return t.Reply(ctx, ref, a)
	}
	return ch.Send(ctx, a)
}

// book stores the outcome of one attempt; see channels.md for the classes.
func (d *Daemon) book(tx *store.Tx, ch *Channel, o store.Outgoing, receipt alerts.Receipt, sent error, now time.Time) error {
	var refused *alerts.Refused
	var later *alerts.Later
	event, detail := crisis.EventAlertSent, receipt.Detail
	switch {
	case sent == nil:
		if err := tx.Sent(o.ID, now, receipt.Ref, receipt.Detail); err != nil {
			return err
		}
	case errors.As(sent, &refused):
		event, detail = crisis.EventAlertRefused, refused.Fix
		if err := tx.Refused(o.ID, now, sent.Error(), refused.Fix); err != nil {
			return err
		}
		if err := d.tellOthers(tx, ch, sent, refused.Fix, now); err != nil {
			return err
		}
	case now.Sub(o.Created) > alerts.Horizon:
		event, detail = crisis.EventAlertRefused, sent.Error()
		if err := tx.Dead(o.ID, now, sent.Error()); err != nil {
			return err
		}
		if err := d.tellOthers(tx, ch, sent, "", now); err != nil {
			return err
		}
	default:
		wait := alerts.Backoff(o.Attempts + 1)
		if errors.As(sent, &later) && later.After > wait {
			wait = later.After
		}
		return tx.Later(o.ID, now, now.Add(wait), sent.Error())
	}
	if o.Incident == "" || o.Alert.Kind == crisis.AlertUpdate {
		return nil
	}
	_, err := tx.Append(o.Incident, now, crisis.NewEvent(event, now, crisis.Machine,
		crisis.Delivery{Alert: o.ID, Kind: o.Alert.Kind, Channel: ch.Name, Detail: detail}))
	return err
}

// tellOthers tells a human on the other channels that this one fails for good.
// It says so once a day, or a broken channel would be as loud as a crisis.
func (d *Daemon) tellOthers(tx *store.Tx, ch *Channel, cause error, fix string, now time.Time) error {
	key := settingBroken + ch.Name
	last, err := tx.Setting(key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if told, err := time.Parse(time.RFC3339, last); err == nil && now.Sub(told) < 24*time.Hour {
		return nil
	}
	if err := tx.SetSetting(key, now.UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	return d.tellAll(tx, crisis.AlertBlind, crisis.Trouble{
		Source: ch.Name, Since: now, Detail: cause.Error(), Fix: fix,
	}, now, ch.Name)
}

// edits says whether a channel can bring a message up to date.
func edits(ch *Channel) bool {
	_, ok := ch.Sender.(alerts.Updater)
	return ok
}
