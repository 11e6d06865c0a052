package alerts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"watchfire/crisis"
)

// slackAPI is where Slack's methods are.
const slackAPI = "https://slack.com/api/"

// Limits of Block Kit (https://docs.slack.dev/reference/block-kit/blocks) and of
// the text beside the blocks.
const (
	slackSection = 3000
	slackText    = 4000
)

// Slack posts alerts to a channel with a bot token (chat.postMessage). The first
// message of an incident is edited in place as the incident moves; what must be
// heard again hangs below it as a reply.
type Slack struct {
	Token   crisis.Secret `yaml:"token" doc:"bot token, xoxb-…, with the scope chat:write"`
	Channel string        `yaml:"channel" doc:"channel id, such as C0123456789; invite the bot into it"`
	API     string        `yaml:"api" doc:"address of Slack's API, for proxies and tests"`
	Timeout time.Duration `yaml:"timeout" doc:"longest wait for an answer"`
}

// Check implements Channel.
func (s *Slack) Check() error {
	var errs []error
	if s.Token == "" {
		errs = append(errs, errors.New("token: missing; write ${env:SLACK_BOT_TOKEN} and set that variable"))
	}
	if s.Channel == "" {
		errs = append(errs, errors.New("channel: missing; write the id that stands at the end of the channel's details"))
	}
	if s.Timeout <= 0 {
		errs = append(errs, errors.New("timeout: write a duration such as 15s"))
	}
	return errors.Join(errs...)
}

// Send posts the alert as a message of its own.
func (s *Slack) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	return s.post(ctx, a)
}

// Reply posts the alert below the message ref, and in the channel too when people
// must hear of it.
func (s *Slack) Reply(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	_, ts, _ := strings.Cut(ref, ":")
	more := []slack.MsgOption{slack.MsgOptionTS(ts)}
	if a.Kind == crisis.AlertRaised || a.Kind == crisis.AlertOverdue {
		more = append(more, slack.MsgOptionBroadcast())
	}
	return s.post(ctx, a, more...)
}

// Update edits the message ref to show the alert.
func (s *Slack) Update(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	channel, ts, ok := strings.Cut(ref, ":")
	if !ok {
		return Receipt{}, &Refused{Fix: "nothing can be done: the message is not known any more", Err: fmt.Errorf("edit message %q: bad reference", ref)}
	}
	return s.call(ctx, "edit", a, func(ctx context.Context, c *slack.Client, o ...slack.MsgOption) (string, string, error) {
		ch, stamp, _, err := c.UpdateMessageContext(ctx, channel, ts, o...)
		return ch, stamp, err
	})
}

func (s *Slack) post(ctx context.Context, a crisis.Alert, more ...slack.MsgOption) (Receipt, error) {
	return s.call(ctx, "post", a, func(ctx context.Context, c *slack.Client, o ...slack.MsgOption) (string, string, error) {
		return c.PostMessageContext(ctx, s.Channel, append(o, more...)...)
	})
}

// call sends a message, and once more in short form if Slack finds it too long.
func (s *Slack) call(ctx context.Context, verb string, a crisis.Alert, f func(context.Context, *slack.Client, ...slack.MsgOption) (string, string, error)) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	client := slack.New(s.Token.Reveal(), slack.OptionAPIURL(strings.TrimSuffix(s.API, "/")+"/"), slack.OptionHTTPClient(&http.Client{Timeout: s.Timeout}))
	text := slack.MsgOptionText(Cut(escape(Text(a)), slackText), false)
	plain := []slack.MsgOption{slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	channel, ts, err := f(ctx, client, append(plain, text, slack.MsgOptionBlocks(blocks(a)...))...)
	if isTooLong(err) {
		channel, ts, err = f(ctx, client, append(plain, slack.MsgOptionText(escape(Headline(a)+"\n"+a.Link), false), slack.MsgOptionBlocks())...)
	}
	if err != nil {
		return Receipt{}, s.class(verb, err)
	}
	return Receipt{Ref: channel + ":" + ts}, nil
}

func isTooLong(err error) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && (e.Err == "msg_too_long" || e.Err == "invalid_blocks" || e.Err == "msg_blocks_too_long")
}

// slackFixes says what a person must change for each error that waiting does not mend.
var slackFixes = map[string]string{
	"invalid_auth":        "the bot token is wrong: copy it again from the app's page OAuth & Permissions",
	"not_authed":          "the bot token is missing: set it in the configuration",
	"token_revoked":       "the bot token was revoked: install the app again and use the new token",
	"token_expired":       "the bot token has expired: install the app again and use the new token",
	"account_inactive":    "the app was removed from the workspace: install it again",
	"missing_scope":       "the app lacks the scope chat:write: add it and install the app again",
	"channel_not_found":   "there is no such channel: check the id, and invite the bot into a private channel",
	"not_in_channel":      "the bot is not in the channel: write /invite @bot there",
	"is_archived":         "the channel is archived: choose another one or unarchive it",
	"message_not_found":   "the message was deleted in Slack: nothing needs to be done",
	"cant_update_message": "the message was written by another app: nothing needs to be done",
	"restricted_action":   "the workspace does not let the bot post there: ask its administrator",
}

func (s *Slack) class(verb string, err error) error {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	var api slack.SlackErrorResponse
	wrapped := fmt.Errorf("%s to slack: %w", verb, bare(err))
	switch {
	case errors.As(err, &limited):
		return &Later{After: limited.RetryAfter, Err: wrapped}
	case errors.As(err, &status):
		return &Later{Err: wrapped}
	case errors.As(err, &api):
		if fix, ok := slackFixes[api.Err]; ok {
			return &Refused{Fix: fix, Err: wrapped}
		}
		if isTooLong(err) {
			return &Refused{Fix: "Slack does not accept the message even in short form: report this", Err: wrapped}
		}
	}
	return &Later{Err: wrapped}
}

// blocks lays an alert out in Block Kit: the headline, then one section per part.
func blocks(a crisis.Alert) []slack.Block {
	t := tell(a)
	var out []slack.Block
	for i, lines := range t.sections() {
		if len(lines) == 0 {
			continue
		}
		text := escape(strings.Join(lines, "\n"))
		if i == 0 {
			text = "*" + strings.ReplaceAll(text, "*", "＊") + "*"
		}
		out = append(out, slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, Cut(text, slackSection), false, false), nil, nil))
	}
	return out
}

// escape takes the meaning out of the characters by which Slack knows mentions,
// links and entities (https://docs.slack.dev/messaging/formatting-message-text).
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
