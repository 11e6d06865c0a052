package store

import (
	"fmt"
	"time"
)

// UseTap notes that a signed link was used; false if it was before.
func (t *Tx) UseTap(nonce string, now time.Time) (bool, error) {
	res, err := t.tx.ExecContext(t.ctx, "INSERT OR IGNORE INTO taps VALUES (?,?)", nonce, milli(now))
	if err != nil {
		return false, fmt.Errorf("use a link: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// TapUsed says whether a signed link was used.
func (t *Tx) TapUsed(nonce string) (bool, error) {
	var n int
	err := t.row("SELECT EXISTS (SELECT 1 FROM taps WHERE nonce = ?)", []any{nonce}, &n)
	return n > 0, err
}

// ForgetTaps forgets links that were used before a time, which have expired since.
func (t *Tx) ForgetTaps(before time.Time) error {
	return t.exec("DELETE FROM taps WHERE at < ?", milli(before))
}
