package alerts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// What may befall an alert on its way, on every kind of channel.
const (
	wrongKey   = "wrong or revoked secret"
	dissolved  = "group gone or robot removed"
	long       = "long message"
	clockOffs  = "clock off by two hours"
	webPage    = "web page with status 200"
	throttled  = "throttled with Retry-After"
	codedFast  = "throttled by a code"
	downNow    = "5xx"
	noConn     = "connection refused"
	badTLS     = "certificate not trusted"
	noAnswer   = "no answer in time"
	emptyBody  = "empty answer"
	cutJSON    = "truncated JSON"
	otherShape = "JSON of another shape"
	toLogin    = "redirect to a log-in page"
)

var befalls = []string{wrongKey, dissolved, long, clockOffs, webPage, throttled, codedFast, downNow, noConn, badTLS, noAnswer, emptyBody, cutJSON, otherShape, toLogin}

// answer is what a provider says, and what is to follow. Every %s in it is a secret of ours
// that the provider echoes.
type answer struct {
	status int
	header map[string]string
	say    string

	refused bool
	after   time.Duration // of a wait
	zh, en  string        // part of what a person is told
}

// refuses is an answer that a person must deal with.
func refuses(status int, say, zh, en string) answer {
	return answer{status: status, say: say, refused: true, zh: zh, en: en, header: map[string]string{"Date": at(1, 36).Format(http.TimeFormat)}}
}

// puts is an answer that passes, after a time.
func puts(status int, say string, after time.Duration) answer {
	return answer{status: status, say: say, after: after, zh: "自动重发", en: "by themselves"}
}

