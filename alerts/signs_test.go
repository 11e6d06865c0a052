package alerts

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestRobotSigns checks vectors computed with another program (Python's hmac). The
// two chats take the same words in each other's places, and seconds or milliseconds.
func TestRobotSigns(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"feishu", feishuSign("demo", "100"), "jquNHnVOwmDRfw+vqTIrY5dooJAgi5EcRtLsQE4wfXg="},
		{"dingtalk", dingtalkSign("this is secret", "1577262236757"), "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

// TestRobotSignsRequests finds the signature where each chat looks for it: in the
// body by seconds, in the address by milliseconds and escaped.
func TestRobotSignsRequests(t *testing.T) {
	var address, body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		address, body = r.URL.RequestURI(), string(b)
		_, _ = io.WriteString(w, `{"code":0,"errcode":0}`)
	}))
	defer s.Close()
	stamp := func() time.Time { return time.UnixMilli(1577262236757) }
	a := sample(crisis.AlertTest, "zh")
	d := &DingTalk{URL: crisis.Secret(s.URL + "/robot/send?access_token=k&timestamp=1&sign=old"), Secret: "this is secret", Timeout: time.Minute, Now: stamp}
	if _, err := d.Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if want := "/robot/send?access_token=k&sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D&timestamp=1577262236757"; address != want {
		t.Errorf("dingtalk is asked at %s, want %s", address, want)
	}
	d.Secret = ""
	if _, err := d.Send(t.Context(), a); err != nil || address != "/robot/send?access_token=k" {
		t.Errorf("dingtalk without signatures is asked at %s, %v", address, err)
	}
	f := &Feishu{URL: crisis.Secret(s.URL + "/open-apis/bot/v2/hook/k"), Secret: "demo", Format: FormatCard, Timeout: time.Minute, Now: stamp}
	if _, err := f.Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	var m struct{ Timestamp, Sign string }
	if err := json.Unmarshal([]byte(body), &m); err != nil || m.Timestamp != "1577262236" || m.Sign != feishuSign("demo", "1577262236") {
		t.Errorf("feishu gets %+v, %v", m, err)
	}
}

// FuzzSigns holds that a signature is of one length, and depends on the secret and
// on the time.
func FuzzSigns(f *testing.F) {
	f.Add("SECxyz", "1577262236757")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, secret, stamp string) {
		for name, sign := range map[string]func(string, string) string{"feishu": feishuSign, "dingtalk": dingtalkSign} {
			got := sign(secret, stamp)
			if b, err := base64.StdEncoding.DecodeString(got); err != nil || len(b) != 32 {
				t.Fatalf("%s: %q, %v", name, got, err)
			}
			if got != sign(secret, stamp) || got == sign(secret+"x", stamp) || got == sign(secret, stamp+"0") {
				t.Fatalf("%s: the signature of %q at %q does not depend on both", name, secret, stamp)
			}
		}
	})
}

// FuzzAnswers reads whatever may answer instead of a chat: nothing but a code of 0
// counts as sent, every refusal has a fix, and no secret comes through.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{`{"code":0}`, `{"StatusCode":0}`, `{"errcode":0}`, `{"errcode":310000,"errmsg":"sign"}`, `{"status":1111}`, `<html>`, `{"code":1e3}`, `[]`, `null`, `{"code":99991663,"msg":"x"}`, `{"code":0,"data":{"message_id":"om_1"}}`, `{"success":true,"result":{"deliverResults":[{"success":false}]}}`, `{"code":"param.x","message":"topsecret"}`} {
		f.Add(200, "application/json", s)
		f.Add(400, "text/html", s)
	}
	var status int
	var kind, body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	f.Cleanup(s.Close)
	robots := map[string]Channel{
		"feishu":   &Feishu{URL: crisis.Secret(s.URL + "/open-apis/bot/v2/hook/topsecret"), Format: FormatCard, Timeout: time.Minute},
		"dingtalk": &DingTalk{URL: crisis.Secret(s.URL + "/robot/send?access_token=topsecret"), Timeout: time.Minute},
		"wecom":    &WeCom{URL: crisis.Secret(s.URL + "/cgi-bin/webhook/send?key=topsecret"), Timeout: time.Minute},
	}
	app := &FeishuApp{AppID: "cli_1", Secret: "topsecret", Chat: "oc_1", API: s.URL, Timeout: time.Minute}
	robots["feishu-app"] = app
	ding := &DingTalkApp{ClientID: "ding1", Secret: "topsecret", Conversation: "cid1", Template: "t.schema", API: s.URL, Timeout: time.Minute}
	robots["dingtalk-app"] = ding
	f.Fuzz(func(t *testing.T, code int, form, say string) {
		status, kind, body = 200+(code%400+400)%400, form, say
		app.token = &chatToken{"topsecret", time.Now().Add(time.Hour)}
		ding.token = &chatToken{"topsecret", time.Now().Add(time.Hour)}
		for name, ch := range robots {
			_, err := ch.Send(t.Context(), crisis.Alert{ID: "1", Kind: crisis.AlertTest, Title: "x", Link: "https://watch.example/1"})
			refused, isRefused := errors.AsType[*Refused](err)
			switch {
			case err == nil && (status >= 300 || !strings.Contains(body, "0") && !strings.Contains(body, "true") || !json.Valid([]byte(body))):
				t.Fatalf("%s: %d %q counts as sent", name, status, body)
			case isRefused && refused.Fix == "":
				t.Fatalf("%s: %d %q is refused without a fix", name, status, body)
			case err != nil && strings.Contains(err.Error(), "topsecret"):
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

// TestAccessSkew has providers refuse us whose clock is two hours off: the fix says so, on
// every kind of channel that is answered with a status.
func TestAccessSkew(t *testing.T) {
	for off, want := range map[time.Duration]string{2 * time.Hour: "慢2小时", -2 * time.Hour: "快2小时", time.Minute: ""} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusUnauthorized)
		}))
		for _, kind := range []string{"webhook", "ntfy", "alertmanager", "dingtalk-app"} {
			_, err := provided(t, kind, s.URL).Send(t.Context(), sample(crisis.AlertOpened, "zh"))
			refused, ok := errors.AsType[*Refused](err)
			if !ok || !strings.Contains(refused.Fix, want) || strings.Contains(refused.Fix, "本机时钟") != (want != "") {
				t.Errorf("%s, %s off: %v, %+v, want %q in the fix", kind, off, err, refused, want)
			}
		}
		s.Close()
	}
}
