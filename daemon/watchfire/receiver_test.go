package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"watchfire/crisis"
)

// receiver takes alerts as a provider does.
type receiver struct {
	server *httptest.Server

	mu   sync.Mutex // guards the fields below
	got  map[string][]crisis.Alert
	trap func(crisis.Alert) // called before the answer, then taken away
	shut bool               // the trap was called

	fault func() int              // the status with which it refuses now, 0 for none
	tried map[string]int          // attempts that it refused, by id
	last  map[string]crisis.Alert // what they said
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{got: map[string][]crisis.Alert{}}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

// ServeHTTP takes one alert.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body struct {
		Data crisis.Alert `json:"data"`
	}
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		return // the daemon was killed in mid-send
	}
	r.mu.Lock()
	if r.fault != nil {
		if status := r.fault(); status != 0 {
			id := req.Header.Get("Webhook-Id")
			if r.tried == nil {
				r.tried, r.last = map[string]int{}, map[string]crisis.Alert{}
			}
			r.tried[id], r.last[id] = r.tried[id]+1, body.Data
			r.mu.Unlock()
			w.WriteHeader(status)
			return
		}
	}
	r.got[req.Header.Get("Webhook-Id")] = append(r.got[req.Header.Get("Webhook-Id")], body.Data)
	trap := r.trap
	r.trap, r.shut = nil, r.shut || trap != nil
	r.mu.Unlock()
	if trap != nil {
		trap(body.Data)
	}
}

// received returns a copy of what was received, by id.
func (r *receiver) received() map[string][]crisis.Alert {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string][]crisis.Alert{}
	for id, copies := range r.got {
		out[id] = append([]crisis.Alert(nil), copies...)
	}
	return out
}

// opened says whether the incidents of both topics were told of.
func (r *receiver) opened() bool {
	n := 0
	for _, copies := range r.received() {
		if copies[0].Kind == crisis.AlertOpened {
			n++
		}
	}
	return n == 2
}

// alive says whether the daily word arrived.
func (r *receiver) alive() bool {
	for _, copies := range r.received() {
		if copies[0].Kind == crisis.AlertAlive {
			return true
		}
	}
	return false
}

// refuse has it answer with what f says, 0 for taking alerts.
func (r *receiver) refuse(f func() int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = f
}

// refused returns the alerts of a kind that it has refused so far.
func (r *receiver) refused(kind crisis.AlertKind) (out []crisis.Alert) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.last {
		if a.Kind == kind {
			out = append(out, a)
		}
	}
	return out
}

// ambush has f called in the middle of the next alert.
func (r *receiver) ambush(f func(crisis.Alert)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trap = f
}

// sprung says whether the ambush has begun.
func (r *receiver) sprung() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shut
}
