package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// IncidentRow is an incident as lists show it.
type IncidentRow struct {
	ID     string
	Topic  string
	Title  string
	Level  crisis.Level
	Opened time.Time
	Closed time.Time // zero while open
	Seq    int       // of the last event
	Within []string  // who may see it; none: everybody
}

// SeenBy says whether somebody who logs in under a name may see the incident.
func (r *IncidentRow) SeenBy(login string) bool {
	return len(r.Within) == 0 || slices.Contains(r.Within, login)
}

const incidentColumns = "id, topic, title, level, opened, closed, seq, restricted"

func (t *Tx) incidents(where string, args ...any) ([]IncidentRow, error) {
	var out []IncidentRow
	seen, eyes := t.within("restricted")
	err := t.rows(func(scan func(...any) error) error {
		var r IncidentRow
		var opened, closed int64
		var within string
		err := scan(&r.ID, &r.Topic, &r.Title, &r.Level, &opened, &closed, &r.Seq, &within)
		if within != "" {
			r.Within = strings.Split(strings.Trim(within, between), between)
		}
		r.Opened, r.Closed = fromMilli(opened), fromMilli(closed)
		out = append(out, r)
		return err
	}, "SELECT "+incidentColumns+" FROM (SELECT * FROM incidents WHERE "+seen+") "+where, append(eyes, args...)...)
	return out, err
}

// Sees says whether the eyes of the transaction may see an incident; true also for one
// that does not exist.
func (t *Tx) Sees(id string) (bool, error) {
	seen, args := t.within("restricted")
	var n int
	err := t.row("SELECT count(*) FROM incidents WHERE NOT "+seen+" AND id = ?", append(args, id), &n)
	return n == 0, err
}

// OpenIncidents returns the open incidents, oldest first.
func (t *Tx) OpenIncidents() ([]IncidentRow, error) {
	return t.incidents("WHERE closed = 0 ORDER BY opened, id")
}

// RunningIncidents returns the incidents whose clocks may still run: the open
// ones, and those closed after since, whose review is due.
func (t *Tx) RunningIncidents(since time.Time) ([]IncidentRow, error) {
	return t.incidents("WHERE closed = 0 OR closed > ? ORDER BY opened, id", milli(since))
}

// Incidents returns incidents, the newest first.
func (t *Tx) Incidents(limit, offset int) ([]IncidentRow, error) {
	return t.incidents("ORDER BY opened DESC, id DESC LIMIT ? OFFSET ?", limit, offset)
}

// IncidentsUntil returns the incidents that were opened by then, the newest first.
func (t *Tx) IncidentsUntil(at time.Time, limit int) ([]IncidentRow, error) {
	return t.incidents("WHERE opened <= ? ORDER BY opened DESC, id DESC LIMIT ?", milli(at), limit)
}

// TopicIncidents returns the newest incidents of a topic, the newest first.
func (t *Tx) TopicIncidents(topic string, limit int) ([]IncidentRow, error) {
	return t.incidents("WHERE topic = ? ORDER BY opened DESC, id DESC LIMIT ?", topic, limit)
}

// LastIncident returns the newest incident of a topic, or ErrNotFound.
func (t *Tx) LastIncident(topic string) (IncidentRow, error) {
	rows, err := t.incidents("WHERE topic = ? ORDER BY opened DESC, id DESC LIMIT 1", topic)
	if err == nil && len(rows) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return IncidentRow{}, err
	}
	return rows[0], nil
}

// NewIncidentID returns the next free id of a day written as 20060102: the day,
// a dash, and a number of two digits or more.
func (t *Tx) NewIncidentID(day string) (string, error) {
	var n int
	if err := t.row("SELECT count(*) FROM incidents WHERE id >= ?1 || '-' AND id < ?1 || '.'", []any{day}, &n); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s-%02d", day, n+1), nil
}

// Append seals events behind the last one of an incident, stores them, and brings
// the row of the incident up to date. The events of an incident that does not
// exist yet begin it. It returns the sealed events.
func (t *Tx) Append(incident string, recorded time.Time, events ...crisis.Event) ([]crisis.Event, error) {
	if incident == "" || len(events) == 0 {
		return nil, fmt.Errorf("append to incident %q: %d events", incident, len(events))
	}
	sealed, err := t.seal(incident, recorded, events)
	if err != nil {
		return nil, err
	}
	return sealed, t.project(incident, sealed)
}

