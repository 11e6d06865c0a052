//go:build failpoints

package failpoint

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// mu guards what follows: how often the process may still pass the point at which it dies,
// and the file for the points that it passes.
var (
	mu   sync.Mutex
	trap string
	left int
	log  *os.File
)

func init() {
	if text := os.Getenv("WATCHFIRE_FAILPOINT"); text != "" {
		name, n, _ := strings.Cut(text, ":")
		var err error
		if left, err = strconv.Atoi(n); err != nil || left < 1 || !slices.Contains(Names(), name) {
			fmt.Fprintf(os.Stderr, "WATCHFIRE_FAILPOINT: %q is not the name of a failpoint, a colon and a number from 1\n", text)
			os.Exit(2)
		}
		trap = name
	}
	if path := os.Getenv("WATCHFIRE_FAILPOINT_LOG"); path != "" {
		var err error
		if log, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			fmt.Fprintln(os.Stderr, "WATCHFIRE_FAILPOINT_LOG:", err)
			os.Exit(2)
		}
	}
}

// Hit passes a point.
func Hit(point string) {
	if trap == "" && log == nil {
		return
	}
	if point == BeforeCommit || point == AfterCommit {
		point += " of " + committer()
	}
	mu.Lock()
	defer mu.Unlock()
	if log != nil {
		if _, err := fmt.Fprintln(log, point); err != nil {
			panic(err)
		}
	}
	if point != trap {
		return
	}
	if left--; left == 0 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			panic(err)
		}
		select {} // until the signal arrives
	}
}

// committer is the function that asked the store for the commit.
func committer() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		name := f.Function[strings.LastIndex(f.Function, "/")+1:] // such as daemon.(*Daemon).ingest.func1
		if name == "store.(*Store).run" || name == "store.(*Store).Update" {
			continue
		}
		pkg, name, _ := strings.Cut(name, ".")
		if rest, method := strings.CutPrefix(name, "(*"); method {
			_, name, _ = strings.Cut(rest, ").")
		}
		name, _, _ = strings.Cut(name, ".")
		return pkg + "." + name
	}
	return "nobody"
}
