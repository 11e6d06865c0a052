package detectors

import (
	"fmt"
	"math"
	"time"
)

// above says that a number must be above a limit.
func above(limit float64, kind, key string, v float64, good string) error {
	if v > limit && !math.IsInf(v, 1) {
		return nil
	}
	return fmt.Errorf("%s: %s: %v must be above %v; %s is a good start", kind, key, v, limit, good)
}

// notBelow says that a number must not be below a limit.
func notBelow(limit float64, kind, key string, v float64, good string) error {
	if v >= limit && !math.IsInf(v, 1) {
		return nil
	}
	return fmt.Errorf("%s: %s: %v must be at least %v; %s is a good start", kind, key, v, limit, good)
}

// portion says that a number must lie between 0 and 1.
func portion(kind, key string, v float64, example string) error {
	if v >= 0 && v <= 1 {
		return nil
	}
	return fmt.Errorf("%s: %s: %v must lie between 0 and 1; %s", kind, key, v, example)
}

// part says that a number must be at least 0 and below 1.
func part(kind, key string, v float64, example string) error {
	if v >= 0 && v < 1 {
		return nil
	}
	return fmt.Errorf("%s: %s: %v must be at least 0 and below 1; %s", kind, key, v, example)
}

// atLeast says that a whole number must not be below a limit.
func atLeast(limit int, kind, key string, v, good int) error {
	if v >= limit {
		return nil
	}
	return fmt.Errorf("%s: %s: %d must be at least %d; %d is a good start", kind, key, v, limit, good)
}

// within says that a span of time must not be negative nor past a year.
func within(kind, key string, v time.Duration, good string) error {
	if v >= 0 && v <= forgetAfter*time.Minute {
		return nil
	}
	return fmt.Errorf("%s: %s: %v must lie between 0 and a year; %s is a good start", kind, key, v, good)
}
