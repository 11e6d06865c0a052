package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"watchfire/crisis"
)

const (
	// dingtalkReply is within what DingTalk wants an answer to a click, less the way.
	dingtalkReply = 2500 * time.Millisecond
	// dingtalkPing is how often we see whether the connection stands.
	dingtalkPing = time.Minute
	// dingtalkLargest is the most bytes of one frame.
	dingtalkLargest = 1 << 20
	// dingtalkTopic is that of clicks on cards.
	dingtalkTopic = "/v1.0/card/instances/callback"
)

var fixDingTalkEar = fix{"连不上按钮通道：核对 Client ID 和 Client Secret，并在钉钉开发者后台“事件与回调”里选择 Stream 模式，发布版本", "there is no connection for clicks: check Client ID and Client Secret, and in the app's settings of events and callbacks choose Stream mode and publish a version"}

// errRenew says that DingTalk asks for another connection in place of this one.
var errRenew = errors.New("dingtalk renews the connection")

// Listen implements Listener by Stream mode: the connection goes out, so that no public
// address is needed. DingTalk gives each click to one of the app's connections. It is
// carried out at once and answered with a line that only the person sees; when DingTalk
// renews the connection, the next is made before the last is closed.
func (d *DingTalkApp) Listen(ctx context.Context, lang string, hear Hear, note func(error)) error {
	if !d.buttoned() {
		return nil
	}
	var all sync.WaitGroup
	defer all.Wait()
	inner, stop := context.WithCancel(ctx)
	defer stop()
	var turns spins
	for {
		if !turns.again(time.Now()) {
			return fmt.Errorf("%w: dingtalk closes every connection at once", ErrDeaf)
		}
		conn, err := d.dial(ctx, lang)
		if err != nil {
			return err
		}
		e := &dingtalkEar{DingTalkApp: d, conn: conn, lang: lang, hear: hear, note: note, seen: d.known()}
		spell, end := context.WithCancel(inner)
		all.Go(func() { e.keep(spell) })
		note(nil)
		err = e.read(context.WithoutCancel(ctx))
		all.Go(func() { e.acts.Wait(); end() })
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, errRenew) {
			return err
		}
	}
}

func (d *DingTalkApp) buttoned() bool { return d.Buttons }

// dial asks where to connect to, and connects.
func (d *DingTalkApp) dial(ctx context.Context, lang string) (*websocket.Conn, error) {
	r := d.request(lang)
	r.url += "/v1.0/gateway/connections/open"
	r.body = map[string]any{
		"clientId": d.ClientID, "clientSecret": d.Secret.Reveal(), "ua": "watchfire",
		"subscriptions": []map[string]string{{"type": "CALLBACK", "topic": dingtalkTopic}},
	}
	resp, err := r.do(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDeaf, err)
	}
	var answer struct {
		dingtalkAnswer
		Endpoint string        `json:"endpoint"`
		Ticket   crisis.Secret `json:"ticket"` // good for one connection
	}
	if json.Unmarshal(resp.body, &answer) != nil {
		answer.Code, answer.Endpoint = "", ""
	}
	switch {
	case answer.Code != "":
		err = r.judge(resp, &answer.dingtalkAnswer)
	case resp.status >= 300 || answer.Endpoint == "":
		err = r.mute(resp)
	}
	if err != nil {
		err = fmt.Errorf("%w: ask dingtalk for a connection: %w", ErrDeaf, err)
		if errors.Is(err, ErrRefused) {
			err = &Refused{Fix: fixDingTalkEar.in(lang), Err: err}
		}
		return nil, err
	}
	address, err := socketOf("dingtalk", d.API, answer.Endpoint)
	if err == nil && answer.Ticket == "" {
		err = fmt.Errorf("%w: dingtalk gives no ticket to connect with", ErrDeaf)
	}
	if err != nil {
		return nil, err
	}
	address.RawQuery = url.Values{"ticket": {answer.Ticket.Reveal()}}.Encode()
	conn, _, err := plugIn(ctx, address, d.Timeout, dingtalkLargest)
	if err != nil {
		return nil, deaf("dingtalk", err, []string{d.Secret.Reveal(), answer.Ticket.Reveal()})
	}
	return conn, nil
}

// dingtalkEar is one connection.
type dingtalkEar struct {
	*DingTalkApp
	conn *websocket.Conn
	lang string
	hear Hear
	note func(error)
	seen *recent
	acts sync.WaitGroup

	mu sync.Mutex // guards writing
}

// keep sees that the connection stands until ctx ends, then closes it.
func (e *dingtalkEar) keep(ctx context.Context) {
	defer func() { _ = e.conn.Close() }() // the reader finds out, whatever it says
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(dingtalkPing):
		}
		if err := e.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(e.Timeout)); err != nil {
			return // the reader finds out, and says so
		}
	}
}

