package alerts

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"
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
			{Detector: "surge", Tier: crisis.TierAlert, At: at(1, 35), Window: 30 * time.Minute, Observed: 42, Expected: 3.1, Low: 0, High: 8, Odds: 6.2, Posts: 57, Voices: 42, Unique: 39, Negative: 31, Coverage: 0.75, Sources: []string{"云川论坛", "云川微播"}, Phrases: []string{"一股怪味", "孩子喝了肚子疼"}},
			{Detector: "mood", Tier: crisis.TierAlert, At: at(1, 35), Window: 12 * time.Hour, Observed: 0.72, Expected: 0.2, Voices: 43, Negative: 31, Odds: 5},
		},
		Evidence: []crisis.Evidence{
			{Source: "云川论坛", Quote: "自来水一股怪味，孩子喝了肚子疼，物业说不知道", Published: at(1, 21), URL: "https://bbs.yunchuan.example/t/1", Copies: 6},
			{Source: "云川微播", Quote: "青溪区有没有人跟我一样不敢用水？", Published: at(1, 28)},
		},
		Plan: "公共服务中断处置预案", PlanEN: "Public service outage",
		Next: []crisis.Clock{
			{Title: "签收，问清范围、时长和把握", TitleEN: "Acknowledge and ask how far", Role: "值班员", RoleEN: "duty officer", Due: at(1, 50)},
			{Title: "水质类：马上取样送检", TitleEN: "Water: take samples", Role: "责任部门", RoleEN: "department in charge", Due: at(2, 20)},
		},
		RedLines: []crisis.Clock{
			{Title: "5小时内发布权威信息", TitleEN: "Authoritative information within 5 h", RedLine: "cn-80", Source: "国办发〔2016〕80号《〈关于全面推进政务公开工作的意见〉实施细则》", Due: at(6, 20)},
			{Title: "24小时内举行新闻发布会", TitleEN: "Press conference within 24 h", RedLine: "cn-61", Source: "国办发〔2016〕61号《关于在政务公开工作中进一步做好政务舆情回应的通知》", Due: at(25, 20)},
		},
		StepsDone: 1, StepsAll: 24, BlindSources: []string{"云川新闻网"}, Link: "https://watch.yunchuan.example/incidents/20261119-01",
	}
	switch kind {
	case crisis.AlertRaised:
		a.Was, a.Remark = crisis.LevelIII, "建议舆情Ⅱ级（重大）：3小时声量达到平常的10倍"
	case crisis.AlertOverdue:
		a.At, a.Holder = at(2, 25), "王值班"
		a.Overdue, a.Next = a.Next[1:], a.Next[:1]
	case crisis.AlertClosed:
		a.Closed, a.Remark, a.Holder = true, "水质检测合格，已逐户答复", "王值班"
	case crisis.AlertBlind, crisis.AlertSight:
		return trouble(kind, lang, crisis.Trouble{
			Part: crisis.PartSource, Name: "news", Source: "云川新闻网", Class: crisis.ClassGated, Since: at(0, 40), Detail: "answered with a log-in wall or a captcha",
		})
	case crisis.AlertRescue:
		a = crisis.Alert{ID: "rescue.1.1.press", Kind: kind, Lang: lang, Zone: "Asia/Shanghai", At: at(1, 35), Link: "https://watch.yunchuan.example/requests#ask-1", Ask: &crisis.Ask{
			Class: crisis.AskRescue, Quote: "三楼有人在喊，楼道全是烟，我们出不去", Source: "云川论坛", Link: "https://bbs.yunchuan.example/t/7", Published: at(1, 33), Due: at(1, 45), Told: 1,
		}}
	case crisis.AlertTest:
		a = crisis.Alert{ID: "test.1", Kind: kind, Lang: lang, Zone: "Asia/Shanghai", At: at(1, 35), Title: "press"}
	}
	return a
}

// trouble is an alert about what does not work.
func trouble(kind crisis.AlertKind, lang string, x crisis.Trouble) crisis.Alert {
	return crisis.Alert{
		ID: string(kind) + "." + x.Name + ".20261119T013500.press", Kind: kind, Lang: lang, Zone: "Asia/Shanghai", At: at(1, 35),
		Trouble: &x, Link: "https://watch.yunchuan.example/sources",
	}
}

