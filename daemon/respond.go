package daemon

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors"
	"watchfire/playbooks"
)

// responder turns what detectors say into events and alerts, inside one
// transaction and as of one minute.
type responder struct {
	d    *Daemon
	tx   *store.Tx
	now  time.Time
	sees sight
	said []Occurrence
	due  []due // what people will be told, one alert per incident
}

// due is the alert an incident has earned in this minute.
type due struct {
	in   *crisis.Incident
	kind crisis.AlertKind
}

// loudness orders the kinds: of several reasons to tell people in one minute the
// loudest gives the alert its form, and the alert carries them all.
var loudness = map[crisis.AlertKind]int{
	crisis.AlertUpdate: 1, crisis.AlertQuiet: 2, crisis.AlertOverdue: 3, crisis.AlertRaised: 4, crisis.AlertClosed: 5, crisis.AlertOpened: 6,
}

// owe notes that people must be told of an incident when the minute is done.
func (r *responder) owe(in *crisis.Incident, kind crisis.AlertKind) error {
	for i := range r.due {
		if r.due[i].in.ID == in.ID {
			r.due[i].in = in
			if loudness[kind] > loudness[r.due[i].kind] {
				r.due[i].kind = kind
			}
			return nil
		}
	}
	r.due = append(r.due, due{in, kind})
	return nil
}

// flush puts one alert per incident on its way.
func (r *responder) flush() error {
	for _, x := range r.due {
		if err := r.enqueue(x.in, x.kind); err != nil {
			return err
		}
	}
	return nil
}

// answer deals with one turn.
func (r *responder) answer(t turn) error {
	if t.source {
		return r.answerSource(t)
	}
	switch t.Kind {
	case detectors.TurnOpen, detectors.TurnRaise:
		return r.alarm(t)
	case detectors.TurnSignal:
		return r.notice(t)
	case detectors.TurnOver:
		return r.over(t)
	}
	return fmt.Errorf("unknown turn %q", t.Kind)
}

// notice records a signal that opens nothing; in an open incident it is part of
// the timeline.
func (r *responder) notice(t turn) error {
	r.say("signal", t.Signal, "")
	in, err := r.open(t.name)
	if in == nil || err != nil {
		return err
	}
	_, err = r.record(in, crisis.NewEvent(crisis.EventSignal, r.now, crisis.Machine, t.Signal))
	return err
}

// alarm opens the topic's incident, or adds to the one that is open.
func (r *responder) alarm(t turn) error {
	if err := r.prove(&t.Signal); err != nil {
		return err
	}
	in, err := r.open(t.name)
	if err != nil {
		return err
	}
	if in == nil {
		return r.begin(t)
	}
	before := in.Level()
	events := []crisis.Event{crisis.NewEvent(crisis.EventSignal, r.now, crisis.Machine, t.Signal)}
	if level, why := r.propose(t.Signal); level.Graver(in.OpinionLevel) {
		events = append(events, crisis.NewEvent(crisis.EventLevel, r.now, crisis.Machine, crisis.LevelChange{Opinion: level, Reason: why}))
	}
	in, err = r.record(in, events...)
	if err != nil {
		return err
	}
	if t.Kind == detectors.TurnRaise || in.Level().Graver(before) {
		r.say("incident_raised", t.Signal, in.ID)
		return r.owe(in, crisis.AlertRaised)
	}
	return r.owe(in, crisis.AlertUpdate)
}

// begin opens an incident: what was detected, how grave it seems, which plans apply.
func (r *responder) begin(t turn) error {
	topic := r.d.topic(t.name)
	id, err := r.tx.NewIncidentID(r.now.In(r.d.cfg.Zoned()).Format("20060102"))
	if err != nil {
		return fmt.Errorf("number the incident: %w", err)
	}
	level, why := r.propose(t.Signal)
	at := func(kind crisis.EventKind, data any) crisis.Event {
		return crisis.NewEvent(kind, r.now, crisis.Machine, data)
	}
	events := []crisis.Event{
		at(crisis.EventDetected, crisis.Detected{Topic: t.name, Title: topic.Name(), Signal: t.Signal}),
		at(crisis.EventLevel, crisis.LevelChange{Opinion: level, Reason: why}),
	}
	for _, m := range r.d.library.Match(playbooks.Query{Topic: topic, Signals: []crisis.Signal{t.Signal}, Level: level}) {
		events = append(events, at(crisis.EventPlanned, r.d.library.Plan(m)))
	}
	if blind := r.sees.blind(); len(blind) > 0 {
		events = append(events, at(crisis.EventBlind, crisis.Remark{Text: strings.Join(r.d.labels(blind), ", ")}))
	}
	in, err := r.record(&crisis.Incident{ID: id}, events...)
	if err != nil {
		return err
	}
	r.say("incident_opened", t.Signal, id)
	return r.owe(in, crisis.AlertOpened)
}

// over is said when a topic has gone quiet. A person is asked to close; when the
// operator lets the machine close, it does.
func (r *responder) over(t turn) error {
	in, err := r.open(t.name)
	if in == nil || err != nil {
		return err
	}
	if r.d.closing == closeAtOnce {
		return r.close(in, t.Signal)
	}
	return nil
}

// close ends an incident by the machine.
func (r *responder) close(in *crisis.Incident, s crisis.Signal) error {
	in, err := r.record(in,
		crisis.NewEvent(crisis.EventQuiet, r.now, crisis.Machine, crisis.Remark{}),
		crisis.NewEvent(crisis.EventClosed, r.now, crisis.Machine, crisis.Remark{Text: "gone quiet"}))
	if err != nil {
		return err
	}
	r.say("incident_closed", s, in.ID)
	return r.owe(in, crisis.AlertClosed)
}

