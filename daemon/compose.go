package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// compose says in facts what an incident's alert of one kind carries. The wording
// is the channel's.
func (d *Daemon) compose(tx *store.Tx, in *crisis.Incident, kind crisis.AlertKind, now time.Time, blind []string) (crisis.Alert, error) {
	told, err := d.told(tx, in)
	if err != nil {
		return crisis.Alert{}, err
	}
	a := crisis.Alert{
		Kind: kind, Incident: in.ID, Seq: in.Events, Drill: in.Drill,
		Lang: d.cfg.Lang, Zone: d.cfg.Zone, At: now.UTC(), Org: d.cfg.Org,
		Topic: in.Topic, Title: in.Title,
		Level: in.Level(), EventLevel: in.EventLevel, OpinionLevel: in.OpinionLevel,
		Since: in.Opened, Holder: in.Holder, Closed: !in.Open(), BlindSources: d.labels(blind),
	}
	if kind == crisis.AlertRaised {
		a.Was = told.last.Level
		if a.Level.Graver(a.Was) {
			a.Remark = d.prefer(in.LevelReason, in.LevelReasonEN)
		}
	}
	if p := in.Proposal; p != nil {
		a.Proposed, a.ProposedWhy = p.Opinion, d.prefer(p.Reason, p.ReasonEN)
	}
	d.addSignals(&a, in.Signals)
	if len(in.Plans) > 0 {
		a.Plan, a.PlanEN = in.Plans[0].Title, in.Plans[0].TitleEN
	}
	for _, s := range in.Checklist() {
		a.StepsAll++
		if s.Done {
			a.StepsDone++
		}
	}
	d.addClocks(&a, in, told.untold(in, now))
	if d.cfg.URL != "" {
		a.Link = strings.TrimSuffix(d.cfg.URL, "/") + "/incidents/" + in.ID
	}
	return a, nil
}

// prefer chooses the English form where people are told in English and there is one.
func (d *Daemon) prefer(zh, en string) string {
	if d.cfg.Lang == "en" && en != "" {
		return en
	}
	return zh
}

// addSignals puts what is nearest to now first: alerts before notices, then the
// shorter window. The evidence begins with that of the newest signal.
func (d *Daemon) addSignals(a *crisis.Alert, signals []crisis.Signal) {
	a.Signals = slices.Clone(signals)
	slices.SortStableFunc(a.Signals, func(x, y crisis.Signal) int {
		return cmp.Or(cmp.Compare(x.Tier, y.Tier), cmp.Compare(x.Window, y.Window))
	})
	newest := slices.Clone(a.Signals)
	slices.SortStableFunc(newest, func(x, y crisis.Signal) int { return y.At.Compare(x.At) })
	for _, s := range newest {
		a.Evidence = append(a.Evidence, s.Evidence...)
	}
	a.Evidence = distinct(a.Evidence, d.cfg.Alerting.Evidence)
	for i := range a.Evidence {
		a.Evidence[i].Source = d.sourceConfig(a.Evidence[i].Source).Label()
	}
	for i := range a.Signals {
		a.Signals[i].Evidence, a.Signals[i].Sources = nil, d.labels(a.Signals[i].Sources)
	}
}

// labels returns what people call the sources.
func (d *Daemon) labels(names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, d.sourceConfig(name).Label())
	}
	return out
}

// addClocks fills in the first open steps, the red lines, and what passed without
// people having been told.
func (d *Daemon) addClocks(a *crisis.Alert, in *crisis.Incident, late []crisis.Clock) {
	a.Overdue = late
	red := map[string]bool{}
	for _, c := range in.Clocks() {
		switch {
		case c.RedLine != "" && !red[c.RedLine]:
			red[c.RedLine] = true
			a.RedLines = append(a.RedLines, c)
		case c.RedLine == "" && len(a.Next) < d.cfg.Alerting.Steps && !slices.Contains(late, c):
			a.Next = append(a.Next, c)
		}
	}
}

// told is what people know of an incident.
type told struct {
	last crisis.Alert           // the newest alert with steps in it, zero if none
	late map[crisis.Overdue]int // of what passed: the event that recorded it
}

