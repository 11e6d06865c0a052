package store

import (
	"fmt"
	"strconv"
	"time"

	"watchfire/crisis"
)

// journal is the chain of events that belong to no incident, such as a purge.
const journal = "journal"

// settingJournal is how many events the journal has.
const settingJournal = "journal"

// Journal appends events that belong to no incident, chained like those of one.
func (t *Tx) Journal(recorded time.Time, events ...crisis.Event) error {
	sealed, err := t.seal(journal, recorded, events)
	if err != nil {
		return err
	}
	return t.SetSetting(settingJournal, strconv.Itoa(sealed[len(sealed)-1].Seq))
}

// JournalOf returns the newest events of the journal, the newest first.
func (t *Tx) JournalOf(limit int) ([]crisis.Event, error) {
	return t.events("WHERE incident = ? ORDER BY seq DESC LIMIT ?", journal, limit)
}

func (t *Tx) verifyJournal() error {
	events, err := t.events("WHERE incident = ? ORDER BY seq", journal)
	if err != nil {
		return err
	}
	if err := crisis.Verify(events); err != nil {
		return err
	}
	n := 0
	if err := t.row("SELECT coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE key = ?), 0)", []any{settingJournal}, &n); err != nil {
		return err
	}
	if n != len(events) {
		return fmt.Errorf("journal: %d events, but %d were recorded: the last ones are missing", len(events), n)
	}
	return nil
}
