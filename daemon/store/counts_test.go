package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestCounts holds that everything that is counted in a minute adds up, but for the
// place on a board: of that the best one is kept, and none is no place.
func TestCounts(t *testing.T) {
	s := open1(t)
	all := crisis.Count{Posts: 1, Voices: 1, Unique: 1, Negative: 1, Rated: 1, Angry: 2, Fear: 3, Harm: 4, Rumour: 5, Old: 6, Imitation: 7, Rank: 9, Own: 1}
	want := crisis.Count{}
	for _, c := range []crisis.Count{{Posts: 2}, all, {Rank: 12}, {Own: 1, Harm: 1}} {
		update(t, s, func(tx *Tx) error { return tx.AddCounts([]TopicCount{{Topic: "water", Minute: noon, Count: c}}) })
		want = want.Plus(c)
	}
	got, err := s.Counts(t.Context(), "water", noon, noon.Add(time.Hour))
	if err != nil || len(got) != 1 || got[0].Count != want {
		t.Errorf("Counts = %+v, %v; want %+v", got, err, want)
	}
	var replayed crisis.Count
	if err := s.AllCounts(t.Context(), noon, func(c TopicCount) error { replayed = replayed.Plus(c.Count); return nil }); err != nil || replayed != want {
		t.Errorf("AllCounts = %+v, %v; want %+v", replayed, err, want)
	}
}

// TestPlatforms wants the sources of a topic with their parts, the busiest first.
func TestPlatforms(t *testing.T) {
	s := open1(t)
	var posts []Saved
	for i, source := range []string{"forum", "micro", "micro", "micro"} {
		p := saved(i, noon, "停水", "water")
		p.Post.Source = source
		posts = append(posts, p)
	}
	update(t, s, func(tx *Tx) error { return tx.SavePosts(posts) })
	err := s.View(t.Context(), func(tx *Tx) error {
		names, parts, err := tx.Platforms("water", noon, noon.Add(time.Hour))
		if fmt.Sprint(names, parts) != "[micro forum] [0.75 0.25]" {
			t.Errorf("Platforms = %v, %v", names, parts)
		}
		none, parts, err2 := tx.Platforms("bus", noon, noon.Add(time.Hour))
		if len(none)+len(parts) > 0 {
			t.Errorf("Platforms of a topic nobody speaks of = %v, %v", none, parts)
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
}
