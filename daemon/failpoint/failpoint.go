// Package failpoint names the places at which a crash is interesting: before and behind
// every commit and every send. In the shipped program nothing watches them and a Hit is
// one look at a pointer; a test watches them and kills the process there.
package failpoint

import "sync/atomic"

// The points. The stage to which a commit belongs is that of its caller.
const (
	BeforeCommit = "before commit"
	AfterCommit  = "after commit"
	BeforeSend   = "before send"
	AfterSend    = "after send"
)

var watcher atomic.Pointer[func(point string)]

// Watch has f called at every point, on the goroutine that passes it.
func Watch(f func(point string)) { watcher.Store(&f) }

// Hit passes a point.
func Hit(point string) {
	if f := watcher.Load(); f != nil {
		(*f)(point)
	}
}
