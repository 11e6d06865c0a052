package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
)

// Proof is a post that an event quotes, and how what was kept of it stands.
type Proof struct {
	Event    int // of the incident
	Evidence crisis.Evidence
	Kept     Exhibited // zero when nothing is kept
	State    string    // one of the proof states
	Stored   bool      // the post itself is still among the posts
}

// The states of a proof.
const (
	ProofIntact  = "intact"  // what is kept has the hash that the event names
	ProofAltered = "altered" // it was changed after it was kept, or is another text
	ProofGone    = "gone"    // it was deleted by age, or never kept
)

// Proofs returns what the events of an incident quote, in the order in which it was
// quoted, each text once, with what is kept of it checked anew.
func (t *Tx) Proofs(events []crisis.Event) ([]Proof, error) {
	type quote struct {
		key  crisis.PostKey
		hash string
	}
	seen := map[quote]bool{}
	var out []Proof
	for i := range events {
		for _, e := range events[i].Quoted() {
			if e.Key == 0 || seen[quote{e.Key, e.Hash}] {
				continue
			}
			seen[quote{e.Key, e.Hash}] = true
			p, err := t.Proof(e)
			if err != nil {
				return nil, err
			}
			p.Event = events[i].Seq
			out = append(out, p)
		}
	}
	return out, nil
}

// Proof returns what is kept of one quotation, checked anew against the hash that the event
// names.
func (t *Tx) Proof(e crisis.Evidence) (Proof, error) {
	p := Proof{Evidence: e, State: ProofGone}
	switch _, err := t.post(e.Key); {
	case err == nil:
		p.Stored = true
	case !errors.Is(err, ErrNotFound):
		return p, fmt.Errorf("look for post %d: %w", e.Key, err)
	}
	kept, err := t.Exhibits(e.Key)
	if err != nil {
		return p, err
	}
	for _, x := range kept {
		switch {
		case x.Hash == e.Hash && x.sum() == x.Hash:
			p.Kept, p.State = x, ProofIntact
			return p, nil
		case p.State == ProofGone:
			p.Kept, p.State = x, ProofAltered
		}
	}
	return p, nil
}

// EachPostOf calls f for every stored post of a topic from from to to, oldest first.
func (s *Store) EachPostOf(ctx context.Context, topic string, from, to time.Time, f func(*StoredPost) error) error {
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			p, err := scanPost(scan)
			if err != nil {
				return err
			}
			return f(&p)
		}, "SELECT "+postColumns+" FROM hits h JOIN posts p ON p.key = h.post WHERE h.topic = ? AND h.at BETWEEN ? AND ? ORDER BY h.at, h.post", topic, milli(from), milli(to))
	})
	if err != nil {
		return fmt.Errorf("read posts of %s: %w", topic, err)
	}
	return nil
}

// AsksOf returns the requests that speak of a topic and were received from from to to, in
// the order in which they came.
func (t *Tx) AsksOf(topic string, from, to time.Time) ([]crisis.Ask, error) {
	return t.asks("WHERE instr(?1 || topics || ?1, ?1 || ?2 || ?1) > 0 AND received BETWEEN ?3 AND ?4 ORDER BY received, key", unit, topic, milli(from), milli(to))
}
