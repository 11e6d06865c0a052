package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
)

// The states of an alert that rings on its own no more.
const (
	StateHeld    = "held"    // waits because people want quiet: looked at again when it is due
	StateMoot    = "moot"    // what it says has been said since, or needs no saying
	StateBundled = "bundled" // one of the lines of a digest; ref is the digest's id
)

// Silence is a wish for quiet with its reason and its end (静默). Empty fields stand for
// any.
type Silence struct {
	ID       int64
	Incident string
	Topic    string
	Channel  string
	Since    time.Time
	Until    time.Time
	By       string
	Reason   string
	Ended    time.Time // early, by a person; zero: not
}

// Holds says whether a silence is in force at now.
func (s *Silence) Holds(now time.Time) bool {
	return s.Ended.IsZero() && !s.Since.After(now) && s.Until.After(now)
}

// AddSilence stores a silence and returns its id.
func (t *Tx) AddSilence(s Silence) (int64, error) {
	res, err := t.tx.ExecContext(t.ctx, "INSERT INTO silences VALUES (NULL,?,?,?,?,?,?,?,0)",
		s.Incident, s.Topic, s.Channel, milli(s.Since), milli(s.Until), s.By, s.Reason)
	if err != nil {
		return 0, fmt.Errorf("store a silence: %w", err)
	}
	return res.LastInsertId()
}

// EndSilence ends a silence early; ErrNotFound if it is not in force. What it held is due
// at once.
func (t *Tx) EndSilence(id int64, now time.Time) (Silence, error) {
	all, err := t.silences("id = ? AND until > ? AND ended = 0", id, milli(now))
	if err != nil {
		return Silence{}, err
	}
	if len(all) == 0 {
		return Silence{}, ErrNotFound
	}
	if err := t.exec("UPDATE silences SET ended = ? WHERE id = ?", milli(now), id); err != nil {
		return Silence{}, err
	}
	return all[0], t.exec("UPDATE outbox SET due = ? WHERE state = ? AND due > ?", milli(now), StateHeld, milli(now))
}

// Silences returns the silences in force at now, the first to end first.
func (t *Tx) Silences(now time.Time) ([]Silence, error) {
	return t.silences("until > ? AND ended = 0 ORDER BY until, id", milli(now))
}

func (t *Tx) silences(where string, args ...any) ([]Silence, error) {
	var out []Silence
	err := t.rows(func(scan func(...any) error) error {
		var s Silence
		var since, until, ended int64
		err := scan(&s.ID, &s.Incident, &s.Topic, &s.Channel, &since, &until, &s.By, &s.Reason, &ended)
		s.Since, s.Until, s.Ended = fromMilli(since), fromMilli(until), fromMilli(ended)
		out = append(out, s)
		return err
	}, "SELECT id, incident, topic, channel, since, until, by, reason, ended FROM silences WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read silences: %w", err)
	}
	return out, nil
}

// Hold lets an alert wait for quiet to end, with the reason that the ledger shows.
func (t *Tx) Hold(id string, at, until time.Time, why string) error {
	var known string
	if err := t.row("SELECT detail FROM outbox WHERE id = ?", []any{id}, &known); err != nil {
		return err
	}
	if err := t.exec("UPDATE outbox SET state = ?, due = ?, detail = ? WHERE id = ?", StateHeld, milli(until), why, id); err != nil || known == why {
		return err // the ledger says it once for as long as the reason stands
	}
	return t.book(id, at, StateHeld, why)
}

// Releasable says whether quiet has ended for some alert of a channel.
func (t *Tx) Releasable(channel string, now time.Time) (bool, error) {
	var n int
	err := t.row("SELECT EXISTS (SELECT 1 FROM outbox WHERE channel = ? AND state = ? AND due <= ?)", []any{channel, StateHeld, milli(now)}, &n)
	return n > 0, err
}

// Release puts the alerts of a channel for which quiet has ended on their way again. Of
// each incident only the newest is left, and none if people were told something newer, or
// if the incident is over and they never heard of it.
func (t *Tx) Release(channel string, now time.Time) error {
	type held struct{ id, incident string }
	var all []held
	err := t.rows(func(scan func(...any) error) error {
		var h held
		err := scan(&h.id, &h.incident)
		all = append(all, h)
		return err
	}, "SELECT id, incident FROM outbox WHERE channel = ? AND state = ? AND due <= ? ORDER BY created DESC, id DESC", channel, StateHeld, milli(now))
	if err != nil {
		return err
	}
	told := map[string]bool{} // incidents of which a newer alert goes out
	for _, h := range all {
		moot := told[h.incident] && h.incident != ""
		if !moot && h.incident != "" {
			if moot, err = t.moot(h.id); err != nil {
				return err
			}
			told[h.incident] = true
		}
		if err := t.settle(h.id, now, moot); err != nil {
			return err
		}
	}
	return nil
}

// settle puts an alert on its way, or says that it has nothing left to tell.
func (t *Tx) settle(id string, now time.Time, moot bool) error {
	if !moot {
		return t.exec("UPDATE outbox SET state = ? WHERE id = ?", StateWaiting, id)
	}
	if err := t.exec("UPDATE outbox SET state = ? WHERE id = ?", StateMoot, id); err != nil {
		return err
	}
	return t.book(id, now, StateMoot, "")
}

