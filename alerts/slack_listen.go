package alerts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

const (
	// slackAnswer is within what Slack wants to hear that we have a click.
	slackAnswer = 3 * time.Second
	// slackPatience is the longest wait for a connection that is left to the library;
	// its waits grow to minutes, in which people click in vain.
	slackPatience = 20 * time.Second
	// slackFrame is the most bytes of a message over the socket.
	slackFrame = 1 << 20
)

// slackEarFixes says what a person must change for each error of apps.connections.open
// that waiting does not mend.
var slackEarFixes = map[string]fix{
	"invalid_auth":           {"应用级令牌不对：到应用的 Basic Information 页 App-Level Tokens 重新复制 app_token", "the app-level token is wrong: copy app_token again from the app's page Basic Information, App-Level Tokens"},
	"not_authed":             {"没有应用级令牌：在配置里填写 app_token", "the app-level token is missing: set app_token in the configuration"},
	"not_allowed_token_type": {"令牌类型不对：app_token 要填 xapp- 开头的应用级令牌", "the token is of another kind: app_token is the app-level token, which begins with xapp-"},
	"token_revoked":          {"应用级令牌已被吊销：在 Basic Information 页新建一个，换到 app_token", "the app-level token was revoked: make another on the page Basic Information and set app_token"},
	"account_inactive":       {"应用已被移出工作区：重新安装", "the app was removed from the workspace: install it again"},
	"missing_scope":          {"应用级令牌缺少 connections:write 权限：新建一个带该权限的令牌", "the app-level token lacks the scope connections:write: make one that has it"},
	"404":                    {"连不上按钮通道：核对 api 地址，并在应用的 Socket Mode 页打开开关", "there is no socket to connect to: check the address api, and turn Socket Mode on in the app's settings"},
}

var slackEarUnknown = fix{"Slack 不让接收按钮点击：按错误代码查 Slack 文档，检查应用的 Socket Mode 和 Interactivity 开关", "Slack does not let us hear clicks: look the error code up in Slack's documentation, and check the app's settings of Socket Mode and Interactivity"}

