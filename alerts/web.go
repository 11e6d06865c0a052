package alerts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// response is what a provider answered.
type response struct {
	status int
	header http.Header
	body   []byte // its first 64 KiB
}

// errAddress means that no request can be made of an address.
var errAddress = errors.New("the address cannot be used")

// call makes one request of a provider. Redirects are not followed: an alert goes
// where the operator said and nowhere else, and what they lead to is mostly a log-in
// page. Its errors are without the address, which may be a secret.
func call(ctx context.Context, timeout time.Duration, method, address string, header http.Header, body []byte) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return response{}, errAddress
	}
	maps.Copy(req.Header, header)
	req.Header.Set("User-Agent", "Watchfire")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return response{}, bare(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return response{}, fmt.Errorf("read the answer: %w", bare(err))
	}
	return response{resp.StatusCode, resp.Header, b}, nil
}

// isWeb says whether an address is one of the web, with a host.
func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// ofAnswer is ofStatus for receivers whose answer is never a page: one behind a log-in or
// a proxy gives its page with status 200, and has taken nothing.
func ofAnswer(resp response, now time.Time, lang string) error {
	start := strings.ToLower(string(bytes.TrimSpace(bytes.TrimPrefix(resp.body[:min(len(resp.body), 512)], []byte("\ufeff")))))
	begins := func(tag string) bool { return strings.HasPrefix(start, tag) }
	if resp.status < 300 && slices.ContainsFunc([]string{"<!doctype html", "<html", "<head", "<body", "<!--", "<script", "<meta"}, begins) {
		return &Refused{Fix: fixPage.in(lang), Err: fmt.Errorf("answered %d with a web page", resp.status)}
	}
	return ofStatus(resp.status, resp.header, now, lang)
}
