package playbooks

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"watchfire/crisis"
)

func surge(quotes ...string) []crisis.Signal {
	s := crisis.Signal{Detector: "surge", Tier: crisis.TierAlert}
	for _, q := range quotes {
		s.Evidence = append(s.Evidence, crisis.Evidence{Quote: q})
	}
	return []crisis.Signal{s}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name string
		q    Query
		want string // main, then side playbooks
		why  string // of the main one
	}{
		{
			name: "tap water that smells, by tag",
			q:    Query{Topic: crisis.Topic{ID: "tap-water-smell", Title: "自来水异味", Tags: []string{"utility"}}, Signals: surge()},
			want: "service-outage", why: "议题标签「utility」属于本预案范围",
		},
		{
			name: "tap water that smells, by the topic's words",
			q:    Query{Topic: crisis.Topic{ID: "t1", Any: []string{"自来水"}, Must: [][]string{{"异味", "怪味"}}}, Signals: surge()},
			want: "service-outage", why: "出现关键词「自来水+味」",
		},
		{
			name: "tap water that smells, by what people write",
			q:    Query{Topic: crisis.Topic{ID: "city"}, Signals: surge("今早家里自来水一股怪味，能喝吗")},
			want: "service-outage", why: "出现关键词「自来水+味」",
		},
		{
			name: "by its mood alone",
			q:    Query{Topic: crisis.Topic{Tags: []string{"water"}}, Signals: []crisis.Signal{{Detector: "mood"}}},
			want: "service-outage", why: "信号「负面上升」在本预案的启动信号之内",
		},
		{
			name: "with a rumour beside it",
			q:    Query{Topic: crisis.Topic{Tags: []string{"water"}}, Signals: surge("网传水厂被投毒，速转")},
			want: "service-outage rumor", why: "议题标签「water」",
		},
		{
			name: "a rumour signal is enough alone, once",
			q:    Query{Topic: crisis.Topic{Tags: []string{"water"}}, Signals: append(surge("网传停水三天"), crisis.Signal{Detector: "claim"})},
			want: "service-outage rumor",
		},
		{
			name: "a rumour with nothing else",
			q:    Query{Topic: crisis.Topic{ID: "x"}, Signals: []crisis.Signal{{Detector: "claim"}}},
			want: "rumor", why: "信号「疑似谣言仿冒旧闻」可单独启动本预案",
		},
		{
			name: "higher priority among equals",
			q:    Query{Topic: crisis.Topic{ID: "x"}, Signals: surge("商场起火后整条街停电")},
			want: "public-safety-accident service-outage", why: "出现关键词「起火」",
		},
		{
			name: "the office's tag before anybody's word",
			q:    Query{Topic: crisis.Topic{Tags: []string{"power"}}, Signals: surge("配电房起火，全小区停电")},
			want: "service-outage public-safety-accident",
		},
		{
			name: "an exclusion word wins over a keyword",
			q:    Query{Topic: crisis.Topic{ID: "x"}, Signals: surge("今天下午消防演练，看到浓烟滚滚、有人被困不要惊慌")},
			want: "generic", why: "「突发公共安全事故新闻应急预案」因出现排除词「演练」未采用",
		},
		{
			name: "a real accident during the drill",
			q:    Query{Topic: crisis.Topic{ID: "x"}, Signals: surge("今天下午消防演练，有人被困不要惊慌", "真着火了！三楼有人喊救命")},
			want: "public-safety-accident",
		},
		{
			name: "texts parted by a blank line are posts of their own",
			q:    Query{Topic: crisis.Topic{ID: "x"}, Text: "消防演练公告\n模拟起火\n\n化工厂爆炸了", Signals: surge()},
			want: "public-safety-accident", why: "爆炸",
		},
		{
			name: "a signal about our own statement opens no accident",
			q:    Query{Topic: crisis.Topic{ID: "x", Any: []string{"起火"}}, Signals: []crisis.Signal{{Detector: "statement"}}},
			want: "generic",
		},
		{
			name: "a person opened it: no signal at all",
			q:    Query{Topic: crisis.Topic{ID: "x", Tags: []string{"fire"}}},
			want: "public-safety-accident",
		},
		{
			name: "the topic's own choice",
			q:    Query{Topic: crisis.Topic{ID: "x", Title: "供水", Playbook: "generic", Tags: []string{"water"}}, Signals: surge("网传")},
			want: "generic rumor", why: "议题「供水」指定使用本预案",
		},
		{
			name: "a choice that does not exist is said, not hidden",
			q:    Query{Topic: crisis.Topic{ID: "x", Playbook: "gone"}, Signals: surge()},
			want: "generic", why: "议题指定的预案「gone」不在预案库中",
		},
		{
			name: "nothing fits",
			q:    Query{Topic: crisis.Topic{ID: "parking", Any: []string{"停车费"}}, Signals: surge("停车费又涨了")},
			want: "generic", why: "没有专门预案与本议题相符",
		},
		{name: "nothing is known", q: Query{}, want: "generic"},
	}
	l := shippedLibrary(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ids []string
			got := l.Match(tt.q)
			for i, m := range got {
				ids = append(ids, m.Playbook.ID)
				if m.Side != (i > 0) || len(m.Why) == 0 {
					t.Errorf("%s: side %t, why %q", m.Playbook.ID, m.Side, m.Why)
				}
			}
			if s := strings.Join(ids, " "); s != tt.want {
				t.Errorf("Match = %s, want %s", s, tt.want)
			}
			var zh, en []string
			for _, why := range got[0].Why {
				zh, en = append(zh, why.ZH), append(en, why.EN)
			}
			if why := strings.Join(zh, "；"); !strings.Contains(why, tt.why) {
				t.Errorf("why %q, want %q", why, tt.why)
			}
			for _, why := range en { // words of posts and of the office stand between quotation marks
				if bare := quoted.ReplaceAllString(why, ""); why == "" || han.MatchString(bare) {
					t.Errorf("the reason in English is %q", why)
				}
			}
			if again := l.Match(tt.q); !slices.EqualFunc(again, got, func(a, b Match) bool { return a.Playbook == b.Playbook }) {
				t.Error("another call matches otherwise")
			}
		})
	}
}

var han, quoted = regexp.MustCompile(`\p{Han}`), regexp.MustCompile(`“[^”]*”`)

func TestMatchMinLevelAndTies(t *testing.T) {
	b, err := os.ReadFile("library/generic.yaml")
	if err != nil {
		t.Fatal(err)
	}
	make := func(id, level string) []byte {
		return []byte(strings.NewReplacer("id: generic\n", "id: "+id+"\n", "id: gen-", "id: "+id+"-", `topics: ["*"]`, "topics: [parking]",
			"min_level: IV", "min_level: "+level, "priority: 0", "priority: 50").Replace(string(b)))
	}
	l, err := Load(Builtin(), fstest.MapFS{"b.yaml": {Data: make("beta", "IV")}, "a.yaml": {Data: make("alpha", "II")}})
	if err != nil {
		t.Fatal(err)
	}
	for level, want := range map[crisis.Level]string{
		crisis.LevelNone: "beta", crisis.LevelIV: "beta", crisis.LevelIII: "beta", crisis.LevelII: "alpha", crisis.LevelI: "alpha",
	} {
		got := l.Match(Query{Topic: crisis.Topic{Tags: []string{"Parking"}}, Level: level})
		if got[0].Playbook.ID != want || len(got) != 1 {
			t.Errorf("level %q: %s and %d more, want %s alone", level, got[0].Playbook.ID, len(got)-1, want)
		}
	}
}
