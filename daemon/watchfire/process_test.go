package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"watchfire/daemon"
	"watchfire/daemon/town"
)

// The environment that makes the test binary a daemon: the configuration, what its
// clock shows and how fast it runs, and where it dies.
const (
	envConfig = "WATCHFIRE_TEST_CONFIG"
	envStart  = "WATCHFIRE_TEST_START"
	envSpeed  = "WATCHFIRE_TEST_SPEED"
	envTrap   = "WATCHFIRE_TEST_TRAP"
)

func TestMain(m *testing.M) {
	if config := os.Getenv(envConfig); config != "" {
		os.Exit(daemonOfTest(config))
	}
	code := m.Run()
	for _, b := range []*program{&shipped, &mined} {
		if b.dir != "" {
			if err := os.RemoveAll(b.dir); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}
	os.Exit(code)
}

// daemonOfTest runs the daemon as `watchfire run` does, on a clock of its own.
func daemonOfTest(config string) int {
	start, err := time.Parse(time.RFC3339Nano, os.Getenv(envStart))
	if err != nil {
		panic(err)
	}
	speed, err := strconv.ParseFloat(os.Getenv(envSpeed), 64)
	if err != nil {
		panic(err)
	}
	log, err := newLog("info", true)
	if err != nil {
		panic(err)
	}
	clock := daemon.Clock(town.NewClock(start, speed))
	if function, n, ok := strings.Cut(os.Getenv(envTrap), "#"); ok {
		left, err := strconv.Atoi(n)
		if err != nil {
			panic(err)
		}
		clock = &trapClock{Clock: clock, function: function, left: left}
	}
	ctx, stop := notified()
	defer stop()
	run := runCmd{Config: config, options: []daemon.Option{daemon.WithClock(clock)}}
	if err := run.Run(ctx, log); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	return exitDone
}

// trapClock kills its own process, with the signal that cannot be caught, when it
// is asked for the time by a function for the nth time: the daemon asks at every
// point where a crash is interesting.
type trapClock struct {
	daemon.Clock
	function string

	mu   sync.Mutex // guards left
	left int
}

// Now implements daemon.Clock.
func (c *trapClock) Now() time.Time {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if strings.HasSuffix(f.Function, c.function) {
			c.spring()
			break
		}
	}
	return c.Clock.Now()
}

func (c *trapClock) spring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			panic(err)
		}
		select {} // until the signal arrives
	}
}

// program is a binary, built when a test first asks for it.
type program struct {
	flags []string

	once      sync.Once
	dir, path string
	err       error
}

var (
	shipped program                                           // as people get it
	mined   = program{flags: []string{"-tags", "failpoints"}} // the same with failpoints and a clock of its own
)

func (b *program) binary(t testing.TB) string {
	t.Helper()
	b.once.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "watchfire-bin-"); b.err != nil {
			return
		}
		b.path = filepath.Join(b.dir, "watchfire")
		if out, err := exec.Command("go", append(append([]string{"build"}, b.flags...), "-o", b.path, ".")...).CombinedOutput(); err != nil {
			b.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if b.err != nil {
		t.Fatalf("build the binary: %v", b.err)
	}
	return b.path
}

// binary is the real one.
func binary(t testing.TB) string {
	t.Helper()
	return shipped.binary(t)
}

// lines is a buffer that one goroutine fills and another reads.
type lines struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String returns what was written so far.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// process is a running daemon.
type process struct {
	t           testing.TB
	cmd         *exec.Cmd
	addr        string // of the console
	stdout, log lines
	up          chan string   // gets the address when the daemon runs
	done        chan struct{} // closed when the process has ended
}

// launch starts the daemon in the world's time, as the test binary; trap is where
// it dies, "" for nowhere.
func (w *world) launch(trap string) *process {
	w.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envConfig+"="+w.config(), envTrap+"="+trap,
		envStart+"="+w.clock.Now().Format(time.RFC3339Nano), envSpeed+"="+strconv.FormatFloat(w.speed, 'g', -1, 64))
	return begin(w.t, cmd)
}

