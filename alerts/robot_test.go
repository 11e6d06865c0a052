package alerts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchfire/crisis"
)

// TestRobotGolden shows what each robot is sent.
func TestRobotGolden(t *testing.T) {
	for _, robot := range robots {
		for _, lang := range []string{"zh", "en"} {
			f, ch := robot.make(t)
			f.rates = nil
			var b strings.Builder
			for _, a := range []crisis.Alert{sample(crisis.AlertOpened, lang), sample(crisis.AlertOverdue, lang), sample(crisis.AlertRescue, lang), sample(crisis.AlertBlind, lang), sample(crisis.AlertTest, lang)} {
				if _, err := ch.Send(t.Context(), a); err != nil {
					t.Fatalf("%s %s: %v", robot.name, a.Kind, err)
				}
				fmt.Fprintf(&b, "=== %s\n%s\n", a.Kind, readable(t, f.bodies[len(f.bodies)-1]))
			}
			golden(t, robot.name+"."+lang, b.String())
		}
	}
}

// readable spreads a body of JSON over lines, and breaks its texts at their line ends.
func readable(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), `\n`, "\n\t\t")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestRobotsMarkDrills finds a card of a drill that could be taken for the real thing.
func TestRobotsMarkDrills(t *testing.T) {
	for lang, mark := range map[string]string{"zh": "【演练】", "en": "[DRILL] "} {
		for _, kind := range append(kinds, crisis.AlertReminder, crisis.AlertEscalated, crisis.AlertLapsed) {
			a := sample(kind, lang)
			a.Drill = true
			short, _ := brief(a)
			for form, s := range map[string]string{
				"card": cardOf(a).Header.Title.Content, "dingtalk": title1(dingtalkOf(a)), "wecom": strings.TrimPrefix(wecomOf(a), "**"), "short form": short, "text": plainText(a),
			} {
				if !strings.HasPrefix(plainly(s), plainly(mark)) || strings.HasPrefix(plainly(s), plainly(mark+mark)) {
					t.Errorf("%s as %s begins with %.60s", kind, form, s)
				}
			}
		}
	}
}

func title1(m dingtalkMessage) string {
	if m.Card != nil {
		return m.Card.Title
	}
	return m.Markdown.Title
}

// TestRobotsHostile sends what strangers may write: it calls nobody, makes no links,
// and breaks nothing.
func TestRobotsHostile(t *testing.T) {
	const nasty = "@all @所有人 <at id=all></at> <at user_id=\"all\">x</at> <@all> [点我](https://evil.example) ![x](dingtalk://evil) **x** `x` </font> &lt;at&gt; \\u003c \u2028 https://evil.example \"}]}"
	a := sample(crisis.AlertOpened, "zh")
	a.Evidence[0].Quote, a.Title, a.Remark = nasty[:60], "# <@all> @all [x](https://evil.example)", nasty
	a.Evidence[1].Quote = nasty[60:]
	a.Evidence[0].URL = "https://bbs.example/a_(b)?q=`)[evil](https://evil.example)\\"
	a.Holder, a.Link = nasty, "https://watch.yunchuan.example/incidents?id=1&by=alert"
	for _, robot := range robots {
		f, ch := robot.make(t)
		if _, err := ch.Send(t.Context(), a); err != nil || f.calls != 1 {
			t.Fatalf("%s: %v after %d calls, want it taken at once", robot.name, err, f.calls)
		}
		body := f.bodies[0]
		if !strings.Contains(body, a.Link) {
			t.Errorf("%s: the address was changed: %s", robot.name, body)
		}
		plain := strings.Contains(body, `"plain_text"`) // where these mean nothing
		for _, bad := range []string{"@all", "@所有人", "<at", "<@", "</font>", "](https://evil", "](dingtalk:"} {
			if !plain && strings.Contains(body, bad) {
				t.Errorf("%s: a stranger writes %s: %s", robot.name, bad, body)
			}
		}
		for _, tag := range []string{"lark_md", `"markdown","content"`} {
			if strings.Contains(body, tag) {
				t.Errorf("%s: a card has %s, which knows mentions", robot.name, tag)
			}
		}
		for _, address := range regexp.MustCompile(`\w+://[^\s")]+`).FindAllString(body, -1) {
			if !strings.HasPrefix(address, "https://bbs.example/") && !strings.HasPrefix(address, "https://watch.yunchuan.example/") {
				t.Errorf("%s: a stranger's text holds the link %s", robot.name, address)
			}
		}
	}
}

