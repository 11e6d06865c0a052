package console

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestPacked holds what is compressed: what is read, by whom can unpack it, when it is worth it.
func TestPacked(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	for _, c := range []struct {
		path, accept string
		want         bool
	}{
		{"/incidents/" + id, "gzip", true},
		{"/incidents/" + id, "br;q=1.0, gzip;q=0.5", true},
		{"/incidents/" + id, "gzip;q=0", false},
		{"/incidents/" + id, "identity", false},
		{"/api/v1/openapi.json", "gzip", true},
		{"/assets/style.css", "gzip", true},
		{"/api/v1/health", "gzip", false}, // small
		{"/incidents/" + id + "/chart.png", "gzip", false},
	} {
		r := w.request("GET", c.path, nil, "Accept-Encoding", c.accept)
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Header.Get("Content-Encoding") == "gzip"; got != c.want {
			t.Errorf("GET %s with %q: compressed %v, want %v", c.path, c.accept, got, c.want)
		}
		if c.want {
			if r.Header.Get("Content-Length") != "" && r.Header.Get("Content-Length") != fmt.Sprint(len(body)) {
				t.Errorf("GET %s: the length is said to be %s", c.path, r.Header.Get("Content-Length"))
			}
			body = unpacked(t, body)
		}
		if plain := w.request("GET", c.path, nil, "Accept-Encoding", "identity"); c.path[1] == 'a' {
			want, err := io.ReadAll(plain.Body)
			plain.Body.Close()
			if err != nil || !bytes.Equal(body, want) {
				t.Errorf("GET %s with %q: another body, %v", c.path, c.accept, err)
			}
		} else {
			plain.Body.Close()
		}
	}
	r := w.request("POST", "/incidents/"+id, strings.NewReader("do=level"), "Accept-Encoding", "gzip")
	if w.read(r, http.StatusUnprocessableEntity); r.Header.Get("Content-Encoding") != "" {
		t.Error("the answer to a form is compressed")
	}
}

