package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// fakeDingTalk is DingTalk with one group and a socket for clicks. The rules of its
// interfaces are held in package alerts.
type fakeDingTalk struct {
	fakeChat

	ids   []string
	cards []map[string]string // variables of each card
}

func newFakeDingTalk(t *testing.T) *fakeDingTalk {
	f := &fakeDingTalk{}
	f.open(t, f.serve)
	return f
}

func (f *fakeDingTalk) channel() string {
	return "client_id: ding1, client_secret: s, conversation: cid1, template: t.schema, buttons: true, api: " + f.url
}

func (f *fakeDingTalk) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/v1.0/oauth2/accessToken":
		f.answer(w, map[string]any{"accessToken": "t", "expireIn": 7200})
	case f.isDown() && (r.URL.Path == "/v1.0/gateway/connections/open" || r.URL.Path == "/connect"):
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/v1.0/gateway/connections/open":
		f.answer(w, map[string]any{"endpoint": "ws" + strings.TrimPrefix(f.url, "http") + "/connect", "ticket": "x"})
	case r.URL.Path == "/connect":
		f.socket(w, r)
	default:
		var m struct {
			ID   string `json:"outTrackId"`
			Data struct {
				Values map[string]string `json:"cardParamMap"`
			} `json:"cardData"`
		}
		if json.NewDecoder(r.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		f.keep(m.ID, m.Data.Values)
		f.answer(w, map[string]any{"success": true})
		f.changed <- true
	}
}

func (f *fakeDingTalk) keep(id string, values map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.ids {
		if f.ids[i] == id {
			f.cards[i] = values
			return
		}
	}
	f.ids, f.cards = append(f.ids, id), append(f.cards, values)
}

func (f *fakeDingTalk) socket(w http.ResponseWriter, r *http.Request) {
	conn := f.accept(w, r)
	if conn == nil {
		return
	}
	defer conn.Close()
	f.hello <- true
	for {
		var ack struct{ Data string }
		if conn.ReadJSON(&ack) != nil {
			return
		}
		var m struct {
			Response struct {
				Private struct {
					Values map[string]string `json:"cardParamMap"`
				} `json:"userPrivateData"`
			} `json:"response"`
		}
		if json.Unmarshal([]byte(ack.Data), &m) == nil {
			f.told <- m.Response.Private.Values["reply"]
		}
	}
}

func (f *fakeDingTalk) strike(user, value string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	content, err := json.Marshal(map[string]any{"cardPrivateData": map[string]any{"params": map[string]any{"press": value}}})
	if err != nil {
		f.t.Fatal(err)
	}
	data, err := json.Marshal(map[string]any{"userId": user, "outTrackId": f.ids[0], "content": string(content)})
	if err != nil {
		f.t.Fatal(err)
	}
	err = f.conn.WriteJSON(map[string]any{"type": "CALLBACK", "data": string(data), "headers": map[string]string{"topic": "/v1.0/card/instances/callback", "messageId": fmt.Sprint("m", f.n)}})
	if err != nil {
		f.t.Error(err)
	}
}

func (f *fakeDingTalk) shows(done string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.cards) > 0 && strings.Contains(f.cards[0]["text"], done+"/2")
}

func (f *fakeDingTalk) button(n int, words ...string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n >= len(f.cards) {
		return ""
	}
	for _, name := range []string{"steps", "deeds"} {
		var list []struct{ Press string }
		if json.Unmarshal([]byte(f.cards[n][name]), &list) != nil {
			return ""
		}
		for _, p := range list {
			if wordy(p.Press, words) {
				return p.Press
			}
		}
	}
	return ""
}
