package alerts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"watchfire/crisis"
)

// slackAPI is where Slack's methods are.
const slackAPI = "https://slack.com/api/"

// slackSection is the most characters of a section of Block Kit
// (https://docs.slack.dev/reference/block-kit/blocks/section-block).
const slackSection = 3000

// Slack posts alerts to a channel with a bot token (chat.postMessage). The first
// message of an incident is edited in place as the incident moves; what must be
// heard again hangs below it as a reply. The message that is edited has buttons, the
// replies, which would show a state that has passed, have none.
type Slack struct {
	Token    crisis.Secret `yaml:"token" doc:"bot token, xoxb-…, with the scope chat:write; with channels:history (groups:history for a private channel) too, what may have arrived before a crash is looked for and not posted twice"`
	AppToken crisis.Secret `yaml:"app_token" doc:"app-level token, xapp-…, with the scope connections:write, of an app with Socket Mode and Interactivity on; then messages have buttons, and no public address is needed; empty: no buttons"`
	Channel  string        `yaml:"channel" doc:"channel id, such as C0123456789; invite the bot into it"`
	API      string        `yaml:"api" doc:"address of Slack's API, for proxies and tests"`
	Timeout  time.Duration `yaml:"timeout" doc:"longest wait for an answer"`
}

// Check implements Channel.
func (s *Slack) Check() error {
	var errs []error
	if s.Token == "" {
		errs = append(errs, errors.New("token: missing; write ${env:SLACK_BOT_TOKEN} and set that variable"))
	}
	if s.AppToken != "" && !strings.HasPrefix(s.AppToken.Reveal(), "xapp-") {
		errs = append(errs, errors.New("app_token: write the app-level token, which begins with xapp-; it stands under Basic Information, App-Level Tokens"))
	}
	if s.Channel == "" {
		errs = append(errs, errors.New("channel: missing; write the id that stands at the end of the channel's details"))
	}
	if s.Timeout <= 0 {
		errs = append(errs, errors.New("timeout: write a duration such as 15s"))
	}
	return errors.Join(errs...)
}

// Limits implements Limiter.
func (s *Slack) Limits() []Rate { return []Rate{{1, time.Second}} }

// Send posts the alert as a message of its own.
func (s *Slack) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	return s.post(ctx, "post", a)
}

// Reply posts the alert below the message ref, and in the channel too when people
// must hear of it.
func (s *Slack) Reply(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	_, ts, _ := strings.Cut(ref, ":")
	more := []slack.MsgOption{slack.MsgOptionTS(ts)}
	switch a.Kind {
	case crisis.AlertRaised, crisis.AlertOverdue, crisis.AlertEscalated, crisis.AlertLapsed:
		more = append(more, slack.MsgOptionBroadcast())
	}
	return s.post(ctx, "reply", a, more...)
}

// Update edits the message ref to show the alert.
func (s *Slack) Update(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	channel, ts, ok := strings.Cut(ref, ":")
	if !ok {
		return Receipt{}, fmt.Errorf("edit message %q: %w", ref, ErrLost)
	}
	return s.call(ctx, "edit", a, func(ctx context.Context, c *slack.Client, o ...slack.MsgOption) (string, string, error) {
		ch, stamp, _, err := c.UpdateMessageContext(ctx, channel, ts, o...)
		return ch, stamp, err
	})
}

func (s *Slack) post(ctx context.Context, verb string, a crisis.Alert, more ...slack.MsgOption) (Receipt, error) {
	return s.call(ctx, verb, a, func(ctx context.Context, c *slack.Client, o ...slack.MsgOption) (string, string, error) {
		return c.PostMessageContext(ctx, s.Channel, append(o, more...)...)
	})
}

