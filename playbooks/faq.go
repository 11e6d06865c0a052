package playbooks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// FAQ are the answers that an organisation keeps ready (常见问题). A person sends them;
// nothing here does.
type FAQ struct {
	entries []Answer
}

// Answer is one answer and how long it is good.
type Answer struct {
	ID       string   `yaml:"id"`
	Category string   `yaml:"category"`
	Ask      []string `yaml:"question_variants"` // how people ask for it
	Text     string   `yaml:"answer"`
	Source   string   `yaml:"source_doc"`
	Owner    string   `yaml:"owner_dept"`
	Until    string   `yaml:"valid_until"` // last day on which it may be given, 2026-12-31
	Reviewed string   `yaml:"reviewed_by"`
	Channels []string `yaml:"channels"` // optional: where it is used

	until time.Time // the end of that day, UTC date arithmetic on the organisation's day
}

type faqFile struct {
	Schema  string   `yaml:"schema"`
	Entries []Answer `yaml:"entries"`
}

// FAQCategories are the categories of answers, with what each answer of it says at least.
var FAQCategories = map[string]string{
	"opening": "地址、时间、电话", "guide": "事项名称、材料清单链接、时限", "progress": "查询入口、所需编号", "social": "主管单位、热线", "hukou": "窗口、材料",
	"traffic": "路段、起止时间", "school": "文件名称、日程", "utility": "影响范围、预计恢复时间、抢修电话", "policy": "文件名称文号、解读链接",
	"complaint": "渠道、保密说明、时限", "housing": "主管单位", "labor": "渠道、时限", "weather": "预警来源与时间、避险要点", "event": "规则链接、截止时间",
	"site": "替代渠道、修复时间", "notours": "责任单位、已转办时间、答复时间", "recruit": "公告链接", "records": "受理渠道、法定时限20个工作日",
}

// ParseFAQ reads the answers of an organisation from a file called name. Errors name
// line, key and fix.
func ParseFAQ(name string, data []byte) (*FAQ, error) {
	var file faqFile
	s := decode(name, data, &file)
	if len(s.problems) == 0 {
		s.wantKnown("schema", "a schema of answers", file.Schema, []string{"faq/1"})
	}
	var categories []string
	for c := range FAQCategories {
		categories = append(categories, c)
	}
	seen := map[string]bool{}
	for i := range file.Entries {
		e := &file.Entries[i]
		key := at("entries", i)
		for what, v := range map[string]string{"id": e.ID, "answer": e.Text, "source_doc": e.Source, "owner_dept": e.Owner, "reviewed_by": e.Reviewed} {
			if strings.TrimSpace(v) == "" {
				s.report(key+"."+what, "add it", "the answer has no %s", what)
			}
		}
		if seen[e.ID] {
			s.report(key+".id", "give each answer an id of its own", "answer %s occurs twice", e.ID)
		}
		seen[e.ID] = true
		s.wantKnown(key+".category", "a category", e.Category, categories)
		if !slices.ContainsFunc(e.Ask, func(q string) bool { return len(faqGrams(q)) > 0 }) {
			s.report(key+".question_variants", "write how people ask for it", "nothing would ever find the answer")
		}
		var err error
		if e.until, err = time.Parse(time.DateOnly, e.Until); err != nil {
			s.report(key+".valid_until", "write a day such as 2026-12-31", "%q is not a day", e.Until)
		}
	}
	if len(s.problems) > 0 {
		s.problems.sort()
		return nil, s.problems
	}
	return &FAQ{entries: file.Entries}, nil
}

// Question is what somebody asks, and what stands against an answer from stock.
type Question struct {
	Text     string
	Class    crisis.AskClass
	Incident string // open incident of level III or graver on a topic of it, "" for none
	Again    bool   // it was answered before and the person came back
}

// alwaysHuman are words at which a person answers, whatever the question is.
var alwaysHuman = []string{"未成年", "孩子受伤", "不想活", "轻生", "自杀", "跳楼", "救命", "死了", "受伤", "性侵", "家暴", "记者", "采访", "起诉", "律师"}

// Suggest finds the answer to a question, or says why none is offered (熔断): a crisis is
// no time for stock answers, and some people need a person. Both are nil and empty when
// no answer fits. Now is in the organisation's zone.
func (f *FAQ) Suggest(q Question, now time.Time) (*Answer, Text) {
	word := ""
	if i := slices.IndexFunc(alwaysHuman, func(w string) bool { return strings.Contains(q.Text, w) }); i >= 0 {
		word = alwaysHuman[i]
	}
	switch {
	case q.Incident != "":
		return nil, Text{ZH: "相关议题有三级以上事件未结（" + q.Incident + "），自动回复建议已熔断", EN: "an incident of level III or graver is open on this (" + q.Incident + "): nothing is suggested"}
	case q.Class != crisis.AskQuestion:
		return nil, Text{ZH: "不是咨询，须人工答复", EN: "not a question: a person answers"}
	case word != "":
		return nil, Text{ZH: "涉及「" + word + "」，须人工答复", EN: "it speaks of “" + word + "”: a person answers"}
	case q.Again:
		return nil, Text{ZH: "二次追问，须人工答复", EN: "asked again: a person answers"}
	}
	best, at := 0.0, -1
	for i := range f.entries {
		if s := f.entries[i].fits(q.Text); s > best {
			best, at = s, i
		}
	}
	if at < 0 || best < faqLeast {
		return nil, Text{}
	}
	e := &f.entries[at]
	if y, m, d := now.Date(); time.Date(y, m, d, 0, 0, 0, 0, time.UTC).After(e.until) {
		return nil, Text{ZH: fmt.Sprintf("知识条目「%s」已于%s过期，请%s更新", e.ID, e.Until, e.Owner), EN: fmt.Sprintf("answer %s expired on %s: %s has to renew it", e.ID, e.Until, e.Owner)}
	}
	return e, Text{}
}

// faqLeast is the share of a variant's pairs of characters that a question has at least.
const faqLeast = 0.6

// fits is how well a question has the words of one of the variants, 0 to 1.
func (e *Answer) fits(text string) float64 {
	have := faqGrams(text)
	best := 0.0
	for _, v := range e.Ask {
		grams := faqGrams(v)
		n := 0
		for _, g := range grams {
			if slices.Contains(have, g) {
				n++
			}
		}
		if len(grams) > 0 {
			best = max(best, float64(n)/float64(len(grams)))
		}
	}
	return best
}

// faqGrams are the pairs of neighbouring letters of a text.
func faqGrams(text string) []string {
	r := []rune(fold(text))
	if len(r) > 400 {
		r = r[:400]
	}
	r = slices.DeleteFunc(r, func(c rune) bool { return strings.ContainsRune(" \t\r\n，。？?！!、：:；;", c) })
	var out []string
	for i := 0; i+1 < len(r); i++ {
		out = append(out, string(r[i:i+2]))
	}
	return out
}
