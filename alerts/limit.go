package alerts

import "time"

// Rate is what a provider lets through: N messages within any stretch of Per.
type Rate struct {
	N   int
	Per time.Duration
}

// Limiter is a channel whose provider lets only so many messages through; all
// rates hold at once. Who sends faster loses alerts, or the channel for minutes,
// so the daemon spaces them.
type Limiter interface {
	Limits() []Rate
}
