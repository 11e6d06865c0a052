package crawlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"watchfire/crisis"
)

// How long robots.txt is believed (RFC 9309 §2.4): a day, and after trouble a few
// minutes, so that a site that has recovered is soon read again.
const (
	robotsFresh = 24 * time.Hour
	robotsRetry = 5 * time.Minute
)

// rules is what a host allows us: lines of robots.txt, or nothing and why. Without
// lines everything is allowed.
type rules struct {
	lines  []rule
	delay  time.Duration
	denied *Error
	expiry time.Time
}

// rule is one Allow or Disallow, its path in the form that onePath gives.
type rule struct {
	allow bool
	path  string
}

// permitted asks the host's robots.txt whether u may be fetched.
func (w *Web) permitted(ctx context.Context, h *host, u *url.URL) error {
	if err := h.asking.take(ctx); err != nil {
		return err
	}
	defer h.asking.give()
	now := w.opt.Now()
	h.mu.Lock()
	r := h.rules[u.Scheme]
	h.mu.Unlock()
	if r == nil || now.After(r.expiry) {
		r = w.readRobots(ctx, u)
		if ctx.Err() != nil {
			return &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("robots.txt: %w", ctx.Err())}
		}
		r.expiry = now.Add(robotsFresh)
		if r.denied != nil {
			r.expiry = later(now.Add(robotsRetry), r.denied.RetryAfter)
		}
		h.pace.SetLimit(every(max(w.opt.HostDelay, min(r.delay, slowest))))
		h.mu.Lock()
		h.rules[u.Scheme] = r
		h.mu.Unlock()
	}
	switch {
	case r.denied != nil:
		return r.denied
	case !r.allows(u):
		return &Error{Class: crisis.ClassForbidden, Err: fmt.Errorf("robots.txt of %s does not allow this page to us", u.Host)}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// readRobots fetches robots.txt: 4xx allows everything, except 429, which like 5xx
// and silence allows nothing for a while (RFC 9309 §2.3.1).
func (w *Web) readRobots(ctx context.Context, u *url.URL) *rules {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	deny := func(err error) *rules {
		e := &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("robots.txt: %w", err)}
		if cause, ok := errors.AsType[*Error](err); ok {
			e.Class, e.RetryAfter = cause.Class, cause.RetryAfter
		}
		return &rules{denied: e}
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
	switch wait := retryAfter(resp.Header, w.opt.Now()); {
	case err != nil:
		return deny(err)
	case resp.StatusCode == http.StatusTooManyRequests:
		return deny(&Error{Class: crisis.ClassRateLimited, RetryAfter: wait, Err: errors.New("answered 429")})
	case resp.StatusCode >= 500:
		return deny(&Error{Class: crisis.ClassUnavailable, RetryAfter: wait, Err: fmt.Errorf("answered %d", resp.StatusCode)})
	case resp.StatusCode != http.StatusOK, bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return &rules{} // none, or a page of another sort in its place
	}
	return parseRobots(string(body), w.opt.UserAgent)
}

// fetcher fetches without asking robots.txt: for robots.txt itself.
type fetcher struct{ w *Web }

// RoundTrip implements http.RoundTripper.
func (f fetcher) RoundTrip(req *http.Request) (*http.Response, error) {
	return f.w.fetch(f.w.host(req.URL), req)
}

// parseRobots reads the rules for an agent: those of all groups that name its
// product, else those for everybody. A line that cannot be read is left out and
// takes no other line with it.
func parseRobots(body, agent string) *rules {
	product := token(agent)
	ours, all := &rules{}, &rules{}
	var group []*rules // the rules that the lines of this group go to
	named, open := false, false
	for line := range strings.FieldsFuncSeq(strings.TrimPrefix(body, "\ufeff"), func(r rune) bool { return r == '\n' || r == '\r' }) {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, ":")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		if !ok {
			continue
		}
		if key == "user-agent" {
			if !open { // the first of a run of user-agent lines begins a group
				group, open = nil, true
			}
			switch {
			case value == "*":
				group = append(group, all)
			case token(value) == product:
				group, named = append(group, ours), true
			}
			continue
		}
		for _, r := range group {
			r.add(key, value)
		}
		open = open && key != "allow" && key != "disallow" && key != "crawl-delay"
	}
	if named {
		return ours
	}
	return all
}

// token is the product name at the beginning of a User-Agent, in lower case.
func token(agent string) string {
	name, _, _ := strings.Cut(agent, "/")
	name, _, _ = strings.Cut(name, " ")
	return strings.ToLower(name)
}

func (r *rules) add(key, value string) {
	switch key {
	case "allow", "disallow":
		if value == "" { // says nothing
			return
		}
		if value[0] != '/' && value[0] != '*' {
			value = "/" + value
		}
		r.lines = append(r.lines, rule{key == "allow", onePath(value)})
	case "crawl-delay":
		if sec, err := strconv.ParseFloat(value, 64); err == nil && sec > 0 {
			r.delay = time.Duration(min(sec, slowest.Seconds()) * float64(time.Second))
		}
	}
}

// allows says whether u may be fetched: the longest rule that matches decides, and
// of two equally long ones the one that allows.
func (r *rules) allows(u *url.URL) bool {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	path = onePath(strings.NewReplacer("*", "%2A", "$", "%24").Replace(path))
	allowed, longest := true, -1
	for _, l := range r.lines {
		if n := len(l.path); (n > longest || n == longest && l.allow) && l.matches(path) {
			allowed, longest = l.allow, n
		}
	}
	return allowed
}

// matches says whether a path begins with the rule's; * stands for anything, and $
// at the end for the end.
func (l rule) matches(path string) bool {
	pattern, whole := strings.CutSuffix(l.path, "$")
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(path, parts[0])
	if !ok {
		return false
	}
	for i, part := range parts[1:] {
		if whole && i == len(parts)-2 { // the last part must stand at the end
			return strings.HasSuffix(rest, part)
		}
		_, rest, ok = strings.Cut(rest, part)
		if !ok {
			return false
		}
	}
	return !whole || rest == ""
}

// onePath brings a path to the one form in which paths are compared: percent-decoded,
// but for the characters that mean something in a path or in a rule, and UTF-8. So
// /搜索 and /%E6%90%9C%E7%B4%A2 are the same path, and on a site that writes its
// addresses in GBK /%CB%D1%CB%F7 is, too.
func onePath(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) {
			b = append(b, s[i])
			continue
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil || c <= ' ' || strings.IndexByte("/?#*$%", byte(c)) >= 0 {
			b = append(b, strings.ToUpper(s[i:i+3])...)
		} else {
			b = append(b, byte(c))
		}
		i += 2
	}
	if utf8.Valid(b) {
		return string(b)
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return string(b)
	}
	return string(text)
}
