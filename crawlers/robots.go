package crawlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/temoto/robotstxt"
	"golang.org/x/time/rate"

	"watchfire/crisis"
)

// How long robots.txt is believed (RFC 9309 §2.4): a day, and after trouble a few
// minutes, so that a site that has recovered is soon read again.
const (
	robotsFresh = 24 * time.Hour
	robotsRetry = 5 * time.Minute
)

// rules is what a host allows us: a group of robots.txt, everything, or nothing
// and why.
type rules struct {
	group  *robotstxt.Group
	denied *Error
}

// permitted asks the host's robots.txt whether u may be fetched.
func (w *Web) permitted(ctx context.Context, h *host, u *url.URL) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := w.opt.Now()
	if h.rules == nil || now.After(h.expiry) {
		r := w.readRobots(ctx, h, u)
		if ctx.Err() != nil {
			return &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("robots.txt: %w", ctx.Err())}
		}
		h.rules, h.expiry = r, now.Add(robotsFresh)
		if r.denied != nil {
			h.expiry = now.Add(robotsRetry)
		}
		if r.group != nil && r.group.CrawlDelay > w.opt.HostDelay {
			h.pace.SetLimit(rate.Every(r.group.CrawlDelay))
		}
	}
	switch r := h.rules; {
	case r.denied != nil:
		return r.denied
	case r.group != nil && !r.group.Test(onePath(pathOf(u))):
		return &Error{Class: crisis.ClassForbidden, Err: fmt.Errorf("robots.txt of %s does not allow this page to us", u.Host)}
	}
	return nil
}

func pathOf(u *url.URL) string {
	p := u.EscapedPath()
	if p == "" {
		p = "/"
	}
	if u.RawQuery != "" {
		p += "?" + u.RawQuery
	}
	return p
}

// readRobots fetches robots.txt: 4xx allows everything, except 429, which like 5xx
// and silence allows nothing for a while (RFC 9309 §2.3.1).
func (w *Web) readRobots(ctx context.Context, h *host, u *url.URL) *rules {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	ctx, cancel := context.WithTimeout(ctx, w.opt.Timeout+2*w.opt.HostDelay)
	defer cancel()
	deny := func(err error) *rules {
		class := crisis.ClassUnavailable
		if e, ok := errors.AsType[*Error](err); ok {
			class = e.Class
		}
		return &rules{denied: &Error{Class: class, Err: fmt.Errorf("robots.txt: %w", err)}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return deny(err)
	}
	client := http.Client{Transport: fetcher{w}, CheckRedirect: SameSite}
	resp, err := client.Do(req)
	if err != nil {
		return deny(asError(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return deny(err)
	case resp.StatusCode == http.StatusTooManyRequests:
		return deny(&Error{Class: crisis.ClassRateLimited, Err: errors.New("answered 429")})
	case resp.StatusCode >= 500:
		return deny(fmt.Errorf("answered %d", resp.StatusCode))
	case resp.StatusCode != http.StatusOK, bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return &rules{} // none, or a page of another sort in its place
	}
	data, err := robotstxt.FromBytes(oneForm(body))
	if err != nil {
		return &rules{}
	}
	return &rules{group: data.FindGroup(w.opt.UserAgent)}
}

// fetcher fetches without asking robots.txt: for robots.txt itself.
type fetcher struct{ w *Web }

// RoundTrip implements http.RoundTripper.
func (f fetcher) RoundTrip(req *http.Request) (*http.Response, error) {
	return f.w.fetch(f.w.host(req.URL), req)
}

// oneForm rewrites the paths of a robots.txt to the form onePath gives, so that
// /搜索 and /%E6%90%9C%E7%B4%A2 are the same path.
func oneForm(body []byte) []byte {
	var out bytes.Buffer
	for line := range strings.Lines(string(body)) {
		key, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "allow", "disallow":
			value, _, _ = strings.Cut(value, "#")
			line = key + ": " + onePath(strings.TrimSpace(value)) + "\n"
		}
		out.WriteString(line)
	}
	return out.Bytes()
}

// onePath percent-decodes a path, but for the characters that mean something in a
// path or in a rule.
func onePath(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		c, ok := unhex(s[i+1], s[i+2])
		if !ok || strings.IndexByte("/?#*$%", c) >= 0 || c <= ' ' {
			b.WriteString(strings.ToUpper(s[i : i+3]))
		} else {
			b.WriteByte(c)
		}
		i += 2
	}
	return b.String()
}

func unhex(hi, lo byte) (byte, bool) {
	digit := func(c byte) (byte, bool) {
		switch {
		case c >= '0' && c <= '9':
			return c - '0', true
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			return (c | 0x20) - 'a' + 10, true
		}
		return 0, false
	}
	h, ok1 := digit(hi)
	l, ok2 := digit(lo)
	return h<<4 | l, ok1 && ok2
}
