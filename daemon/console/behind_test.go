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
	look := func(path string) (page string, waits bool) {
		t.Helper()
		page = w.get(path, 200)
		sound(t, path, page)
		waits = strings.Contains(page, "data-waits")
		if refresh := strings.Contains(page, `<noscript><meta http-equiv="refresh"`); refresh != waits {
			t.Errorf("%s waits: %t; without a script it asks again: %t", path, waits, refresh)
		}
		return page, waits
	}
	page, waits := look("/topics/tap-water?lang=zh&bar=80")
	if !waits || !strings.Contains(page, "正在计算") || !strings.Contains(page, "立即刷新") || strings.Contains(page, "门槛调到") {
		t.Errorf("a page that waits:\n%s", page)
	}
	close(w.held)
	w.console.patience = time.Minute
	for range 2 { // the second time it is known
		if page, waits = look("/topics/tap-water?lang=zh&bar=80"); waits || !strings.Contains(page, "门槛调到 80% 的话") {
			t.Errorf("a page with its answer:\n%s", page)
		}
		w.console.patience = 0
	}
	w.console.behind.turn <- struct{}{} // somebody else asks
	if page, waits = look("/insight?lang=en"); !waits || strings.Contains(page, "All worked out") {
		t.Errorf("insight that waits:\n%s", page)
	}
	<-w.console.behind.turn
	w.console.patience = time.Minute
	if page, waits = look("/insight?lang=en"); waits || !strings.Contains(page, "All worked out") {
		t.Errorf("insight:\n%s", page)
	}
}

// TestAsk holds that a question is worked on once however many ask, with the eyes of who
// asked it; that few may wait; and that nothing is worked on behind a console that closed.
func TestAsk(t *testing.T) {
	b := newBehind()
	defer b.close()
	ctx, leave := context.WithCancel(store.SeenBy(t.Context(), "李敏"))
	begun, hold, runs := make(chan struct{}, 2), make(chan struct{}), 0
	work := func(ctx context.Context) (int, error) {
		begun <- struct{}{}
		<-hold
		runs++
		return runs, ctx.Err()
	}
	for range 3 {
		if _, err := ask(ctx, b, question{key: "one", wait: 0}, work); !errors.Is(err, ErrBusy) {
			t.Fatalf("an answer that is worked out: %v", err)
		}
	}
	<-begun
	for i := range mostBehind {
		if _, err := ask(ctx, b, question{key: fmt.Sprint("other ", i), wait: 0}, func(context.Context) (int, error) { return i, nil }); !errors.Is(err, ErrBusy) {
			t.Errorf("question %d while one is worked on: %v", i, err)
		}
	}
	if len(b.asked) != mostBehind {
		t.Errorf("%d questions wait, not %d", len(b.asked), mostBehind)
	}
	leave() // who asked goes, and what he asked is worked out all the same
	close(hold)
	if n, err := ask(t.Context(), b, question{key: "one", wait: time.Minute}, work); n != 1 || err != nil {
		t.Errorf("run %d, %v", n, err)
	}
	if n, err := ask(t.Context(), b, question{key: "one", wait: time.Minute}, work); n != 2 || err != nil {
		t.Errorf("asked again: run %d, %v", n, err)
	}
	wrong := errors.New("no such topic")
	if _, err := ask(t.Context(), b, question{key: "wrong", wait: time.Minute}, func(context.Context) (int, error) { return 0, wrong }); !errors.Is(err, wrong) {
		t.Errorf("what fails: %v", err)
	}
	started := make(chan struct{})
	go func() {
		<-started
		b.close()
	}()
	_, err := ask(t.Context(), b, question{key: "long", wait: time.Minute}, func(ctx context.Context) (int, error) {
		close(started)
		<-ctx.Done()
		return 0, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("what is worked on while we close: %v", err)
	}
	if _, err := ask(t.Context(), b, question{key: "late", wait: time.Minute}, work); !errors.Is(err, ErrBusy) {
		t.Errorf("asked of a closed console: %v", err)
	}
}
