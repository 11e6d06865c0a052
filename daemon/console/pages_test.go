package console

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// void elements have no end.
var void = []string{"meta", "link", "input", "br", "hr", "img"}

// balanced fails unless every element of a page ends where it should, and no
// element or attribute has a place outside our policy.
func balanced(t *testing.T, name, page string) {
	t.Helper()
	var open []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tag, more := z.TagName()
		external := false
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			k, v := string(key), strings.ToLower(strings.TrimSpace(string(value)))
			external = external || k == "src"
			if k == "style" || strings.HasPrefix(k, "on") || strings.HasPrefix(v, "javascript:") || strings.HasPrefix(v, "data:") {
				t.Errorf("%s: <%s %s=%q> has no place under our policy", name, tag, k, v)
			}
		}
		if string(tag) == "style" || (string(tag) == "script" && kind == html.StartTagToken && !external) {
			t.Errorf("%s: inline <%s> has no place under our policy", name, tag)
		}
		switch kind {
		case html.StartTagToken:
			if !slices.Contains(void, string(tag)) {
				open = append(open, string(tag))
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != string(tag) {
				t.Errorf("%s: </%s> ends %v", name, tag, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: never ended: %v", name, open)
	}
}

var (
	ids   = regexp.MustCompile(` id="([^"]*)"`)
	refs  = regexp.MustCompile(`href="([^"]*)"`)
	holes = regexp.MustCompile(`%!|&lt;nil&gt;|<no value>|ZgotmplZ`)
)

// sound checks what must hold for every page.
func sound(t *testing.T, name, page string) {
	t.Helper()
	balanced(t, name, page)
	if m := holes.FindString(page); m != "" {
		t.Errorf("%s: a phrase or a value is broken: %q", name, m)
	}
	if len(page) > 200<<10 {
		t.Errorf("%s: %d bytes, want at most 200 kB", name, len(page))
	}
	seen := map[string]bool{}
	for _, m := range ids.FindAllStringSubmatch(page, -1) {
		if seen[m[1]] {
			t.Errorf("%s: the id %q stands twice", name, m[1])
		}
		seen[m[1]] = true
	}
	for _, m := range refs.FindAllStringSubmatch(page, -1) {
		if strings.HasPrefix(m[1], "#") && m[1] != "#" && !seen[m[1][1:]] {
			t.Errorf("%s: nothing has the id %s", name, m[1])
		}
	}
}

// paths are all pages that can be looked at.
func paths(id string) []string {
	return []string{"/", "/incidents", "/incidents/" + id, "/incidents/" + id + "?before=5", "/handover", "/incidents/" + id + "/statements/new?kind=first_statement", "/topics", "/requests", "/requests?done=1", "/topics/tap-water", "/topics/tap-water?span=30d&text=自来水发臭", "/topics/tap-water?bar=80", "/calendar", "/sources/forum", "/sources/hotline", "/insight", "/insight?topic=tap-water", "/posts", "/posts?q=自来水&topic=tap-water", "/sources", "/playbooks", "/playbooks/service-outage", "/nowhere"}
}

func TestPages(t *testing.T) {
	w := newWorld(t, true)
	empty := w.get("/?lang=zh", 200)
	sound(t, "empty", empty)
	if !strings.Contains(empty, "什么也没在看") {
		t.Error("without a source the page must say that nothing is watched")
	}
	id := w.fill()
	for _, lang := range langs {
		for _, path := range paths(id) {
			status := 200
			if path == "/nowhere" {
				status = 404
			}
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			page := w.get(path+sep+"lang="+lang, status)
			sound(t, lang+" "+path, page)
			if want := map[string]string{"zh": `<html lang="zh-CN">`, "en": `<html lang="en">`}[lang]; !strings.Contains(page, want) {
				t.Errorf("%s %s: does not say its language", lang, path)
			}
		}
	}
	if len(w.errs) > 0 {
		t.Errorf("errors were logged: %v", w.errs)
	}
}

func TestIncidentSays(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	zh, en := w.get("/incidents/"+id+"?lang=zh", 200), w.get("/incidents/"+id+"?lang=en", 200)
	for _, want := range []string{
		"Ⅲ级 · 黄", "事件级别 未定 · 舆情等级 Ⅲ", "02:01–02:31 有 46 人次发声，平常 1.2（0–4），为平常的 38 倍",
		"李敏", "王主任", "2/23 步", "国办发〔2016〕61号", "红线", "未留记录：各片区来电数、最早来电时间", "临江区谁家自来水也有股土腥味",
		"相同内容 5 条", `href="https://square.yunchuan.example/p/88121" rel="noreferrer noopener"`, "来源看不见：云川论坛·民生版。此后的数字可能偏低",
		"提醒（新事件）未送达：duty-sms", "怎么办：请管理员更换短信网关的密钥", "（03:12 补记）", "没看到", "超时 21 分钟", "<mark>发布时间</mark>",
	} {
		if !strings.Contains(zh, want) {
			t.Errorf("the Chinese page does not say %q", want)
		}
	}
	for _, want := range []string{
		"Level III · yellow", "02:01–02:31, 46 voices; usually 1.2 (0 to 4), 38 times usual", "2 of 23 steps", "21 min late", "<mark>issue time</mark>",
		"Preserve evidence; look for illness", "Watchfire</b> cannot see: 云川论坛·民生版", "(recorded 03:12)",
	} {
		if !strings.Contains(en, want) {
			t.Errorf("the English page does not say %q", want)
		}
	}
}

// TestIncidentBegins wants what a person who was just woken needs first, in this
// order: how grave, what, whether we are blind, what is due, who has it, and why.
func TestIncidentBegins(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	page := w.get("/incidents/"+id+"?lang=zh", 200)
	_, rest, _ := strings.Cut(page, "<main")
	for _, want := range []string{
		"Ⅲ级 · 黄", "<h1>自来水异味</h1>", "41 分钟前", "有 2 个来源看不见", "云川论坛·民生版", "数字可能偏低", "已超时", "固定证据，查有无身体不适", "超时 21 分钟", "李敏",
		"平常 1.2（0–4）", "临江区谁家自来水也有股土腥味", `id="steps"`, `id="chart"`, `id="evidence"`, `id="timeline"`,
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q does not come where it should", want)
		}
		rest = after
	}
	w.must(w.act(id, crisis.EventClosed, "", "王主任", "检测合格并已公布", night))
	if page = w.get("/incidents/"+id+"?lang=zh", 200); strings.Contains(page, `class="next`) || strings.Contains(page, `class="blindline"`) {
		t.Error("a closed incident still asks for something")
	}
}

// TestFlags wants marks that lie close together on lines of their own, and those
// outside the chart left out.
func TestFlags(t *testing.T) {
	from := night.Add(-10 * time.Hour)
	at := func(h float64, text string) happening {
		return happening{at: from.Add(time.Duration(h * float64(time.Hour))), text: text}
	}
	got := flags([]happening{at(9, "noticed"), at(8.5, "happened"), {text: "closed"}, at(1, "early"), at(11, "later")}, from, 10*time.Hour)
	want := []flag{{"10%", "10", "early", "start"}, {"85%", "10", "happened", "end"}, {"90%", "22", "noticed", "end"}}
	if !slices.Equal(got, want) {
		t.Errorf("flags = %v, want %v", got, want)
	}
}

// TestBlindIsNotCalm tries what the page says when nothing is open.
func TestBlindIsNotCalm(t *testing.T) {
	seen := coverage("a", "甲", "feed", time.Minute, time.Minute)
	blind, paused, fresh := seen, seen, seen
	blind.Name, blind.Title, blind.Blind = "b", "乙", true
	paused.Name, paused.Paused = "c", true
	fresh.Name, fresh.LastOK = "d", time.Time{}
	const calm, unsure = "目前没有未结事件", "不能据此认为平静"
	for _, c := range []struct {
		name    string
		sources []Source
		trouble error
		calm    bool
	}{
		{"all seen", []Source{seen}, nil, true},
		{"one blind", []Source{seen, blind}, nil, false},
		{"one paused", []Source{seen, paused}, nil, false},
		{"one not visited yet", []Source{seen, fresh}, nil, false},
		{"none", nil, nil, false},
		{"daemon in trouble", []Source{seen}, errDisk, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, true)
			w.all = c.sources
			w.console.Ready = func() error { return c.trouble }
			page := w.get("/?lang=zh", 200)
			if got := strings.Contains(page, calm); got != c.calm {
				t.Errorf("says calm: %v, want %v", got, c.calm)
			}
			if got := strings.Contains(page, unsure); got == c.calm {
				t.Errorf("says unsure: %v, want %v", got, !c.calm)
			}
		})
	}
}

