package town

import (
	"context"
	"sync/atomic"
	"time"
)

// Clock runs from a chosen moment at a multiple of the speed of time. It has the
// methods of the daemon's clock, so that the daemon can live in the town's time.
type Clock struct {
	speed float64
	hand  atomic.Pointer[hand]
}

// hand is where the clock stood at one moment of ours.
type hand struct{ town, wall time.Time }

// NewClock returns a clock that shows start and runs speed times as fast as
// ours. A speed that is not positive is 1.
func NewClock(start time.Time, speed float64) *Clock {
	if !(speed > 0) {
		speed = 1
	}
	c := &Clock{speed: speed}
	c.Reset(start)
	return c
}

// Reset sets the clock: it shows start and runs on from there.
func (c *Clock) Reset(start time.Time) { c.hand.Store(&hand{town: start, wall: time.Now()}) }

// Now is the time in the town.
func (c *Clock) Now() time.Time {
	h := c.hand.Load()
	return h.town.Add(time.Duration(float64(time.Since(h.wall)) * c.speed))
}

// Wall returns how long a person waits while d passes in the town.
func (c *Clock) Wall(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.speed)
}

// Speed returns how many times faster than ours the clock runs.
func (c *Clock) Speed() float64 { return c.speed }

// After returns a channel that gets the town's time once d has passed there.
func (c *Clock) After(d time.Duration) <-chan time.Time {
	ch := make(chan time.Time, 1)
	time.AfterFunc(c.Wall(d), func() { ch <- c.Now() })
	return ch
}

// Sleep waits until d has passed in the town, or ctx ends, which is its error.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(c.Wall(d))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
