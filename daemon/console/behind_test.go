package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"watchfire/daemon/store"
)

// TestBehind has a page come without what takes long, say so, and come with it later.
func TestBehind(t *testing.T) {
	w := newWorld(t, true)
	w.fill()
	w.held, w.console.patience = make(chan struct{}), 0
	look := func(path string) (page, refresh string) {
		t.Helper()
		r, err := w.browser.Get(w.server.URL + path)
		w.must(err)
		return w.read(r, 200), r.Header.Get("Refresh")
	}
	page, refresh := look("/topics/tap-water?lang=zh&bar=80")
	if !strings.Contains(page, "正在计算") || !strings.Contains(page, "立即刷新") || refresh != comeBack || strings.Contains(page, "门槛调到") {
		t.Errorf("refresh %q of a page that waits:\n%s", refresh, page)
	}
	sound(t, "what waits", page)
	close(w.held)
	w.console.patience = time.Minute
	if page, refresh = look("/topics/tap-water?lang=zh&bar=80"); !strings.Contains(page, "门槛调到 80% 的话") || refresh != "" {
		t.Errorf("refresh %q of a page with its answer:\n%s", refresh, page)
	}
	w.console.patience = 0
	w.console.behind.turn <- struct{}{} // somebody else asks
	if page, refresh = look("/insight?lang=en"); !strings.Contains(page, "being worked out") || refresh != comeBack {
		t.Errorf("refresh %q of insight that waits:\n%s", refresh, page)
	}
	sound(t, "insight that waits", page)
	<-w.console.behind.turn
	w.console.patience = time.Minute
	if page, refresh = look("/insight?lang=en"); strings.Contains(page, "being worked out") || refresh != "" || !strings.Contains(page, "All worked out") {
		t.Errorf("refresh %q of insight:\n%s", refresh, page)
	}
}

// TestAsk holds that a question is worked on once however many ask, with the eyes of who
// asked it; that few may wait; and that nothing is worked on behind a console that closed.
func TestAsk(t *testing.T) {
	b := newBehind()
	defer b.close()
	ctx, leave := context.WithCancel(store.SeenBy(t.Context(), "李敏"))
	hold, runs := make(chan struct{}), 0
	work := func(ctx context.Context) (int, error) {
		<-hold
		runs++
		return runs, ctx.Err()
	}
	for range 3 {
		if _, err := ask(ctx, b, "one", 0, work); !errors.Is(err, ErrBusy) {
			t.Fatalf("an answer that is worked out: %v", err)
		}
	}
	for i := range mostBehind {
		if _, err := ask(ctx, b, fmt.Sprint("other ", i), 0, func(context.Context) (int, error) { return i, nil }); !errors.Is(err, ErrBusy) {
			t.Errorf("question %d while one is worked on: %v", i, err)
		}
	}
	if len(b.asked) != mostBehind {
		t.Errorf("%d questions wait, not %d", len(b.asked), mostBehind)
	}
	leave() // who asked goes, and what he asked is worked out all the same
	close(hold)
	if n, err := ask(t.Context(), b, "one", time.Minute, work); n != 1 || err != nil {
		t.Errorf("run %d, %v", n, err)
	}
	if n, err := ask(t.Context(), b, "one", time.Minute, work); n != 2 || err != nil {
		t.Errorf("asked again: run %d, %v", n, err)
	}
	wrong := errors.New("no such topic")
	if _, err := ask(t.Context(), b, "wrong", time.Minute, func(context.Context) (int, error) { return 0, wrong }); !errors.Is(err, wrong) {
		t.Errorf("what fails: %v", err)
	}
	started := make(chan struct{})
	go func() {
		<-started
		b.close()
	}()
	_, err := ask(t.Context(), b, "long", time.Minute, func(ctx context.Context) (int, error) {
		close(started)
		<-ctx.Done()
		return 0, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("what is worked on while we close: %v", err)
	}
	if _, err := ask(t.Context(), b, "late", time.Minute, work); !errors.Is(err, ErrBusy) {
		t.Errorf("asked of a closed console: %v", err)
	}
}
