package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"watchfire/crisis"
)

// feishuSocket is the long connection of Feishu: an address on request, frames that
// want an answer, pongs to pings.
type feishuSocket struct {
	url string

	mu     sync.Mutex // guards the fields below
	conn   *websocket.Conn
	refuse string // answer of the address service
	shake  http.Header

	hello   chan bool
	pings   chan feishuFrame
	answers chan feishuFrame
}

func newFeishuSocket(t *testing.T) (*feishuSocket, *FeishuApp) {
	f, ch := newFakeFeishuApp(t)
	s := &feishuSocket{url: f.url, hello: make(chan bool, 16), pings: make(chan feishuFrame, 64), answers: make(chan feishuFrame, 64)}
	f.socket = s
	ch.Buttons = true
	t.Cleanup(s.hangUp)
	return s, ch
}

func (s *feishuSocket) serve(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	refuse, shake := s.refuse, s.shake
	s.mu.Unlock()
	switch r.URL.Path {
	case "/callback/ws/endpoint":
		var m struct{ AppID, AppSecret string }
		_ = json.NewDecoder(r.Body).Decode(&m)
		switch {
		case refuse != "":
			fmt.Fprint(w, refuse)
		case m.AppID != "cli_1" || m.AppSecret != robotSecret:
			fmt.Fprint(w, `{"code":10014,"msg":"app secret invalid"}`)
		default:
			fmt.Fprintf(w, `{"code":0,"msg":"","data":{"URL":"ws%s/ws?device_id=d&service_id=33&access_key=topsecret","ClientConfig":{"PingInterval":120}}}`, strings.TrimPrefix(s.url, "http"))
		}
		return true
	case "/ws":
		if shake != nil {
			for k := range shake {
				w.Header().Set(k, shake.Get(k))
			}
			w.WriteHeader(http.StatusBadRequest)
			return true
		}
		s.talk(w, r)
		return true
	}
	return false
}

func (s *feishuSocket) talk(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	s.mu.Lock()
	s.conn = conn
	s.mu.Unlock()
	s.hello <- true
	for {
		_, b, err := conn.ReadMessage()
		if err != nil {
			return
		}
		f, err := decodeFrame(b)
		switch {
		case err != nil:
			return
		case f.header("type") == "ping":
			s.pings <- f
			s.send(&feishuFrame{numbers: f.numbers, headers: [][2]string{{"type", "pong"}}, payload: []byte(`{"PingInterval":60}`)})
		default:
			s.answers <- f
		}
	}
}

func (s *feishuSocket) send(f *feishuFrame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.WriteMessage(websocket.BinaryMessage, f.encode()) // the reader of the other end notices
}

func (s *feishuSocket) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

func (s *feishuSocket) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// event is a click as Feishu reports it.
func feishuEvent(id, value string, form map[string]string) []byte {
	b, err := json.Marshal(map[string]any{
		"schema": "2.0", "header": map[string]any{"event_id": id, "event_type": "card.action.trigger", "app_id": "cli_1"},
		"event": map[string]any{"operator": map[string]any{"open_id": "ou_1"}, "token": "c-1", "action": map[string]any{"tag": "button", "name": "done0", "value": json.RawMessage(value), "form_value": form}},
	})
	if err != nil {
		panic(err)
	}
	return b
}

// data are the frames of a message in so many pieces.
func feishuFrames(id string, payload []byte, n int) []*feishuFrame {
	var out []*feishuFrame
	for i := range n {
		part := payload[len(payload)*i/n : len(payload)*(i+1)/n]
		out = append(out, &feishuFrame{
			numbers: [4]uint64{uint64(i), 7, 33, feishuData}, payload: part, log: "l",
			headers: [][2]string{{"type", "event"}, {"message_id", id}, {"sum", fmt.Sprint(n)}, {"seq", fmt.Sprint(i)}, {"trace_id", "t"}},
		})
	}
	return out
}

// toast is what the person sees of an answer.
func toastIn(t *testing.T, f feishuFrame) feishuToast {
	t.Helper()
	var envelope struct {
		Code int
		Data []byte
	}
	var inner struct{ Toast feishuToast }
	if err := json.Unmarshal(f.payload, &envelope); err != nil || envelope.Code != 200 {
		t.Fatalf("the answer is %s: %v", f.payload, err)
	}
	if len(envelope.Data) > 0 {
		if err := json.Unmarshal(envelope.Data, &inner); err != nil {
			t.Fatal(err)
		}
	}
	return inner.Toast
}

