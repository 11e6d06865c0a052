package reading

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"watchfire/crisis"
)

func readerOf(t testing.TB, topics ...crisis.Topic) *Reader {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetTopics(topics); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMatch runs texts against one topic each. rule is the key that decides.
func TestMatch(t *testing.T) {
	water := crisis.Topic{
		ID: "t", Any: []string{"自来水", "水厂"}, Must: [][]string{{"臭", "异味"}, {"喝", "用"}},
		Not: []string{"演练", "招聘"}, Places: []string{"云川", "青溪"},
	}
	phone := crisis.Topic{ID: "t", Any: []string{"iPhone15", "cat"}}
	near := crisis.Topic{ID: "t", Near: []crisis.Near{{First: []string{"食堂", "学校"}, Second: []string{"中毒", "水"}, Within: 5}}}
	gulou := crisis.Topic{
		ID: "t", Any: []string{"火灾"}, Places: []string{"鼓楼区", "玄武区"},
		Guards: []crisis.Guard{{Place: "鼓楼区", With: []string{"南京", "江苏"}, Without: []string{"福州", "徐州", "开封"}, Within: 6}},
	}
	alias := crisis.Topic{
		ID: "t", Any: []string{"市一院"}, Must: [][]string{{"医闹"}}, Not: []string{"公告"},
		Aliases: [][]string{{"市一院", "第一人民医院", "一医"}, {"医闹", "打医生"}, {"公告", "公示"}},
	}
	pattern := crisis.Topic{ID: "t", Patterns: []string{`(?:死|伤)亡?\d+人`, `G\d{3,4}次`}}
	for _, tc := range []struct {
		name  string
		topic crisis.Topic
		post  crisis.Post
		rule  string
		want  bool
	}{
		{"all groups", water, crisis.Post{Text: "云川自来水很臭，没法喝"}, "any", true},
		{"title counts", water, crisis.Post{Title: "青溪自来水", Text: "有异味，不能用"}, "any", true},
		{"no subject", water, crisis.Post{Text: "云川的河很臭，不能喝"}, "any", false},
		{"second group missing", water, crisis.Post{Text: "云川自来水很臭"}, "must", false},
		{"excluded", water, crisis.Post{Text: "演练：云川自来水很臭，不能喝"}, "not", false},
		{"no place", water, crisis.Post{Text: "自来水很臭，没法喝"}, "places", false},
		{"stated place", water, crisis.Post{Text: "自来水很臭，没法喝", Place: "云川市"}, "any", true},
		{"other stated place", water, crisis.Post{Text: "自来水很臭，没法喝", Place: "海州市"}, "places", false},
		{"traditional", water, crisis.Post{Text: "雲川的自來水很臭，沒法喝"}, "any", true},
		{"the sender says so", water, crisis.Post{Text: "转发", Topics: []string{"t"}}, "sender", true},
		{"only must", crisis.Topic{ID: "t", Must: [][]string{{"停电"}, {"医院"}}}, crisis.Post{Text: "医院停电了"}, "must", true},
		{"only half of must", crisis.Topic{ID: "t", Must: [][]string{{"停电"}, {"医院"}}}, crisis.Post{Text: "学校停电了"}, "must", false},

		{"case", phone, crisis.Post{Text: "IPHONE15发热"}, "any", true},
		{"full width", phone, crisis.Post{Text: "ｉＰｈｏｎｅ１５ 发热"}, "any", true},
		{"a longer model", phone, crisis.Post{Text: "iPhone15Pro发热"}, "any", true},
		{"another number", phone, crisis.Post{Text: "iPhone150发热"}, "any", false},
		{"inside a word", phone, crisis.Post{Text: "education"}, "any", false},
		{"a word of its own", phone, crisis.Post{Text: "my cat, ill"}, "any", true},
		{"zero width inside", phone, crisis.Post{Text: "iPhone\u200b15 发热"}, "any", true},
		{"of its source", crisis.Topic{ID: "t", Any: []string{"水"}, Sources: []string{"weibo"}}, crisis.Post{Text: "水", Source: "weibo"}, "any", true},
		{"of another source", crisis.Topic{ID: "t", Any: []string{"水"}, Sources: []string{"weibo"}}, crisis.Post{Text: "水", Source: "bbs"}, "sources", false},

		{"near", near, crisis.Post{Text: "食堂有人中毒"}, "near", true},
		{"near, other order", near, crisis.Post{Text: "中毒的是在食堂吃的"}, "near", true},
		{"exactly within", near, crisis.Post{Text: "食堂一二三四五中毒"}, "near", true},
		{"one too far", near, crisis.Post{Text: "食堂一二三四五六中毒"}, "near", false},
		{"one of the pair", near, crisis.Post{Text: "食堂很好"}, "near", false},
		{"a later pair", near, crisis.Post{Text: "食堂换了新菜单大家都说味道好，学校有水"}, "near", true},
		{"not one inside the other", crisis.Topic{ID: "t", Near: []crisis.Near{{First: []string{"自来水"}, Second: []string{"水"}}}}, crisis.Post{Text: "自来水"}, "near", false},

		{"guard: our city", gulou, crisis.Post{Text: "南京鼓楼区火灾"}, "any", true},
		{"guard: other city", gulou, crisis.Post{Text: "福州鼓楼区火灾"}, "guards", false},
		{"guard: no city", gulou, crisis.Post{Text: "鼓楼区火灾"}, "guards", false},
		{"guard: our city as stated", gulou, crisis.Post{Text: "鼓楼区火灾", Place: "江苏南京"}, "any", true},
		{"guard: both, ours nearer", gulou, crisis.Post{Text: "南京鼓楼区和福州鼓楼区都有火灾"}, "any", true},
		{"guard: both, other nearer", gulou, crisis.Post{Text: "不是南京，是福州鼓楼区火灾"}, "guards", false},
		{"guard: a place without guard", gulou, crisis.Post{Text: "福州人说玄武区火灾"}, "any", true},

		{"alias in any and must", alias, crisis.Post{Text: "第一人民医院有人打医生"}, "any", true},
		{"alias in not", alias, crisis.Post{Text: "一医公示医闹处理结果"}, "not", false},

		{"pattern", pattern, crisis.Post{Text: "事故已致伤亡12人"}, "patterns", true},
		{"pattern, upper and lower case", pattern, crisis.Post{Text: "g1234次晚点"}, "patterns", true},
		{"pattern, full width", pattern, crisis.Post{Text: "Ｇ１２３４次晚点"}, "patterns", true},
		{"no pattern", pattern, crisis.Post{Text: "G12次晚点"}, "patterns", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := readerOf(t, tc.topic)
			got := r.Read(&tc.post).Topics
			if (len(got) > 0) != tc.want {
				t.Errorf("topics of %q = %v, want match %v", tc.post.FullText(), got, tc.want)
			}
			e := r.Explain(&tc.post, "t")
			if e.Matches != tc.want || e.Rule != tc.rule || strings.HasPrefix(e.Reason, "matches") != tc.want {
				t.Errorf("Explain = %v by %s: %s; want %v by %s", e.Matches, e.Rule, e.Reason, tc.want, tc.rule)
			}
		})
	}
}

