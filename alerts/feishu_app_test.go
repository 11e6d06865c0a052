package alerts

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestFeishuAppMoves posts one card for an incident, edits it in place, and hangs
// below it what need not be heard; what must be heard is said in the group.
func TestFeishuAppMoves(t *testing.T) {
	f, ch := newFakeFeishuApp(t)
	first, err := ch.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
	if err != nil || first.Ref == "" {
		t.Fatalf("Send = %+v, %v", first, err)
	}
	later := sample(crisis.AlertUpdate, "zh")
	later.StepsDone = 9
	if _, err := ch.Update(t.Context(), first.Ref, later); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []crisis.AlertKind{crisis.AlertQuiet, crisis.AlertRaised} {
		if _, err := ch.Reply(t.Context(), first.Ref, sample(kind, "zh")); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.messages) != 3 || f.edits != 1 || f.asked != 1 {
		t.Fatalf("Feishu holds %d messages after %d edits with %d tokens, want 3, 1, 1", len(f.messages), f.edits, f.asked)
	}
	if !strings.Contains(f.messages[0].content, "9/24") {
		t.Errorf("the card on show was not brought up to date: %s", f.messages[0].content)
	}
	if m := f.messages[1]; m.below != first.Ref || !m.thread {
		t.Errorf("a remark is not in the thread: %+v", m)
	}
	if m := f.messages[2]; m.below != "" {
		t.Errorf("a raise is hidden in a thread: %+v", m)
	}
}

// TestFeishuAppOnce sends the same alert again after a crash: people see it once. An
// edit that came before is not undone.
func TestFeishuAppOnce(t *testing.T) {
	f, ch := newFakeFeishuApp(t)
	a := sample(crisis.AlertOpened, "zh")
	first, err := ch.Send(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	after := &FeishuApp{AppID: ch.AppID, Secret: ch.Secret, Chat: ch.Chat, API: ch.API, Timeout: ch.Timeout, Now: ch.Now}
	again, err := after.Send(t.Context(), a)
	if err != nil || again.Ref != first.Ref || len(f.messages) != 1 {
		t.Errorf("the second attempt: %+v, %v, %d messages, want %+v once", again, err, len(f.messages), first)
	}
	for i, other := range []crisis.Alert{sample(crisis.AlertQuiet, "zh"), sample(crisis.AlertTest, "zh")} {
		if _, err := after.Send(t.Context(), other); err != nil || len(f.messages) != i+2 {
			t.Errorf("another alert is taken for the same: %v", err)
		}
	}
}

// TestFeishuAppTokens keeps a token while it lasts, renews it before it ends, and
// asks for another when Feishu forgets it.
func TestFeishuAppTokens(t *testing.T) {
	f, ch := newFakeFeishuApp(t)
	send := func(name string, want int) {
		t.Helper()
		a := sample(crisis.AlertTest, "zh")
		a.ID += name
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
	f.say = `{"code":99991663,"msg":"Invalid access token"}`
	_, err := ch.Send(t.Context(), sample(crisis.AlertTest, "zh"))
	if refused, ok := errors.AsType[*Refused](err); !ok || !strings.Contains(refused.Fix, "App Secret") || f.asked != 4 {
		t.Errorf("no token is good: %v, asked for %d, want a refusal after 4", err, f.asked)
	}
	f.say, ch.Secret, ch.token = "", "wrong-topsecret", nil
	_, err = ch.Send(t.Context(), sample(crisis.AlertTest, "en"))
	if refused, ok := errors.AsType[*Refused](err); !ok || !strings.Contains(refused.Fix, "App Secret") || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("a wrong secret: %v", err)
	}
}

// TestFeishuAppTogether sends from several goroutines: one token is enough.
func TestFeishuAppTogether(t *testing.T) {
	f, ch := newFakeFeishuApp(t)
	f.say = `{"code":0,"msg":"success","data":{"message_id":"om_9"}}` // the rules of the fake are for one at a time
	if _, err := ch.Send(t.Context(), sample(crisis.AlertTest, "zh")); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if got, err := ch.Send(t.Context(), sample(crisis.AlertOpened, "zh")); err != nil || got.Ref != "om_9" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	all.Wait()
	if f.asked != 1 {
		t.Errorf("asked for %d tokens, want 1", f.asked)
	}
}

// TestFeishuAppClasses maps what Feishu answers to what can be done about it.
func TestFeishuAppClasses(t *testing.T) {
	for _, c := range []struct {
		code   int
		msg    string
		status int
		want   string // later, lost, or part of the fix
		after  time.Duration
	}{
		{230020, "frequency limit", 400, "later", 5 * time.Second},
		{230049, "is being sent", 400, "later", 5 * time.Second},
		{99991400, "request trigger frequency limit", 429, "later", 15 * time.Second},
		{1500, "internal error", 500, "later", 0},
		{230011, "withdrawn", 400, "lost", 0},
		{230019, "topic", 400, "lost", 0},
		{230031, "14 days", 400, "lost", 0},
		{230110, "deleted", 400, "lost", 0},
		{230001, "ext=invalid message_id", 400, "lost", 0},
		{230001, "ext=This message is NOT a card.", 400, "lost", 0},
		{230001, "ext=invalid receive_id.", 400, "机器人不在群里", 0},
		{230001, "ext=of next year", 400, "最短", 0},
		{230002, "out of the chat", 400, "机器人不在群里", 0},
		{232009, "dissolved", 400, "群已解散", 0},
		{230006, "bot", 400, "启用机器人能力", 0},
		{230018, "settings", 400, "群主放行", 0},
		{230035, "permission", 400, "群主放行", 0},
		{230022, "sensitive", 400, "敏感词", 0},
		{230028, "dlp", 400, "数据防泄漏", 0},
		{230027, "permissions", 400, "im:message:send_as_bot", 0},
		{99991672, "scopes", 400, "im:message:send_as_bot", 0},
		{99991401, "ip is denied", 400, "出口 IP", 0},
		{230025, "too long", 400, "最短", 0},
		{230099, "card", 400, "最短", 0},
		{7, "of next year", 400, "最短", 0},
	} {
		f, ch := newFakeFeishuApp(t)
		f.say, f.status = fmt.Sprintf(`{"code":%d,"msg":%q}`, c.code, c.msg), c.status
		a := sample(crisis.AlertOpened, "zh")
		for name, call := range map[string]func() (Receipt, error){
			"Send":   func() (Receipt, error) { return ch.Send(t.Context(), a) },
			"Reply":  func() (Receipt, error) { return ch.Reply(t.Context(), "om_0", a) },
			"Update": func() (Receipt, error) { return ch.Update(t.Context(), "om_0", a) },
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
				t.Errorf("%s, %d %s: %v, want %s %s", name, c.code, c.msg, err, c.want, c.after)
			}
		}
	}
}

