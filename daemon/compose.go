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
	told, err := d.told(tx, in, now)
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
	soon, late := told.untold(in, now)
	d.addClocks(&a, in, soon, late)
	a.Link = d.page(in.ID)
	return a, nil
}

// page is the address of an incident's page, "" where nobody can reach the console.
func (d *Daemon) page(incident string) string {
	if d.cfg.URL == "" {
		return ""
	}
	return strings.TrimSuffix(d.cfg.URL, "/") + "/incidents/" + incident
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

// addClocks fills in the first open steps, the red lines, and what passed, or nearly
// has, without people having been told.
func (d *Daemon) addClocks(a *crisis.Alert, in *crisis.Incident, soon, late []crisis.Clock) {
	a.Soon, a.Overdue, a.Next, a.RedLines = soon, late, nil, nil
	red := map[string]bool{}
	same := func(c crisis.Clock) func(crisis.Clock) bool {
		return func(x crisis.Clock) bool { return x.Plan == c.Plan && x.Step == c.Step && x.RedLine == c.RedLine }
	}
	for _, c := range in.Clocks() {
		switch {
		case c.RedLine != "" && !red[c.RedLine]:
			red[c.RedLine] = true
			a.RedLines = append(a.RedLines, c)
		case c.RedLine == "" && len(a.Next) < d.cfg.Alerting.Steps && !slices.ContainsFunc(late, same(c)) && !slices.ContainsFunc(soon, same(c)):
			a.Next = append(a.Next, c)
		}
	}
	for _, clocks := range [][]crisis.Clock{a.Soon, a.Overdue, a.Next, a.RedLines} {
		for i := range clocks {
			clocks[i].For = d.doers(in, &clocks[i], a.At)
		}
	}
}

// doers returns who is to do a step: who was asked to, else who has its role.
func (d *Daemon) doers(in *crisis.Incident, c *crisis.Clock, now time.Time) []string {
	s := in.Step(c.Plan, c.Step)
	if s == nil || s.Owner != "" {
		return c.For
	}
	return d.people.holders(s.Role, now, in.IsRecused)
}

// told is what people know of an incident.
type told struct {
	last crisis.Alert // the newest alert with steps in it that does not wait for the morning, zero if none
}

func (d *Daemon) told(tx *store.Tx, in *crisis.Incident, now time.Time) (told, error) {
	var t told
	var err error
	if t.last, err = tx.LastAlert(in.ID, now); err != nil && !errors.Is(err, store.ErrNotFound) {
		return t, fmt.Errorf("what people know of incident %s: %w", in.ID, err)
	}
	return t, nil
}

// untold returns the clocks that have passed since people were last told, and those
// that nearly have.
func (t *told) untold(in *crisis.Incident, now time.Time) (soon, late []crisis.Clock) {
	for _, c := range in.Said(crisis.ShareNear, t.last.Seq) {
		if c.Due.After(now) {
			soon = append(soon, c)
		}
	}
	for _, c := range in.Said(crisis.ShareDue, t.last.Seq) {
		if !c.Due.After(now) {
			late = append(late, c)
		}
	}
	return soon, late
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
func (r *responder) enqueue(in *crisis.Incident, kind crisis.AlertKind, calls []crisis.Escalation, remark string) error {
	a, err := r.d.compose(r.tx, in, kind, r.now, r.sees.blind())
	if err != nil {
		return err
	}
	if remark != "" {
		a.Remark = remark
	}
	if len(calls) > 0 {
		a.Escalation = &calls[0]
		r.d.addClocks(&a, in, a.Soon, calledFor(in, calls, a.Overdue))
	}
	return r.d.enqueue(r.tx, in, a)
}

// calledFor returns the late clocks that people are called for, behind those that
// nobody has been told of.
func calledFor(in *crisis.Incident, calls []crisis.Escalation, untold []crisis.Clock) []crisis.Clock {
	out := slices.Clone(untold)
	for _, c := range in.Clocks() {
		same := func(x crisis.Clock) bool { return x.Plan == c.Plan && x.Step == c.Step && x.RedLine == c.RedLine }
		if !slices.ContainsFunc(out, same) && slices.ContainsFunc(calls, func(e crisis.Escalation) bool {
			return e.Why == crisis.WhyOverdue && e.Plan == c.Plan && e.Step == c.Step && e.RedLine == c.RedLine
		}) {
			out = append(out, c)
		}
	}
	return out
}

func (d *Daemon) enqueue(tx *store.Tx, in *crisis.Incident, a crisis.Alert) error {
	people := d.audience(in, &a)
	a.For = d.named(in, &a)
	morning := d.held(in, &a)
	for i := range d.cfg.Channels {
		ch := &d.cfg.Channels[i]
		wants, err := d.wants(tx, ch, in, &a, people)
		if err != nil {
			return err
		}
		if !wants || a.Kind == crisis.AlertUpdate && !edits(ch) {
			continue
		}
		if !morning.IsZero() {
			if err := d.hold(tx, in, ch, a, morning); err != nil {
				return err
			}
			continue
		}
		a, err := d.unheld(tx, in, ch, a)
		if err != nil {
			return err
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

// unheld puts an alert in the place of one that waits for the morning: it carries all
// that the other would say, and the louder of the two reasons.
func (d *Daemon) unheld(tx *store.Tx, in *crisis.Incident, ch *Channel, a crisis.Alert) (crisis.Alert, error) {
	if a.Kind == crisis.AlertUpdate {
		return a, nil
	}
	waiting, err := tx.Held(in.ID, ch.Name, a.At)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return a, nil
	case err == nil:
		err = tx.Drop(waiting.ID)
	}
	if err != nil {
		return a, fmt.Errorf("send at once what waited of %s: %w", in.ID, err)
	}
	if loudness[waiting.Kind] > loudness[a.Kind] {
		a.Kind = waiting.Kind
	}
	return a, nil
}

// wants says whether a channel is told of an incident: one that is grave enough,
// or of which it has been told before and must hear how it ends; and one that is of
// concern to somebody whom the channel reaches.
func (d *Daemon) wants(tx *store.Tx, ch *Channel, in *crisis.Incident, a *crisis.Alert, people []string) (bool, error) {
	if !d.people.reaches(ch.Name, people) {
		ends := a.Kind == crisis.AlertUpdate || a.Kind == crisis.AlertClosed || a.Kind == crisis.AlertReopened
		if !ends || !d.people.reaches(ch.Name, d.people.others(in.IsRecused)) {
			return false, nil
		}
		return tx.Told(in.ID, ch.Name)
	}
	if ch.Least == crisis.LevelNone || !ch.Least.Graver(in.Level()) {
		return true, nil
	}
	return tx.Told(in.ID, ch.Name)
}

// audience returns who must hear an alert. Where that is nobody whom a channel reaches,
// because a role is vacant or all who have it are recused, it is everybody else: an
// alert for nobody would be lost.
func (d *Daemon) audience(in *crisis.Incident, a *crisis.Alert) []string {
	people := d.concerned(in, a)
	if slices.ContainsFunc(d.cfg.Channels, func(ch Channel) bool { return d.people.reaches(ch.Name, people) }) {
		return people
	}
	return d.people.others(in.IsRecused)
}

// concerned returns who must hear an alert. Reminders and calls are for those who are
// to act; the rest is for who has the incident, the duty officers, whoever was called
// before, and at levels I and II also those who decide. Who owes a countersignature is
// told of it at every level.
func (d *Daemon) concerned(in *crisis.Incident, a *crisis.Alert) []string {
	var people []string
	for _, c := range slices.Concat(a.Soon, a.Overdue) {
		if len(c.For) == 0 && in.Holder != "" { // done outside the office: who has the incident sees to it
			people = append(people, in.Holder)
		}
		people = append(people, c.For...)
	}
	if a.Escalation != nil {
		people = append(people, in.Called...)
	}
	if a.Kind == crisis.AlertReminder || a.Kind == crisis.AlertEscalated {
		return people
	}
	roles := []string{"duty_officer"}
	if level := in.Level(); level == crisis.LevelI || level == crisis.LevelII {
		roles = append(roles, "office_director", "leader")
	}
	people = append(append(people, d.people.holding(roles, a.At, in.IsRecused)...), in.Called...)
	if in.Holder != "" {
		people = append(people, in.Holder)
	}
	for i := range in.Statements {
		if s := &in.Statements[i]; !s.Countersigns.IsZero() && s.Chased.Equal(a.At) {
			people = append(people, s.Approval.Signer, s.ApprovedBy)
		}
	}
	return people
}

// named says whom a call is for: the roles, and who has them.
func (d *Daemon) named(in *crisis.Incident, a *crisis.Alert) []string {
	if a.Escalation == nil {
		return nil
	}
	var out []string
	for _, role := range a.Escalation.Roles {
		name := d.people.words.RoleName(role)
		out = append(out, strings.TrimSpace(name.In(d.cfg.Lang)+" "+strings.Join(d.people.holders(role, a.At, in.IsRecused), d.prefer("、", ", "))))
	}
	return out
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
var pages = map[crisis.Part]string{crisis.PartSource: "/sources", crisis.PartChannel: "/", crisis.PartStore: "/", crisis.PartSelf: "/", crisis.PartButtons: "/"}

// troubleID begins the id of every alert about a part.
func troubleID(kind crisis.AlertKind, x crisis.Trouble) string {
	return string(kind) + "." + string(x.Part) + "." + x.Name + "."
}
