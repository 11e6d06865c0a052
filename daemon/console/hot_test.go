package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// emerge has people talk of what no topic is set for: a playground, and some hours
// before that a concert.
func (w *world) emerge() {
	w.t.Helper()
	posts := []crisis.Post{
		{Source: "square", ID: "h1", URL: "https://square.yunchuan.example/p/88200", Author: "a1", Published: night.Add(-50 * time.Minute), Text: "滨江乐园的旋转飞椅突然停在半空，上面还有小孩，现在谁在现场？"},
		{Source: "square", ID: "h3", Author: "a3", Published: night.Add(-20 * time.Minute), Text: "六号线停运，改坐公交的人排到了桥头"},
		{Source: "news", ID: "h2", URL: "javascript:alert(1)", Author: "a2", Published: night.Add(-30 * time.Minute), Text: "<b>网友</b>称旋转飞椅停在半空，园方暂无回应"},
	}
	var saved []store.Saved
	for _, p := range posts {
		r := crisis.Reading{Mood: crisis.Negative}
		if strings.Contains(p.Text, "公交") {
			r.Topics = []string{"bus-quiet"}
		}
		saved = append(saved, store.Saved{Post: &p, Reading: &r})
	}
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		if err := tx.SavePosts(saved); err != nil {
			return err
		}
		for _, e := range []crisis.Emerged{
			{Phrases: []string{"滨江乐园", "停在半空"}, First: night.Add(-50 * time.Minute), Last: night.Add(-4 * time.Minute), Posts: 41, Voices: 33, Sources: map[string]int{"square": 30, "news": 8, "forum": 2, "tieba": 1}, Exemplars: []crisis.PostKey{posts[0].Key(), posts[2].Key()}},
			{Phrases: []string{"六号线<i>停运"}, First: night.Add(-100 * time.Minute), Last: night.Add(-14 * time.Minute), Posts: 9, Voices: 7, Sources: map[string]int{"square": 9}, Exemplars: []crisis.PostKey{posts[2].Key(), posts[1].Key()}},
			{Phrases: []string{"演唱会返场"}, First: night.Add(-9 * time.Hour), Last: night.Add(-5 * time.Hour), Posts: 90, Voices: 80, Sources: map[string]int{"square": 90}},
		} {
			if err := tx.SetEmerged(e); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestHotNow(t *testing.T) {
	w := newWorld(t, true)
	for lang, want := range map[string]string{"zh": "最近 3 小时内没有发现突然升温的说法。", "en": "In the last 3 h nothing has suddenly come up."} {
		if page := w.get("/?lang="+lang, 200); !strings.Contains(page, want) {
			t.Errorf("an empty list must say %q", want)
		}
	}
	w.fill()
	zh, en := w.get("/?lang=zh", 200), w.get("/?lang=en", 200)
	for _, want := range []string{
		"正在升温", "滨江乐园", "停在半空", "33 人在说", "云川微广场、云川新闻网、云川论坛·民生版等，另有 1 个来源", "02:22", "滨江乐园的旋转飞椅突然停在半空",
		`href="https://square.yunchuan.example/p/88200" rel="noreferrer noopener"`, "六号线&lt;i&gt;停运", "不会自动立案", "未设议题", "议题：公交线路调整",
	} {
		if !strings.Contains(zh, want) {
			t.Errorf("the Chinese page does not say %q", want)
		}
	}
	for _, want := range []string{"Hot now", "Voices: 33", " and more sources: 1", "it opens no incident", "No topic", "Topic: "} {
		if !strings.Contains(en, want) {
			t.Errorf("the English page does not say %q", want)
		}
	}
	for _, not := range []string{"演唱会返场", "javascript:alert", "<i>停运"} {
		if strings.Contains(zh, not) {
			t.Errorf("the page shows %q", not)
		}
	}
	if strings.Index(zh, "滨江乐园") > strings.Index(zh, "六号线") {
		t.Error("what most say must come first")
	}
	w.console.Phrases = false
	if strings.Contains(w.get("/?lang=zh", 200), "正在升温") {
		t.Error("a list that nobody fills must not be shown")
	}
}
