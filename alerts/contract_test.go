package alerts

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// setups point each kind of channel at a provider of a test.
var setups = map[string]func(c Channel, provider string){
	"alertmanager": func(c Channel, provider string) { c.(*Alertmanager).URL = provider },
	"dingtalk": func(c Channel, provider string) {
		c.(*DingTalk).URL = crisis.Secret(provider + "/robot/send?access_token=" + token)
	},
	"feishu": func(c Channel, provider string) {
		c.(*Feishu).URL = crisis.Secret(provider + "/open-apis/bot/v2/hook/" + token)
	},
	"feishu-app": func(c Channel, provider string) {
		f := c.(*FeishuApp)
		f.API, f.AppID, f.Chat = provider, "cli_1", "oc_1"
	},
	"dingtalk-app": func(c Channel, provider string) {
		d := c.(*DingTalkApp)
		d.API, d.ClientID, d.Conversation, d.Template = provider, "ding1", "cid1", "t.schema"
	},
	"log":   func(Channel, string) {},
	"ntfy":  func(c Channel, provider string) { c.(*Ntfy).Server = provider },
	"slack": func(c Channel, provider string) { s := c.(*Slack); s.API, s.Channel = provider, "C1" },
	"webpush": func(c Channel, provider string) {
		key, _ := ecdh.P256().NewPrivateKey(bytes.Repeat([]byte{1}, 32))
		w := c.(*WebPush)
		w.Key, w.Contact, w.Services = pushKeyText, "mailto:it@yunchuan.example", []string{strings.TrimPrefix(provider, "http://")}
		w.Subscribers = &fakePush{Server: &httptest.Server{URL: provider}, browsers: map[string]*browser{"/" + token: {key: key, auth: make([]byte, 16)}}}
	},
	"wecom": func(c Channel, provider string) {
		c.(*WeCom).URL = crisis.Secret(provider + "/cgi-bin/webhook/send?key=" + token)
	},
	"webhook": func(c Channel, provider string) { c.(*Webhook).URL = crisis.Secret(provider + "/" + token) },
}

// provided makes a channel of a kind with secrets in it, for a provider.
func provided(t *testing.T, kind, provider string) Channel {
	t.Helper()
	setup, ok := setups[kind]
	if !ok {
		t.Fatalf("%s: add it to setups, so that the contract holds for it too", kind)
	}
	c := Kinds[kind]()
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		switch f := v.Type().Field(i); {
		case !f.IsExported():
		case f.Type == reflect.TypeFor[crisis.Secret]():
			v.Field(i).SetString(token)
		case f.Name == "Timeout":
			v.Field(i).SetInt(int64(time.Second))
		}
	}
	if w, ok := c.(*Webhook); ok {
		w.Secret = hookSecret
	}
	if l, ok := c.(*Log); ok {
		l.File = filepath.Join(t.TempDir(), "alerts.log")
	}
	setup(c, provider)
	return c
}

// apart are the kinds that have no provider on the web, with what may fail them.
var apart = map[string]map[string]func(t *testing.T) Channel{
	"cap":   capFailures,
	"email": emailFailures,
	"exec":  execFailures,
	"log":   {},
}

// failures are what a provider may do to us, by name.
var failures = map[string]http.HandlerFunc{
	"hangs": func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that we hang up
		<-r.Context().Done()
	},
	"cuts the answer short": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("{"))
	},
	"redirects": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere/"+token, http.StatusFound)
	},
	"echoes the secret": func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, token+r.URL.Path+r.Header.Get("Authorization"), http.StatusForbidden)
	},
	"answers with a page": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><body>请先登录 "+token+"</body></html>")
	},
	"throttles":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
	"is down":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	"wants a key":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	"is not there": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) },
}

// TestContract holds, for every kind of channel, what the outbox relies on:
// documented keys, a Check that names what is missing, an error for every
// failure of the provider, an end to every attempt, a fix with every refusal in
// both languages, and no secret in anything that is printed.
func TestContract(t *testing.T) {
	for kind, maker := range Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			checkTags(t, maker())
			if err := maker().Check(); err == nil && kind != "log" && kind != "webpush" { // where a push goes, browsers say
				t.Error("the defaults pass without an address")
			}
			if failures, ok := apart[kind]; ok {
				for name, failing := range failures {
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						checkFailure(t, failing(t))
					})
				}
				if failing, ok := failures["is not there"]; ok {
					t.Run("is stopped by us", func(t *testing.T) { checkStopped(t, failing(t)) })
				}
				return
			}
			for name, h := range failures {
				if kind == "webpush" && name == "answers with a page" { // of a push service the status is all that counts
					continue
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel() // some wait for their end
					s := httptest.NewServer(h)
					defer s.Close()
					checkFailure(t, provided(t, kind, s.URL))
				})
			}
			t.Run("refuses the connection", func(t *testing.T) { checkFailure(t, provided(t, kind, "http://127.0.0.1:1")) })
			t.Run("is stopped by us", func(t *testing.T) { checkStopped(t, provided(t, kind, "http://127.0.0.1:1")) })
		})
	}
}

