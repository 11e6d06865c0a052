package town

import (
	"context"
	"time"
)

// Clock runs from a chosen moment at a multiple of the speed of time. It has the
// methods of the daemon's clock, so that the daemon can live in the town's time.
type Clock struct {
	start time.Time // the town's time when the clock was made
	wall  time.Time // our time at that moment; monotonic
	speed float64
}

// NewClock returns a clock that shows start and runs speed times as fast as
// ours. A speed that is not positive is 1.
func NewClock(start time.Time, speed float64) *Clock {
	if !(speed > 0) {
		speed = 1
	}
	return &Clock{start: start, wall: time.Now(), speed: speed}
}

// Now is the time in the town.
func (c *Clock) Now() time.Time {
	return c.start.Add(time.Duration(float64(time.Since(c.wall)) * c.speed))
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

// Reset sets the clock to start, from which it runs on. It must not be called
// while others read the clock.
func (c *Clock) Reset(start time.Time) { c.start, c.wall = start, time.Now() }
