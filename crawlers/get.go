package crawlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"watchfire/crisis"
)

// maxRedirects is how many redirects within a site are followed.
const maxRedirects = 5

// Conditions make a request conditional: the server answers 304 when nothing has
// changed. Crawlers keep them in their cursor, so they move only together with
// the posts.
type Conditions struct {
	Of           string `json:"of,omitempty"` // hash of the address they hold for
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// header returns the headers that ask for address only if it has changed; none
// when the conditions are those of another address, such as that of an earlier
// configuration.
func (c Conditions) header(address string) http.Header {
	h := http.Header{}
	if c.Of != "" && c.Of != madeID(address) {
		return h
	}
	if c.ETag != "" {
		h.Set("If-None-Match", c.ETag)
	}
	if c.LastModified != "" {
		h.Set("If-Modified-Since", c.LastModified)
	}
	return h
}

// Page is an answer worth parsing.
type Page struct {
	URL         string // after redirects
	Body        []byte // UTF-8
	NotModified bool
	Conditions  Conditions
}

// Get fetches a page, following redirects within the site. Any answer that is not
// the page itself is an *Error with its class.
func (w *Web) Get(ctx context.Context, address string, c Conditions) (*Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, malformed("the address cannot be read; write one that begins with https://")
	}
	asked := c.header(address)
	req.Header = asked.Clone()
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
	return newPage(address, asked, answer{resp.Request.URL.String(), resp.StatusCode, resp.Header, body}, w.opt.Now())
}

// answer is what a server said, whoever asked it.
type answer struct {
	url    string
	status int
	header http.Header
	body   []byte
}

// newPage makes a page of an answer, if it is one. asked are the conditions sent.
func newPage(address string, asked http.Header, a answer, now time.Time) (*Page, error) {
	if a.status == http.StatusNotModified && len(asked) > 0 {
		return &Page{URL: a.url, NotModified: true}, nil
	}
	if err := classify(a.status, a.header, a.body, now); err != nil {
		return nil, err
	}
	return &Page{URL: a.url, Body: a.body, Conditions: Conditions{
		Of: madeID(address), ETag: a.header.Get("ETag"), LastModified: a.header.Get("Last-Modified"),
	}}, nil
}

// SameSite is the redirect policy: five hops, within the site. A hop to a log-in
// or captcha page is a gate.
func SameSite(req *http.Request, via []*http.Request) error {
	soft := func(format string, args ...any) error {
		return &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf(format, args...)}
	}
	first, last, to := via[0].URL, via[len(via)-1].URL, req.URL
	switch {
	case gate(to):
		return &Error{Class: crisis.ClassGated, Err: fmt.Errorf("redirected to a log-in or captcha page at %s", to.Host)}
	case !sameSite(first.Hostname(), to.Hostname()):
		return soft("redirected off the site, to %s; if the source has moved, write its address", to.Host)
	case last.Scheme == "https" && to.Scheme == "http":
		return soft("redirected from https to http")
	case port(to) != port(first) && port(to) != "443":
		return soft("redirected to another port, %s", port(to))
	case len(via) > maxRedirects:
		return soft("more than %d redirects", maxRedirects)
	}
	return nil
}

// sameSite says whether two hosts belong to one site: they have the same
// registrable domain, or differ by www. only, as gov.cn and www.gov.cn do, which
// share no registrable domain.
func sameSite(a, b string) bool {
	return site(a) == site(b) || strings.EqualFold(strings.TrimPrefix(strings.ToLower(a), "www."), strings.TrimPrefix(strings.ToLower(b), "www."))
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

// hostOf is the host name of an address, "" if it has none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// errNoItems says that a page holds nothing of what was to be read from it.
var errNoItems = errors.New("found no items")
