package daemon

import "time"

// Clock tells the time. The demo runs on a fast one, tests on one they move.
type Clock interface {
	// Now is the time the daemon lives in.
	Now() time.Time
	// Wall converts a stretch of that time into the time a person waits.
	Wall(d time.Duration) time.Duration
}

// WallClock is the ordinary clock.
type WallClock struct{}

// Now returns the time of day.
func (WallClock) Now() time.Time { return time.Now() }

// Wall returns d.
func (WallClock) Wall(d time.Duration) time.Duration { return d }
