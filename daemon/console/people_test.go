package console

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// says wants every one of some words on a page.
func says(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
}

// TestHaltAndRun pauses a step and all targets, and lets them run again.
func TestHaltAndRun(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	in := w.incident(id)
	before, ok := in.Due(in.Step("service-outage", "out-13"))
	if !ok {
		t.Fatal("the step has no clock")
	}
	w.post(at, form("do", "halt", "target", "service-outage/out-13"), 422) // no reason
	page := w.post(at+"?lang=zh", form("do", "halt", "target", "service-outage/out-13", "note", "等检测结果"), 200)
	sound(t, "paused", page)
	says(t, page, "已暂停计时", "理由：等检测结果", "暂停计时：")
	w.post(at, form("do", "halt", "target", "service-outage/out-13", "note", "再停"), 409)
	says(t, w.post(at+"?lang=zh", form("do", "halt", "note", "转移到备用场所"), 200), "已暂停：全部步骤", "暂停全部步骤的计时")
	w.wait(10 * time.Minute)
	w.post(at, form("do", "run"), 200)
	page = w.post(at+"?lang=en", form("do", "run", "target", "service-outage/out-13"), 200)
	says(t, page, "runs again:", "all targets run again")
	in = w.incident(id)
	if due, ok := in.Due(in.Step("service-outage", "out-13")); !ok || due.Sub(before) < 10*time.Minute || due.Sub(before) > 11*time.Minute {
		t.Errorf("due %s later, want about ten minutes", due.Sub(before))
	}
}

// TestNoticedForm sets when we learnt of it, and shows from when red lines count.
func TestNoticedForm(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	w.post(at, form("do", "noticed"), 422)
	w.post(at, form("do", "noticed", "at", w.now().Add(time.Hour).In(shanghai).Format("2006-01-02T15:04")), 422)
	page := w.post(at+"?lang=zh", form("do", "noticed", "at", night.Add(-2*time.Hour).In(shanghai).Format("2006-01-02T15:04"), "note", "热线先接到", "first", "superior"), 200)
	w.post(at, form("do", "noticed", "at", night.Add(-2*time.Hour).In(shanghai).Format("2006-01-02T15:04"), "first", "neighbour"), 409)
	says(t, page, "填写得知时间：", "先发现的是：上级通知", `<option value="superior" selected>`, "热线先接到", "起算：事发与得知中较早的一个")
	in := w.incident(id)
	if !in.Noticed().Equal(night.Add(-2 * time.Hour).Truncate(time.Minute)) {
		t.Errorf("red lines run from %s", in.Noticed())
	}
}

// TestHandOver hands an incident over from its page, and all from the hand-over note.
func TestHandOver(t *testing.T) {
	w := newWorld(t, true)
	w.console.People = func() []string { return []string{"王强", "赵主任"} }
	id := w.fill()
	at := "/incidents/" + id
	w.must(func() error {
		_, err := w.Act(t.Context(), crisis.Act{Kind: crisis.EventPromised, Incident: id, By: "李敏", Data: crisis.Promise{Kind: crisis.PromiseUpdate, What: "六时通报检测结果", Due: w.now().Add(time.Hour)}})
		return err
	}())
	page := w.get(at+"?lang=zh", 200)
	says(t, page, "自来水异味，负责人：李敏", "对公众的承诺：六时通报检测结果", `<option value="王强">`)
	w.post(at, form("do", "handover", "person", " "), 422)
	page = w.post(at+"?lang=zh", form("do", "handover", "person", "王强", "note", "六点前盯检测"), 200)
	says(t, page, "交给 王强 负责", "六点前盯检测")
	if got := w.incident(id).Holder; got != "王强" {
		t.Errorf("held by %q", got)
	}
	page = w.get("/handover?lang=zh", 200)
	sound(t, "hand-over note", page)
	says(t, page, "自来水异味，负责人：王强", "云川论坛·民生版", "下一步：", "交班人：")
	w.post("/handover", form("person", "赵主任"), 422)
	w.post("/handover", url.Values{"person": {"赵主任"}, "incident": {id}, "note": {"白班接"}}, 200)
	if got := w.incident(id).Holder; got != "赵主任" {
		t.Errorf("held by %q", got)
	}
}

// TestHandOverRequests has the hand-over note list who still waits for an answer.
func TestHandOverRequests(t *testing.T) {
	w := newWorld(t, true)
	w.post("/name", form("name", "张伟", "next", "/"), 200)
	says(t, w.get("/handover?lang=zh", 200), "没有等待答复的诉求")
	w.queue()
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
		a := crisis.Ask{Key: crisis.PostKey(90), Print: 90, Class: crisis.AskTipOff, Quote: "举报某科长收钱", Source: "square", Received: night.Add(-26 * time.Hour), Published: night.Add(-26 * time.Hour)}
		if _, err := tx.AddAsk(a); err != nil {
			return err
		}
		for i := range 30 {
			b := crisis.Ask{Key: crisis.PostKey(100 + i), Print: uint64(100 + i), Class: crisis.AskSuggestion, Quote: "建议加一趟公交", Source: "square", Received: night.Add(-time.Minute)}
			if _, err := tx.AddAsk(b); err != nil {
				return err
			}
		}
		return nil
	}))
	w.post("/requests/3", form("do", "claimed"), 200)
	page := w.get("/handover?lang=zh", 200)
	sound(t, "hand-over note with requests", page)
	says(t, page, "未答复的诉求（35 条）", "求助求救 1 条，最久的等了 7 分", "举报（注意保密） 1 条，最久的等了 1 天 2 小时", "已等 7 分", "张伟 已认领", "没人认领", "内容不印出", "另有 15 条")
	if strings.Contains(page, "某科长") || strings.Contains(page, "<script>alert") {
		t.Error("the note prints a tip-off, or a script")
	}
	if rescue, question := strings.Index(page, "<b>求助求救"), strings.Index(page, "<b>咨询"); rescue < 0 || rescue > question {
		t.Errorf("rescue at %d, a question at %d", rescue, question)
	}
	w.post("/requests/3", form("do", "answered", "note", "已到场"), 200)
	if page := w.get("/handover?lang=zh", 200); strings.Contains(page, "<b>求助求救") {
		t.Error("an answered request is handed over")
	}
}