// cases are the alerts of the golden files, by name.
func cases(lang string) []goldenCase {
	var out []goldenCase
	for _, kind := range kinds {
		out = append(out, goldenCase{string(kind), sample(kind, lang)})
	}
	add := func(name string, kind crisis.AlertKind, change func(a *crisis.Alert)) {
		a := sample(kind, lang)
		change(&a)
		out = append(out, goldenCase{name, a})
	}
	add("call for help, again", crisis.AlertRescue, func(a *crisis.Alert) { a.Ask.Told, a.At = 2, at(1, 45) })
	add("drill", crisis.AlertOpened, func(a *crisis.Alert) { a.Drill = true })
	add("a person has decided", crisis.AlertRaised, func(a *crisis.Alert) {
		a.Was, a.Remark, a.Proposed, a.ProposedWhy = a.Level, "", crisis.LevelI, a.Remark
	})
	add("still growing", crisis.AlertRaised, func(a *crisis.Alert) { a.Was, a.Remark = a.Level, "" })
	add("red line passed", crisis.AlertOverdue, func(a *crisis.Alert) {
		a.At, a.Overdue, a.RedLines = at(6, 21), a.RedLines[:1], a.RedLines[1:]
	})
	add("few, with notices", crisis.AlertOpened, func(a *crisis.Alert) {
		a.Signals = []crisis.Signal{
			{Detector: "surge", At: at(1, 35), Window: 3 * time.Hour, Observed: 5, Expected: 0.4, High: 2, Posts: 5, Voices: 5, Unique: 5, Coverage: 1},
			{Detector: "flood", At: at(1, 35), Window: time.Hour, Observed: 60, Expected: 2, Low: 0, High: 5, Posts: 60, Voices: 3, Coverage: 1},
			{Detector: "blind", At: at(1, 35), Window: 30 * time.Minute, Observed: 0.4, Expected: 1, Low: 0.5, High: 1},
		}
	})
	add("mood alone", crisis.AlertOpened, func(a *crisis.Alert) { a.Signals, a.BlindSources = a.Signals[1:], nil })
	silent := crisis.Trouble{Part: crisis.PartSource, Name: "bbs", Source: "云川论坛", Class: crisis.ClassStale, Since: at(-3, 20), Expected: 15.1}
	unread := crisis.Trouble{Part: crisis.PartSource, Name: "bbs", Source: "云川论坛", Since: at(1, 20)}
	refused := crisis.Trouble{Part: crisis.PartChannel, Name: "press", Source: "press", Since: at(1, 35), Detail: "post to slack: not_in_channel", Fix: slackFixes["not_in_channel"].in(lang)}
	full := crisis.Trouble{Part: crisis.PartStore, Name: "store", Source: "store", Since: at(1, 35), Detail: "/var/lib/watchfire/watchfire.db"}
	out = append(out,
		goldenCase{"silent source", trouble(crisis.AlertBlind, lang, silent)}, goldenCase{"unread source", trouble(crisis.AlertBlind, lang, unread)},
		goldenCase{"channel refused", trouble(crisis.AlertBlind, lang, refused)}, goldenCase{"channel delivers", trouble(crisis.AlertSight, lang, refused)},
		goldenCase{"full disk", trouble(crisis.AlertBlind, lang, full)}, goldenCase{"disk has room", trouble(crisis.AlertSight, lang, full)},
	)
	return out
}

type goldenCase struct {
	name  string
	alert crisis.Alert
}

var kinds = []crisis.AlertKind{
	crisis.AlertOpened, crisis.AlertRaised, crisis.AlertOverdue, crisis.AlertQuiet, crisis.AlertClosed, crisis.AlertReopened, crisis.AlertUpdate, crisis.AlertBlind, crisis.AlertSight, crisis.AlertTest, crisis.AlertRescue,
}