func TestExplainFound(t *testing.T) {
	r := readerOf(t, crisis.Topic{ID: "t", Any: []string{"自来水"}, Must: [][]string{{"臭"}}, Not: []string{"招聘"}, Places: []string{"云川"}, Patterns: []string{`\d+号楼`}})
	got := r.Explain(&crisis.Post{Text: "我们3号楼的自來水又臭了，谁管", Place: "云川市"}, "t")
	want := Explanation{Topic: "t", Matches: true, Rule: "any", Reason: "matches: 自来水, 臭, 云川", Found: []Found{
		{Rule: "patterns", Word: `\d+号楼`, At: 2, Context: "我们[3号楼]的自来水又臭了,…"},
		{Rule: "any", Word: "自来水", At: 6, Context: "我们3号楼的[自来水]又臭了,谁管"},
		{Rule: "must", Word: "臭", At: 10, Context: "…3号楼的自来水又[臭]了,谁管"},
		{Rule: "places", Word: "云川", At: 0, Context: "[云川]市", Stated: true},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if e := r.Explain(&crisis.Post{Text: "水"}, "nosuch"); e.Matches || e.Rule != "topic" || !strings.Contains(e.Reason, "the topics are t") {
		t.Errorf("Explain of an unknown topic = %+v", e)
	}
}

// TestSetTopicsRefuses: what is wrong is named with its topic and the fix, and the
// running rules stay.
func TestSetTopicsRefuses(t *testing.T) {
	r := readerOf(t, crisis.Topic{ID: "water", Any: []string{"水"}})
	many := make([]string, mostWords+1)
	for i := range many {
		many[i] = fmt.Sprint("词", i)
	}
	for _, tc := range []struct {
		name  string
		topic crisis.Topic
		want  string
	}{
		{"no id", crisis.Topic{Any: []string{"水"}}, "give it a short name"},
		{"no words", crisis.Topic{ID: "x"}, "topic x: without any, near, patterns or must it would match every post; add words"},
		{"empty word", crisis.Topic{ID: "x", Any: []string{"水", " "}}, "topic x: any: an empty word would match every post; remove it"},
		{"invisible word", crisis.Topic{ID: "x", Not: []string{"\u200b"}, Any: []string{"水"}}, "topic x: not: an empty word"},
		{"empty group", crisis.Topic{ID: "x", Must: [][]string{{}}}, "topic x: must: an empty group can never match; remove it"},
		{"empty alias", crisis.Topic{ID: "x", Any: []string{"水"}, Aliases: [][]string{{"水", ""}}}, "topic x: aliases: an empty word"},
		{"half a pair", crisis.Topic{ID: "x", Near: []crisis.Near{{First: []string{"水"}}}}, "topic x: near: a pair needs words in first and in second"},
		{"far pair", crisis.Topic{ID: "x", Near: []crisis.Near{{First: []string{"水"}, Second: []string{"火"}, Within: 9999}}}, "use 1 to 200 characters"},
		{"guard of nothing", crisis.Topic{ID: "x", Any: []string{"水"}, Guards: []crisis.Guard{{Place: "鼓楼区", With: []string{"南京"}}}}, `topic x: guards: "鼓楼区" is not in places`},
		{"guard without words", crisis.Topic{ID: "x", Any: []string{"水"}, Places: []string{"鼓楼区"}, Guards: []crisis.Guard{{Place: "鼓楼区"}}}, "topic x: guards: the guard of 鼓楼区 has neither with nor without"},
		{"not an expression", crisis.Topic{ID: "x", Patterns: []string{"水("}}, `topic x: patterns: "水(": not a regular expression`},
		{"exploding expression", crisis.Topic{ID: "x", Patterns: []string{"((水火土){1,30}){1,30}"}}, "it explodes to"},
		{"exploding steps", crisis.Topic{ID: "x", Patterns: []string{"水[^火]{0,900}火[^水]{0,900}土"}}, "it explodes to"},
		{"long expression", crisis.Topic{ID: "x", Patterns: []string{strings.Repeat("水|", 300) + "水"}}, "use a list of words instead"},
		{"empty match", crisis.Topic{ID: "x", Patterns: []string{"水*"}}, "topic x: patterns: \"水*\": it matches the empty text"},
		{"any character", crisis.Topic{ID: "x", Patterns: []string{"."}}, "topic x: it matches every post; make its patterns narrower"},
		{"many expressions", crisis.Topic{ID: "x", Patterns: make([]string, mostPatterns+1)}, "more than 20; join some with |"},
		{"many words", crisis.Topic{ID: "x", Any: many}, "shorten the lists"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := r.SetTopics([]crisis.Topic{{ID: "fire", Any: []string{"火"}}, tc.topic})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("SetTopics: %v, want %q in it", err, tc.want)
			}
			if got := r.Read(&crisis.Post{Text: "水火"}).Topics; len(got) != 1 || got[0] != "water" {
				t.Errorf("after a refusal the topics of 水火 are %v, want those of the running rules", got)
			}
		})
	}
	if err := r.SetTopics([]crisis.Topic{{ID: "a", Any: []string{"水"}}, {ID: "a", Any: []string{"火"}}}); err == nil || !strings.Contains(err.Error(), "used twice") {
		t.Errorf("two topics of one id: %v", err)
	}
}

