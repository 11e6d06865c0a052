package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// fakeSlack is a workspace of Slack with one channel and a socket for clicks. It shows
// messages as they are after the last edit.
type fakeSlack struct {
	fakeChat

	shown []string // blocks of each message
}

func newFakeSlack(t *testing.T) *fakeSlack {
	f := &fakeSlack{}
	f.open(t, f.serve)
	return f
}

func (f *fakeSlack) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/apps.connections.open":
		f.answer(w, map[string]any{"ok": true, "url": "ws" + strings.TrimPrefix(f.url, "http") + "/link"})
	case "/link":
		if f.isDown() {
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
		f.answer(w, map[string]any{"ok": true, "channel": "C1", "ts": fmt.Sprint("1.", i), "text": ""})
		f.changed <- true
	default:
		f.answer(w, map[string]any{"ok": false, "error": "unknown_method"})
	}
}

func (f *fakeSlack) socket(w http.ResponseWriter, r *http.Request) {
	conn := f.accept(w, r)
	if conn == nil {
		return
	}
	defer conn.Close()
	f.mu.Lock()
	err := conn.WriteJSON(map[string]any{"type": "hello"})
	f.mu.Unlock()
	f.hello <- err == nil
	for err == nil {
		_, _, err = conn.ReadMessage()
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
			if wordy(e.Value, words) {
				return e.Value
			}
		}
	}
	return ""
}

func (f *fakeSlack) channel() string {
	return "token: xoxb-1, app_token: xapp-1, channel: C1, api: " + f.url
}

func (f *fakeSlack) shows(done string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.shown) > 0 && strings.Contains(f.shown[0], done+"/2")
}
