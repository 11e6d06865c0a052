package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"watchfire/crisis"
)

// replyIn is what the person who pressed sees of an acknowledgement.
func replyIn(t *testing.T, a dingtalkAck) string {
	t.Helper()
	var answer struct {
		Response struct {
			Private dingtalkData `json:"userPrivateData"`
			Options struct {
				Private bool `json:"updatePrivateDataByKey"`
			} `json:"cardUpdateOptions"`
		} `json:"response"`
	}
	if err := json.Unmarshal([]byte(a.Data), &answer); err != nil || a.Code != 200 || a.Headers["contentType"] != "application/json" {
		t.Fatalf("the answer is %+v: %v", a, err)
	}
	reply := answer.Response.Private.Values[cardReplyVar]
	if (reply != "") != answer.Response.Options.Private {
		t.Errorf("the answer is %s", a.Data)
	}
	return reply
}

// TestDingTalkHears holds the way of a press: heard once, also when it comes again over
// the next connection, and answered to the person alone; a ping gets its data back; a
// connection that DingTalk renews is made anew at once.
func TestDingTalkHears(t *testing.T) {
	f, ch := newFakeDingTalkApp(t)
	ch.Buttons = true
	h := listenTo(t, ch)
	await(t, f.hello)
	if err := await(t, h.notes); err != nil {
		t.Errorf("noted %v of a connection that stands", err)
	}
	f.send("SYSTEM", "ping", "p1", `{"opaque":"7"}`)
	if a := await(t, f.acks); a.Data != `{"opaque":"7"}` || a.Headers["messageId"] != "p1" || a.Code != 200 {
		t.Errorf("a ping is answered %+v", a)
	}
	pressed := dingtalkPressed(map[string]any{"press": stepKnob("a-1").String(), "note": "城东三处"})
	f.send("CALLBACK", dingtalkTopic, "m1", pressed)
	want := Click{ID: "m1", User: "manager1", Incident: "20261119-01", Plan: "service-outage", Step: "a-1", Do: DeedDone, Seq: 7, Note: "城东三处"}
	if c := await(t, h.clicks); c != want {
		t.Errorf("heard %+v, want %+v", c, want)
	}
	if a := await(t, f.acks); replyIn(t, a) != "已记录" || a.Headers["messageId"] != "m1" {
		t.Errorf("answered %+v", a)
	}
	h.say("已由李主任完成", crisis.ErrRefused)
	f.send("CALLBACK", dingtalkTopic, "m2", dingtalkPressed(map[string]any{"press": stepKnob("a-1")})) // the object itself
	await(t, h.clicks)
	if reply := replyIn(t, await(t, f.acks)); reply != "已由李主任完成" {
		t.Errorf("a refusal is answered %q", reply)
	}
	for i, other := range []string{`{`, `{"content":"{"}`, dingtalkPressed(nil), dingtalkPressed(map[string]any{"press": `{"do":"dance","in":"i"}`}), dingtalkPressed(map[string]any{"press": `{"x":1}`})} {
		f.send("CALLBACK", dingtalkTopic, fmt.Sprint("o", i), other)
		if reply := replyIn(t, await(t, f.acks)); reply != "" {
			t.Errorf("%s is answered %q", other, reply)
		}
	}
	f.send("EVENT", "user_add_org", "o9", `{}`)
	await(t, f.acks)
	f.send("SYSTEM", "disconnect", "d1", `{"reason":"rebalance"}`)
	await(t, f.hello)
	f.send("CALLBACK", dingtalkTopic, "m1", pressed)
	if reply := replyIn(t, await(t, f.acks)); reply != "" {
		t.Errorf("a copy is answered %q", reply)
	}
	f.hangUp()
	if err := await(t, h.ended); !errors.Is(err, ErrDeaf) || errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("a connection that breaks off ends with %v", err)
	}
	none(t, h.clicks)
	h = listenTo(t, ch) // as the daemon does
	await(t, f.hello)
	if err := h.leave(); !errors.Is(err, context.Canceled) || f.opened != 3 {
		t.Errorf("left with %v after %d connections, want 3", err, f.opened)
	}
}

