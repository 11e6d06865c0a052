package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"watchfire/daemon/failpoint"
)

// watchPoints kills this process, with the signal that cannot be caught, when it passes a
// failpoint for the nth time (trap is "after commit of (*Daemon).ingest#2"), and writes
// the points that it passes to a file, one a line.
func watchPoints(trap, path string) error {
	point, n, ok := strings.Cut(trap, "#")
	if strings.HasPrefix(trap, "(") || !ok && path == "" {
		return nil
	}
	left := 0
	if ok {
		var err error
		if left, err = strconv.Atoi(n); err != nil {
			return err
		}
	}
	var file *os.File
	if path != "" {
		var err error
		if file, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	failpoint.Watch(func(at string) {
		name := at + " of " + passedBy()
		mu.Lock()
		defer mu.Unlock()
		if file != nil {
			if _, err := fmt.Fprintln(file, name); err != nil {
				panic(err)
			}
		}
		if name != point {
			return
		}
		if left--; left == 0 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				panic(err)
			}
			select {} // until the signal arrives
		}
	})
	return nil
}

// passedBy is the function of the daemon, or of its console, on whose behalf a point is
// passed.
func passedBy() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		for _, pkg := range []string{"watchfire/daemon.", "watchfire/daemon/console."} {
			if name, ok := strings.CutPrefix(f.Function, pkg); ok {
				name, _, _ = strings.Cut(name, ".func")
				return name
			}
		}
	}
	return "store" // bringing the schema up to date
}
