package console

import (
	"strings"
	"testing"

	"watchfire/crisis"
)

// TestVerdict judges an open and a closed incident, thinks better of one, and wants
// the precision of the rule on the page of the topics.
func TestVerdict(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	w.post("/name", form("name", "张伟", "next", at), 200)
	if page := w.get("/topics?lang=zh", 200); strings.Contains(page, "准确率") {
		t.Error("the topics show a precision before anybody judged")
	}
	w.post(at, form("do", "verdict"), 422)
	w.post(at, form("do", "verdict", "verdict", "maybe"), 422)
	before := w.incident(id).Events
	page := w.post(at+"?lang=zh", form("do", "verdict", "verdict", "noise"), 200)
	sound(t, "verdict", page)
	w.post(at, form("do", "verdict", "verdict", "noise"), 200) // the second click of a double click
	if in := w.incident(id); in.Verdict != crisis.VerdictNoise || in.JudgedBy != "张伟" || in.Events != before+1 {
		t.Errorf("verdict %q by %q, %d events", in.Verdict, in.JudgedBy, in.Events-before)
	}
	if !strings.Contains(page, "研判结论已记入时间线") || !strings.Contains(page, "研判结论：误报") || !strings.Contains(page, "已判为“误报”（张伟）") {
		t.Error("the page does not say what was judged")
	}
	w.post(at, form("do", "close", "note", "检测合格"), 200)
	page = w.post(at+"?lang=en", form("do", "verdict", "verdict", "real", "note", "水务集团确认"), 200)
	sound(t, "verdict in English", page)
	if in := w.incident(id); in.Verdict != crisis.VerdictReal || in.Open() {
		t.Errorf("after closing: verdict %q, open %v", in.Verdict, in.Open())
	}
	if !strings.Contains(page, "verdict: Real") || !strings.Contains(page, "水务集团确认") {
		t.Error("the timeline does not tell the second verdict")
	}
	page = w.get("/topics?lang=zh", 200)
	sound(t, "topics with precision", page)
	low, high := crisis.Wilson(1, 1)
	if !strings.Contains(page, "各条规则的准确率") || !strings.Contains(page, "100%（"+percent(low)+"–"+percent(high)+"）") {
		t.Errorf("the page of the topics does not say the precision:\n%s", page)
	}
}