// read takes frames until the connection breaks off or is to be renewed. One that is
// silent for longer than two of our pings, each of which is answered, is dead.
func (e *dingtalkEar) read(ctx context.Context) error {
	patience := func() error { return e.conn.SetReadDeadline(time.Now().Add(2*dingtalkPing + e.Timeout)) }
	e.conn.SetPongHandler(func(string) error { return patience() })
	for {
		err := patience()
		var kind int
		var b []byte
		if err == nil {
			kind, b, err = e.conn.ReadMessage()
		}
		if err != nil {
			return deaf("dingtalk", err, []string{e.Secret.Reveal()})
		}
		if kind != websocket.TextMessage {
			continue
		}
		f, err := dingtalkFrameOf(b)
		switch {
		case err != nil:
			e.note(err)
		case f.Type == "SYSTEM" && f.Headers.Topic == "disconnect":
			return errRenew
		case f.Type == "SYSTEM": // a ping wants its own data back
			e.answer(&f, f.Data)
		default:
			e.take(ctx, f)
		}
	}
}

// dingtalkFrame is a message over the connection.
type dingtalkFrame struct {
	Type    string `json:"type"` // SYSTEM, EVENT or CALLBACK
	Headers struct {
		Topic string `json:"topic"`
		ID    string `json:"messageId"`
	} `json:"headers"`
	Data string `json:"data"` // JSON
}

func dingtalkFrameOf(b []byte) (dingtalkFrame, error) {
	var f dingtalkFrame
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("read a message of dingtalk: %w", err)
	}
	if f.Type == "" || f.Headers.ID == "" || len(f.Headers.ID) > 200 {
		return f, errors.New("read a message of dingtalk: it is none that we know")
	}
	return f, nil
}

// take deals with one message beside the others: each has its time.
func (e *dingtalkEar) take(ctx context.Context, f dingtalkFrame) {
	c, ours, err := dingtalkClickOf(&f)
	if err != nil {
		e.note(err)
	}
	if !ours || err != nil || !e.seen.first(c.ID) {
		e.answer(&f, `{"response":{}}`)
		return
	}
	e.acts.Go(func() {
		e.tell(&f, inTime(&e.acts, dingtalkReply, wordsOf(e.lang).slow, func() string {
			reply, _ := e.hear(ctx, c) // its words say why nothing was done
			return reply
		}))
	})
}

// tell answers a click with a line that only the person who made it sees.
func (e *dingtalkEar) tell(f *dingtalkFrame, reply string) {
	b, err := encoded(map[string]any{"response": map[string]any{
		"cardUpdateOptions": dingtalkUpdate{ByKey: true, Private: true},
		"userPrivateData":   dingtalkData{map[string]string{cardReplyVar: Clean(reply, 300)}},
	}})
	if err != nil { // unreachable: strings and truths
		e.note(fmt.Errorf("answer a click to dingtalk: %w", err))
		return
	}
	e.answer(f, string(b))
}

// answer says that we have a message.
func (e *dingtalkEar) answer(f *dingtalkFrame, data string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.conn.SetWriteDeadline(time.Now().Add(e.Timeout))
	if err == nil {
		err = e.conn.WriteJSON(map[string]any{
			"code": http.StatusOK, "message": "OK", "data": data, "headers": map[string]string{"messageId": f.Headers.ID, "contentType": "application/json"},
		})
	}
	if err != nil {
		e.note(fmt.Errorf("answer a message of dingtalk: %w", bare(err)))
	}
}

// dingtalkClickOf reads the callback of a button of a card
// (https://open.dingtalk.com/document/orgapp/event-callback-card). False is for other
// messages and other buttons.
func dingtalkClickOf(f *dingtalkFrame) (c Click, ours bool, err error) {
	if f.Type != "CALLBACK" || f.Headers.Topic != dingtalkTopic {
		return c, false, nil
	}
	var p struct {
		User    string `json:"userId"`
		Content string `json:"content"` // JSON
	}
	var content struct {
		Private struct {
			Params map[string]json.RawMessage `json:"params"`
		} `json:"cardPrivateData"`
	}
	if err := json.Unmarshal([]byte(f.Data), &p); err != nil {
		return c, false, fmt.Errorf("read a click of dingtalk: %w", err)
	}
	if err := json.Unmarshal([]byte(p.Content), &content); err != nil {
		return c, false, fmt.Errorf("read a click of dingtalk: %w", err)
	}
	param := func(name string) string {
		var s string
		if raw := content.Private.Params[name]; json.Unmarshal(raw, &s) != nil {
			s = string(raw) // a template may hand the object itself on
		}
		return s
	}
	value := param(cardPressName)
	if !strings.Contains(value, `"do"`) {
		return c, false, nil
	}
	k, err := knobOf([]byte(value))
	if err != nil {
		return c, true, fmt.Errorf("read a click of dingtalk: %w", err)
	}
	return k.click(f.Headers.ID, p.User, "", param(cardNoteName)), true, nil
}
