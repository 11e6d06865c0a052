package console

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// request sends one request with headers and follows nothing.
func (w *world) request(method, path string, body io.Reader, headers ...string) *http.Response {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	still := *w.browser
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := still.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer
}

func (w *world) incident(id string) crisis.Incident {
	w.t.Helper()
	var in crisis.Incident
	w.must(w.store.View(w.t.Context(), func(tx *store.Tx) (err error) {
		in, _, err = tx.Incident(id)
		return err
	}))
	return in
}

func TestTickAndUndo(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	f := tickForm("out-03")
	f.Set("note", "首发帖和最广一条已存图，\r\n求助 0 条")
	f.Set("link", "https://evidence.yunchuan.example/1")
	f.Set("at", "2026-10-14T03:05")
	before := w.incident(id).Events
	r := w.request("POST", at, strings.NewReader(f.Encode()))
	w.read(r, 303)
	if got := r.Header.Get("Location"); got != at+"?said=tick#s-service-outage-out-03" {
		t.Errorf("a tick leads to %q", got)
	}
	w.post(at, f, 200) // the second click of a double click
	in := w.incident(id)
	s := in.Step("service-outage", "out-03")
	if !s.Done || s.DoneBy != "值班员" || s.Note != "首发帖和最广一条已存图， \n求助 0 条" || s.Link != "https://evidence.yunchuan.example/1" || !s.DoneAt.Equal(night.Add(-7*time.Minute)) {
		t.Errorf("the step is %+v", s)
	}
	if in.Events != before+1 {
		t.Errorf("two clicks left %d events", in.Events-before)
	}
	undo := form("do", "undo", "plan", "service-outage", "step", "out-03")
	w.post(at, undo, 200)
	w.post(at, undo, 200)
	if in = w.incident(id); in.Step("service-outage", "out-03").Done || in.Events != before+2 {
		t.Errorf("after undo: done %v, %d events", in.Step("service-outage", "out-03").Done, in.Events-before)
	}
}

// TestRecordLater ticks a step in a hurry and adds the record that the plan asks
// for afterwards.
func TestRecordLater(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	w.post(at, tickForm("out-03"), 200)
	bare := strings.Count(w.get(at+"?lang=zh", 200), "未留记录：")
	record := func(note, link string) url.Values {
		return form("do", "note", "plan", "service-outage", "step", "out-03", "note", note, "link", link)
	}
	w.post(at, record("", ""), 422)
	w.post(at, record("x", "ftp://evidence.yunchuan.example"), 422)
	w.post(at, record("已存图 3 张", ""), 200)
	page := w.post(at+"?lang=zh", record("", "https://evidence.yunchuan.example/2"), 200)
	in := w.incident(id)
	if s := in.Step("service-outage", "out-03"); !s.Done || s.Note != "已存图 3 张" || s.Link != "https://evidence.yunchuan.example/2" || s.Times != 1 {
		t.Errorf("the step is %+v", s)
	}
	if got := strings.Count(page, "未留记录："); got != bare-1 {
		t.Errorf("%d steps without a record, want %d", got, bare-1)
	}
	if !strings.Contains(page, "补充记录：固定证据，查有无身体不适") || !strings.Contains(page, `href="https://evidence.yunchuan.example/2" rel="noreferrer noopener"`) {
		t.Error("the timeline does not show the record")
	}
	w.post(at, form("do", "note", "plan", "service-outage", "step", "out-99", "note", "x"), 409)
}

// TestRepeat ticks a step that comes again: once more from the page as it is, not
// from a page that did not know of the last tick.
func TestRepeat(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	step := ""
	in := w.incident(id)
	for _, s := range in.Checklist() {
		if len(s.RepeatEvery) > 0 {
			step = s.ID
			break
		}
	}
	times := func() int {
		in := w.incident(id)
		return in.Step("service-outage", step).Times
	}
	f := tickForm(step)
	w.post("/incidents/"+id, f, 200)
	w.post("/incidents/"+id, f, 200)
	if times() != 1 {
		t.Errorf("a double click counts %d times", times())
	}
	f.Set("times", "1")
	w.post("/incidents/"+id, f, 200)
	if times() != 2 {
		t.Errorf("the second time counts %d", times())
	}
}

