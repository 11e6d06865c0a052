// Package browser tests the console in a real browser: headless Chromium on pages of
// the whole daemon, which reads the sites of the simulated town on a clock that the
// tests move. It has tests only, and skips them where no Chromium is installed.
//
//	stage_test.go   the town and its daemon: minute after minute until the incident opens
//	chrome_test.go  Chromium, its tabs, and how tests look, click and type in them
//	pages_test.go   every page there is, held against the console's table of routes
package browser