// TestRobotsFit sends far more than a chat takes: it is cut, not refused, and keeps
// the way to the console and the number.
func TestRobotsFit(t *testing.T) {
	a := sample(crisis.AlertOpened, "zh")
	for i := range 80 {
		a.Evidence = append(a.Evidence, crisis.Evidence{Source: "s", Quote: strings.Repeat("长\"", 300), URL: "https://x.example/" + strings.Repeat("u", 400)})
		a.Next = append(a.Next, crisis.Clock{Title: fmt.Sprint(i, strings.Repeat("步", 40)), Role: "值班员", Due: at(3, i%60)})
		a.RedLines = append(a.RedLines, crisis.Clock{Title: strings.Repeat("限", 60), Source: strings.Repeat("文", 60), Due: at(9, 0)})
	}
	for _, robot := range robots {
		f, ch := robot.make(t)
		if _, err := ch.Send(t.Context(), a); err != nil || f.calls != 1 {
			t.Errorf("%s: %v after %d calls, want it cut to fit at once", robot.name, err, f.calls)
			continue
		}
		if body := f.bodies[0]; !strings.Contains(body, a.Link) || !strings.Contains(body, "编号："+a.Incident) || !strings.Contains(body, "1) 签收") {
			t.Errorf("%s: the message lost what it is for: %s", robot.name, body)
		}
	}
}

// TestRobotsShorten resends in short form what a chat finds fault with, once.
func TestRobotsShorten(t *testing.T) {
	form := map[string]string{"feishu": `{"code":9499,"msg":"Bad Request"}`, "feishu-text": `{"code":9499,"msg":"Bad Request"}`, "dingtalk": `{"errcode":101002,"errmsg":"x"}`, "wecom": `{"errcode":40058,"errmsg":"x"}`}
	for _, robot := range robots {
		f, ch := robot.make(t)
		f.say, f.sayOnce = form[robot.name], true
		a := sample(crisis.AlertOpened, "zh")
		if _, err := ch.Send(t.Context(), a); err != nil || f.calls != 2 || len(f.bodies) != 1 {
			t.Errorf("%s: %v after %d calls, want it sent in short form", robot.name, err, f.calls)
			continue
		}
		if body := f.bodies[0]; !strings.Contains(body, `"text"`) || !strings.Contains(body, a.Link) || !strings.Contains(body, "编号："+a.Incident) || len(body) > 1500 {
			t.Errorf("%s: the short form is %s", robot.name, body)
		}
		f.say, f.calls = form[robot.name], 0
		_, err := ch.Send(t.Context(), a)
		if refused, ok := errors.AsType[*Refused](err); !ok || f.calls != 2 || refused.Fix == "" {
			t.Errorf("%s: %v after %d calls, want a refusal after two", robot.name, err, f.calls)
		}
	}
}