// launchMined starts the binary with failpoints in the world's time, under tracer if there
// is one; point is where it dies, such as "after send:1", "" for nowhere.
func (w *world) launchMined(point string, tracer ...string) *process {
	w.t.Helper()
	args := append(slices.Clone(tracer), mined.binary(w.t), "run", "--log-json", "-c", w.config())
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "GOGC=400", "WATCHFIRE_FAILPOINT="+point, "WATCHFIRE_FAILPOINT_LOG="+w.points,
		"WATCHFIRE_CLOCK="+w.clock.Now().Format(time.RFC3339Nano)+"*"+strconv.FormatFloat(w.speed, 'g', -1, 64))
	return begin(w.t, cmd)
}

// launchBinary starts the real binary, which lives in our time.
func (w *world) launchBinary(more ...string) *process {
	w.t.Helper()
	return begin(w.t, exec.Command(binary(w.t), append([]string{"run", "--log-json", "-c", w.config()}, more...)...))
}

func begin(t testing.TB, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, up: make(chan string, 1), done: make(chan struct{})}
	cmd.Stdout = &p.stdout
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		p.follow(log)
		_ = cmd.Wait() // how it ended is in ProcessState
	}()
	t.Cleanup(p.kill)
	return p
}

// follow reads the log and finds the address of the console in it.
func (p *process) follow(log io.Reader) {
	scan := bufio.NewScanner(log)
	for scan.Scan() {
		fmt.Fprintln(&p.log, scan.Text())
		var line struct{ Msg, Console string }
		if json.Unmarshal(scan.Bytes(), &line) == nil && line.Msg == "running" {
			p.up <- line.Console
		}
	}
}

// await waits until the daemon runs.
func (p *process) await() *process {
	p.t.Helper()
	select {
	case p.addr = <-p.up:
	case <-p.done:
		p.t.Fatalf("the daemon ended before it ran: %s\n%s", p.cmd.ProcessState, p.log.String())
	}
	return p
}

// gone says whether the process has ended.
func (p *process) gone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// kill ends the process with the signal that cannot be caught, and waits.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be dead already
	<-p.done
}

// killed waits for the process to die by that signal.
func (p *process) killed() {
	p.t.Helper()
	until(p.t, "the death of the daemon", p.gone)
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		p.t.Errorf("the daemon was to be killed and ended otherwise: %s\n%s", p.cmd.ProcessState, p.log.String())
	}
}

// stop ends the process as a service manager does, and wants a clean end.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	until(p.t, "the end of the daemon", p.gone)
	if code := p.cmd.ProcessState.ExitCode(); code != exitDone {
		p.t.Errorf("exit status %d after SIGTERM\n%s", code, p.log.String())
	}
}

// ended ends the process, if it lives, as a service manager does, and says whether it had
// been killed, be it while it stopped.
func (p *process) ended() bool {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be dead already
	until(p.t, "the end of the daemon", p.gone)
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	killed := ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	if !killed && p.cmd.ProcessState.ExitCode() != exitDone {
		p.t.Errorf("the daemon ended with %s\n%s", p.cmd.ProcessState, p.log.String())
	}
	return killed
}

// get asks the daemon for a page.
func (p *process) get(path string) (int, string) {
	p.t.Helper()
	resp, err := http.Get("http://" + p.addr + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// drained says whether every alert was delivered.
func (p *process) drained() bool {
	_, body := p.get("/metrics")
	return strings.Contains(body, "\nwatchfire_outbox_waiting 0\n")
}

// patience is how long a test waits for another process: more than a minute, in
// which the real binary judges once, on a machine that has other work too.
const patience = 5 * time.Minute

// until asks again and again whether something holds that another process brings
// about; it gives up with the test's patience.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New(what))
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain: %v", context.Cause(ctx))
		case <-again.C:
		}
	}
}
