package reading

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"watchfire/crisis"
)

// made returns n labelled sentences of a small language of our own.
func made(n int) []Example {
	words := map[string][]string{
		"angry": {"气死", "垃圾", "骗子"}, "fear": {"害怕", "吓人", "担心"}, "happy": {"开心", "真好", "谢谢"},
		"neutral": {"通知", "公告", "今日"}, "sad": {"难过", "想哭", "失望"}, "surprise": {"居然", "什么", "天哪"},
	}
	things := []string{"水", "路", "学校", "公交", "医院", "电"}
	var out []Example
	for i := range n {
		label := emotionNames[i%emotions]
		w := words[label]
		out = append(out, Example{
			Label: label, Set: "made",
			Text: fmt.Sprintf("%s%s%s%d号", things[i/6%6], w[i/36%3], w[(i/6+i/36)%3], i%10),
		})
	}
	return out
}

func trained(t testing.TB, lang string) *Model {
	t.Helper()
	m, err := Train(lang, made(600))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func file(t testing.TB, m *Model) []byte {
	t.Helper()
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTrainLearnsTheSameEveryTime(t *testing.T) {
	first := trained(t, "zh")
	if a, b := file(t, first), file(t, trained(t, "zh")); !bytes.Equal(a, b) {
		t.Error("two trainings on the same examples differ")
	}
	s := first.Evaluate(made(60))
	if len(s) != 1 || s[0].Emotion == nil || s[0].Emotion.Accuracy < 0.95 || s[0].Polarity.MacroF1 < 0.95 {
		t.Errorf("Evaluate = %+v, want what was learnt", s)
	}
}

func TestTrainRefuses(t *testing.T) {
	for _, c := range []struct {
		name, lang, want string
		examples         []Example
	}{
		{"nothing", "zh", "there are no examples", nil},
		{"language", "fr", `"fr": the languages are zh and en`, made(10)},
		{"label", "zh", `example 1: unknown label "wow"`, []Example{{Label: "wow", Text: "水"}}},
		{"one kind", "zh", "all of a kind", []Example{{Label: "happy", Text: "好"}, {Label: "like", Text: "赞"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Train(c.lang, c.examples); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Train = %v, want %q", err, c.want)
			}
		})
	}
}

// A set without neutral texts teaches nothing about neutral ones.
func TestTrainMasksEmotionsThatASetLacks(t *testing.T) {
	g := gradient(softmax(row{}), &sample{target: bad, allowed: bad | 1<<happy})
	if g[neutral] != 0 || g[surprise] != 0 || g[angry] >= 0 || g[happy] <= 0 {
		t.Errorf("gradient = %v, want neutral and surprise untouched, angry up, happy down", g)
	}
}

func TestModelFile(t *testing.T) {
	m := trained(t, "zh")
	whole := file(t, m)
	again, err := ParseModel(whole)
	if err != nil {
		t.Fatal(err)
	}
	if again.Emotion("水气死骗子") != m.Emotion("水气死骗子") || !bytes.Equal(file(t, again), whole) {
		t.Error("a model read from its file is not the model written")
	}
	change := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "not a model", nil},
		{"foreign", "not a model", bytes.Repeat([]byte("x"), 100)},
		{"version", "another version", change(8)},
		{"tokens", "another version", change(9)},
		{"flipped bit", "checksum", change(len(whole) / 2)},
		{"cut short", "checksum", whole[:len(whole)-1]},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ParseModel(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("ParseModel = %v, want %q", err, c.want)
			}
		})
	}
	if _, err := ParseModel(change(8)); !errors.Is(err, ErrModelVersion) {
		t.Errorf("ParseModel = %v, want ErrModelVersion", err)
	}
}

