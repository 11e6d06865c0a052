package detectors

import (
	"errors"
	"math"
	"time"

	"watchfire/crisis"
)

// board holds the best place of the topic on any hot board, by quarters of an hour
// of the last day; 0 is not seen on one.
type board struct {
	ring [cells]uint8
}

// rankOf returns a place as it is kept: those beyond 255 as 255, none as 0.
func rankOf(rank int) uint8 { return uint8(min(max(rank, 0), math.MaxUint8)) }

// better returns the better of two places.
func better(a, b uint8) uint8 { return uint8(crisis.BetterRank(int(a), int(b))) }

// see notes a place in minute m of the last day.
func (b *board) see(m int32, rank uint8) {
	if rank > 0 {
		e := &b.ring[uint32(m/cellLen+cells)%cells]
		*e = better(*e, rank)
	}
}

// step makes room for the minute head.
func (b *board) step(head int32) {
	if head%cellLen == 0 {
		b.ring[uint32(head/cellLen+cells)%cells] = 0
	}
}

// best returns the best place in the cells from, to, both of the last day.
func (b *board) best(from, to int32) uint8 {
	var out uint8
	for c := from; c <= to; c++ {
		out = better(out, b.ring[uint32(c+cells)%cells])
	}
	return out
}

// Board notices that the topic has reached a hot board (登上热榜), where it was not
// in the day before: a notice, and an alert at the top places. A topic that always
// stands there is no news, and one that climbs is when its place halves.
type Board struct {
	Top   int           `yaml:"top" doc:"an incident is opened from this place on, 1 is the top"`
	Rise  float64       `yaml:"rise" doc:"how many times better than the best place of the day before the place must be; a topic that was not seen on a board counts as one place below off"`
	Off   int           `yaml:"off" doc:"last place that is looked at: the length of the boards"`
	Quiet time.Duration `yaml:"quiet" doc:"nothing is judged until the series was seen for this long"`
}

// NewBoard returns the detector with its defaults.
func NewBoard() *Board { return &Board{Top: 10, Rise: 2, Off: 50, Quiet: 8 * time.Hour} }

const (
	// boardNow is how long a place holds after it was seen, in cells, and boardNew for
	// how long one that was reached is news.
	boardNow = 2
	boardNew = 5 * 60 / cellLen
)

// Check says what is wrong with the configuration.
func (d *Board) Check() error {
	return errors.Join(
		atLeast(1, "board", "top", d.Top, 10), above(1, "board", "rise", d.Rise, "2"),
		atLeast(1, "board", "off", d.Off, 50), within("board", "quiet", d.Quiet, "8h"),
	)
}

// place returns the best place of the topic, and that of the day before it was news;
// 0 and 0 where there is nothing to tell.
func (d *Board) place(s *Series) (rank, before int) {
	if !s.started || s.Age() < d.Quiet {
		return 0, 0
	}
	now := s.head / cellLen
	rank = int(s.board.best(now-boardNow+1, now))
	if rank == 0 || rank > d.Off {
		return 0, 0
	}
	before = int(s.board.best(now-cells+1, now-boardNew))
	if before == 0 || before > d.Off {
		before = d.Off + 1
	}
	if float64(before) < d.Rise*float64(rank) {
		return 0, 0
	}
	return rank, before
}

// Gauge says how near to an alert the series is.
func (d *Board) Gauge(s *Series, _ time.Time) float64 {
	rank, _ := d.place(s)
	if rank == 0 {
		return 0
	}
	return float64(d.Top) / float64(rank)
}

// Detect returns an alert, a notice, or nothing.
func (d *Board) Detect(s *Series, now time.Time) []crisis.Signal {
	rank, before := d.place(s)
	if rank == 0 {
		return nil
	}
	window := boardNow * cellLen * time.Minute
	sig := s.signal("board/1", now, window)
	sig.Since = now.Add(-window)
	sig.Tier, sig.Odds = crisis.TierNotice, math.Log2(float64(before)/float64(rank))
	sig.Observed, sig.Expected = float64(rank), float64(before)
	sig.Low, sig.High = float64(before), float64(d.Off+1)
	if rank <= d.Top {
		sig.Tier, sig.Level = crisis.TierAlert, crisis.LevelIV
	}
	return []crisis.Signal{sig}
}
