package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestExhibits holds that a quoted post outlives the post, that a change of it is found,
// and that it goes when its own time is over.
func TestExhibits(t *testing.T) {
	s := open1(t)
	var quoted []crisis.Evidence
	update(t, s, func(tx *Tx) error {
		if err := tx.SavePosts([]Saved{saved(1, noon, "三号楼的水发黄，已经第二天了", "tap"), saved(2, noon, "我家的水也发黄了，不敢喝", "tap")}); err != nil {
			return err
		}
		var err error
		if quoted, err = tx.Evidence(Exhibit{Topic: "tap", From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Most: 2}); err != nil {
			return err
		}
		opening := crisis.NewEvent(crisis.EventDetected, noon, crisis.Machine, crisis.Detected{Topic: "tap", Signal: crisis.Signal{Evidence: quoted}})
		_, err = tx.Append("20260316-01", noon, opening)
		return errors.Join(err, tx.Keep(quoted, noon), tx.Keep(quoted, noon.Add(time.Hour)))
	})
	if len(quoted) != 2 || len(quoted[0].Hash) != 64 {
		t.Fatalf("quoted %+v", quoted)
	}
	if n, err := s.Purge(t.Context(), noon.Add(24*time.Hour)); err != nil || n != 2 {
		t.Fatalf("purged %d, %v", n, err)
	}
	kept := func() (out []Exhibited) {
		t.Helper()
		err := s.View(t.Context(), func(tx *Tx) (err error) {
			out, err = tx.Exhibits(quoted[0].Key)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if x := kept(); len(x) != 1 || x[0].Hash != quoted[0].Hash || !strings.Contains(x[0].Text, "发黄") || !x[0].Kept.Equal(noon) || x[0].URL == "" {
		t.Errorf("kept %+v", x)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := s.write.Exec("UPDATE exhibits SET text = '没有的事' WHERE key = ?", int64(quoted[0].Key)); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "content was changed after it was kept") {
		t.Errorf("Verify after tampering = %v", err)
	}
	forged := kept()[0]
	if _, err := s.write.Exec("UPDATE exhibits SET hash = ? WHERE key = ?", forged.sum(), int64(forged.Key)); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "not the one that the incident quotes") {
		t.Errorf("Verify after forging the hash = %v", err)
	}
	if n, err := s.PurgeExhibits(t.Context(), noon.Add(time.Minute)); err != nil || n != 2 || len(kept()) != 0 {
		t.Errorf("%d exhibits purged, %v", n, err)
	}
}

// TestJournal holds that events of no incident are chained too and that a missing end
// is found.
func TestJournal(t *testing.T) {
	s := open1(t)
	for i := range 3 {
		update(t, s, func(tx *Tx) error {
			return tx.Journal(noon, crisis.NewEvent(crisis.EventPurged, noon, crisis.Machine, crisis.Purged{Posts: i + 1}))
		})
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := s.View(t.Context(), func(tx *Tx) error {
		events, err := tx.JournalOf(2)
		if err == nil && (len(events) != 2 || events[0].Seq != 3) {
			t.Errorf("the newest two of three are %+v", events)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("DROP TRIGGER events_no_delete; DELETE FROM events WHERE seq = 3"); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "the last ones are missing") {
		t.Errorf("Verify after cutting the journal = %v", err)
	}
}