func unpacked(t *testing.T, body []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestShared holds that many who have a page open get one rendering, that nobody gets one
// from before an event, and that readers of another role or language get their own.
func TestShared(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	for name, role := range map[string]string{"a": roleViewer, "b": roleViewer, "c": roleOperator} {
		w.as(name, role)
	}
	calls := 0
	ask := func(user string, lang string, page func() string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/incidents/"+id+"?lang="+lang, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetPathValue("id", id)
		var v *visit
		w.must(w.store.View(t.Context(), func(tx *store.Tx) error {
			u, err := tx.User(user)
			v = &visit{user: u, name: u.Name}
			return err
		}))
		out := &recorder{head: http.Header{}}
		err = w.console.shared(out, r, v, func(rw http.ResponseWriter, _ *http.Request, _ *visit) error {
			calls++
			rw.WriteHeader(http.StatusOK)
			_, err := io.WriteString(rw, page())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.body.String()
	}
	events := func() string { return fmt.Sprint(w.incident(id).Events) }
	first := ask("a", "zh", events)
	if again := ask("b", "zh", events); again != first || calls != 1 {
		t.Errorf("two of one role: %d renderings, %q and %q", calls, first, again)
	}
	ask("c", "zh", events)
	ask("a", "en", events)
	if calls != 3 {
		t.Errorf("another role and another language: %d renderings, want 3", calls)
	}
	w.must(w.act(id, crisis.EventNote, "", "李敏", "又来电", night))
	if now := ask("b", "zh", events); now == first || now != events() {
		t.Errorf("after an event: %s events, want %s", now, events())
	}
}

// TestSharedTogether holds that one who asks after an event does not wait for the page as it
// was rendered before, and that one who went away waits for nothing.
func TestSharedTogether(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	ask := func(ctx context.Context, page page) (string, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/incidents/"+id, nil)
		if err != nil {
			return "", err
		}
		r.SetPathValue("id", id)
		out := &recorder{head: http.Header{}}
		err = w.console.shared(out, r, &visit{user: store.User{Name: "a", Role: roleViewer}, name: "a"}, page)
		return out.body.String(), err
	}
	says := func(text string) page {
		return func(rw http.ResponseWriter, _ *http.Request, _ *visit) error {
			rw.WriteHeader(http.StatusOK)
			_, err := io.WriteString(rw, text)
			return err
		}
	}
	begun, release := make(chan struct{}), make(chan struct{})
	var first string
	var err1 error
	var wg sync.WaitGroup
	wg.Go(func() {
		first, err1 = ask(t.Context(), func(rw http.ResponseWriter, r *http.Request, v *visit) error {
			close(begun)
			<-release
			return says("old")(rw, r, v)
		})
	})
	<-begun
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ask(gone, says("nobody")); err == nil {
		t.Error("who went away is answered")
	}
	w.must(w.act(id, crisis.EventNote, "", "李敏", "又来电", night))
	if fresh, err := ask(t.Context(), says("new")); err != nil || fresh != "new" {
		t.Errorf("after an event, while the page from before it is rendered: %q, %v", fresh, err)
	}
	close(release)
	wg.Wait()
	if first != "old" || err1 != nil {
		t.Errorf("the first got %q, %v", first, err1)
	}
	failing := func(http.ResponseWriter, *http.Request, *visit) error { return store.ErrNotFound }
	w.must(w.act(id, crisis.EventNote, "", "李敏", "再来电", night))
	if _, err := ask(t.Context(), failing); err == nil {
		t.Error("an error is no page")
	}
}

// stuckWriter takes nothing until its deadline.
type stuckWriter struct {
	recorder
	until chan time.Time
	first bool
}

// SetWriteDeadline is for http.ResponseController.
func (s *stuckWriter) SetWriteDeadline(at time.Time) error {
	if !at.IsZero() {
		s.until <- at
	}
	return nil
}

// Flush is for http.ResponseController.
func (s *stuckWriter) FlushError() error {
	at := <-s.until
	if s.first {
		s.first = false
		return nil
	}
	time.Sleep(time.Until(at))
	return fmt.Errorf("write: i/o timeout")
}

// TestStuck holds that a page which takes nothing holds nobody up and is given up.
func TestStuck(t *testing.T) {
	w := newWorld(t, true)
	synctest.Test(t, func(t *testing.T) {
		v := &viewer{wake: make(chan struct{}, 1), what: map[string]bool{}}
		w.console.enter(v)
		defer w.console.leave(v)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan time.Time, 1)
		began := time.Now()
		go func() {
			w.console.stream(&stuckWriter{recorder: recorder{head: http.Header{}}, until: make(chan time.Time, 1), first: true}, r, v)
			ended <- time.Now()
		}()
		synctest.Wait()
		for range 100 {
			w.console.Changed("")
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("telling of changes took %s", took)
		}
		if took := (<-ended).Sub(began); took != stuck {
			t.Errorf("the page was given up after %s, want %s", took, stuck)
		}
	})
}

// TestLookAhead holds that what is wanted is worked out again before it is too old.
func TestLookAhead(t *testing.T) {
	w := newWorld(t, true)
	w.fill()
	at := func(k insightKey) time.Time {
		w.console.mu.Lock()
		defer w.console.mu.Unlock()
		return w.console.insights[k].at
	}
	zh, bus := insightKey{"zh", ""}, insightKey{"zh", "bus-quiet"}
	w.must(w.console.LookAhead(t.Context()))
	if !at(zh).IsZero() {
		t.Error("what nobody has asked for is worked out")
	}
	w.get("/insight?lang=zh", 200)
	w.get("/insight?lang=zh&topic=bus-quiet", 200)
	w.wait(3 * time.Minute)
	w.must(w.console.LookAhead(t.Context()))
	if at(zh).Equal(w.now()) {
		t.Error("a page of three minutes is worked out again")
	}
	w.wait(2 * time.Minute)
	w.must(w.console.LookAhead(t.Context()))
	if !at(zh).Equal(w.now()) || !at(bus).Equal(w.now()) {
		t.Errorf("after five minutes the pages are of %s and %s, want %s", at(zh), at(bus), w.now())
	}
	w.wait(insightWanted)
	w.must(w.console.LookAhead(t.Context()))
	if at(zh).Equal(w.now()) || at(bus).Equal(w.now()) {
		t.Error("what nobody wants is worked out for ever")
	}
}
