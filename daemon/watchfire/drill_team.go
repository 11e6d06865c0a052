package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/drill"
	"watchfire/daemon/store"
)

// team plays the scripted people of a rehearsal. A move that the scenario says will be
// refused must be, and no other: a script that the product does not follow says nothing.
type team struct {
	name  string
	moves []drill.Move
	next  int
}

// teamOf finds the people of a scenario by their name, nil for nobody.
func teamOf(sc *drill.Scenario, name string) (*team, error) {
	if name == "" {
		return nil, nil
	}
	moves, ok := sc.Teams[name]
	if !ok {
		return nil, usageError{fmt.Errorf("--team %s: %s has the teams %s", name, sc.ID, strings.Join(slices.Sorted(maps.Keys(sc.Teams)), ", "))}
	}
	moves = slices.Clone(moves)
	slices.SortStableFunc(moves, func(a, b drill.Move) int { return int(a.At - b.At) })
	return &team{name: name, moves: moves}, nil
}

// act carries out the moves whose time has come.
func (s *stage) act(ctx context.Context, d *daemon.Daemon) error {
	if s.team == nil {
		return nil
	}
	for t := s.team; t.next < len(t.moves) && !s.hand.at.Before(s.begin.Add(t.moves[t.next].At)); t.next++ {
		m := &t.moves[t.next]
		err := s.move(ctx, d, m)
		switch {
		case m.Refused != "" && (err == nil || !errors.Is(err, crisis.ErrRefused) || !strings.Contains(err.Error(), m.Refused)):
			return fmt.Errorf("team %s at %s: %s: want it refused with %q, got: %w", t.name, m.At, m.Do, m.Refused, cmp.Or(err, errors.New("done")))
		case m.Refused == "" && err != nil:
			return fmt.Errorf("team %s at %s: %s: %w", t.name, m.At, m.Do, err)
		}
	}
	return nil
}

// move carries out one move.
func (s *stage) move(ctx context.Context, d *daemon.Daemon, m *drill.Move) error {
	if m.Do == "rescue" {
		return s.handOn(ctx, d, m)
	}
	in, err := s.incident(ctx, d, m.Topic)
	if err != nil {
		return err
	}
	for _, act := range m.Acts(&in, s.begin, s.org) {
		if in, err = d.Act(ctx, act(&in)); err != nil {
			return err
		}
	}
	return nil
}

// incident reads the first incident of a topic, by default of that which is expected.
func (s *stage) incident(ctx context.Context, d *daemon.Daemon, topic string) (in crisis.Incident, err error) {
	if topic == "" {
		topic = s.sc.Expect.Topic
	}
	err = d.Store().View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Incidents(1000, 0)
		for i := len(rows) - 1; err == nil && i >= 0; i-- {
			if rows[i].Topic == topic {
				in, _, err = tx.Incident(rows[i].ID)
				return err
			}
		}
		if err == nil {
			err = fmt.Errorf("no incident of topic %s has opened: %w", topic, store.ErrNotFound)
		}
		return err
	})
	return in, err
}

// handOn hands every open call for rescue to the department that helps.
func (s *stage) handOn(ctx context.Context, d *daemon.Daemon, m *drill.Move) error {
	var open []crisis.Ask
	err := d.Store().View(ctx, func(tx *store.Tx) (err error) {
		open, err = tx.Asks(false, crisis.AskRescue, 100)
		return err
	})
	if err != nil {
		return err
	}
	for i := range open {
		if err := d.Ask(ctx, crisis.AskAct{Key: open[i].Key, Do: string(crisis.AskTransferred), By: m.By, Note: m.Note}); err != nil {
			return err
		}
	}
	return nil
}

// asks returns the calls for rescue that came in during the drill: not all of them name
// what they are about.
func (s *stage) asks(tx *store.Tx) (out []crisis.Ask, err error) {
	for _, done := range []bool{false, true} {
		all, err := tx.Asks(done, crisis.AskRescue, 1000)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			if !a.Received.Before(s.begin) {
				out = append(out, a)
			}
		}
	}
	return out, nil
}
