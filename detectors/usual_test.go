package detectors

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"watchfire/crisis"
)

// talk tells a series one post in each minute with the given chance, each negative
// with the given chance, for so many minutes.
func talk(s *Series, r *rand.Rand, now *time.Time, minutes int, posts, negative float64) {
	for range minutes {
		if r.Float64() < posts {
			c := crisis.Count{Posts: 1, Voices: 1, Unique: 1, Rated: 1}
			if r.Float64() < negative {
				c.Negative = 1
			}
			s.Add(*now, c)
		}
		*now = now.Add(time.Minute)
		s.Advance(*now)
	}
}

// TestUsualMood lets quiet topics complain at a steady rate: that is learnt as it
// is, whether they have one post an hour or fifty, and a burst changes it little.
func TestUsualMood(t *testing.T) {
	for _, posts := range []float64{0.05, 0.2, 0.8} {
		for _, negative := range []float64{0.05, 0.2, 0.45} {
			t.Run(fmt.Sprintf("%v a minute, %v negative", posts, negative), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
				s := NewSeries("quiet", time.UTC)
				talk(s, r, &now, 12*24*60, posts, negative)
				if got := float64(s.mood.base[cueNegative]); math.Abs(got-negative) > 0.06 {
					t.Errorf("usual share = %.2f, want about %v", got, negative)
				}
				before := s.mood.base[cueNegative]
				talk(s, r, &now, 60, 1, 0.95)
				if got := s.mood.base[cueNegative]; got > before+moodClip {
					t.Errorf("an hour of anger brought the usual share from %.2f to %.2f", before, got)
				}
			})
		}
	}
}

// TestProgrammeEnds holds that a topic that falls quiet after its nightly programme
// is not taken for dead: the hours after it would never be learnt.
func TestProgrammeEnds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	s := NewSeries("show", time.UTC)
	evening := func() {
		talk(s, r, &now, 2*60, 1, 0)
		talk(s, r, &now, 30, 0.5, 0)
		talk(s, r, &now, 30, 0.2, 0)
	}
	for range 8 {
		talk(s, r, &now, 20*60, 0.01, 0)
		evening()
		talk(s, r, &now, 60, 0.01, 0)
	}
	talk(s, r, &now, 20*60, 0.01, 0)
	evening()
	for range 4 {
		talk(s, r, &now, 30, 0, 0)
		if s.presumedDead() {
			t.Fatalf("taken for dead at %s, %.1f posts missing", now.Format("15:04"), s.missing)
		}
	}
}

// TestRatedOnce lets few authors say the same again and again: they may count as
// voices twice an hour, but their mood counts once.
func TestRatedOnce(t *testing.T) {
	v := NewVoices()
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	var sum crisis.Count
	for i := range 60 {
		sum = sum.Plus(v.Count("property", fmt.Sprint("author", i%6), uint64(i%3), crisis.Negative, at.Add(time.Duration(i)*20*time.Second)))
	}
	if sum.Posts != 60 || sum.Voices != 12 || sum.Rated != 6 || sum.Negative != 6 {
		t.Errorf("counted %+v, want 60 posts, 12 voices, 6 rated, 6 negative", sum)
	}
}
