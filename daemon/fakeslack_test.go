package daemon

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

// fakeSlack is a workspace of Slack with one channel and a socket for clicks. It shows
// messages as they are after the last edit.
type fakeSlack struct {
	t   *testing.T
	url string

	mu    sync.Mutex // guards the fields below
	shown []string   // blocks of each message
	down  bool       // the socket, not the rest
	conn  *websocket.Conn
	n     int // of envelopes

	hello   chan bool
	changed chan bool // a message was posted or edited
	told    chan string
}

func newFakeSlack(t *testing.T) *fakeSlack {
	f := &fakeSlack{t: t, hello: make(chan bool, 16), changed: make(chan bool, 256), told: make(chan string, 16)}
	s := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(s.Close)
	t.Cleanup(f.hangUp)
	f.url = s.URL
	return f
}

func (f *fakeSlack) serve(w http.ResponseWriter, r *http.Request) {
	answer := func(v map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	f.mu.Lock()
	down := f.down
	f.mu.Unlock()
	switch r.URL.Path {
	case "/apps.connections.open":
		answer(map[string]any{"ok": true, "url": "ws" + strings.TrimPrefix(f.url, "http") + "/link"})
	case "/link":
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		f.socket(w, r)
	case "/respond":
		var m struct{ Text string }
		_ = json.NewDecoder(r.Body).Decode(&m)
		f.told <- m.Text
	case "/chat.postMessage", "/chat.update":
		f.mu.Lock()
		var i int
		if _, err := fmt.Sscanf(r.FormValue("ts"), "1.%d", &i); err != nil {
			i = len(f.shown)
			f.shown = append(f.shown, "")
		}
		f.shown[i] = r.FormValue("blocks")
		f.mu.Unlock()
		answer(map[string]any{"ok": true, "channel": "C1", "ts": fmt.Sprint("1.", i), "text": ""})
		f.changed <- true
	default:
		answer(map[string]any{"ok": false, "error": "unknown_method"})
	}
}

func (f *fakeSlack) socket(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	f.mu.Lock()
	f.conn = conn
	err = conn.WriteJSON(map[string]any{"type": "hello"})
	f.mu.Unlock()
	f.hello <- err == nil
	for err == nil {
		_, _, err = conn.ReadMessage()
	}
}

// outage takes the socket down, or up again; messages are posted and edited as ever.
func (f *fakeSlack) outage(down bool) {
	f.mu.Lock()
	f.down = down
	f.mu.Unlock()
	if down {
		f.hangUp()
	}
}

func (f *fakeSlack) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conn != nil {
		_ = f.conn.Close()
	}
}

// strike has somebody press a button with a value.
func (f *fakeSlack) strike(user, value string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	err := f.conn.WriteJSON(map[string]any{"type": "interactive", "envelope_id": fmt.Sprint("e", f.n), "payload": map[string]any{
		"type": "block_actions", "user": map[string]any{"id": user}, "channel": map[string]any{"id": "C1"}, "response_url": f.url + "/respond",
		"actions": []map[string]any{{"action_id": "watchfire.done.0", "type": "button", "value": value}},
	}})
	if err != nil {
		f.t.Error(err)
	}
}

// button is the value of the first button of a message that has some words in it.
func (f *fakeSlack) button(message int, words ...string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var blocks []struct {
		Elements []struct {
			Value string `json:"value"`
		} `json:"elements"`
	}
	if message >= len(f.shown) || json.Unmarshal([]byte(f.shown[message]), &blocks) != nil {
		return ""
	}
	for _, b := range blocks {
		for _, e := range b.Elements {
			all := true
			for _, w := range words {
				all = all && strings.Contains(e.Value, w)
			}
			if all {
				return e.Value
			}
		}
	}
	return ""
}

func (f *fakeSlack) channel() string {
	return "token: xoxb-1, app_token: xapp-1, channel: C1, api: " + f.url
}

func (f *fakeSlack) events() (hello, changed chan bool, told chan string) {
	return f.hello, f.changed, f.told
}

func (f *fakeSlack) shows(done string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.shown) > 0 && strings.Contains(f.shown[0], done+"/2")
}
