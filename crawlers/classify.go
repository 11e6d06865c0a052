package crawlers

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// gates are parts of host names and paths that log-in and captcha pages have.
var gates = []string{"passport.", "captcha", "wappass.", "signin", "login.", "/login", "verify.", "visitor", "account/unhuman"}

// gate says whether an address is a log-in or captcha page.
func gate(u *url.URL) bool {
	where := strings.ToLower(u.Host + u.Path)
	for _, g := range gates {
		if strings.Contains(where, g) {
			return true
		}
	}
	return false
}

// walls are marks of an answer with status 200 that is a wall all the same: log-in
// demands in JSON, and the titles of challenge pages.
var walls = regexp.MustCompile(`(?i)"ok"\s*:\s*-100\b|"code"\s*:\s*-352\b|"code"\s*:\s*-412\b|need_login|"url"\s*:\s*"https?://(passport|login)\.|<title>[^<]{0,40}(百度安全验证|安全验证|Sina Visitor System|访问验证|人机验证|滑动验证|Just a moment|Access Denied|请登录)`)

// missing are titles of pages that say "not found" with status 200.
var missing = regexp.MustCompile(`(?i)<title>[^<]{0,60}(404|页面不存在|页面未找到|找不到|无法访问|出错了|not found)`)

// quota are marks of "too often" in answers of another status.
var quota = regexp.MustCompile(`(?i)quotaExceeded|rateLimitExceeded|rate limit|"error_code"\s*:\s*1002[234]\b|too many requests|45009|limit requests to one every`)

// business is an error code inside an answer of status 200.
var business = regexp.MustCompile(`"(?:errcode|error_code)"\s*:\s*"?(-?\d+)`)

// tokens are business codes that mean "renew the access": of WeChat, Weibo and
// Douyin's open platforms.
var tokens = map[string]bool{
	"40001": true, "40014": true, "41001": true, "42001": true, "21314": true, "21315": true, "21316": true, "21317": true, "21327": true,
	"2190002": true, "2190004": true, "2190008": true, "48001": true, "61024": true,
}

// classify returns the error of an answer that is not the page that was asked
// for, nil if it may be.
func classify(status int, h http.Header, body []byte, now time.Time) error {
	fail := func(class crisis.Class, format string, args ...any) error {
		return &Error{Class: class, RetryAfter: retryAfter(h, now), Err: fmt.Errorf(format, args...)}
	}
	top := body[:min(len(body), 8<<10)]
	switch {
	case status == http.StatusTooManyRequests:
		return fail(crisis.ClassRateLimited, "answered 429: too many requests")
	case status == http.StatusServiceUnavailable && h.Get("Retry-After") != "":
		return fail(crisis.ClassUnavailable, "answered 503 and asked for patience")
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return fail(crisis.ClassUnavailable, "answered %d", status)
	case status >= 400 && quota.Match(top):
		return fail(crisis.ClassRateLimited, "answered %d: quota used up", status)
	case status == http.StatusUnauthorized:
		return fail(crisis.ClassAuth, "answered 401: access must be renewed")
	case status == http.StatusForbidden && (bytes.Contains(top, []byte("login_required")) || bytes.Contains(top, []byte("not_logged_in"))):
		return fail(crisis.ClassAuth, "answered 403: log-in required")
	case status == http.StatusForbidden, status == http.StatusPreconditionFailed, status == http.StatusTeapot:
		return fail(crisis.ClassGated, "answered %d: the site turns us away", status)
	case status == http.StatusNotFound, status == http.StatusGone:
		return fail(crisis.ClassGone, "answered %d", status)
	case status < 200 || status >= 300:
		return fail(crisis.ClassSoftError, "answered %d", status)
	case walls.Match(top):
		return fail(crisis.ClassGated, "answered with a log-in wall or a captcha")
	case len(bytes.TrimSpace(body)) == 0:
		return fail(crisis.ClassSoftError, "answered with an empty body")
	case len(body) < 4<<10 && failedCode(body) != "":
		code := failedCode(body)
		switch {
		case quota.Match(top):
			return fail(crisis.ClassRateLimited, "answered with error code %s: quota used up", code)
		case tokens[code]:
			return fail(crisis.ClassAuth, "answered with error code %s: access must be renewed", code)
		}
		return fail(crisis.ClassSoftError, "answered with error code %s", code)
	case missing.Match(top):
		return fail(crisis.ClassSoftError, "answered with a page that says \"not found\"")
	}
	return nil
}

// failedCode returns the first business error code that is not 0, "" if there is none.
func failedCode(body []byte) string {
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

// notData is the error of an answer that should have been data of the given sort.
func notData(what string, body []byte) error {
	if looksHTML(body) {
		return &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("answered with a web page instead of %s", what)}
	}
	return nil
}

// retryAfter reads Retry-After, seconds or an HTTP date, at most a day ahead.
func retryAfter(h http.Header, now time.Time) time.Time {
	v := h.Get("Retry-After")
	at := time.Time{}
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		at = now.Add(time.Duration(n) * time.Second)
	} else if t, err := http.ParseTime(v); err == nil {
		at = t
	}
	if at.IsZero() || at.Before(now) {
		return time.Time{}
	}
	if limit := now.Add(24 * time.Hour); at.After(limit) {
		return limit
	}
	return at
}

var errNoItems = errors.New("found no items")
