package detectors

import (
	"math"
	"slices"
	"testing"
	"time"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// TestCycle follows one series of statistics, a bucket an hour.
func TestCycle(t *testing.T) {
	c := cycle{alert: 2, silence: 24 * time.Hour, again: 4}
	type told struct {
		hour  int
		score float64
		alert bool
	}
	var got []told
	z := map[int]float64{
		1: 1.6, 2: 1.9, 3: 1.7, // past its peak at 3: a close call
		5: 1.8,                 // a lesser close call within the silence: not told
		8: 3.1,                 // an alert
		9: 8, 10: 12.4, 11: 30, // 12.4 is four times 3.1: the alert opens again
		20: 1.9,                 // within the silence
		35: 2,                   // after it: the next alert
		60: 1.5, 61: 1.4, 62: 1, // exactly the share of a close call
	}
	for h := range 72 {
		if v := c.tell(monday.Add(time.Duration(h)*time.Hour), z[h]); v != (Verdict{}) {
			got = append(got, told{h, v.Score, v.Alert})
		}
	}
	want := []told{{3, 1.9, false}, {8, 2, true}, {10, 12, true}, {35, 2, true}, {62, 1.5, false}}
	if !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// TestNoisyYoung holds that a series says nothing before it has filled its window,
// and that a jump must be greater while it is young.
func TestNoisyYoung(t *testing.T) {
	first := func(calm int, jump float64) int {
		j := NewNoisy().Judge()
		for i := range 2000 {
			v := 20 + float64(i%3)
			if i >= calm {
				v += jump
			}
			if j.Judge(monday.Add(time.Duration(i)*5*time.Minute), v).Alert {
				return i
			}
		}
		return -1
	}
	if i := first(20, 1000); i >= 0 && i < 71 {
		t.Errorf("an alert in bucket %d, before the window of 72 was full", i)
	}
	old := first(1500, 3)
	if old < 1500 {
		t.Fatalf("a calm series alerted in bucket %d", old)
	}
	if young := first(300, 3); young >= 0 && young-300 < old-1500 {
		t.Errorf("a jump is noticed after %d buckets in a young series, after %d in an old one", young-300, old-1500)
	}
}

// TestNoisyGap holds that missing buckets are not zeros: the count after a gap is
// judged as before it, and a window that is mostly gap is not judged.
func TestNoisyGap(t *testing.T) {
	j := NewNoisy().Judge().(*noisy)
	at := monday
	for range 7 * 288 {
		j.Judge(at, 50)
		at = at.Add(5 * time.Minute)
	}
	sigma, level := j.sigma, j.level
	at = at.Add(5 * time.Hour)
	for range 288 {
		if v := j.Judge(at, 50); v.Score > 0 {
			t.Fatalf("score %v at %s, after a gap", v.Score, at)
		}
		at = at.Add(5 * time.Minute)
	}
	if math.Abs(j.sigma-sigma) > 1e-6 || math.Abs(j.level-level) > 1e-6 {
		t.Errorf("the gap taught a scale of %v and a level of %v", j.sigma, j.level)
	}
}

// TestNoisyShift holds that the clock may be shifted by whole days.
func TestNoisyShift(t *testing.T) {
	run := func(shift time.Duration) []Verdict {
		j := NewNoisy().Judge()
		var out []Verdict
		for i := range 3000 {
			v := float64(30 + i*7919%23)
			if i%700 > 660 {
				v *= 5
			}
			out = append(out, j.Judge(monday.Add(shift+time.Duration(i)*5*time.Minute), v))
		}
		return out
	}
	a := run(0)
	if !slices.ContainsFunc(a, func(v Verdict) bool { return v.Alert }) {
		t.Fatal("no alert to compare")
	}
	for _, days := range []int{1, 7, 365} {
		if !slices.Equal(a, run(time.Duration(days)*24*time.Hour)) {
			t.Errorf("shifted by %d days the verdicts differ", days)
		}
	}
}

func BenchmarkNoisy(b *testing.B) {
	j := NewNoisy().Judge()
	at := monday
	for i := range b.N {
		j.Judge(at, float64(i%50))
		at = at.Add(5 * time.Minute)
	}
}