// TestSetTopicsWhileReading swaps topics under readers: each post is read by one
// set of rules or the other.
func TestSetTopicsWhileReading(t *testing.T) {
	sets := [][]crisis.Topic{
		{{ID: "a", Any: []string{"自来水"}}, {ID: "b", Any: []string{"停水"}}},
		{{ID: "c", Near: []crisis.Near{{First: []string{"自来水"}, Second: []string{"停水"}}}}},
	}
	r := readerOf(t, sets[0]...)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				got := strings.Join(r.Read(&crisis.Post{Text: "自来水公司说今天停水"}).Topics, "")
				if got != "ab" && got != "c" {
					t.Errorf("topics %s: a mixture of rules", got)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 50 {
		if err := r.SetTopics(sets[i%2]); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}

// TestTopicNamesAreWords: what a topic names is a word for the segmenter too.
func TestTopicNamesAreWords(t *testing.T) {
	post := &crisis.Post{Text: "翠湖苑的奥密克戎患者"}
	if got := readerOf(t).Read(post).Words; cmp.Equal(got, []string{"翠湖苑", "的", "奥密克戎", "患者"}) {
		t.Fatalf("the dictionary knows the words already: %v", got)
	}
	r := readerOf(t, crisis.Topic{ID: "t", Any: []string{"奥密克戎"}, Places: []string{"翠湖苑"}})
	if got := r.Read(post).Words; !cmp.Equal(got, []string{"翠湖苑", "的", "奥密克戎", "患者"}) {
		t.Errorf("words = %v", got)
	}
}

func TestOwnWords(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"太臭了", "太臭了"},
		{"没事的//@甲:太臭了", "没事的"},
		{"//@甲:太臭了", "太臭了"},
		{"转发微博//@甲:太臭了//@乙:真的", "太臭了"},
		{"@丙 //@甲:转发//@乙:真的臭", "真的臭"},
		{"//@甲:", ""},
		{"回复@甲:我也是//@甲:臭", "回复@甲:我也是"},
		{"//@", ""},
	} {
		if got := ownWords(tc.text); got != tc.want {
			t.Errorf("ownWords(%q) = %q, want %q", tc.text, got, tc.want)
		}
	}
}