// TestDingTalkEarRefused holds what a person must mend, with a fix in both languages.
func TestDingTalkEarRefused(t *testing.T) {
	for name, c := range map[string]struct {
		refuse  string
		status  int
		hasty   bool
		secret  crisis.Secret
		refused bool
	}{
		"a wrong secret":         {secret: "wrong-topsecret", refused: true},
		"Stream mode is off":     {refuse: `{"code":"subscriptionIllegal","message":"x"}`, status: 400, refused: true},
		"busy":                   {refuse: `{"code":"ServiceUnavailable","message":"x"}`, status: 503},
		"no address":             {refuse: `{"endpoint":"http://x","ticket":"t"}`},
		"no ticket":              {refuse: `{"endpoint":"ws://x/connect","ticket":""}`},
		"nothing":                {refuse: `{}`},
		"a stranger's ticket":    {refuse: `ws`},
		"it closes each at once": {hasty: true},
	} {
		fixes := map[string]bool{}
		for _, lang := range []string{"zh", "en"} {
			f, ch := newFakeDingTalkApp(t)
			ch.Buttons = true
			if c.secret != "" {
				ch.Secret = c.secret
			}
			refuse := c.refuse
			if refuse == "ws" {
				refuse = fmt.Sprintf(`{"endpoint":"ws%s/connect","ticket":"9-topsecret"}`, strings.TrimPrefix(f.url, "http"))
			}
			f.set(func() { f.refuse, f.refused, f.hasty = refuse, c.status, c.hasty })
			var err error
			for range 8 {
				if err = ch.Listen(t.Context(), lang, nil, func(error) {}); !c.hasty {
					break
				}
			}
			var refused *Refused
			if errors.As(err, &refused) != c.refused || !errors.Is(err, ErrDeaf) || strings.Contains(fmt.Sprint(err), "topsecret") {
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
	_, ch := newFakeDingTalkApp(t)
	if err := ch.Listen(t.Context(), "zh", nil, nil); err != nil {
		t.Errorf("without buttons: %v", err)
	}
}

// TestDingTalkSlow answers within what DingTalk waits for, also when the click takes
// longer, and carries it out before it leaves.
func TestDingTalkSlow(t *testing.T) {
	t.Parallel() // it waits for the answer
	f, ch := newFakeDingTalkApp(t)
	ch.Buttons = true
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
	await(t, f.hello)
	f.send("CALLBACK", dingtalkTopic, "m1", dingtalkPressed(map[string]any{"press": stepKnob("a").String()}))
	if reply := replyIn(t, await(t, f.acks)); reply != zh.slow {
		t.Errorf("answered %q", reply)
	}
	stop()
	none(t, ended)
	close(release)
	await(t, ended)
	await(t, done)
}

// FuzzDingTalkFrame reads whatever comes as a frame: nothing panics, and a click among it
// names what it is for.
func FuzzDingTalkFrame(f *testing.F) {
	frame := func(kind, topic, data string) []byte {
		b, err := json.Marshal(map[string]any{"type": kind, "data": data, "headers": map[string]string{"topic": topic, "messageId": "m"}})
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	f.Add(frame("CALLBACK", dingtalkTopic, dingtalkPressed(map[string]any{"press": stepKnob("a").String(), "note": "x"})))
	f.Add(frame("CALLBACK", dingtalkTopic, dingtalkPressed(map[string]any{"press": `{"do":"raise","in":"i","seq":-1}`})))
	f.Add(frame("CALLBACK", dingtalkTopic, dingtalkPressed(map[string]any{"press": []any{1, "\"do\""}, "note": 7})))
	f.Add(frame("SYSTEM", "ping", `{"opaque":"x"}`))
	f.Add([]byte(`{"type":"CALLBACK","headers":{"messageId":7}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := dingtalkFrameOf(b)
		if err != nil {
			return
		}
		c, ours, err := dingtalkClickOf(&frame)
		if ours && err == nil && (c.ID == "" || c.Incident == "" || c.Do == "" || c.Do == DeedDone && c.Step == "" || c.Seq < 0) {
			t.Errorf("%+v of %q", c, b)
		}
	})
}
