package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"watchfire/crisis"
)

// The outcomes of what somebody asked for.
const (
	OutcomeOK      = "ok"
	OutcomeRefused = "refused" // by a rule, or because it makes no sense
	OutcomeFailed  = "failed"  // it was ours to do
)

// Entry is one line of the audit log.
type Entry struct {
	ID      int64
	At      time.Time
	Who     string // name of the log-in; empty: nobody known
	Address string
	Role    string
	What    string
	Target  string
	Outcome string
}

// Noted is an entry that waits for the transaction of which it speaks.
type Noted struct {
	Entry
	Written bool // it lies in the store
}

type noted struct{}

// Noting returns a context in which the first transaction that changes something also
// writes the entry, so that neither is kept without the other. It is for one goroutine.
func Noting(ctx context.Context, n *Noted) context.Context {
	return context.WithValue(ctx, noted{}, n)
}

// NotedIn returns the entry that waits in a context, nil if there is none.
func NotedIn(ctx context.Context) *Noted {
	n, _ := ctx.Value(noted{}).(*Noted)
	return n
}

// Note writes an entry into the audit log.
func (t *Tx) Note(e *Entry) error {
	err := t.exec("INSERT INTO audit (at, who, address, role, what, target, outcome) VALUES (?,?,?,?,?,?,?)",
		milli(e.At), e.Who, e.Address, e.Role, e.What, e.Target, e.Outcome)
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// AuditFilter chooses entries; empty fields stand for any.
type AuditFilter struct {
	Who, Outcome string
	What         string // a part of it
	From, To     time.Time
	Before       int64 // only older entries than that one
	Limit        int
}

// where writes the conditions of the filter: only what is chosen, so that an index can be.
func (f *AuditFilter) where() (string, []any) {
	text, args := "WHERE 1", []any{}
	add := func(condition string, value any) { text, args = text+" AND "+condition, append(args, value) }
	if f.Who != "" {
		add("who = ?", f.Who)
	}
	if f.Outcome != "" {
		add("outcome = ?", f.Outcome)
	}
	if f.What != "" {
		add("instr(what, ?) > 0", f.What)
	}
	if !f.From.IsZero() {
		add("at >= ?", milli(f.From))
	}
	if !f.To.IsZero() {
		add("at < ?", milli(f.To))
	}
	if f.Before != 0 {
		add("id < ?", f.Before)
	}
	return text, args
}

// Audit returns the entries that a filter lets through, the newest first.
func (t *Tx) Audit(f AuditFilter) ([]Entry, error) {
	var out []Entry
	where, args := f.where()
	err := t.rows(func(scan func(...any) error) error {
		var e Entry
		var at int64
		err := scan(&e.ID, &at, &e.Who, &e.Address, &e.Role, &e.What, &e.Target, &e.Outcome)
		e.At = fromMilli(at)
		out = append(out, e)
		return err
	}, "SELECT id, at, who, address, role, what, target, outcome FROM audit "+where+" ORDER BY id DESC LIMIT ?", append(args, f.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return out, nil
}

// settingAuditPurged is up to when the audit log may be shortened, for the database itself,
// in Unix milliseconds.
const settingAuditPurged = "audit.purged"

// PurgeAudit deletes the entries from before before, and says how many. That it did is an
// entry itself, and an event of the journal, in the same transaction.
func (s *Store) PurgeAudit(ctx context.Context, before, now time.Time) (gone int, err error) {
	err = s.Update(ctx, func(tx *Tx) error {
		if err := tx.row("SELECT count(*) FROM audit WHERE at < ?", []any{milli(before)}, &gone); err != nil || gone == 0 {
			return err
		}
		return errors.Join(
			tx.SetSetting(settingAuditPurged, strconv.FormatInt(milli(before), 10)),
			tx.exec("DELETE FROM audit WHERE at < ?", milli(before)),
			tx.Note(&Entry{At: now, Who: crisis.Machine, What: "purge", Target: strconv.Itoa(gone) + " < " + before.UTC().Format(time.RFC3339), Outcome: OutcomeOK}),
			tx.Journal(now, crisis.NewEvent(crisis.EventPurged, now, crisis.Machine, crisis.Purged{Audit: gone, Before: before.UTC()})),
		)
	})
	if err != nil {
		return 0, fmt.Errorf("purge the audit log: %w", err)
	}
	return gone, nil
}
