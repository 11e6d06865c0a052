package console

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// printFor is how long a print is handed out while nothing was committed: what it shows
// beside the store are the time, what is usual and which sources are seen.
const printFor = time.Second

// mostPrints bounds how many are kept; beyond it all are forgotten.
const mostPrints = 64

// facts are what decides who gets which print of an incident. A thousand readers ask for them
// at the same change.
type facts struct {
	commits uint64
	at      time.Time
	row     store.IncidentRow
	holder  string
}

// prints are the main parts of pages as they were rendered last, for the many who have the
// same page open and fetch it at the same change.
type prints struct {
	mu    sync.Mutex // guards what follows
	last  map[printKey]*print
	facts map[string]facts // by incident
}

// printKey is all that a main part depends on beside the store and the time.
type printKey struct {
	address string
	lang    string
	role    string
	mine    bool   // the reader has the incident
	user    string // for those to whom the page offers to choose themselves
}

// print is one rendering. Commits is how many transactions there were when it began, and
// ready is closed when the rest is set.
type print struct {
	commits uint64
	at      time.Time
	ready   chan struct{}
	head    http.Header
	status  int
	body    []byte
	packed  []byte
	err     error
}

// good says whether a print shows all that was committed before now.
func (p *print) good(commits uint64, now time.Time) bool {
	return p != nil && p.commits >= commits && now.Sub(p.at).Abs() < printFor
}

// shared answers with the page as it was rendered for somebody else, if nothing was
// committed since that began; otherwise it renders it, once for all who ask meanwhile.
func (c *Console) shared(w http.ResponseWriter, r *http.Request, v *visit, page page) error {
	key, err := c.printKey(r, v)
	if err != nil {
		return err
	}
	commits, now := c.Store.Commits(), c.Now()
	c.prints.mu.Lock()
	p := c.prints.last[key]
	if !p.good(commits, now) {
		if len(c.prints.last) >= mostPrints || c.prints.last == nil {
			c.prints.last = map[printKey]*print{}
		}
		p = &print{commits: commits, at: now, ready: make(chan struct{})}
		c.prints.last[key] = p
		c.prints.mu.Unlock()
		p.make(r, v, page)
	} else {
		c.prints.mu.Unlock()
	}
	select {
	case <-p.ready:
	case <-r.Context().Done():
		return r.Context().Err()
	}
	if p.err != nil {
		return p.err
	}
	return p.send(w, r)
}

// printKey says what the page is rendered for.
func (c *Console) printKey(r *http.Request, v *visit) (printKey, error) {
	k := printKey{address: r.URL.Path + "?" + r.URL.RawQuery, lang: language(r, c.Lang), role: v.user.Role}
	if v.may(string(crisis.EventRestricted)) {
		k.user = v.user.Name
	}
	f, err := c.factsOf(r.Context(), r.PathValue("id"))
	k.mine = f.holder == v.name
	return k, err
}

// factsOf reads the facts of an incident, or knows them while nothing was committed.
func (c *Console) factsOf(ctx context.Context, id string) (facts, error) {
	f := facts{commits: c.Store.Commits(), at: c.Now()}
	c.prints.mu.Lock()
	known, ok := c.prints.facts[id]
	c.prints.mu.Unlock()
	if ok && known.commits >= f.commits && f.at.Sub(known.at).Abs() < printFor {
		return known, nil
	}
	err := c.Store.View(store.SeenByAll(ctx), func(tx *store.Tx) (err error) {
		f.row, f.holder, err = tx.Holder(id)
		return err
	})
	if err != nil {
		return f, err
	}
	c.prints.mu.Lock()
	defer c.prints.mu.Unlock()
	if len(c.prints.facts) >= mostPrints || c.prints.facts == nil {
		c.prints.facts = map[string]facts{}
	}
	c.prints.facts[id] = f
	return f, nil
}

// make renders the page for all who wait for it, also when the first of them goes away.
func (p *print) make(r *http.Request, v *visit, page page) {
	defer close(p.ready)
	p.err = fmt.Errorf("render %s: it did not end", r.URL.Path) // what a panic leaves
	rec := &recorder{head: http.Header{}}
	if err := page(rec, r.WithContext(context.WithoutCancel(r.Context())), v); err != nil {
		p.err = err
		return
	}
	var b bytes.Buffer
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(&b)
	_, err := z.Write(rec.body.Bytes())
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		p.err = fmt.Errorf("compress %s: %w", r.URL.Path, err)
		return
	}
	p.head, p.status, p.body, p.packed, p.err = rec.head, rec.status, rec.body.Bytes(), b.Bytes(), nil
}

// send answers with the print, compressed if the reader can unpack it.
func (p *print) send(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	maps.Copy(h, p.head)
	body := p.body
	if wantsPacked(r) {
		body = p.packed
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.status)
	_, _ = w.Write(body) // the reader has gone away: there is nobody to tell
	return nil
}

// recorder keeps an answer.
type recorder struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.head }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) { r.status = status }

// Write implements io.Writer.
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
