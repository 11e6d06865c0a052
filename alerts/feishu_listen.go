package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"watchfire/crisis"
)

const (
	// feishuReply is within what Feishu wants an answer to a click, less the way.
	feishuReply = 2500 * time.Millisecond
	// feishuPing is how often we show that we are there, unless Feishu says otherwise.
	feishuPing = 2 * time.Minute
	// feishuLargest is the most bytes of one frame.
	feishuLargest = 1 << 20
)

var (
	fixFeishuEar   = fix{"连不上按钮通道：核对 App ID 和 App Secret，并在开发者后台“事件与回调”里选择“使用长连接接收回调”，添加 card.action.trigger 后发布版本", "there is no connection for clicks: check App ID and App Secret, and in the app's settings of events and callbacks choose the long connection, add card.action.trigger and publish a version"}
	fixFeishuCrowd = fix{"该应用的长连接已满 50 条：停掉其他使用同一应用的程序，或为烽燧单独建一个应用", "the app has 50 long connections, the most there may be: stop other programs that use it, or make an app for Watchfire alone"}
)

// feishuEarCodes is what can be done about the codes of the address service.
var feishuEarCodes = map[int64]remedy{
	1:          {wait: true},
	1000040343: {wait: true},
	1000040350: {fix: fixFeishuCrowd},
	10003:      {fix: fixApp},
	10014:      {fix: fixApp},
}

// Listen implements Listener by the long connection of an app of the organisation: it
// goes out, so that no public address is needed. Feishu gives each click to one of the
// app's connections. It is carried out at once and answered with a line that the person
// sees for a moment; what takes longer is answered by the card.
func (f *FeishuApp) Listen(ctx context.Context, lang string, hear Hear, note func(error)) error {
	if !f.buttoned() {
		return nil
	}
	conn, service, err := f.dial(ctx, lang)
	if err != nil {
		return err
	}
	e := &feishuEar{FeishuApp: f, conn: conn, service: service, lang: lang, hear: hear, note: note, seen: f.known(), every: feishuPing}
	var wg sync.WaitGroup
	inner, stop := context.WithCancel(ctx)
	wg.Go(func() { e.keep(inner) })
	note(nil)
	err = e.read(context.WithoutCancel(ctx))
	stop()
	wg.Wait()
	e.acts.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (f *FeishuApp) buttoned() bool { return f.Buttons }

// dial asks where to connect to, and connects.
func (f *FeishuApp) dial(ctx context.Context, lang string) (*websocket.Conn, uint64, error) {
	r := f.request(lang)
	r.url += "/callback/ws/endpoint"
	r.body = map[string]string{"AppID": f.AppID, "AppSecret": f.Secret.Reveal()}
	resp, err := r.do(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrDeaf, err)
	}
	var answer struct {
		feishuAnswer
		Data struct {
			URL crisis.Secret `json:"URL"`
		} `json:"data"`
	}
	if json.Unmarshal(resp.body, &answer) != nil {
		answer.Code = nil
	}
	if err := r.sort(resp, answer.Code, answer.Msg, feishuEarCodes); err != nil {
		err = fmt.Errorf("%w: ask feishu for a connection: %w", ErrDeaf, err)
		if errors.Is(err, errForm) { // a code that we do not know
			err = &Refused{Fix: fixFeishuEar.in(lang), Err: err}
		}
		return nil, 0, err
	}
	address, err := socketOf("feishu", f.API, answer.Data.URL.Reveal())
	if err != nil {
		return nil, 0, err
	}
	conn, shake, err := plugIn(ctx, address, f.Timeout, feishuLargest)
	if err != nil {
		return nil, 0, f.shaken(shake, err, lang)
	}
	service, err := strconv.ParseUint(address.Query().Get("service_id"), 10, 31)
	if err != nil {
		service = 0
	}
	return conn, service, nil
}

// shaken sorts a handshake that failed; Feishu says in headers why.
func (f *FeishuApp) shaken(shake response, err error, lang string) error {
	wrapped := deaf("feishu", err, []string{f.Secret.Reveal()})
	switch h := shake.header; {
	case h.Get("Handshake-Autherrcode") == "1000040350":
		return &Refused{Fix: fixFeishuCrowd.in(lang), Err: wrapped}
	case h.Get("Handshake-Status") == "403", shake.status == http.StatusForbidden:
		return &Refused{Fix: fixFeishuEar.in(lang), Err: wrapped}
	}
	return wrapped
}

// feishuEar is one connection.
type feishuEar struct {
	*FeishuApp
	conn    *websocket.Conn
	service uint64
	lang    string
	hear    Hear
	note    func(error)
	seen    *recent
	pieces  pieces
	acts    sync.WaitGroup

	mu    sync.Mutex // guards writing, and every
	every time.Duration
}