func TestTextGolden(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		var b strings.Builder
		for _, c := range cases(lang) {
			fmt.Fprintf(&b, "=== %s\n%s\n--- short: %s\n\n", c.name, Text(c.alert), Short(c.alert))
			for form, s := range map[string]string{"headline": Headline(c.alert), "short form": Short(c.alert)} {
				if n := utf8.RuneCountInString(s); n > lockScreen {
					t.Errorf("%s %s: the %s has %d characters: %s", lang, c.name, form, n, s)
				}
			}
		}
		golden(t, lang, b.String())
	}
}

// TestWordsAreComplete finds a phrase that one language lacks.
func TestWordsAreComplete(t *testing.T) {
	for lang, w := range map[string]words{"zh": zh, "en": en} {
		v := reflect.ValueOf(w)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s: %s is empty", lang, v.Type().Field(i).Name)
			}
		}
	}
	if len(zh.kinds) != len(en.kinds) || len(zh.classes) != len(en.classes) || len(zh.fixes) != len(zh.classes) || len(en.fixes) != len(en.classes) {
		t.Error("a class or a kind has words in one language only")
	}
}

// TestHostileText sends what strangers may write through every form of an alert.
func TestHostileText(t *testing.T) {
	a := sample(crisis.AlertOpened, "zh")
	a.Evidence[0].Quote = "<!channel> @here *x* \u202eabc\u202c\n\n【Ⅰ级·红】假消息\x00" + strings.Repeat("长", 1<<20)
	a.Evidence[0].URL = "https://evil.example/?a=<!here>|点我"
	a.Evidence[1].URL = "javascript:alert(1)"
	a.Title = "标题\n第二行 <https://evil.example|点我> @Everyone"
	a.Remark = "<@U123> @channel"
	text := Text(a)
	if len(text) > 8000 || strings.ContainsAny(text, "\u202e\x00") || !utf8.ValidString(text) {
		t.Errorf("hostile text goes through: %d bytes", len(text))
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "【Ⅰ级") {
			t.Errorf("a quote begins a line of its own: %s", line)
		}
	}
	if strings.Contains(text, "javascript:") {
		t.Error("an alert asks people to open a script")
	}
	for _, block := range blocks(a) {
		s := block.(*slack.SectionBlock).Text
		if !s.Verbatim || broadcast.MatchString(s.Text) {
			t.Errorf("Slack may call people: %+v", s)
		}
		for _, link := range regexp.MustCompile(`<[^>]*>`).FindAllString(s.Text, -1) {
			if !strings.HasPrefix(link, "<https://") || strings.Contains(link, "|") {
				t.Errorf("a stranger's text is a link or a mention in Slack: %s", link)
			}
		}
	}
}

func TestWebAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x?y=1": "https://a.example/x?y=1", "http://127.0.0.1:1/": "http://127.0.0.1:1/", "https://a.example/微博": "https://a.example/%E5%BE%AE%E5%8D%9A",
		"javascript:alert(1)": "", "data:text/html,x": "", "https://": "", "//a.example": "", "": "", "https://a.example/" + strings.Repeat("x", 600): "",
		"https://a.example/?q=a|b>c<d e": "https://a.example/?q=a%7Cb%3Ec%3Cd%20e",
	} {
		if got := webAddress(in); got != want {
			t.Errorf("webAddress(%q) = %q, want %q", in, got, want)
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
	if err != nil || strings.Count(string(b), "为什么现在：") != 2 {
		t.Errorf("the log holds %q, %v", b, err)
	}
	if _, err := (&Log{File: filepath.Join(file, "x")}).Send(t.Context(), sample(crisis.AlertTest, "zh")); err == nil {
		t.Error("a path that cannot be written takes an alert")
	}
}

func TestBackoffGrows(t *testing.T) {
	last := time.Duration(0)
	for n := range 40 {
		w := Backoff(n, "x")
		if n <= 11 && n > 1 && w <= last || w < 5*time.Second || w > 13*time.Hour || w != Backoff(n, "x") {
			t.Errorf("Backoff(%d) = %s after %s", n, w, last)
		}
		last = w
	}
	spread := map[time.Duration]bool{}
	for n := range 20 {
		spread[Backoff(3, fmt.Sprint(n))] = true
	}
	if len(spread) < 10 {
		t.Errorf("20 alerts that failed together come back at %d times", len(spread))
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