// TestRobotClasses maps what the chats answer to what can be done about it.
func TestRobotClasses(t *testing.T) {
	for _, c := range []struct {
		robot, say string
		status     int
		after      time.Duration
		fix        string // part of the fix; empty: it waits
	}{
		{"feishu", `{"code":11232,"msg":"frequency limited"}`, 0, 15 * time.Second, ""},
		{"feishu", `{"code":11232,"msg":"frequency limited"}`, 429, 15 * time.Second, ""},
		{"feishu", `{"code":19001,"msg":"token invalid"}`, 0, 0, "重新添加机器人"},
		{"feishu", `{"code":19021,"msg":"sign match fail"}`, 0, 0, "校准本机时钟"},
		{"feishu", `{"code":19022,"msg":"Ip Not Allowed"}`, 0, 0, "白名单"},
		{"feishu", `{"code":19024,"msg":"Key Words Not Found"}`, 0, 0, "编号"},
		{"feishu", `{"code":123,"msg":"of next year"}`, 0, 0, "最短"},
		{"feishu", `{"code":123,"msg":"of next year"}`, 502, 0, ""},
		{"feishu", `{}`, 0, 0, ""},
		{"feishu", `{"code":"0"}`, 0, 0, ""},
		{"feishu", `{"code":0}`, 500, 0, ""},
		{"dingtalk", `{"errcode":-1,"errmsg":"系统繁忙"}`, 0, 0, ""},
		{"dingtalk", `{"errcode":130101,"errmsg":"send too fast"}`, 0, 10 * time.Minute, ""},
		{"dingtalk", `{"errcode":410100,"errmsg":"发送速度太快而限流"}`, 0, 10 * time.Minute, ""},
		{"dingtalk", `{"status":1111,"wait":5,"punish":"deny","dmp":"x"}`, 0, 10 * time.Minute, ""},
		{"dingtalk", `{"errcode":310000,"errmsg":"keywords not in content"}`, 0, 0, "关键词设为“编号”"},
		{"dingtalk", `{"errcode":310000,"errmsg":"description:关键词不匹配;solution:x"}`, 0, 0, "关键词设为“编号”"},
		{"dingtalk", `{"errcode":310000,"errmsg":"sign not match"}`, 0, 0, "核对签名密钥"},
		{"dingtalk", `{"errcode":310000,"errmsg":"description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在timestampms以内"}`, 0, 0, "校准本机时钟"},
		{"dingtalk", `{"errcode":310000,"errmsg":"ip 203.0.113.9 not in whitelist"}`, 0, 0, "出口 IP"},
		{"dingtalk", `{"errcode":310000,"errmsg":"of next year"}`, 0, 0, "安全设置"},
		{"dingtalk", `{"errcode":300005,"errmsg":"token is not exist"}`, 0, 0, "重新添加机器人"},
		{"dingtalk", `{"errcode":43002,"errmsg":"require POST"}`, 0, 0, "代理"},
		{"dingtalk", `{"errcode":400013,"errmsg":"x"}`, 0, 0, "群已解散"},
		{"dingtalk", `{"errcode":400101,"errmsg":"x"}`, 0, 0, "重新添加机器人"},
		{"dingtalk", `{"errcode":400102,"errmsg":"x"}`, 0, 0, "启用"},
		{"dingtalk", `{"errcode":400106,"errmsg":"x"}`, 0, 0, "重新添加机器人"},
		{"dingtalk", `{"errcode":40035,"errmsg":"x"}`, 0, 0, "最短"},
		{"dingtalk", `{"errcode":460101,"errmsg":"x"}`, 0, 0, "最短"},
		{"wecom", `{"errcode":-1,"errmsg":"system busy"}`, 0, 0, ""},
		{"wecom", `{"errcode":45009,"errmsg":"api freq out of limit"}`, 0, time.Minute, ""},
		{"wecom", `{"errcode":45033,"errmsg":"concurrency"}`, 0, 5 * time.Second, ""},
		{"wecom", `{"errcode":93000,"errmsg":"invalid webhook url"}`, 0, 0, "移出群"},
		{"wecom", `{"errcode":93004,"errmsg":"x"}`, 0, 0, "启用"},
		{"wecom", `{"errcode":93008,"errmsg":"x"}`, 0, 0, "不在群里"},
		{"wecom", `{"errcode":40001,"errmsg":"x"}`, 0, 0, "重新添加机器人"},
		{"wecom", `{"errcode":40033,"errmsg":"x"}`, 0, 0, "最短"},
		{"wecom", `{"errcode":44004,"errmsg":"x"}`, 0, 0, "最短"},
		{"wecom", `<!DOCTYPE html><html>请先登录</html>`, 0, 0, "返回的是网页"},
		{"wecom", `<html>blocked by policy</html>`, 403, 0, "返回的是网页"},
		{"wecom", `<html>bad gateway</html>`, 502, 0, ""},
		{"wecom", `busy`, 429, 0, ""},
		{"wecom", `forbidden`, 403, 0, "检查密钥或令牌"},
		{"wecom", `too large`, 413, 0, "最短"},
		{"wecom", `moved`, 302, 0, "返回的是网页"},
		{"wecom", `not json`, 0, 0, ""},
		{"wecom", ``, 204, 0, ""},
		{"wecom", `{"errcode":0,"errmsg":{}}`, 0, 0, ""},
	} {
		for _, robot := range robots {
			if robot.name != c.robot {
				continue
			}
			f, ch := robot.make(t)
			f.say, f.status = c.say, c.status
			if c.say == "" {
				f.say = " "
			}
			_, err := ch.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
			refused, isRefused := errors.AsType[*Refused](err)
			later, isLater := errors.AsType[*Later](err)
			switch {
			case err == nil:
				t.Errorf("%s, %d %s: sent", c.robot, c.status, c.say)
			case c.fix == "" && (!isLater || later.After != c.after):
				t.Errorf("%s, %d %s: %v, want to wait %s", c.robot, c.status, c.say, err, c.after)
			case c.fix != "" && (!isRefused || !strings.Contains(refused.Fix, c.fix)):
				t.Errorf("%s, %d %s: %v, %+v, want a fix with %s", c.robot, c.status, c.say, err, refused, c.fix)
			}
		}
	}
}

