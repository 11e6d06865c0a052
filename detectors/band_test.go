package detectors

import (
	"slices"
	"testing"
	"time"
)

// TestBands holds that the bands of a chart hold what was counted, and that what
// is usual lies within its bounds.
func TestBands(t *testing.T) {
	s := steady(t, nil, 2, 3)
	end := 3 * days
	for m := end; m < end+60; m++ {
		if m >= end+30 {
			s.Cover(minuteAt(m), 0)
		}
		s.Add(minuteAt(m), people(2))
		s.Advance(minuteAt(m + 1))
	}
	bands := Bands(s, time.Hour, 15*time.Minute)
	var voices, coverage []float64
	for _, b := range bands {
		voices, coverage = append(voices, b.Observed), append(coverage, b.Coverage)
		if !(b.Low <= b.Expected && b.Expected <= b.High) || b.Expected < 20 || b.Expected > 40 {
			t.Errorf("band at %s: expected %v of %v to %v, want about 30", b.At, b.Expected, b.Low, b.High)
		}
	}
	if want := []float64{30, 30, 0, 0}; !slices.Equal(voices, want) {
		t.Errorf("voices %v, want %v", voices, want)
	}
	if want := []float64{1, 1, 0, 0}; !slices.Equal(coverage, want) {
		t.Errorf("coverage %v, want %v", coverage, want)
	}
	if got := bands[0].At; !got.Equal(minuteAt(end)) {
		t.Errorf("the first band begins at %s, want %s", got, minuteAt(end))
	}
	if Bands(NewSeries("x", nil), time.Hour, time.Minute) != nil || Bands(s, time.Hour, 0) != nil {
		t.Error("bands of nothing")
	}
}
