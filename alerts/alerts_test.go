package alerts

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"watchfire/crisis"
)

var update = flag.Bool("update", false, "write the golden files anew; read them before you commit")

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const token = "xoxb-0123456789-topsecret"

func at(h, m int) time.Time { return time.Date(2026, 11, 19, h, m, 0, 0, time.UTC) }

// sample is an alert with everything in it.
func sample(kind crisis.AlertKind, lang string) crisis.Alert {
	a := crisis.Alert{
		ID: "20261119-01.7." + string(kind) + ".press", Kind: kind, Incident: "20261119-01", Seq: 7, Lang: lang, Zone: "Asia/Shanghai", At: at(1, 35),
		Org: "云川市新闻办", Topic: "tap-water", Title: "自来水水质", Level: crisis.LevelII, EventLevel: crisis.LevelIII, OpinionLevel: crisis.LevelII, Since: at(1, 20),
		Signals: []crisis.Signal{
			{Detector: "surge", Tier: crisis.TierAlert, At: at(1, 35), Window: 30 * time.Minute, Observed: 42, Expected: 3.1, Low: 0, High: 8, Odds: 6.2, Posts: 57, Voices: 42, Unique: 39, Negative: 31, Coverage: 0.75},
			{Detector: "mood", Tier: crisis.TierAlert, At: at(1, 35), Window: time.Hour, Observed: 0.72, Expected: 0.2, Voices: 43, Negative: 31, Odds: 5},
		},
		Evidence: []crisis.Evidence{
			{Source: "云川论坛", Quote: "自来水一股怪味，孩子喝了肚子疼，物业说不知道", Published: at(1, 21), URL: "https://bbs.yunchuan.example/t/1", Copies: 6},
			{Source: "云川微播", Quote: "青溪区有没有人跟我一样不敢用水？", Published: at(1, 28)},
		},
		Plan: "公共服务中断处置预案", PlanEN: "Public service outage",
		Next: []crisis.Clock{
			{Title: "签收，问清范围、时长和把握", TitleEN: "Acknowledge and ask how far", Role: "值班员", Due: at(1, 50)},
			{Title: "水质类：马上取样送检", TitleEN: "Water: take samples", Role: "责任部门", Due: at(2, 20)},
		},
		RedLines:  []crisis.Clock{{Title: "最迟发布权威信息", RedLine: "cn-80", Source: "国办发〔2016〕80号", Due: at(6, 20)}},
		StepsDone: 1, StepsAll: 24, BlindSources: []string{"云川新闻网"}, Link: "https://watch.yunchuan.example/incidents/20261119-01",
	}
	switch kind {
	case crisis.AlertOverdue:
		a.Overdue, a.Holder = a.Next[:1], "王值班"
	case crisis.AlertClosed:
		a.Closed, a.Remark, a.Holder = true, "水质检测合格，已逐户答复", "王值班"
	case crisis.AlertBlind, crisis.AlertSight:
		a = crisis.Alert{ID: "blind.news", Kind: kind, Lang: lang, Zone: "Asia/Shanghai", At: at(1, 35), Title: "云川新闻网", Trouble: &crisis.Trouble{
			Source: "云川新闻网", Class: crisis.ClassGated, Since: at(0, 40), Detail: "answered with a log-in wall or a captcha", Fix: "open the page in a browser, then resume the source in the console",
		}}
	case crisis.AlertTest:
		a = crisis.Alert{ID: "test.1", Kind: kind, Lang: lang, Zone: "Asia/Shanghai", At: at(1, 35), Title: "press"}
	}
	return a
}

var kinds = []crisis.AlertKind{
	crisis.AlertOpened, crisis.AlertRaised, crisis.AlertOverdue, crisis.AlertQuiet, crisis.AlertClosed, crisis.AlertReopened, crisis.AlertUpdate, crisis.AlertBlind, crisis.AlertSight, crisis.AlertTest,
}

