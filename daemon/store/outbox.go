package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
)

// The states of an alert in the outbox.
const (
	StateWaiting = "waiting" // due now or later
	StateSending = "sending" // an attempt began; after a crash it is due again
	StateSent    = "sent"
	StateRefused = "refused" // a person must change something
	StateDead    = "dead"    // given up after the horizon
)

// Outgoing is one alert on its way to one channel.
type Outgoing struct {
	ID       string // stable over every attempt
	Incident string
	Channel  string
	Alert    crisis.Alert
	Created  time.Time
	Due      time.Time
	Attempts int
}

// Enqueue puts an alert on its way. An id that is in the outbox already is left
// alone. Of the updates of one incident on one channel only the newest waits.
func (t *Tx) Enqueue(o Outgoing) error {
	if o.Created.IsZero() {
		o.Created = o.Due
	}
	body, err := json.Marshal(o.Alert)
	if err != nil {
		return fmt.Errorf("encode alert %s: %w", o.ID, err)
	}
	if o.Alert.Kind == crisis.AlertUpdate {
		err := t.exec("DELETE FROM outbox WHERE incident = ? AND channel = ? AND kind = ? AND state = ? AND id <> ?",
			o.Incident, o.Channel, string(crisis.AlertUpdate), StateWaiting, o.ID)
		if err != nil {
			return err
		}
	}
	return t.exec("INSERT OR IGNORE INTO outbox VALUES (?,?,?,?,?,?,?,0,?,'','','')",
		o.ID, o.Incident, o.Channel, string(o.Alert.Kind), body, milli(o.Created), milli(o.Due), StateWaiting)
}

// Due returns the alerts of a channel that are due at now, oldest first, and those
// whose attempt was cut off by a crash. An alert waits for the earlier ones of its
// incident, so that nobody reads of the end before the beginning; for one that somebody
// has it does not, because the rest may be out of reach for hours.
func (t *Tx) Due(channel string, now time.Time, limit int) ([]Outgoing, error) {
	var out []Outgoing
	err := t.rows(func(scan func(...any) error) error {
		var o Outgoing
		var body []byte
		var created, due int64
		if err := scan(&o.ID, &o.Incident, &o.Channel, &body, &created, &due, &o.Attempts); err != nil {
			return err
		}
		o.Created, o.Due = fromMilli(created), fromMilli(due)
		if err := json.Unmarshal(body, &o.Alert); err != nil {
			return fmt.Errorf("decode alert %s: %w", o.ID, err)
		}
		out = append(out, o)
		return nil
	}, `SELECT id, incident, channel, body, created, due, attempts FROM outbox o
		WHERE channel = ?1 AND state IN ('waiting', 'sending') AND due <= ?2 AND NOT EXISTS (
			SELECT 1 FROM outbox b WHERE b.incident = o.incident AND b.incident <> '' AND b.channel = o.channel
			AND b.state IN ('waiting', 'sending') AND b.due > ?2 AND b.created <= o.created
			AND NOT EXISTS (SELECT 1 FROM given WHERE alert = b.id))
		ORDER BY created, id LIMIT ?3`, channel, milli(now), limit)
	slices.SortStableFunc(out, func(a, b Outgoing) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Alert.Seq, b.Alert.Seq), cmp.Compare(updates(a), updates(b)))
	})
	return out, err
}

// updates orders an edit behind the message of the same event.
func updates(o Outgoing) int {
	if o.Alert.Kind == crisis.AlertUpdate {
		return 1
	}
	return 0
}

// LastAlert returns the newest alert by which people were told of the steps of an
// incident, on whatever channel; ErrNotFound when there is none. One that waits for a
// later hour than now and was not tried yet tells nobody.
func (t *Tx) LastAlert(incident string, now time.Time) (crisis.Alert, error) {
	var a crisis.Alert
	var body []byte
	err := t.row(`SELECT body FROM outbox WHERE incident = ? AND kind IN ('opened', 'raised', 'overdue', 'reopened', 'reminder', 'escalated', 'lapsed')
		AND NOT (state = 'waiting' AND attempts = 0 AND created < due AND due > ?) AND state NOT IN ('held', 'moot') ORDER BY created DESC, CAST(body AS TEXT) ->> '$.seq' DESC LIMIT 1`, []any{incident, milli(now)}, &body)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("decode the last alert of %s: %w", incident, err)
	}
	return a, nil
}

// Held returns the alert of an incident that waits on a channel for a later hour than
// now, or ErrNotFound.
func (t *Tx) Held(incident, channel string, now time.Time) (crisis.Alert, error) {
	var a crisis.Alert
	var body []byte
	err := t.row("SELECT body FROM outbox WHERE incident = ? AND channel = ? AND state = ? AND attempts = 0 AND created < due AND due > ? ORDER BY created LIMIT 1",
		[]any{incident, channel, StateWaiting, milli(now)}, &body)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("decode the waiting alert of %s: %w", incident, err)
	}
	return a, nil
}

