package store

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestRecords counts the last verdict of each incident, by the detector that opened
// it, and leaves out what was opened too long ago and what nobody judged.
func TestRecords(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "watchfire.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	err = s.Update(t.Context(), func(tx *Tx) error {
		for _, x := range []struct {
			id, detector string
			opened       time.Time
			verdicts     []crisis.Verdict
		}{
			{"a", "surge", at, []crisis.Verdict{crisis.VerdictReal}},
			{"b", "surge", at, []crisis.Verdict{crisis.VerdictReal, crisis.VerdictNoise}},
			{"c", "surge", at.Add(-time.Hour), []crisis.Verdict{crisis.VerdictReal}},
			{"d", "mood", at, []crisis.Verdict{crisis.VerdictKnown}},
			{"e", "mood", at, nil},
		} {
			events := []crisis.Event{crisis.NewEvent(crisis.EventDetected, x.opened, crisis.Machine, crisis.Detected{Topic: "water", Signal: crisis.Signal{Detector: x.detector}})}
			for _, v := range x.verdicts {
				events = append(events, crisis.NewEvent(crisis.EventVerdict, at.Add(time.Hour), "李敏", crisis.Judged{Verdict: v}))
			}
			if _, err := tx.Append(x.id, at, events...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []crisis.Record
	err = s.View(t.Context(), func(tx *Tx) (err error) {
		got, err = tx.Records(at)
		return err
	})
	want := []crisis.Record{{Rule: "mood", Known: 1}, {Rule: "surge", Real: 1, Noise: 1}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("records %+v, %v; want %+v", got, err, want)
	}
}