// TestFeishuHears holds the way of a click on a card: heard once, also when it comes in
// pieces or again, and answered in its own frame.
func TestFeishuHears(t *testing.T) {
	s, ch := newFeishuSocket(t)
	h := listenTo(t, ch)
	await(t, s.hello)
	if err := await(t, h.notes); err != nil {
		t.Errorf("noted %v of a connection that stands", err)
	}
	if p := await(t, s.pings); p.numbers[2] != 33 || p.method() != feishuControl {
		t.Errorf("the ping is %+v", p)
	}
	form := feishuEvent("e1", stepKnob("a-1").String(), map[string]string{"note0": "城东三处"})
	for _, f := range feishuFrames("m1", form, 3) {
		s.send(f)
	}
	want := Click{ID: "e1", User: "ou_1", Incident: "20261119-01", Plan: "service-outage", Step: "a-1", Do: DeedDone, Seq: 7, Note: "城东三处"}
	if c := await(t, h.clicks); c != want {
		t.Errorf("heard %+v, want %+v", c, want)
	}
	a := await(t, s.answers)
	if toast := toastIn(t, a); toast != (feishuToast{"success", "已记录"}) || a.header("message_id") != "m1" || a.method() != feishuData {
		t.Errorf("answered %+v: %+v", a, toast)
	}
	s.send(feishuFrames("m2", form, 1)[0])
	if toast := toastIn(t, await(t, s.answers)); toast != (feishuToast{}) {
		t.Errorf("a copy is answered %+v", toast)
	}
	h.say("已由李主任完成", crisis.ErrRefused)
	s.send(feishuFrames("m3", feishuEvent("e3", stepKnob("a-1").String(), nil), 1)[0])
	await(t, h.clicks)
	if toast := toastIn(t, await(t, s.answers)); toast != (feishuToast{"warning", "已由李主任完成"}) {
		t.Errorf("a refusal is answered %+v", toast)
	}
	for _, other := range [][]byte{[]byte(`{"header":{"event_type":"im.message.receive_v1"}}`), feishuEvent("e4", `{"x":1}`, nil), []byte(`{`), feishuEvent("e5", `{"do":"dance","in":"i"}`, nil)} {
		s.send(feishuFrames("m4", other, 1)[0])
		if toast := toastIn(t, await(t, s.answers)); toast != (feishuToast{}) {
			t.Errorf("%s is answered %+v", other, toast)
		}
	}
	s.hangUp()
	if err := await(t, h.ended); !errors.Is(err, ErrDeaf) || errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("a connection that breaks off ends with %v", err)
	}
	none(t, h.clicks)

	h = listenTo(t, ch) // as the daemon does
	await(t, s.hello)
	s.send(feishuFrames("m5", form, 1)[0])
	await(t, s.answers)
	none(t, h.clicks)
	if err := h.leave(); !errors.Is(err, context.Canceled) {
		t.Errorf("left with %v", err)
	}
}

// TestFeishuEarRefused holds what a person must mend, with a fix in both languages.
func TestFeishuEarRefused(t *testing.T) {
	for name, c := range map[string]struct {
		refuse  string
		shake   http.Header
		refused bool
	}{
		"a wrong secret":       {refuse: `{"code":10014,"msg":"app secret invalid"}`, refused: true},
		"a code of next year":  {refuse: `{"code":1234,"msg":"no"}`, refused: true},
		"busy":                 {refuse: `{"code":1,"msg":"system busy"}`},
		"an error of theirs":   {refuse: `{"code":1000040343,"msg":"internal"}`},
		"no address":           {refuse: `{"code":0,"data":{"URL":"http://x"}}`},
		"nothing":              {refuse: `{}`},
		"too many connections": {shake: http.Header{"Handshake-Status": {"514"}, "Handshake-Autherrcode": {"1000040350"}}, refused: true},
		"forbidden":            {shake: http.Header{"Handshake-Status": {"403"}}, refused: true},
		"a handshake":          {shake: http.Header{"Handshake-Status": {"500"}}},
	} {
		fixes := map[string]bool{}
		for _, lang := range []string{"zh", "en"} {
			s, ch := newFeishuSocket(t)
			s.set(func() { s.refuse, s.shake = c.refuse, c.shake })
			err := ch.Listen(t.Context(), lang, nil, func(error) {})
			var refused *Refused
			if errors.As(err, &refused) != c.refused || !c.refused && !errors.Is(err, ErrDeaf) || strings.Contains(fmt.Sprint(err), "topsecret") {
				t.Errorf("%s: %v", name, err)
			}
			if refused != nil {
				fixes[refused.Fix] = true
			}
		}
		if c.refused && len(fixes) != 2 {
			t.Errorf("%s: the fixes %v do not speak both languages", name, fixes)
		}
	}
	_, ch := newFeishuSocket(t)
	ch.Buttons = false
	if err := ch.Listen(t.Context(), "zh", nil, nil); err != nil {
		t.Errorf("without buttons: %v", err)
	}
}

