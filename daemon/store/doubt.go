package store

import "time"

// outcomeUnanswered is what the ledger says of an attempt that the provider may have taken
// or not: it did not answer. The alert waits.
const outcomeUnanswered = "unanswered"

// Unanswered notes an attempt that was not answered, and when the next one is due.
func (t *Tx) Unanswered(id string, at, due time.Time, detail string) error {
	return t.putBack(id, at, due, outcomeUnanswered, detail)
}

// Doubtful says whether an alert that is to be sent may have arrived before: an attempt was
// not answered, or began and has no outcome, because the daemon ended in the middle of it.
func (t *Tx) Doubtful(id string) (bool, error) {
	var doubt bool
	err := t.row(`SELECT EXISTS (SELECT 1 FROM ledger b WHERE b.alert = ?1 AND b.outcome = 'sending' AND NOT EXISTS (
		SELECT 1 FROM ledger e WHERE e.alert = ?1 AND e.attempt = b.attempt AND e.outcome IN ('waiting', 'sent', 'refused', 'dead')))`, []any{id}, &doubt)
	return doubt, err
}