// checkStopped sends when we are about to end.
func checkStopped(t *testing.T, c Channel) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Send(ctx, sample(crisis.AlertTest, "en")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

// checkFailure sends to a provider that fails.
func checkFailure(t *testing.T, c Channel) {
	t.Helper()
	fixes := map[string]bool{}
	for _, lang := range []string{"zh", "en"} {
		receipt, err := c.Send(t.Context(), sample(crisis.AlertOpened, lang))
		if err == nil {
			t.Fatal("the alert counts as sent")
		}
		var refused *Refused
		if errors.As(err, &refused) {
			if refused.Fix == "" || !errors.Is(err, ErrRefused) {
				t.Errorf("%v: refused without a fix", err)
			}
			fixes[refused.Fix] = true
		}
		b, _ := json.Marshal(c) // may fail for fields without an encoding; what it prints counts
		if s := fmt.Sprintf("%v %+v %#v %s %v %+v", c, c, c, b, err, receipt); strings.Contains(s, "topsecret") || strings.Contains(s, hookSecret[6:]) {
			t.Errorf("the secret is shown: %s", s)
		}
	}
	if len(fixes) == 1 {
		t.Errorf("the fix %v does not speak both languages", fixes)
	}
}

func checkTags(t *testing.T, c Channel) {
	t.Helper()
	v := reflect.TypeOf(c).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if f.IsExported() && f.Tag.Get("yaml") != "-" && (f.Tag.Get("yaml") == "" || f.Tag.Get("doc") == "") {
			t.Errorf("field %s has no yaml or doc tag", f.Name)
		}
	}
}

// TestStatusClasses maps the status of an answer to what can be done about it.
func TestStatusClasses(t *testing.T) {
	now := at(1, 36)
	for _, c := range []struct {
		status  int
		retry   string
		after   time.Duration
		refused bool
	}{
		{429, "7", 7 * time.Second, false},
		{429, "", 0, false},
		{429, "-3", 0, false},
		{429, "soon", 0, false},
		{503, "Thu, 19 Nov 2026 01:37:00 GMT", time.Minute, false},
		{503, "Thu, 19 Nov 2026 01:00:00 GMT", 0, false},
		{503, "999999", 24 * time.Hour, false},
		{500, "", 0, false},
		{502, "", 0, false},
		{408, "", 0, false},
		{401, "", 0, true},
		{403, "", 0, true},
		{404, "", 0, true},
		{410, "", 0, true},
		{302, "", 0, true},
		{400, "", 0, true},
		{413, "", 0, true},
	} {
		h := http.Header{}
		if c.retry != "" {
			h.Set("Retry-After", c.retry)
		}
		err := ofStatus(c.status, h, now, "zh")
		var later *Later
		var refused *Refused
		switch {
		case c.refused && (!errors.As(err, &refused) || refused.Fix == ""):
			t.Errorf("%d: %v, want a refusal with a fix", c.status, err)
		case !c.refused && (!errors.As(err, &later) || later.After != c.after):
			t.Errorf("%d with Retry-After %q: %v, want to wait %s", c.status, c.retry, err, c.after)
		}
	}
	if err := ofStatus(204, nil, now, "zh"); err != nil {
		t.Errorf("204: %v", err)
	}
}

// TestTapsStayPrivate keeps links that act in the name of one person from where others
// read along.
func TestTapsStayPrivate(t *testing.T) {
	a := sample(crisis.AlertOpened, "zh")
	a.Next[0].Plan, a.Next[0].Step = "p", "s"
	for i, x := range []crisis.TapLink{{Do: crisis.TapAcknowledge}, {Do: crisis.TapDone, Plan: "p", Step: "s"}, {Do: crisis.TapDone}} {
		x.URL = fmt.Sprintf("https://watch.yunchuan.example/tap/%d", i)
		a.Taps = append(a.Taps, x)
	}
	letter := func(to ...string) string {
		m, _, err := (&Email{From: "watchfire@yunchuan.example", To: to}).letter(a, "")
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := m.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		l := readLetter(t, b.String())
		return l.plain + l.html
	}
	push, err := pushText(a)
	if err != nil {
		t.Fatal(err)
	}
	n := ntfyOf(a)
	for name, x := range map[string]struct {
		text any
		want int
	}{
		"mail to one":       {letter("duty@yunchuan.example"), 9}, // in the text, and twice in a link
		"mail to two":       {letter("duty@yunchuan.example", "office@yunchuan.example"), 0},
		"browser":           {string(push), 0},
		"folder":            {(&CAP{}).message(a), 0},
		"alertmanager":      {(&Alertmanager{}).alerts(a), 0},
		"webhook":           {alertmanager(a), 0},
		"phone, as buttons": {n.Actions[:2], 2},
		"phone, as text":    {n.Message, 1},
	} {
		if got := strings.Count(fmt.Sprintf("%+v", x.text), "/tap/"); got != x.want {
			t.Errorf("%s: %d links, want %d", name, got, x.want)
		}
	}
	if len(n.Actions) != 3 || n.Actions[2].URL != a.Link {
		t.Errorf("buttons %+v", n.Actions)
	}
}