func TestTextGolden(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		var b strings.Builder
		for _, kind := range kinds {
			a := sample(kind, lang)
			fmt.Fprintf(&b, "=== %s\n%s\n--- short: %s\n\n", kind, Text(a), Short(a))
			if n := utf8.RuneCountInString(Short(a)); n > 70 {
				t.Errorf("%s %s: the short form has %d characters", kind, lang, n)
			}
		}
		drill := sample(crisis.AlertOpened, lang)
		drill.Drill = true
		fmt.Fprintf(&b, "=== drill\n%s\n", Headline(drill))
		file := filepath.Join("testdata", lang+".golden")
		if *update {
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
}

func TestHostileText(t *testing.T) {
	a := sample(crisis.AlertOpened, "zh")
	a.Evidence[0].Quote = "<!channel> *x* \u202eabc\u202c\n\n【Ⅰ级·红】假消息\x00" + strings.Repeat("长", 1<<20)
	a.Title = "标题\n第二行 <https://evil.example|点我>"
	text := Text(a)
	if len(text) > 8000 || strings.ContainsAny(text, "\u202e\x00") || !utf8.ValidString(text) {
		t.Errorf("hostile text goes through: %d bytes", len(text))
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "【Ⅰ级") {
			t.Errorf("a quote begins a line of its own: %s", line)
		}
	}
	b, err := json.Marshal(blocks(a))
	if err != nil {
		t.Fatal(err)
	}
	if s := string(b); strings.Contains(s, "<!channel>") || strings.Contains(s, "<https://evil") {
		t.Error("a quote can mention the channel or hide a link in Slack")
	}
}

// TestKinds holds what every channel promises: documented keys, a Check that names
// what is missing, and no secret in anything that is printed.
func TestKinds(t *testing.T) {
	for name, maker := range Kinds {
		c := maker()
		v := reflect.ValueOf(c).Elem()
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && f.Tag.Get("yaml") != "-" && (f.Tag.Get("yaml") == "" || f.Tag.Get("doc") == "") {
				t.Errorf("%s: field %s has no yaml or doc tag", name, f.Name)
			}
			if f.Type == reflect.TypeFor[crisis.Secret]() {
				v.Field(i).SetString("http://127.0.0.1:1/" + token)
			}
		}
		if name != "log" {
			if err := maker().Check(); err == nil {
				t.Errorf("%s: the defaults pass without an address", name)
			}
		}
		if s, ok := c.(*Slack); ok {
			s.API, s.Channel = "http://127.0.0.1:1/", "C1"
		}
		if name == "log" {
			continue
		}
		_, err := c.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
		if err == nil {
			t.Errorf("%s: a closed port takes an alert", name)
		}
		b, _ := json.Marshal(c) // may fail for fields without an encoding; what it prints counts
		if s := fmt.Sprintf("%v %+v %#v %s %v", c, c, c, b, err); strings.Contains(s, "topsecret") {
			t.Errorf("%s shows its secret: %s", name, s)
		}
	}
}

// TestSignature checks against a vector computed with another program (Python's hmac).
func TestSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLDSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "Y8hn6SfN+vi71icDNA4p5Atpew33PyPXfhBvYUViZjA="; got != want {
		t.Errorf("Sign = %s, want %s", got, want)
	}
}

