package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"watchfire/daemon/store"
)

// viewer is one open page that wants to know of changes.
type viewer struct {
	of   string // incident id, or "" for everything
	user string // whose page it is
	wake chan struct{}
	what map[string]bool // incidents that changed since it looked, "" for everything else
}

// heartbeat keeps proxies from ending a stream on which nothing happens.
const heartbeat = 25 * time.Second

// Pages that hear of the same change fetch it spread over a time that grows with their
// number: a few at once, a thousand within a quarter of a second.
const (
	spreadEach = time.Millisecond / 4
	spreadMost = 700 * time.Millisecond
)

// stuck is after how long a page that takes nothing is given up. It asks again when it can.
const stuck = 20 * time.Second

// mostViewers is how many pages may be open at a time; one more is told to ask
// again later, and shows what it has.
const mostViewers = 5000

// Changed tells open pages that something changed: of is the id of an incident,
// or "" for everything else. It never blocks.
func (c *Console) Changed(of string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for v := range c.viewers {
		if v.of != "" && of != "" && v.of != of {
			continue
		}
		v.what[of] = true
		select {
		case v.wake <- struct{}{}:
		default: // it is about to look anyway
		}
	}
}

// Close ends the streams of open pages and what is worked out behind pages, so that
// http.Server.Shutdown need not wait for them: hand it to RegisterOnShutdown.
func (c *Console) Close() {
	c.behind.close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for v := range c.viewers {
		close(v.wake)
		delete(c.viewers, v)
	}
}

// expel ends the streams of the pages of a user whose log-ins end.
func (c *Console) expel(user string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for v := range c.viewers {
		if v.user == user {
			close(v.wake)
			delete(c.viewers, v)
		}
	}
}

// enter registers a viewer; false when there is no room or we are closing.
func (c *Console) enter(v *viewer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.viewers) >= mostViewers {
		return false
	}
	c.viewers[v] = struct{}{}
	return true
}

func (c *Console) leave(v *viewer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.viewers, v)
}

// news says whether anything changed since that a page may see. A page that hears of an
// incident which it cannot see would know that there is one.
func (c *Console) news(r *http.Request, v *viewer) (bool, error) {
	c.mu.Lock()
	what := v.what
	v.what = map[string]bool{}
	c.mu.Unlock()
	if what[""] {
		return true, nil
	}
	seen := false
	err := c.Store.View(r.Context(), func(tx *store.Tx) error {
		for id := range what {
			sees, err := tx.Sees(id)
			if err != nil {
				return err
			}
			seen = seen || sees
		}
		return nil
	})
	return seen, err
}

// live is a stream of server-sent events: one for every change, with the time of
// the console's clock and over how many milliseconds fetching it is to be spread. What changed is for the page to fetch.
func (c *Console) live(w http.ResponseWriter, r *http.Request, who *visit) error {
	v := &viewer{of: r.URL.Query().Get("of"), user: who.user.Name, wake: make(chan struct{}, 1), what: map[string]bool{}}
	if v.of != "" {
		err := c.Store.View(r.Context(), func(tx *store.Tx) error {
			if sees, err := tx.Sees(v.of); err != nil || !sees {
				return cmp.Or(err, store.ErrNotFound)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !c.enter(v) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	defer c.leave(v)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	c.stream(w, r, v)
	return nil
}

// stream writes to an open page until it is closed or we are.
func (c *Console) stream(w http.ResponseWriter, r *http.Request, v *viewer) {
	flow := http.NewResponseController(w)
	defer flow.SetWriteDeadline(time.Time{}) //nolint:errcheck // of a connection that may be gone
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for line := "retry: 5000\n\n"; ; {
		if err := flow.SetWriteDeadline(time.Now().Add(stuck)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return // the page was closed
		}
		if _, err := fmt.Fprint(w, line); err != nil {
			return // likewise
		}
		if err := flow.Flush(); err != nil {
			return // likewise
		}
		select {
		case <-r.Context().Done():
			return
		case _, open := <-v.wake:
			if !open {
				return
			}
			line = ""
			if news, err := c.news(r, v); err != nil || !news {
				if err != nil {
					return // the page asks again
				}
				continue
			}
			line = fmt.Sprintf("event: changed\ndata: %d %d\n\n", c.Now().UnixMilli(), c.spread().Milliseconds())
		case <-beat.C:
			line = fmt.Sprintf("event: beat\ndata: %d\n\n", c.Now().UnixMilli())
		}
	}
}

// spread is over what time the open pages are to fetch a change.
func (c *Console) spread() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return min(time.Duration(len(c.viewers))*spreadEach, spreadMost)
}