// TestAssign gives a step to a person, and takes it back.
func TestAssign(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	page := w.post(at+"?lang=zh", form("do", "assign", "target", "service-outage/out-13", "person", "王强"), 200)
	sound(t, "assigned", page)
	says(t, page, "由 王强 办理", "已指派。")
	in := w.incident(id)
	if got := in.Step("service-outage", "out-13").Owner; got != "王强" {
		t.Errorf("the step is with %q", got)
	}
	says(t, w.post(at+"?lang=zh", form("do", "assign", "target", "service-outage/out-13"), 200), "收回指派：")
	w.post(at, form("do", "assign", "target", "service-outage/out-99", "person", "王强"), 409)
}

// TestRecuse shows who is recused, and refuses what they must not do by name.
func TestRecuse(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	me := w.incident(id).Holder
	w.post(at, form("do", "recuse", "person", "李敏"), 422)
	page := w.post(at+"?lang=zh", form("do", "recuse", "person", "李敏", "note", "被举报人"), 200)
	sound(t, "recused", page)
	says(t, page, "回避：李敏", "李敏 回避", "被举报人")
	if in := w.incident(id); !in.IsRecused(me) || in.Holder != "" {
		t.Errorf("recused %v, held by %q", in.Recused, in.Holder)
	}
	w.post(at, form("do", "handover", "person", "李敏", "note", "x"), 409)
	w.post(at, form("do", "assign", "target", "service-outage/out-13", "person", "李敏"), 409)
	w.post(at, form("do", "unrecuse", "person", "李敏", "note", "查无此事"), 200)
	if in := w.incident(id); in.IsRecused("李敏") {
		t.Error("the recusal is not lifted")
	}
}

// TestGradeForm grades by the sheet: what was measured is chosen already, floors
// override the sum, and too few points change nothing.
func TestGradeForm(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	page := w.get(at+"?lang=zh", 200)
	says(t, page, "按定级表定级", "测得：", "自来水异味、异色或水质传闻", "不低于Ⅲ级", `name="g.harm" value="3" required>`)
	sheet := func(points string, more ...string) url.Values {
		f := form(append([]string{"do", "grade"}, more...)...)
		for i, d := range w.library.Vocabulary().Dimensions {
			f.Set("g."+d.ID, points[i:i+1])
		}
		return f
	}
	w.post(at, form("do", "grade", "note", "x", "g.harm", "1"), 422)
	w.post(at, sheet("10000001", "note", "x"), 422)
	w.post(at, sheet("90000001", "note", "x"), 422)
	page = w.post(at+"?lang=zh", sheet("22222100", "note", "多个小区反映", "r.harm", "有学生腹泻"), 200)
	sound(t, "graded", page)
	says(t, page, "定级表合计 11 分，舆情Ⅱ级。按伤害一项，事件级别可考虑Ⅲ级，以主管部门认定为准。多个小区反映", `value="有学生腹泻"`)
	in := w.incident(id)
	if in.OpinionLevel != crisis.LevelII || len(in.Sheet) != 8 || in.Sheet[0].Reason != "有学生腹泻" {
		t.Errorf("graded %s by %+v", in.OpinionLevel, in.Sheet)
	}
	page = w.post(at+"?lang=zh", sheet("10100001", "note", "降级", "floor", "service-outage/0", "event", "IV"), 200)
	says(t, page, "定级表合计 3 分；因“自来水异味、异色或水质传闻”，舆情定为Ⅲ级。降级")
	if in := w.incident(id); in.OpinionLevel != crisis.LevelIII || in.EventLevel != crisis.LevelIV {
		t.Errorf("graded opinion %s, event %s", in.OpinionLevel, in.EventLevel)
	}
}

// TestTellsCalls holds how the timeline tells of reminders, calls and lapses.
func TestTellsCalls(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	due := w.now()
	add := func(kind crisis.EventKind, data any) {
		w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Append(id, w.now(), crisis.NewEvent(kind, w.now(), crisis.Machine, data))
			return err
		}))
	}
	add(crisis.EventReminded, crisis.Reminder{Plan: "service-outage", Step: "out-08", Due: due, Share: 80})
	add(crisis.EventEscalated, crisis.Escalation{Why: crisis.WhyUnacknowledged, Rung: 1, Roles: []string{"office_director"}})
	add(crisis.EventEscalated, crisis.Escalation{Why: crisis.WhyStalled, Rung: 1, Roles: []string{"leader"}, People: []string{"赵主任"}})
	add(crisis.EventEscalated, crisis.Escalation{Why: crisis.WhyOverdue, Plan: "service-outage", Step: "out-08", Due: due, Rung: 1, Roles: []string{"office_director"}})
	add(crisis.EventLapsed, crisis.Lapse{Holder: "李敏", Since: due})
	page := w.get("/incidents/"+id+"?lang=zh", 200)
	sound(t, "calls", page)
	says(t, page, "时间已过 80%", "无人签收，催办：舆情办主任", "签收失效后无人接手，催办：赵主任", "催办 舆情办主任：", "签收失效：李敏 自")
	says(t, w.get("/incidents/"+id+"?lang=en", 200), "80% of the time is up", "nobody acknowledged; called: Head of communications", "the acknowledgement lapsed: 李敏")
}
