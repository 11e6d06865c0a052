package alerts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"watchfire/crisis"
)

// feishuAPI is where the interfaces of Feishu are; those of Lark are at
// https://open.larksuite.com.
const feishuAPI = "https://open.feishu.cn"

// feishuCardBody is the most bytes of a request with a card
// (https://open.feishu.cn/document/server-docs/im-v1/message/create).
const feishuCardBody = 30_000

// FeishuApp posts alerts to a group of Feishu or Lark as the robot of an app of the
// organisation (自建应用). Unlike a custom robot it can edit: the first card of an
// incident is brought up to date as the incident moves.
type FeishuApp struct {
	AppID   string        `yaml:"app_id" doc:"id of the app, cli_…"`
	Secret  crisis.Secret `yaml:"app_secret" doc:"secret of the app"`
	Chat    string        `yaml:"chat" doc:"chat_id of the group, oc_…; add the app's robot to the group"`
	Buttons bool          `yaml:"buttons" doc:"true: cards have buttons by which steps are ticked; needs the app's callback card.action.trigger by long connection (长连接), which goes out, so that no public address is needed"`
	API     string        `yaml:"api" doc:"address of the interface: https://open.feishu.cn, or https://open.larksuite.com for Lark"`
	Timeout time.Duration `yaml:"timeout" doc:"longest wait for an answer"`

	// Now replaces the clock by which the token ages; nil is the time of day.
	Now func() time.Time `yaml:"-"`

	appState `yaml:"-"`
}

// Check implements Channel.
func (f *FeishuApp) Check() error {
	var errs []error
	if f.AppID == "" {
		errs = append(errs, errors.New("app_id: missing; write the id that stands on the app's page of credentials (凭证与基础信息)"))
	}
	if f.Secret == "" {
		errs = append(errs, errors.New("app_secret: missing; write ${env:FEISHU_APP_SECRET} and set that variable"))
	}
	if !strings.HasPrefix(f.Chat, "oc_") {
		errs = append(errs, errors.New("chat: write the chat_id of the group, oc_…, as its settings show it (会话 ID)"))
	}
	if !isWeb(f.API) {
		errs = append(errs, errors.New("api: write https://open.feishu.cn or https://open.larksuite.com"))
	}
	return checkRobot(errors.Join(errs...), f.Timeout)
}

// Limits implements Limiter: all robots of a group share five messages a second.
func (f *FeishuApp) Limits() []Rate { return []Rate{{5, time.Second}} }

// Send posts the alert as a card of its own.
func (f *FeishuApp) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	return f.twice(ctx, a, "post", http.MethodPost, "/open-apis/im/v1/messages?receive_id_type=chat_id", feishuPost{Chat: f.Chat, live: f.Buttons})
}

// Reply hangs the alert into the thread below the message ref. Who only reads the
// group does not hear of a thread, so what must be heard is a message of its own.
func (f *FeishuApp) Reply(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	switch a.Kind {
	case crisis.AlertRaised, crisis.AlertOverdue, crisis.AlertEscalated, crisis.AlertLapsed:
		return f.twice(ctx, a, "post", http.MethodPost, "/open-apis/im/v1/messages?receive_id_type=chat_id", feishuPost{Chat: f.Chat})
	}
	return f.twice(ctx, a, "reply", http.MethodPost, "/open-apis/im/v1/messages/"+url.PathEscape(ref)+"/reply", feishuPost{Thread: true})
}

// Update edits the card ref to show the alert.
func (f *FeishuApp) Update(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	if ref == "" {
		return Receipt{}, fmt.Errorf("edit a message of feishu: %w", ErrLost)
	}
	return f.twice(ctx, a, "edit", http.MethodPatch, "/open-apis/im/v1/messages/"+url.PathEscape(ref), feishuPost{live: f.Buttons})
}

// feishuPost is the body of a request of the message interface.
type feishuPost struct {
	Chat    string `json:"receive_id,omitempty"`
	Type    string `json:"msg_type,omitempty"`
	Content string `json:"content"` // JSON in a string
	Thread  bool   `json:"reply_in_thread,omitempty"`
	UUID    string `json:"uuid,omitempty"` // within an hour Feishu takes it once

	live bool // the card is kept up to date, so it may have buttons
}

