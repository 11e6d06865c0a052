package alerts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

const appToken = "xapp-1-A1-topsecret"

// fakeSocket answers like Slack's Socket Mode: one address per connection, which works
// once, a hello, envelopes that want an acknowledgement, and answers to clicks.
type fakeSocket struct {
	t   *testing.T
	url string

	mu      sync.Mutex // guards the fields below
	tickets int
	used    map[string]bool
	conn    *websocket.Conn
	refusal string // error code of apps.connections.open
	status  int    // or a status
	down    bool   // connections break off
	hasty   bool   // connections are closed at once

	hello   chan int       // number of the connection
	acks    chan string    // ids of envelopes
	answers chan slackTold // what a person is shown
	forms   chan string    // what opens before a person
}

type slackTold struct{ via, text, blocks, user string }

func newFakeSocket(t *testing.T) *fakeSocket {
	f := &fakeSocket{t: t, used: map[string]bool{}, hello: make(chan int, 64), acks: make(chan string, 64), answers: make(chan slackTold, 64), forms: make(chan string, 8)}
	s := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(s.Close)
	t.Cleanup(f.hangUp)
	f.url = s.URL
	return f
}

func (f *fakeSocket) slack() *Slack {
	return &Slack{Token: token, AppToken: appToken, Channel: "C1", API: f.url + "/api/", Timeout: 5e9}
}

func (f *fakeSocket) serve(w http.ResponseWriter, r *http.Request) {
	answer := func(v map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	switch {
	case r.URL.Path == "/api/apps.connections.open":
		f.open(w, r, answer)
	case r.URL.Path == "/link":
		f.socket(w, r)
	case strings.HasPrefix(r.URL.Path, "/respond/"):
		var m struct {
			Type   string          `json:"response_type"`
			Text   string          `json:"text"`
			Blocks json.RawMessage `json:"blocks"`
		}
		if json.NewDecoder(r.Body).Decode(&m) != nil || m.Type != "ephemeral" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		f.answers <- slackTold{via: r.URL.Path, text: m.Text, blocks: string(m.Blocks)}
	case r.FormValue("token") != token && r.Header.Get("Authorization") != "Bearer "+token:
		answer(map[string]any{"ok": false, "error": "invalid_auth"})
	case r.URL.Path == "/api/chat.postEphemeral":
		f.answers <- slackTold{via: r.FormValue("channel"), text: r.FormValue("text"), blocks: r.FormValue("blocks"), user: r.FormValue("user")}
		answer(map[string]any{"ok": true, "message_ts": "1.1"})
	case r.URL.Path == "/api/views.open":
		body := json.NewDecoder(r.Body)
		var m struct {
			Trigger string          `json:"trigger_id"`
			View    json.RawMessage `json:"view"`
		}
		if body.Decode(&m) != nil || m.Trigger == "" || m.Trigger == "late" {
			answer(map[string]any{"ok": false, "error": "expired_trigger_id"})
			return
		}
		f.forms <- string(m.View)
		answer(map[string]any{"ok": true, "view": map[string]any{"id": "V1"}})
	default:
		answer(map[string]any{"ok": false, "error": "unknown_method"})
	}
}

func (f *fakeSocket) open(w http.ResponseWriter, r *http.Request, answer func(map[string]any)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.status != 0:
		w.WriteHeader(f.status)
	case f.refusal != "":
		answer(map[string]any{"ok": false, "error": f.refusal})
	case r.FormValue("token") != appToken && r.Header.Get("Authorization") != "Bearer "+appToken:
		answer(map[string]any{"ok": false, "error": "invalid_auth"})
	default:
		f.tickets++
		answer(map[string]any{"ok": true, "url": fmt.Sprintf("ws%s/link?ticket=%d", strings.TrimPrefix(f.url, "http"), f.tickets)})
	}
}

func (f *fakeSocket) socket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	f.mu.Lock()
	bad := f.used[ticket] || f.down
	f.used[ticket] = true
	n := f.tickets
	hasty := f.hasty
	f.mu.Unlock()
	if bad {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	if hasty {
		return
	}
	f.mu.Lock()
	f.conn = conn
	err = conn.WriteJSON(map[string]any{"type": "hello", "num_connections": 1})
	f.mu.Unlock()
	if err != nil {
		return
	}
	f.hello <- n
	for {
		var ack struct {
			ID string `json:"envelope_id"`
		}
		if conn.ReadJSON(&ack) != nil {
			return
		}
		f.acks <- ack.ID
	}
}

func (f *fakeSocket) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// opened says how many connections were asked for.
func (f *fakeSocket) opened() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tickets
}

// say sends a message over the connection that stands.
func (f *fakeSocket) say(v any) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.conn.WriteJSON(v); err != nil {
		f.t.Error(err)
	}
}

func (f *fakeSocket) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conn != nil {
		_ = f.conn.Close()
	}
}

// press is a click as Slack reports it.
func (f *fakeSocket) press(envelope, value string) map[string]any {
	return map[string]any{"type": "interactive", "envelope_id": envelope, "accepts_response_payload": true, "payload": map[string]any{
		"type": "block_actions", "user": map[string]any{"id": "U1", "username": "wang"}, "channel": map[string]any{"id": "C1"}, "trigger_id": "t1",
		"response_url": f.url + "/respond/1", "actions": []map[string]any{{"action_id": "watchfire.done.0", "block_id": "b", "type": "button", "value": value}},
	}}
}
