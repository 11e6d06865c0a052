package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// Escalation is who is called, and when, while nobody acts.
type Escalation struct {
	Unacknowledged []crisis.Rung `yaml:"unacknowledged" doc:"who is called while nobody acknowledges an incident; after counts from its opening"`
	Repeat         time.Duration `yaml:"repeat" doc:"after the last of them all are called again so often until somebody acknowledges; 0s: they are not"`
	Overdue        []crisis.Rung `yaml:"overdue" doc:"who is called when a step is late; after counts from when its owner was told of it and somebody had the incident"`
	RedLine        []crisis.Rung `yaml:"red_line" doc:"who is called when a red line has passed"`
	LapseGrave     time.Duration `yaml:"lapse_grave" doc:"at levels I and II an acknowledgement lapses when a step is late and nobody did anything for so long; 0s: never"`
	LapseOther     time.Duration `yaml:"lapse_other" doc:"the same at levels III and IV"`
	Quiet          QuietHours    `yaml:"quiet_hours" doc:"when alerts of levels III and IV wait for the morning; levels I and II and red lines never wait"`
}

// QuietHours is a time of every day; empty is none.
type QuietHours struct {
	From string `yaml:"from" doc:"time of day at which quiet begins, such as 22:00"`
	To   string `yaml:"to" doc:"time of day at which what waited is sent, such as 07:00"`

	from, to time.Duration // since midnight
}

// defaultEscalation calls the director after ten minutes and the leader after twenty. A
// matter of level IV stays with the director.
func defaultEscalation() Escalation {
	return Escalation{
		Unacknowledged: []crisis.Rung{{After: 10 * time.Minute, Roles: []string{"office_director"}}, {After: 20 * time.Minute, Roles: []string{"leader"}, Least: crisis.LevelIII}},
		Repeat:         15 * time.Minute,
		Overdue:        []crisis.Rung{{After: 15 * time.Minute, Roles: []string{"office_director"}}, {After: time.Hour, Roles: []string{"leader"}, Least: crisis.LevelIII}},
		RedLine:        []crisis.Rung{{Roles: []string{"office_director"}}, {Roles: []string{"leader"}, Least: crisis.LevelIII}},
		LapseGrave:     time.Hour, LapseOther: 4 * time.Hour,
	}
}

// ladders returns the ladders for an incident at t: where it waits for mornings, what
// happened before the last one counts from then.
func (e *Escalation) ladders(in *crisis.Incident, t time.Time, zone *time.Location) crisis.Ladders {
	floor := time.Time{}
	if level := in.Level(); level != crisis.LevelI && level != crisis.LevelII && e.Quiet.from != e.Quiet.to {
		floor = clockAt(t.In(zone), 0, e.Quiet.to).UTC()
		if floor.After(t) {
			floor = clockAt(t.In(zone), -1, e.Quiet.to).UTC()
		}
	}
	at := func(rungs []crisis.Rung) []crisis.Rung { return crisis.For(in.Level(), rungs) }
	return crisis.Ladders{
		Floor:          floor,
		Unacknowledged: at(e.Unacknowledged), Overdue: at(e.Overdue), RedLine: at(e.RedLine), Repeat: e.Repeat, LapseGrave: e.LapseGrave, LapseOther: e.LapseOther,
	}
}

// check says what is wrong, each with the key.
func (e *Escalation) check() []error {
	var errs []error
	ladders := []struct {
		key   string
		rungs []crisis.Rung
	}{{"unacknowledged", e.Unacknowledged}, {"overdue", e.Overdue}, {"red_line", e.RedLine}}
	for _, l := range ladders {
		for i, r := range l.rungs {
			switch {
			case len(r.Roles) == 0:
				errs = append(errs, fmt.Errorf("%s: entry %d: roles: missing; write who is called, such as [office_director]", l.key, i+1))
			case r.After < 0 || i > 0 && r.After < l.rungs[i-1].After:
				errs = append(errs, fmt.Errorf("%s: entry %d: after: %s; write durations that grow from entry to entry, such as 10m and 20m", l.key, i+1, r.After))
			}
		}
	}
	times := []struct {
		key string
		d   time.Duration
	}{{"repeat", e.Repeat}, {"lapse_grave", e.LapseGrave}, {"lapse_other", e.LapseOther}}
	for _, x := range times {
		if x.d < 0 || x.d > 0 && x.d < time.Minute {
			errs = append(errs, fmt.Errorf("%s: %s; write a duration from 1m, or 0s for never", x.key, x.d))
		}
	}
	q := &e.Quiet
	if q.From == "" && q.To == "" {
		return errs
	}
	var err1, err2 error
	q.from, err1 = timeOfDay(q.From)
	q.to, err2 = timeOfDay(q.To)
	if err1 != nil || err2 != nil || q.from == q.to {
		errs = append(errs, fmt.Errorf("quiet_hours: from %q, to %q; write two times of day, such as 22:00 and 07:00", q.From, q.To))
	}
	return errs
}

// timeOfDay reads 18:30 as the time since midnight; 24:00 is the end of the day.
func timeOfDay(s string) (time.Duration, error) {
	if s == "24:00" {
		return 24 * time.Hour, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time of day; write one such as 18:30", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// clockAt is a time of day on the day of t, days later.
func clockAt(t time.Time, days int, of time.Duration) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, int(of/time.Hour), int(of%time.Hour/time.Minute), 0, 0, t.Location())
}

