package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Sight is which sources could be seen from a minute on, until the next Sight.
type Sight struct {
	From time.Time
	Seen map[string]bool
}

// AddSight stores that what can be seen has changed.
func (t *Tx) AddSight(s Sight) error {
	b, err := json.Marshal(s.Seen)
	if err != nil {
		return fmt.Errorf("encode what is seen: %w", err)
	}
	return t.exec("INSERT OR REPLACE INTO sights VALUES (?, ?)", s.From.Unix()/60, string(b))
}

// Sights returns what could be seen since from, in order of time, beginning with
// what held at from.
func (s *Store) Sights(ctx context.Context, from time.Time) ([]Sight, error) {
	var out []Sight
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			var minute int64
			var text string
			if err := scan(&minute, &text); err != nil {
				return err
			}
			x := Sight{From: time.Unix(minute*60, 0).UTC()}
			if err := json.Unmarshal([]byte(text), &x.Seen); err != nil {
				return err
			}
			out = append(out, x)
			return nil
		}, "SELECT minute, seen FROM sights WHERE minute >= coalesce((SELECT max(minute) FROM sights WHERE minute <= ?1), 0) ORDER BY minute", from.Unix()/60)
	})
	if err != nil {
		return nil, fmt.Errorf("read what was seen: %w", err)
	}
	return out, nil
}