// Rewrite puts an alert in the place of one with its id that waits.
func (t *Tx) Rewrite(a crisis.Alert) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	return t.exec("UPDATE outbox SET body = ?, kind = ? WHERE id = ? AND state = ? AND attempts = 0", body, string(a.Kind), a.ID, StateWaiting)
}

// Drop takes back an alert that was not tried yet, because another says what it would.
func (t *Tx) Drop(id string) error {
	return t.exec("DELETE FROM outbox WHERE id = ? AND state = ? AND attempts = 0", id, StateWaiting)
}

// Told says whether a channel was sent, or will be sent, an alert of an incident.
func (t *Tx) Told(incident, channel string) (bool, error) {
	var n int
	err := t.row("SELECT count(*) FROM outbox WHERE incident = ? AND channel = ?", []any{incident, channel}, &n)
	return n > 0, err
}

// LastTrouble returns the newest alert about a part whose id begins with prefix;
// ErrNotFound when there is none.
func (t *Tx) LastTrouble(prefix string) (crisis.Alert, error) {
	var a crisis.Alert
	var body []byte
	err := t.row("SELECT body FROM outbox WHERE incident = '' AND id >= ?1 AND id < ?1 || '~' ORDER BY created DESC LIMIT 1", []any{prefix}, &body)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("decode the last alert of %s: %w", prefix, err)
	}
	return a, nil
}

// Forget forgets the message of an incident on a channel, because it was deleted
// there: the next alert becomes a message of its own.
func (t *Tx) Forget(incident, channel string) error {
	return t.exec("DELETE FROM messages WHERE incident = ? AND channel = ?", incident, channel)
}

// Sending notes that an attempt begins.
func (t *Tx) Sending(id string, at time.Time) error {
	if err := t.exec("UPDATE outbox SET state = ?, attempts = attempts + 1 WHERE id = ?", StateSending, id); err != nil {
		return err
	}
	return t.book(id, at, StateSending, "")
}

// Sent notes that an alert was delivered; ref is the provider's id. The first
// message of an incident on a channel is what updates edit.
func (t *Tx) Sent(id string, at time.Time, ref, detail string) error {
	if err := t.exec("UPDATE outbox SET state = ?, ref = ?, detail = ?, fix = '' WHERE id = ?", StateSent, ref, detail, id); err != nil {
		return err
	}
	if ref != "" {
		err := t.exec("INSERT OR IGNORE INTO messages SELECT incident, channel, ref FROM outbox WHERE id = ? AND incident <> ''", id)
		if err != nil {
			return err
		}
	}
	return t.book(id, at, StateSent, detail)
}

// Later notes a failed attempt and when the next one is due.
func (t *Tx) Later(id string, at, due time.Time, detail string) error {
	return t.putBack(id, at, due, StateWaiting, detail)
}

func (t *Tx) putBack(id string, at, due time.Time, outcome, detail string) error {
	if err := t.exec("UPDATE outbox SET state = ?, due = ?, detail = ? WHERE id = ?", StateWaiting, milli(due), detail, id); err != nil {
		return err
	}
	return t.book(id, at, outcome, detail)
}

// Refused notes that a person must change something before this can be delivered.
func (t *Tx) Refused(id string, at time.Time, detail, fix string) error {
	if err := t.exec("UPDATE outbox SET state = ?, detail = ?, fix = ? WHERE id = ?", StateRefused, detail, fix, id); err != nil {
		return err
	}
	return t.book(id, at, StateRefused, detail)
}

// Dead notes that an alert is given up.
func (t *Tx) Dead(id string, at time.Time, detail string) error {
	if err := t.exec("UPDATE outbox SET state = ?, detail = ? WHERE id = ?", StateDead, detail, id); err != nil {
		return err
	}
	return t.book(id, at, StateDead, detail)
}

func (t *Tx) book(id string, at time.Time, outcome, detail string) error {
	return t.exec("INSERT INTO ledger SELECT id, ?, attempts, ?, ? FROM outbox WHERE id = ?", milli(at), outcome, detail, id)
}

// Ref returns the provider's id of an incident's first message on a channel, or
// ErrNotFound.
func (t *Tx) Ref(incident, channel string) (string, error) {
	var ref string
	err := t.row("SELECT ref FROM messages WHERE incident = ? AND channel = ?", []any{incident, channel}, &ref)
	return ref, err
}

