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
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
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

// Finder is a channel that can see whether an alert arrived: below the message ref, or as a
// message of its own if ref is "". It returns ErrLost when it has not, and any other error
// when that cannot be known.
type Finder interface {
	Find(ctx context.Context, ref string, a crisis.Alert) (Receipt, error)
}

// Illustrated is a channel that can show the picture of an alert beside its words.
type Illustrated interface {
	// Illustrates says whether it is configured to.
	Illustrates() bool
}

// Receipt is what a provider gave back: Ref finds the message again.
type Receipt struct {
	Ref    string
	Detail string
}

// Later says that the same alert may go through after a while. After 0 leaves the
// wait to Backoff. Rest is empty while nobody has the alert; when some have it, Rest
// says what a person can do if it lasts, in the language of the alert, and nothing else
// waits for the others. Fix is what a person must change at once, because some of those
// who lack it will not get it by waiting.
type Later struct {
	After time.Duration
	Rest  string
	Fix   string
	Err   error
}

// Error implements error.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap returns the cause.
func (l *Later) Unwrap() error { return l.Err }

// ErrRefused is what every *Refused wraps.
var ErrRefused = errors.New("refused")

// Refused says that the alert will not go through until a person changes
// something; Fix says what, in plain words and in the language of the alert.
type Refused struct {
	Fix string
	Err error
}

// Error implements error.
func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap returns the cause.
func (r *Refused) Unwrap() []error { return []error{ErrRefused, r.Err} }

// ErrLost is wrapped by the error of Update and Reply when the message they refer
// to is not there any more: somebody deleted it.
var ErrLost = errors.New("the message is gone")

// fix is what a person can do about a refusal, in each language.
type fix struct{ zh, en string }

func (f fix) in(lang string) string {
	if lang == "en" {
		return f.en
	}
	return f.zh
}

// Horizon is for how long an alert is tried before it is given up.
const Horizon = 72 * time.Hour

// Backoff is the wait before the given attempt, 1 being the first retry; the
// schedule of Standard Webhooks, gentler at the start. Up to a quarter is added,
// by the alert's id, so that alerts that failed together do not come back together.
func Backoff(attempt int, id string) time.Duration {
	waits := []time.Duration{
		5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
	}
	wait := waits[min(max(attempt, 1), len(waits))-1]
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", id, attempt)
	return wait + wait/4*time.Duration(h.Sum32()%1000)/1000
}

// Kinds makes each kind of channel with its defaults, by the name written in the
// configuration.
var Kinds = map[string]func() Channel{
	"alertmanager": func() Channel { return &Alertmanager{Lasts: 7 * 24 * time.Hour, Timeout: 15 * time.Second} },
	"cap":          func() Channel { return &CAP{Expires: 24 * time.Hour, Keep: 200} },
	"dingtalk":     func() Channel { return &DingTalk{Timeout: 15 * time.Second} },
	"dingtalk-app": func() Channel { return &DingTalkApp{API: dingtalkAPI, Timeout: 15 * time.Second} },
	"email":        func() Channel { return &Email{Security: SecurityStartTLS, Chart: true, Timeout: 45 * time.Second} },
	"exec":         func() Channel { return &Exec{Timeout: 30 * time.Second} },
	"feishu":       func() Channel { return &Feishu{Format: FormatCard, Timeout: 15 * time.Second} },
	"feishu-app":   func() Channel { return &FeishuApp{API: feishuAPI, Timeout: 15 * time.Second} },
	"log":          func() Channel { return &Log{} },
	"ntfy":         func() Channel { return &Ntfy{Edit: true, Timeout: 15 * time.Second} },
	"slack":        func() Channel { return &Slack{API: slackAPI, Timeout: 15 * time.Second} },
	"webhook":      func() Channel { return &Webhook{Format: FormatWatchfire, Timeout: 15 * time.Second} },
	"webpush":      func() Channel { return &WebPush{TTL: 24 * time.Hour, Timeout: 15 * time.Second} },
	"wecom":        func() Channel { return &WeCom{Timeout: 15 * time.Second} },
}

// Unanswered says of the error of an attempt that the provider may have taken the alert all
// the same: the connection stood, and no answer came.
func Unanswered(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return false
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// patience bounds a wait that a receiver asks for: not below zero, at most a day.
func patience(wait time.Duration) time.Duration { return min(max(wait, 0), 24*time.Hour) }

// retryAfter reads a Retry-After header: seconds, or an HTTP date; 0 when there
// is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.ParseInt(v, 10, 32); err == nil {
		return patience(time.Duration(n) * time.Second)
	}
	if t, err := http.ParseTime(v); err == nil {
		return patience(t.Sub(now))
	}
	return 0
}

// What a person can do about the status of an answer.
var (
	fixAccess  = fix{"对方不认可我们的身份：检查密钥或令牌", "the receiver does not accept us: check the secret or the token"}
	fixGone    = fix{"地址已失效：向接收方要新地址", "the address is gone: ask the receiver for the new one"}
	fixMoved   = fix{"地址已变更：配置新地址，程序不跟随跳转", "the address has moved: configure the new one, redirects are not followed"}
	fixUnknown = fix{"对方看不懂这条消息：检查地址和格式设置", "the receiver does not understand the message: check its address and format"}
)

// ofStatus maps the status of an answer to an error class; 2xx is nil.
func ofStatus(code int, h http.Header, now time.Time, lang string) error {
	err := fmt.Errorf("answered %d %s", code, http.StatusText(code))
	refused := func(f fix) error { return &Refused{Fix: f.in(lang), Err: err} }
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		return &Later{After: retryAfter(h, now), Err: err}
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return &Refused{Fix: fixAccess.in(lang) + skewOf(h, now, lang), Err: err} // what is signed with the time is not accepted when it is wrong
	case code == http.StatusNotFound, code == http.StatusGone:
		return refused(fixGone)
	case code >= 300 && code < 400:
		return refused(fixMoved)
	}
	return refused(fixUnknown)
}
