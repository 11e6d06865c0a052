package store

import (
	"context"
	"fmt"
	"time"

	"watchfire/crisis"
)

// LedgerRow is how one alert stands on its way to one channel.
type LedgerRow struct {
	ID       string
	Incident string
	Channel  string
	Kind     crisis.AlertKind
	Created  time.Time
	Due      time.Time // of the next attempt, while waiting
	Attempts int
	State    string
	Detail   string
	Fix      string
	Last     time.Time // of the last attempt
}

// Ledger returns the newest alerts, of one incident or of all if it is "".
func (s *Store) Ledger(ctx context.Context, incident string, limit int) ([]LedgerRow, error) {
	return s.Deliveries(ctx, LedgerFilter{Incident: incident, Limit: limit})
}

// LedgerFilter chooses alerts; empty fields stand for any.
type LedgerFilter struct {
	Incident, Channel, State string
	Limit, Offset            int
}

// Channels returns the names of the channels that alerts were sent to, each found from the
// one before it in the index.
func (t *Tx) Channels() (out []string, err error) {
	err = t.rows(func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		out = append(out, name)
		return err
	}, `WITH RECURSIVE names(name) AS (SELECT min(channel) FROM outbox UNION ALL
		SELECT (SELECT min(channel) FROM outbox WHERE channel > name) FROM names WHERE name IS NOT NULL)
		SELECT name FROM names WHERE name IS NOT NULL`)
	return out, err
}

// where writes the conditions of the filter: only what is chosen, so that an index can be.
func (f *LedgerFilter) where() (string, []any) {
	text, args := "WHERE 1", []any{}
	for _, c := range []struct{ column, value string }{{"incident", f.Incident}, {"channel", f.Channel}, {"state", f.State}} {
		if c.value != "" {
			text, args = text+" AND "+c.column+" = ?", append(args, c.value)
		}
	}
	return text, args
}

// Deliveries returns the newest alerts that a filter lets through.
func (s *Store) Deliveries(ctx context.Context, f LedgerFilter) ([]LedgerRow, error) {
	var out []LedgerRow
	err := s.View(ctx, func(tx *Tx) error {
		where, args := f.where()
		seen, eyes := tx.within("restricted")
		args = append(append(args, eyes...), f.Limit, f.Offset)
		return tx.rows(func(scan func(...any) error) error {
			var r LedgerRow
			var created, due, last int64
			err := scan(&r.ID, &r.Incident, &r.Channel, &r.Kind, &created, &due, &r.Attempts, &r.State, &r.Detail, &r.Fix, &last)
			r.Created, r.Due, r.Last = fromMilli(created), fromMilli(due), fromMilli(last)
			out = append(out, r)
			return err
		}, `SELECT id, incident, channel, kind, created, due, attempts, state, detail, fix,
			coalesce((SELECT max(at) FROM ledger WHERE alert = outbox.id), 0)
			FROM outbox WHERE id IN (SELECT id FROM outbox `+where+` AND incident NOT IN (SELECT id FROM incidents WHERE restricted <> '' AND NOT `+seen+`) ORDER BY created DESC, id LIMIT ? OFFSET ?)
			ORDER BY created DESC, id`, args...) // chosen first, so that nothing is read of those before them
	})
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return out, nil
}