// TestReposts: quoted words count, for mood and for topics.
func TestReposts(t *testing.T) {
	r := readerOf(t, crisis.Topic{ID: "t", Any: []string{"自来水"}})
	angry := r.Read(&crisis.Post{Text: "自来水臭死了，垃圾，恶心，气愤"})
	calm := r.Read(&crisis.Post{Text: "谢谢大家，放心了//@甲:自来水"})
	passed := r.Read(&crisis.Post{Text: "转发微博//@甲:自来水臭死了，垃圾，恶心，气愤"})
	if angry.Mood != crisis.Negative || passed.Mood != crisis.Negative || calm.Mood == crisis.Negative {
		t.Errorf("moods: original %s, passed on %s, calm remark %s", angry.Mood, passed.Mood, calm.Mood)
	}
	if len(calm.Topics) != 1 {
		t.Errorf("topics of a remark on a quoted text: %v, want t", calm.Topics)
	}
}

// TestLongText: a text is read up to its limit, in time linear in it, and is not
// cut inside a character.
func TestLongText(t *testing.T) {
	r := readerOf(t, crisis.Topic{ID: "t", Any: []string{"自来水"}, Patterns: []string{`(水+)+厂`}})
	rd := r.Read(&crisis.Post{Text: strings.Repeat("水", longest) + "自来水"})
	if len(rd.Topics) != 0 || len(rd.Words) == 0 {
		t.Errorf("topics %v and %d words", rd.Topics, len(rd.Words))
	}
	for _, w := range rd.Words {
		if !utf8.ValidString(w) {
			t.Fatalf("a word of invalid bytes: %q", w)
		}
	}
	if rd := r.Read(&crisis.Post{Text: long + "自来水"}); len(rd.Topics) != 1 {
		t.Errorf("topics of a long text: %v", rd.Topics)
	}
}
