package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
)

// Correction is what a person says a text should have been read as.
type Correction struct {
	Text  string    `json:"text"`
	Label string    `json:"label"` // of an emotion, or neg, pos or neutral
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// SaveCorrection stores a correction; the last one of a text holds.
func (t *Tx) SaveCorrection(c Correction) error {
	err := t.exec(`INSERT INTO corrections (text, label, author, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (text) DO UPDATE SET label = excluded.label, author = excluded.author, at = excluded.at`,
		c.Text, c.Label, c.By, milli(c.At))
	if err != nil {
		return fmt.Errorf("save a correction: %w", err)
	}
	return nil
}

// Corrections returns all corrections, in order of time.
func (t *Tx) Corrections() ([]Correction, error) {
	var out []Correction
	err := t.rows(func(scan func(...any) error) error {
		var c Correction
		var at int64
		if err := scan(&c.Text, &c.Label, &c.By, &at); err != nil {
			return err
		}
		c.At = fromMilli(at)
		out = append(out, c)
		return nil
	}, "SELECT text, label, author, at FROM corrections ORDER BY at, text")
	if err != nil {
		return nil, fmt.Errorf("read the corrections: %w", err)
	}
	return out, nil
}

// Reread is a stored post and what a person says it should have been read as; with
// no Label nobody has said so.
type Reread struct {
	Label string
	By    string
	At    time.Time
}

// Rereads returns what is said of each of the posts that are still stored.
func (s *Store) Rereads(ctx context.Context, keys []crisis.PostKey) (map[crisis.PostKey]Reread, error) {
	out := make(map[crisis.PostKey]Reread, len(keys))
	err := s.View(ctx, func(tx *Tx) error {
		for _, key := range keys {
			p, err := tx.post(key)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return fmt.Errorf("read post %d: %w", key, err)
			}
			var r Reread
			var at int64
			err = tx.row("SELECT label, author, at FROM corrections WHERE text = ?", []any{p.FullText()}, &r.Label, &r.By, &at)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return fmt.Errorf("read the correction of post %d: %w", key, err)
			}
			r.At = fromMilli(at)
			out[key] = r
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
