package alerts

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// fakeChat answers like the robot of a work chat and enforces its limits: the size
// of a message, its fields, the signature, the age of the time stamp and the rate.
type fakeChat struct {
	url    string
	now    time.Time // the chat's clock
	secret string    // empty: it asks for no signature

	say     string // answer of every call; empty: what the rules say
	sayOnce bool   // of the next call only
	status  int
	header  map[string]string

	bodies  []string    // what it took, as it came
	calls   int         // how often it was asked
	taken   []time.Time // when
	blocked time.Time   // until when it takes nothing
	rates   []Rate
	penalty time.Duration // for how long it takes nothing from who was too fast
	judge   func(f *fakeChat, r *http.Request, body []byte) string
	fast    string // answer to who is too fast
}

const (
	robotKey    = "0123-4567-topsecret"
	robotSecret = "SECtopsecret/+="
)

// newFakeChat starts a chat; address is its path and query.
func newFakeChat(t *testing.T, f *fakeChat, address string) *fakeChat {
	t.Helper()
	f.now, f.secret = at(1, 36), robotSecret
	s := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(s.Close)
	f.url = s.URL + address
	return f
}

func (f *fakeChat) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.calls++
	say := f.say
	if f.sayOnce {
		f.say, f.sayOnce = "", false
	}
	if say == "" {
		say = f.judge(f, r, body)
	}
	w.Header().Set("Date", f.now.UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json")
	for k, v := range f.header {
		w.Header().Set(k, v)
	}
	if f.status != 0 {
		w.WriteHeader(f.status)
	}
	_, _ = io.WriteString(w, say)
}

// take books a message, unless too many came.
func (f *fakeChat) take(body []byte, ok string) string {
	fast := f.now.Before(f.blocked)
	for _, rate := range f.rates {
		n := 0
		for _, at := range f.taken {
			if f.now.Sub(at) < rate.Per {
				n++
			}
		}
		if n >= rate.N {
			fast = true
			f.blocked = f.now.Add(f.penalty)
		}
	}
	if fast {
		return f.fast
	}
	f.taken = append(f.taken, f.now)
	f.bodies = append(f.bodies, string(body))
	return ok
}

// fresh says whether a time stamp is within an hour of the chat's clock.
func (f *fakeChat) fresh(stamp string, unit time.Duration) bool {
	n, err := strconv.ParseInt(stamp, 10, 64)
	return err == nil && f.now.Sub(time.Unix(0, n*int64(unit))).Abs() <= time.Hour
}

func newFakeFeishu(t *testing.T) *fakeChat {
	t.Helper()
	return newFakeChat(t, &fakeChat{
		rates: []Rate{{100, time.Minute}, {5, time.Second}}, fast: `{"code":11232,"msg":"frequency limited psm[lark.oapi.app_platform_runtime]"}`, judge: judgeFeishu,
	}, "/open-apis/bot/v2/hook/"+robotKey)
}

func judgeFeishu(f *fakeChat, r *http.Request, body []byte) string {
	bad := `{"code":9499,"msg":"Bad Request","data":{}}`
	var m struct {
		Timestamp, Sign string
		Type            string `json:"msg_type"`
		Content         struct{ Text string }
		Card            json.RawMessage
	}
	if r.URL.Path != "/open-apis/bot/v2/hook/"+robotKey {
		return `{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}`
	}
	if r.Method != http.MethodPost || len(body) > 20_000 || json.Unmarshal(body, &m) != nil {
		return bad
	}
	if f.secret != "" && (!f.fresh(m.Timestamp, time.Second) || m.Sign != feishuSign(f.secret, m.Timestamp)) {
		return `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`
	}
	if m.Type == "text" && m.Content.Text == "" || m.Type == "interactive" && badCard(m.Card) != "" || m.Type != "text" && m.Type != "interactive" {
		return bad
	}
	return f.take(body, `{"code":0,"msg":"success","data":{},"Extra":null,"StatusCode":0,"StatusMessage":"success"}`)
}

