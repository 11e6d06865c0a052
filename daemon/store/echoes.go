package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Echoed returns when the first text was published that shares at least so many of the
// keys; zero when there is none.
func (t *Tx) Echoed(keys []uint64, least int) (time.Time, error) {
	if len(keys) == 0 {
		return time.Time{}, nil
	}
	args := make([]any, len(keys))
	for i, k := range keys {
		args[i] = int64(k)
	}
	n, first := map[int64]int{}, int64(0)
	err := t.rows(func(scan func(...any) error) error {
		var at int64
		if err := scan(&at); err != nil {
			return err
		}
		if n[at]++; n[at] >= least && (first == 0 || at < first) {
			first = at
		}
		return nil
	}, "SELECT at FROM echoes WHERE key IN (?"+strings.Repeat(",?", len(keys)-1)+")", args...)
	if err != nil {
		return time.Time{}, fmt.Errorf("look for echoes: %w", err)
	}
	return fromMilli(first), nil
}

// Echo remembers a text by its keys; keys that are known stay with the text that had
// them first.
func (t *Tx) Echo(keys []uint64, at time.Time) error {
	rows := t.inserter("INSERT OR IGNORE INTO echoes VALUES ", "", 2)
	for _, k := range keys {
		if err := rows.add(int64(k), milli(at)); err != nil {
			return fmt.Errorf("remember a text: %w", err)
		}
	}
	if err := rows.flush(); err != nil {
		return fmt.Errorf("remember a text: %w", err)
	}
	return nil
}

// PurgeEchoes forgets texts published before before.
func (s *Store) PurgeEchoes(ctx context.Context, before time.Time) error {
	err := s.Update(ctx, func(tx *Tx) error { return tx.exec("DELETE FROM echoes WHERE at < ?", milli(before)) })
	if err != nil {
		return fmt.Errorf("purge echoes: %w", err)
	}
	return nil
}
