package playbooks

import (
	"slices"
	"strings"
	"testing"

	"watchfire/crisis"
)

// posts are what people of a town may write, and the plan that has to come first.
var posts = map[string][]string{
	"public-safety-accident": {
		"老城区一栋居民楼着火了，五楼窗口有人在喊，消防车刚到巷口",
		"云川大桥上三辆车连环追尾，一辆侧翻，堵得一动不动",
		"北街小区燃气泄漏，整栋楼的人都站在外面，味道很大",
	},
	"extreme-weather-disaster": {
		"暴雨下了一夜，我们地下车库被淹，还有人被困在里面没出来",
		"刚才震感特别明显，吊灯一直晃，是哪里地震了",
		"后山山体滑坡把路冲断了，村里断电一天，老人没药了",
	},
	"food-drug-safety": {
		"孩子班上十几个人吃完食堂拉肚子，家长群都炸了",
		"在城东那家连锁店吃出老鼠尾巴，店员说是土豆皮",
		"打完疫苗住院三天了，医院和疾控互相推",
	},
	"school-campus": {
		"初中学生被打的视频传开了，校园霸凌学校不管吗",
		"三小老师体罚孩子罚站一下午，孩子回家发烧",
		"实验中学有学生坠楼，学校让大家别议论",
	},
	"law-enforcement-controversy": {
		"城管掀摊还打人，老太太坐在地上哭，有视频",
		"外地车一小时三张单子，罚款离谱，这不是逐利执法是什么",
		"报案三次派出所不立案，让我自己去找证据",
	},
	"policy-misunderstanding": {
		"下月起外地车限行，买菜送货的怎么办，凭什么",
		"老年卡取消了？谁来说说这个通知取消的福利还有没有替代",
		"看了新规还是看不懂，社保到底怎么算，政策看不懂问谁",
	},
	"rumor": {
		"网传明天全城封路，速转给家人",
		"内部消息，城里要来大事了，不转不是云川人",
		"一份假通知在群里疯传，落款是我们区",
	},
	"official-misconduct": {
		"实名举报某镇干部侵占低保款，材料在第二张图",
		"局长骂人的录音都出来了，好大的官威",
		"事业编面试成绩没出就内定了，典型的萝卜岗",
	},
	"service-outage": {
		"全小区停水两天了，通知都没有一张",
		"自来水一股味，烧开了也不敢给孩子喝",
		"政务网站打不开，交不了社保，今天最后一天",
	},
	"comment-pileup": {
		"官微怼网友怼上瘾了，这小编该下课",
		"问了一句就删我评论，评论关了是怕谁看",
		"官方回复全是复制粘贴，同一段回复贴了四十遍",
	},
	"data-breach": {
		"补贴公示名单里身份证号全露着，谁都能下载",
		"我的个人信息泄露了，骗子连我孩子哪个班都知道",
		"区里官网被黑，一点就跳到赌博网站",
	},
	Generic: {
		"体育公园的路灯三个月没亮过，晚上没法跑步",
		"新开的公交站名写错了，站牌和报站对不上",
		"广场舞音响太吵，反映几次没人管",
	},
}

// TestPostsFindTheirPlan takes each text as the only evidence of a surge on a topic
// without tags: the words alone decide.
func TestPostsFindTheirPlan(t *testing.T) {
	l := shippedLibrary(t)
	for _, p := range l.Playbooks() {
		if len(posts[p.ID]) < 3 {
			t.Errorf("%s has %d examples, want three", p.ID, len(posts[p.ID]))
		}
		for _, text := range posts[p.ID] {
			got := l.Match(Query{Topic: crisis.Topic{ID: "town"}, Signals: surge(text)})
			if got[0].Playbook.ID != p.ID {
				t.Errorf("%q is handled by %s, want %s: %v", text, got[0].Playbook.ID, p.ID, got[0].Why)
			}
		}
	}
}

// What only looks like a case of a plan does not open it.
func TestPostsThatLookAlike(t *testing.T) {
	l := shippedLibrary(t)
	for text, not := range map[string]string{
		"下午三点消防演练，模拟食堂起火，请同学们有序撤离": "public-safety-accident",
		"市里今天搞防汛演练，暴雨被困怎么自救":       "extreme-weather-disaster",
		"娱乐圈这算官场地震级别的瓜":            "extreme-weather-disaster",
		"新店探店，吃出异物感但其实是花椒":         "food-drug-safety",
		"这部电视剧把校园霸凌拍得太真了":          "school-campus",
		"昨晚看警匪片，暴力执法那段演得好":         "law-enforcement-controversy",
		"考研政治：一刀切为什么错":             "policy-misunderstanding",
		"反腐剧里那个局长受贿的桥段绝了":          "official-misconduct",
		"某明星控评太明显了":                "comment-pileup",
		"网络安全宣传周：信息泄露怎么防":          "data-breach",
		"净水器促销，自来水有味就选它":           "service-outage",
	} {
		for _, m := range l.Match(Query{Topic: crisis.Topic{ID: "town"}, Signals: surge(text)}) {
			if m.Playbook.ID == not {
				t.Errorf("%q opens %s: %v", text, not, m.Why)
			}
		}
	}
}

