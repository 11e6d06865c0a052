package reading

import (
	"os"
	"path/filepath"
	"testing"

	"watchfire/crisis"
)

func TestMood(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want crisis.Mood
	}{
		{"自来水有异味，不敢给老人喝", crisis.Negative},
		{"投诉三次了都没人处理", crisis.Negative},
		{"好害怕，窗户一直在震", crisis.Negative},
		{"问题当天解决，服务态度很好，谢谢", crisis.Positive},
		{"水务局通报：水质检测结果符合国家标准", crisis.Neutral},
		{"请问居住证在哪里办理", crisis.Neutral},
		// Negations.
		{"一点都不好", crisis.Negative},
		{"不喜欢这个方案", crisis.Negative},
		{"不满意，没有用", crisis.Negative},
		{"不用再担心了，太好了", crisis.Positive},
		{"not good at all", crisis.Negative},
		{"not bad at all, well done", crisis.Positive},
		// No words at all.
		{"😡😡😡", crisis.Negative},
		{"[赞][赞]", crisis.Positive},
		{"", crisis.Neutral},
		{" \n\t", crisis.Neutral},
		// The other language.
		{"I am scared, the smoke is everywhere", crisis.Negative},
		{"Thank you so much, great service", crisis.Positive},
		{"The council meets on Tuesday at the town hall", crisis.Neutral},
	} {
		if got := r.Read(&crisis.Post{Text: c.text}); got.Mood != c.want {
			t.Errorf("%q reads %s %+v, want %s", c.text, got.Mood, got.Odds, c.want)
		}
	}
}

// A denied complaint is mild praise, which three characters show in part only: it
// must read milder than the complaint.
func TestMoodOfLitotes(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{"食堂的菜难吃", "食堂的菜不难吃"}, {"这次让我们失望", "这次没有让我们失望"}} {
		bare, denied := r.Read(&crisis.Post{Text: c[0]}), r.Read(&crisis.Post{Text: c[1]})
		if denied.Odds.Negative >= bare.Odds.Negative {
			t.Errorf("%q is %.2f negative, %q %.2f", c[0], bare.Odds.Negative, c[1], denied.Odds.Negative)
		}
	}
}

// What is quoted has a say: a repost without words of its own feels what it repeats.
func TestMoodOfRepost(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	angry := r.Read(&crisis.Post{Text: "转发微博//@街坊:气死我了，又骗人"})
	glad := r.Read(&crisis.Post{Text: "转发微博//@街坊:太好了，谢谢大家"})
	if angry.Odds.Negative <= glad.Odds.Negative || angry.Emotion.Angry <= glad.Emotion.Angry {
		t.Errorf("reposts read %+v and %+v", angry.Odds, glad.Odds)
	}
}

func TestSetModel(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	en, before := r.Model("en"), r.Model("zh")
	if err := r.SetModel(&Model{card: Card{Lang: "fr"}}); err == nil || r.Model("zh") != before {
		t.Errorf("SetModel of a foreign language = %v, and the running model must stay", err)
	}
	m := trained(t, "zh")
	if err := r.SetModel(m); err != nil || r.Model("zh") != m || r.Model("en") != en || r.Model("und") != m {
		t.Errorf("SetModel = %v, want Chinese replaced and English untouched", err)
	}
}

// The floors are what the sealed tests of the same sets ask, less what chance may
// take from a set of this size.
func TestModelsOnLabelledPosts(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "bench", "sentiment")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the labelled posts are not at hand: %v", err)
	}
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	type floor struct{ accuracy, f1, polarity, neutral, sure float64 }
	floors := map[string]floor{
		"ewect_usual": {0.725, 0.685, 0.81, 0.11, 0.05},
		"ewect_virus": {0.72, 0.585, 0.76, 0.21, 0.08},
		"goemotions":  {0.64, 0.57, 0.69, 0.22, 0.08},
		"semeval":     {0, 0, 0.65, 0.14, 0.05},
	}
	for _, lang := range []string{"zh", "en"} {
		examples, err := ReadExamples(filepath.Join(dir, "dev-"+lang+".tsv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Model(lang).Evaluate(examples) {
			want, ok := floors[s.Set]
			if !ok {
				continue
			}
			delete(floors, s.Set)
			if e := s.Emotion; e != nil && (e.Accuracy < want.accuracy || e.MacroF1 < want.f1) {
				t.Errorf("%s: emotions %.3f / %.3f, want at least %.3f / %.3f", s.Set, e.Accuracy, e.MacroF1, want.accuracy, want.f1)
			}
			if s.Polarity.MacroF1 < want.polarity || s.NeutralNegative > want.neutral || s.NeutralSure > want.sure {
				t.Errorf("%s: polarity %.3f, neutral called negative %.3f, surely %.3f; want %+v",
					s.Set, s.Polarity.MacroF1, s.NeutralNegative, s.NeutralSure, want)
			}
		}
	}
	if len(floors) > 0 {
		t.Errorf("sets not found: %v", floors)
	}
}

var benchTexts = []string{
	"打了一天热线都没打通，水还是黄的，孩子喝了肚子疼，到底什么时候能处理好[怒]",
	"水务局公布本月水质检测结果，各项指标符合国家标准，市民可登录官网查询",
	"今天的晚霞真美，下班路上随手拍一张，祝大家周末愉快 http://t.cn/abc",
	"转发微博//@街坊:我们楼也停了，物业说不知道，热线说已经记录",
}

func BenchmarkMood(b *testing.B) {
	r, err := New()
	if err != nil {
		b.Fatal(err)
	}
	m := r.Model("zh")
	size := 0
	for _, t := range benchTexts {
		size += len(t)
	}
	b.SetBytes(int64(size / len(benchTexts)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Odds(m.Emotion(benchTexts[i%len(benchTexts)]))
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}
