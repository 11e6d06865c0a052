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
	"strings"
	"time"

	"watchfire/crisis"
)

// dingtalkBody is the most bytes of a message of a robot
// (https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages).
const dingtalkBody = 20_000

// dingtalkPause is for how long DingTalk takes nothing from a robot that sent more
// than 20 messages in a minute.
const dingtalkPause = 10 * time.Minute

// DingTalk posts alerts to a group of DingTalk by its custom robot (自定义机器人).
type DingTalk struct {
	URL     crisis.Secret `yaml:"url" doc:"address of the robot as its page shows it, with its access_token; a secret"`
	Secret  crisis.Secret `yaml:"secret" doc:"signing secret, SEC…, if the robot asks for signatures (加签)"`
	Timeout time.Duration `yaml:"timeout" doc:"longest wait for the answer"`

	// Now replaces the clock of the signature; nil is the time of day.
	Now func() time.Time `yaml:"-"`
}

// Check implements Channel.
func (d *DingTalk) Check() error {
	_, err := d.hook()
	return checkRobot(err, d.Timeout)
}

func (d *DingTalk) hook() (hook, error) {
	return hookOf(d.URL, "https://oapi.dingtalk.com/robot/send?access_token=…", "/robot/send", "access_token")
}

// Limits implements Limiter.
func (d *DingTalk) Limits() []Rate { return []Rate{{20, time.Minute}} }

// Send posts the alert, and its short form if DingTalk finds fault with it.
func (d *DingTalk) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	body, err := sized(a, dingtalkBody, func(a crisis.Alert) ([]byte, error) { return encoded(dingtalkOf(a)) })
	if err != nil {
		return Receipt{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	err = d.post(ctx, a.Lang, json.RawMessage(body))
	if errors.Is(err, errForm) {
		text, end := brief(a)
		err = d.post(ctx, a.Lang, dingtalkMessage{Type: "text", Text: &dingtalkText{FitBytes(text, end, dingtalkBody/8)}})
	}
	return Receipt{}, err
}

func (d *DingTalk) post(ctx context.Context, lang string, body any) error {
	h, err := d.hook()
	if err != nil {
		return &Refused{Fix: fixAddress.in(lang), Err: err}
	}
	r := request{chat: "dingtalk", method: http.MethodPost, body: body, secrets: append(h.secrets, d.Secret.Reveal()), lang: lang, timeout: d.Timeout, now: clockOf(d.Now)}
	q := h.Query()
	q.Del("timestamp") // an address copied from an example may carry old ones
	q.Del("sign")
	if d.Secret != "" {
		stamp := strconv.FormatInt(r.now.UnixMilli(), 10)
		q.Set("timestamp", stamp)
		q.Set("sign", dingtalkSign(d.Secret.Reveal(), stamp))
	}
	h.RawQuery = q.Encode()
	r.url = h.String()
	resp, err := r.do(ctx)
	if err != nil {
		return err
	}
	var answer struct {
		Code   *int64 `json:"errcode"`
		Msg    string `json:"errmsg"`
		Status *int64 `json:"status"` // of the gate before the robots
	}
	if json.Unmarshal(resp.body, &answer) != nil {
		answer.Code, answer.Status = nil, nil
	}
	if answer.Code == nil && answer.Status != nil && *answer.Status != 0 {
		answer.Code = answer.Status
	}
	codes := dingtalkCodes
	if answer.Code != nil && *answer.Code == dingtalkGuard {
		codes = map[int64]remedy{dingtalkGuard: guardOf(answer.Msg)}
	}
	return r.sort(resp, answer.Code, answer.Msg, codes)
}

// dingtalkSign is the signature of a robot: the secret is the key, and the time, in
// milliseconds, and the secret are the message: the reverse of Feishu.
func dingtalkSign(secret, stamp string) string {
	m := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(m, "%s\n%s", stamp, secret)
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

type dingtalkMessage struct {
	Type     string            `json:"msgtype"`
	Markdown *dingtalkMarkdown `json:"markdown,omitempty"`
	Card     *dingtalkCard     `json:"actionCard,omitempty"`
	Text     *dingtalkText     `json:"text,omitempty"`
}

type dingtalkMarkdown struct {
	Title string `json:"title"` // what the list of conversations shows
	Text  string `json:"text"`
}

type dingtalkCard struct {
	dingtalkMarkdown
	Button  string `json:"singleTitle"`
	Address string `json:"singleURL"`
}

type dingtalkText struct {
	Content string `json:"content"`
}

// dingtalkOf lays an alert out as a card with a button to the console, or without
// an address as Markdown. It has no "at", so nobody is called by name, and what
// looks like a mention in a quote is none.
func dingtalkOf(a crisis.Alert) dingtalkMessage {
	t := tell(a)
	title := plainly(t.cardTitle())
	sections := t.sections()
	parts := []string{"### " + title}
	for _, section := range sections[1 : len(sections)-1] {
		if len(section) > 0 {
			parts = append(parts, t.markdownPart(section, "  \n"))
		}
	}
	parts = append(parts, plainly(t.numberLine()))
	m := dingtalkMarkdown{title, strings.Join(parts, "\n\n")}
	if address := target(a.Link); address != "" {
		return dingtalkMessage{Type: "actionCard", Card: &dingtalkCard{m, t.open, address}}
	}
	return dingtalkMessage{Type: "markdown", Markdown: &m}
}

// dingtalkGuard is the code of a robot's security settings; only the text says
// which of them it was.
const dingtalkGuard = 310000

// guardOf says what to do about a refusal of the security settings, by its text in
// English or Chinese.
func guardOf(msg string) remedy {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(strings.ToLower(msg), w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("keyword", "关键词"):
		return remedy{fix: fix{"机器人设了关键词，消息里没有：把关键词设为“编号”（每条告警都有），或改用加签", "the robot asks for a keyword that the message lacks: set the keyword to “Id:”, which every alert has, or use signatures instead"}}
	case has("whitelist", "白名单", "ip地址", "ip address"):
		return remedy{fix: fix{"机器人设了 IP 地址段，本机不在其中：把本机的出口 IP 加进去，或改用加签", "the robot has an IP allow-list and this machine is not on it: add the address it has outside, or use signatures instead"}}
	case has("sign", "签名", "timestamp", "时间戳"):
		return remedy{clock: true, fix: fixSign}
	}
	return remedy{fix: fix{"被机器人的安全设置拦住：在机器人设置页核对关键词、加签密钥和 IP 地址段", "the robot's security settings refuse the message: check its keywords, its signing secret and its IP range"}}
}

// dingtalkCodes is what can be done about the other codes of a robot.
var dingtalkCodes = map[int64]remedy{
	-1:     {wait: true},
	1111:   {wait: true, after: dingtalkPause},
	130101: {wait: true, after: dingtalkPause},
	302033: {wait: true, after: dingtalkPause},
	410100: {wait: true, after: dingtalkPause},
	660026: {wait: true, after: dingtalkPause},
	40035:  {form: true},
	101002: {form: true},
	460101: {form: true},
	43002:  {fix: fix{"请求被改成了别的方法：检查出口代理，不要改写 POST 请求", "the request arrived by another method: see that the proxy does not rewrite POST"}},
	300001: {fix: fixAddress},
	300005: {fix: fixAddress},
	400013: {fix: fix{"群已解散：在新的群里添加机器人，换用新地址", "the group was dissolved: add a robot to another group and use its address"}},
	400101: {fix: fixAddress},
	400102: {fix: fix{"机器人已停用：请群主在机器人设置页启用", "the robot was stopped: have the group's owner start it on its page"}},
	400106: {fix: fixAddress},
}