// sides returns the ids of the plans that open beside the main one.
func sides(matches []Match) []string {
	var out []string
	for _, m := range matches[1:] {
		out = append(out, m.Playbook.ID)
	}
	return out
}

func TestSidePlans(t *testing.T) {
	l := shippedLibrary(t)
	tests := []struct {
		name        string
		topic       crisis.Topic
		signals     []crisis.Signal
		main, sides string
	}{
		{
			name: "by tag, word and lone signal at once, yet once", topic: crisis.Topic{ID: "x", Tags: []string{"food", "rumour"}},
			signals: append(surge("网传食堂食物中毒，速转", "网传还有第二批"), crisis.Signal{Detector: "claim"}, crisis.Signal{Detector: "claim"}),
			main:    "food-drug-safety", sides: "rumor",
		},
		{
			name: "food in a school is handled by the food plan", topic: crisis.Topic{ID: "x"},
			signals: surge("校园餐又出事，学生呕吐，家长在校门口要说法，老师还辱骂家长"),
			main:    "food-drug-safety", sides: "school-campus",
		},
		{
			name: "pupils who drown are an accident first", topic: crisis.Topic{ID: "x"},
			signals: surge("水库边两名学生溺水，正在打捞"), main: "public-safety-accident", sides: "school-campus",
		},
		{
			name: "a flood in which people are trapped is no single accident", topic: crisis.Topic{ID: "x"},
			signals: surge("暴雨，隧道里有人被困，全城停电"), main: "extreme-weather-disaster", sides: "service-outage",
		},
		{
			name: "an explosion on a rainy day is one", topic: crisis.Topic{ID: "x"},
			signals: surge("下着暴雨化工厂爆炸了"), main: "public-safety-accident",
		},
		{
			name: "our own account opens beside what it was asked about", topic: crisis.Topic{ID: "x", Tags: []string{"water"}},
			signals: surge("停水三天，问一句就删评论"), main: "service-outage", sides: "comment-pileup",
		},
		{
			name: "a true complaint opens beside the pile-on", topic: crisis.Topic{ID: "x", Tags: []string{"own-account"}},
			signals: []crisis.Signal{{Detector: "mood", Evidence: []crisis.Evidence{{Quote: "停水三天，官微还发美食"}}}},
			main:    "comment-pileup", sides: "service-outage",
		},
		{
			name: "a site that was broken into", topic: crisis.Topic{ID: "x", Tags: []string{"website"}},
			signals: surge("网站打不开，听说是黑客攻击，个人信息泄露了"), main: "service-outage", sides: "data-breach",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := l.Match(Query{Topic: tt.topic, Signals: tt.signals})
			if id := got[0].Playbook.ID; id != tt.main {
				t.Errorf("main plan %s, want %s: %v", id, tt.main, got[0].Why)
			}
			if s := strings.Join(sides(got), " "); s != tt.sides {
				t.Errorf("beside it %q, want %q", s, tt.sides)
			}
		})
	}
}

// A signal about our own account is about what we said, not about an accident.
func TestOwnAccountOpensNoAccident(t *testing.T) {
	l := shippedLibrary(t)
	for _, detector := range []string{"statement", "flood"} {
		for _, topic := range []crisis.Topic{{ID: "x", Tags: []string{"fire", "accident"}}, {ID: "x", Any: []string{"爆炸", "起火", "伤亡"}}} {
			for _, m := range l.Match(Query{Topic: topic, Signals: []crisis.Signal{{Detector: detector}}}) {
				if m.Playbook.ID == "public-safety-accident" {
					t.Errorf("%s on %+v opens the accident plan: %v", detector, topic, m.Why)
				}
			}
		}
	}
}

// No two shipped plans fit equally well: the one that comes first must not depend
// on how their ids sort.
func TestPrioritiesDiffer(t *testing.T) {
	seen := map[int]string{}
	for _, p := range shippedLibrary(t).Playbooks() {
		if other, twice := seen[p.Applies.Priority]; twice {
			t.Errorf("%s and %s both have priority %d", p.ID, other, p.Applies.Priority)
		}
		seen[p.Applies.Priority] = p.ID
	}
}

// Every plan that stands for a matter opens the rumour plan beside it, and none
// names itself.
func TestCombinations(t *testing.T) {
	for _, p := range shippedLibrary(t).Playbooks() {
		if slices.Contains(p.Applies.Combine, p.ID) {
			t.Errorf("%s opens itself", p.ID)
		}
		if p.ID != "rumor" && !p.opens("rumor") {
			t.Errorf("%s does not open the rumour plan", p.ID)
		}
	}
}