// moot says whether an alert of an incident has nothing left to tell.
func (t *Tx) moot(id string) (bool, error) {
	var newer, closed, known int
	err := t.row(`SELECT
		EXISTS (SELECT 1 FROM outbox b WHERE b.incident = o.incident AND b.channel = o.channel AND b.kind <> 'update' AND b.state IN ('sent', 'waiting', 'sending', 'bundled')
			AND (b.created > o.created OR b.created = o.created AND CAST(b.body AS TEXT) ->> 'seq' > CAST(o.body AS TEXT) ->> 'seq')),
		coalesce((SELECT closed > 0 FROM incidents i WHERE i.id = o.incident), 0),
		EXISTS (SELECT 1 FROM outbox b WHERE b.incident = o.incident AND b.channel = o.channel AND b.kind <> 'update' AND b.state IN ('sent', 'bundled'))
		FROM outbox o WHERE id = ?`, []any{id}, &newer, &closed, &known)
	return newer > 0 || closed > 0 && known == 0, err
}

// Attempts returns when a channel was tried since since, oldest first.
func (t *Tx) Attempts(channel string, since time.Time) ([]time.Time, error) {
	var out []time.Time
	err := t.rows(func(scan func(...any) error) error {
		var at int64
		err := scan(&at)
		out = append(out, fromMilli(at))
		return err
	}, "SELECT l.at FROM ledger l JOIN outbox o ON o.id = l.alert WHERE l.at > ? AND l.outcome = ? AND o.channel = ? ORDER BY l.at", milli(since), StateSending, channel)
	return out, err
}

// Rung counts the messages that rang on a channel since since.
func (t *Tx) Rung(channel string, since time.Time) (n int, err error) {
	err = t.row("SELECT count(*) FROM ledger l JOIN outbox o ON o.id = l.alert WHERE l.at > ? AND l.outcome = ? AND o.channel = ? AND o.kind <> 'update'",
		[]any{milli(since), StateSent, channel}, &n)
	return n, err
}

// Bundle makes an alert a line of a digest, which is enqueued with the first line and
// due later.
func (t *Tx) Bundle(o Outgoing, digest crisis.Alert, due, now time.Time) error {
	var body []byte
	switch err := t.row("SELECT body FROM outbox WHERE id = ? AND state = ? AND attempts = 0", []any{digest.ID, StateWaiting}, &body); {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return err
	default:
		var have crisis.Alert
		if err := json.Unmarshal(body, &have); err != nil {
			return fmt.Errorf("decode digest %s: %w", digest.ID, err)
		}
		digest.Digest = append(have.Digest, digest.Digest...)
	}
	if err := t.Enqueue(Outgoing{ID: digest.ID, Channel: o.Channel, Alert: digest, Created: now, Due: due}); err != nil {
		return err
	}
	if err := t.Rewrite(digest); err != nil {
		return err
	}
	if err := t.exec("UPDATE outbox SET state = ?, ref = ?, detail = '' WHERE id = ?", StateBundled, digest.ID, o.ID); err != nil {
		return err
	}
	return t.book(o.ID, now, StateBundled, digest.ID)
}

// State returns how an alert stands; ErrNotFound for none.
func (t *Tx) State(id string) (state, detail string, err error) {
	err = t.row("SELECT state, detail FROM outbox WHERE id = ?", []any{id}, &state, &detail)
	return state, detail, err
}

// Stuck counts the alerts that were refused or given up and not sent again.
func (t *Tx) Stuck() (n int, err error) {
	err = t.row("SELECT count(*) FROM outbox WHERE state IN (?, ?)", []any{StateRefused, StateDead}, &n)
	return n, err
}

// Untried counts the alerts of a channel that were due before a time and were never tried.
func (t *Tx) Untried(channel string, before time.Time) (n int, err error) {
	err = t.row("SELECT count(*) FROM outbox WHERE channel = ? AND state = ? AND due < ? AND attempts = 0", []any{channel, StateWaiting, milli(before)}, &n)
	return n, err
}

// PostsSince counts the posts that a source brought of the time since since.
func (t *Tx) PostsSince(source string, since time.Time) (n int, err error) {
	err = t.row("SELECT coalesce(sum(posts), 0) FROM source_counts WHERE source = ? AND minute >= ?", []any{source, since.Unix() / 60}, &n)
	return n, err
}

// LastAttempt returns the last attempt on a channel behind since; zero if there is none.
func (t *Tx) LastAttempt(channel string, since time.Time) (time.Time, error) {
	var at int64
	err := t.row("SELECT coalesce(max(l.at), 0) FROM ledger l JOIN outbox o ON o.id = l.alert WHERE l.at > ? AND o.channel = ?", []any{milli(since), channel}, &at)
	if at == 0 {
		return time.Time{}, err
	}
	return fromMilli(at), err
}

// Hasten makes due what waits on a channel for another attempt.
func (t *Tx) Hasten(channel string, now time.Time) error {
	return t.exec("UPDATE outbox SET due = ? WHERE channel = ? AND state IN (?, ?) AND attempts > 0 AND due > ?", milli(now), channel, StateWaiting, StateSending, milli(now))
}
