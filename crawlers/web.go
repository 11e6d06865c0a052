package crawlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/publicsuffix"
	"golang.org/x/time/rate"

	"watchfire/crisis"
)

// Options say how politely the web is read.
type Options struct {
	UserAgent string           // one honest name with a contact
	Allow     []netip.Prefix   // intranet ranges that may be read although they are not public
	Now       func() time.Time // the daemon's clock; nil: the time of day
	HostDelay time.Duration    // least time between two requests to one host
	Timeout   time.Duration    // of one request, 0: 15 s
	MaxBody   int64            // of one answer after decompression, 0: 2 MiB
}

// maxRedirects is how many redirects within a site are followed.
const maxRedirects = 5

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

// host is what we know of one host and port.
type host struct {
	busy sync.Mutex // one request at a time
	pace *rate.Limiter

	// mu guards the fields below.
	mu     sync.Mutex
	rules  *rules
	expiry time.Time
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
		Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: o.Timeout,
		MaxIdleConnsPerHost: 1, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
	}}, nil
}

// Close lets go of idle connections.
func (w *Web) Close() { w.base.CloseIdleConnections() }

func (w *Web) host(u *url.URL) *host {
	key := u.Scheme + "://" + strings.ToLower(u.Host)
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[key]
	if h == nil {
		limit := rate.Inf
		if w.opt.HostDelay > 0 {
			limit = rate.Every(w.opt.HostDelay)
		}
		h = &host{pace: rate.NewLimiter(limit, 1)}
		w.hosts[key] = h
	}
	return h
}

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

// fetch sends one request when the host's turn has come and reads the whole answer.
func (w *Web) fetch(h *host, req *http.Request) (*http.Response, error) {
	h.busy.Lock()
	defer h.busy.Unlock()
	if err := h.pace.Wait(req.Context()); err != nil {
		return nil, &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("wait for our turn: %w", err)}
	}
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", w.opt.UserAgent)
	req.Header.Del("Cookie")
	resp, err := w.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, w.opt.MaxBody+1))
	if err != nil {
		return nil, &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("read the answer: %w", err)}
	}
	if int64(len(body)) > w.opt.MaxBody {
		return nil, &Error{Class: crisis.ClassMalformed, Err: fmt.Errorf("the answer is larger than %d bytes; raise pace.max_body if that is right", w.opt.MaxBody)}
	}
	kind := resp.Header.Get("Content-Type")
	if textual(kind) {
		body = toUTF8(body, kind)
		resp.Header.Set("Content-Type", withUTF8(kind))
	}
	resp.Header.Del("Set-Cookie")
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// textual says whether a body of this type is text; an unknown type is.
func textual(contentType string) bool {
	for _, p := range []string{"image/", "audio/", "video/", "font/", "application/pdf", "application/zip"} {
		if strings.HasPrefix(contentType, p) {
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

// Conditions make a request conditional: the server answers 304 when nothing has
// changed. Crawlers keep them in their cursor.
type Conditions struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// Page is an answer worth parsing.
type Page struct {
	URL         string // after redirects
	Body        []byte // UTF-8
	ContentType string
	NotModified bool
	Conditions  Conditions
}

// Get fetches a page, following redirects within the site. Any answer that is not
// the page itself is an *Error with its class.
func (w *Web) Get(ctx context.Context, address string, c Conditions) (*Page, error) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.Timeout+w.patience())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &Error{Class: crisis.ClassMalformed, Err: errors.New("the address cannot be read; write one that begins with https://")}
	}
	if c.ETag != "" {
		req.Header.Set("If-None-Match", c.ETag)
	}
	if c.LastModified != "" {
		req.Header.Set("If-Modified-Since", c.LastModified)
	}
	client := http.Client{Transport: w, CheckRedirect: SameSite}
	resp, err := client.Do(req)
	if err != nil {
		return nil, asError(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, asError(err)
	}
	p := &Page{URL: resp.Request.URL.String(), Body: body, ContentType: resp.Header.Get("Content-Type")}
	if resp.StatusCode == http.StatusNotModified {
		p.NotModified, p.Conditions = true, c
		return p, nil
	}
	if err := classify(resp.StatusCode, resp.Header, body, w.opt.Now()); err != nil {
		return nil, err
	}
	p.Conditions = Conditions{ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified")}
	return p, nil
}

// patience is how long a request may have to wait for its turn and for robots.txt.
func (w *Web) patience() time.Duration { return 4*w.opt.HostDelay + w.opt.Timeout }

// SameSite is the redirect policy: five hops, within the site. A hop to a log-in
// or captcha host is a gate.
func SameSite(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	if gate(req.URL) {
		return &Error{Class: crisis.ClassGated, Err: fmt.Errorf("redirected to a log-in or captcha page at %s", req.URL.Host)}
	}
	if site(from.Hostname()) != site(req.URL.Hostname()) {
		return &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("redirected off the site, to %s", req.URL.Host)}
	}
	if from.Scheme == "https" && req.URL.Scheme == "http" {
		return &Error{Class: crisis.ClassSoftError, Err: errors.New("redirected from https to http")}
	}
	if len(via) > maxRedirects {
		return &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("more than %d redirects", maxRedirects)}
	}
	return nil
}

// site is the registrable domain of a host name, or the name itself.
func site(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return name
	}
	if d, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return d
	}
	return name
}