// badCard says what is wrong with a card of structure 1.0.
func badCard(b []byte) string {
	var c struct {
		Header struct {
			Template string
			Title    struct{ Tag, Content string }
		}
		Elements []struct {
			Tag      string
			Text     *struct{ Tag, Content string }
			Extra    *struct{ URL string }
			Actions  []cardPress
			Name     string
			Elements []cardPress
		}
	}
	names := map[string]bool{"": true}
	if err := json.Unmarshal(b, &c); err != nil {
		return err.Error()
	}
	if !slices.Contains([]string{"blue", "wathet", "green", "yellow", "orange", "red", "purple"}, c.Header.Template) || c.Header.Title.Tag != "plain_text" || c.Header.Title.Content == "" {
		return "header"
	}
	for i, e := range c.Elements {
		ok := e.Tag == "hr" || e.Tag == "div" && e.Text != nil && e.Text.Content != "" && e.Text.Tag == "plain_text" ||
			e.Tag == "action" && badPresses(e.Actions) == "" || e.Tag == "note" && len(e.Elements) > 0 || e.Tag == "form" && badForm(e.Name, e.Elements, names) == ""
		if !ok || e.Extra != nil && !strings.HasPrefix(e.Extra.URL, "http") {
			return fmt.Sprintf("element %d: %s", i, e.Tag)
		}
	}
	return ""
}

// cardPress is a button or an input of a card.
type cardPress struct {
	Tag, Content, URL, Name string
	Value                   json.RawMessage
	Action                  string `json:"action_type"`
	Text, Placeholder       struct{ Content string }
	Most                    int `json:"max_length"`
}

func badPresses(list []cardPress) string {
	for _, p := range list {
		if p.Tag != "button" || p.Text.Content == "" || !strings.HasPrefix(p.URL, "http") && !strings.HasPrefix(string(p.Value), "{") {
			return "button"
		}
	}
	if len(list) == 0 {
		return "no button"
	}
	return ""
}

// badForm applies what Feishu wants of a form: names that differ over the whole card,
// and a button that sends it.
func badForm(name string, list []cardPress, names map[string]bool) string {
	sends := false
	for _, n := range append([]cardPress{{Name: name}}, list...) {
		if names[n.Name] {
			return "name " + n.Name
		}
		names[n.Name] = true
		sends = sends || n.Tag == "button" && n.Action == "form_submit"
		if n.Tag == "input" && (n.Most < 1 || n.Most > 1000 || len([]rune(n.Placeholder.Content)) > 100) {
			return "input"
		}
	}
	if !sends {
		return "nothing sends it"
	}
	return ""
}

