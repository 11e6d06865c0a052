package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestFullDiskForReal fills a disk of 24 MB. Intake stops with one alert, an
// act of a person fails visibly, and with room again everything that was
// acknowledged is there, also after a restart.
func TestFullDiskForReal(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("a small disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 12<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := ParseConfig("test.yaml", []byte("topics:\n  - {id: water, title: 自来水, any: [自来水]}\nchannels:\n  - {name: one, log: {}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	one := &fakeChannel{}
	cfg.Channels[0].Sender, cfg.Data = one, dir
	clock := &steppedClock{now: eight}
	start := func() *Daemon {
		d, err := New(t.Context(), cfg, zap.NewNop(), WithClock(clock))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := start()
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	id := openIncident(t, d)
	acknowledged := 0
	deliver := func(n int) error {
		var posts []crisis.Post
		for i := range 100 {
			posts = append(posts, crisis.Post{ID: fmt.Sprintf("%d-%d", n, i), Text: strings.Repeat("自来水", 300), Published: clock.now, Precision: crisis.PrecisionSecond})
		}
		err := d.Receive(t.Context(), &Source{Name: "forum"}, crawlers.Harvest{Posts: posts, Class: crisis.ClassOK})
		if err == nil {
			acknowledged += len(posts)
		}
		return err
	}
	n := 0
	for ; n < 200 && !d.full.Load(); n++ {
		if err := deliver(n); err != nil && !errors.Is(err, store.ErrFull) {
			t.Fatalf("a write that the disk has no room for: %v, want ErrFull", err)
		}
	}
	if !d.full.Load() || acknowledged == 0 {
		t.Fatalf("the disk never got full: %d posts", acknowledged)
	}
	if len(one.sent) != 1 || one.sent[0].Trouble.Part != crisis.PartStore || !strings.Contains(alerts.Text(one.sent[0]), "磁盘已满") {
		t.Errorf("told %+v, want one alert about the disk", one.sent)
	}
	// What does not fit is refused, not half done.
	if _, err := d.Act(t.Context(), crisis.Act{Kind: crisis.EventNote, Incident: id, By: "王值班", Note: strings.Repeat("长", 2<<20)}); !errors.Is(err, store.ErrFull) {
		t.Errorf("an act on a full disk: %v, want ErrFull", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	d.breathe(t.Context())
	if d.full.Load() {
		t.Fatal("there is room again and the intake stands still")
	}
	if err := deliver(n); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = start()
	posts, err := d.store.PostsOf(t.Context(), "water", clock.now.Add(-time.Hour), clock.now, 1<<20, 0)
	if err != nil || len(posts) != acknowledged {
		t.Errorf("%d posts, %v, want the %d that were acknowledged", len(posts), err, acknowledged)
	}
	if err := d.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
