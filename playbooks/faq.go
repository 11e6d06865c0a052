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
	entries     []Answer
	alwaysHuman []string // words at which a person answers, whatever the question is
}

// Answer is one answer and how long it is good.
type Answer struct {
	ID       string   `yaml:"id"`
	Category string   `yaml:"category"`
	Ask      []string `yaml:"question_variants"` // how people ask for it
	Text     string   `yaml:"answer"`
	Source   string   `yaml:"source_doc"`
	Owner    string   `yaml:"owner_dept"`
	Until    string   `yaml:"valid_until"` // optional: last day on which it may be given, 2026-12-31
	Reviewed string   `yaml:"reviewed_by"`
	Checked  string   `yaml:"reviewed_on"` // day or time of the check, 2026-08-05 or 2026-08-05 14:00; from it the category's expiry runs
	Channels []string `yaml:"channels"`    // optional: where it is used

	until     time.Time     // when it ends, on the organisation's clock written as UTC
	checkedAt time.Time     // likewise when it was checked; zero if it does not say
	good      time.Duration // for how long one of its category is good; 0: as it says
	unfit     Text          // why it is never offered, if so
	place     string        // file and line
}

type faqFile struct {
	Schema  string   `yaml:"schema"`
	Entries []Answer `yaml:"entries"`
}

// ParseFAQ reads the answers of an organisation from a file called name, by the
// categories of the library. Errors name line, key and fix.
func (l *Library) ParseFAQ(name string, data []byte) (*FAQ, error) {
	var file faqFile
	s := decode(name, data, &file)
	if len(s.problems) == 0 {
		s.wantKnown("schema", "a schema of answers", file.Schema, []string{"faq/1"})
	}
	var categories []string
	for _, c := range l.faq.Categories {
		categories = append(categories, c.ID)
	}
	seen := map[string]bool{}
	for i := range file.Entries {
		e := &file.Entries[i]
		e.place = fmt.Sprintf("%s:%d", name, s.at(at("entries", i)).line)
		l.checkAnswer(s, at("entries", i), e, categories)
		if seen[e.ID] {
			s.report(at("entries", i)+".id", "give each answer an id of its own", "answer %s occurs twice", e.ID)
		}
		seen[e.ID] = true
	}
	if len(s.problems) > 0 {
		s.problems.sort()
		return nil, s.problems
	}
	return &FAQ{entries: file.Entries, alwaysHuman: l.faq.AlwaysHuman}, nil
}

// checkAnswer looks through one answer and works out how long it is good.
func (l *Library) checkAnswer(s *source, key string, e *Answer, categories []string) {
	for what, v := range map[string]string{"id": e.ID, "source_doc": e.Source, "owner_dept": e.Owner, "reviewed_by": e.Reviewed} {
		if strings.TrimSpace(v) == "" {
			s.report(key+"."+what, "add it", "the answer has no %s", what)
		}
	}
	s.wantKnown(key+".category", "a category", e.Category, categories)
	c, known := l.faqCategory(e.Category)
	if strings.TrimSpace(e.Text) == "" {
		s.report(key+".answer", "add it; it says at least "+strings.Join(c.Says, "、"), "the answer has no answer")
	}
	if !slices.ContainsFunc(e.Ask, func(q string) bool { return len(faqGrams(q)) > 0 }) {
		s.report(key+".question_variants", "write how people ask for it", "nothing would ever find the answer")
	}
	if e.Checked != "" {
		if _, err := time.Parse(time.DateOnly, e.Checked); err != nil {
			if _, err := time.Parse("2006-01-02 15:04", e.Checked); err != nil {
				s.report(key+".reviewed_on", "write a day such as 2026-08-05, or a time such as 2026-08-05 14:00", "%q is neither a day nor a time", e.Checked)
			}
		}
	}
	switch day, err := time.Parse(time.DateOnly, e.Until); {
	case e.Until == "" && known && (c.Expires == 0 || e.Checked == ""):
		s.report(key+".valid_until", "write a day such as 2026-12-31", "nothing says until when the answer is good")
	case e.Until == "":
	case err != nil:
		s.report(key+".valid_until", "write a day such as 2026-12-31", "%q is not a day", e.Until)
	default:
		e.until = day.AddDate(0, 0, 1)
	}
	e.unfit = e.lasts(c)
	if e.Until != "" && !e.checkedAt.IsZero() && e.checkedAt.After(e.until) {
		s.report(key+".valid_until", "write the day until which it is good since that check", "the answer ended on %s, before it was checked on %s", e.Until, e.Checked)
	}
}

// Good says until when the answer may be given: the last day, or the time.
func (e *Answer) Good() string {
	if e.until.Equal(e.until.Truncate(24 * time.Hour)) {
		return e.until.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return e.until.Format("2006-01-02 15:04")
}

// Question is what somebody asks, and what stands against an answer from stock.
type Question struct {
	Text     string
	Class    crisis.AskClass
	Incident string // open incident of level III or graver on a topic of it, "" for none
	Again    bool   // it was answered before and the person came back
}

// Suggest finds the answer to a question, or says why none is offered (熔断): a crisis is
// no time for stock answers, and some people need a person. Both are nil and empty when
// no answer fits. Now is in the organisation's zone.
func (f *FAQ) Suggest(q Question, now time.Time) (*Answer, Text) {
	word := ""
	if i := slices.IndexFunc(f.alwaysHuman, func(w string) bool { return strings.Contains(q.Text, w) }); i >= 0 {
		word = f.alwaysHuman[i]
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
		e := &f.entries[i]
		// Of two that fit alike the one that may be given is meant: who renews an answer
		// may leave the old one beside it.
		if s := e.fits(q.Text); s > best || s == best && s > 0 && !f.entries[at].offered(now) && e.offered(now) {
			best, at = s, i
		}
	}
	if at < 0 || best < faqLeast {
		return nil, Text{}
	}
	switch e := &f.entries[at]; {
	case e.unfit.ZH != "":
		return nil, e.unfit
	case e.expired(now):
		return nil, e.hasExpired()
	default:
		return e, Text{}
	}
}

// offered says whether the answer may be given at a time in the organisation's zone.
func (e *Answer) offered(now time.Time) bool { return e.unfit.ZH == "" && !e.expired(now) }

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
