package reading

import (
	"math"
	"testing"
)

func TestCountMin(t *testing.T) {
	s := newCountMin()
	rare, often := mix(1), mix(2)
	for i := range 20000 {
		grams := []uint64{often}
		if i%100 == 0 {
			grams = append(grams, rare)
		}
		s.add(grams, 1)
	}
	if got := s.of(rare); got != 200 {
		t.Errorf("a count that fits is exact: %v, want 200", got)
	}
	if got := s.of(often); math.Abs(got-20000) > 3000 {
		t.Errorf("a count that does not fit is right on average: %v, want about 20000", got)
	}
	if got := s.of(mix(3)); got != 0 {
		t.Errorf("what was never said: %v", got)
	}
	s.fade(0.5)
	if got := s.of(rare); got != 100 || s.posts != 10000 {
		t.Errorf("after fading %v of %v, want 100 of 10000", got, s.posts)
	}
	s.add([]uint64{rare}, 16)
	if got := s.of(rare); got != 116 {
		t.Errorf("a post that stands for 16: %v, want 116", got)
	}
}