// hostile is what a post, a site or a colleague may write.
const hostile = `</title><script>alert("x")</script><img src=x onerror=alert(1)>` + "\u202Eevil\u2066\u200B\x00\x1b[31m" + `'"--><svg onload=alert(2)>{{.Secret}}`

// TestHostile fills every field that comes from outside with hostile text and
// with a line of a megabyte.
func TestHostile(t *testing.T) {
	long := hostile + strings.Repeat("长", 350_000)
	w := newWorld(t, true)
	var id string
	at := night.Add(-time.Hour)
	s := surge(at)
	s.Topic, s.Detector, s.Sources = "tap-water", "odd"+hostile, []string{hostile}
	for i := range s.Evidence {
		s.Evidence[i].Quote, s.Evidence[i].Source, s.Evidence[i].URL, s.Evidence[i].Mood = long, long, "javascript:alert(1)", crisis.Mood(hostile)
	}
	const odd = `"><script>alert(3)</script>`
	plan := crisis.Plan{ID: odd, Version: long, Title: long, Why: []string{long, long}, Statements: map[string]string{"first": long + "{{" + hostile + "}}"}, Steps: []crisis.Step{{
		ID: "one", Phase: hostile, Title: long, Text: long, RoleName: long, Due: crisis.ByLevel{0: {Time: time.Minute}}, Ask: long, AskKind: hostile, Template: "first",
		RedLines: []crisis.RedLine{{ID: "r", What: long, Limit: time.Hour, Source: long, Checked: hostile}},
	}}, Closing: crisis.Closing{Human: []string{long}}}
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		var err error
		if id, err = tx.NewIncidentID("20261014"); err != nil {
			return err
		}
		by := hostile
		_, err = tx.Append(id, night,
			crisis.NewEvent(crisis.EventDetected, at, crisis.Machine, crisis.Detected{Topic: "tap-water", Title: long, Signal: s}),
			crisis.NewEvent(crisis.EventLevel, at, by, crisis.LevelChange{Opinion: crisis.LevelII, Reason: long}),
			crisis.NewEvent(crisis.EventPlanned, at, crisis.Machine, plan),
			crisis.NewEvent(crisis.EventAcknowledged, at, by, crisis.Remark{Text: long}),
			crisis.NewEvent(crisis.EventStepDone, at, by, crisis.Tick{Plan: odd, Step: "one", Note: long, Link: "javascript:alert(1)"}),
			crisis.NewEvent(crisis.EventNote, at, by, crisis.Remark{Text: long}),
			crisis.NewEvent(crisis.EventBlind, at, crisis.Machine, crisis.Remark{Text: long}),
			crisis.NewEvent(crisis.EventAlertRefused, at, crisis.Machine, crisis.Delivery{Kind: hostile, Channel: long, Detail: long}))
		return err
	}))
	bad := coverage("bad", long, hostile, time.Minute, time.Hour)
	bad.Blind, bad.LastClass, bad.LastDetail = true, crisis.Class(hostile), long
	w.all = []Source{bad}
	defer func(old []crisis.Topic) { topics = old }(topics)
	topics = []crisis.Topic{{ID: "tap-water", Title: long, Any: []string{long}, Must: [][]string{{long}}, Not: []string{long}, Places: []string{long}}}
	w.console.Org = long
	for _, lang := range langs {
		for _, path := range []string{"/", "/incidents", "/incidents/" + id, "/topics", "/sources"} {
			page := w.get(path+"?lang="+lang, 200)
			sound(t, lang+" "+path, page)
			for _, wrong := range []string{"<script>alert", "<img", "<svg onload", "\u202E", "\u2066", "\u200B", "\x00", "\x1b", `href="javascript`} {
				if strings.Contains(page, wrong) {
					t.Errorf("%s %s: %q got through", lang, path, wrong)
				}
			}
			if !strings.Contains(page, "alert(") {
				t.Errorf("%s %s: the hostile text is not even there; the test tests nothing", lang, path)
			}
		}
	}
}