// Queue is how the outbox stands.
type Queue struct {
	Waiting   int           // not delivered, not given up
	Oldest    time.Duration // how long the oldest due alert has been due
	Incidents int           // open incidents
	Levels    map[crisis.Level]int
	Requests  map[crisis.AskClass]int // that nobody has answered
}

// Queue says how the outbox stands at now.
func (s *Store) Queue(ctx context.Context, now time.Time) (Queue, error) {
	var q Queue
	err := s.View(ctx, func(tx *Tx) error {
		var due int64
		err := tx.row("SELECT count(*), coalesce(min(due), 0) FROM outbox WHERE state IN ('waiting', 'sending')", nil, &q.Waiting, &due)
		if err != nil {
			return err
		}
		if due > 0 {
			q.Oldest = max(now.Sub(fromMilli(due)), 0)
		}
		q.Levels, q.Requests = map[crisis.Level]int{}, map[crisis.AskClass]int{}
		err = tx.rows(func(scan func(...any) error) error {
			var level crisis.Level
			var n int
			err := scan(&level, &n)
			q.Levels[level] = n
			q.Incidents += n
			return err
		}, "SELECT level, count(*) FROM incidents WHERE closed = 0 GROUP BY level")
		if err != nil {
			return err
		}
		return tx.rows(func(scan func(...any) error) error {
			var class crisis.AskClass
			var n int
			err := scan(&class, &n)
			q.Requests[class] = n
			return err
		}, "SELECT class, count(*) FROM asks WHERE state IN ('open', 'claimed') GROUP BY class")
	})
	return q, err
}

// User is a person who may log in.
type User struct {
	Name       string
	Role       string
	Password   string // hash
	MustChange bool
	Created    time.Time
	Gone       time.Time // when they were shut out; zero: they may log in
}

// User returns a user, also one who was shut out, or ErrNotFound.
func (t *Tx) User(name string) (User, error) {
	var u User
	var created, gone int64
	err := t.row("SELECT name, role, password, must_change, created, gone FROM users WHERE name = ?", []any{name}, &u.Name, &u.Role, &u.Password, &u.MustChange, &created, &gone)
	u.Created, u.Gone = fromMilli(created), fromMilli(gone)
	return u, err
}

// Users counts the users.
func (t *Tx) Users() (n int, err error) {
	err = t.row("SELECT count(*) FROM users", nil, &n)
	return n, err
}

// SetUser stores a user.
func (t *Tx) SetUser(u User) error {
	if u.Name == "" || u.Password == "" {
		return errors.New("store user: name and password are needed")
	}
	return t.exec("INSERT OR REPLACE INTO users (name, role, password, must_change, created, gone) VALUES (?,?,?,?,?,?)",
		u.Name, u.Role, u.Password, u.MustChange, milli(u.Created), milli(u.Gone))
}

// Session is a log-in. Token is the SHA-256 of what the browser holds.
type Session struct {
	Token   string
	User    string
	Created time.Time
	Expires time.Time
	Seen    time.Time
	Address string // from which it was used last
	Agent   string // with what, as the browser says
}

// Session returns a session that has not expired at now, or ErrNotFound.
func (t *Tx) Session(token string, now time.Time) (Session, error) {
	s := Session{Token: token}
	var created, expires, seen int64
	err := t.row("SELECT user, created, expires, seen, address, agent FROM sessions WHERE token = ? AND expires > ?",
		[]any{token, milli(now)}, &s.User, &created, &expires, &seen, &s.Address, &s.Agent)
	s.Created, s.Expires, s.Seen = fromMilli(created), fromMilli(expires), fromMilli(seen)
	return s, err
}

// SetSession stores a session and forgets expired ones.
func (t *Tx) SetSession(s Session) error {
	if err := t.exec("DELETE FROM sessions WHERE expires <= ?", milli(s.Seen)); err != nil {
		return err
	}
	return t.exec("INSERT OR REPLACE INTO sessions (token, user, created, expires, seen, address, agent) VALUES (?,?,?,?,?,?,?)",
		s.Token, s.User, milli(s.Created), milli(s.Expires), milli(s.Seen), s.Address, s.Agent)
}

// EndSession ends a session, and forgets the browser that takes alerts by it: whoever has
// the device is to read nothing more.
func (t *Tx) EndSession(token string) error {
	if err := t.exec("DELETE FROM pushes WHERE session = ? AND session <> ''", token); err != nil {
		return err
	}
	return t.exec("DELETE FROM sessions WHERE token = ?", token)
}

// EndSessions ends all sessions of a user, and forgets the browsers of the user but those
// of the session keep.
func (t *Tx) EndSessions(user, keep string) error {
	if err := t.exec("DELETE FROM pushes WHERE user = ? AND (session <> ? OR session = '')", user, keep); err != nil {
		return err
	}
	return t.exec("DELETE FROM sessions WHERE user = ?", user)
}
