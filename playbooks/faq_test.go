package playbooks

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchfire/crisis"
)

const faqText = `schema: faq/1
entries:
  - {id: hall, category: opening, question_variants: [上班时间, 几点下班, 周末办不办], answer: 政务大厅周一至周五9时至17时。, source_doc: 公告〔2026〕1号, owner_dept: 政务服务局, valid_until: 2026-12-31, reviewed_by: 李敏, reviewed_on: 2026-12-01}
  - {id: permit, category: guide, question_variants: [居住证需要什么材料, 居住证怎么办理], answer: 材料清单见官网。, source_doc: 指南, owner_dept: 公安分局, valid_until: 2026-03-01, reviewed_by: 李敏, reviewed_on: 2026-02-01}
  - {id: water, category: utility, question_variants: [几点来水], answer: 请拨打抢修电话。, source_doc: 公告, owner_dept: 水务局, valid_until: 2027-12-31, reviewed_by: 李敏, reviewed_on: 2026-12-31 08:30}
  - {id: typhoon, category: weather, question_variants: [明天停课吗], answer: 以教育局通知为准。, source_doc: 预警, owner_dept: 教育局, reviewed_by: 李敏, reviewed_on: 2026-12-31 18:00}
  - {id: road, category: traffic, question_variants: [中山路封路到哪天], answer: 见公告。, source_doc: 公告, owner_dept: 交警大队, valid_until: 2027-12-31, reviewed_by: 李敏}
  - {id: raffle, category: event, question_variants: [灯会怎么抽奖], answer: 见规则。, source_doc: 公告, owner_dept: 文旅局, valid_until: 2027-01-15, reviewed_by: 李敏}
`

// TestSuggest holds that an answer is offered only where it is fit, and that a refusal
// says why.
func TestSuggest(t *testing.T) {
	f, err := shipped().ParseFAQ("faq.yaml", []byte(faqText))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 31, 23, 0, 0, 0, time.FixedZone("", 8*3600))
	for _, x := range []struct {
		q       Question
		at      time.Time
		id, why string
	}{
		{Question{Text: "请问政务大厅几点下班？", Class: crisis.AskQuestion}, now, "hall", ""},
		{Question{Text: "请问政务大厅几点下班？", Class: crisis.AskQuestion}, now.Add(2 * time.Hour), "", "已于2026-12-31过期"},
		{Question{Text: "居住证需要什么材料", Class: crisis.AskQuestion}, now, "", "请公安分局更新"},
		{Question{Text: "几点来水", Class: crisis.AskQuestion}, now, "water", ""},
		{Question{Text: "几点来水", Class: crisis.AskQuestion}, now.Add(10 * time.Hour), "", "已于2027-01-01 08:30过期，请水务局更新"},
		{Question{Text: "明天停课吗", Class: crisis.AskQuestion}, now, "typhoon", ""},
		{Question{Text: "明天停课吗", Class: crisis.AskQuestion}, now.Add(time.Hour), "", "已于2026-12-31过期"},
		{Question{Text: "中山路封路到哪天", Class: crisis.AskQuestion}, now, "", "没写核对时间 reviewed_on，「交通出行与违法处理」类核对一次只管7天，请交警大队补上"},
		{Question{Text: "灯会怎么抽奖", Class: crisis.AskQuestion}, now, "raffle", ""},
		{Question{Text: "今天天气怎么样", Class: crisis.AskQuestion}, now, "", ""},
		{Question{Text: "几点下班", Class: crisis.AskQuestion, Incident: "20261231-01"}, now, "", "熔断"},
		{Question{Text: "几点下班", Class: crisis.AskComplaint}, now, "", "须人工"},
		{Question{Text: "几点下班，孩子受伤了", Class: crisis.AskQuestion}, now, "", "孩子受伤"},
		{Question{Text: "几点下班", Class: crisis.AskQuestion, Again: true}, now, "", "二次追问"},
	} {
		a, why := f.Suggest(x.q, x.at)
		id := ""
		if a != nil {
			id = a.ID
		}
		if id != x.id || !strings.Contains(why.ZH, x.why) || (why.ZH == "") != (x.why == "") || (why.ZH == "") != (why.EN == "") {
			t.Errorf("%+v: answer %q, refused %q", x.q, id, why.ZH)
		}
	}
	for text, want := range map[string]string{
		strings.Replace(faqText, "opening", "openings", 1):                 "did you mean opening",
		strings.Replace(faqText, "2026-12-31", "31.12.", 1):                "is not a day",
		strings.Replace(faqText, "id: permit", "id: hall", 1):              "occurs twice",
		strings.Replace(faqText, "owner_dept: 政务服务局, ", "", 1):             "no owner_dept",
		strings.Replace(faqText, ", reviewed_on: 2026-12-31 18:00", "", 1): "nothing says until when",
		strings.Replace(faqText, "valid_until: 2027-01-15, ", "", 1):       "nothing says until when",
		strings.Replace(faqText, "2026-12-31 18:00", "昨天", 1):              "neither a day nor a time",
		strings.Replace(faqText, "answer: 见规则。, ", "", 1):                  "it says at least 规则链接、截止时间",
		strings.Replace(faqText, "faq/1", "faq/9", 1):                      "schema",
	} {
		if _, err := shipped().ParseFAQ("faq.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want … %s", err, want)
		}
	}
}