// vendors are the answers that each provider has of its own, by case. Those of
// DingTalk, Feishu and WeCom have status 200 unless the app's interface is asked.
var vendors = map[string]map[string][]answer{
	"slack": {
		wrongKey: {
			refuses(200, `{"ok":false,"error":"invalid_auth","detail":"%s"}`, "令牌不对", "token is wrong"), refuses(200, `{"ok":false,"error":"token_revoked"}`, "吊销", "revoked"),
			refuses(200, `{"ok":false,"error":"account_inactive"}`, "重新安装", "install"), refuses(200, `{"ok":false,"error":"bad %s"}`, "错误代码", "error code"),
		},
		dissolved: {refuses(200, `{"ok":false,"error":"channel_not_found"}`, "频道编号", "check the id"), refuses(200, `{"ok":false,"error":"is_archived"}`, "归档", "archived"), refuses(200, `{"ok":false,"error":"not_in_channel"}`, "/invite", "/invite"), refuses(200, `{"ok":false,"error":"team_not_found"}`, "工作区", "workspace")},
		codedFast: {puts(200, `{"ok":false,"error":"ratelimited"}`, 0), puts(200, `{"ok":false,"error":"rate_limited"}`, 0)},
	},
	"feishu": {
		wrongKey:  {refuses(200, `{"code":19001,"msg":"param invalid: incoming webhook access token invalid %s"}`, "重新添加机器人", "add it again"), refuses(200, `{"code":19021,"msg":"sign match fail %s"}`, "核对签名密钥", "compare the secret")},
		dissolved: {refuses(200, `{"code":19001,"msg":"token invalid"}`, "重新添加机器人", "add it again"), refuses(200, `{"code":19007,"msg":"Bot Not Enabled"}`, "启用", "start it")},
		clockOffs: {refuses(200, `{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`, "时钟", "clock")},
		codedFast: {puts(200, `{"code":11232,"msg":"frequency limited %s"}`, 15*time.Second), puts(200, `{"code":9499,"msg":"too many request"}`, time.Minute)},
	},
	"feishu-app": {
		wrongKey:  {refuses(400, `{"code":99991663,"msg":"Invalid access token %s"}`, "App Secret", "App Secret")},
		dissolved: {refuses(400, `{"code":232009,"msg":"chat dissolved"}`, "群已解散", "dissolved"), refuses(400, `{"code":230002,"msg":"Bot not in chat"}`, "添加该应用的机器人", "add the app's robot")},
		codedFast: {puts(400, `{"code":230020,"msg":"frequency limit"}`, 5*time.Second), puts(200, `{"code":99991400,"msg":"request trigger frequency limit %s"}`, 15*time.Second)},
	},
	"dingtalk": {
		wrongKey:  {refuses(200, `{"errcode":300005,"errmsg":"token is not exist %s"}`, "重新添加机器人", "add it again"), refuses(200, `{"errcode":310000,"errmsg":"sign not match %s"}`, "核对签名密钥", "compare the secret")},
		dissolved: {refuses(200, `{"errcode":400013,"errmsg":"group dissolved"}`, "群已解散", "dissolved"), refuses(200, `{"errcode":400101,"errmsg":"robot not exist"}`, "重新添加机器人", "add it again"), refuses(200, `{"errcode":400102,"errmsg":"robot stopped"}`, "启用", "start it")},
		clockOffs: {refuses(200, `{"errcode":310000,"errmsg":"description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在timestampms以内"}`, "时钟", "clock"), refuses(200, `{"errcode":310000,"errmsg":"timestamp expired, sign invalid"}`, "时钟", "clock")},
		codedFast: {
			puts(200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute %s"}`, dingtalkPause), puts(200, `{"errcode":660026,"errmsg":"x"}`, dingtalkPause), puts(200, `{"errcode":302033,"errmsg":"x"}`, dingtalkPause),
			puts(200, `{"status":1111,"wait":5,"punish":"deny"}`, dingtalkPause), puts(200, `{"errcode":88,"errmsg":"ding talk error[subcode=90018,submsg=您的服务器调用钉钉开放平台所有接口的请求都被暂时禁用了,QPS限流]"}`, time.Minute),
		},
	},
	"dingtalk-app": {
		wrongKey:  {refuses(400, `{"code":"InvalidAuthentication","message":"不合法的access_token %s"}`, "Client Secret", "Client Secret")},
		dissolved: {refuses(400, `{"code":"group.dissolved","message":"%s"}`, "群没有解散", "not dissolved"), refuses(200, `{"success":true,"result":{"deliverResults":[{"success":false,"errorMsg":"robot not in group %s"}]}}`, "还在群里", "is in it")},
		codedFast: {puts(403, `{"code":"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi","message":"%s"}`, time.Second)},
	},
	"wecom": {
		wrongKey:  {refuses(200, `{"errcode":93000,"errmsg":"invalid webhook url, key: %s"}`, "换用新地址", "use the new address"), refuses(200, `{"errcode":40001,"errmsg":"x"}`, "重新添加机器人", "add it again")},
		dissolved: {refuses(200, `{"errcode":93008,"errmsg":"not in group"}`, "不在群里", "not in the group")},
		codedFast: {puts(200, `{"errcode":45009,"errmsg":"api freq out of limit, key %s"}`, time.Minute), puts(200, `{"errcode":45033,"errmsg":"x"}`, 5*time.Second)},
	},
	"ntfy": {
		wrongKey:  {refuses(401, `{"code":40101,"http":401,"error":"unauthorized %s"}`, "换新令牌", "make another one"), refuses(403, `{"code":40301,"http":403,"error":"forbidden"}`, "写权限", "write access")},
		dissolved: {refuses(404, `{"code":40401,"http":404,"error":"page not found %s"}`, "要新地址", "new one")},
		codedFast: {puts(429, `{"code":42901,"http":429,"error":"limit reached: too many requests %s"}`, 10*time.Second), puts(429, `{"code":42908,"http":429,"error":"daily quota"}`, 22*time.Hour+24*time.Minute), puts(507, `{"code":50701,"http":507,"error":"storage"}`, 0)},
	},
	"webhook": {
		wrongKey:  {refuses(401, `no: %s`, "检查密钥", "check the secret"), refuses(403, `%s`, "检查密钥", "check the secret")},
		dissolved: {refuses(404, `%s`, "要新地址", "new one"), refuses(410, ``, "要新地址", "new one")},
		clockOffs: {{status: 401, say: "Message timestamp too old %s", header: map[string]string{"Date": at(3, 36).Format(http.TimeFormat)}, refused: true, zh: "本机时钟比对方慢2小时", en: "clock is 2 h behind"}},
	},
	"alertmanager": {
		wrongKey:  {refuses(401, `%s`, "检查密钥", "check the secret"), refuses(403, `<html>%s</html>`, "检查密钥", "check the secret")},
		dissolved: {refuses(404, `404 page not found %s`, "要新地址", "new one")},
	},
	"webpush": {
		wrongKey:  {refuses(401, `%s`, "核对 key", "check key"), refuses(403, `vapid %s`, "核对 key", "check key")},
		dissolved: {refuses(404, ``, "没有开启推送", "turned notifications on"), refuses(410, `%s`, "没有开启推送", "turned notifications on")},
		clockOffs: {{status: 403, say: "jwt expired %s", header: map[string]string{"Date": at(3, 36).Format(http.TimeFormat)}, refused: true, zh: "本机时钟比对方慢2小时", en: "clock is 2 h behind"}},
	},
}

// shared are the answers that no provider has for itself, by case.
var shared = map[string][]answer{
	webPage: {
		refuses(200, "<!DOCTYPE html><html><body>请先登录 %s</body></html>", "返回的是网页", "a web page answered"), refuses(200, "\ufeff\n<HTML><title>%s</title>", "返回的是网页", "a web page answered"),
		refuses(200, "<!-- portal --><html>%s", "返回的是网页", "a web page answered"),
	},
	throttled: {
		{status: 429, header: map[string]string{"Retry-After": "7"}, say: "slow down %s", after: 7 * time.Second, zh: "稍后再发", en: "later"},
		{status: 429, header: map[string]string{"Retry-After": "@90"}, after: 90 * time.Second, zh: "稍后再发", en: "later"},
		{status: 503, header: map[string]string{"Retry-After": "@90"}, say: "%s", after: 90 * time.Second, zh: "稍后再发", en: "later"},
		puts(429, "", 0),
	},
	downNow:    {puts(500, "%s", 0), puts(502, "<html>bad gateway %s</html>", 0), puts(503, `{"error":"%s"}`, 0), puts(504, "", 0)},
	emptyBody:  {puts(200, "", 0), puts(200, " \n", 0)},
	cutJSON:    {puts(200, `{"ok":tr`, 0), puts(200, `{"code":0,"errcode":0,"ok":true,"ts":"1.2","id":"`, 0)},
	otherShape: {puts(200, `{}`, 0), puts(200, `[]`, 0), puts(200, `null`, 0), puts(200, `"ok"`, 0), puts(200, `{"status":"UP","detail":"%s"}`, 0), puts(200, `{"code":"0","errcode":"0","ok":"true"}`, 0), puts(200, `{"ok":false}`, 0), puts(200, `{"success":false}`, 0)},
	toLogin:    {{status: 302, header: map[string]string{"Location": "/login?back=%s"}, refused: true, zh: "地址", en: "address"}, {status: 307, header: map[string]string{"Location": "/login"}, refused: true, zh: "地址", en: "address"}},
}

// beside says of a case of a kind of channel why it cannot be, or where it is held.
var beside = map[string]map[string]string{
	"slack":        {clockOffs: "a token is not signed with the time"},
	"feishu-app":   {clockOffs: "a token is not signed with the time"},
	"dingtalk-app": {clockOffs: "a token is not signed with the time"},
	"wecom":        {clockOffs: "there is no signature: the key is the secret"},
	"ntfy":         {clockOffs: "a token is not signed with the time"},
	"alertmanager": {
		clockOffs: "nothing is signed with the time", codedFast: "there are no codes, only the status",
		emptyBody: "the answer of success is empty", cutJSON: "the status is all that counts", otherShape: "the status is all that counts",
	},
	"webhook": {
		codedFast: "there are no codes, only the status", emptyBody: "the answer of success is free",
		cutJSON: "the answer of success is free", otherShape: "the answer of success is free",
	},
	"webpush": {
		webPage: "TLS to a known service: no portal has its certificate", codedFast: "there are no codes, only the status", emptyBody: "the answer of success is empty",
		cutJSON: "the status is all that counts", otherShape: "the status is all that counts",
	},
	"email": {
		clockOffs: "nothing is signed with the time", webPage: "it is not HTTP", throttled: "SMTP has no Retry-After", emptyBody: "it is not HTTP", cutJSON: "it is not HTTP", otherShape: "it is not HTTP", toLogin: "it is not HTTP",
	},
	"exec": {
		clockOffs: "nothing is signed with the time", webPage: "it is not HTTP", throttled: "the exit status is all that counts", noConn: "there is no connection", badTLS: "there is no connection",
		emptyBody: "the exit status is all that counts", cutJSON: "the exit status is all that counts", otherShape: "the exit status is all that counts", toLogin: "it is not HTTP", long: "a program has no limit of ours; TestHostile holds the most",
	},
	"cap": {
		wrongKey: "a folder has no secret", clockOffs: "nothing is signed with the time", webPage: "it is not HTTP", throttled: "a folder takes any number", codedFast: "a folder takes any number", noConn: "there is no connection", badTLS: "there is no connection",
		noAnswer: "there is no connection", emptyBody: "a folder does not answer", cutJSON: "a folder does not answer", otherShape: "a folder does not answer", toLogin: "it is not HTTP", downNow: "a full disk is held by TestWhy",
	},
	"log": {
		wrongKey: "a file has no secret", dissolved: "the file is made anew", long: "a file has no limit", clockOffs: "nothing is signed with the time", webPage: "it is not HTTP", throttled: "a file takes any number", codedFast: "a file takes any number", downNow: "a full disk is held by TestWhy",
		noConn: "there is no connection", badTLS: "there is no connection", noAnswer: "there is no connection", emptyBody: "a file does not answer", cutJSON: "a file does not answer", otherShape: "a file does not answer", toLogin: "it is not HTTP",
	},
}

// elsewhere are the cases of kinds that do not speak HTTP, by channels that fail so; the
// wish is in the answer, which nobody gives.
var elsewhere = map[string]map[string]map[string]func(t *testing.T) (Channel, answer){
	"email": {
		wrongKey: {
			"password":  smtpSays("AUTH", "535 5.7.8 no %s", refuses(0, "", "授权码", "app password")),
			"not ours":  smtpSays("MAIL", "550 5.7.1 not yours %s", refuses(0, "", "from", "from")),
			"logged in": smtpSays("MAIL", "530 5.7.0 log in first", refuses(0, "", "授权码", "app password")),
		},
		dissolved: {"mailbox": smtpSays("RCPT", "550 5.1.1 no such user %s", refuses(0, "", "duty@yunchuan.example", "duty@yunchuan.example"))},
		codedFast: {
			"421": smtpSays("GREETING", "421 4.7.0 too many connections", puts(0, "", mailWait)),
			"450": smtpSays("RCPT", "450 4.7.1 greylisted", answer{after: mailWait, zh: "稍后再发", en: "later"}),
			"451": smtpSays("BODY", "451 4.7.1 rate %s", puts(0, "", mailWait)),
		},
		downNow:  {"451": smtpSays("MAIL", "451 4.3.0 busy", puts(0, "", mailWait)), "cut": smtpSays("RCPT", "cuts", answer{zh: "连接中断", en: "connection broke"})},
		noConn:   {"port": smtpAt(func(e *Email) { e.Port = 1 }, answer{zh: "连不上", en: "no connection"})},
		badTLS:   {"stranger": smtpAt(func(e *Email) { e.CA = "" }, refuses(0, "", "证书", "certificate"))},
		noAnswer: {"hangs": smtpSays("GREETING", "hangs", answer{zh: "没有在时限内", en: "in time"})},
	},
	"exec": {
		wrongKey:  {"77": exits(`echo "$WATCHFIRE_SECRET" >&2; exit 77`, refuses(0, "", "账号", "account"))},
		dissolved: {"67": exits("exit 67", refuses(0, "", "收件地址", "address")), "missing": exits("exec /nowhere/send", refuses(0, "", "路径", "path"))},
		codedFast: {"75": exits("exit 75", puts(0, "", 0))},
		downNow:   {"71": exits("echo $WATCHFIRE_SECRET >&2; exit 71", puts(0, "", 0)), "killed": exits("kill -9 $$", puts(0, "", 0))},
		noAnswer:  {"hangs": exits("sleep 1000", puts(0, "", 0))},
	},
	"cap": {
		dissolved: {"folder": func(t *testing.T) (Channel, answer) {
			c := newCAP(t)
			c.Folder += "/gone"
			return c, refuses(0, "", "建好 folder", "make the folder")
		}},
	},
}

func smtpSays(stage, say string, want answer) func(t *testing.T) (Channel, answer) {
	return func(t *testing.T) (Channel, answer) {
		e := newFakeSMTP(t, func(f *fakeSMTP) { f.fail[stage] = strings.ReplaceAll(say, "%s", token) }).newEmail()
		if say == "hangs" {
			e.Timeout = 300 * time.Millisecond
		}
		return e, want
	}
}

func smtpAt(change func(e *Email), want answer) func(t *testing.T) (Channel, answer) {
	return func(t *testing.T) (Channel, answer) {
		e := newFakeSMTP(t, nil).newEmail()
		change(e)
		return e, want
	}
}

func exits(text string, want answer) func(t *testing.T) (Channel, answer) {
	return func(t *testing.T) (Channel, answer) {
		e := script(t, text)
		if strings.HasPrefix(text, "sleep") {
			e.Timeout = 300 * time.Millisecond
		}
		return e, want
	}
}

// staged is a provider that gives an app its token and answers everything else with a.
func staged(a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch {
		case strings.Contains(r.URL.Path, "/auth/v3/"):
			fmt.Fprint(w, `{"code":0,"tenant_access_token":"`+token+`","expire":7200}`)
			return
		case strings.Contains(r.URL.Path, "/oauth2/"):
			fmt.Fprint(w, `{"accessToken":"`+token+`","expireIn":7200}`)
			return
		case strings.HasPrefix(r.URL.Path, "/login"):
			fmt.Fprint(w, `<html>log in</html>`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		for k, v := range a.header {
			if s, ok := strings.CutPrefix(v, "@"); ok { // so many seconds from now
				n, err := time.ParseDuration(s + "s")
				if err != nil {
					panic(err)
				}
				v = time.Now().Add(n).UTC().Format(http.TimeFormat)
			}
			w.Header().Set(k, strings.ReplaceAll(v, "%s", token))
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, strings.ReplaceAll(a.say, "%s", token))
	})
}

// timed sets the clock of a channel; where Retry-After is a date it is that of the machine.
func timed(c Channel, now time.Time) {
	clock := func() time.Time { return now }
	switch c := c.(type) {
	case *Feishu:
		c.Now = clock
	case *DingTalk:
		c.Now = clock
	case *FeishuApp:
		c.Now = clock
	case *DingTalkApp:
		c.Now = clock
	case *Ntfy:
		c.Now = clock
	case *Webhook:
		c.Now = clock
	case *WebPush:
		c.Now = clock
	}
}

// TestMatrix holds for every kind of channel and all that may befall an alert: it ends in
// the right class, with a sentence in both languages that says what to do, and without a
// secret, also when the provider echoes it.
func TestMatrix(t *testing.T) {
	for kind := range Kinds {
		for _, befall := range befalls {
			t.Run(kind+" "+befall, func(t *testing.T) {
				t.Parallel()
				answers := slices.Concat(vendors[kind][befall], shared[befall])
				why, besides := beside[kind][befall]
				_, apart := apart[kind]
				wire := befall == noConn || befall == badTLS || befall == noAnswer
				switch {
				case besides && len(vendors[kind][befall])+len(elsewhere[kind][befall]) > 0:
					t.Errorf("it is tested, and said not to be: %s", why)
				case besides:
				case befall == long:
					checkLong(t, kind)
				case apart && elsewhere[kind][befall] == nil, !apart && answers == nil && !wire:
					t.Error("it is neither tested nor said why not")
				case apart:
					for name, make := range elsewhere[kind][befall] {
						t.Run(name, func(t *testing.T) { c, want := make(t); checkOutcome(t, c, want) })
					}
				default:
					checkProvider(t, kind, befall, answers)
				}
			})
		}
	}
}

// checkProvider sends over HTTP to a provider that does what befalls.
func checkProvider(t *testing.T, kind, befall string, answers []answer) {
	t.Helper()
	switch befall {
	case noConn:
		checkOutcome(t, provided(t, kind, "http://127.0.0.1:1"), answer{zh: "连不上", en: "no connection"})
		return
	case badTLS:
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		c := provided(t, kind, s.URL)
		if w, ok := c.(*WebPush); ok {
			w.Services = []string{strings.TrimPrefix(s.URL, "https://")}
		}
		checkOutcome(t, c, answer{zh: "证书不可信", en: "certificate"})
		return
	case noAnswer:
		s := httptest.NewServer(failures["hangs"])
		defer s.Close()
		checkOutcome(t, provided(t, kind, s.URL), answer{zh: "没有在时限内应答", en: "in time"})
		return
	}
	for i, a := range answers {
		t.Run(fmt.Sprintf("%d %d", i, a.status), func(t *testing.T) {
			s := httptest.NewServer(staged(a))
			defer s.Close()
			c := provided(t, kind, s.URL)
			if !strings.HasPrefix(a.header["Retry-After"], "@") {
				timed(c, at(1, 36))
			}
			checkOutcome(t, c, a)
		})
	}
}

// checkOutcome wants an alert to end as the answer says.
func checkOutcome(t *testing.T, c Channel, want answer) {
	t.Helper()
	for lang, words := range map[string]string{"zh": want.zh, "en": want.en} {
		receipt, err := c.Send(t.Context(), sample(crisis.AlertOpened, lang))
		if err == nil {
			t.Fatalf("it counts as sent: %+v", receipt)
		}
		var refused *Refused
		var later *Later
		told := Why(err, lang)
		wait := time.Duration(0)
		if errors.As(err, &refused) {
			told = refused.Fix
		} else if errors.As(err, &later) {
			wait = later.After
		}
		if (refused != nil) != want.refused {
			t.Errorf("%v is of the wrong class", err)
		}
		if off := wait - want.after; off > 0 || off < -3*time.Second {
			t.Errorf("%v waits %s, want %s", err, wait, want.after)
		}
		if told == "" || !strings.Contains(told, words) {
			t.Errorf("%s: %v tells people %q, want it to say %q", lang, err, told, words)
		}
		b, _ := json.Marshal(c)
		if s := fmt.Sprintf("%v %+v %v %+v %s %v", c, c, err, receipt, told, string(b)); strings.Contains(s, "topsecret") || strings.Contains(s, hookSecret[6:]) {
			t.Errorf("a secret is shown: %s", s)
		}
	}
}
