package crawlers

import (
	"strings"
	"testing"

	"watchfire/crisis"
)

func monitorKind() *Monitor {
	return &Monitor{
		Token: testToken, Topic: "water", Items: "data.list", Zone: "Asia/Shanghai",
		Fields: map[string]string{"id": "id", "title": "title", "text": "body.abstract", "url": "link", "time": "pubtime", "level": "warn"},
		Levels: map[string]crisis.Level{"红色": crisis.LevelI, "2": crisis.LevelII, "*": crisis.LevelIV},
	}
}

func TestMonitor(t *testing.T) {
	body := `{"code":0,"data":{"list":[
{"id":9007199254740993,"title":"<em>自来水</em>发黄","body":{"abstract":"青溪区多人反映"},"link":"https://bbs.example.cn/1?spm=x","pubtime":"2026-11-19 08:10","warn":2},
{"title":"","body":{"abstract":"没有标题的一条"},"link":"javascript:alert(1)","warn":"红色"},
{"id":3,"body":{}}]}}`
	h, err := monitorKind().Receive("", bearing(testToken), []byte(body), testNow)
	if err != nil || len(h.Intakes) != 2 || !strings.Contains(h.Detail, "item 3: ") {
		t.Fatalf("Receive = %+v, %v", h, err)
	}
	if in := h.Intakes[0]; in.ID != "9007199254740993" || in.Title != "自来水发黄" || in.Text != "青溪区多人反映" || in.URL != "https://bbs.example.cn/1" ||
		in.Level != crisis.LevelII || in.At.Format("15:04") != "00:10" || in.Topic != "water" {
		t.Errorf("intake %+v", in)
	}
	if in := h.Intakes[1]; in.Title != "没有标题的一条" || in.URL != "" || in.Level != crisis.LevelI || in.ID == "" || !in.At.IsZero() {
		t.Errorf("the bare intake %+v", in)
	}
	again, err := monitorKind().Receive(h.Cursor, bearing(testToken), []byte(body), testNow)
	if err != nil || len(again.Intakes) != 0 || again.Class != crisis.ClassNotModified {
		t.Errorf("a repeat gives %+v, %v", again, err)
	}
}

// TestMonitorOver holds that a monitor says by a state that a finding is over: once, of what
// began, in whatever words, also with no more than the id; what has ended does not begin.
func TestMonitorOver(t *testing.T) {
	k := monitorKind()
	k.Items, k.Fields["state"], k.Over = "", "state", []string{"closed", "已处置"}
	if err := k.Check(); err != nil {
		t.Fatal(err)
	}
	cursor := ""
	for _, step := range []struct {
		body    string
		intakes int
		over    bool
	}{
		{`{"id":7,"title":"水","state":"open"}`, 1, false},
		{`{"id":7,"title":"水","state":"open"}`, 0, false},
		{`{"id":8,"state":"closed"}`, 0, true}, // it never began
		{`{"id":8,"title":"电","state":"open"}`, 0, false},
		{`{"id":7,"state":" Closed "}`, 1, true},
		{`{"id":7,"title":"水","state":"已处置"}`, 0, true},
		{`{"id":7,"title":"水","state":"open"}`, 0, false},
		{`{"id":9,"title":"气"}`, 1, false},
		{`{"id":9,"title":"气","state":"已处置"}`, 1, true},
	} {
		h, err := k.Receive(cursor, bearing(testToken), []byte(step.body), testNow)
		if err != nil || len(h.Intakes) != step.intakes || step.intakes == 1 && h.Intakes[0].Over != step.over {
			t.Errorf("%s: %+v, %v, want %d, over: %v", step.body, h.Intakes, err, step.intakes, step.over)
		}
		cursor = h.Cursor
	}
	for _, spoil := range []func(*Monitor){func(k *Monitor) { k.Over = nil }, func(k *Monitor) { delete(k.Fields, "state") }, func(k *Monitor) { delete(k.Fields, "id") }} {
		k := monitorKind()
		k.Fields["state"], k.Over = "state", []string{"closed"}
		if spoil(k); k.Check() == nil || !strings.HasPrefix(k.Check().Error(), "over: ") {
			t.Errorf("%v of %+v", k.Check(), k)
		}
	}
}

func TestMonitorPayloads(t *testing.T) {
	for _, c := range []struct {
		name, items, body string
		class             crisis.Class
		intakes           int
		said              string
	}{
		{"not JSON", "", "hello", crisis.ClassMalformed, 0, "parse JSON"},
		{"more than one value", "", `{"title":"水"} {"title":"水"}`, crisis.ClassMalformed, 0, "more follows"},
		{"no list", "data.list", `{"data":{}}`, crisis.ClassMalformed, 0, `no list at "data.list"`},
		{"a number for a list", "data", `{"data":7}`, crisis.ClassMalformed, 0, "neither a list nor an object"},
		{"nothing that says anything", "", `[{"x":1},2,null]`, crisis.ClassMalformed, 0, "no finding"},
		{"an empty list", "", `[]`, crisis.ClassEmptyOK, 0, ""},
		{"one", "", `{"title":"水"}`, crisis.ClassOK, 1, ""},
		{"one below a path", "data", `{"data":{"title":"水"}}`, crisis.ClassOK, 1, ""},
		{"a list as the body", "", `[{"title":"水"},{"title":"电"},{"title":"水"}]`, crisis.ClassOK, 2, ""},
	} {
		k := monitorKind()
		k.Items = c.items
		h, err := k.Receive("", bearing(testToken), []byte(c.body), testNow)
		class, said := h.Class, h.Detail
		if err != nil {
			class, said = ClassOf(err), err.Error()
		}
		if class != c.class || len(h.Intakes) != c.intakes || !strings.Contains(said, c.said) {
			t.Errorf("%s: %s, %d intakes, %q, want %s, %d, %q", c.name, class, len(h.Intakes), said, c.class, c.intakes, c.said)
		}
		if len(h.Intakes) > 0 && h.Intakes[0].Level != crisis.LevelIV {
			t.Errorf("%s: level %q, want that of any other", c.name, h.Intakes[0].Level)
		}
	}
}

func FuzzMonitor(f *testing.F) {
	f.Add([]byte(`{"data":{"list":[{"id":1,"title":"水","warn":"红色","pubtime":"昨天 10:20"}]}}`))
	f.Add([]byte(`{"data":{"list":{"body":{"abstract":"&lt;b&gt;"},"link":"//x"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := monitorKind().Receive("", bearing(testToken), body, testNow)
		if err == nil {
			soundIntakes(t, h)
		}
	})
}
