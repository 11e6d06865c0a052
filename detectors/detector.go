package detectors

import (
	"time"

	"watchfire/crisis"
)

// Kind is what every kind of detector can do: check its own configuration.
type Kind interface {
	Check() error
}

// Detector looks at a series and claims what it finds. It is pure: no state, no
// clock, no logger; it changes neither itself nor the series, and now is the end
// of the last minute the series was advanced to.
type Detector interface {
	Kind
	Detect(s *Series, now time.Time) []crisis.Signal
}

// Gauge is the ability of a detector to say how far the series is from an alert:
// 1 is at the threshold, 0 or less is as usual. A Watch needs it to tell an alarm
// that is fading from one that is over; without it an alarm is at 0 as soon as
// there is no signal.
type Gauge interface {
	Gauge(s *Series, now time.Time) float64
}

// Kinds makes each kind of detector with its defaults, by the name written in
// the configuration.
var Kinds = map[string]func() Detector{
	"surge":     func() Detector { return NewSurge() },
	"mood":      func() Detector { return NewMood() },
	"emotion":   func() Detector { return NewEmotion() },
	"flood":     func() Detector { return NewFlood() },
	"fall":      func() Detector { return NewFall() },
	"board":     func() Detector { return NewBoard() },
	"claim":     func() Detector { return NewClaim() },
	"statement": func() Detector { return NewStatement() },
	"blind":     func() Detector { return NewBlind() },
}
