package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"watchfire/crisis"
)

// Undelivered is an alert that a channel has refused, or that was given up.
type Undelivered struct {
	ID       string
	Incident string
	Channel  string
	Kind     crisis.AlertKind
}

// Undelivered returns an alert that was refused or given up; ErrNotFound for any
// other.
func (t *Tx) Undelivered(id string) (Undelivered, error) {
	u := Undelivered{ID: id}
	err := t.row("SELECT incident, channel, kind FROM outbox WHERE id = ? AND state IN (?, ?)",
		[]any{id, StateRefused, StateDead}, &u.Incident, &u.Channel, &u.Kind)
	return u, err
}

// RefusedOf returns what a channel has refused of incidents that are open, oldest
// first. Edits are left out: a newer one says all they said.
func (t *Tx) RefusedOf(channel string) ([]Undelivered, error) {
	var out []Undelivered
	err := t.rows(func(scan func(...any) error) error {
		u := Undelivered{Channel: channel}
		err := scan(&u.ID, &u.Incident, &u.Kind)
		out = append(out, u)
		return err
	}, `SELECT o.id, o.incident, o.kind FROM outbox o JOIN incidents i ON i.id = o.incident AND i.closed = 0
		WHERE o.channel = ? AND o.state = ? AND o.kind <> ? ORDER BY o.created, o.id`, channel, StateRefused, string(crisis.AlertUpdate))
	return out, err
}

// Resend makes an alert due again that was refused or given up, under its id.
func (t *Tx) Resend(id string, at time.Time) error {
	err := t.exec("UPDATE outbox SET state = ?, due = ?, detail = '', fix = '' WHERE id = ? AND state IN (?, ?)", StateWaiting, milli(at), id, StateRefused, StateDead)
	if err != nil {
		return err
	}
	return t.book(id, at, StateWaiting, "")
}

// Current says whether there is a database at path of exactly the schema of this
// program, without changing anything: bringing it up to date is for the daemon
// that owns it.
func Current(ctx context.Context, path string) (bool, error) {
	files, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return false, err
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro")
	if err != nil {
		return false, fmt.Errorf("open %s: %w", path, err)
	}
	var version int
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	if err = errors.Join(err, db.Close()); err != nil {
		return false, fmt.Errorf("read the schema of %s: %w", path, err)
	}
	return version == len(files), nil
}
