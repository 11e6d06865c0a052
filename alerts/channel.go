// Package alerts tells people: it puts the facts of a crisis.Alert into words and
// hands them to a channel. The words are shared by all channels (text.go); each
// channel is one file with its configuration, its limits and its error classes.
//
// A channel never retries: it says whether the alert was sent, must wait, or needs
// a person to change something. The daemon's outbox does the rest.
package alerts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"watchfire/crisis"
)

// Channel delivers alerts to one place.
type Channel interface {
	// Check says what is wrong with the configuration.
	Check() error
	// Send delivers an alert as a message of its own. The same alert may come
	// twice after a crash, with the same id. Errors are *Later, *Refused, or
	// anything else, which counts as Later.
	Send(ctx context.Context, a crisis.Alert) (Receipt, error)
}

// Updater is a channel that can bring a message it sent up to date.
type Updater interface {
	Update(ctx context.Context, ref string, a crisis.Alert) (Receipt, error)
}

// Threader is a channel that can hang an alert below the message ref.
type Threader interface {
	Reply(ctx context.Context, ref string, a crisis.Alert) (Receipt, error)
}

// Receipt is what a provider gave back: Ref finds the message again.
type Receipt struct {
	Ref    string
	Detail string
}

// Later says that the same alert may go through after a while. After 0 leaves the
// wait to Backoff.
type Later struct {
	After time.Duration
	Err   error
}

// Error implements error.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap returns the cause.
func (l *Later) Unwrap() error { return l.Err }

// ErrRefused is what every *Refused wraps.
var ErrRefused = errors.New("refused")

// Refused says that the alert will not go through until a person changes
// something; Fix says what, in plain words.
type Refused struct {
	Fix string
	Err error
}

// Error implements error.
func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap returns the cause.
func (r *Refused) Unwrap() []error { return []error{ErrRefused, r.Err} }

// Horizon is for how long an alert is tried before it is given up.
const Horizon = 72 * time.Hour

// Backoff is the wait before the given attempt, 1 being the first retry; the
// schedule of Standard Webhooks, gentler at the start.
func Backoff(attempt int) time.Duration {
	waits := []time.Duration{
		5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
	}
	return waits[min(max(attempt, 1), len(waits))-1]
}

// Kinds makes each kind of channel with its defaults, by the name written in the
// configuration.
var Kinds = map[string]func() Channel{
	"log":     func() Channel { return &Log{} },
	"slack":   func() Channel { return &Slack{API: slackAPI, Timeout: 15 * time.Second} },
	"webhook": func() Channel { return &Webhook{Format: FormatWatchfire, Timeout: 15 * time.Second} },
}

// retryAfter reads a Retry-After header: seconds, or an HTTP date. It returns 0
// when there is none, and at most a day.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	wait := time.Duration(0)
	if n, err := strconv.Atoi(v); err == nil {
		wait = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		wait = t.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}

// ofStatus maps the status of an answer to an error class; 2xx is nil.
func ofStatus(resp *http.Response, now time.Time) error {
	err := fmt.Errorf("answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		return &Later{After: retryAfter(resp.Header, now), Err: err}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &Refused{Fix: "the receiver does not accept us: check the secret or the token", Err: err}
	case code == http.StatusNotFound, code == http.StatusGone:
		return &Refused{Fix: "the address is gone: ask the receiver for the new one", Err: err}
	case code >= 300 && code < 400:
		return &Refused{Fix: "the address has moved: configure the new one, redirects are not followed", Err: err}
	}
	return &Refused{Fix: "the receiver does not understand the message: check its address and format", Err: err}
}
