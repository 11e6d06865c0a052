package store

import (
	"errors"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestHeld holds that an alert which waits for the morning is found, brought up to date
// and taken back, and that it tells nobody anything before.
func TestHeld(t *testing.T) {
	s := open1(t)
	night := time.Date(2026, 3, 16, 15, 0, 0, 0, time.UTC)
	morning := night.Add(8 * time.Hour)
	put := func(id string, kind crisis.AlertKind, created, due time.Time, seq int) Outgoing {
		a := crisis.Alert{ID: id, Kind: kind, Incident: "1", Seq: seq}
		return Outgoing{ID: id, Incident: "1", Channel: "press", Alert: a, Created: created, Due: due}
	}
	err := s.Update(t.Context(), func(tx *Tx) error {
		if _, err := tx.Held("1", "press", night); !errors.Is(err, ErrNotFound) {
			t.Errorf("something waits: %v", err)
		}
		if err := tx.Enqueue(put("now", crisis.AlertRaised, night.Add(20*time.Second), night.Add(20*time.Second), 2)); err != nil {
			return err
		}
		if _, err := tx.Held("1", "press", night); !errors.Is(err, ErrNotFound) {
			t.Errorf("what was put on its way within the minute waits for the morning: %v", err)
		}
		if err := tx.Enqueue(put("held", crisis.AlertOpened, night.Add(time.Minute), morning, 3)); err != nil {
			return err
		}
		if a, err := tx.Held("1", "press", night.Add(time.Minute)); err != nil || a.ID != "held" {
			t.Errorf("waiting is %q, %v", a.ID, err)
		}
		if a, err := tx.LastAlert("1", night.Add(time.Minute)); err != nil || a.ID != "now" {
			t.Errorf("people were told of %q last, %v", a.ID, err)
		}
		if err := tx.Rewrite(crisis.Alert{ID: "held", Kind: crisis.AlertRaised, Incident: "1", Seq: 9}); err != nil {
			return err
		}
		if a, err := tx.Held("1", "press", night.Add(time.Hour)); err != nil || a.Seq != 9 || a.Kind != crisis.AlertRaised {
			t.Errorf("after the rewrite %+v, %v", a, err)
		}
		if a, err := tx.LastAlert("1", morning); err != nil || a.Seq != 9 {
			t.Errorf("in the morning people are told of %d, %v", a.Seq, err)
		}
		if _, err := tx.Held("1", "press", morning); !errors.Is(err, ErrNotFound) {
			t.Errorf("in the morning something still waits: %v", err)
		}
		if err := errors.Join(tx.Sending("now", night), tx.Drop("now"), tx.Drop("held")); err != nil {
			return err
		}
		due, err := tx.Due("press", morning, 10)
		if len(due) != 1 || due[0].ID != "now" {
			t.Errorf("what was tried is taken back, or what waited is not: %+v", due)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
