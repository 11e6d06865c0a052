package town

import (
	"sync/atomic"
	"time"
)

// Clock runs from a chosen moment at a multiple of the speed of time. It has the
// methods of the daemon's clock, so that the daemon can live in the town's time.
type Clock struct {
	hand atomic.Pointer[hand]
}

// hand is where the clock stood at one moment of ours, and how fast it runs on.
type hand struct {
	town, wall time.Time
	speed      float64
}

func (h *hand) now() time.Time {
	return h.town.Add(time.Duration(float64(time.Since(h.wall)) * h.speed))
}

// NewClock returns a clock that shows start and runs speed times as fast as
// ours. A speed that is not positive is 1.
func NewClock(start time.Time, speed float64) *Clock {
	c := &Clock{}
	c.hand.Store(&hand{town: start, wall: time.Now(), speed: positive(speed)})
	return c
}

func positive(speed float64) float64 {
	if speed > 0 {
		return speed
	}
	return 1
}

// Reset sets the clock: it shows start and runs on from there.
func (c *Clock) Reset(start time.Time) {
	c.turn(func(h *hand) hand { return hand{town: start, wall: time.Now(), speed: h.speed} })
}

// SetSpeed has the clock run on from where it stands at another speed.
func (c *Clock) SetSpeed(speed float64) {
	c.turn(func(h *hand) hand {
		wall := time.Now()
		return hand{
			town: h.town.Add(time.Duration(float64(wall.Sub(h.wall)) * h.speed)), wall: wall, speed: positive(speed),
		}
	})
}

func (c *Clock) turn(f func(*hand) hand) {
	for {
		old := c.hand.Load()
		next := f(old)
		if c.hand.CompareAndSwap(old, &next) {
			return
		}
	}
}

// Now is the time in the town.
func (c *Clock) Now() time.Time { return c.hand.Load().now() }

// Wall returns how long a person waits while d passes in the town.
func (c *Clock) Wall(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.Speed())
}

// Speed returns how many times faster than ours the clock runs.
func (c *Clock) Speed() float64 { return c.hand.Load().speed }
