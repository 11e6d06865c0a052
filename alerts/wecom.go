package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// The most bytes of the content of a message of a group robot
// (https://developer.work.weixin.qq.com/document/path/91770).
const (
	wecomMarkdown = 4096
	wecomText     = 2048
)

// WeCom posts alerts to a group of WeCom (企业微信) by its robot. There is no
// signature: whoever has the address can write to the group.
type WeCom struct {
	URL     crisis.Secret `yaml:"url" doc:"address of the group robot as its page shows it, with its key; a secret"`
	Timeout time.Duration `yaml:"timeout" doc:"longest wait for the answer"`
}

// Check implements Channel.
func (w *WeCom) Check() error {
	_, err := w.hook()
	return checkRobot(err, w.Timeout)
}

func (w *WeCom) hook() (hook, error) {
	return hookOf(w.URL, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…", "/cgi-bin/webhook/send", "key")
}

// Limits implements Limiter.
func (w *WeCom) Limits() []Rate { return []Rate{{20, time.Minute}} }

// Send posts the alert, and its short form as text if WeCom finds fault with it.
func (w *WeCom) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	err := w.post(ctx, a.Lang, wecomMessage{Type: "markdown", Markdown: &wecomContent{wecomOf(a)}})
	if errors.Is(err, errForm) {
		text, end := brief(a)
		err = w.post(ctx, a.Lang, wecomMessage{Type: "text", Text: &wecomContent{FitBytes(text, end, wecomText)}})
	}
	return Receipt{}, err
}

func (w *WeCom) post(ctx context.Context, lang string, m wecomMessage) error {
	h, err := w.hook()
	if err != nil {
		return &Refused{Fix: fixAddress.in(lang), Err: err}
	}
	r := request{chat: "wecom", method: http.MethodPost, url: h.String(), body: m, secrets: h.secrets, lang: lang, timeout: w.Timeout, now: time.Now()}
	resp, err := r.do(ctx)
	if err != nil {
		return err
	}
	var answer struct {
		Code *int64 `json:"errcode"`
		Msg  string `json:"errmsg"`
	}
	if json.Unmarshal(resp.body, &answer) != nil {
		answer.Code = nil
	}
	return r.sort(resp, answer.Code, answer.Msg, wecomCodes)
}

type wecomMessage struct {
	Type     string        `json:"msgtype"`
	Markdown *wecomContent `json:"markdown,omitempty"`
	Text     *wecomContent `json:"text,omitempty"`
}

type wecomContent struct {
	Content string `json:"content"`
}

// wecomOf lays an alert out as Markdown. There is room for 1365 Chinese
// characters, so what is to be done comes before the proof of why.
func wecomOf(a crisis.Alert) string {
	t := tell(a)
	parts := []string{"**" + plainly(t.cardTitle()) + "**"}
	for _, section := range t.checklistFirst() {
		parts = append(parts, t.markdownPart(section, "\n"))
	}
	end := plainly(t.numberLine())
	if address := target(a.Link); address != "" {
		end = markdownLink(t.open, address) + "\n" + end
	}
	return FitBytes(strings.Join(parts, "\n"), end, wecomMarkdown)
}

// checklistFirst are the parts of an alert between the headline and the foot, those
// that ask for something to be done before those that explain.
func (t teller) checklistFirst() [][]line {
	sections := t.sections()
	asks := [][]line{plain(t.changes(), t.proposal(), t.called()), plain(t.called()), plain(t.lapses()...), plain(t.nearly()...), plain(t.todo()...), plain(t.redLines()...), plain(t.state()...)}
	var first, then [][]line
	for _, s := range sections[1 : len(sections)-1] {
		switch {
		case len(s) == 0:
		case slices.ContainsFunc(asks, func(ask []line) bool { return slices.Equal(ask, s) }):
			first = append(first, s)
		default:
			then = append(then, s)
		}
	}
	return append(first, then...)
}

// wecomCodes is what can be done about the codes of a group robot.
var wecomCodes = map[int64]remedy{
	-1:    {wait: true},
	45009: {wait: true, after: time.Minute},
	45033: {wait: true, after: 5 * time.Second},
	40008: {form: true},
	40033: {form: true},
	40058: {form: true},
	44004: {form: true},
	40001: {fix: fixAddress},
	93000: {fix: fix{"机器人地址无效，或机器人已被移出群：请群主重新添加机器人，换用新地址", "the robot's address is not valid, or it was removed from the group: have the owner add it again and use the new address"}},
	93004: {fix: fix{"机器人已停用：请群主在机器人设置页启用", "the robot was stopped: have the group's owner start it on its page"}},
	93008: {fix: fix{"机器人不在群里：请群主重新添加机器人，换用新地址", "the robot is not in the group: have the owner add it again and use the new address"}},
}
