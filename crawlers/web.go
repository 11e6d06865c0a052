package crawlers

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"watchfire/crisis"
)

// Options say how politely the web is read.
type Options struct {
	UserAgent string           // one honest name with a contact
	Allow     []netip.Prefix   // intranet ranges that may be read although they are not public
	Now       func() time.Time // the daemon's clock; nil: the time of day
	HostDelay time.Duration    // least time between two requests to one host
	Timeout   time.Duration    // of one request once its turn has come, 0: 15 s
	MaxBody   int64            // of one answer after decompression, 0: 2 MiB
}

// Web is the one way to the outside, shared by every crawler: an
// http.RoundTripper that obeys robots.txt, paces itself per host, refuses
// addresses that are not public, caps bodies and brings them to UTF-8. It keeps no
// cookies and uses no proxy. It is safe for concurrent use.
type Web struct {
	opt  Options
	base *http.Transport

	// mu guards hosts.
	mu    sync.Mutex
	hosts map[string]*host
}

// NewWeb returns a Web.
func NewWeb(o Options) (*Web, error) {
	if strings.TrimSpace(o.UserAgent) == "" {
		return nil, errors.New("web: the User-Agent is missing; name the product and a contact")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 2 << 20
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("dial %s: %w", address, err)
		}
		if err := admit(ap.Addr(), o.Allow); err != nil {
			return &Error{Class: crisis.ClassForbidden, Err: err}
		}
		return nil
	}}
	return &Web{opt: o, hosts: map[string]*host{}, base: &http.Transport{
		Proxy:       nil, // not the environment's: a proxy would dial where the address check cannot see
		DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: o.Timeout,
		MaxIdleConnsPerHost: 1, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
	}}, nil
}

// Close lets go of idle connections.
func (w *Web) Close() { w.base.CloseIdleConnections() }

// RoundTrip implements http.RoundTripper for colly and plain clients: one polite
// request, without redirects. The body of the answer is complete and UTF-8.
func (w *Web) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, &Error{Class: crisis.ClassForbidden, Err: fmt.Errorf("%q is not a web address", req.URL.Scheme)}
	}
	h := w.host(req.URL)
	if err := w.permitted(req.Context(), h, req.URL); err != nil {
		return nil, err
	}
	return w.fetch(h, req)
}

// fetch sends one request when the host's turn has come and reads the whole
// answer. The time-out covers the request, not the wait for the turn.
func (w *Web) fetch(h *host, req *http.Request) (*http.Response, error) {
	if err := h.await(req.Context(), w.opt.Now); err != nil {
		return nil, err
	}
	defer h.busy.give()
	ctx, cancel := context.WithTimeout(req.Context(), w.opt.Timeout)
	defer cancel()
	req = req.Clone(ctx)
	req.Header.Set("User-Agent", w.opt.UserAgent)
	for _, key := range []string{"Cookie", "Referer", "Accept-Encoding"} {
		req.Header.Del(key) // the transport asks for gzip by itself, and undoes it
	}
	resp, err := w.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	h.heed(resp, w.opt.Now())
	body, err := w.read(resp)
	if err != nil {
		return nil, err
	}
	if kind := resp.Header.Get("Content-Type"); textual(kind) {
		body = toUTF8(body, kind)
		resp.Header.Set("Content-Type", withUTF8(kind))
	}
	resp.Header.Del("Set-Cookie")
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Uncompressed = true // so that colly does not unpack by itself, without a cap
	return resp, nil
}

// read reads the body of an answer, unpacked. One that is larger than the cap is
// an error: half a page would be parsed as if it were whole.
func (w *Web) read(resp *http.Response) ([]byte, error) {
	if e := resp.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, &Error{Class: crisis.ClassMalformed, Err: fmt.Errorf("the answer is packed as %.20q, which was not asked for", e)}
	}
	body, err := w.limited(resp.Body)
	if err == nil && bytes.HasPrefix(body, []byte("\x1f\x8b")) { // a packed file, such as feed.xml.gz
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, err = w.limited(z)
		}
	}
	return body, err
}

func (w *Web) limited(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, w.opt.MaxBody+1))
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case corrupt, errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return nil, malformed("unpack the answer: %w", err)
	case err != nil:
		return nil, &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("read the answer: %w", err)}
	case int64(len(body)) > w.opt.MaxBody:
		return nil, malformed("the answer is larger than %d bytes; raise pace.max_body if that is right", w.opt.MaxBody)
	}
	return body, nil
}

// textual says whether a body of this type is text; an unknown type is.
func textual(contentType string) bool {
	for _, p := range []string{"image/", "audio/", "video/", "font/", "application/pdf", "application/zip"} {
		if strings.HasPrefix(strings.ToLower(contentType), p) {
			return false
		}
	}
	return true
}

func withUTF8(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	if kind == "" {
		return ""
	}
	return kind + "; charset=utf-8"
}
