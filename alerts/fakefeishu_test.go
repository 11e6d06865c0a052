package alerts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// fakeFeishu answers like Feishu's interface for apps and enforces its rules: tokens
// that end, one message per uuid within an hour, five messages a second, cards that
// can be edited for 14 days.
type fakeFeishu struct {
	url      string
	now      time.Time
	tokens   map[string]time.Time // until when
	asked    int                  // for tokens
	messages []*feishuSent
	edits    int

	say     string // answer of every call about messages; empty: what the rules say
	sayOnce bool
	status  int

	socket *feishuSocket // of a test of clicks
}

type feishuSent struct {
	id, kind, content, below, uuid string
	thread, recalled               bool
	at                             time.Time
}

func newFakeFeishuApp(t *testing.T) (*fakeFeishu, *FeishuApp) {
	t.Helper()
	f := &fakeFeishu{now: at(1, 36), tokens: map[string]time.Time{}}
	s := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(s.Close)
	f.url = s.URL
	return f, &FeishuApp{AppID: "cli_1", Secret: robotSecret, Chat: "oc_1", API: f.url, Timeout: 5 * time.Second, Now: func() time.Time { return f.now }}
}

func (f *fakeFeishu) serve(w http.ResponseWriter, r *http.Request) {
	if f.socket != nil && f.socket.serve(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	status, say := f.answer(w, r)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(say))
}

func refuse(code int, msg string) (int, string) {
	return http.StatusBadRequest, fmt.Sprintf(`{"code":%d,"msg":%q,"error":{"log_id":"2026"}}`, code, msg)
}

func (f *fakeFeishu) answer(w http.ResponseWriter, r *http.Request) (int, string) {
	var m struct {
		AppID     string `json:"app_id"`
		AppSecret string `json:"app_secret"`
		Chat      string `json:"receive_id"`
		Type      string `json:"msg_type"`
		Content   string `json:"content"`
		Thread    bool   `json:"reply_in_thread"`
		UUID      string `json:"uuid"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 30_000)).Decode(&m); err != nil {
		return refuse(230025, "The length of the message content reaches its limit.")
	}
	if r.URL.Path == "/open-apis/auth/v3/tenant_access_token/internal" {
		f.asked++
		if m.AppID != "cli_1" || m.AppSecret != robotSecret {
			return http.StatusOK, `{"code":10014,"msg":"app secret invalid"}`
		}
		token := fmt.Sprintf("t-%d-topsecret", f.asked)
		f.tokens[token] = f.now.Add(2 * time.Hour)
		return http.StatusOK, fmt.Sprintf(`{"code":0,"msg":"ok","tenant_access_token":%q,"expire":7200}`, token)
	}
	if say := f.say; say != "" {
		if f.sayOnce {
			f.say, f.sayOnce = "", false
		}
		return max(f.status, http.StatusOK), say
	}
	until, ok := f.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !ok || !f.now.Before(until) {
		return refuse(99991663, "Invalid access token for authorization. Please make a request with token attached.")
	}
	sent := feishuSent{kind: m.Type, content: m.Content, uuid: m.UUID, thread: m.Thread, at: f.now}
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/open-apis/im/v1/messages"), "/")
	switch {
	case r.Method == http.MethodPost && len(path) == 1 && r.URL.Query().Get("receive_id_type") == "chat_id":
		if m.Chat != "oc_1" {
			return refuse(230001, "Your request contains an invalid request parameter, ext=invalid receive_id.")
		}
		return f.take(&sent)
	case r.Method == http.MethodPost && len(path) == 3 && path[2] == "reply":
		to, code := f.find(path[1])
		if to == nil {
			return refuse(code, "the message")
		}
		sent.below = to.id
		return f.take(&sent)
	case r.Method == http.MethodPatch && len(path) == 2:
		return f.edit(path[1], m.Content)
	}
	return http.StatusNotFound, "404 page not found"
}

// find returns the message with an id, or the code of why there is none.
func (f *fakeFeishu) find(id string) (*feishuSent, int) {
	for _, s := range f.messages {
		if s.id == id && s.recalled {
			return nil, 230011
		}
		if s.id == id {
			return s, 0
		}
	}
	return nil, 230110
}

// take posts a message, or finds the one with its uuid.
func (f *fakeFeishu) take(s *feishuSent) (int, string) {
	ok := func(s *feishuSent) (int, string) {
		return http.StatusOK, fmt.Sprintf(`{"code":0,"msg":"success","data":{"message_id":%q,"chat_id":"oc_1"}}`, s.id)
	}
	if len(s.uuid) == 0 || len(s.uuid) > 50 {
		return refuse(230001, "Your request contains an invalid request parameter, ext=uuid.")
	}
	recent := 0
	for _, old := range f.messages {
		if old.uuid == s.uuid && f.now.Sub(old.at) < time.Hour {
			return ok(old)
		}
		if f.now.Sub(old.at) < time.Second {
			recent++
		}
	}
	switch {
	case recent >= 5:
		return refuse(230020, "This operation triggers the frequency limit.")
	case s.kind == "interactive" && badCard([]byte(s.content)) != "":
		return refuse(230099, "Failed to create card content, ext="+badCard([]byte(s.content)))
	case s.kind == "text" && !strings.HasPrefix(s.content, `{"text":"`):
		return refuse(230001, "Your request contains an invalid request parameter, ext=content.")
	}
	s.id = fmt.Sprintf("om_%d", len(f.messages))
	f.messages = append(f.messages, s)
	return ok(s)
}

func (f *fakeFeishu) edit(id, content string) (int, string) {
	s, code := f.find(id)
	switch {
	case s == nil:
		return refuse(code, "the message")
	case s.kind != "interactive":
		return refuse(230001, "Your request contains an invalid request parameter, ext=This message is NOT a card.")
	case f.now.Sub(s.at) > 14*24*time.Hour:
		return refuse(230031, "The message was sent more than 14 days ago.")
	case !strings.Contains(s.content, `"update_multi":true`) || !strings.Contains(content, `"update_multi":true`):
		return refuse(230099, "not a shared card")
	case badCard([]byte(content)) != "":
		return refuse(230099, badCard([]byte(content)))
	}
	s.content = content
	f.edits++
	return http.StatusOK, `{"code":0,"msg":"success","data":{}}`
}