// morning returns when the quiet hours in which t lies end; zero when it lies in none.
func (e *Escalation) morning(t time.Time, zone *time.Location) time.Time {
	q := &e.Quiet
	if q.from == q.to {
		return time.Time{}
	}
	t = t.In(zone)
	for day := -1; day <= 0; day++ {
		from, to := clockAt(t, day, q.from), clockAt(t, day, q.to)
		if q.to < q.from {
			to = clockAt(t, day+1, q.to)
		}
		if !t.Before(from) && t.Before(to) {
			return to.UTC()
		}
	}
	return time.Time{}
}

// hushes says whether alerts of an incident wait for the morning.
func (e *Escalation) hushes(in *crisis.Incident, t time.Time, zone *time.Location) bool {
	level := in.Level()
	return level != crisis.LevelI && level != crisis.LevelII && !e.morning(t, zone).IsZero()
}

// held returns until when an alert of an incident waits; zero when it does not.
func (d *Daemon) held(in *crisis.Incident, a *crisis.Alert) time.Time {
	red := func(c crisis.Clock) bool { return c.RedLine != "" }
	if a.Kind == crisis.AlertUpdate || slices.ContainsFunc(a.Overdue, red) || slices.ContainsFunc(a.Soon, red) || a.Escalation != nil && a.Escalation.RedLine != "" {
		return time.Time{}
	}
	if !d.cfg.Escalation.hushes(in, a.At, d.cfg.Zoned()) {
		return time.Time{}
	}
	return d.cfg.Escalation.morning(a.At, d.cfg.Zoned())
}

// escalate lets an acknowledgement lapse behind which nothing moves, and calls others
// where nobody acts. It returns when the next call comes.
func (r *responder) escalate(a *appointment) (time.Time, error) {
	ladders := r.d.cfg.Escalation.ladders(a.in, r.now, r.d.cfg.Zoned())
	if r.d.cfg.Escalation.hushes(a.in, r.now, r.d.cfg.Zoned()) { // nobody is woken: only for a red line
		ladders.Unacknowledged, ladders.Overdue, ladders.LapseGrave, ladders.LapseOther = nil, nil, 0, 0
	}
	at, lapses := a.in.Lapses(ladders)
	if !lapses {
		at = time.Time{}
	}
	if lapses && !at.After(r.now) {
		e := crisis.NewEvent(crisis.EventLapsed, r.now, crisis.Machine, crisis.Lapse{Holder: a.in.Holder, Since: a.in.Moved})
		r.note(a.in, "acknowledgement_lapsed", a.in.Holder)
		in, err := r.record(a.in, e)
		if err != nil {
			return at, err
		}
		a.in = in
		if err := r.owe(in, crisis.AlertLapsed); err != nil {
			return at, err
		}
		at = time.Time{}
	}
	calls, next := a.in.Escalations(ladders, r.now)
	if wait, err := r.gathered(a.in, calls); err != nil || !wait.IsZero() {
		return earliest(next, wait, at), err
	}
	var events []crisis.Event
	for i := range calls {
		c := &calls[i]
		c.People = r.d.people.holding(c.Roles, r.now, a.in.IsRecused)
		events = append(events, crisis.NewEvent(crisis.EventEscalated, r.now, crisis.Machine, *c))
		r.note(a.in, "escalated", strings.TrimSpace(c.Why+" "+strings.Join(c.Roles, ",")+" "+r.title(a.in, c)))
	}
	if len(events) > 0 {
		in, err := r.record(a.in, events...)
		if err != nil {
			return next, err
		}
		a.in = in
		if err := r.owe(in, crisis.AlertEscalated); err != nil {
			return next, err
		}
		slices.SortStableFunc(calls, func(a, b crisis.Escalation) int { return weight(&b) - weight(&a) })
		r.call(in, calls)
		_, next = in.Escalations(ladders, r.now)
	}
	return earliest(next, at, r.d.cfg.Escalation.morning(r.now, r.d.cfg.Zoned())), nil
}

// gathered returns until when calls about late steps wait to be gathered into one; zero
// when there is a call that does not wait.
func (r *responder) gathered(in *crisis.Incident, calls []crisis.Escalation) (time.Time, error) {
	urgent := func(e crisis.Escalation) bool { return e.Why != crisis.WhyOverdue || e.RedLine != "" }
	if len(calls) == 0 || slices.ContainsFunc(calls, urgent) {
		return time.Time{}, nil
	}
	told, err := r.d.told(r.tx, in, r.now)
	if err != nil || told.last.Escalation == nil || r.now.Sub(told.last.At) >= ringAgain {
		return time.Time{}, err
	}
	return told.last.At.Add(ringAgain), nil
}

// weight orders the calls of one minute: a red line before an incident that nobody has,
// that before a step, and then the higher rung.
func weight(e *crisis.Escalation) int {
	switch {
	case e.RedLine != "":
		return 2000 + e.Rung
	case e.Why != crisis.WhyOverdue:
		return 1000 + e.Rung
	}
	return e.Rung
}

// title is what passed.
func (r *responder) title(in *crisis.Incident, e *crisis.Escalation) string {
	for _, c := range in.Clocks() {
		if e.Why == crisis.WhyOverdue && c.Plan == e.Plan && c.Step == e.Step && c.RedLine == e.RedLine {
			return c.Title
		}
	}
	return ""
}

// note tells of something about an incident.
func (r *responder) note(in *crisis.Incident, kind, detail string) {
	r.said = append(r.said, Occurrence{At: r.now, Kind: kind, Topic: in.Topic, Incident: in.ID, Level: in.Level(), Detail: detail})
}

// call gives the alert that is owed of an incident its calls.
func (r *responder) call(in *crisis.Incident, calls []crisis.Escalation) {
	for i := range r.due {
		if r.due[i].in.ID == in.ID {
			r.due[i].calls = calls
		}
	}
}