// TestFeishuButtons sends cards with buttons, and forms for what a step asks for, that
// Feishu takes; the message that nobody keeps up to date has none.
func TestFeishuButtons(t *testing.T) {
	f, ch := newFakeFeishuApp(t)
	ch.Buttons = true
	a := sample(crisis.AlertOpened, "zh")
	a.Next = nil
	for i := range 30 {
		a.Next = append(a.Next, crisis.Clock{Plan: "p", Step: fmt.Sprint("s-", i), Title: "取样", Due: at(2, 0), Ask: strings.Repeat("地点、", i*10)})
	}
	first, err := ch.Send(t.Context(), a)
	if err != nil || f.messages[0].kind != "interactive" || strings.Count(f.messages[0].content, `"do":"done"`) == 0 || !strings.Contains(f.messages[0].content, "form_submit") {
		t.Fatalf("%v, %s", err, f.messages[0].content)
	}
	b := sample(crisis.AlertUpdate, "zh")
	b.Seq, b.Next = 9, []crisis.Clock{{Plan: "p", Step: "s-1", Title: "取样", Due: at(2, 0)}}
	if _, err := ch.Update(t.Context(), first.Ref, b); err != nil || !strings.Contains(f.messages[0].content, `"seq":9`) {
		t.Errorf("after the edit: %v, %s", err, f.messages[0].content)
	}
	for _, kind := range []crisis.AlertKind{crisis.AlertRaised, crisis.AlertQuiet} {
		if _, err := ch.Reply(t.Context(), first.Ref, sample(kind, "zh")); err != nil || strings.Contains(f.messages[len(f.messages)-1].content, `"do"`) {
			t.Errorf("%s: %v, or buttons on a message that nobody edits", kind, err)
		}
	}
}

// FuzzFeishuFrame reads whatever comes as a frame: nothing panics, what is read is
// written and read again as the same, and a click among it names what it is for.
func FuzzFeishuFrame(f *testing.F) {
	for _, frame := range feishuFrames("m", feishuEvent("e", stepKnob("a").String(), map[string]string{"note0": "x"}), 2) {
		f.Add(frame.encode())
	}
	f.Add((&feishuFrame{headers: [][2]string{{"type", "ping"}}}).encode())
	f.Add(feishuFrames("m", feishuEvent("e", `{"do":"raise","in":"i","seq":-1}`, nil), 1)[0].encode())
	f.Add([]byte{0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	var p pieces
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := decodeFrame(b)
		if err != nil {
			return
		}
		again, err := decodeFrame(frame.encode())
		if err != nil || !bytes.Equal(again.payload, frame.payload) || !reflect.DeepEqual(again.headers, frame.headers) || again.numbers != frame.numbers || again.texts != frame.texts || again.log != frame.log {
			t.Errorf("%+v is written and read as %+v: %v", frame, again, err)
		}
		payload := p.join(&frame)
		if len(p.open) != len(p.order) || len(p.order) > mostPartial+1 {
			t.Errorf("%d messages are kept, %d in order", len(p.open), len(p.order))
		}
		c, ours, err := feishuClickOf("cli_1", payload)
		if ours && err == nil && (c.Incident == "" || c.Do == "" || c.Do == DeedDone && c.Step == "" || c.Seq < 0) {
			t.Errorf("%+v of %q", c, payload)
		}
	})
}

// TestFeishuWire holds the bytes of a frame as Protocol Buffers have them.
func TestFeishuWire(t *testing.T) {
	f := feishuFrame{numbers: [4]uint64{1, 300, 2, 1}, headers: [][2]string{{"a", "b"}}, payload: []byte("hi")}
	want := []byte{0x08, 1, 0x10, 0xac, 0x02, 0x18, 2, 0x20, 1, 0x2a, 6, 0x0a, 1, 'a', 0x12, 1, 'b', 0x32, 0, 0x3a, 0, 0x42, 2, 'h', 'i', 0x4a, 0}
	if got := f.encode(); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

// TestFeishuSlow answers within what Feishu waits for, also when the click takes longer,
// and carries it out before it leaves.
func TestFeishuSlow(t *testing.T) {
	t.Parallel() // it waits for the answer
	s, ch := newFeishuSocket(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	release, done, ended := make(chan bool), make(chan bool, 1), make(chan error, 1)
	go func() {
		ended <- ch.Listen(ctx, "zh", func(context.Context, Click) (string, error) {
			<-release
			done <- true
			return "已记录", nil
		}, func(error) {})
	}()
	await(t, s.hello)
	s.send(feishuFrames("m1", feishuEvent("e1", stepKnob("a").String(), nil), 1)[0])
	if toast := toastIn(t, await(t, s.answers)); toast.Type != "info" || toast.Content != zh.slow {
		t.Errorf("answered %+v", toast)
	}
	stop()
	none(t, ended)
	close(release)
	await(t, ended)
	await(t, done)
}