// TestBusy shows a busy incident with a long timeline and many open ones.
func TestBusy(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	for i := range 400 {
		w.must(w.act(id, crisis.EventNote, "", "李敏", strings.Repeat("记录", 1+i%60), night.Add(-time.Duration(i)*time.Second)))
	}
	page := w.get("/incidents/"+id+"?lang=zh", 200)
	sound(t, "busy incident", page)
	if !strings.Contains(page, "更早的") {
		t.Error("there is no way to the older part of the timeline")
	}
	for range 60 {
		w.openIncident("tap-water", "自来水异味", night.Add(-2*time.Hour), crisis.LevelIV)
	}
	now := w.get("/?lang=zh", 200)
	sound(t, "busy now", now)
	if !strings.Contains(now, "另有 11 起未结事件") {
		t.Error("the page hides open incidents without saying so")
	}
	sound(t, "busy list", w.get("/incidents?page=1&lang=zh", 200))
}

// TestPart fetches what the script fetches.
func TestPart(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	whole := w.get("/incidents/"+id+"?lang=zh", 200)
	r := w.request("GET", "/incidents/"+id+"?lang=zh", nil, "X-Part", "main")
	part := w.read(r, 200)
	if strings.Contains(part, "<html") || !strings.Contains(whole, part) {
		t.Error("the part is not the main part of the page")
	}
	if r.Header.Get("X-Now") == "" {
		t.Error("the part does not say what time it is")
	}
}

// TestFilling wants the count of a bucket that has not ended to be told from a
// count that fell.
func TestFilling(t *testing.T) {
	points := []Point{{At: night.Add(-8 * time.Minute), Observed: 9, Negative: 4, Coverage: 1}, {At: night.Add(-3 * time.Minute), Observed: 2, Negative: 2, Coverage: 1}}
	at := func(now time.Time) chart { return tongue{"zh", shanghai, now}.draw(points, 5*time.Minute, nil) }
	if c := at(night); strings.Count(c.Bars, "M") != 1 || strings.Count(c.Bad, "M") != 1 || strings.Count(c.Part, "M") != 1 {
		t.Errorf("while it fills: bars %q, bad %q, part %q", c.Bars, c.Bad, c.Part)
	}
	if c := at(night.Add(2 * time.Minute)); strings.Count(c.Bars, "M") != 2 || strings.Count(c.Bad, "M") != 2 || c.Part != "" {
		t.Errorf("when it has ended: bars %q, bad %q, part %q", c.Bars, c.Bad, c.Part)
	}
}
