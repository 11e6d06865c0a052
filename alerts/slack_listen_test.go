package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"watchfire/crisis"
)

// hearing is somebody who listens in a test.
type hearing struct {
	t      *testing.T
	stop   context.CancelFunc
	ended  chan error
	clicks chan Click
	notes  chan error

	mu     sync.Mutex // guards the answer
	reply  string
	refuse error
}

// listenTo listens until the test ends.
func listenTo(t *testing.T, l Listener) *hearing {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	h := &hearing{t: t, stop: stop, ended: make(chan error, 1), clicks: make(chan Click, 64), notes: make(chan error, 256), reply: "已记录"}
	go func() {
		h.ended <- l.Listen(ctx, "zh", func(_ context.Context, c Click) (string, error) {
			h.clicks <- c
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.reply, h.refuse
		}, func(err error) { h.notes <- err })
	}()
	t.Cleanup(stop)
	return h
}

// say sets the answer to the clicks that follow.
func (h *hearing) say(reply string, refuse error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reply, h.refuse = reply, refuse
}

// leave ends the listening and returns what Listen returned.
func (h *hearing) leave() error {
	h.t.Helper()
	h.stop()
	return await(h.t, h.ended)
}

// await takes what comes next, and fails the test if nothing does.
func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// none fails the test if something has come.
func none[T any](t *testing.T, c <-chan T) {
	t.Helper()
	select {
	case v := <-c:
		t.Errorf("%v came, want nothing", v)
	default:
	}
}

func stepKnob(step string) knob {
	return knob{Do: DeedDone, Incident: "20261119-01", Plan: "service-outage", Step: step, Seq: 7}
}

// TestSlackHears holds the way of a click: acknowledged, heard once although a copy
// follows, answered to the person alone with a way back.
func TestSlackHears(t *testing.T) {
	f := newFakeSocket(t)
	h := listenTo(t, f.slack())
	await(t, f.hello)
	if err := await(t, h.notes); err != nil {
		t.Errorf("noted %v of a connection that stands", err)
	}
	for range 3 {
		f.say(f.press("e1", stepKnob("a-1").String()))
		if id := await(t, f.acks); id != "e1" {
			t.Errorf("acknowledged %q", id)
		}
	}
	want := Click{ID: "e1", User: "U1", Name: "wang", Incident: "20261119-01", Plan: "service-outage", Step: "a-1", Do: DeedDone, Seq: 7}
	if c := await(t, h.clicks); c != want {
		t.Errorf("heard %+v, want %+v", c, want)
	}
	a := await(t, f.answers)
	if a.text != "已记录" || a.via != "/respond/1" || !strings.Contains(a.blocks, `"action_id":"watchfire.undo.0"`) {
		t.Errorf("answered %+v", a)
	}
	h.say("<!here> 已由李主任完成", crisis.ErrRefused)
	f.say(f.press("e2", stepKnob("a-1").String()))
	await(t, f.acks)
	await(t, h.clicks)
	if a := await(t, f.answers); a.blocks != "" || !strings.HasPrefix(a.text, "&lt;!here&gt;") {
		t.Errorf("a refusal is answered %+v", a)
	}
	if err := h.leave(); !errors.Is(err, context.Canceled) {
		t.Errorf("left with %v", err)
	}
	none(t, h.clicks) // the copies
}

// TestSlackForm ticks a step that asks for a record: a form opens, and what is written
// in it comes as a note. When Slack does not open it, the person is told what to do.
func TestSlackForm(t *testing.T) {
	f := newFakeSocket(t)
	h := listenTo(t, f.slack())
	h.say("请到处理页登记", &Wanted{Title: "取样<送检>", Ask: "取样地点、时间"})
	await(t, f.hello)
	f.say(f.press("e1", stepKnob("a-1").String()))
	await(t, h.clicks)
	var view struct {
		Form  string `json:"callback_id"`
		Order string `json:"private_metadata"`
		Title struct {
			Text string `json:"text"`
		} `json:"title"`
	}
	form := await(t, f.forms)
	if err := json.Unmarshal([]byte(form), &view); err != nil || view.Title.Text == "" || !strings.Contains(form, "取样地点、时间") {
		t.Fatalf("the form is %s: %v", form, err)
	}
	h.say("已记录", nil)
	f.say(map[string]any{"type": "interactive", "envelope_id": "e2", "payload": map[string]any{
		"type": "view_submission", "user": map[string]any{"id": "U1", "name": "wang"},
		"view": map[string]any{"callback_id": view.Form, "private_metadata": view.Order, "state": map[string]any{"values": map[string]any{"note": map[string]any{"note": map[string]any{"type": "plain_text_input", "value": "城东三处\n9时"}}}}},
	}})
	if c := await(t, h.clicks); c.Note != "城东三处\n9时" || c.Step != "a-1" || c.User != "U1" || c.ID != "e2" {
		t.Errorf("heard %+v", c)
	}
	if a := await(t, f.answers); a.via != "C1" || a.user != "U1" || a.text != "已记录" {
		t.Errorf("answered %+v", a)
	}
	h.say("请到处理页登记", &Wanted{Title: "x", Ask: "y"})
	late := f.press("e3", stepKnob("a-1").String())
	late["payload"].(map[string]any)["trigger_id"] = "late"
	f.say(late)
	if a := await(t, f.answers); a.text != "请到处理页登记" {
		t.Errorf("without a form the person is told %+v", a)
	}
	if err := h.leave(); !errors.Is(err, context.Canceled) {
		t.Errorf("left with %v", err)
	}
}