// answerSource tells people when a source has gone blind or sees again, also in
// the timeline of every open incident: what follows was watched with fewer eyes.
func (r *responder) answerSource(t turn) error {
	src := r.d.sourceConfig(t.name)
	trouble := crisis.Trouble{Source: src.Label(), Since: t.Signal.Since, Class: crisis.ClassStale}
	state, err := r.tx.Source(t.name)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	default:
		if !state.LastClass.Sees() {
			trouble.Class, trouble.Detail = state.LastClass, state.LastDetail
		}
		if !state.LastOK.IsZero() {
			trouble.Since = state.LastOK
		}
	}
	kind := crisis.AlertBlind
	switch t.Kind {
	case detectors.TurnOver:
		kind = crisis.AlertSight
	case detectors.TurnSignal, detectors.TurnOpen:
		r.say("signal", t.Signal, "")
	case detectors.TurnRaise:
		return nil
	}
	if err := r.tellAll(kind, trouble); err != nil || kind != crisis.AlertBlind {
		return err
	}
	open, err := r.tx.OpenIncidents()
	if err != nil {
		return err
	}
	for _, row := range open {
		in, _, err := r.tx.Incident(row.ID)
		if err != nil {
			return err
		}
		if _, err := r.record(&in, crisis.NewEvent(crisis.EventBlind, r.now, crisis.Machine, crisis.Remark{Text: src.Label()})); err != nil {
			return err
		}
	}
	return nil
}

// clocks announces every target and red line that has passed, once each, and
// notices that an incident may be closed.
func (r *responder) clocks() error {
	rows, err := r.tx.RunningIncidents(r.now.Add(-memory))
	if err != nil {
		return err
	}
	for _, row := range rows {
		in, _, err := r.tx.Incident(row.ID)
		if err != nil {
			return err
		}
		if err := r.overdue(&in); err != nil {
			return err
		}
		if in.Open() {
			if err := r.settled(&in); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *responder) overdue(in *crisis.Incident) error {
	var events []crisis.Event
	for _, c := range in.Clocks() {
		if c.Due.After(r.now) {
			break
		}
		if s := in.Step(c.Plan, c.Step); s.Overdue[c.RedLine] {
			continue
		}
		events = append(events, crisis.NewEvent(crisis.EventStepOverdue, r.now, crisis.Machine,
			crisis.Overdue{Plan: c.Plan, Step: c.Step, Due: c.Due, RedLine: c.RedLine}))
		r.said = append(r.said, Occurrence{At: r.now, Kind: "step_overdue", Topic: in.Topic, Incident: in.ID, Level: in.Level(), Detail: c.Title})
	}
	if len(events) == 0 {
		return nil
	}
	in, err := r.record(in, events...)
	if err != nil {
		return err
	}
	return r.owe(in, crisis.AlertOverdue)
}

// settled looks at the machine-checkable closing criteria of the main plan.
func (r *responder) settled(in *crisis.Incident) error {
	if len(in.Plans) == 0 {
		return nil
	}
	calm, err := r.quietness(in)
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
		r.said = append(r.said, Occurrence{At: r.now, Kind: "quiet", Topic: in.Topic, Incident: in.ID, Level: in.Level()})
		return r.owe(next, crisis.AlertQuiet)
	case r.d.cfg.Alerting.AutoClose > 0 && r.now.Sub(in.Quiet) >= time.Duration(r.d.cfg.Alerting.AutoClose)*time.Hour:
		return r.close(in, in.Peak)
	}
	return nil
}

// open returns the topic's open incident, nil if there is none.
func (r *responder) open(topic string) (*crisis.Incident, error) {
	row, err := r.tx.LastIncident(topic)
	if errors.Is(err, store.ErrNotFound) || (err == nil && !row.Closed.IsZero()) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	in, _, err := r.tx.Incident(row.ID)
	if err != nil {
		return nil, err
	}
	return &in, nil
}

// record appends events to an incident and returns it with them folded in.
func (r *responder) record(in *crisis.Incident, events ...crisis.Event) (*crisis.Incident, error) {
	return record(r.tx, r.d.clock.Now(), in, events...)
}

func record(tx *store.Tx, now time.Time, in *crisis.Incident, events ...crisis.Event) (*crisis.Incident, error) {
	sealed, err := tx.Append(in.ID, now, events...)
	if err != nil {
		return nil, err
	}
	for i := range sealed {
		if err := in.Apply(sealed[i]); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// propose grades the opinion level of a signal by the rules of the plan's vocabulary.
func (r *responder) propose(s crisis.Signal) (crisis.Level, string) {
	level, why := r.d.library.Propose(s, len(s.Sources))
	if level == crisis.LevelNone {
		level = crisis.LevelIV
	}
	return level, why
}

// proofSpan is how far back evidence is looked for: what a long window began with
// is seldom what made it fire.
const proofSpan = 3 * time.Hour

// prove adds to a signal what only the store knows: the posts that show it and
// the sources they come from.
func (r *responder) prove(s *crisis.Signal) error {
	from := s.At.Add(-min(s.Window, proofSpan))
	var err error
	if s.Evidence, err = r.tx.Evidence(s.Topic, from, s.At, max(5, r.d.cfg.Alerting.Evidence)); err != nil {
		return fmt.Errorf("find evidence: %w", err)
	}
	if s.Sources, err = r.tx.Platforms(s.Topic, from, s.At); err != nil {
		return fmt.Errorf("find sources: %w", err)
	}
	return nil
}

func (r *responder) say(kind string, s crisis.Signal, incident string) {
	r.said = append(r.said, Occurrence{
		At: r.now, Kind: kind, Topic: s.Topic, Detector: s.Detector, Level: s.Level,
		Observed: round(s.Observed), Expected: round(s.Expected), Score: round(s.Odds), Incident: incident,
	})
}
