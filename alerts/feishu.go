package alerts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"watchfire/crisis"
)

// The forms of a message to Feishu.
const (
	FormatCard = "card"
	FormatText = "text"
)

// feishuBody is the most bytes of a request to a custom robot
// (https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot).
const feishuBody = 20_000

// Feishu posts alerts to a group of Feishu or Lark by its custom robot (自定义机器人).
type Feishu struct {
	URL     crisis.Secret `yaml:"url" doc:"address of the custom robot as its page shows it, at open.feishu.cn or open.larksuite.com; a secret"`
	Secret  crisis.Secret `yaml:"secret" doc:"signing secret, if the robot asks for signatures (签名校验)"`
	Format  string        `yaml:"format" doc:"form of the message: card or text"`
	Timeout time.Duration `yaml:"timeout" doc:"longest wait for the answer"`

	// Now replaces the clock of the signature; nil is the time of day.
	Now func() time.Time `yaml:"-"`
}

// Check implements Channel.
func (f *Feishu) Check() error {
	_, err := f.hook()
	if f.Format != FormatCard && f.Format != FormatText {
		err = errors.Join(err, fmt.Errorf("format: %q is unknown; write %s or %s", f.Format, FormatCard, FormatText))
	}
	return checkRobot(err, f.Timeout)
}

func (f *Feishu) hook() (hook, error) {
	return hookOf(f.URL, "https://open.feishu.cn/open-apis/bot/v2/hook/…", "/open-apis/bot/v2/hook/", "")
}

// Limits implements Limiter.
func (f *Feishu) Limits() []Rate { return []Rate{{5, time.Second}, {100, time.Minute}} }

// Send posts the alert, and its short form as text if Feishu finds fault with it.
func (f *Feishu) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	full := f.whole
	if f.Format == FormatCard {
		full = f.card
	}
	receipt, err := f.post(ctx, a, full)
	if errors.Is(err, errForm) {
		return f.post(ctx, a, f.short)
	}
	return receipt, err
}

func (f *Feishu) post(ctx context.Context, a crisis.Alert, form func(crisis.Alert) ([]byte, error)) (Receipt, error) {
	h, err := f.hook()
	if err != nil {
		return Receipt{}, &Refused{Fix: fixAddress.in(a.Lang), Err: err}
	}
	r := request{chat: "feishu", method: http.MethodPost, url: h.String(), secrets: append(h.secrets, f.Secret.Reveal()), lang: a.Lang, timeout: f.Timeout, now: clockOf(f.Now)}
	body, err := form(a)
	if err != nil {
		return Receipt{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	r.body = json.RawMessage(body)
	resp, err := r.do(ctx)
	if err != nil {
		return Receipt{}, err
	}
	var answer struct {
		Code *int64 `json:"code"`
		Old  *int64 `json:"StatusCode"` // of success, of old installations
		Msg  string `json:"msg"`
	}
	if json.Unmarshal(resp.body, &answer) != nil {
		answer.Code, answer.Old = nil, nil
	}
	if answer.Code == nil {
		answer.Code = answer.Old
	}
	return Receipt{}, r.sort(resp, answer.Code, answer.Msg, feishuCodes)
}

// feishuMessage is the body of a request to the robot.
type feishuMessage struct {
	Timestamp string      `json:"timestamp,omitempty"`
	Sign      string      `json:"sign,omitempty"`
	Type      string      `json:"msg_type"`
	Card      *feishuCard `json:"card,omitempty"`
	Content   *feishuText `json:"content,omitempty"`
}

type feishuText struct {
	Text string `json:"text"`
}

func (f *Feishu) encode(m feishuMessage) ([]byte, error) {
	if f.Secret != "" {
		stamp := strconv.FormatInt(clockOf(f.Now).Unix(), 10)
		m.Timestamp, m.Sign = stamp, feishuSign(f.Secret.Reveal(), stamp)
	}
	return encoded(m)
}

func (f *Feishu) card(a crisis.Alert) ([]byte, error) {
	return sized(a, feishuBody, func(a crisis.Alert) ([]byte, error) {
		card := cardOf(a)
		return f.encode(feishuMessage{Type: "interactive", Card: &card})
	})
}

func (f *Feishu) whole(a crisis.Alert) ([]byte, error) {
	return sized(a, feishuBody, func(a crisis.Alert) ([]byte, error) {
		return f.encode(feishuMessage{Type: "text", Content: &feishuText{plainText(a)}})
	})
}

func (f *Feishu) short(a crisis.Alert) ([]byte, error) {
	text, end := brief(a)
	return f.encode(feishuMessage{Type: "text", Content: &feishuText{FitBytes(text, end, feishuBody/8)}})
}

// feishuSign is the signature of a custom robot. The time, in seconds, and the
// secret are the key, and the message is empty: the reverse of DingTalk.
func feishuSign(secret, stamp string) string {
	m := hmac.New(sha256.New, []byte(stamp+"\n"+secret))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// feishuCodes is what can be done about the codes of a custom robot.
var feishuCodes = map[int64]remedy{
	9499:  {form: true},
	11232: {wait: true, after: 15 * time.Second}, // too fast, or all robots speak at once on the hour
	19001: {fix: fixAddress},
	19007: {fix: fix{"机器人已停用：请群主在群机器人设置页启用", "the robot was stopped: have the group's owner start it on its page"}},
	19021: {clock: true, fix: fixSign},
	19022: {fix: fix{"机器人设了 IP 白名单，本机不在其中：把本机的出口 IP 加进机器人的白名单，或改用签名校验", "the robot has an IP allow-list and this machine is not on it: add the address it has outside, or use signatures instead"}},
	19024: {fix: fix{"机器人设了关键词，消息里没有：把关键词设为“编号”（每条告警都有），或改用签名校验", "the robot asks for a keyword that the message lacks: set the keyword to “Id:”, which every alert has, or use signatures instead"}},
}
