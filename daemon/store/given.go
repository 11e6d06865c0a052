package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"watchfire/crisis"
)

// whoPrint stands for a recipient: an address, or the endpoint of a browser, neither of
// which is kept beside what it was told.
func whoPrint(who string) string {
	sum := sha256.Sum256([]byte(who))
	return hex.EncodeToString(sum[:12])
}

// Give notes that some recipients have an alert.
func (t *Tx) Give(a *crisis.Alert, at time.Time, who ...string) error {
	for _, w := range who {
		err := t.exec("INSERT OR IGNORE INTO given VALUES (?,?,?,?,?)", a.ID, whoPrint(w), a.Incident, a.Seq, milli(at))
		if err != nil {
			return fmt.Errorf("note who has %s: %w", a.ID, err)
		}
	}
	return nil
}

// Given says whether a recipient has an alert.
func (t *Tx) Given(alert, who string) (bool, error) {
	var n int
	err := t.row("SELECT count(*) FROM given WHERE alert = ? AND who = ?", []any{alert, whoPrint(who)}, &n)
	return n > 0, err
}

// Overtaken says whether a recipient has a later alert of the incident of an alert.
func (t *Tx) Overtaken(a *crisis.Alert, who string) (bool, error) {
	var n int
	err := t.row("SELECT count(*) FROM given WHERE incident = ? AND incident <> '' AND who = ? AND seq > ?",
		[]any{a.Incident, whoPrint(who), a.Seq}, &n)
	return n > 0, err
}

// PurgeGiven forgets who was given what before a time.
func (s *Store) PurgeGiven(ctx context.Context, before time.Time) error {
	err := s.Update(ctx, func(tx *Tx) error { return tx.exec("DELETE FROM given WHERE at < ?", milli(before)) })
	if err != nil {
		return fmt.Errorf("purge who was given what: %w", err)
	}
	return nil
}