// TestLapses holds who is told of an answer that expires, from the boundary day on.
func TestLapses(t *testing.T) {
	l := shipped()
	entry := func(id, category, until, checked string) string {
		return "  - {id: " + id + ", category: " + category + ", question_variants: [几点下班], answer: 答, source_doc: 文, owner_dept: 政务服务局, reviewed_by: 李敏, valid_until: " + until + ", reviewed_on: " + checked + "}\n"
	}
	f, err := l.ParseFAQ("faq.yaml", []byte("schema: faq/1\nentries:\n"+entry("old", "opening", "2026-11-20", "2026-11-01")+entry("day", "opening", "2026-11-27", "2026-11-01")+
		entry("week", "opening", "2026-12-03", "2026-11-01")+entry("late", "opening", "2026-12-04", "2026-11-01")+entry("category", "traffic", "2027-12-31", "2026-11-21")+
		entry("water", "utility", `""`, "2026-11-27 12:00")+entry("ahead", "opening", "2027-12-31", "2027-11-01")+entry("unchecked", "traffic", "2027-12-31", `""`)))
	if err != nil {
		t.Fatal(err)
	}
	shanghai := time.FixedZone("", 8*3600)
	for _, x := range []struct {
		at   string
		want []string
	}{
		{"2026-11-27 23:59", []string{"old 已于2026-11-20过期，请政务服务局更新", "day 快要过期：有效至2026-11-27，请政务服务局核对更新", "week 快要过期：有效至2026-12-03", "category 快要过期：有效至2026-11-27", "ahead 的核对时间2027-11-01还没有到", "unchecked 没写核对时间"}},
		{"2026-11-28 00:00", []string{"old 已于2026-11-20过期", "day 已于2026-11-27过期", "category 已于2026-11-27过期", "week 快要过期", "late 快要过期", "ahead 的核对", "unchecked 没写"}},
		{"2026-11-28 06:00", []string{"old 已于", "day 已于", "category 已于", "week 快要", "late 快要", "water 快要过期：有效至2026-11-28 12:00", "ahead 的", "unchecked 没"}},
		{"2026-11-28 12:00", []string{"old 已于", "day 已于", "category 已于", "water 已于2026-11-28 12:00过期", "week 快要", "late 快要", "ahead 的", "unchecked 没"}},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", x.at, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, lapse := range f.Lapses(at) {
			if lapse.What.EN == "" || !strings.HasPrefix(lapse.Place, "faq.yaml:") {
				t.Errorf("%+v", lapse)
			}
			got = append(got, lapse.ID+" "+strings.TrimPrefix(lapse.What.ZH, "知识条目「"+lapse.ID+"」"))
		}
		if len(got) != len(x.want) {
			t.Errorf("%s: %q, want %q", x.at, got, x.want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], x.want[i]) {
				t.Errorf("%s: %q, want %q", x.at, got[i], x.want[i])
			}
		}
	}
	if place := f.Lapses(time.Date(2026, 11, 27, 9, 0, 0, 0, shanghai))[1].Place; place != "faq.yaml:4" {
		t.Errorf("the answer day stands at %s", place)
	}
	// Of an expired answer and its renewed form the latter is offered.
	if a, why := f.Suggest(Question{Text: "几点下班", Class: crisis.AskQuestion}, time.Date(2026, 11, 27, 23, 59, 59, 0, shanghai)); a == nil || a.ID == "old" {
		t.Errorf("%+v, %+v", a, why)
	}
}