func newFakeDingTalk(t *testing.T) *fakeChat {
	t.Helper()
	return newFakeChat(t, &fakeChat{
		rates: []Rate{{20, time.Minute}}, penalty: 10 * time.Minute, fast: `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, judge: judgeDingTalk,
	}, "/robot/send?access_token="+robotKey)
}

func judgeDingTalk(f *fakeChat, r *http.Request, body []byte) string {
	q := r.URL.Query()
	missing := `{"errcode":40035,"errmsg":"缺少参数 json"}`
	var m struct {
		Type       string `json:"msgtype"`
		Text       struct{ Content string }
		Markdown   struct{ Title, Text string }
		ActionCard struct{ Title, Text, SingleTitle, SingleURL string }
	}
	switch {
	case r.Method != http.MethodPost:
		return `{"errcode":43002,"errmsg":"require POST method"}`
	case q.Get("access_token") != robotKey:
		return `{"errcode":300005,"errmsg":"token is not exist"}`
	case f.secret != "" && (!f.fresh(q.Get("timestamp"), time.Millisecond) || q.Get("sign") != dingtalkSign(f.secret, q.Get("timestamp"))):
		return `{"errcode":310000,"errmsg":"description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中"}`
	case len(body) > 20_000:
		return `{"errcode":460101,"errmsg":"message too long, exceed 20000 bytes"}`
	case json.Unmarshal(body, &m) != nil:
		return missing
	}
	ok := false
	switch m.Type {
	case "text":
		ok = m.Text.Content != ""
	case "markdown":
		ok = m.Markdown.Title != "" && m.Markdown.Text != ""
	case "actionCard":
		c := m.ActionCard
		ok = c.Title != "" && c.Text != "" && c.SingleTitle != "" && strings.HasPrefix(c.SingleURL, "http")
	}
	if !ok {
		return missing
	}
	return f.take(body, `{"errcode":0,"errmsg":"ok"}`)
}

func newFakeWeCom(t *testing.T) *fakeChat {
	t.Helper()
	return newFakeChat(t, &fakeChat{
		rates: []Rate{{20, time.Minute}}, fast: `{"errcode":45009,"errmsg":"api freq out of limit"}`, judge: judgeWeCom,
	}, "/cgi-bin/webhook/send?key="+robotKey)
}

func judgeWeCom(f *fakeChat, r *http.Request, body []byte) string {
	var m struct {
		Type     string `json:"msgtype"`
		Text     struct{ Content string }
		Markdown struct{ Content string }
	}
	content, most := &m.Markdown.Content, 4096
	switch {
	case r.URL.Query().Get("key") != robotKey:
		return `{"errcode":93000,"errmsg":"invalid webhook url, hint: [1], from ip: 203.0.113.9, key: ` + r.URL.Query().Get("key") + `"}`
	case strings.Contains(string(body), `\u`):
		return `{"errcode":40033,"errmsg":"invalid unescaped character"}`
	case json.Unmarshal(body, &m) != nil:
		return `{"errcode":40058,"errmsg":"invalid json"}`
	case m.Type == "text":
		content, most = &m.Text.Content, 2048
	case m.Type != "markdown":
		return `{"errcode":40008,"errmsg":"invalid message type"}`
	}
	switch {
	case *content == "":
		return `{"errcode":44004,"errmsg":"empty content"}`
	case len(*content) > most:
		return fmt.Sprintf(`{"errcode":40058,"errmsg":"%s.content exceed max length %d. invalid Request Parameter"}`, m.Type, most)
	}
	return f.take(body, `{"errcode":0,"errmsg":"ok"}`)
}

// robots are the robots of the work chats, each with a fake of its chat.
var robots = []struct {
	name string
	make func(t *testing.T) (*fakeChat, Channel)
}{
	{"feishu", func(t *testing.T) (*fakeChat, Channel) {
		t.Helper()
		f := newFakeFeishu(t)
		return f, &Feishu{URL: crisis.Secret(f.url), Secret: robotSecret, Format: FormatCard, Timeout: 5 * time.Second, Now: func() time.Time { return at(1, 36) }}
	}},
	{"feishu-text", func(t *testing.T) (*fakeChat, Channel) {
		t.Helper()
		f := newFakeFeishu(t)
		return f, &Feishu{URL: crisis.Secret(f.url), Secret: robotSecret, Format: FormatText, Timeout: 5 * time.Second, Now: func() time.Time { return at(1, 36) }}
	}},
	{"dingtalk", func(t *testing.T) (*fakeChat, Channel) {
		t.Helper()
		f := newFakeDingTalk(t)
		return f, &DingTalk{URL: crisis.Secret(f.url), Secret: robotSecret, Timeout: 5 * time.Second, Now: func() time.Time { return at(1, 36) }}
	}},
	{"wecom", func(t *testing.T) (*fakeChat, Channel) {
		t.Helper()
		f := newFakeWeCom(t)
		return f, &WeCom{URL: crisis.Secret(f.url), Timeout: 5 * time.Second}
	}},
}
