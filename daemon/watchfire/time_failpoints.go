//go:build failpoints

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"watchfire/daemon"
	"watchfire/daemon/town"
)

// ownTime has a daemon that is built to be killed live in a time of its own, if
// WATCHFIRE_CLOCK says when it starts and how fast it runs, as in 2026-03-16T08:00:00Z*120.
// A minute is judged when it ends: nobody could kill the daemon often enough in our time.
func ownTime() []daemon.Option {
	text := os.Getenv("WATCHFIRE_CLOCK")
	if text == "" {
		return nil
	}
	at, fast, _ := strings.Cut(text, "*")
	start, err := time.Parse(time.RFC3339Nano, at)
	speed, wrong := strconv.ParseFloat(fast, 64)
	if err != nil || wrong != nil || speed <= 0 {
		fmt.Fprintf(os.Stderr, "WATCHFIRE_CLOCK: %q is not a time, a star and a speed\n", text)
		os.Exit(exitUsage)
	}
	return []daemon.Option{daemon.WithClock(town.NewClock(start, speed))}
}