// TestFAQFaults holds that a fault is named with file, line, key and what to write.
func TestFAQFaults(t *testing.T) {
	const head = "schema: faq/1\nentries:\n  - id: a\n    category: opening\n    question_variants: [几点下班]\n    answer: 答\n    source_doc: 文\n    owner_dept: 局\n    reviewed_by: 李\n"
	for text, want := range map[string]string{
		head + "    reviewed_on: 2026-01-01\n    valid_until: 2026-02-30\n": `faq.yaml:11: entries[0].valid_until: "2026-02-30" is not a day; write a day such as 2026-12-31`,
		head + "    reviewed_on: 2026-01-01\n    valid_until: 2026/12/31\n": "faq.yaml:11: entries[0].valid_until: ",
		head + "    valid_until: 2026年12月31日\n":                             "faq.yaml:10: entries[0].valid_until: ",
		head + "    reviewed_on: 2026-13-01\n":                              "faq.yaml:10: entries[0].reviewed_on: ",
		head + "    reviewed_on: 2026-05-02\n    valid_until: 2026-04-30\n": "faq.yaml:11: entries[0].valid_until: the answer ended on 2026-04-30, before it was checked on 2026-05-02; write the day until",
		head + "    valid_till: 2026-12-31\n":                               "faq.yaml:10: entries[0].valid_till: ",
		head + "\tvalid_until: 2026-12-31\n":                                "faq.yaml:10: ",
		head + "    valid_until: [2026-12-31]\n":                            "faq.yaml:10: entries[0].valid_until: ",
	} {
		if _, err := shipped().ParseFAQ("faq.yaml", []byte(text)); err == nil || !strings.Contains("\n"+err.Error(), "\n"+want) || !strings.Contains(err.Error(), "; ") {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestOwnFAQCategories lays an organisation's categories over the shipped ones.
func TestOwnFAQCategories(t *testing.T) {
	l, err := Load(Builtin(), fstest.MapFS{faqCategoriesFile: {Data: []byte("schema: faq-categories/1\nalways_human: [信访, 救命]\ncategories:\n" +
		"  - {id: opening, zh: 窗口时间, says: [时间], expires: 24h}\n  - {id: museum, zh: 博物馆, says: [预约方式], expires: 720h}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if have, was := len(l.FAQCategories()), len(shipped().FAQCategories()); was != 18 || have != was+1 {
		t.Errorf("%d categories over %d", have, was)
	}
	f, err := l.ParseFAQ("faq.yaml", []byte(strings.Replace(faqText, "category: guide", "category: museum", 1)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 3, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	for text, want := range map[string]string{"几点下班": "已于2026-12-01过期", "几点下班，我要信访": "信访", "几点下班，救命": "救命"} {
		if a, why := f.Suggest(Question{Text: text, Class: crisis.AskQuestion}, now); a != nil || !strings.Contains(why.ZH, want) {
			t.Errorf("%s: %v, %q, want … %s", text, a, why.ZH, want)
		}
	}
}
