package store

import (
	"context"
	"fmt"
	"time"
)

// Pause is one stop, or one resumption, of the visits to a source.
type Pause struct {
	Source string
	At     time.Time
	Paused bool
	By     string
}

// AddPause stores that the visits to a source were stopped or resumed.
func (t *Tx) AddPause(p Pause) error {
	err := t.exec("INSERT INTO pauses (source, at, paused, actor) VALUES (?, ?, ?, ?)", p.Source, milli(p.At), p.Paused, p.By)
	if err != nil {
		return fmt.Errorf("note the pause of %s: %w", p.Source, err)
	}
	return nil
}

// LastPauses returns the last stop or resumption of each source that has one.
func (s *Store) LastPauses(ctx context.Context) (map[string]Pause, error) {
	out := map[string]Pause{}
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			var p Pause
			var at int64
			err := scan(&p.Source, &at, &p.Paused, &p.By)
			p.At = fromMilli(at)
			out[p.Source] = p
			return err
		}, "SELECT source, at, paused, actor FROM pauses ORDER BY at, rowid")
	})
	if err != nil {
		return nil, fmt.Errorf("read the pauses: %w", err)
	}
	return out, nil
}