// TestRobotsSpace sends as fast as the limits of a robot allow, and is never
// throttled; one more at once is told to wait, and goes through after that.
func TestRobotsSpace(t *testing.T) {
	for _, robot := range robots {
		f, ch := robot.make(t)
		f.secret = "" // hours pass
		past := []time.Time{f.now.Add(-time.Hour)}
		for i := range 250 {
			f.now = spaced(ch.(Limiter).Limits(), past)
			past = append(past, f.now)
			if _, err := ch.Send(t.Context(), sample(crisis.AlertTest, "zh")); err != nil {
				t.Fatalf("%s: alert %d at %s: %v", robot.name, i, f.now, err)
			}
		}
		f.now = f.now.Add(time.Hour)
		var later *Later
		for i := range 101 {
			_, err := ch.Send(t.Context(), sample(crisis.AlertTest, "zh"))
			if errors.As(err, &later) {
				if i < 5 {
					t.Errorf("%s: throttled at alert %d", robot.name, i)
				}
				break
			}
		}
		if later == nil || later.After == 0 {
			t.Fatalf("%s: %v, want to wait after a burst", robot.name, later)
		}
		f.now = f.now.Add(later.After)
		if _, err := ch.Send(t.Context(), sample(crisis.AlertTest, "zh")); err != nil {
			t.Errorf("%s: %v after the wait of %s", robot.name, err, later.After)
		}
	}
}

// spaced is when a message may go out after those of the past, by all rates.
func spaced(rates []Rate, past []time.Time) time.Time {
	at := past[len(past)-1]
	for _, r := range rates {
		if len(past) < r.N {
			continue
		}
		if free := past[len(past)-r.N].Add(r.Per); free.After(at) {
			at = free
		}
	}
	return at
}

