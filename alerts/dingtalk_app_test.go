package alerts

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestDingTalkAppMoves posts one card for an incident and edits it in place; the same
// alert again after a crash is the same card, and what must be heard is one of its own,
// without buttons, because nobody edits it.
func TestDingTalkAppMoves(t *testing.T) {
	f, ch := newFakeDingTalkApp(t)
	ch.Buttons = true
	a := sample(crisis.AlertOpened, "zh")
	a.Next[0].Plan, a.Next[0].Step, a.Next[0].Ask = "p", "s-1", "登记范围"
	first, err := ch.Send(t.Context(), a)
	if err != nil || !strings.HasPrefix(first.Ref, "watchfire.") {
		t.Fatalf("Send = %+v, %v", first, err)
	}
	after := &DingTalkApp{ClientID: ch.ClientID, Secret: ch.Secret, Conversation: ch.Conversation, Template: ch.Template, API: ch.API, Timeout: ch.Timeout, Now: ch.Now}
	again, err := after.Send(t.Context(), a)
	if err != nil || again.Ref != first.Ref || len(f.cards) != 1 {
		t.Errorf("the second attempt: %+v, %v, %d cards, want %s once", again, err, len(f.cards), first.Ref)
	}
	card := f.shown(0)
	for name, want := range map[string]string{cardStepsVar: `\"step\":\"s-1\"`, cardDeedsVar: `我来处理`, cardLinkVar: a.Link, cardTitleVar: "自来水水质", cardTextVar: "云川论坛"} {
		if !strings.Contains(card[name], want) {
			t.Errorf("variable %s is %s, want %s in it", name, card[name], want)
		}
	}
	later := sample(crisis.AlertUpdate, "zh")
	later.StepsDone, later.Next, later.Holder = 9, nil, "王强"
	if _, err := ch.Update(t.Context(), first.Ref, later); err != nil || f.edits != 1 {
		t.Fatalf("Update: %v", err)
	}
	if card := f.shown(0); !strings.Contains(card[cardTextVar], "9/24") || card[cardStepsVar] != "[]" || strings.Contains(card[cardDeedsVar], "我来处理") {
		t.Errorf("the card on show was not brought up to date: %v", card)
	}
	if _, err := ch.Reply(t.Context(), first.Ref, sample(crisis.AlertRaised, "zh")); err != nil || len(f.cards) != 2 || f.shown(1)[cardDeedsVar] != "[]" {
		t.Errorf("a raise: %v, %v", err, f.shown(1))
	}
	for _, ref := range []string{"", "watchfire.gone"} {
		if _, err := ch.Update(t.Context(), ref, later); !errors.Is(err, ErrLost) {
			t.Errorf("an edit of %q: %v, want ErrLost", ref, err)
		}
	}
}

// TestDingTalkAppGolden shows what a card is filled with.
func TestDingTalkAppGolden(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		var b strings.Builder
		for _, kind := range []crisis.AlertKind{crisis.AlertOpened, crisis.AlertOverdue, crisis.AlertRescue, crisis.AlertBlind, crisis.AlertTest} {
			a := sample(kind, lang)
			for i := range a.Next {
				a.Next[i].Plan, a.Next[i].Step = "p", fmt.Sprint("s-", i)
			}
			values, err := dingtalkCardOf(a, true)
			if err != nil {
				t.Fatal(err)
			}
			if bad := badDingTalkCard(values); bad != "" {
				t.Errorf("%s: %s", kind, bad)
			}
			fmt.Fprintf(&b, "=== %s\n", kind)
			for _, name := range []string{cardTitleVar, cardTextVar, cardStepsVar, cardDeedsVar, cardOpenVar, cardLinkVar} {
				fmt.Fprintf(&b, "%s: %s\n", name, strings.ReplaceAll(values[name], "\n", "\n\t"))
			}
		}
		golden(t, "dingtalk-app."+lang, b.String())
	}
}

// TestDingTalkAppTokens keeps a token while it lasts, renews it before it ends, asks for
// another when DingTalk forgets it, and does not trust one of a clock that was set back.
func TestDingTalkAppTokens(t *testing.T) {
	f, ch := newFakeDingTalkApp(t)
	n := 0
	send := func(name string, want int) {
		t.Helper()
		n++
		a := sample(crisis.AlertTest, "zh")
		a.ID += fmt.Sprint(n)
		if _, err := ch.Send(t.Context(), a); err != nil || f.asked != want {
			t.Errorf("%s: %v, asked for %d tokens, want %d", name, err, f.asked, want)
		}
	}
	send("first", 1)
	if s := fmt.Sprintf("%v %+v %#v", ch, ch, ch); strings.Contains(s, "topsecret") {
		t.Errorf("the token is shown: %s", s)
	}
	f.now = f.now.Add(109 * time.Minute)
	send("while it lasts", 1)
	f.now = f.now.Add(2 * time.Minute)
	send("before it ends", 2)
	clear(f.tokens)
	send("forgotten", 3)
	f.now = f.now.Add(-48 * time.Hour)
	send("the clock was set back by two days", 4)
	f.say = `{"code":"InvalidAuthentication","message":"不合法的access_token"}`
	_, err := ch.Send(t.Context(), sample(crisis.AlertTest, "zh"))
	if refused, ok := errors.AsType[*Refused](err); !ok || !strings.Contains(refused.Fix, "Client Secret") || f.asked != 5 {
		t.Errorf("no token is good: %v, asked for %d, want a refusal after 5", err, f.asked)
	}
	f.say, ch.Secret, ch.token = "", "wrong-topsecret", nil
	_, err = ch.Send(t.Context(), sample(crisis.AlertTest, "en"))
	if refused, ok := errors.AsType[*Refused](err); !ok || !strings.Contains(refused.Fix, "Client Secret") || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("a wrong secret: %v", err)
	}
}

