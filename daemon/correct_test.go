package daemon

import (
	"errors"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestCorrectPost has a person correct how a stored post was read: its whole text
// is kept for training, under the label that the files of examples use.
func TestCorrectPost(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	p := crisis.Post{Source: "forum", ID: "1", Title: "自来水", Text: "挺好的，没有怪味", Published: eight, Precision: crisis.PrecisionSecond}
	if err := d.Learn(t.Context(), []crisis.Post{p}); err != nil {
		t.Fatal(err)
	}
	stored, err := d.store.PostsOf(t.Context(), "water", eight.Add(-time.Hour), eight.Add(time.Hour), 9, 0)
	if err != nil || len(stored) != 1 {
		t.Fatalf("%d posts are stored, %v", len(stored), err)
	}
	if err := d.CorrectPost(t.Context(), stored[0].Key(), crisis.Positive, "李敏"); err != nil {
		t.Fatal(err)
	}
	if err := d.CorrectPost(t.Context(), 7, crisis.Positive, "李敏"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a post that is not stored: %v", err)
	}
	if err := d.CorrectPost(t.Context(), stored[0].Key(), "odd", "李敏"); !errors.Is(err, ErrLabel) {
		t.Errorf("a mood that does not exist: %v", err)
	}
	want := store.Correction{Text: "自来水\n挺好的，没有怪味", Label: "pos", By: "李敏", At: clock.now.UTC()}
	err = d.store.View(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Corrections()
		if len(all) != 1 || all[0] != want {
			t.Errorf("corrections %+v, want %+v", all, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