// TestRobotsSkew sends with a clock that is two hours off: the fix names the clock.
func TestRobotsSkew(t *testing.T) {
	for _, robot := range robots {
		if robot.name == "wecom" { // has no signature
			continue
		}
		for off, want := range map[time.Duration][2]string{2 * time.Hour: {"本机时钟比对方慢2小时", "2 h behind"}, -2 * time.Hour: {"本机时钟比对方快2小时", "2 h ahead"}} {
			for i, lang := range []string{"zh", "en"} {
				f, ch := robot.make(t)
				f.now = f.now.Add(off)
				_, err := ch.Send(t.Context(), sample(crisis.AlertOpened, lang))
				if refused, ok := errors.AsType[*Refused](err); !ok || !strings.Contains(refused.Fix, want[i]) || f.calls != 1 {
					t.Errorf("%s, %s off: %v, %+v, want a fix with %s", robot.name, off, err, refused, want[i])
				}
			}
		}
		f, ch := robot.make(t)
		f.secret = "another"
		_, err := ch.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
		if refused, ok := errors.AsType[*Refused](err); !ok || !strings.Contains(refused.Fix, "核对签名密钥") || strings.Contains(refused.Fix, "比对方") {
			t.Errorf("%s, wrong secret: %v, %+v", robot.name, err, refused)
		}
		f.secret = ""
		switch ch := ch.(type) {
		case *Feishu:
			ch.Secret = ""
		case *DingTalk:
			ch.Secret = ""
		}
		if _, err := ch.Send(t.Context(), sample(crisis.AlertOpened, "zh")); err != nil {
			t.Errorf("%s without signatures: %v", robot.name, err)
		}
	}
}

// TestRobotsHush finds an address or a key in the error of a chat that repeats it.
func TestRobotsHush(t *testing.T) {
	for _, robot := range robots {
		f, ch := robot.make(t)
		words := f.url + " " + robotKey
		if robot.name != "wecom" { // has no other secret
			words += " " + robotSecret + " " + url.QueryEscape(robotSecret)
		}
		for _, say := range []string{`{"code":19001,"errcode":93000,"msg":"%s","errmsg":"%s"}`, `{"code":77,"errcode":77,"msg":"%s","errmsg":"%s"}`} {
			f.say = fmt.Sprintf(say, words, words)
			_, err := ch.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
			if err == nil || strings.Contains(err.Error(), "topsecret") {
				t.Errorf("%s: %v", robot.name, err)
			}
		}
	}
}

func TestRobotAddresses(t *testing.T) {
	for _, c := range []struct {
		ch   Channel
		good bool
	}{
		{&Feishu{URL: "https://open.feishu.cn/open-apis/bot/v2/hook/abc", Format: FormatCard, Timeout: 1}, true},
		{&Feishu{URL: " https://open.larksuite.com/open-apis/bot/v2/hook/abc\n", Format: FormatText, Timeout: 1}, true},
		{&Feishu{URL: "https://open.feishu.cn/open-apis/bot/v2/hook/abc", Format: "post", Timeout: 1}, false},
		{&Feishu{URL: "https://open.feishu.cn/open-apis/bot/v2/hook/", Format: FormatCard, Timeout: 1}, false},
		{&Feishu{URL: "https://open.feishu.cn/open-apis/bot/hook/abc", Format: FormatCard, Timeout: 1}, false},
		{&Feishu{URL: "https://www.feishu.cn/flow/api/trigger-webhook/abc", Format: FormatCard, Timeout: 1}, false},
		{&Feishu{URL: "https://oapi.dingtalk.com/robot/send?access_token=abc", Format: FormatCard, Timeout: 1}, false},
		{&DingTalk{URL: "https://oapi.dingtalk.com/robot/send?access_token=abc", Timeout: 1}, true},
		{&DingTalk{URL: "https://oapi.dingtalk.com/robot/send", Timeout: 1}, false},
		{&DingTalk{URL: "oapi.dingtalk.com/robot/send?access_token=abc", Timeout: 1}, false},
		{&DingTalk{URL: "https://oapi.dingtalk.com/robot/send?access_token=abc"}, false},
		{&WeCom{URL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc", Timeout: 1}, true},
		{&WeCom{URL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", Timeout: 1}, false},
		{&WeCom{URL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/upload_media?key=abc", Timeout: 1}, false},
	} {
		if err := c.ch.Check(); (err == nil) != c.good {
			t.Errorf("%T %+v: %v, good: %v", c.ch, c.ch, err, c.good)
		} else if err != nil && strings.Contains(err.Error(), "abc") {
			t.Errorf("%T: %v shows the key", c.ch, err)
		}
	}
}
