package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// compose says in facts what an incident's alert of one kind carries. The wording
// is the channel's.
func (d *Daemon) compose(in *crisis.Incident, kind crisis.AlertKind, now time.Time, blind []string) crisis.Alert {
	a := crisis.Alert{
		Kind: kind, Incident: in.ID, Seq: in.Events, Drill: in.Drill,
		Lang: d.cfg.Lang, Zone: d.cfg.Zone, At: now.UTC(), Org: d.cfg.Org,
		Topic: in.Topic, Title: in.Title,
		Level: in.Level(), EventLevel: in.EventLevel, OpinionLevel: in.OpinionLevel,
		Since: in.Opened, Holder: in.Holder, Closed: !in.Open(), BlindSources: d.labels(blind),
	}
	a.Signals = slices.Clone(in.Signals)
	slices.SortStableFunc(a.Signals, func(x, y crisis.Signal) int {
		if x.Tier != y.Tier {
			return strings.Compare(string(x.Tier), string(y.Tier)) // alert before notice
		}
		return compareFloat(y.Odds, x.Odds)
	})
	for i := range a.Signals {
		a.Evidence = append(a.Evidence, a.Signals[i].Evidence...)
		a.Signals[i].Evidence = nil
	}
	a.Evidence = distinct(a.Evidence, d.cfg.Alerting.Evidence)
	for i := range a.Evidence {
		a.Evidence[i].Source = d.sourceConfig(a.Evidence[i].Source).Label()
	}
	if len(in.Plans) > 0 {
		a.Plan, a.PlanEN = in.Plans[0].Title, in.Plans[0].TitleEN
	}
	for _, s := range in.Checklist() {
		a.StepsAll++
		if s.Done {
			a.StepsDone++
		}
	}
	d.addClocks(&a, in, now)
	if d.cfg.URL != "" {
		a.Link = strings.TrimSuffix(d.cfg.URL, "/") + "/incidents/" + in.ID
	}
	return a
}

// labels returns what people call these sources.
func (d *Daemon) labels(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = d.sourceConfig(name).Label()
	}
	return out
}

// addClocks fills in the next steps, the red lines, and what is overdue.
func (d *Daemon) addClocks(a *crisis.Alert, in *crisis.Incident, now time.Time) {
	red := map[string]bool{}
	for _, c := range in.Clocks() {
		switch {
		case c.RedLine != "" && !red[c.RedLine]:
			red[c.RedLine] = true
			a.RedLines = append(a.RedLines, c)
		case c.RedLine == "" && len(a.Next) < d.cfg.Alerting.Steps:
			a.Next = append(a.Next, c)
		}
		if !c.Due.After(now) {
			a.Overdue = append(a.Overdue, c)
		}
	}
}

// distinct keeps the first n pieces of evidence that are not the same post.
func distinct(all []crisis.Evidence, n int) []crisis.Evidence {
	var out []crisis.Evidence
	seen := map[crisis.PostKey]bool{}
	for _, e := range all {
		if len(out) < n && !seen[e.Key] {
			seen[e.Key] = true
			out = append(out, e)
		}
	}
	return out
}

// enqueue puts an incident's alert on the way to every channel that wants it.
// The id names incident, event and channel, so it is the same after a crash.
func (r *responder) enqueue(in *crisis.Incident, kind crisis.AlertKind) error {
	return r.d.enqueue(r.tx, in, r.d.compose(in, kind, r.now, r.sees.blind()))
}

func (d *Daemon) enqueue(tx *store.Tx, in *crisis.Incident, a crisis.Alert) error {
	for i := range d.cfg.Channels {
		ch := &d.cfg.Channels[i]
		if ch.Least != crisis.LevelNone && ch.Least.Graver(in.Level()) {
			continue
		}
		if a.Kind == crisis.AlertUpdate && !edits(ch) {
			continue
		}
		a.ID = fmt.Sprintf("%s.%d.%s.%s", in.ID, a.Seq, a.Kind, ch.Name)
		if err := tx.Enqueue(store.Outgoing{ID: a.ID, Incident: in.ID, Channel: ch.Name, Alert: a, Due: a.At}); err != nil {
			return fmt.Errorf("enqueue %s: %w", a.ID, err)
		}
		if a.Kind != crisis.AlertUpdate && a.Kind != crisis.AlertOpened && edits(ch) {
			if err := d.refresh(tx, in, ch, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// refresh brings the message that is on show up to date beside a new one.
func (d *Daemon) refresh(tx *store.Tx, in *crisis.Incident, ch *Channel, a crisis.Alert) error {
	a.Kind = crisis.AlertUpdate
	a.ID = fmt.Sprintf("%s.%d.%s.%s", in.ID, a.Seq, a.Kind, ch.Name)
	return tx.Enqueue(store.Outgoing{ID: a.ID, Incident: in.ID, Channel: ch.Name, Alert: a, Due: a.At})
}

// tellAll tells every channel about trouble with seeing.
func (r *responder) tellAll(kind crisis.AlertKind, t crisis.Trouble) error {
	return r.d.tellAll(r.tx, kind, t, r.now, "")
}

// tellAll enqueues trouble for every channel but except.
func (d *Daemon) tellAll(tx *store.Tx, kind crisis.AlertKind, t crisis.Trouble, now time.Time, except string) error {
	a := crisis.Alert{
		Kind: kind, Lang: d.cfg.Lang, Zone: d.cfg.Zone, At: now.UTC(), Org: d.cfg.Org,
		Title: t.Source, Since: t.Since, Trouble: &t,
	}
	if d.cfg.URL != "" {
		a.Link = strings.TrimSuffix(d.cfg.URL, "/") + "/sources"
	}
	for i := range d.cfg.Channels {
		name := d.cfg.Channels[i].Name
		if name == except {
			continue
		}
		a.ID = fmt.Sprintf("%s.%s.%s.%s", kind, t.Source, now.UTC().Format("20060102T150405"), name)
		if err := tx.Enqueue(store.Outgoing{ID: a.ID, Channel: name, Alert: a, Due: a.At}); err != nil {
			return fmt.Errorf("enqueue %s: %w", a.ID, err)
		}
	}
	return nil
}
