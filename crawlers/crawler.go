// Package crawlers brings public posts home. Web is the one polite way to the
// outside; each kind of source is one file that turns what a site answers into
// posts; Error puts every way to fail into one of the classes of crisis.Class.
//
// A crawler owns its cursor, a string that only it can read. It hands out a new
// one only together with posts, and the daemon stores both in one transaction:
// an error never moves a cursor.
package crawlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"watchfire/crisis"
)

// Kind is what every kind of source can do: check its own configuration.
type Kind interface{ Check() error }

// Crawler is a source that is visited.
type Crawler interface {
	Kind
	// Crawl visits the source. The posts have no Source, and their Author is
	// the source's own id of the author, which the caller hashes. An empty
	// cursor is the first visit.
	Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error)
}

// Receiver is a source that delivers by itself, over HTTP.
type Receiver interface {
	Kind
	// Receive reads one delivery; now is when it came. A delivery that the cursor
	// knows gives no posts and the class not_modified.
	Receive(cursor string, header http.Header, body []byte, now time.Time) (Harvest, error)
}

// Opener is a source that hands in signals.
type Opener interface {
	Kind
	// Opens is the id of the topic whose incident they open, unless they name another.
	Opens() string
}

// Harvest is what one visit brought.
type Harvest struct {
	Posts    []crisis.Post
	Intakes  []crisis.Intake // those that the cursor did not know
	Cursor   string
	Class    crisis.Class // ok, not_modified or empty_ok
	Detail   string       // what was left out, for a person
	Backfill bool         // the posts are what was there before the first visit
}

// Kinds makes each kind of source with its defaults, by the name written in the
// configuration.
var Kinds = map[string]func() Kind{
	"alertmanager": func() Kind { return &Alertmanager{} },
	"cap":          func() Kind { return &CAP{Zone: "Asia/Shanghai", Limit: 30} },
	"feed":         func() Kind { return &Feed{Zone: "Asia/Shanghai"} },
	"file":         func() Kind { return &File{Pattern: "*", Zone: "Asia/Shanghai", Limit: 5000} },
	"json":         func() Kind { return &JSON{Zone: "Asia/Shanghai", Pages: 1} },
	"list":         func() Kind { return &List{Zone: "Asia/Shanghai", Limit: 30} },
	"monitor":      func() Kind { return &Monitor{Zone: "Asia/Shanghai"} },
	"push":         func() Kind { return &Push{Tolerance: 5 * time.Minute, Zone: "Asia/Shanghai"} },
}

// Error is a visit that brought nothing, and why.
type Error struct {
	Class      crisis.Class
	RetryAfter time.Time // not before, when the source said so
	Err        error
}

// Error implements error. The text holds no query string and no secret.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf is the class of an error; what is not known is unavailable.
func ClassOf(err error) crisis.Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return crisis.ClassUnavailable
}

func malformed(format string, args ...any) error {
	return &Error{Class: crisis.ClassMalformed, Err: fmt.Errorf(format, args...)}
}

// asError gives an error of net/http its class and takes the address out of it,
// because addresses carry tokens.
func asError(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
		if strings.HasPrefix(err.Error(), "failed to parse Location") { // and quotes it
			return &Error{Class: crisis.ClassSoftError, Err: errors.New("redirected to an address that cannot be read")}
		}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		err = fmt.Errorf("look up %s: %s", dns.Name, dns.Err)
	}
	return &Error{Class: crisis.ClassUnavailable, Err: err}
}

// history is the part of a cursor that says that what was there at the first visit
// is still being read, because it was too much for one.
type history struct {
	Began int64 `json:"history,omitempty"` // time of the first visit, 0 when all is read
}

// longestHistory ends the reading of history of a source that has always more to
// read than one visit takes: it would never be news.
const longestHistory = 24 * time.Hour

// visited notes a visit and says whether its posts are history; more says that it
// left something unread.
func (h *history) visited(first, more bool, now time.Time) bool {
	if first {
		h.Began = now.Unix()
	}
	backfill := h.Began != 0 && now.Sub(time.Unix(h.Began, 0)) < longestHistory
	if !backfill || !more {
		h.Began = 0
	}
	return backfill
}

// loadCursor reads a cursor; one that cannot be read is a first visit.
func loadCursor[T any](s string) T {
	var c T
	if json.Unmarshal([]byte(s), &c) != nil {
		var zero T
		return zero
	}
	return c
}

func saveCursor(c any) string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // unreachable: cursors are plain structs
	}
	return string(b)
}

// zones are the zones loaded: loading one reads a file, and every time of a post
// without a zone asks for it.
var zones sync.Map // name to *time.Location

// zoneOf loads the zone of a source, which Check has seen.
func zoneOf(name string) *time.Location {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, z)
	return z
}

func checkZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "" {
		return fmt.Errorf("zone: %q is not a time zone; write one such as Asia/Shanghai", name)
	}
	return nil
}

func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("url: missing or not a web address; write one that begins with https://")
	}
	return nil
}

// harvested completes a harvest: an empty list is a class of its own.
func harvested(posts []crisis.Post, cursor any) Harvest {
	finish(posts)
	h := Harvest{Posts: posts, Cursor: saveCursor(cursor), Class: crisis.ClassOK}
	if len(posts) == 0 {
		h.Class = crisis.ClassEmptyOK
	}
	return h
}

// unread is the error of a list whose entries are there and say nothing: what was
// to be read lies elsewhere now, and that is not "nothing new".
func unread(entries int, where string) error {
	return &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("none of %d entries has a text or title%s: the source has changed", entries, where)}
}

// some joins the first n of several problems.
func some(problems []string, n int) string {
	s := strings.Join(problems[:min(len(problems), n)], "; ")
	if len(problems) > n {
		s += fmt.Sprintf("; and %d more", len(problems)-n)
	}
	return s
}
