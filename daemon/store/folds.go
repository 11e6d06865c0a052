package store

import (
	"container/list"
	"errors"
	"fmt"
	"slices"
	"sync"

	"watchfire/crisis"
)

// folds remembers incidents as they were folded last, so that a minute in which
// nothing happened decodes no events. The hash of an event vouches for all events
// before it, so what is remembered is used only when it still has a place in the
// chain: a transaction that was rolled back leaves nothing that would be believed.
type folds struct {
	mu   sync.Mutex // guards what follows
	last map[string]*list.Element
	used *list.List // of folded, what was used last in front
	size int        // bytes
}

// folded is an incident and its events. Both are shared and never changed.
type folded struct {
	in     crisis.Incident
	events []crisis.Event
	size   int // bytes of the events
}

// mostHeld is how many bytes of events are remembered at most, beside the incident used
// last; folded they take about twice as much. Some hundred incidents with their plans fit,
// or ten of thousands of signals.
const mostHeld = 64 << 20

// eventSize is what an event takes beside its payload.
const eventSize = 300

func (f *folds) get(id string) folded {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.last[id]
	if e == nil {
		return folded{}
	}
	f.used.MoveToFront(e)
	return e.Value.(folded)
}

// put remembers an incident in place of what was remembered of it, and forgets those that
// were not used for the longest time.
func (f *folds) put(x folded) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil {
		f.last, f.used = map[string]*list.Element{}, list.New()
	}
	if e := f.last[x.in.ID]; e != nil {
		f.drop(e)
	}
	f.last[x.in.ID] = f.used.PushFront(x)
	f.size += x.size
	for f.size > mostHeld && f.used.Len() > 1 {
		f.drop(f.used.Back())
	}
}

// drop forgets one. The caller holds mu.
func (f *folds) drop(e *list.Element) {
	x := f.used.Remove(e).(folded)
	delete(f.last, x.in.ID)
	f.size -= x.size
}

// Incident folds an incident from its events and returns both, or ErrNotFound. The
// incident is the caller's own; the events are to be read only.
func (t *Tx) Incident(id string) (crisis.Incident, []crisis.Event, error) {
	f, err := t.fold(id)
	if err != nil {
		return crisis.Incident{}, nil, fmt.Errorf("read incident %s: %w", id, err)
	}
	if user, ok := t.eyes(); ok && !f.in.SeenBy(user) {
		return crisis.Incident{}, nil, fmt.Errorf("read incident %s: %w", id, ErrNotFound)
	}
	return f.in.Clone(), f.events, nil
}

// Holder returns the row of an incident and who has it, "" for nobody; or ErrNotFound.
func (t *Tx) Holder(id string) (IncidentRow, string, error) {
	rows, err := t.incidents("WHERE id = ?", id)
	if err == nil && len(rows) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return IncidentRow{}, "", fmt.Errorf("read incident %s: %w", id, err)
	}
	f, err := t.fold(id)
	if err != nil {
		return IncidentRow{}, "", fmt.Errorf("read incident %s: %w", id, err)
	}
	return rows[0], f.in.Holder, nil
}

func (t *Tx) fold(id string) (folded, error) {
	f := t.folds.get(id)
	known, err := t.vouched(id, &f)
	if err != nil {
		return f, err
	}
	if !known {
		f = folded{}
	}
	events, err := t.events("WHERE incident = ? AND seq > ? ORDER BY seq", id, len(f.events))
	if err != nil {
		return f, err
	}
	if len(events) == 0 {
		if len(f.events) == 0 {
			return f, ErrNotFound
		}
		return f, nil
	}
	f.in, f.events = f.in.Clone(), append(slices.Clip(f.events), events...)
	for i := range events {
		f.size += len(events[i].Data) + eventSize
	}
	if err := f.in.ApplyAll(events); err != nil {
		return f, err
	}
	t.folds.put(f)
	return f, nil
}

// vouched says whether the last event that f holds is in the store at its place.
func (t *Tx) vouched(id string, f *folded) (bool, error) {
	n := len(f.events)
	if n == 0 {
		return false, nil
	}
	var hash string
	err := t.row("SELECT hash FROM events WHERE incident = ? AND seq = ?", []any{id, n}, &hash)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return hash == f.events[n-1].Hash, err
}
