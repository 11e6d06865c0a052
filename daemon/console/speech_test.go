package console

import (
	"net/url"
	"strings"
	"testing"

	"watchfire/crisis"
)

// TestSpeech follows a statement through the console: draft, four eyes, publication,
// promise; every page in both languages.
func TestSpeech(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id + "/statements"
	w.post("/name", form("name", "王值班"), 200)
	page := w.get(at+"/new?kind=first_statement", 200)
	if !strings.Contains(page, "{{") || !strings.Contains(page, "还要填写") {
		t.Error("the template is not on the page, or does not say what is open")
	}
	const text = "8月5日17时起，部分小区自来水有异味，给大家带来不便，我们深表歉意。供水公司已派出抢修人员到现场排查。我们将于2099年8月6日18时前发布最新情况。咨询电话：0000-0000000。"
	w.post(at, form("do", "draft", "kind", "first_statement", "text", text), 200)
	w.post(at, form("do", "draft", "kind", "first_statement", "text", ""), 422)
	w.post(at, form("do", "draft", "statement", "s1", "text", text), 409)
	one := at + "/s1"
	for _, lang := range []string{"zh", "en"} {
		page = w.get(one+"?lang="+lang, 200)
		sound(t, "statement "+lang, page)
		if !strings.Contains(page, "异味") || !strings.Contains(page, "2099-08-06 18:00") {
			t.Errorf("%s: the text or its promise is not on the page", lang)
		}
	}
	stage := func(do, name, note string) url.Values {
		return form("do", do, "statement", "s1", "version", "1", "stage", name, "note", note)
	}
	w.post(at, stage("pass", "fact", ""), 409) // who wrote it
	w.post(at, form("do", "approve", "statement", "s1", "version", "1"), 409)
	w.post("/name", form("name", "李主任"), 200)
	for _, s := range crisis.Stages {
		w.post(at, stage("pass", string(s), ""), 200)
	}
	w.post(at, stage("back", "text", ""), 409)
	w.post(at, form("do", "publish", "statement", "s1", "version", "1", "where", "云川发布"), 409)
	w.post(at, form("do", "approve", "statement", "s1", "version", "1"), 200)
	w.post(at, form("do", "publish", "statement", "s1", "version", "1", "where", "云川发布", "link", "javascript:alert(1)"), 422)
	w.post(at, form("do", "publish", "statement", "s1", "version", "1", "where", "云川发布", "link", "https://gov.example/1"), 200)
	w.post(at, form("do", "promise", "note", "两周内回访", "at", "2099-08-20T10:00"), 200)
	page = w.get("/incidents/"+id+"?lang=zh", 200)
	for _, want := range []string{"两周内回访", "登记发布：云川发布", "签发"} {
		if !strings.Contains(page, want) {
			t.Errorf("the incident does not say %q", want)
		}
	}
	w.post("/incidents/"+id, form("do", "close", "note", "平息"), 409)
	w.post(at, form("do", "keep", "promise", "p1"), 409)
	w.post(at, form("do", "keep", "promise", "p1", "note", "已回访"), 200)
	w.post(at, form("do", "reached", "what", "service_restored"), 200)
	w.post(at, form("do", "add", "note", "给独居老人送水", "at", "2099-08-20T10:00"), 200)
	w.post(at, form("do", "drop", "plan", "service-outage", "note", "不符"), 409) // the only one
	w.post(at, form("do", "plan", "plan", "rumor"), 422)
	w.post(at, form("do", "dance"), 422)
	w.post(at, form("do", "withdraw", "statement", "s1", "note", "有误"), 200)
	w.get(at+"/s9", 404)
}
