package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"watchfire/crisis"
)

// AskEntry is one thing that was done about a request. Rows of it are never changed.
type AskEntry struct {
	At   time.Time
	By   string
	What string // a state, "class" or "told"
	Note string
}

// AddAsk puts a request into the queue and says whether it is a new entry. A post of a
// group that waits already only counts: of the copies the first stands for all. A group
// whose answer is given asks anew.
func (t *Tx) AddAsk(a crisis.Ask) (bool, error) {
	var key int64
	err := t.row("SELECT key FROM asks WHERE key = ?1 OR print = ?2 AND class = ?3 AND state IN ('open', 'claimed') ORDER BY key <> ?1, received LIMIT 1",
		[]any{int64(a.Key), int64(a.Print), string(a.Class)}, &key)
	if err == nil && key == int64(a.Key) { // a post that was deleted by age and seen again
		return false, nil
	}
	if err == nil {
		if err := t.exec("UPDATE asks SET copies = copies + 1 WHERE key = ?", key); err != nil {
			return false, fmt.Errorf("count a copy of request %d: %w", key, err)
		}
		return false, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return false, fmt.Errorf("look for copies of request %d: %w", a.Key, err)
	}
	err = t.exec("INSERT INTO asks VALUES (?,?,?,?,?,?,?,?,?,?,?,'',0,'','',?,1,?,?)", int64(a.Key), string(a.Class), a.Why,
		strings.Join(a.Topics, unit), a.Source, a.Link, a.Quote, milli(a.Published), milli(a.Received), milli(a.Due), string(crisis.AskOpen), int64(a.Print), a.Told, a.Rings)
	if err != nil {
		return false, fmt.Errorf("queue request %d: %w", a.Key, err)
	}
	return true, nil
}

const askColumns = `SELECT key, class, why, topics, source, url, quote, published, received, due, state, actor, at, note, answer, print, copies, told, rings FROM asks `

func (t *Tx) asks(where string, args ...any) ([]crisis.Ask, error) {
	var out []crisis.Ask
	err := t.rows(func(scan func(...any) error) error {
		var a crisis.Ask
		var key, published, received, due, at, print int64
		var topics string
		err := scan(&key, &a.Class, &a.Why, &topics, &a.Source, &a.Link, &a.Quote, &published, &received, &due, &a.State, &a.By, &at, &a.Note, &a.Answer, &print, &a.Count, &a.Told, &a.Rings)
		a.Key, a.Print = crisis.PostKey(key), uint64(print)
		a.Published, a.Received, a.Due, a.At = fromMilli(published), fromMilli(received), fromMilli(due), fromMilli(at)
		if topics != "" {
			a.Topics = strings.Split(topics, unit)
		}
		out = append(out, a)
		return err
	}, askColumns+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read the requests: %w", err)
	}
	return out, nil
}

// Asks returns the requests that wait, or with done those that do not: rescue first,
// then by deadline, those without one last; of one class unless it is empty; of done ones the last acted on first.
func (t *Tx) Asks(done bool, class crisis.AskClass, limit int) ([]crisis.Ask, error) {
	if done {
		return t.asks("WHERE state NOT IN ('open', 'claimed') AND ?1 IN ('', class) ORDER BY at DESC, key LIMIT ?2", string(class), limit)
	}
	return t.asks("WHERE state IN ('open', 'claimed') AND ?1 IN ('', class) ORDER BY class <> 'rescue', due = 0, due, received, key LIMIT ?2", string(class), limit)
}

// Ask returns one request and what was done about it, oldest first; ErrNotFound when
// there is none.
func (t *Tx) Ask(key crisis.PostKey) (crisis.Ask, []AskEntry, error) {
	all, err := t.asks("WHERE key = ?", int64(key))
	if err != nil {
		return crisis.Ask{}, nil, err
	}
	if len(all) == 0 {
		return crisis.Ask{}, nil, fmt.Errorf("request %d: %w", key, ErrNotFound)
	}
	var done []AskEntry
	err = t.rows(func(scan func(...any) error) error {
		var e AskEntry
		var at int64
		err := scan(&at, &e.By, &e.What, &e.Note)
		e.At = fromMilli(at)
		done = append(done, e)
		return err
	}, "SELECT at, actor, what, note FROM ask_acts WHERE ask = ? ORDER BY at, rowid", int64(key))
	if err != nil {
		return crisis.Ask{}, nil, fmt.Errorf("read what was done about request %d: %w", key, err)
	}
	return all[0], done, nil
}

// ActOnAsk stores what a request has become, and who made it so as a row of its own.
func (t *Tx) ActOnAsk(a crisis.Ask, e AskEntry) error {
	err := errors.Join(
		t.exec("UPDATE asks SET class = ?, due = ?, state = ?, actor = ?, at = ?, note = ?, answer = ?, told = ?, rings = ? WHERE key = ?",
			string(a.Class), milli(a.Due), string(a.State), a.By, milli(a.At), a.Note, a.Answer, a.Told, a.Rings, int64(a.Key)),
		t.exec("INSERT INTO ask_acts VALUES (?,?,?,?,?)", int64(a.Key), milli(e.At), e.By, e.What, e.Note))
	if err != nil {
		return fmt.Errorf("act on request %d: %w", a.Key, err)
	}
	return nil
}

// Crying returns the rescue requests that wait, ring, and whose deadline has passed.
func (t *Tx) Crying(now time.Time) ([]crisis.Ask, error) {
	return t.asks("WHERE state IN ('open', 'claimed') AND class = 'rescue' AND rings = 1 AND due > 0 AND due <= ? ORDER BY due, key", milli(now))
}

// AsksLate counts what waits: rescue requests, and others past their deadline.
func (t *Tx) AsksLate(now time.Time) (rescue, late int, err error) {
	err = t.row(`SELECT count(*) FILTER (WHERE class = 'rescue'), count(*) FILTER (WHERE class <> 'rescue' AND due > 0 AND due <= ?)
		FROM asks WHERE state IN ('open', 'claimed')`, []any{milli(now)}, &rescue, &late)
	if err != nil {
		return 0, 0, fmt.Errorf("count the requests that wait: %w", err)
	}
	return rescue, late, nil
}