func TestQuantiseKeepsSmallWeights(t *testing.T) {
	const scale = 4.0
	m := newModel(Card{Scale: scale}, nil, nil)
	for w := float32(-scale); w <= scale; w += 0.0037 {
		got := m.decode[uint8(quantise(w, scale))]
		// Half a step of the root, back through the square.
		bound := math.Sqrt(math.Abs(float64(w))*scale)/steps + scale/(4*steps*steps) + 1e-6
		if d := math.Abs(float64(got - w)); d > bound {
			t.Fatalf("%g is kept as %g: off by %g, more than %g", w, got, d, bound)
		}
	}
	if quantise(0, 0) != 0 || quantise(9, 4) != steps || quantise(-9, 4) != -steps {
		t.Error("weights at and beyond the ends of the scale are not held there")
	}
}

func TestTokens(t *testing.T) {
	g := &grams{}
	cut := func(text string) []uint32 {
		g.cut(text, false)
		return append([]uint32(nil), g.tokens[1:len(g.tokens)-1]...)
	}
	for _, c := range []struct{ a, b string }{
		{"ＡＢＣ好", "abc好"},
		{"哈哈哈哈哈哈哈", "哈哈哈"},
		{"看http://t.cn/abc?x=1吧", "看https://example.com/吧"},
		{"@张三：你好", "@李四：你好"},
		{"加油//@王五:好", "加油//@赵六:好"},
		{"2026年", "1998年"},
		{"sooooooo", "sooo"},
		{"❤️", "❤"},
	} {
		if a, b := cut(c.a), cut(c.b); !equal(a, b) {
			t.Errorf("tokens of %q and %q differ: %v, %v", c.a, c.b, a, b)
		}
	}
	if n := len(cut("[怒骂]")); n != 1 {
		t.Errorf("[怒骂] is %d tokens, want 1", n)
	}
	for _, s := range []string{"[", "[怒", "[]", "[a b]", "@", "//@", "http://"} {
		if n := len(cut(s)); n == 0 || n > 4 {
			t.Errorf("%q is %d tokens", s, n)
		}
	}
}

func equal(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestEmotionAllocatesNothing(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	g := scratch.lend()
	for lang, text := range map[string]string{
		"zh": "打了一天热线都没打通，水还是黄的，孩子喝了肚子疼[怒] http://t.cn/x //@邻居:我们楼也是",
		"en": "The water has been brown for two days and nobody answers the phone @council",
	} {
		m := r.Model(lang)
		if n := testing.AllocsPerRun(200, func() { m.score(g, text) }); n != 0 {
			t.Errorf("%s: %v allocations a post, want 0", lang, n)
		}
	}
}

func FuzzEmotion(f *testing.F) {
	for _, s := range []string{"", "水", "😡😡", "[怒", "//@a:b", "http://", "not good", "\xff\xfe", strings.Repeat("气死我了", 3000), "@" + strings.Repeat("名", 50)} {
		f.Add(s)
	}
	r, err := New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, lang := range []string{"zh", "en"} {
			m := r.Model(lang)
			e := m.Emotion(text)
			sum(t, e.Angry, e.Fear, e.Happy, e.Neutral, e.Sad, e.Surprise)
			o := m.Odds(e)
			sum(t, o.Negative, o.Neutral, o.Positive)
		}
		harm(fold(text))
	})
}

func sum(t *testing.T, ps ...float64) {
	t.Helper()
	total := 0.0
	for _, p := range ps {
		if !(p >= 0 && p <= 1) {
			t.Fatalf("%g is no probability", p)
		}
		total += p
	}
	if math.Abs(total-1) > 1e-5 {
		t.Fatalf("probabilities sum to %g", total)
	}
}

func FuzzParseModel(f *testing.F) {
	f.Add(file(f, trained(f, "en")))
	f.Add([]byte(modelMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseModel(b)
		if err != nil {
			return
		}
		if e := m.Emotion("水气死"); e == (crisis.Emotion{}) {
			t.Error("a model without an answer")
		}
		// What stands inside the checksum is hostile too.
		_ = new(Model).parse(b)
	})
}
