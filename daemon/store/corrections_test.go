package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCorrections(t *testing.T) {
	s := open1(t)
	want := []Correction{
		{Text: "水不臭了", Label: "happy", By: "王芳", At: noon},
		{Text: "请问几点开门", Label: "neutral", By: "王芳", At: noon.Add(time.Minute)},
	}
	wrong := want[1]
	wrong.Label, wrong.By, wrong.At = "angry", "李强", noon.Add(-time.Hour)
	err := s.Update(t.Context(), func(tx *Tx) error {
		for _, c := range append([]Correction{wrong}, want...) {
			if err := tx.SaveCorrection(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), func(tx *Tx) error {
		got, err := tx.Corrections()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("corrections (-want +got):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
