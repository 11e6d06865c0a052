package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
)

// TestJudgeWhileReceiving holds that minutes are judged while posts stream in and
// an incident is open: neither waits for the other for ever.
func TestJudgeWhileReceiving(t *testing.T) {
	d, _, _, _ := testDaemon(t, "")
	openIncident(t, d)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range 200 {
				p := crisis.Post{ID: fmt.Sprint(i), Text: fmt.Sprintf("自来水有怪味，%d楼", i), Published: eight, Precision: crisis.PrecisionSecond}
				if err := d.Receive(t.Context(), &Source{Name: "forum"}, crawlers.Harvest{Posts: []crisis.Post{p}, Class: crisis.ClassOK}); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for i := range 200 {
				if err := d.Tick(t.Context(), eight.Add(time.Duration(i)*time.Minute)); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the daemon stands still")
	}
}

// TestPushThatHangsUp holds that posts are stored although their sender has gone
// away: what is half counted would be missing from the next count.
func TestPushThatHangsUp(t *testing.T) {
	key := []byte("the key of this test")
	d, _, _, _ := testDaemon(t, "sources:\n  - {name: vendor, push: {secret: whsec_dGhlIGtleSBvZiB0aGlzIHRlc3Q=}}\n")
	ctx, gone := context.WithCancel(t.Context())
	gone()
	body, stamp := `{"id":"7","text":"自来水有异味"}`, fmt.Sprint(eight.Unix())
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/in/vendor", strings.NewReader(body))
	req.Header.Set("Webhook-Id", "m")
	req.Header.Set("Webhook-Timestamp", stamp)
	req.Header.Set("Webhook-Signature", "v1,"+alerts.Sign(key, "m", stamp, []byte(body)))
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, req)
	posts, err := d.store.PostsOf(t.Context(), "water", eight.Add(-time.Hour), eight, 10, 0)
	if w.Code != http.StatusAccepted || err != nil || len(posts) != 1 {
		t.Errorf("answered %d %s, stored %d posts, %v", w.Code, w.Body, len(posts), err)
	}
}

// TestClose holds that what was opened last is closed first, all of it, once, and
// that a failure names what failed.
func TestClose(t *testing.T) {
	var order []string
	cause := errors.New("disk on fire")
	closes := func(name string, err error) closer {
		return closer{name, func() error {
			order = append(order, name)
			return err
		}}
	}
	d := &Daemon{closers: []closer{closes("first", nil), closes("second", cause), closes("third", nil)}}
	err := d.Close()
	if again := d.Close(); again != nil {
		t.Errorf("closed twice: %v", again)
	}
	if !slices.Equal(order, []string{"third", "second", "first"}) {
		t.Errorf("closed in the order %v", order)
	}
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "close second: disk on fire") {
		t.Errorf("Close() = %v", err)
	}
}
