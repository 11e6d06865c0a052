package store

import (
	"context"
	"testing"
	"time"
)

// TestEchoes holds that a text is known again by enough of its keys, for as long as it
// is kept, and dates from the first that had them.
func TestEchoes(t *testing.T) {
	s := open1(t)
	ctx := context.Background()
	first := time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)
	keys := []uint64{1, 2, 3, 4, 5, 1 << 63}
	find := func(want time.Time, least int, keys ...uint64) {
		t.Helper()
		err := s.View(ctx, func(tx *Tx) error {
			at, err := tx.Echoed(keys, least)
			if err == nil && !at.Equal(want) {
				t.Errorf("%v with %d: %v, want %v", keys, least, at, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	find(time.Time{}, 1, keys...)
	for i, at := range []time.Time{first, first.Add(time.Hour)} {
		if err := s.Update(ctx, func(tx *Tx) error { return tx.Echo(append(keys[i:len(keys):len(keys)], uint64(100+i)), at) }); err != nil {
			t.Fatal(err)
		}
	}
	find(first, 6, keys...)
	find(first, 3, 3, 4, 5, 9)
	find(time.Time{}, 4, 3, 4, 5, 9)
	find(first.Add(time.Hour), 1, 101)
	find(time.Time{}, 1)
	if err := s.PurgeEchoes(ctx, first.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	find(time.Time{}, 1, keys...)
	find(first.Add(time.Hour), 1, 101)
}
