package alerts

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// fakeDingTalk answers like DingTalk's interface for apps and its gateway, and enforces
// their rules: tokens that end, one card per outTrackId, 20 calls of an interface a
// second, cards whose variables are text, one connection per ticket, acknowledgements.
type fakeDingTalk struct {
	url string

	mu     sync.Mutex // guards the fields below
	now    time.Time
	tokens map[string]time.Time // until when
	asked  int                  // for tokens
	cards  []*dingtalkSent
	edits  int
	calls  []time.Time

	say     string // answer of every call about cards; empty: what the rules say
	sayOnce bool
	status  int

	tickets map[string]bool // that are good
	opened  int
	refuse  string // answer of the gateway
	refused int    // its status
	hasty   bool   // connections are closed at once
	conn    *websocket.Conn

	hello chan bool
	acks  chan dingtalkAck
}

type dingtalkSent struct {
	id     string
	values map[string]string
}

type dingtalkAck struct {
	Code    int
	Headers map[string]string
	Data    string
}

func newFakeDingTalkApp(t *testing.T) (*fakeDingTalk, *DingTalkApp) {
	t.Helper()
	f := &fakeDingTalk{now: at(1, 36), tokens: map[string]time.Time{}, tickets: map[string]bool{}, hello: make(chan bool, 64), acks: make(chan dingtalkAck, 64)}
	s := httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(s.Close)
	t.Cleanup(f.hangUp)
	f.url = s.URL
	return f, &DingTalkApp{ClientID: "ding1", Secret: robotSecret, Conversation: "cidABC==", Template: "t-1.schema", API: f.url, Timeout: 5 * time.Second, Now: func() time.Time { return f.now }}
}

func (f *fakeDingTalk) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/connect" {
		f.socket(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	status, say := http.StatusNotFound, `{"code":"InvalidAction.NotFound","message":"Specified api is not found"}`
	switch r.URL.Path {
	case "/v1.0/oauth2/accessToken":
		status, say = f.access(body)
	case "/v1.0/gateway/connections/open":
		status, say = f.open(body)
	case "/v1.0/card/instances", "/v1.0/card/instances/createAndDeliver":
		status, say = f.card(r, body)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, say)
}

func dingtalkRefuses(status int, code, msg string) (int, string) {
	return status, fmt.Sprintf(`{"code":%q,"message":%q,"requestid":"7A1B"}`, code, msg)
}

