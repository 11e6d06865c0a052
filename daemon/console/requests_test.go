package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// Ask implements Asker as the daemon does.
func (o *office) Ask(ctx context.Context, x crisis.AskAct) error {
	return o.store.Update(ctx, func(tx *store.Tx) error {
		a, _, err := tx.Ask(x.Key)
		if err != nil {
			return err
		}
		a, err = a.Decide(x, o.now(), func(_ crisis.AskClass, at time.Time) time.Time { return at.Add(time.Hour) })
		if err != nil {
			return err
		}
		return tx.ActOnAsk(a, store.AskEntry{At: o.now(), By: x.By, What: x.Do, Note: x.Note})
	})
}

// queue puts a few requests into the store.
func (w *world) queue() {
	w.t.Helper()
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		for i, a := range []crisis.Ask{
			{Class: crisis.AskQuestion, Why: "什么时候", Quote: "请问自来水什么时候能恢复？", Topics: []string{"tap-water"}, Due: night.Add(-time.Minute)},
			{Class: crisis.AskComplaint, Why: "没人管", Quote: "楼下施工没人管 <script>alert(1)</script>", Due: night.Add(72 * time.Hour), Link: "javascript:alert(1)"},
			{Class: crisis.AskRescue, Why: "在喊救", Quote: "三楼有人在喊救命，楼道全是烟，我们出不去", Due: night.Add(4 * time.Minute), Link: "https://square.yunchuan.example/p/9"},
			{Class: crisis.AskEmotion, Why: "心寒", Quote: "太让人心寒了"},
		} {
			a.Key, a.Print, a.Source, a.Received, a.Published = crisis.PostKey(i+1), uint64(i+1), "square", night.Add(-6*time.Minute), night.Add(-7*time.Minute)
			if _, err := tx.AddAsk(a); err != nil {
				return err
			}
		}
		_, err := tx.AddAsk(crisis.Ask{Key: 9, Class: crisis.AskRescue, Print: 3, Quote: "三楼有人在喊救命"})
		return err
	}))
}

// TestStock holds that an answer kept ready stands beside a question, and not beside one
// about which an incident is open.
func TestStock(t *testing.T) {
	w := newWorld(t, true)
	w.queue()
	lib, err := playbooks.Load(playbooks.Builtin())
	w.must(err)
	faq, err := lib.ParseFAQ("faq.yaml", []byte("schema: faq/1\nentries:\n  - {id: a, category: opening, reviewed_on: 2026-10-01, question_variants: [自来水什么时候恢复], answer: 请拨打抢修电话。, source_doc: 公告, owner_dept: 水务局, valid_until: 2099-01-01, reviewed_by: 李敏}\n"))
	w.must(err)
	w.console.FAQ = faq
	if page := w.get("/requests?lang=zh", 200); strings.Contains(page, "快要过期") {
		t.Error("an answer of a long life is about to expire")
	}
	if page := w.get("/requests?lang=zh", 200); !strings.Contains(page, "请拨打抢修电话") || !strings.Contains(page, "依据公告") {
		t.Error("the answer is not offered")
	}
	day := w.now().In(w.console.Zone).Format(time.DateOnly)
	w.console.FAQ, err = lib.ParseFAQ("faq.yaml", []byte("schema: faq/1\nentries:\n  - {id: a, category: opening, reviewed_on: "+day+", question_variants: [自来水什么时候恢复], answer: 请拨打抢修电话。, source_doc: 公告, owner_dept: 水务局, valid_until: "+day+", reviewed_by: 李敏}\n"))
	w.must(err)
	if page := w.get("/requests?lang=zh", 200); !strings.Contains(page, "请拨打抢修电话") || !strings.Contains(page, "快要过期：有效至"+day+"，请水务局核对更新") {
		t.Error("nobody is told that the answer is about to expire")
	}
	w.fill() // opens an incident of level III about tap water
	if page := w.get("/requests?lang=zh", 200); strings.Contains(page, "请拨打抢修电话") || !strings.Contains(page, "已熔断") {
		t.Error("the answer is offered in the middle of the crisis")
	}
}

// TestRequests has a person work through the queue.
func TestRequests(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	w.queue()
	w.post("/name", form("name", "张伟", "next", "/requests"), 200)
	page := w.get("/requests?lang=zh", 200)
	sound(t, "requests", page)
	order := []string{"三楼有人在喊救命", "什么时候能恢复", "楼下施工", "心寒"}
	for i := 1; i < len(order); i++ {
		if strings.Index(page, order[i-1]) >= strings.Index(page, order[i]) {
			t.Errorf("%s does not stand before %s", order[i-1], order[i])
		}
	}
	for _, want := range []string{"相同内容 2 条", "依据：“在喊救”", "云川微广场", "立即转119/120/110", "自动回复建议已熔断", `href="/incidents/` + id + `"`, "自来水异味", "超时", "不代为答复"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Count(page, "已熔断") != 1 || strings.Contains(page, "javascript:") {
		t.Error("the breaker stands beside a request of another topic, or a link runs code")
	}
	if now := w.get("/?lang=zh", 200); !strings.Contains(now, "有 1 条求助求救还没办结") || !strings.Contains(now, "另有 1 条诉求超过答复时限") {
		t.Error("the first page does not count what waits")
	}
	if one := w.get("/requests?class=complaint&lang=zh", 200); strings.Contains(one, "三楼有人") || !strings.Contains(one, "楼下施工") {
		t.Error("the filter does not hold")
	}
	w.post("/requests/3", form("do", "transferred"), 409) // to whom?
	w.post("/requests/3", form("do", "told"), 409)
	w.post("/requests/77", form("do", "claimed"), 404)
	w.post("/requests/1", form("do", "answered", "link", "javascript:alert(1)"), 422)
	w.read(w.request("POST", "/requests/3", strings.NewReader(form("do", "claimed").Encode()), "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example"), 403)
	w.post("/requests/3", form("do", "claimed"), 200)
	w.post("/requests/3", form("do", "transferred", "note", "119指挥中心"), 200)
	w.post("/requests/3", form("do", "claimed"), 409)
	w.post("/requests/4", form("do", "class", "class", "complaint", "note", "要求处理"), 200)
	done := w.get("/requests?done=1&lang=en", 200)
	sound(t, "done", done)
	if !strings.Contains(done, "张伟") || !strings.Contains(done, "119指挥中心") || strings.Count(done, "claimed") != 1 {
		t.Error("the history does not tell who did what")
	}
	if page := w.get("/requests?class=emotion&lang=en", 200); !strings.Contains(page, "There is no such request") {
		t.Error("the class was not changed")
	}
	if now := w.get("/?lang=zh", 200); strings.Contains(now, "求助求救还没办结") {
		t.Error("a call for help that was passed on still waits")
	}
}