// keep shows Feishu that we are there until ctx ends, then closes the connection.
func (e *feishuEar) keep(ctx context.Context) {
	defer func() { _ = e.conn.Close() }() // the reader finds out, whatever it says
	ping := feishuFrame{numbers: [4]uint64{0, 0, e.service, feishuControl}, headers: [][2]string{{"type", "ping"}}}
	for {
		if err := e.write(&ping); err != nil {
			return // the reader finds out, and says so
		}
		e.mu.Lock()
		every := e.every
		e.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

func (e *feishuEar) write(f *feishuFrame) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.conn.SetWriteDeadline(time.Now().Add(e.Timeout)); err != nil {
		return err
	}
	return e.conn.WriteMessage(websocket.BinaryMessage, f.encode())
}

// read takes frames until the connection breaks off. One that is silent for longer than
// two of our pings, each of which is answered, is dead.
func (e *feishuEar) read(ctx context.Context) error {
	for {
		e.mu.Lock()
		patience := 2*e.every + e.Timeout
		e.mu.Unlock()
		err := e.conn.SetReadDeadline(time.Now().Add(patience))
		var kind int
		var b []byte
		if err == nil {
			kind, b, err = e.conn.ReadMessage()
		}
		if err != nil {
			return deaf("feishu", err, []string{e.Secret.Reveal()})
		}
		if kind != websocket.BinaryMessage {
			continue
		}
		f, err := decodeFrame(b)
		if err != nil {
			e.note(fmt.Errorf("read a message of feishu: %w", err))
			continue
		}
		switch {
		case f.method() == feishuControl && f.header("type") == "pong":
			e.configure(f.payload)
		case f.method() == feishuData:
			if payload := e.pieces.join(&f); payload != nil {
				e.take(ctx, f, payload)
			}
		}
	}
}

// configure takes what Feishu says in answer to a ping about how often it wants one.
func (e *feishuEar) configure(payload []byte) {
	var c struct {
		Interval int `json:"PingInterval"` // seconds
	}
	if len(payload) == 0 || json.Unmarshal(payload, &c) != nil || c.Interval <= 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.every = min(max(time.Duration(c.Interval)*time.Second, 5*time.Second), 10*time.Minute)
}

// take deals with one message beside the others: each has its time.
func (e *feishuEar) take(ctx context.Context, f feishuFrame, payload []byte) {
	c, ours, err := feishuClickOf(e.AppID, payload)
	if err != nil {
		e.note(err)
	}
	if !ours || err != nil || !e.seen.first(c.ID) {
		e.reply(f, nil)
		return
	}
	e.acts.Go(func() {
		toast := inTime(&e.acts, feishuReply, feishuToast{"info", wordsOf(e.lang).slow}, func() feishuToast {
			return toastOf(e.hear(ctx, c))
		})
		e.reply(f, &toast)
	})
}

// feishuToast is a line that the person who clicked sees for a moment.
type feishuToast struct {
	Type    string `json:"type"` // success, info, warning or error
	Content string `json:"content"`
}

func toastOf(reply string, err error) feishuToast {
	kind := "success"
	switch {
	case errors.Is(err, crisis.ErrRefused), errors.As(err, new(*Wanted)):
		kind = "warning"
	case err != nil:
		kind = "error"
	}
	return feishuToast{kind, Clean(reply, 300)}
}

// reply answers a message: its own frame with an envelope about what became of it.
func (e *feishuEar) reply(f feishuFrame, toast *feishuToast) {
	envelope := struct {
		Code    int               `json:"code"`
		Headers map[string]string `json:"headers"`
		Data    []byte            `json:"data"`
	}{Code: http.StatusOK}
	var err error
	if toast != nil {
		envelope.Data, err = encoded(map[string]any{"toast": toast})
	}
	if err == nil {
		f.payload, err = encoded(envelope)
	}
	if err == nil {
		err = e.write(&f)
	}
	if err != nil {
		e.note(fmt.Errorf("answer a click to feishu: %w", bare(err)))
	}
}

// feishuClickOf reads the event of a click on a card
// (https://open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-callback-communication).
// False is for other events and other buttons.
func feishuClickOf(app string, payload []byte) (c Click, ours bool, err error) {
	var p struct {
		Header struct {
			ID   string `json:"event_id"`
			Type string `json:"event_type"`
			App  string `json:"app_id"`
		} `json:"header"`
		Event struct {
			Operator struct {
				ID string `json:"open_id"`
			} `json:"operator"`
			Action struct {
				Value json.RawMessage            `json:"value"`
				Form  map[string]json.RawMessage `json:"form_value"`
			} `json:"action"`
		} `json:"event"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return c, false, fmt.Errorf("read a click of feishu: %w", err)
	}
	if p.Header.Type != "card.action.trigger" || p.Header.App != app || !bytes.Contains(p.Event.Action.Value, []byte(`"do"`)) {
		return c, false, nil
	}
	k, err := knobOf(p.Event.Action.Value)
	if err != nil {
		return c, true, fmt.Errorf("read a click of feishu: %w", err)
	}
	var note string
	for name, v := range p.Event.Action.Form { // of the one form that was sent
		if text := ""; strings.HasPrefix(name, "note") && json.Unmarshal(v, &text) == nil && text != "" {
			note = text
		}
	}
	return k.click(p.Header.ID, p.Event.Operator.ID, "", note), true, nil
}
