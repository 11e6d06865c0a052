package console

import (
	"crypto/rand"
	_ "embed" // the description of the interface
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// apiRoot is where the interface for programs begins.
const apiRoot = "/api/v1/"

// The numbers of items in an answer.
const (
	perAnswer  = 50
	mostAnswer = 200
)

//go:embed openapi.json
var openAPI []byte

// apiRoutes adds the interface for programs to the site. It is described in
// openapi.json, which a test holds against these routes and their answers.
func (c *Console) apiRoutes(mux *site) {
	mux.HandleFunc("GET /api/v1/openapi.json", describe)
	mux.Handle("GET /api/v1/health", c.api(c.apiHealth))
	mux.Handle("GET /api/v1/incidents", c.api(c.apiIncidents))
	mux.Handle("GET /api/v1/incidents/{id}", c.api(c.apiIncident))
	mux.Handle("GET /api/v1/incidents/{id}/events", c.api(c.apiEvents))
	mux.Handle("POST /api/v1/incidents/{id}/acts", c.api(c.apiAct))
	mux.Handle("GET /api/v1/topics", c.api(c.apiTopics))
	mux.Handle("GET /api/v1/topics/{topic}/counts", c.api(c.apiCounts))
	mux.Handle("GET /api/v1/sources", c.api(c.apiSources))
	mux.Handle("GET /api/v1/requests", c.api(c.apiRequests))
	mux.Handle("POST /api/v1/requests/{key}", c.api(c.apiRequest))
	mux.Handle("GET /api/v1/posts", c.api(c.apiPosts))
	mux.Handle("GET /api/v1/ledger", c.api(c.apiLedger))
	mux.Handle("GET /api/v1/playbooks", c.api(c.apiPlaybooks))
	mux.Handle(apiRoot, c.api(func(*http.Request, *visit) (any, error) { return nil, store.ErrNotFound }))
}

// describe sends the description of the interface, which holds nothing secret.
func describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPI) // the reader has gone away: there is nobody to tell
}

// isAPI says whether a request is for the interface for programs.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, apiRoot) }

// part is a part of a list. Next is the cursor of the part behind it, "" at the end.
type part[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// problem is an error as RFC 9457 has it. Code is for programs to branch on.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code"`
}

// api serves programs, and people whose browser asks. Whoever shows a token is let in by
// it or not at all.
func (c *Console) api(answer func(r *http.Request, v *visit) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := c.caller(r)
		if err != nil {
			c.problem(w, r, err)
			return
		}
		err = c.audited(w, r, v, func(w http.ResponseWriter, r *http.Request) error {
			return c.serve(w, r, v, func(w http.ResponseWriter, r *http.Request, v *visit) error {
				body, err := answer(r, v)
				if err != nil {
					return err
				}
				return sendJSON(w, http.StatusOK, "application/json", body)
			})
		})
		if err != nil {
			c.problem(w, r, err)
		}
	})
}

// caller finds out who calls.
func (c *Console) caller(r *http.Request) (*visit, error) {
	if token, shown := bearer(r); shown {
		return c.program(r, token)
	}
	v, err := c.visitOf(r)
	if err == nil && v.user.MustChange {
		err = errNobody
	}
	return v, err
}

// sendJSON sends a value, complete in memory before the first byte goes out.
func sendJSON(w http.ResponseWriter, status int, kind string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	b = spelled(b)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // the reader has gone away: there is nobody to tell
	return nil
}

// problem turns an error into an answer, as fail turns it into a page.
func (c *Console) problem(w http.ResponseWriter, r *http.Request, err error) {
	t := c.tongue(r)
	p := problem{Type: "about:blank", Status: http.StatusInternalServerError, Code: "broken"}
	var own wrong
	var large *http.MaxBytesError
	var bad malformed
	switch {
	case errors.Is(err, errNobody):
		w.Header().Set("WWW-Authenticate", `Bearer realm="watchfire"`)
		p.Status, p.Code, p.Detail = http.StatusUnauthorized, "unauthorized", t.must("api.nobody")
	case errors.As(err, &own):
		p.Status, p.Code, p.Detail = own.status, strings.TrimPrefix(own.key, "err."), t.must(own.key)
	case errors.As(err, &bad):
		p.Status, p.Code, p.Detail = bad.status, "malformed", clean(bad.text, 300)
	case errors.Is(err, crisis.ErrRefused):
		p.Status, p.Code, p.Detail = http.StatusConflict, "refused", clean(err.Error(), 300)
	case errors.Is(err, store.ErrNotFound):
		p.Status, p.Code = http.StatusNotFound, "missing"
	case errors.As(err, &large):
		p.Status, p.Code = http.StatusRequestEntityTooLarge, "large"
	default:
		number := rand.Text()[:8]
		p.Detail = t.must("api.broken", number)
		if c.OnError != nil {
			c.OnError(r, numbered{number, err})
		}
	}
	p.Title = http.StatusText(p.Status)
	if err := sendJSON(w, p.Status, "application/problem+json", p); err != nil && c.OnError != nil {
		c.OnError(r, err)
	}
}

// malformed is a request that does not say what it should, told in English as programs
// and their writers read it.
type malformed struct {
	status int
	text   string
}

// Error implements error.
func (e malformed) Error() string { return e.text }

func badRequest(format string, args ...any) error {
	return malformed{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// readJSON reads the body of a request strictly: a key that we do not know is a mistake
// that must not pass for an act.
func readJSON(r *http.Request, into any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return malformed{http.StatusUnsupportedMediaType, "the body must be application/json"}
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return fmt.Errorf("read the body: %w", err)
		}
		return badRequest("body: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badRequest("body: one JSON object is wanted, and there is more")
	}
	return nil
}

// query reads the parameters of a request, and remembers the first that is wrong.
type query struct {
	r   *http.Request
	err error
}

func (q *query) wants(key, want string) {
	if q.err == nil {
		q.err = badRequest("%s: want %s", key, want)
	}
}

// limit is how many items are wanted.
func (q *query) limit() int {
	s := q.r.URL.Query().Get("limit")
	if s == "" {
		return perAnswer
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > mostAnswer {
		q.wants("limit", fmt.Sprintf("1 to %d", mostAnswer))
	}
	return n
}

// number reads a whole number that is not negative; absent is 0.
func (q *query) number(key string) int64 {
	s := q.r.URL.Query().Get(key)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		q.wants(key, "what an earlier answer gave as next")
	}
	return n
}

// flag reads true or false; nil when absent.
func (q *query) flag(key string) *bool {
	s := q.r.URL.Query().Get(key)
	if s == "" {
		return nil
	}
	b := s == "true"
	if !b && s != "false" {
		q.wants(key, "true or false")
	}
	return &b
}

// time reads a moment; absent is otherwise.
func (q *query) time(key string, otherwise time.Time) time.Time {
	s := q.r.URL.Query().Get(key)
	if s == "" {
		return otherwise
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		q.wants(key, "a time such as 2026-10-14T03:12:00+08:00")
	}
	return at
}

// text reads words.
func (q *query) text(key string) string { return clean(q.r.URL.Query().Get(key), 200) }

// cut takes a page of a list that was read from its beginning, by the number of items
// before it.
func cut[T any](all []T, from, limit int) part[T] {
	out := part[T]{Items: []T{}}
	if from < len(all) {
		out.Items = append(out.Items, all[from:min(len(all), from+limit)]...)
	}
	if from+limit < len(all) {
		out.Next = strconv.Itoa(from + limit)
	}
	return out
}
