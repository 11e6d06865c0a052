package daemon

import (
	"errors"
	"fmt"
	"slices"
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
	in    *crisis.Incident
	kind  crisis.AlertKind
	calls []crisis.Escalation // who is called, the most urgent first

	remark string // what the machine adds
}

// loudness orders the kinds: of several reasons to tell people in one minute the
// loudest gives the alert its form, and the alert carries them all.
var loudness = map[crisis.AlertKind]int{
	crisis.AlertUpdate: 1, crisis.AlertReminder: 2, crisis.AlertQuiet: 3, crisis.AlertOverdue: 4, crisis.AlertLapsed: 5, crisis.AlertEscalated: 6,
	crisis.AlertUnsigned: 7, crisis.AlertUnseen: 8, crisis.AlertPromise: 9, crisis.AlertRaised: 10, crisis.AlertClosed: 11, crisis.AlertOpened: 12,
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
	r.due = append(r.due, due{in: in, kind: kind})
	return nil
}

// oweWith is owe with words of the machine's own.
func (r *responder) oweWith(in *crisis.Incident, kind crisis.AlertKind, remark string) error {
	if err := r.owe(in, kind); err != nil {
		return err
	}
	for i := range r.due {
		if r.due[i].in.ID == in.ID {
			r.due[i].remark = strings.TrimSpace(r.due[i].remark + " " + remark)
		}
	}
	return nil
}