func (f *fakeDingTalk) access(body []byte) (int, string) {
	var m struct{ AppKey, AppSecret string }
	f.asked++
	if json.Unmarshal(body, &m) != nil || m.AppKey != "ding1" || m.AppSecret != robotSecret {
		return dingtalkRefuses(http.StatusBadRequest, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
	}
	token := fmt.Sprintf("%d-topsecret", f.asked)
	f.tokens[token] = f.now.Add(2 * time.Hour)
	return http.StatusOK, fmt.Sprintf(`{"accessToken":%q,"expireIn":7200}`, token)
}

func (f *fakeDingTalk) open(body []byte) (int, string) {
	var m struct {
		ClientID, ClientSecret string
		Subscriptions          []struct{ Type, Topic string }
	}
	switch {
	case f.refuse != "":
		return max(f.refused, http.StatusOK), f.refuse
	case json.Unmarshal(body, &m) != nil || m.ClientID != "ding1" || m.ClientSecret != robotSecret:
		return dingtalkRefuses(http.StatusUnauthorized, "authFailed", "鉴权失败")
	case len(m.Subscriptions) != 1 || m.Subscriptions[0].Type != "CALLBACK" || m.Subscriptions[0].Topic != dingtalkTopic:
		return dingtalkRefuses(http.StatusBadRequest, "subscriptionIllegal", "订阅不合法")
	}
	f.opened++
	ticket := fmt.Sprintf("%d-topsecret+/=", f.opened)
	f.tickets[ticket] = true
	return http.StatusOK, fmt.Sprintf(`{"endpoint":"ws%s/connect","ticket":%q}`, strings.TrimPrefix(f.url, "http"), ticket)
}

// card applies the rules of the card interface to a call.
func (f *fakeDingTalk) card(r *http.Request, body []byte) (int, string) {
	if say := f.say; say != "" {
		if f.sayOnce {
			f.say, f.sayOnce = "", false
		}
		return max(f.status, http.StatusOK), say
	}
	until, ok := f.tokens[r.Header.Get("X-Acs-Dingtalk-Access-Token")]
	if !ok || !f.now.Before(until) {
		return dingtalkRefuses(http.StatusBadRequest, "InvalidAuthentication", "不合法的access_token")
	}
	recent := 0
	for _, t := range f.calls {
		if f.now.Sub(t) < time.Second {
			recent++
		}
	}
	if recent >= 20 {
		return dingtalkRefuses(http.StatusForbidden, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "QPS limit")
	}
	f.calls = append(f.calls, f.now)
	var m struct {
		Template string `json:"cardTemplateId"`
		ID       string `json:"outTrackId"`
		Callback string `json:"callbackType"`
		Data     struct {
			Values map[string]string `json:"cardParamMap"`
		} `json:"cardData"`
		Space   string            `json:"openSpaceId"`
		Deliver map[string]string `json:"imGroupOpenDeliverModel"`
		Options struct {
			ByKey bool `json:"updateCardDataByKey"`
		} `json:"cardUpdateOptions"`
		UserIDs int `json:"userIdType"`
	}
	switch {
	case json.Unmarshal(body, &m) != nil: // also of a variable that is no text
		return dingtalkRefuses(http.StatusBadRequest, "invalidParameter", "parse")
	case m.ID == "":
		return dingtalkRefuses(http.StatusBadRequest, "param.outTrackIdEmpty", "param.outTrackIdEmpty")
	case m.UserIDs != 1 || badDingTalkCard(m.Data.Values) != "":
		return dingtalkRefuses(http.StatusBadRequest, "param.cardPublicDataEmpty", badDingTalkCard(m.Data.Values))
	case r.Method == http.MethodPut && !strings.HasSuffix(r.URL.Path, "createAndDeliver"):
		if m.Template != "" || !m.Options.ByKey {
			return dingtalkRefuses(http.StatusBadRequest, "param.invalid", "update")
		}
		return f.edit(m.ID, m.Data.Values)
	case r.Method != http.MethodPost:
		return dingtalkRefuses(http.StatusMethodNotAllowed, "InvalidAction.NotFound", "method")
	case m.Template != "t-1.schema":
		return dingtalkRefuses(http.StatusBadRequest, "param.cardTemplateNotExist", "template")
	case m.Callback != "STREAM":
		return dingtalkRefuses(http.StatusBadRequest, "param.callbackInvalid", "callback")
	}
	if m.Space != "dtv1.card//IM_GROUP.cidABC==" || m.Deliver["robotCode"] != "ding1" {
		return http.StatusOK, fmt.Sprintf(`{"success":true,"result":{"outTrackId":%q,"deliverResults":[{"spaceType":"IM_GROUP","success":false,"errorMsg":"robot 不在群内"}]}}`, m.ID)
	}
	for _, c := range f.cards {
		if c.id == m.ID {
			return http.StatusOK, delivered(m.ID)
		}
	}
	f.cards = append(f.cards, &dingtalkSent{m.ID, m.Data.Values})
	return http.StatusOK, delivered(m.ID)
}

func delivered(id string) string {
	return fmt.Sprintf(`{"success":true,"result":{"outTrackId":%q,"deliverResults":[{"spaceType":"IM_GROUP","spaceId":"cidABC==","success":true,"carrierId":"x"}]}}`, id)
}

func (f *fakeDingTalk) edit(id string, values map[string]string) (int, string) {
	for _, c := range f.cards {
		if c.id == id {
			maps.Copy(c.values, values)
			f.edits++
			return http.StatusOK, `{"success":true,"result":true}`
		}
	}
	return dingtalkRefuses(http.StatusBadRequest, "param.cardInstanceNotExist", "card")
}

// badDingTalkCard says what is wrong with the variables of a card by our template.
func badDingTalkCard(values map[string]string) string {
	if values[cardTitleVar] == "" || values[cardTextVar] == "" || values[cardOpenVar] == "" {
		return "a text is missing"
	}
	for _, name := range []string{cardStepsVar, cardDeedsVar} {
		var list []dingtalkPress
		if err := json.Unmarshal([]byte(values[name]), &list); err != nil {
			return name + " is no list of objects"
		}
		for _, p := range list {
			if p.Label == "" || !json.Valid([]byte(p.Press)) {
				return "a button of " + name
			}
		}
	}
	return ""
}

func (f *fakeDingTalk) socket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	f.mu.Lock()
	good, hasty := f.tickets[ticket], f.hasty
	delete(f.tickets, ticket)
	f.mu.Unlock()
	if !good {
		w.WriteHeader(http.StatusUnauthorized)
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
	f.mu.Unlock()
	f.hello <- true
	for {
		var a dingtalkAck
		if conn.ReadJSON(&a) != nil {
			return
		}
		f.acks <- a
	}
}

// send sends a frame over the connection that was made last.
func (f *fakeDingTalk) send(kind, topic, id, data string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.conn.WriteJSON(map[string]any{ // the reader of the other end notices
		"specVersion": "1.0", "type": kind, "data": data,
		"headers": map[string]string{"topic": topic, "messageId": id, "contentType": "application/json", "time": "1763516100000", "appId": "a"},
	})
}

func (f *fakeDingTalk) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conn != nil {
		_ = f.conn.Close()
	}
}

func (f *fakeDingTalk) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// shown returns the values of the n-th card.
func (f *fakeDingTalk) shown(n int) map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n >= len(f.cards) {
		return nil
	}
	return f.cards[n].values
}

// dingtalkPressed is a press of a button as DingTalk reports it.
func dingtalkPressed(params map[string]any) string {
	content, err := json.Marshal(map[string]any{"cardPrivateData": map[string]any{"actionIds": []string{"press"}, "params": params}})
	if err != nil {
		panic(err)
	}
	b, err := json.Marshal(map[string]any{"outTrackId": "watchfire.1", "corpId": "ding", "userId": "manager1", "userIdType": 1, "type": "actionCallback", "spaceType": "IM_GROUP", "content": string(content)})
	if err != nil {
		panic(err)
	}
	return string(b)
}