// TestFeishuAppFits sends more than a card holds: it is cut, not refused; and what
// Feishu finds fault with comes as text, which is never edited.
func TestFeishuAppFits(t *testing.T) {
	f, ch := newFakeFeishuApp(t)
	a := sample(crisis.AlertOpened, "zh")
	for range 50 {
		a.Evidence = append(a.Evidence, crisis.Evidence{Source: "s", Quote: strings.Repeat("\"长", 300), URL: "https://x.example/" + strings.Repeat("u", 400)})
	}
	if _, err := ch.Send(t.Context(), a); err != nil || len(f.messages) != 1 || f.messages[0].kind != "interactive" || !strings.Contains(f.messages[0].content, a.Link) {
		t.Fatalf("an alert of many quotes: %v, want a card cut to fit", err)
	}
	f.say, f.sayOnce, f.status = `{"code":230099,"msg":"Failed to create card content"}`, true, 400
	a.ID += "2"
	short, err := ch.Send(t.Context(), a)
	if err != nil || len(f.messages) != 2 || f.messages[1].kind != "text" || !strings.Contains(f.messages[1].content, a.Link) {
		t.Fatalf("a card that Feishu cannot read: %v, want it as text", err)
	}
	if _, err := ch.Update(t.Context(), short.Ref, a); !errors.Is(err, ErrLost) {
		t.Errorf("an edit of a text: %v, want ErrLost, so that the next alert is a card", err)
	}
	f.say, f.sayOnce = `{"code":230099,"msg":"Failed to create card content"}`, true
	if _, err := ch.Update(t.Context(), "om_0", a); err != nil || f.edits != 1 || strings.Contains(f.messages[0].content, "x.example") {
		t.Errorf("an edit that Feishu cannot read: %v, want it of the least", err)
	}
}

// TestFeishuAppLost edits and replies to what is not there any more.
func TestFeishuAppLost(t *testing.T) {
	f, ch := newFakeFeishuApp(t)
	first, err := ch.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
	if err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(15 * 24 * time.Hour)
	if _, err := ch.Update(t.Context(), first.Ref, sample(crisis.AlertUpdate, "zh")); !errors.Is(err, ErrLost) {
		t.Errorf("an edit after 15 days: %v, want ErrLost", err)
	}
	f.messages[0].recalled = true
	for _, ref := range []string{first.Ref, "om_77", "", "om_7?x#y"} {
		if _, err := ch.Update(t.Context(), ref, sample(crisis.AlertUpdate, "zh")); !errors.Is(err, ErrLost) {
			t.Errorf("an edit of %q: %v, want ErrLost", ref, err)
		}
	}
	if _, err := ch.Reply(t.Context(), first.Ref, sample(crisis.AlertQuiet, "zh")); !errors.Is(err, ErrLost) {
		t.Errorf("a reply to a recalled message: %v, want ErrLost", err)
	}
}

func TestFeishuAppCheck(t *testing.T) {
	good := func() *FeishuApp {
		return &FeishuApp{AppID: "cli_1", Secret: "s", Chat: "oc_1", API: feishuAPI, Timeout: 1}
	}
	if err := good().Check(); err != nil {
		t.Error(err)
	}
	for want, spoil := range map[string]func(*FeishuApp){
		"app_id:": func(f *FeishuApp) { f.AppID = "" }, "app_secret:": func(f *FeishuApp) { f.Secret = "" }, "chat:": func(f *FeishuApp) { f.Chat = "ou_1" },
		"api:": func(f *FeishuApp) { f.API = "open.feishu.cn" }, "timeout:": func(f *FeishuApp) { f.Timeout = 0 },
	} {
		f := good()
		spoil(f)
		if err := f.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