// flush puts one alert per incident on its way.
func (r *responder) flush() error {
	for _, x := range r.due {
		if err := r.enqueue(x.in, x.kind, x.calls, x.remark); err != nil {
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
	in, err := r.open(t.name)
	if err != nil {
		return err
	}
	if err := r.prove(&t.Signal); err != nil {
		return err
	}
	r.say("signal", t.Signal, "")
	if in == nil {
		return nil
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
	graded, proposed := r.grade(in, t.Signal)
	events = append(append(events, graded...), r.beside(in, t.Signal)...)
	in, err = r.record(in, events...)
	if err != nil {
		return err
	}
	switch {
	case proposed: // a person has to decide: that rings
		r.say("level_proposed", t.Signal, in.ID)
		return r.owe(in, crisis.AlertRaised)
	case t.Kind == detectors.TurnRaise || in.Level().Graver(before):
		r.say("incident_raised", t.Signal, in.ID)
		kind, err := r.louder(in)
		if err != nil {
			return err
		}
		return r.owe(in, kind)
	}
	return r.owe(in, crisis.AlertUpdate)
}

// beside attaches the plans that run beside the main one and that fit only now, each
// once. Another main plan is a person's choice.
func (r *responder) beside(in *crisis.Incident, s crisis.Signal) []crisis.Event {
	var out []crisis.Event
	q := playbooks.Query{Topic: r.d.topic(in.Topic), Signals: append(slices.Clone(in.Signals), s), Level: in.Level()}
	for _, m := range r.d.library.Match(q) {
		attached := slices.ContainsFunc(in.Steps, func(st crisis.StepState) bool { return st.Plan == m.Playbook.ID })
		if m.Side && !attached && len(in.Plans) > 0 && in.Plans[0].ID != m.Playbook.ID {
			out = append(out, crisis.NewEvent(crisis.EventPlanned, r.now, crisis.Machine, r.d.dated(r.d.library.Plan(m))))
		}
	}
	return out
}

// grade says what a signal makes of the opinion level: it is raised, or, where a
// person has decided and the signal is not clearly beyond what they knew, a graver
// one is proposed, each only once.
func (r *responder) grade(in *crisis.Incident, s crisis.Signal) (events []crisis.Event, proposed bool) {
	level, why := r.propose(s)
	kind := crisis.EventLevel
	switch {
	case !level.Graver(in.OpinionLevel):
		return nil, false
	case in.Bound(s):
		if in.Proposal != nil && !level.Graver(in.Proposal.Opinion) {
			return nil, false
		}
		kind, proposed = crisis.EventProposed, true
	}
	return []crisis.Event{crisis.NewEvent(kind, r.now, crisis.Machine, crisis.LevelChange{Opinion: level, Reason: why.ZH, ReasonEN: why.EN})}, proposed
}

// growsAgain is for how long people are not rung again only because a wave that
// they know of still grows at the same level; the message on show is kept up to date.
const growsAgain = 30 * time.Minute

// louder says whether a raise rings or only edits.
func (r *responder) louder(in *crisis.Incident) (crisis.AlertKind, error) {
	told, err := r.d.told(r.tx, in, r.now)
	if err != nil {
		return "", err
	}
	if !in.Level().Graver(told.last.Level) && r.now.Sub(told.last.At) < growsAgain {
		return crisis.AlertUpdate, nil
	}
	return crisis.AlertRaised, nil
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
		at(crisis.EventDetected, crisis.Detected{Topic: t.name, Title: topic.Name(), Signal: t.Signal, Drill: r.d.drill}),
		at(crisis.EventLevel, crisis.LevelChange{Opinion: level, Reason: why.ZH, ReasonEN: why.EN}),
	}
	for _, m := range r.d.library.Match(playbooks.Query{Topic: topic, Signals: []crisis.Signal{t.Signal}, Level: level}) {
		events = append(events, at(crisis.EventPlanned, r.d.dated(r.d.library.Plan(m))))
	}
	if blind := r.sees.blind(); len(blind) > 0 {
		events = append(events, at(crisis.EventBlind, crisis.Remark{Text: strings.Join(r.d.labels(blind), "、")}))
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
	if len(in.OpenPromises()) > 0 { // however little anybody talks about it
		return nil
	}
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
	if t.Kind == detectors.TurnOver {
		return r.seesAgain(src)
	}
	if t.Kind == detectors.TurnRaise {
		return nil
	}
	r.say("signal", t.Signal, "")
	trouble, err := r.blindness(src, t.Signal)
	if err != nil {
		return err
	}
	if err := r.d.tellAll(r.tx, crisis.AlertBlind, trouble, r.now); err != nil {
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

// blindness says why a source cannot be seen: it fails, it was not read at all, or
// it answers and is silent.
func (r *responder) blindness(src *Source, s crisis.Signal) (crisis.Trouble, error) {
	x := crisis.Trouble{Part: crisis.PartSource, Name: src.Name, Source: src.Label(), Since: s.Since}
	state, err := r.tx.Source(src.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return x, err
	}
	fails := state.LastClass != "" && !state.LastClass.Sees()
	if (fails || s.Coverage == 0) && !state.LastOK.IsZero() {
		x.Since = state.LastOK
	}
	switch {
	case fails:
		x.Class, x.Detail = state.LastClass, state.LastDetail
	case s.Coverage > 0:
		x.Class, x.Expected = crisis.ClassStale, s.Expected
	}
	return x, nil
}

// seesAgain tells people that a source is back, and for how long it was not.
func (r *responder) seesAgain(src *Source) error {
	x := crisis.Trouble{Part: crisis.PartSource, Name: src.Name, Source: src.Label()}
	last, err := r.tx.LastTrouble(troubleID(crisis.AlertBlind, x))
	if errors.Is(err, store.ErrNotFound) {
		return nil // nobody was told: it was blind before we watched
	}
	if err != nil {
		return err
	}
	x.Since = last.Trouble.Since
	return r.d.tellAll(r.tx, crisis.AlertSight, x, r.now)
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
		if err := tx.Keep(sealed[i].Quoted(), now); err != nil {
			return nil, err
		}
	}
	if err := in.ApplyAll(sealed); err != nil {
		return nil, err
	}
	return in, nil
}

// propose grades the opinion level of a signal by the rules of the plan's vocabulary.
func (r *responder) propose(s crisis.Signal) (crisis.Level, playbooks.Text) {
	level, why := r.d.library.Propose(s, len(s.Sources))
	if level == crisis.LevelNone {
		level = crisis.LevelIV
	}
	return level, why
}

func (r *responder) say(kind string, s crisis.Signal, incident string) {
	r.said = append(r.said, Occurrence{
		At: r.now, Kind: kind, Topic: s.Topic, Detector: s.Detector, Level: s.Level,
		Observed: round(s.Observed), Expected: round(s.Expected), Score: round(s.Odds), Incident: incident,
		Phrases: s.Phrases,
	})
}