// TestDingTalkAppClasses maps what DingTalk answers to what can be done about it.
func TestDingTalkAppClasses(t *testing.T) {
	code := func(code string) string { return fmt.Sprintf(`{"code":%q,"message":"x"}`, code) }
	for _, c := range []struct {
		say    string
		status int
		want   string // later, lost, or part of the fix
		after  time.Duration
	}{
		{code("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), 403, "later", time.Second},
		{code("Forbidden.AccessDenied.QpsLimitForApi"), 403, "later", time.Second},
		{code("ServiceUnavailable"), 503, "later", 0},
		{code("SystemError"), 500, "later", 0},
		{code("of.next.year"), 502, "later", 0},
		{code("of.next.year"), 429, "later", 0},
		{code("param.cardInstanceNotExist"), 400, "lost", 0},
		{code("Forbidden.AccessDenied.AccessTokenPermissionDenied"), 403, "Card.Instance.Write", 0},
		{code("Forbidden.AccessDenied.IpNotInWhiteList"), 403, "出口 IP", 0},
		{code("param.cardTemplateIdEmpty"), 400, "模板", 0},
		{code("param.contentUnsafe"), 400, "安全审查", 0},
		{code("param.openSpaceModelInvalid"), 400, "机器人还在群里", 0},
		{code("chatbot.notFound"), 400, "机器人还在群里", 0},
		{code("param.cardPublicDataEmpty"), 400, "最短", 0},
		{code("of.next.year"), 400, "最短", 0},
		{`{"success":true,"result":{"deliverResults":[{"success":false,"errorMsg":"群已解散"}]}}`, 200, "群没有解散", 0},
		{`{"success":false}`, 200, "later", 0},
		{`{"success":true}`, 500, "later", 0},
		{`<html>请登录</html>`, 200, "返回的是网页", 0},
		{`<html>bad gateway</html>`, 502, "later", 0},
		{`{}`, 200, "later", 0},
		{`not json`, 200, "later", 0},
	} {
		f, ch := newFakeDingTalkApp(t)
		f.say, f.status = c.say, c.status
		a := sample(crisis.AlertOpened, "zh")
		for name, call := range map[string]func() (Receipt, error){
			"Send":   func() (Receipt, error) { return ch.Send(t.Context(), a) },
			"Update": func() (Receipt, error) { return ch.Update(t.Context(), "watchfire.0", a) },
		} {
			_, err := call()
			refused, _ := errors.AsType[*Refused](err)
			later, _ := errors.AsType[*Later](err)
			ok := false
			switch c.want {
			case "later":
				ok = later != nil && later.After == c.after
			case "lost":
				ok = errors.Is(err, ErrLost) && refused == nil
			default:
				ok = refused != nil && strings.Contains(refused.Fix, c.want)
			}
			if !ok {
				t.Errorf("%s, %d %s: %v, %+v, want %s %s", name, c.status, c.say, err, refused, c.want, c.after)
			}
		}
	}
}

// TestDingTalkAppFits sends more than a card holds: it is cut, not refused; what DingTalk
// finds fault with comes in short form; and a burst beyond the rate is told to wait.
func TestDingTalkAppFits(t *testing.T) {
	f, ch := newFakeDingTalkApp(t)
	a := sample(crisis.AlertOpened, "zh")
	for range 50 {
		a.Evidence = append(a.Evidence, crisis.Evidence{Source: "s", Quote: strings.Repeat("\"长", 300), URL: "https://x.example/" + strings.Repeat("u", 400)})
	}
	if _, err := ch.Send(t.Context(), a); err != nil || f.shown(0)[cardLinkVar] != a.Link || len(f.shown(0)[cardTextVar]) > dingtalkBody {
		t.Fatalf("an alert of many quotes: %v", err)
	}
	f.say, f.sayOnce, f.status = `{"code":"param.cardPublicDataEmpty","message":"x"}`, true, 400
	a.ID += "2"
	if _, err := ch.Send(t.Context(), a); err != nil || strings.Contains(f.shown(1)[cardTextVar], "x.example") || !strings.Contains(f.shown(1)[cardTextVar], "编号："+a.Incident) {
		t.Fatalf("a card that DingTalk cannot read: %v, %v, want the short form", err, f.shown(1))
	}
	f.now = f.now.Add(time.Minute)
	var later *Later
	for i := range 21 {
		a.ID = fmt.Sprint("burst", i)
		_, err := ch.Send(t.Context(), a)
		if errors.As(err, &later) != (i == 20) {
			t.Fatalf("call %d within a second: %v", i+1, err)
		}
	}
	f.now = f.now.Add(later.After)
	if _, err := ch.Send(t.Context(), a); err != nil || later.After != time.Second {
		t.Errorf("%v after the wait of %s", err, later.After)
	}
}

func TestDingTalkAppCheck(t *testing.T) {
	good := func() *DingTalkApp {
		return &DingTalkApp{ClientID: "ding1", Secret: "s", Conversation: "cid1", Template: "t.schema", API: dingtalkAPI, Timeout: 1}
	}
	if err := good().Check(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*DingTalkApp){
		"client_id:": func(d *DingTalkApp) { d.ClientID = "" }, "client_secret:": func(d *DingTalkApp) { d.Secret = "" }, "conversation:": func(d *DingTalkApp) { d.Conversation = "chat1" },
		"template:": func(d *DingTalkApp) { d.Template = "StandardCard" }, "api:": func(d *DingTalkApp) { d.API = "api.dingtalk.com" }, "timeout:": func(d *DingTalkApp) { d.Timeout = 0 },
	} {
		d := good()
		spoil(d)
		if err := d.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