// client talks to Slack's API.
func (s *Slack) client(lang string) *slack.Client {
	return slack.New(s.Token.Reveal(), slack.OptionAppLevelToken(s.AppToken.Reveal()), slack.OptionLog(log.New(io.Discard, "", 0)),
		slack.OptionAPIURL(strings.TrimSuffix(s.API, "/")+"/"), slack.OptionHTTPClient(newSlackDoor(s.Timeout, lang)))
}

// call sends a message, and once more in short form if Slack finds it too long.
func (s *Slack) call(ctx context.Context, verb string, a crisis.Alert, f func(context.Context, *slack.Client, ...slack.MsgOption) (string, string, error)) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	client := s.client(a.Lang)
	layout := blocks(a)
	if s.buttoned() && verb != "reply" {
		layout = append(layout, slackButtons(a)...)
	}
	text := slack.MsgOptionText(escape(Short(a)), false) // what a notification shows; the blocks say it all
	plain := []slack.MsgOption{slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if verb != "edit" {
		plain = append(plain, tagged(a))
	}
	channel, ts, err := f(ctx, client, append(plain, text, slack.MsgOptionBlocks(layout...))...)
	if isTooLong(err) {
		channel, ts, err = f(ctx, client, append(plain, slack.MsgOptionText(escape(Short(a)+"\n"+webAddress(a.Link)), false), slack.MsgOptionBlocks())...)
	}
	switch {
	case err != nil:
		return Receipt{}, s.sort(verb, err, a.Lang)
	case ts == "":
		return Receipt{}, &Later{Err: fmt.Errorf("%s to slack: the answer names no message", verb)}
	}
	return Receipt{Ref: channel + ":" + ts}, nil
}

func isTooLong(err error) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && (e.Err == "msg_too_long" || e.Err == "invalid_blocks" || e.Err == "msg_blocks_too_long")
}

// slackFixes says what a person must change for each error that waiting does not mend.
var slackFixes = map[string]fix{
	"invalid_auth":           {"机器人令牌不对：到应用的 OAuth & Permissions 页重新复制", "the bot token is wrong: copy it again from the app's page OAuth & Permissions"},
	"not_authed":             {"没有配置机器人令牌：在配置里填写", "the bot token is missing: set it in the configuration"},
	"token_revoked":          {"机器人令牌已被吊销：重新安装应用，换用新令牌", "the bot token was revoked: install the app again and use the new token"},
	"token_expired":          {"机器人令牌已过期：重新安装应用，换用新令牌", "the bot token has expired: install the app again and use the new token"},
	"account_inactive":       {"应用已被移出工作区：重新安装", "the app was removed from the workspace: install it again"},
	"missing_scope":          {"应用缺少 chat:write 权限：加上后重新安装", "the app lacks the scope chat:write: add it and install the app again"},
	"channel_not_found":      {"没有这个频道：核对频道编号，私有频道要先邀请机器人", "there is no such channel: check the id, and invite the bot into a private channel"},
	"not_in_channel":         {"机器人不在频道里：在频道里输入 /invite @机器人", "the bot is not in the channel: write /invite @bot there"},
	"team_not_found":         {"没有这个工作区：令牌属于已删除或已停用的工作区，换用现在工作区的令牌", "there is no such workspace: the token belongs to one that was deleted, use one of the workspace you have"},
	"not_allowed_token_type": {"令牌类型不对：token 要填 xoxb- 开头的机器人令牌", "the token is of another kind: token is the bot token, which begins with xoxb-"},
	"is_archived":            {"频道已归档：换一个频道或取消归档", "the channel is archived: choose another one or unarchive it"},
	"restricted_action":      {"工作区不允许机器人在此发言：请管理员放行", "the workspace does not let the bot post there: ask its administrator"},
}

var (
	slackTooLong = fix{"缩到最短 Slack 仍不接收：请在处理页查看，并向维护人员反映", "Slack does not accept the message even in short form: read it in the console, and report this"}
	slackUnknown = fix{"Slack 拒绝了这条消息：按错误代码查 Slack 文档，改正配置", "Slack refuses the message: look the error code up in Slack's documentation and change the configuration"}
)

