package daemon

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

const (
	// gatherFor is how long a storm's alerts are gathered before they are sent as one.
	gatherFor = 15 * time.Minute
	// broadAgain is how often it is looked whether a broader incident still stands for a
	// part of it.
	broadAgain = 10 * time.Minute
)

// rings says whether an alert rings whatever people want to have quiet: levels I and II,
// red lines, calls for help, and what a person asked for.
func rings(a *crisis.Alert) bool {
	red := func(c crisis.Clock) bool { return c.RedLine != "" }
	switch a.Kind {
	case crisis.AlertRescue, crisis.AlertTest, crisis.AlertDigest, crisis.AlertUpdate:
		return true
	}
	return a.Level == crisis.LevelI || a.Level == crisis.LevelII || slices.ContainsFunc(a.Overdue, red) || slices.ContainsFunc(a.Soon, red) ||
		a.Escalation != nil && a.Escalation.RedLine != ""
}

// quiet keeps an alert that is due from ringing if people want it so: because somebody
// silenced it, because a broader incident stands for it, or because too much rings. It
// says whether the alert waits.
func (d *Daemon) quiet(tx *store.Tx, ch *Channel, o store.Outgoing, now time.Time) (bool, error) {
	if rings(&o.Alert) {
		return false, nil
	}
	if o.Incident != "" {
		until, why, err := d.silenced(tx, ch, o, now)
		if err == nil && until.IsZero() {
			until, why, err = d.within(tx, o, now)
		}
		if err != nil {
			return false, err
		}
		if !until.IsZero() {
			return true, tx.Hold(o.ID, now, until, why)
		}
	}
	if ch.Hourly <= 0 {
		return false, nil
	}
	n, err := tx.Rung(ch.Name, now.Add(-time.Hour))
	if err != nil || n < ch.Hourly {
		return false, err
	}
	return true, d.gather(tx, ch, o, now)
}

// silenced returns until when somebody wants no alerts like this one, and why.
func (d *Daemon) silenced(tx *store.Tx, ch *Channel, o store.Outgoing, now time.Time) (until time.Time, why string, err error) {
	all, err := tx.Silences(now)
	if err != nil {
		return until, "", err
	}
	like := func(want, is string) bool { return want == "" || want == is }
	for _, s := range all {
		if s.Holds(now) && like(s.Incident, o.Incident) && like(s.Topic, o.Alert.Topic) && like(s.Channel, ch.Name) && s.Until.After(until) {
			until = s.Until
			why = d.prefer(fmt.Sprintf("静默中（%s：%s）", s.By, s.Reason), fmt.Sprintf("silenced by %s: %s", s.By, s.Reason))
		}
	}
	return until, why, nil
}

// within says whether an open incident of a broader topic, at least as grave, stands for
// this one: the alert waits for as long as it does.
func (d *Daemon) within(tx *store.Tx, o store.Outgoing, now time.Time) (until time.Time, why string, err error) {
	above := d.above(o.Alert.Topic)
	if len(above) == 0 {
		return until, "", nil
	}
	open, err := tx.OpenIncidents()
	if err != nil {
		return until, "", err
	}
	for _, row := range open {
		if !slices.Contains(above, row.Topic) || o.Alert.Level.Graver(row.Level) {
			continue
		}
		if err := d.joined(tx, o, row.ID, now); err != nil {
			return until, "", err
		}
		title := row.Title
		if len(row.Within) > 0 { // the ledger is read by others than see that incident
			title = d.nameless()
		}
		return now.Add(broadAgain), d.prefer("并入“"+title+"”一并提醒", "told with “"+title+"”"), nil
	}
	return until, "", nil
}

// above are the topics that a topic is part of, the nearest first.
func (d *Daemon) above(topic string) []string {
	var out []string
	for t, ok := d.topics[topic]; ok && t.PartOf != "" && !slices.Contains(out, t.PartOf); t, ok = d.topics[t.PartOf] {
		out = append(out, t.PartOf)
	}
	return out
}

// joined writes into the timeline of the broader incident, once, that it stands for
// another.
func (d *Daemon) joined(tx *store.Tx, o store.Outgoing, into string, now time.Time) error {
	key := "joined." + o.Incident
	switch known, err := tx.Setting(key); {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	case known == into:
		return nil
	}
	if err := tx.SetSetting(key, into); err != nil {
		return err
	}
	part, _, err := tx.Incident(o.Incident)
	if err != nil {
		return err
	}
	title := alerts.Clean(o.Alert.Title, 30)
	if len(part.Restricted) > 0 {
		title = d.nameless()
	}
	text := fmt.Sprintf("“%s”也出现异常（%s），提醒并入本事件", title, o.Incident)
	if d.cfg.Lang == "en" {
		text = fmt.Sprintf("“%s” is unusual too (%s): told with this incident", title, o.Incident)
	}
	_, err = tx.Append(into, now, crisis.NewEvent(crisis.EventNote, now, crisis.Machine, crisis.Remark{Text: text}))
	return err
}

// gather makes an alert a line of the digest of this quarter of an hour.
func (d *Daemon) gather(tx *store.Tx, ch *Channel, o store.Outgoing, now time.Time) error {
	begin := now.Truncate(gatherFor)
	digest := crisis.Alert{
		ID: "digest." + begin.UTC().Format("20060102T1504") + "." + ch.Name, Kind: crisis.AlertDigest, Drill: d.drill,
		Lang: d.cfg.Lang, Zone: d.cfg.Zone, At: begin.Add(gatherFor).UTC(), Since: begin.UTC(), Org: d.cfg.Org, Link: d.cfg.URL,
		Digest: []crisis.Told{{
			Incident: o.Incident, Title: o.Alert.Title, Kind: o.Alert.Kind, Level: o.Alert.Level, At: o.Alert.At, Drill: o.Alert.Drill,
		}},
	}
	return tx.Bundle(o, digest, digest.At, now)
}

// hold lets an alert wait for the morning. Of one incident one waits on a channel: it
// is brought up to date, and keeps the loudest of the reasons.
func (d *Daemon) hold(tx *store.Tx, in *crisis.Incident, ch *Channel, a crisis.Alert, until time.Time) error {
	waiting, err := tx.Held(in.ID, ch.Name, a.At)
	switch {
	case errors.Is(err, store.ErrNotFound):
		a.ID = fmt.Sprintf("%s.%d.%s.%s", in.ID, a.Seq, a.Kind, ch.Name)
		err = tx.Enqueue(store.Outgoing{ID: a.ID, Incident: in.ID, Channel: ch.Name, Alert: a, Created: a.At, Due: until})
	case err == nil:
		a.ID = waiting.ID
		if loudness[waiting.Kind] > loudness[a.Kind] {
			a.Kind = waiting.Kind
		}
		err = tx.Rewrite(a)
	}
	if err != nil {
		return fmt.Errorf("let an alert of %s wait: %w", in.ID, err)
	}
	return nil
}
