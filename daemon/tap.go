package daemon

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

const (
	// tapLife is for how long a link in a message may be used.
	tapLife = 12 * time.Hour
	// tapKept is for how long it is known which links were used: longer than any lives.
	tapKept = 48 * time.Hour

	settingTapKey = "tap.key"
)

// loadTapKey takes the key of signed links from the store, where the first start leaves
// one.
func (d *Daemon) loadTapKey(ctx context.Context) error {
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		text, err := settingOr(tx, settingTapKey)
		if err != nil {
			return err
		}
		if text == "" {
			key := make([]byte, 32)
			if _, err := rand.Read(key); err != nil {
				return err
			}
			text = hex.EncodeToString(key)
			if err := tx.SetSetting(settingTapKey, text); err != nil {
				return err
			}
		}
		d.tapKey, err = hex.DecodeString(text)
		return err
	})
	if err != nil {
		return fmt.Errorf("key of signed links: %w", err)
	}
	return nil
}

// taps gives an alert the links by which the one person who reads a channel acknowledges
// and ticks. A channel that several people read gets none: a link acts in one name. They
// are made when the alert is sent, so that no secret lies in the store.
func (d *Daemon) taps(tx *store.Tx, ch *Channel, a *crisis.Alert, in *crisis.Incident, now time.Time) ([]crisis.TapLink, error) {
	person := d.people.sole(ch.Name)
	if person == "" || d.cfg.URL == "" || a.Incident == "" || a.Closed || in.IsRecused(person) {
		return nil, nil
	}
	if seen, err := seenBy(tx, in, person, now); err != nil || !seen {
		return nil, err
	}
	var out []crisis.TapLink
	add := func(do, plan, step string) {
		sum := sha256.Sum256([]byte(strings.Join([]string{a.ID, person, do, plan, step}, "\x1f")))
		t := crisis.Tap{Person: person, Do: do, Incident: a.Incident, Plan: plan, Step: step, Expires: now.Add(tapLife), Nonce: hex.EncodeToString(sum[:8])}
		out = append(out, crisis.TapLink{Do: do, Plan: plan, Step: step, URL: strings.TrimSuffix(d.cfg.URL, "/") + "/tap/" + t.Token(d.tapKey)})
	}
	if in.Open() && in.Holder == "" {
		add(crisis.TapAcknowledge, "", "")
	}
	for _, c := range a.Next {
		if s := in.Step(c.Plan, c.Step); s != nil && !s.Done && s.AskKind != "approval" && s.AskKind != "published" { // those tick themselves
			add(crisis.TapDone, c.Plan, c.Step)
		}
	}
	return out, nil
}

// Tapped reads a token and says what it would do to its incident as that stands; a link
// that was used is refused.
func (d *Daemon) Tapped(ctx context.Context, token string) (tap crisis.Tap, in crisis.Incident, err error) {
	tap, err = crisis.ReadTap(token, d.tapKey, d.clock.Now())
	if err != nil {
		return tap, in, err
	}
	err = d.store.View(ctx, func(tx *store.Tx) error {
		used, err := tx.TapUsed(tap.Nonce)
		if err != nil {
			return err
		}
		if used {
			return crisis.ErrTapExpired
		}
		in, _, err = tx.Incident(tap.Incident)
		return err
	})
	return tap, in, err
}

// Tap does what a signed link allows, in the name of the person it was made for, once;
// note is what the person writes down with it.
func (d *Daemon) Tap(ctx context.Context, token, note string) (crisis.Tap, error) {
	tap, err := crisis.ReadTap(token, d.tapKey, d.clock.Now())
	if err != nil {
		return tap, err
	}
	act := crisis.Act{Incident: tap.Incident, By: tap.Person, Note: note}
	switch tap.Do {
	case crisis.TapAcknowledge:
		act.Kind = crisis.EventAcknowledged
	case crisis.TapDone:
		act.Kind, act.Plan, act.Step = crisis.EventStepDone, tap.Plan, tap.Step
	default:
		return tap, crisis.ErrTapForged
	}
	now := d.clock.Now()
	_, err = d.act(ctx, act, func(tx *store.Tx) error { // a link is used up with its act, or neither
		switch fresh, err := tx.UseTap(tap.Nonce, now); {
		case err != nil:
			return err
		case !fresh:
			return crisis.ErrTapExpired
		}
		return tx.ForgetTaps(now.Add(-tapKept))
	})
	return tap, err
}