// slackPasses are the errors of Slack's API that pass by themselves.
var slackPasses = map[string]bool{
	"internal_error": true, "fatal_error": true, "service_unavailable": true, "request_timeout": true, "ratelimited": true, "rate_limited": true,
	"team_added_to_org": true, "message_limit_exceeded": true,
}

// slackLost are the errors that mean that the message to edit or to hang below is gone.
var slackLost = map[string]bool{
	"message_not_found": true, "thread_not_found": true, "cant_update_message": true, "edit_window_closed": true,
}

// sort maps an error of Slack to an error class.
func (s *Slack) sort(verb string, err error, lang string) error {
	var limited *slack.RateLimitedError
	var later *Later
	var refused *Refused
	var status slack.StatusCodeError
	var api slack.SlackErrorResponse
	wrapped := fmt.Errorf("%s to slack: %w", verb, bare(err))
	if errors.As(err, &api) { // its words are those of whoever answered
		wrapped = fmt.Errorf("%s to slack: %s", verb, hush(api.Err, []string{s.Token.Reveal(), s.AppToken.Reveal()}))
	}
	switch {
	case errors.As(err, &refused):
		return &Refused{Fix: refused.Fix, Err: wrapped}
	case errors.As(err, &later):
		return &Later{After: later.After, Fix: later.Fix, Err: wrapped}
	case errors.As(err, &limited):
		return &Later{After: patience(limited.RetryAfter), Err: wrapped}
	case errors.As(err, &status):
		return ofStatus(status.Code, nil, time.Time{}, lang)
	case api.Err == "", slackPasses[api.Err]:
		return &Later{Err: wrapped}
	case slackLost[api.Err]:
		return fmt.Errorf("%w: %w", ErrLost, wrapped)
	case isTooLong(err):
		return &Refused{Fix: slackTooLong.in(lang), Err: wrapped}
	}
	if f, ok := slackFixes[api.Err]; ok {
		return &Refused{Fix: f.in(lang), Err: wrapped}
	}
	return &Refused{Fix: slackUnknown.in(lang), Err: wrapped}
}

// blocks lays an alert out in Block Kit: the headline, then one section per part.
// The text is verbatim, so that Slack makes neither mentions nor links out of what
// a stranger wrote; our own addresses are marked as links.
func blocks(a crisis.Alert) []slack.Block {
	var out []slack.Block
	for i, lines := range tell(a).sections() {
		if len(lines) == 0 {
			continue
		}
		texts := make([]string, 0, len(lines))
		for _, l := range lines {
			texts = append(texts, linked(l))
		}
		text := fit(texts, slackSection)
		if i == 0 {
			text = "*" + strings.ReplaceAll(text, "*", "＊") + "*"
		}
		out = append(out, slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, true), nil, nil))
	}
	return out
}

// linked escapes a line and marks the address at its end as a link.
func linked(l line) string {
	if text, ok := strings.CutSuffix(l.text, l.link); ok && l.link != "" {
		return escape(text) + "<" + escape(l.link) + ">"
	}
	return escape(l.text)
}

// fit joins as many whole lines as n characters hold: a line that is cut would
// leave half a link.
func fit(lines []string, n int) string {
	var b strings.Builder
	used := 0
	for _, l := range lines {
		used += utf8.RuneCountInString(l) + 1
		if used > n {
			b.WriteString("…")
			break
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l)
	}
	return b.String()
}

// broadcast are the mentions that wake a whole channel.
var broadcast = regexp.MustCompile(`(?i)@(here|channel|everyone)`)

// escape takes the meaning out of the characters by which Slack knows mentions,
// links and entities (https://docs.slack.dev/messaging/formatting-message-text),
// and out of what would call everybody.
func escape(s string) string {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
	return broadcast.ReplaceAllString(s, "＠$1")
}