// seal stores events behind the last one of a chain and returns them as stored.
func (t *Tx) seal(incident string, recorded time.Time, events []crisis.Event) ([]crisis.Event, error) {
	var last *crisis.Event
	var seq int
	var hash string
	switch err := t.row("SELECT seq, hash FROM events WHERE incident = ? ORDER BY seq DESC LIMIT 1", []any{incident}, &seq, &hash); {
	case err == nil:
		last = &crisis.Event{Seq: seq, Hash: hash}
	case !errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("append to incident %s: %w", incident, err)
	}
	sealed := make([]crisis.Event, len(events))
	for i, e := range events {
		e = e.Seal(incident, last, recorded)
		err := t.exec("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)",
			e.Incident, e.Seq, string(e.Kind), e.At.UnixNano(), e.Recorded.UnixNano(), e.Actor, []byte(e.Data), e.Prev, e.Hash)
		if err != nil {
			return nil, fmt.Errorf("append %s to incident %s: %w", e.Kind, incident, err)
		}
		sealed[i] = e
		last = &sealed[i]
	}
	return sealed, nil
}

// project brings the row of an incident up to date with events that were appended.
func (t *Tx) project(incident string, events []crisis.Event) error {
	lists := false
	for _, e := range events {
		switch e.Kind {
		case crisis.EventDetected, crisis.EventLevel, crisis.EventClosed, crisis.EventReopened, crisis.EventRestricted, crisis.EventVerdict:
			lists = true
		}
	}
	seq := events[len(events)-1].Seq
	if !lists {
		return t.exec("UPDATE incidents SET seq = ? WHERE id = ?", seq, incident)
	}
	in, _, err := t.Incident(incident)
	if err != nil {
		return err
	}
	rule := ""
	if len(in.Signals) > 0 {
		rule = in.Signals[0].Detector // signals are in the order in which detectors first spoke
	}
	return t.exec("INSERT OR REPLACE INTO incidents ("+incidentColumns+", rule, verdict) VALUES (?,?,?,?,?,?,?,?,?,?)",
		in.ID, in.Topic, in.Title, int(in.Level()), milli(in.Opened), milli(in.Closed), seq, among(in.Restricted), rule, string(in.Verdict))
}

func (t *Tx) events(where string, args ...any) ([]crisis.Event, error) {
	var out []crisis.Event
	err := t.rows(func(scan func(...any) error) error {
		var e crisis.Event
		var at, recorded int64
		var data sql.RawBytes
		if err := scan(&e.Incident, &e.Seq, &e.Kind, &at, &recorded, &e.Actor, &data, &e.Prev, &e.Hash); err != nil {
			return err
		}
		e.At, e.Recorded = time.Unix(0, at).UTC(), time.Unix(0, recorded).UTC()
		e.Data = append([]byte(nil), data...)
		out = append(out, e)
		return nil
	}, "SELECT incident, seq, kind, at, recorded, actor, data, prev, hash FROM events "+where, args...)
	return out, err
}

// Verify checks the database file and the hash chain of every incident, and names
// the first broken link.
func (s *Store) Verify(ctx context.Context) error {
	return s.View(ctx, func(tx *Tx) error {
		var answer string
		if err := tx.row("PRAGMA integrity_check(1)", nil, &answer); err != nil {
			return fmt.Errorf("check the database: %w", err)
		}
		if answer != "ok" {
			return fmt.Errorf("check the database: %s", answer)
		}
		rows, err := tx.incidents("ORDER BY id")
		if err != nil {
			return err
		}
		quoted := map[crisis.PostKey]map[string]bool{}
		for _, r := range rows {
			events, err := tx.events("WHERE incident = ? ORDER BY seq", r.ID)
			if err != nil {
				return err
			}
			if err := crisis.Verify(events); err != nil {
				return err
			}
			for i := range events {
				for _, e := range events[i].Quoted() {
					if e.Hash != "" && quoted[e.Key] == nil {
						quoted[e.Key] = map[string]bool{}
					}
					if e.Hash != "" {
						quoted[e.Key][e.Hash] = true
					}
				}
			}
			if len(events) != r.Seq {
				return fmt.Errorf("incident %s: %d events, but %d were recorded: the last ones are missing", r.ID, len(events), r.Seq)
			}
		}
		var lost string
		err = tx.row("SELECT incident FROM events WHERE incident NOT IN (SELECT id FROM incidents) AND incident <> ? LIMIT 1", []any{journal}, &lost)
		if err == nil {
			return fmt.Errorf("incident %s: has events and is missing from the list of incidents", lost)
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := tx.verifyJournal(); err != nil {
			return err
		}
		return tx.verifyExhibits(quoted)
	})
}
