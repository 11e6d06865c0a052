package crawlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"watchfire/crisis"
)

// slowest is the longest Crawl-delay that is honoured. A site that asks for more
// means "rarely", which the interval between two visits already is.
const slowest = 2 * time.Minute

// host is what we know of one host: whose turn it is, how fast it may be asked,
// what its robots.txt says, and whether it asked us to wait.
type host struct {
	busy   turn // one request at a time
	asking turn // one reading of robots.txt at a time
	pace   *rate.Limiter

	// mu guards the fields below.
	mu    sync.Mutex
	rules map[string]*rules // by scheme
	until time.Time         // no request before, when the host asked for patience
	class crisis.Class      // how it asked
}

// turn is a lock that a waiting request can give up on.
type turn chan struct{}

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("wait for our turn: %w", ctx.Err())}
	}
}

func (t turn) give() { <-t }

// host finds the state of a host. http and https of one host share their pace.
func (w *Web) host(u *url.URL) *host {
	key := strings.ToLower(u.Hostname())
	if p := port(u); p != "80" && p != "443" {
		key += ":" + p
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[key]
	if h == nil {
		h = &host{busy: make(turn, 1), asking: make(turn, 1), pace: rate.NewLimiter(every(w.opt.HostDelay), 1), rules: map[string]*rules{}}
		w.hosts[key] = h
	}
	return h
}

// every is the rate of one request per interval.
func every(d time.Duration) rate.Limit {
	if d <= 0 {
		return rate.Inf
	}
	return rate.Every(d)
}

// port is the port that a request to u goes to.
func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// await waits for the host's turn and takes it; it does not wait where the host
// has asked to be left alone.
func (h *host) await(ctx context.Context, now func() time.Time) error {
	if err := h.busy.take(ctx); err != nil {
		return err
	}
	err := h.patient(now())
	if err == nil {
		if e := h.pace.Wait(ctx); e != nil {
			err = &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("wait for our turn: %w", e)}
		}
	}
	if err != nil {
		h.busy.give()
	}
	return err
}

func (h *host) patient(now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !now.Before(h.until) {
		return nil
	}
	return &Error{Class: h.class, RetryAfter: h.until, Err: fmt.Errorf("the site asked to be left alone until %s", h.until.UTC().Format(time.RFC3339))}
}

// heed remembers a request for patience: it concerns every source on the host.
func (h *host) heed(resp *http.Response, now time.Time) {
	class := crisis.ClassUnavailable
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		class = crisis.ClassRateLimited
	case http.StatusServiceUnavailable:
	default:
		return
	}
	if at := retryAfter(resp.Header, now); !at.IsZero() {
		h.mu.Lock()
		h.until, h.class = at, class
		h.mu.Unlock()
	}
}