// TestSlackConnection renews the connection as Slack asks, outlives an outage, and does
// not run in circles.
func TestSlackConnection(t *testing.T) {
	f := newFakeSocket(t)
	h := listenTo(t, f.slack())
	first := await(t, f.hello)
	for i, reason := range []string{"warning", "refresh_requested", "too_many_websockets"} {
		f.say(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "h"}})
		if n := await(t, f.hello); n != first+i+1 {
			t.Errorf("%s: connection %d, want %d", reason, n, first+i+1)
		}
	}
	f.set(func() { f.down = true })
	f.hangUp()
	for err := range h.notes {
		if errors.Is(err, ErrDeaf) {
			break
		}
	}
	f.set(func() { f.down = false })
	await(t, f.hello)
	f.say(f.press("e9", stepKnob("a-2").String()))
	if c := await(t, h.clicks); c.Step != "a-2" {
		t.Errorf("after the outage: %+v", c)
	}
	if err := h.leave(); !errors.Is(err, context.Canceled) {
		t.Errorf("left with %v", err)
	}
	for len(h.notes) > 0 {
		if err := <-h.notes; err != nil && strings.Contains(err.Error(), "topsecret") {
			t.Errorf("the token is shown: %v", err)
		}
	}

	f = newFakeSocket(t)
	f.set(func() { f.hasty = true })
	if err := await(t, listenTo(t, f.slack()).ended); !errors.Is(err, ErrDeaf) || errors.Is(err, ErrRefused) || f.opened() > 10 {
		t.Errorf("a socket that closes at once: %v after %d connections", err, f.opened())
	}
}

// TestSlackEarRefused holds that what a person must mend ends the listening with a fix
// in both languages, and what passes does not.
func TestSlackEarRefused(t *testing.T) {
	for _, code := range []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope", "not_allowed_token_type", "a_code_of_next_year", "404"} {
		fixes := map[string]bool{}
		for _, lang := range []string{"zh", "en"} {
			f := newFakeSocket(t)
			if f.refusal = code; code == "404" {
				f.refusal, f.status = "", 404
			}
			err := f.slack().Listen(t.Context(), lang, nil, func(error) {})
			var refused *Refused
			if !errors.As(err, &refused) || refused.Fix == "" || strings.Contains(fmt.Sprint(err), "topsecret") {
				t.Errorf("%s: %v", code, err)
				continue
			}
			fixes[refused.Fix] = true
		}
		if len(fixes) != 2 {
			t.Errorf("%s: the fixes %v do not speak both languages", code, fixes)
		}
	}
	for _, code := range []string{"internal_error", "fatal_error", "service_unavailable"} {
		f := newFakeSocket(t)
		f.refusal = code
		h := listenTo(t, f.slack())
		if err := await(t, h.notes); !errors.Is(err, ErrDeaf) || errors.Is(err, ErrRefused) {
			t.Errorf("%s: noted %v", code, err)
		}
		f.set(func() { f.refusal = "" })
		await(t, f.hello)
		_ = h.leave()
	}
	s := newFakeSocket(t).slack()
	s.AppToken = ""
	if err := s.Listen(t.Context(), "zh", nil, nil); err != nil {
		t.Errorf("without an app-level token: %v", err)
	}
	s.AppToken = "xoxb-1"
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "xapp-") {
		t.Errorf("a token of another kind passes: %v", err)
	}
}

