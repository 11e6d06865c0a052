package store

import (
	"fmt"
	"math"
	"time"

	"watchfire/crisis"
)

// IncidentFilter chooses incidents; empty fields stand for any.
type IncidentFilter struct {
	Topic  string
	Open   *bool
	Opened time.Time // with Before: only incidents behind that one in the list
	Before string
	Limit  int
}

// IncidentsBefore returns the incidents that a filter lets through, the newest first.
func (t *Tx) IncidentsBefore(f IncidentFilter) ([]IncidentRow, error) {
	where, args := "WHERE 1", []any{}
	if f.Topic != "" {
		where, args = where+" AND topic = ?", append(args, f.Topic)
	}
	switch {
	case f.Open == nil:
	case *f.Open: // so that its index is found
		where += " AND closed = 0"
	default:
		where += " AND closed <> 0"
	}
	if f.Before != "" {
		where, args = where+" AND (opened, id) < (?, ?)", append(args, milli(f.Opened), f.Before)
	}
	return t.incidents(where+" ORDER BY opened DESC, id DESC LIMIT ?", append(args, f.Limit)...)
}

// PostFilter chooses posts; empty fields stand for any.
type PostFilter struct {
	Text   string // stands in the title or the text
	Topic  string
	Source string
	Before crisis.PostKey // only posts of smaller keys; 0: all
	Limit  int
}

// mostScanned is how many posts are looked through at a time: a word that nobody writes
// must not hold up the daemon.
const mostScanned = 4000

// PostsBefore returns posts that a filter lets through, in falling order of keys: the
// newest days first. next is where to go on, 0 at the end.
func (t *Tx) PostsBefore(f PostFilter) (out []StoredPost, next crisis.PostKey, err error) {
	before := int64(math.MaxInt64)
	if f.Before != 0 {
		before = int64(f.Before)
	}
	var last int64
	var scanned int
	// The key at which the look ends, and how many posts lie before it.
	err = t.row("SELECT coalesce(min(key), 0), count(*) FROM (SELECT key FROM posts WHERE key < ? ORDER BY key DESC LIMIT ?)", []any{before, mostScanned}, &last, &scanned)
	if err != nil {
		return nil, 0, fmt.Errorf("look through posts: %w", err)
	}
	err = t.rows(func(scan func(...any) error) error {
		p, err := scanPost(scan)
		out = append(out, p)
		return err
	}, "SELECT "+postColumns+` FROM posts p WHERE p.key < ?1 AND p.key >= ?2 AND (?3 = '' OR instr(p.title, ?3) > 0 OR instr(p.text, ?3) > 0)
		AND ?4 IN ('', p.source) AND (?5 = '' OR instr(?6 || p.topics || ?6, ?6 || ?5 || ?6) > 0) ORDER BY p.key DESC LIMIT ?7`,
		before, last, f.Text, f.Source, f.Topic, unit, f.Limit+1)
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("look through posts: %w", err)
	case len(out) > f.Limit:
		out = out[:f.Limit]
		return out, out[f.Limit-1].Key(), nil
	case scanned == mostScanned:
		return out, crisis.PostKey(last), nil
	}
	return out, 0, nil
}
