package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// The robots of the Chinese work chats have much in common: they answer errors
// with a code in JSON, mostly with status 200, their address is a secret, and
// what strangers wrote must not mean anything to them.

// request is one call of the interface of a work chat.
type request struct {
	chat        string // its name in errors
	method, url string
	bearer      string
	header      string // of authorization, where it is not a bearer's
	pass        string // a token in DingTalk's header for it
	body        any
	secrets     []string // words that its answers may repeat and we do not
	lang        string
	timeout     time.Duration
	now         time.Time // the clock we sign with
}

// do makes the call.
func (r request) do(ctx context.Context) (response, error) {
	body, err := encoded(r.body)
	if err != nil {
		return response{}, fmt.Errorf("encode the message to %s: %w", r.chat, err)
	}
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	switch {
	case r.bearer != "":
		h.Set("Authorization", "Bearer "+r.bearer)
	case r.header != "":
		h.Set("Authorization", r.header)
	case r.pass != "":
		h.Set("x-acs-dingtalk-access-token", r.pass)
	}
	resp, err := call(ctx, r.timeout, r.method, r.url, h, body)
	switch {
	case errors.Is(err, errAddress):
		return response{}, &Refused{Fix: fixGone.in(r.lang), Err: fmt.Errorf("post to %s: %w", r.chat, err)}
	case err != nil:
		return response{}, unreached(fmt.Errorf("post to %s: %w", r.chat, err), r.lang)
	}
	return resp, nil
}

// encoded is v as JSON, with < > & as they are: WeCom refuses them as \u003c.
func encoded(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// errForm is wrapped by the refusal of a message that another form may get through.
var errForm = errors.New("the form of the message")

// remedy is what can be done about an error code: wait, say it in another form, or
// have a person change something. Lost means that the message to edit or to reply
// to is not there.
type remedy struct {
	wait  bool
	after time.Duration
	form  bool
	lost  bool
	clock bool // the fix depends on how wrong our clock is
	fix   fix
}

// What a person can do about the answers of any work chat.
var (
	fixPage    = fix{"返回的是网页，不是接口应答：检查地址是否填对，以及出口代理、上网认证是否拦截；在本机用 curl 访问该地址核对，放行后在送达台账重发", "a web page answered instead of the chat: check the address, and whether a proxy or a network log-in is in the way; try it with curl on this machine, then resend from the ledger"}
	fixForm    = fix{"缩到最短仍不接收：请在处理页查看，并向维护人员反映", "it does not accept the message even in short form: read it in the console, and report this"}
	fixSign    = fix{"签名没有通过：核对签名密钥是否与机器人设置页上的一致，并校准本机时钟（相差不能超过1小时）", "the signature is not accepted: compare the secret with the robot's page, and set this machine's clock (it must be right within an hour)"}
	fixAddress = fix{"机器人不存在或已停用：请群主在群里重新添加机器人，换用新地址", "the robot does not exist or was stopped: have the group's owner add it again and use the new address"}
	clockOff   = map[bool]fix{
		true:  {"；本机时钟比对方快%s（对方 %s，本机 %s，均为UTC），请校准", "; this machine's clock is %s ahead (theirs %s, ours %s, in UTC): set it"},
		false: {"；本机时钟比对方慢%s（对方 %s，本机 %s，均为UTC），请校准", "; this machine's clock is %s behind (theirs %s, ours %s, in UTC): set it"},
	}
)

// sort maps an answer to an error class; nil means that the chat took the message.
// Only a code of 0 says so: what answers anything else may be a proxy.
func (r request) sort(resp response, code *int64, msg string, codes map[int64]remedy) error {
	switch {
	case code == nil:
		return r.mute(resp)
	case *code == 0 && resp.status < 300:
		return nil
	case *code == 0:
		return ofStatus(resp.status, resp.header, r.now, r.lang)
	}
	m, known := codes[*code]
	if (!known || m.form) && isHasty(msg) {
		m, known = remedy{wait: true, after: time.Minute}, true
	}
	return r.remedied(resp, m, known, fmt.Errorf("%s answered %d %s", r.chat, *code, hush(msg, r.secrets)))
}

// remedied is the class of an error of a chat by what can be done about it.
func (r request) remedied(resp response, m remedy, known bool, err error) error {
	switch {
	case !known && (resp.status == http.StatusTooManyRequests || resp.status >= 500), m.wait:
		return &Later{After: max(m.after, retryAfter(resp.header, r.now)), Err: err}
	case m.lost:
		return fmt.Errorf("%w: %w", ErrLost, err)
	case !known || m.form:
		return &Refused{Fix: fixForm.in(r.lang), Err: fmt.Errorf("%w: %w", errForm, err)}
	case m.clock:
		return &Refused{Fix: m.fix.in(r.lang) + skewOf(resp.header, r.now, r.lang), Err: err}
	}
	return &Refused{Fix: m.fix.in(r.lang), Err: err}
}

// hasty are words by which the chats say that somebody sends too fast. They do so by
// more codes than they document, and by codes that mean other things as well.
var hasty = []string{"too fast", "too many request", "too frequent", "frequency limit", "freq out of limit", "rate limit", "ratelimit", "qps", "times per minute", "限流", "频率", "太快", "过于频繁"}

func isHasty(msg string) bool {
	msg = strings.ToLower(msg)
	return slices.ContainsFunc(hasty, func(w string) bool { return strings.Contains(msg, w) })
}

// mute sorts an answer without a code: it is not the chat that speaks.
func (r request) mute(resp response) error {
	page := isPage(resp)
	err := ofStatus(resp.status, resp.header, r.now, r.lang)
	switch {
	case resp.status >= 300 && resp.status < 400, page && resp.status < 500 && resp.status != http.StatusTooManyRequests:
		return &Refused{Fix: fixPage.in(r.lang), Err: fmt.Errorf("%s answered %d with a web page", r.chat, resp.status)}
	case resp.status == http.StatusBadRequest, resp.status == http.StatusRequestEntityTooLarge:
		return &Refused{Fix: fixForm.in(r.lang), Err: fmt.Errorf("%w: %w", errForm, err)}
	case err == nil:
		return &Later{Err: fmt.Errorf("%s answered %d without a code", r.chat, resp.status)}
	}
	return err
}

// isPage says whether a web page answered in place of an interface that speaks JSON.
func isPage(resp response) bool {
	text := bytes.TrimSpace(bytes.TrimPrefix(resp.body, []byte("\ufeff")))
	return bytes.HasPrefix(text, []byte("<")) || strings.HasPrefix(strings.ToLower(resp.header.Get("Content-Type")), "text/html") && !bytes.HasPrefix(text, []byte("{"))
}

// skewOf says how wrong our clock is by the date of an answer, if it is wrong.
func skewOf(h http.Header, now time.Time, lang string) string {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil || now.IsZero() {
		return ""
	}
	off := now.Sub(theirs).Round(time.Minute)
	if off.Abs() < 5*time.Minute {
		return ""
	}
	return fmt.Sprintf(clockOff[off > 0].in(lang), wordsOf(lang).span(off.Abs()), theirs.UTC().Format("2006-01-02 15:04"), now.UTC().Format("15:04"))
}

// hush takes our secrets out of what a provider says, and makes one short line of it.
func hush(s string, secrets []string) string {
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if form != "" {
				s = strings.ReplaceAll(s, form, "…")
			}
		}
	}
	return Clean(s, 160)
}

