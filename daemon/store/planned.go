package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Planned is an entry of the calendar that a person made.
type Planned struct {
	ID     int64
	Title  string
	From   time.Time
	To     time.Time
	Topics []string // empty: all
	Bar    float64
	By     string
	At     time.Time
}

// AddPlanned stores an entry and returns its id.
func (t *Tx) AddPlanned(p Planned) (id int64, err error) {
	err = t.row("INSERT INTO planned (title, since, until, topics, bar, by, at, removed, removed_by) VALUES (?, ?, ?, ?, ?, ?, ?, 0, '') RETURNING id",
		[]any{p.Title, milli(p.From), milli(p.To), strings.Join(p.Topics, unit), p.Bar, p.By, milli(p.At)}, &id)
	if err != nil {
		return 0, fmt.Errorf("store the planned event %s: %w", p.Title, err)
	}
	return id, nil
}

// RemovePlanned takes an entry out of the calendar; ErrNotFound when it is not in it.
func (t *Tx) RemovePlanned(id int64, by string, at time.Time) error {
	err := t.row("UPDATE planned SET removed = ?, removed_by = ? WHERE id = ? AND removed = 0 RETURNING id", []any{milli(at), by, id}, new(int64))
	if err != nil {
		return fmt.Errorf("remove the planned event %d: %w", id, err)
	}
	return nil
}

// Planned returns the entries that stand and end after since, in order of their begin.
func (s *Store) Planned(ctx context.Context, since time.Time) ([]Planned, error) {
	var out []Planned
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			var p Planned
			var from, to, at int64
			var topics string
			err := scan(&p.ID, &p.Title, &from, &to, &topics, &p.Bar, &p.By, &at)
			p.From, p.To, p.At = fromMilli(from), fromMilli(to), fromMilli(at)
			if topics != "" {
				p.Topics = strings.Split(topics, unit)
			}
			out = append(out, p)
			return err
		}, "SELECT id, title, since, until, topics, bar, by, at FROM planned WHERE until > ? AND removed = 0 ORDER BY since, id", milli(since))
	})
	if err != nil {
		return nil, fmt.Errorf("read the planned events: %w", err)
	}
	return out, nil
}
