//go:build !failpoints

package main

import "watchfire/daemon"

// ownTime is what makes the daemon live in a time of its own: nothing does.
func ownTime() []daemon.Option { return nil }