func TestActs(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	w.post("/name", form("name", "张伟", "next", at), 200)
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		says   string
	}{
		{"take over", form("do", "ack"), 200, "负责 <b>张伟</b>"},
		{"note", form("do", "note", "note", "已通知120"), 200, "已通知120"},
		{"empty note", form("do", "note", "note", " \u200b "), 422, "请写点内容"},
		{"long note", form("do", "note", "note", strings.Repeat("长", noteLimit+1)), 422, "最多 2000 字"},
		{"level without reason", form("do", "level", "event", "II"), 422, "请写明理由"},
		{"no level", form("do", "level", "note", "x"), 422, "请至少选一个级别"},
		{"odd level", form("do", "level", "event", "VII", "note", "x"), 422, "表单不完整"},
		{"level", form("do", "level", "event", "II", "note", "检测出指标超标"), 200, "Ⅱ级 · 橙"},
		{"happened in the future", form("do", "happened", "at", "2026-10-14T03:13"), 422, "时间不能晚于现在"},
		{"happened", form("do", "happened", "at", "2026-10-13T22:30", "note", "水务集团确认"), 200, "填写事发时间：10月13日 22:30"},
		{"odd time", form("do", "happened", "at", "yesterday"), 422, "请填写时间"},
		{"odd link", form("do", "tick", "plan", "service-outage", "step", "out-03", "link", "javascript:alert(1)"), 422, "链接须以"},
		{"no such step", form("do", "tick", "plan", "service-outage", "step", "out-99"), 409, "预案里没有这一步"},
		{"odd act", form("do", "detected"), 422, "表单不完整"},
		{"reopen an open one", form("do", "reopen"), 409, "事件本来就未结案"},
		{"close without reason", form("do", "close"), 422, "请写明理由"},
		{"close", form("do", "close", "note", "检测合格并已公布"), 200, "已结案"},
		{"close again", form("do", "close", "note", "x"), 409, "事件已经结案"},
		{"reopen", form("do", "reopen"), 200, "已重新启动"},
	} {
		page := w.post(at+"?lang=zh", c.form, c.status)
		if !strings.Contains(page, c.says) {
			t.Errorf("%s: the page does not say %q", c.name, c.says)
		}
		sound(t, c.name, page)
	}
	w.post("/incidents/20260101-01", form("do", "ack"), 404)
	w.post("/name", form("name", "Watchfire"), 422)
	w.post(at, form("do", "note", "note", strings.Repeat("x", largestForm+1)), 413)
	in := w.incident(id)
	if in.Holder != "张伟" || in.EventLevel != crisis.LevelII || !in.Open() {
		t.Errorf("holder %q, event level %s, open %v", in.Holder, in.EventLevel, in.Open())
	}
}

func TestPause(t *testing.T) {
	w := newWorld(t, true)
	w.fill()
	w.post("/name", form("name", "张伟", "next", "/sources"), 200)
	page := w.post("/sources/square?lang=zh", form("do", "pause"), 200)
	if !w.all[0].Paused || !strings.Contains(page, "已暂停采集") || !strings.Contains(page, "张伟 于 03:12 暂停采集") {
		t.Error("the source was not paused, or not by anybody")
	}
	if !strings.Contains(page, "烽燧于 10月13日 18:12 自动暂停采集") {
		t.Error("the page does not say that a gate stopped a source")
	}
	page = w.post("/sources/square?lang=en", form("do", "resume"), 200)
	if w.all[0].Paused || !strings.Contains(page, "resumed by 张伟 at 03:12") {
		t.Error("the source was not resumed, or not by anybody")
	}
	w.post("/sources/square", form("do", "delete"), 400)
	w.post("/sources/nowhere", form("do", "pause"), 404)
}

// TestBroken wants a page with a number, and the log to know the rest.
func TestBroken(t *testing.T) {
	w := newWorld(t, true)
	w.broken = errDisk
	page := w.get("/?lang=zh", 500)
	sound(t, "broken", page)
	m := regexp.MustCompile(`错误编号 ([A-Z2-7]{8})`).FindStringSubmatch(page)
	if m == nil || strings.Contains(page, "hunter2") {
		t.Fatalf("the page shows too little or too much:\n%s", page)
	}
	if len(w.errs) != 1 || !strings.Contains(w.errs[0].Error(), m[1]) || !strings.Contains(w.errs[0].Error(), "disk on fire") {
		t.Errorf("the log has %v", w.errs)
	}
}

func TestLanguage(t *testing.T) {
	w := newWorld(t, true)
	for _, c := range []struct{ path, accept, want string }{
		{"/", "", "zh-CN"}, {"/", "en-GB,en;q=0.9", "en"}, {"/", "fr, zh-TW;q=0.8, en;q=0.5", "zh-CN"}, {"/?lang=en", "zh", "en"}, {"/?lang=xx", "", "zh-CN"}, {"/", "en;q=0", "zh-CN"},
	} {
		w.browser = w.newBrowser()
		page := w.read(w.request("GET", c.path, nil, "Accept-Language", c.accept), 200)
		if !strings.Contains(page, `<html lang="`+c.want+`">`) {
			t.Errorf("%s with %q is not in %s", c.path, c.accept, c.want)
		}
	}
	w.get("/?lang=en", 200)
	if page := w.get("/", 200); !strings.Contains(page, `<html lang="en">`) {
		t.Error("the chosen language was forgotten")
	}
}
