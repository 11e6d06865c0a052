package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"google.golang.org/protobuf/encoding/protowire"
)

// fakeFeishu is Feishu with one group and a long connection for clicks. The rules of its
// interfaces are held in package alerts.
type fakeFeishu struct {
	fakeChat

	cards []string // JSON
}

func newFakeFeishu(t *testing.T) *fakeFeishu {
	f := &fakeFeishu{}
	f.open(t, f.serve)
	return f
}

func (f *fakeFeishu) channel() string {
	return "app_id: cli_1, app_secret: s, chat: oc_1, buttons: true, api: " + f.url
}

func (f *fakeFeishu) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/open-apis/auth/v3/tenant_access_token/internal":
		f.answer(w, map[string]any{"code": 0, "tenant_access_token": "t", "expire": 7200})
	case f.isDown() && (r.URL.Path == "/callback/ws/endpoint" || r.URL.Path == "/ws"):
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/callback/ws/endpoint":
		f.answer(w, map[string]any{"code": 0, "data": map[string]any{"URL": "ws" + strings.TrimPrefix(f.url, "http") + "/ws?service_id=33"}})
	case r.URL.Path == "/ws":
		f.socket(w, r)
	default:
		var m struct {
			Content string `json:"content"`
		}
		if json.NewDecoder(r.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		f.answer(w, map[string]any{"code": 0, "data": map[string]any{"message_id": f.keep(r, m.Content)}})
		f.changed <- true
	}
}

// keep posts a card, or edits the one that the address names, and returns its id.
func (f *fakeFeishu) keep(r *http.Request, card string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.cards {
		if id := fmt.Sprint("om_", i); r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/"+id) {
			f.cards[i] = card
			return id
		}
	}
	f.cards = append(f.cards, card)
	return fmt.Sprint("om_", len(f.cards)-1)
}

func (f *fakeFeishu) socket(w http.ResponseWriter, r *http.Request) {
	conn := f.accept(w, r)
	if conn == nil {
		return
	}
	defer conn.Close()
	f.hello <- true
	for {
		_, frame, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var envelope struct{ Data []byte }
		var reply struct{ Toast struct{ Content string } }
		if json.Unmarshal(payloadOf(frame), &envelope) == nil && json.Unmarshal(envelope.Data, &reply) == nil {
			f.told <- reply.Toast.Content
		}
	}
}

// payloadOf is field 8 of a frame, nil in a ping.
func payloadOf(frame []byte) []byte {
	for len(frame) > 0 {
		field, kind, n := protowire.ConsumeTag(frame)
		if n < 0 {
			return nil
		}
		if field == 8 && kind == protowire.BytesType {
			payload, _ := protowire.ConsumeBytes(frame[n:])
			return payload
		}
		skip := protowire.ConsumeFieldValue(field, kind, frame[n:])
		if skip < 0 {
			return nil
		}
		frame = frame[n+skip:]
	}
	return nil
}

func (f *fakeFeishu) strike(user, value string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	payload, err := json.Marshal(map[string]any{
		"header": map[string]any{"event_id": fmt.Sprint("e", f.n), "event_type": "card.action.trigger", "app_id": "cli_1"},
		"event":  map[string]any{"operator": map[string]any{"open_id": user}, "action": map[string]any{"value": json.RawMessage(value)}},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	var frame []byte
	for field, n := range []uint64{uint64(f.n), 7, 33, 1} {
		frame = protowire.AppendVarint(protowire.AppendTag(frame, protowire.Number(field+1), protowire.VarintType), n)
	}
	for _, h := range [][2]string{{"type", "card"}, {"message_id", fmt.Sprint("m", f.n)}, {"sum", "1"}, {"seq", "0"}} {
		var pair []byte
		for i, s := range h {
			pair = protowire.AppendString(protowire.AppendTag(pair, protowire.Number(i+1), protowire.BytesType), s)
		}
		frame = protowire.AppendBytes(protowire.AppendTag(frame, 5, protowire.BytesType), pair)
	}
	frame = protowire.AppendBytes(protowire.AppendTag(frame, 8, protowire.BytesType), payload)
	if err := f.conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
		f.t.Error(err)
	}
}

func (f *fakeFeishu) shows(done string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.cards) > 0 && strings.Contains(f.cards[0], done+"/2")
}

func (f *fakeFeishu) button(n int, words ...string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n >= len(f.cards) {
		return ""
	}
	var card any
	if json.Unmarshal([]byte(f.cards[n]), &card) != nil {
		return ""
	}
	return valueIn(card, words)
}

// valueIn is the first value of a button in a card that has some words in it.
func valueIn(card any, words []string) string {
	switch x := card.(type) {
	case []any:
		for _, y := range x {
			if v := valueIn(y, words); v != "" {
				return v
			}
		}
	case map[string]any:
		if v, err := json.Marshal(x["value"]); err == nil && wordy(string(v), words) {
			return string(v)
		}
		for _, y := range x {
			if v := valueIn(y, words); v != "" {
				return v
			}
		}
	}
	return ""
}
