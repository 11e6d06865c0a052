package playbooks

import (
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

const faqText = `schema: faq/1
entries:
  - {id: hall, category: opening, question_variants: [上班时间, 几点下班, 周末办不办], answer: 政务大厅周一至周五9时至17时。, source_doc: 公告〔2026〕1号, owner_dept: 政务服务局, valid_until: 2026-12-31, reviewed_by: 李敏}
  - {id: permit, category: guide, question_variants: [居住证需要什么材料, 居住证怎么办理], answer: 材料清单见官网。, source_doc: 指南, owner_dept: 公安分局, valid_until: 2026-03-01, reviewed_by: 李敏}
`

// TestSuggest holds that an answer is offered only where it is fit, and that a refusal
// says why.
func TestSuggest(t *testing.T) {
	f, err := ParseFAQ("faq.yaml", []byte(faqText))
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
		strings.Replace(faqText, "opening", "openings", 1):     "did you mean opening",
		strings.Replace(faqText, "2026-12-31", "31.12.", 1):    "is not a day",
		strings.Replace(faqText, "id: permit", "id: hall", 1):  "occurs twice",
		strings.Replace(faqText, "owner_dept: 政务服务局, ", "", 1): "no owner_dept",
		strings.Replace(faqText, "faq/1", "faq/9", 1):          "schema",
	} {
		if _, err := ParseFAQ("faq.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want … %s", err, want)
		}
	}
}
