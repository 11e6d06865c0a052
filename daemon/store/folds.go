package store

import (
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
	mu   sync.Mutex
	last map[string]folded
}

// folded is an incident and its events. Both are shared and never changed.
type folded struct {
	in     crisis.Incident
	events []crisis.Event
}

// mostFolds bounds how many incidents are remembered; beyond it all are forgotten.
const mostFolds = 64

func (f *folds) get(id string) folded {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last[id]
}

// put remembers an incident in place of what was remembered of it.
func (f *folds) put(x folded) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil || len(f.last) >= mostFolds && f.last[x.in.ID].events == nil {
		f.last = map[string]folded{}
	}
	f.last[x.in.ID] = x
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
