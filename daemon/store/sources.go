package store

import (
	"context"
	"fmt"
	"time"

	"watchfire/crisis"
)

// SourceState is where we stand with one source.
type SourceState struct {
	Name         string
	Cursor       string
	FirstAttempt time.Time
	FirstSuccess time.Time
	LastOK       time.Time
	LastAttempt  time.Time
	LastClass    crisis.Class
	LastDetail   string
	NextAttempt  time.Time // not before, when the source asked for patience
	Failures     int       // in a row
	Paused       bool      // by a person, or because it is gated
}

const sourceColumns = "name, cursor, first_success, last_ok, last_attempt, last_class, last_detail, next_attempt, failures, paused, first_attempt"

func scanSource(scan func(...any) error) (SourceState, error) {
	var s SourceState
	var first, ok, attempt, next, begun int64
	err := scan(&s.Name, &s.Cursor, &first, &ok, &attempt, &s.LastClass, &s.LastDetail, &next, &s.Failures, &s.Paused, &begun)
	s.FirstSuccess, s.LastOK, s.LastAttempt, s.NextAttempt = fromMilli(first), fromMilli(ok), fromMilli(attempt), fromMilli(next)
	s.FirstAttempt = fromMilli(begun)
	return s, err
}

// milli and fromMilli map the zero time to 0.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Source returns the state of a source, or ErrNotFound before its first visit.
func (t *Tx) Source(name string) (SourceState, error) {
	var s SourceState
	found := false
	err := t.rows(func(scan func(...any) error) (err error) {
		s, err = scanSource(scan)
		found = true
		return err
	}, "SELECT "+sourceColumns+" FROM sources WHERE name = ?", name)
	if err == nil && !found {
		err = ErrNotFound
	}
	return s, err
}

// Sources returns the states of all sources that were ever visited, by name.
func (t *Tx) Sources() ([]SourceState, error) {
	var out []SourceState
	err := t.rows(func(scan func(...any) error) error {
		s, err := scanSource(scan)
		out = append(out, s)
		return err
	}, "SELECT "+sourceColumns+" FROM sources ORDER BY name")
	return out, err
}

// SetSource stores the state of a source.
func (t *Tx) SetSource(s SourceState) error {
	return t.exec("INSERT OR REPLACE INTO sources ("+sourceColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?)",
		s.Name, s.Cursor, milli(s.FirstSuccess), milli(s.LastOK), milli(s.LastAttempt), string(s.LastClass), s.LastDetail, milli(s.NextAttempt), s.Failures, s.Paused, milli(s.FirstAttempt))
}

// AddAttempt stores an attempt to read a source.
func (t *Tx) AddAttempt(c crisis.Coverage) error {
	return t.exec("INSERT INTO attempts VALUES (?,?,?,?,?,?,?,?,?)",
		c.Source, milli(c.At), int64(c.Took), string(c.Class), c.Posts, c.Fresh, c.Detail, milli(c.RetryAfter), c.Backfill)
}

// Sources returns the states of all sources that were ever visited, by name.
func (s *Store) Sources(ctx context.Context) (out []SourceState, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		out, err = tx.Sources()
		return err
	})
	return out, err
}

// Attempts returns the attempts to read a source from from to to, oldest first.
func (s *Store) Attempts(ctx context.Context, source string, from, to time.Time) ([]crisis.Coverage, error) {
	var out []crisis.Coverage
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			c := crisis.Coverage{Source: source}
			var at, retry int64
			err := scan(&at, &c.Took, &c.Class, &c.Posts, &c.Fresh, &c.Detail, &retry, &c.Backfill)
			c.At, c.RetryAfter = fromMilli(at), fromMilli(retry)
			out = append(out, c)
			return err
		}, "SELECT at, took, class, posts, fresh, detail, retry_after, backfill FROM attempts WHERE source = ? AND at BETWEEN ? AND ? ORDER BY at, rowid", source, milli(from), milli(to))
	})
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	return out, nil
}

// Visits returns when a source was read from from to to and how that ended, oldest first,
// and nothing else of the attempts.
func (s *Store) Visits(ctx context.Context, source string, from, to time.Time) ([]crisis.Coverage, error) {
	var out []crisis.Coverage
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			c := crisis.Coverage{Source: source}
			var at int64
			err := scan(&at, &c.Class)
			c.At = fromMilli(at)
			out = append(out, c)
			return err
		}, "SELECT at, class FROM attempts WHERE source = ? AND at BETWEEN ? AND ? ORDER BY at", source, milli(from), milli(to))
	})
	if err != nil {
		return nil, fmt.Errorf("read visits: %w", err)
	}
	return out, nil
}

// Failures returns the last attempts since from that did not let us see a source, the
// newest first.
func (s *Store) Failures(ctx context.Context, source string, from time.Time, limit int) ([]crisis.Coverage, error) {
	var out []crisis.Coverage
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			c := crisis.Coverage{Source: source}
			var at int64
			err := scan(&at, &c.Class, &c.Detail)
			c.At = fromMilli(at)
			out = append(out, c)
			return err
		}, "SELECT at, class, detail FROM attempts WHERE source = ? AND at >= ? AND class NOT IN (?, ?, ?) ORDER BY at DESC, rowid DESC LIMIT ?",
			source, milli(from), string(crisis.ClassOK), string(crisis.ClassNotModified), string(crisis.ClassEmptyOK), limit)
	})
	if err != nil {
		return nil, fmt.Errorf("read the failures of %s: %w", source, err)
	}
	return out, nil
}
