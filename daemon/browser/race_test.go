//go:build race

package browser

// underRace says that the race detector watches, which makes the daemon ten times slower
// while Chromium waits for it.
const underRace = true