// hook is the address of a robot as its page gives it: all of it is secret.
type hook struct {
	*url.URL
	secrets []string
}

// hookOf reads the address of a robot whose path begins with path. Param is the
// parameter with its token; if it is "", the token is the rest of the path.
func hookOf(address crisis.Secret, sample, path, param string) (hook, error) {
	form := fmt.Errorf("url: write the address as the robot's page shows it, such as %s", sample)
	u, err := url.Parse(strings.TrimSpace(address.Reveal()))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || !strings.HasPrefix(u.Path, path) {
		return hook{}, form
	}
	key := u.Query().Get(param)
	if param == "" {
		key = strings.TrimPrefix(u.Path, path)
	}
	if key == "" {
		return hook{}, form
	}
	return hook{u, []string{address.Reveal(), key}}, nil
}

// checkRobot is what robots have to check: their address and the wait.
func checkRobot(err error, timeout time.Duration) error {
	if timeout <= 0 {
		err = errors.Join(err, errors.New("timeout: write a duration such as 15s"))
	}
	return err
}

func clockOf(now func() time.Time) time.Time {
	if now == nil {
		return time.Now()
	}
	return now()
}

// plainer takes the meaning out of the characters by which the chats know mentions,
// links, tags and emphasis. Their full-width twins stand in, because the chats
// have no escapes that all their clients honour.
var plainer = strings.NewReplacer(
	"@", "＠", "<", "＜", ">", "＞", "[", "［", "]", "］", "*", "＊", "`", "｀", "\\", "＼", "&", "＆", "__", "＿＿", "~~", "～～", "://", "：//",
)

// plainly makes text mean nothing but itself to a chat that reads Markdown.
func plainly(s string) string {
	s = plainer.Replace(s)
	if strings.HasPrefix(s, "#") {
		s = "＃" + s[1:]
	}
	return s
}

// markdownLink is a link of Markdown to a target.
func markdownLink(text, address string) string {
	return "[" + text + "](" + address + ")"
}

// target is a web address without the characters that end a link of Markdown, or
// its escape; "" is none.
func target(address string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", "\\", "%5C", "`", "%60").Replace(webAddress(address))
}

// split divides a line that ends with an address into its words and the address; a
// line without one has the address "".
func (l line) split() (words, address string) {
	if words, ok := strings.CutSuffix(l.text, l.link); ok && l.link != "" {
		return words, target(l.link)
	}
	return l.text, ""
}

// markdownLine is a line in Markdown, the address at its end a link.
func (t teller) markdownLine(l line) string {
	words, address := l.split()
	if address != "" {
		return plainly(words) + markdownLink(t.origin, address)
	}
	return plainly(words)
}

// cardTitle is the headline, with the mark of a drill whatever the kind.
func (t teller) cardTitle() string { return t.marked(t.headline()) }

func (t teller) marked(s string) string {
	if strings.HasPrefix(s, t.mark()) {
		return s
	}
	return t.mark() + s
}

// numberLine is the line by which people find the alert again. It is in every
// message, so its first word can serve as the keyword that a robot may ask for.
func (t teller) numberLine() string {
	foot := t.foot()
	return foot[len(foot)-1].text
}

// brief is an alert in a few lines for a chat that takes no more: plain text with
// the address of the console and the number.
func brief(a crisis.Alert) (text, end string) {
	t := tell(a)
	end = t.numberLine()
	if address := target(a.Link); address != "" {
		end = address + "\n" + end
	}
	return plainly(t.marked(Short(a))), end
}

// markdownPart is a part of an alert in Markdown, its lines apart by br.
func (t teller) markdownPart(section []line, br string) string {
	lines := make([]string, 0, len(section))
	for _, l := range section {
		lines = append(lines, t.markdownLine(l))
	}
	return strings.Join(lines, br)
}