func (d *Daemon) told(tx *store.Tx, in *crisis.Incident) (told, error) {
	t := told{late: map[crisis.Overdue]int{}}
	var err error
	if t.last, err = tx.LastAlert(in.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return t, fmt.Errorf("what people know of incident %s: %w", in.ID, err)
	}
	_, events, err := tx.Incident(in.ID)
	if err != nil {
		return t, err
	}
	for i := range events {
		if o, ok := events[i].Overdue(); ok {
			t.late[crisis.Overdue{Plan: o.Plan, Step: o.Step, RedLine: o.RedLine}] = events[i].Seq
		}
	}
	return t, nil
}

// untold returns the clocks that have passed since people were last told.
func (t *told) untold(in *crisis.Incident, now time.Time) []crisis.Clock {
	var out []crisis.Clock
	for _, c := range in.Clocks() {
		if !c.Due.After(now) && t.late[crisis.Overdue{Plan: c.Plan, Step: c.Step, RedLine: c.RedLine}] > t.last.Seq {
			out = append(out, c)
		}
	}
	return out
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
	a, err := r.d.compose(r.tx, in, kind, r.now, r.sees.blind())
	if err != nil {
		return err
	}
	return r.d.enqueue(r.tx, in, a)
}

func (d *Daemon) enqueue(tx *store.Tx, in *crisis.Incident, a crisis.Alert) error {
	for i := range d.cfg.Channels {
		ch := &d.cfg.Channels[i]
		wants, err := d.wants(tx, ch, in)
		if err != nil {
			return err
		}
		if !wants || a.Kind == crisis.AlertUpdate && !edits(ch) {
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

// wants says whether a channel is told of an incident: one that is grave enough,
// or of which it has been told before and must hear how it ends.
func (d *Daemon) wants(tx *store.Tx, ch *Channel, in *crisis.Incident) (bool, error) {
	if ch.Least == crisis.LevelNone || !ch.Least.Graver(in.Level()) {
		return true, nil
	}
	return tx.Told(in.ID, ch.Name)
}

// refresh brings the message that is on show up to date beside a new one.
func (d *Daemon) refresh(tx *store.Tx, in *crisis.Incident, ch *Channel, a crisis.Alert) error {
	a.Kind = crisis.AlertUpdate
	a.ID = fmt.Sprintf("%s.%d.%s.%s", in.ID, a.Seq, a.Kind, ch.Name)
	return tx.Enqueue(store.Outgoing{ID: a.ID, Incident: in.ID, Channel: ch.Name, Alert: a, Due: a.At})
}

// tellAll enqueues trouble for every channel but the one that has it.
func (d *Daemon) tellAll(tx *store.Tx, kind crisis.AlertKind, x crisis.Trouble, now time.Time) error {
	for i := range d.cfg.Channels {
		ch := d.cfg.Channels[i].Name
		if x.Part == crisis.PartChannel && x.Name == ch {
			continue
		}
		a := d.trouble(kind, x, now, ch)
		if err := tx.Enqueue(store.Outgoing{ID: a.ID, Channel: ch, Alert: a, Due: a.At}); err != nil {
			return fmt.Errorf("enqueue %s: %w", a.ID, err)
		}
	}
	return nil
}

// trouble is the alert about a part that does not work, or works again. Its id
// names the part, the minute and the channel.
func (d *Daemon) trouble(kind crisis.AlertKind, x crisis.Trouble, now time.Time, channel string) crisis.Alert {
	a := crisis.Alert{
		ID:   troubleID(kind, x) + now.UTC().Format("20060102T150405") + "." + channel,
		Kind: kind, Drill: d.drill, Lang: d.cfg.Lang, Zone: d.cfg.Zone, At: now.UTC(), Org: d.cfg.Org, Title: x.Source, Since: x.Since, Trouble: &x,
	}
	if d.cfg.URL != "" {
		a.Link = strings.TrimSuffix(d.cfg.URL, "/") + pages[x.Part]
	}
	return a
}

// pages are where people see to each part.
var pages = map[crisis.Part]string{crisis.PartSource: "/sources", crisis.PartChannel: "/", crisis.PartStore: "/"}

// troubleID begins the id of every alert about a part.
func troubleID(kind crisis.AlertKind, x crisis.Trouble) string {
	return string(kind) + "." + string(x.Part) + "." + x.Name + "."
}