func TestWebhook(t *testing.T) {
	status, retry := 200, ""
	var got http.Header
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		got = r.Header
		if retry != "" {
			w.Header().Set("Retry-After", retry)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer s.Close()
	hook := &Webhook{URL: crisis.Secret(s.URL), Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLDSw", Format: FormatWatchfire, Timeout: 5 * time.Second, Now: func() time.Time { return at(1, 36) }}
	a := sample(crisis.AlertOpened, "zh")
	for range 2 {
		if _, err := hook.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if got.Get("Webhook-Id") != a.ID || got.Get("Webhook-Timestamp") != fmt.Sprint(at(1, 36).Unix()) || !strings.HasPrefix(got.Get("Webhook-Signature"), "v1,") {
			t.Errorf("headers %v", got)
		}
	}
	hook.Format = FormatAlertmanager
	a.Kind, a.Closed = crisis.AlertClosed, true
	if _, err := hook.Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	var am amBody
	if err := json.Unmarshal(body, &am); err != nil || am.Version != "4" || am.Status != "resolved" || am.Alerts[0].Labels["severity"] != "II" {
		t.Errorf("Alertmanager body %+v, %v", am, err)
	}
	for _, c := range []struct {
		status  int
		retry   string
		after   time.Duration
		refused bool
	}{{429, "7", 7 * time.Second, false}, {429, "", 0, false}, {503, "Thu, 19 Nov 2026 01:37:00 GMT", time.Minute, false}, {500, "", 0, false}, {408, "", 0, false}, {401, "", 0, true}, {404, "", 0, true}, {410, "", 0, true}, {302, "", 0, true}, {400, "", 0, true}} {
		status, retry = c.status, c.retry
		_, err := hook.Send(t.Context(), a)
		var later *Later
		var refused *Refused
		switch {
		case c.refused && (!errors.As(err, &refused) || refused.Fix == "" || !errors.Is(err, ErrRefused)):
			t.Errorf("%d: %v, want a refusal with a fix", c.status, err)
		case !c.refused && (!errors.As(err, &later) || later.After != c.after):
			t.Errorf("%d with Retry-After %q: %v, want to wait %s", c.status, c.retry, err, c.after)
		}
	}
}

func TestSlack(t *testing.T) {
	f := newFakeSlack(t)
	s := &Slack{Token: token, Channel: "C1", API: f.url, Timeout: 5 * time.Second}
	a := sample(crisis.AlertOpened, "zh")
	first, err := s.Send(t.Context(), a)
	if err != nil || first.Ref == "" {
		t.Fatalf("Send = %+v, %v", first, err)
	}
	if _, err := s.Update(t.Context(), first.Ref, sample(crisis.AlertUpdate, "zh")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reply(t.Context(), first.Ref, sample(crisis.AlertRaised, "zh")); err != nil {
		t.Fatal(err)
	}
	if len(f.messages) != 2 || f.edits != 1 || f.messages[1].thread == "" {
		t.Errorf("Slack holds %+v after %d edits, want one message, one reply, one edit", f.messages, f.edits)
	}
	a.Evidence = nil
	for range 60 {
		a.Evidence = append(a.Evidence, crisis.Evidence{Source: "s", Quote: strings.Repeat("长", 500), URL: "https://x.example/" + strings.Repeat("u", 900)})
	}
	if _, err := s.Send(t.Context(), a); err != nil {
		t.Errorf("an alert of many quotes: %v, want it cut to fit", err)
	}
	for code, want := range map[string]bool{"invalid_auth": true, "channel_not_found": true, "is_archived": true, "not_in_channel": true, "token_revoked": true, "internal_error": false, "fatal_error": false} {
		f.fail = code
		_, err := s.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
		if err == nil || errors.Is(err, ErrRefused) != want || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%s: %v, refused %v, want %v", code, err, errors.Is(err, ErrRefused), want)
		}
	}
	f.fail = "429"
	_, err = s.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
	var later *Later
	if !errors.As(err, &later) || later.After != 3*time.Second {
		t.Errorf("429: %v, want to wait 3 s", err)
	}
}

func TestSendObeysContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []Channel{&Webhook{URL: "http://127.0.0.1:1/", Format: FormatWatchfire, Timeout: time.Second}, &Slack{Token: token, Channel: "C1", API: "http://127.0.0.1:1/", Timeout: time.Second}} {
		if _, err := c.Send(ctx, sample(crisis.AlertTest, "en")); !errors.Is(err, context.Canceled) {
			t.Errorf("%T: %v, want the context's error", c, err)
		}
	}
}

func TestLogFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alerts.log")
	l := &Log{File: file}
	for range 2 {
		if _, err := l.Send(t.Context(), sample(crisis.AlertOpened, "zh")); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil || strings.Count(string(b), "为什么现在") != 2 {
		t.Errorf("the log holds %q, %v", b, err)
	}
	if _, err := (&Log{File: filepath.Join(file, "x")}).Send(t.Context(), sample(crisis.AlertTest, "zh")); err == nil {
		t.Error("a path that cannot be written takes an alert")
	}
}

func TestBackoffGrows(t *testing.T) {
	last := time.Duration(0)
	for n := range 40 {
		if w := Backoff(n); w < last || w > 10*time.Hour {
			t.Errorf("Backoff(%d) = %s after %s", n, w, last)
		} else {
			last = w
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("中文\u202e<x>\n", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = min(max(n, 1), 1000)
		got := Clean(s, n)
		if utf8.RuneCountInString(got) > n || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00\u202e") {
			t.Errorf("Clean(%q, %d) = %q", s, n, got)
		}
		if e := escape(got); strings.ContainsAny(e, "<>") {
			t.Errorf("escape(%q) = %q", got, e)
		}
	})
}