// Listen implements Listener by Socket Mode: the connection goes out, so that no
// public address is needed. Slack is told at once that we have a click, which is then
// carried out; the person is answered by a message that nobody else sees.
func (s *Slack) Listen(ctx context.Context, lang string, hear Hear, note func(error)) error {
	if !s.buttoned() {
		return nil
	}
	inner, stop := context.WithCancel(ctx)
	client := socketmode.New(s.client(lang), socketmode.OptionReadLimit(slackFrame), socketmode.OptionLog(log.New(io.Discard, "", 0)))
	e := &slackEar{Slack: s, client: client, lang: lang, hear: hear, note: note, seen: newRecent(1024), clicks: make(chan slackClick, 32)}
	var wg sync.WaitGroup
	wg.Go(func() { e.work(context.WithoutCancel(ctx)) })
	ended := make(chan error, 1)
	wg.Go(func() { ended <- client.RunContext(inner) })
	err := e.loop(inner, ended)
	stop()
	close(e.clicks)
	wg.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (s *Slack) buttoned() bool { return s.AppToken != "" }

// slackEar is one spell of listening.
type slackEar struct {
	*Slack
	client *socketmode.Client
	hear   Hear
	note   func(error)
	seen   *recent
	clicks chan slackClick // that Slack was told we have
	spins  spins
	lang   string
}

// loop takes what comes until the connection cannot be had any more.
func (e *slackEar) loop(ctx context.Context, ended <-chan error) error {
	for {
		select {
		case err := <-ended:
			return e.class(err)
		case event := <-e.client.Events:
			if err := e.take(ctx, event); err != nil {
				return err
			}
		}
	}
}

// take deals with one event. An error ends the spell.
func (e *slackEar) take(ctx context.Context, event socketmode.Event) error {
	switch data := event.Data.(type) {
	case *slack.ConnectingEvent:
		if data.Attempt == 1 && !e.spins.again(time.Now()) {
			return fmt.Errorf("%w: slack closes every connection at once", ErrDeaf)
		}
	case *slack.ConnectionErrorEvent:
		err := e.class(data.ErrorObj)
		asked := errors.As(data.ErrorObj, new(*slack.RateLimitedError)) // then it is Slack that wants us to wait
		if errors.Is(err, ErrRefused) || data.Backoff > slackPatience && !asked {
			return err
		}
		e.note(err)
	case *socketmode.ErrorBadMessage:
		e.note(errors.New("read a message of slack: it is none that we know"))
	case *socketmode.ErrorWriteFailed:
		e.note(fmt.Errorf("acknowledge a click to slack: %s", hush(data.Cause.Error(), e.secrets())))
	}
	switch {
	case event.Type == socketmode.EventTypeHello:
		e.note(nil)
	case event.Request != nil && event.Request.EnvelopeID != "":
		e.envelope(ctx, event)
	}
	return nil
}

// envelope takes a click in and says so to Slack, in this order: a click that we have
// no room for shows a warning to the person who made it.
func (e *slackEar) envelope(ctx context.Context, event socketmode.Event) {
	id := event.Request.EnvelopeID
	if event.Type == socketmode.EventTypeInteractive && e.seen.first(id) {
		c, ours, err := slackClickOf(id, event.Request.Payload)
		if err != nil {
			e.note(err)
		} else if ours {
			select {
			case e.clicks <- c:
			default:
				e.note(errors.New("take a click of slack: too many at once"))
				return
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, slackAnswer)
	defer cancel()
	if err := e.client.AckCtx(ctx, id, nil); err != nil {
		e.note(fmt.Errorf("acknowledge a click to slack: %w", err))
	}
}

// work carries out the clicks one by one, so that a person's second click comes after
// the first; the answers go out beside, because Slack may be slow to take them.
func (e *slackEar) work(ctx context.Context) {
	var answers sync.WaitGroup
	defer answers.Wait()
	room := make(chan struct{}, 8)
	for c := range e.clicks {
		reply, err := e.hear(ctx, c.Click)
		room <- struct{}{}
		answers.Go(func() {
			defer func() { <-room }()
			if err := e.answer(ctx, c, reply, err); err != nil {
				e.note(err)
			}
		})
	}
}

// answer tells the person what became of the click, or opens the form that it wants.
func (e *slackEar) answer(ctx context.Context, c slackClick, reply string, cause error) error {
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	var wanted *Wanted
	if errors.As(cause, &wanted) && c.trigger != "" {
		form, err := slackRecord(c, wanted, e.lang)
		if err == nil {
			_, err = e.Slack.client(e.lang).OpenViewContext(ctx, c.trigger, form)
		}
		if err == nil {
			return nil
		}
		e.note(fmt.Errorf("open a form of slack: %s", hush(bare(err).Error(), e.secrets())))
	}
	if reply == "" {
		return nil
	}
	var more []slack.Block
	if cause == nil && c.Do == DeedDone {
		more = slackUndo(reply, c.Click, e.lang)
	}
	if c.response == "" {
		_, err := e.Slack.client(e.lang).PostEphemeralContext(ctx, c.channel, c.User, slack.MsgOptionText(escape(reply), false), slack.MsgOptionBlocks(more...))
		if err != nil {
			return fmt.Errorf("answer a click: %w", e.sort("post", err, e.lang))
		}
		return nil
	}
	return e.respond(ctx, c, reply, more)
}

// respond answers by the address that came with the click. It came over our own
// connection; still nothing is sent but to Slack.
func (e *slackEar) respond(ctx context.Context, c slackClick, reply string, more []slack.Block) error {
	to, err := url.Parse(c.response)
	api, err2 := url.Parse(e.API)
	if err != nil || err2 != nil || to.Host != api.Host && (to.Scheme != "https" || to.Host != "hooks.slack.com" && to.Host != "hooks."+api.Host) {
		return errors.New("answer a click: the address for the answer is not one of slack")
	}
	body := map[string]any{"response_type": "ephemeral", "replace_original": false, "text": escape(reply)}
	if len(more) > 0 {
		body["blocks"] = more
	}
	r := request{chat: "slack", method: http.MethodPost, url: c.response, body: body, secrets: e.secrets(), lang: e.lang, timeout: e.Timeout}
	resp, err := r.do(ctx)
	if err == nil {
		err = ofStatus(resp.status, resp.header, time.Now(), e.lang)
	}
	if err != nil {
		return fmt.Errorf("answer a click: %w", err)
	}
	return nil
}

func (e *slackEar) secrets() []string { return []string{e.Token.Reveal(), e.AppToken.Reveal()} }

// class sorts what keeps us from a connection.
func (e *slackEar) class(err error) error {
	var status slack.StatusCodeError
	var api slack.SlackErrorResponse
	code := ""
	switch {
	case errors.As(err, &status) && status.Code == http.StatusNotFound:
		code = "404"
	case errors.As(err, &api) && !slackPasses[api.Err]:
		code = api.Err
	}
	wrapped := deaf("slack", err, e.secrets())
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return &Refused{Fix: refused.Fix, Err: wrapped}
	}
	if code == "" {
		return wrapped
	}
	f, ok := slackEarFixes[code]
	if !ok {
		f = slackEarUnknown
	}
	return &Refused{Fix: f.in(e.lang), Err: wrapped}
}