// TestSlackButtons holds the buttons within the limits of Block Kit, one per step, on
// the message that is edited only, with ids that differ from edit to edit.
func TestSlackButtons(t *testing.T) {
	f := newFakeSlack(t)
	s := newSlack(f)
	a := sample(crisis.AlertOpened, "zh")
	a.Next = nil
	for i := range 60 {
		a.Next = append(a.Next, crisis.Clock{Plan: "p", Step: fmt.Sprint("s-", i), Title: strings.Repeat("长<", 60), Due: at(2, 0)})
	}
	a.Overdue = []crisis.Clock{{Plan: "p", Step: "late", Title: "取样", Due: at(1, 0)}, {Plan: "p", Step: "s-1", RedLine: "r", Title: "红线", Due: at(1, 0)}}
	if _, err := s.Send(t.Context(), a); err != nil || strings.Contains(f.messages[0].blocks, `"actions"`) {
		t.Errorf("without a listener: %v, or buttons that nobody hears", err)
	}
	s.AppToken = appToken
	r, err := s.Send(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	first := f.messages[1].buttons
	if len(first) != mostSteps+3 || !strings.Contains(first[0].Value, `"step":"late"`) {
		t.Errorf("%d buttons, the first is %+v", len(first), first[0])
	}
	b := a
	b.At, b.Seq, b.ID, b.Holder = at(1, 50), 8, "other", "王值班"
	if _, err := s.Update(t.Context(), r.Ref, b); err != nil {
		t.Fatal(err)
	}
	second := f.messages[1].buttons
	if len(second) != mostSteps+2 || second[0].block == first[0].block || !strings.Contains(second[0].Value, `"seq":8`) {
		t.Errorf("after the edit %d buttons, the first is %+v", len(second), second[0])
	}
	if _, err := s.Reply(t.Context(), r.Ref, b); err != nil || len(f.messages[2].buttons) != 0 {
		t.Errorf("a reply, which is never edited, has buttons: %v", err)
	}
	for _, kind := range kinds {
		x := sample(kind, "en")
		x.Closed = true
		if steps, whole := pressesOf(x); len(steps)+len(whole) > 0 {
			t.Errorf("%s, closed, has buttons", kind)
		}
	}
	for _, kind := range []crisis.AlertKind{crisis.AlertBlind, crisis.AlertRescue, crisis.AlertTest} {
		if steps, whole := pressesOf(sample(kind, "en")); len(steps)+len(whole) > 0 {
			t.Errorf("%s has buttons", kind)
		}
	}
}

// FuzzSlackClick reads whatever comes as a click: nothing panics, and what is taken for
// one of ours names what it is for.
func FuzzSlackClick(f *testing.F) {
	s := fakeSocket{url: "https://hooks.slack.com"}
	for _, k := range []string{stepKnob("a").String(), knob{Do: DeedRaise, Incident: "i"}.String(), `{"do":"done"}`, `{"do":"raise","in":"i","step":"x"}`, `[]`, ``} {
		b, err := json.Marshal(s.press("e", k)["payload"])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"type":"view_submission","view":{"callback_id":"watchfire.record","private_metadata":"{}"}}`))
	f.Add([]byte(`{"type":"block_actions","actions":[]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, ours, err := slackClickOf("e", payload)
		if !ours || err != nil {
			return
		}
		if c.Incident == "" || c.Do == "" || (c.Do == DeedDone) && c.Step == "" || c.ID != "e" || len([]rune(c.Note)) > mostNote || strings.ContainsAny(c.User+c.Name+c.Step, "\n\x00") {
			t.Errorf("%+v of %q", c, payload)
		}
	})
}

// TestListenEnds carries out what the provider was told we have before Listen returns,
// and answers it.
func TestListenEnds(t *testing.T) {
	f := newFakeSocket(t)
	ctx, stop := context.WithCancel(t.Context())
	begun, release, ended := make(chan bool, 4), make(chan bool), make(chan error, 1)
	go func() {
		ended <- f.slack().Listen(ctx, "zh", func(ctx context.Context, c Click) (string, error) {
			begun <- true
			<-release
			return "已记录 " + c.Step, ctx.Err()
		}, func(error) {})
	}()
	await(t, f.hello)
	for _, step := range []string{"a-1", "a-2"} {
		f.say(f.press("e"+step, stepKnob(step).String()))
		await(t, f.acks) // before the work is done
	}
	await(t, begun)
	stop()
	none(t, ended)
	close(release)
	if err := await(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("left with %v", err)
	}
	got := await(t, f.answers).text + ", " + await(t, f.answers).text
	if got != "已记录 a-1, 已记录 a-2" && got != "已记录 a-2, 已记录 a-1" {
		t.Errorf("answered %s", got)
	}
}
