package crawlers

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// classify returns the error of an answer that is not the page that was asked
// for, nil if it may be.
func classify(status int, h http.Header, body []byte, now time.Time) error {
	fail := func(class crisis.Class, format string, args ...any) error {
		return &Error{Class: class, RetryAfter: retryAfter(h, now), Err: fmt.Errorf(format, args...)}
	}
	top := body[:min(len(body), 8<<10)]
	switch {
	case challenged(h), status != http.StatusTooManyRequests && walled(top):
		return fail(crisis.ClassGated, "answered %d with a log-in wall or a captcha", status)
	case status == http.StatusTooManyRequests:
		return fail(crisis.ClassRateLimited, "answered 429: too many requests")
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return fail(crisis.ClassUnavailable, "answered %d", status)
	case status >= 400:
		return refused(status, top, fail)
	case status < 200 || status >= 300:
		return fail(crisis.ClassSoftError, "answered %d", status)
	case len(bytes.TrimSpace(body)) == 0:
		return fail(crisis.ClassSoftError, "answered with an empty body")
	case missing.MatchString(pageTitle(top)):
		return fail(crisis.ClassSoftError, "answered with a page that says \"not found\"")
	}
	switch code := failedCode(body); {
	case code == "":
		return nil
	case quota.Match(top):
		return fail(crisis.ClassRateLimited, "answered with error code %s: quota used up", code)
	case tokens[code]:
		return fail(crisis.ClassAuth, "answered with error code %s: access must be renewed", code)
	default:
		return fail(crisis.ClassSoftError, "answered with error code %s", code)
	}
}

// refused classifies an answer with a status of 4xx.
func refused(status int, top []byte, fail func(crisis.Class, string, ...any) error) error {
	switch {
	case quota.Match(top):
		return fail(crisis.ClassRateLimited, "answered %d: quota used up", status)
	case status == http.StatusUnauthorized:
		return fail(crisis.ClassAuth, "answered 401: access must be renewed")
	case status == http.StatusForbidden && loginNeeded.Match(top):
		return fail(crisis.ClassAuth, "answered 403: log-in required")
	case status == http.StatusNotFound, status == http.StatusGone, closed.Match(top):
		return fail(crisis.ClassGone, "answered %d", status)
	case status == http.StatusForbidden, status == http.StatusPreconditionFailed, status == http.StatusTeapot, status == http.StatusUnavailableForLegalReasons, blocked.Match(top):
		return fail(crisis.ClassGated, "answered %d: the site turns us away", status)
	}
	return fail(crisis.ClassSoftError, "answered %d", status)
}

// failedCode returns the first business error code that is not 0, "" if there is none.
func failedCode(body []byte) string {
	if len(body) > 4<<10 || !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return "" // errors are short; a page that speaks of error codes is a page
	}
	for _, m := range business.FindAllSubmatch(body, 8) {
		if code := string(m[1]); code != "0" {
			return code
		}
	}
	return ""
}

// looksHTML says whether a body is a web page rather than data.
func looksHTML(body []byte) bool {
	top := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 1024)]))
	return bytes.HasPrefix(top, []byte("<!doctype html")) || bytes.HasPrefix(top, []byte("<html")) ||
		(bytes.HasPrefix(top, []byte("<")) && bytes.Contains(top, []byte("<html"))) || bytes.HasPrefix(top, []byte("<script"))
}

// notData is the error of an answer that should have been data and is a message to
// a person: a web page, or, where JSON was asked for, bare words.
func notData(what string, body []byte) error {
	top := bytes.TrimSpace(body)
	switch {
	case looksHTML(body):
		return &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("answered with a web page instead of %s", what)}
	case len(top) > 0 && bytes.IndexByte([]byte("{[<"), top[0]) < 0:
		return &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("answered with bare text instead of %s", what)}
	}
	return nil
}

// longestWait bounds what a site may ask for: a slip of its clock or a joke of its
// administrator must not silence a source for good.
const longestWait = 24 * time.Hour

// retryAfter reads when a site wants to be asked again: Retry-After, in seconds or
// as an HTTP date, else what is left of a used-up quota. It is at most a day ahead,
// and zero when the site did not say.
func retryAfter(h http.Header, now time.Time) time.Time {
	at := moment(h.Get("Retry-After"), now)
	if used := cmp.Or(h.Get("X-Ratelimit-Remaining"), h.Get("Ratelimit-Remaining")); at.IsZero() && strings.Trim(used, "0.") == "" && used != "" {
		at = moment(cmp.Or(h.Get("X-Ratelimit-Reset"), h.Get("Ratelimit-Reset")), now)
	}
	if !at.After(now) {
		return time.Time{}
	}
	if limit := now.Add(longestWait); at.After(limit) {
		return limit
	}
	return at
}

// moment reads seconds from now, seconds since 1970, an HTTP date, or an ISO time.
func moment(s string, now time.Time) time.Time {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 0 {
		if n > 1e9 && n < 1e11 {
			return time.Unix(int64(n), 0)
		}
		return now.Add(time.Duration(min(n, longestWait.Seconds()) * float64(time.Second)))
	}
	if t, err := http.ParseTime(s); err == nil {
		return t
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
