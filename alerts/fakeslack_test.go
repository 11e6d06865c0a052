package alerts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"unicode/utf8"
)

// fakeSlack answers like Slack's API and enforces its limits.
type fakeSlack struct {
	url      string
	messages []slackMessage
	edits    int

	fail       string // error code of every call, or a status
	failOnce   bool   // of the next call only
	retryAfter string

	reads   bool // the bot may read the channel
	hasMore bool // than one page of it
}

type slackMessage struct {
	ts, thread, text, blocks string
	metadata                 json.RawMessage
	broadcast                bool
	buttons                  []slackPress
}

// slackPress is a button of a message.
type slackPress struct {
	ID    string `json:"action_id"`
	Value string `json:"value"`
	Text  struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"text"`
	block string
}

func newFakeSlack(t *testing.T) *fakeSlack {
	f := &fakeSlack{}
	s := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(s.Close)
	f.url = s.URL + "/api/"
	return f
}

func (f *fakeSlack) serve(w http.ResponseWriter, r *http.Request) {
	answer := func(v map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	refuse := func(code string) { answer(map[string]any{"ok": false, "error": code}) }
	fail := f.fail
	if f.failOnce {
		f.fail, f.failOnce = "", false
	}
	status, _ := strconv.Atoi(fail)
	switch {
	case status != 0:
		if f.retryAfter != "" {
			w.Header().Set("Retry-After", f.retryAfter)
		}
		w.WriteHeader(status)
		return
	case fail == "garbage":
		_, _ = w.Write([]byte("<html>"))
		return
	case fail != "":
		refuse(fail)
		return
	case r.FormValue("token") != token && r.Header.Get("Authorization") != "Bearer "+token:
		refuse("invalid_auth")
		return
	case r.FormValue("channel") != "C1":
		refuse("channel_not_found")
		return
	}
	if code := tooBig(r.FormValue("text"), r.FormValue("blocks")); code != "" {
		refuse(code)
		return
	}
	switch r.URL.Path {
	case "/api/chat.postMessage":
		m := slackMessage{ts: fmt.Sprintf("1.%d", len(f.messages)), thread: r.FormValue("thread_ts"), text: r.FormValue("text"), blocks: r.FormValue("blocks"), broadcast: r.FormValue("reply_broadcast") == "true"}
		m.buttons = buttonsIn(m.blocks)
		if text := r.FormValue("metadata"); text != "" {
			m.metadata = json.RawMessage(text)
		}
		f.messages = append(f.messages, m)
		answer(map[string]any{"ok": true, "channel": "C1", "ts": m.ts})
	case "/api/conversations.history", "/api/conversations.replies":
		if !f.reads {
			refuse("missing_scope")
			return
		}
		found := []map[string]any{}
		for _, m := range f.messages {
			if m.thread == r.FormValue("ts") || m.ts == r.FormValue("ts") {
				found = append(found, map[string]any{"ts": m.ts, "text": m.text, "metadata": m.metadata})
			}
		}
		answer(map[string]any{"ok": true, "messages": found, "has_more": f.hasMore})
	case "/api/chat.update":
		for i := range f.messages {
			if f.messages[i].ts == r.FormValue("ts") {
				f.messages[i].text, f.messages[i].blocks = r.FormValue("text"), r.FormValue("blocks")
				f.messages[i].buttons = buttonsIn(r.FormValue("blocks"))
				f.edits++
				answer(map[string]any{"ok": true, "channel": "C1", "ts": r.FormValue("ts"), "text": "x"})
				return
			}
		}
		refuse("message_not_found")
	default:
		refuse("unknown_method")
	}
}

// slackBlock is a block of Block Kit.
type slackBlock struct {
	Type string `json:"type"`
	ID   string `json:"block_id"`
	Text struct {
		Text string `json:"text"`
	} `json:"text"`
	Elements []slackPress `json:"elements"`
}

func buttonsIn(blocks string) []slackPress {
	var list []slackBlock
	var out []slackPress
	_ = json.Unmarshal([]byte(blocks), &list) // tooBig has read it
	for _, b := range list {
		for _, p := range b.Elements {
			p.block = b.ID
			out = append(out, p)
		}
	}
	return out
}

// tooBig applies the limits of Block Kit.
func tooBig(text, blocks string) string {
	if utf8.RuneCountInString(text) > 40000 {
		return "msg_too_long"
	}
	var list []slackBlock
	if blocks == "" {
		return ""
	}
	if json.Unmarshal([]byte(blocks), &list) != nil || len(list) > 50 {
		return "invalid_blocks"
	}
	ids := map[string]bool{}
	for _, b := range list {
		if b.Type == "actions" {
			if len(b.Elements) == 0 || len(b.Elements) > 25 || len(b.ID) > 255 || b.ID != "" && ids[b.ID] {
				return "invalid_blocks"
			}
			ids[b.ID] = true
			acts := map[string]bool{}
			for _, e := range b.Elements {
				n := utf8.RuneCountInString(e.Text.Text)
				if n == 0 || n > 75 || e.Text.Type != "plain_text" || len(e.Value) > 2000 || len(e.ID) > 255 || acts[e.ID] {
					return "invalid_blocks"
				}
				acts[e.ID] = true
			}
			continue
		}
		if n := utf8.RuneCountInString(b.Text.Text); n == 0 || n > 3000 {
			return "invalid_blocks"
		}
	}
	return ""
}
