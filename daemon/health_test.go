package daemon

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
)

// handClock is a clock that a test moves while the daemon looks at it.
type handClock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

// Now returns the time it was moved to.
func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Wall returns d.
func (c *handClock) Wall(d time.Duration) time.Duration { return d }

func (c *handClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// TestWatchdog holds that systemd hears of life only while minutes are judged, the
// outbox is looked at and sources are visited, each of them.
func TestWatchdog(t *testing.T) {
	cfg, err := ParseConfig("test.yaml", []byte("channels:\n  - {name: one, log: {}}\nsources:\n  - {name: inbox, every: 1m, file: {dir: "+t.TempDir()+"}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Data, cfg.Channels[0].Sender = t.TempDir(), &fakeChannel{}
	clock := &handClock{now: eight}
	d, err := New(t.Context(), cfg, zap.NewNop(), WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	path := filepath.Join(t.TempDir(), "n")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "15000")
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { d.beat(ctx) })
	defer wg.Wait()
	defer stop()

	// hear reads messages until one begins with want.
	hear := func(want string) string {
		t.Helper()
		buf := make([]byte, 500)
		for range 1000 {
			n, err := socket.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(buf[:n]); strings.HasPrefix(text, want) {
				return text
			}
		}
		t.Fatalf("systemd never heard %s", want)
		return ""
	}
	work := map[string]func() error{
		"no minute judged":     func() error { return d.Tick(ctx, clock.Now()) },
		"outbox not looked at": func() error { _, err := d.Deliver(ctx, &cfg.Channels[0]); return err },
		"no source visited":    func() error { return d.Crawl(ctx, &cfg.Sources[0]) },
	}
	hear("READY=1")
	hear("WATCHDOG=1")
	for _, idle := range keysOf(work) {
		clock.pass(stall + 2*time.Minute)
		hear("STATUS=")
		for name, f := range work {
			if name == idle {
				continue
			}
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}
		for text := hear("STATUS="); strings.Contains(text, ";") || !strings.Contains(text, idle); {
			text = hear("STATUS=") // what was sent before the others moved
		}
		if h := d.alive(); h.OK || len(h.Trouble) != 1 || !strings.HasPrefix(h.Trouble[0], idle) {
			t.Errorf("with all but one moving: %+v, want %q", h, idle)
		}
		if err := work[idle](); err != nil {
			t.Fatal(err)
		}
		hear("WATCHDOG=1")
	}
}
