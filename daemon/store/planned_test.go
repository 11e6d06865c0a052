package store

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestPlanned(t *testing.T) {
	s := open1(t)
	p := Planned{Title: "灯会", From: noon, To: noon.Add(time.Hour), Topics: []string{"a", "b"}, Bar: 1.5, By: "李敏", At: noon}
	update(t, s, func(tx *Tx) (err error) {
		p.ID, err = tx.AddPlanned(p)
		return err
	})
	got, err := s.Planned(t.Context(), noon)
	if err != nil || !reflect.DeepEqual(got, []Planned{p}) {
		t.Errorf("Planned = %+v, %v, want %+v", got, err, p)
	}
	if got, err := s.Planned(t.Context(), noon.Add(time.Hour)); err != nil || len(got) != 0 {
		t.Errorf("after its end: %v, %v", got, err)
	}
	remove := func() error {
		return s.Update(t.Context(), func(tx *Tx) error { return tx.RemovePlanned(p.ID, "王主任", noon) })
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if err := remove(); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if got, err := s.Planned(t.Context(), noon); err != nil || len(got) != 0 {
		t.Errorf("after its removal: %v, %v", got, err)
	}
}
