package detectors

import (
	"testing"
	"time"
	"unsafe"

	"watchfire/crisis"
)

// TestSeriesSize holds that ten thousand topics fit into 80 MB.
func TestSeriesSize(t *testing.T) {
	if n := unsafe.Sizeof(Series{}); n > 8<<10 {
		t.Errorf("a series takes %d bytes, want at most %d", n, 8<<10)
	}
}

// TestTickAllocates holds that a quiet minute allocates nothing.
func TestTickAllocates(t *testing.T) {
	w := NewWatch("x", shanghai(t), all())
	m := 0
	tick := func() {
		w.Series().Add(minuteAt(m), crisis.Count{Posts: m % 2, Voices: m % 2, Rated: m % 2})
		w.Tick(minuteAt(m + 1))
		m++
	}
	for range 3 * days {
		tick()
	}
	if n := testing.AllocsPerRun(2000, tick); n > 0 {
		t.Errorf("a minute allocates %v times, want 0", n)
	}
}

// BenchmarkTick is one minute of one topic with all detectors.
func BenchmarkTick(b *testing.B) {
	w := NewWatch("x", shanghai(b), all())
	w.Tick(minuteAt(0))
	b.ReportAllocs()
	for m := 0; b.Loop(); m++ {
		w.Series().Add(minuteAt(m), crisis.Count{Posts: m % 2, Voices: m % 2, Unique: m % 2, Rated: m % 2})
		w.Tick(minuteAt(m + 1))
	}
	b.ReportMetric(float64(unsafe.Sizeof(Series{})), "series-B")
	b.ReportMetric(float64(unsafe.Sizeof(Series{})+unsafe.Sizeof(*w)), "topic-B")
}

// BenchmarkTopics is one minute of ten thousand topics, of which every tenth was
// spoken of.
func BenchmarkTopics(b *testing.B) {
	zone, kinds := shanghai(b), all()
	watches := make([]*Watch, 10_000)
	for i := range watches {
		watches[i] = NewWatch("x", zone, kinds)
		watches[i].Tick(minuteAt(0))
	}
	b.ReportAllocs()
	for m := 0; b.Loop(); m++ {
		for i, w := range watches {
			if i%10 == m%10 {
				w.Series().Add(minuteAt(m), people(1))
			}
			w.Tick(minuteAt(m + 1))
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Millisecond), "ms/tick")
}

// BenchmarkVoices is one post of one of a thousand authors.
func BenchmarkVoices(b *testing.B) {
	v := NewVoices()
	names := make([]string, 1000)
	for i := range names {
		names[i] = minuteAt(i).String()
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		v.Count("x", names[i%1000], uint64(i), crisis.Neutral, monday.Add(time.Duration(i)*time.Second))
	}
}