// twice makes a call with the whole card, and if Feishu finds fault with it once
// more in short form: as text, or of an edit, which takes nothing else, as a card
// of the least.
func (f *FeishuApp) twice(ctx context.Context, a crisis.Alert, verb, method, path string, p feishuPost) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	edit := method == http.MethodPatch
	if !edit {
		p.Type, p.UUID = "interactive", onceOnly(verb, a)
	}
	body, err := sized(a, feishuCardBody, p.card)
	if err != nil {
		return Receipt{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	receipt, err := f.call(ctx, a.Lang, method, path, body)
	if !errors.Is(err, errForm) {
		return receipt, err
	}
	if edit {
		p.live = false
		body, err = p.card(least(a))
	} else {
		p.Type, p.UUID = "text", onceOnly(verb+" short", a)
		text, end := brief(a)
		body, err = p.content(feishuText{FitBytes(text, end, feishuBody/8)})
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	return f.call(ctx, a.Lang, method, path, body)
}

func (p feishuPost) card(a crisis.Alert) ([]byte, error) {
	if p.live {
		return p.content(liveCard(a))
	}
	return p.content(cardOf(a))
}

func (p feishuPost) content(v any) ([]byte, error) {
	b, err := encoded(v)
	if err != nil {
		return nil, err
	}
	p.Content = string(b)
	return encoded(p)
}

// onceOnly is what Feishu knows a message by, at most 50 characters, the same for
// each attempt at the same alert.
func onceOnly(verb string, a crisis.Alert) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", verb, a.ID, a.At.UnixNano()))
	return hex.EncodeToString(sum[:16])
}

// call makes a call with a token, and once more if Feishu does not know the token
// any more.
func (f *FeishuApp) call(ctx context.Context, lang, method, path string, body []byte) (Receipt, error) {
	for last := false; ; last = true {
		token, err := f.access(ctx, lang)
		if err != nil {
			return Receipt{}, err
		}
		r := f.request(lang)
		r.method, r.url, r.bearer, r.body = method, r.url+path, token.word.Reveal(), json.RawMessage(body)
		r.secrets = append(r.secrets, r.bearer)
		var answer struct {
			feishuAnswer
			Data struct {
				ID string `json:"message_id"`
			} `json:"data"`
		}
		resp, err := r.do(ctx)
		if err != nil {
			return Receipt{}, err
		}
		if json.Unmarshal(resp.body, &answer) != nil {
			answer.Code = nil
		}
		if answer.Code != nil && feishuStale[*answer.Code] {
			f.drop(token)
			if !last {
				continue
			}
		}
		err = r.sort(resp, answer.Code, answer.Msg, answer.remedies())
		if err == nil && answer.Data.ID == "" && method != http.MethodPatch {
			err = &Later{Err: errors.New("feishu answered without the id of a message")}
		}
		return Receipt{Ref: answer.Data.ID}, err
	}
}

type feishuAnswer struct {
	Code *int64 `json:"code"`
	Msg  string `json:"msg"`
}

func (f *FeishuApp) request(lang string) request {
	return request{chat: "feishu", method: http.MethodPost, url: strings.TrimSuffix(f.API, "/"), secrets: []string{f.Secret.Reveal()}, lang: lang, timeout: f.Timeout, now: clockOf(f.Now)}
}

// access is the tenant_access_token of the app; the one before is valid until its end.
func (f *FeishuApp) access(ctx context.Context, lang string) (*chatToken, error) {
	r := f.request(lang)
	return f.appState.access(r.now, func() (crisis.Secret, int64, error) {
		r.url += "/open-apis/auth/v3/tenant_access_token/internal"
		r.body = map[string]string{"app_id": f.AppID, "app_secret": f.Secret.Reveal()}
		resp, err := r.do(ctx)
		if err != nil {
			return "", 0, err
		}
		var answer struct {
			feishuAnswer
			Token  crisis.Secret `json:"tenant_access_token"`
			Expire int64         `json:"expire"` // seconds
		}
		if json.Unmarshal(resp.body, &answer) != nil {
			answer.Code = nil
		}
		err = r.sort(resp, answer.Code, answer.Msg, feishuAppCodes)
		if errors.Is(err, errForm) { // of a token there is but one form: the id and the secret
			return "", 0, &Refused{Fix: fixApp.in(lang), Err: fmt.Errorf("ask feishu for a token: %s", hush(err.Error(), r.secrets))}
		}
		if err == nil && (answer.Token == "" || answer.Expire <= 0) {
			err = &Later{Err: errors.New("feishu answered without a token")}
		}
		return answer.Token, answer.Expire, err
	})
}

// feishuStale are the codes of a token that ended or is not known.
var feishuStale = map[int64]bool{99991661: true, 99991663: true, 99991664: true, 99991665: true, 99991668: true, 99991671: true, 99991677: true}

// feishuBad is the code of any parameter that is not right; only the text says which.
const feishuBad = 230001

var fixChat = fix{"没有这个群，或机器人不在群里：核对 chat_id，并在群设置里添加该应用的机器人", "there is no such group, or the robot is not in it: check the chat_id, and add the app's robot in the group's settings"}

// remedies are what can be done about the codes of the app, this answer's among them.
func (a feishuAnswer) remedies() map[int64]remedy {
	if a.Code == nil || *a.Code != feishuBad {
		return feishuAppCodes
	}
	msg := strings.ToLower(a.Msg)
	switch {
	case strings.Contains(msg, "receive_id"), strings.Contains(msg, "chat_id"):
		return map[int64]remedy{feishuBad: {fix: fixChat}}
	case strings.Contains(msg, "message_id"), strings.Contains(msg, "not a card"): // a text, sent for want of a card, cannot be edited
		return map[int64]remedy{feishuBad: {lost: true}}
	}
	return map[int64]remedy{feishuBad: {form: true}}
}

var (
	fixApp    = fix{"应用凭证不对：到开发者后台“凭证与基础信息”核对 App ID 和 App Secret，并确认应用已启用", "the app's credentials are not accepted: check App ID and App Secret on its page of credentials, and that the app is enabled"}
	fixScope  = fix{"应用缺少发消息的权限：在开发者后台开通 im:message:send_as_bot 并发布版本", "the app may not send messages: give it the scope im:message:send_as_bot and publish a version"}
	fixSpeech = fix{"群设置不许机器人发言：请群主放行", "the group does not let the robot speak: ask its owner"}
)

// feishuAppCodes is what can be done about the codes of an app
// (https://open.feishu.cn/document/server-docs/im-v1/message/create).
var feishuAppCodes = map[int64]remedy{
	230020:   {wait: true, after: 5 * time.Second}, // too fast in this group
	230049:   {wait: true, after: 5 * time.Second}, // the same message is being sent
	99991400: {wait: true, after: 15 * time.Second},
	11232:    {wait: true, after: 15 * time.Second},
	230011:   {lost: true}, // recalled
	230019:   {lost: true}, // its thread is gone
	230031:   {lost: true}, // older than 14 days
	230110:   {lost: true}, // deleted
	230025:   {form: true}, // too long
	230099:   {form: true}, // not a card
	9499:     {form: true},
	10003:    {fix: fixApp},
	10014:    {fix: fixApp},
	230002:   {fix: fixChat},
	232009:   {fix: fix{"群已解散：换一个群，更新 chat_id", "the group was dissolved: choose another one and write its chat_id"}},
	230006:   {fix: fix{"应用没有启用机器人能力：在开发者后台启用“机器人”并发布版本", "the app has no robot: turn the ability Bot on and publish a version"}},
	230018:   {fix: fixSpeech},
	230035:   {fix: fixSpeech},
	230022:   {fix: fix{"内容被企业的敏感词规则拦住：请管理员放行该应用", "the organisation's rules on sensitive words refuse the text: ask its administrator to let the app through"}},
	230028:   {fix: fix{"内容被企业的数据防泄漏规则拦住：请管理员放行该应用", "the organisation's rules against leaks refuse the text: ask its administrator to let the app through"}},
	230027:   {fix: fixScope},
	99991672: {fix: fixScope},
	99991401: {fix: fix{"应用设了 IP 白名单，本机不在其中：在开发者后台“安全设置”加上本机的出口 IP", "the app has an IP allow-list and this machine is not on it: add the address it has outside, on the app's page of security"}},
	99991661: {fix: fixApp},
	99991663: {fix: fixApp},
	99991664: {fix: fixApp},
	99991665: {fix: fixApp},
	99991668: {fix: fixApp},
	99991671: {fix: fixApp},
	99991677: {fix: fixApp},
}
