package playbooks

import (
	"fmt"
	"slices"
	"time"
)

const (
	faqCategoriesFile   = "shared/faq-categories.yaml"
	faqCategoriesSchema = "faq-categories/1"
)

// FAQCategory is a category of answers kept ready (常见问题类别).
type FAQCategory struct {
	Word    `yaml:",inline"`
	Says    []string      `yaml:"says"`    // what an answer of it says at least
	Expires time.Duration `yaml:"expires"` // how long it is good once checked; 0: each answer says until when
}

type faqCategories struct {
	Schema      string        `yaml:"schema"`
	AlwaysHuman []string      `yaml:"always_human"` // words at which a person answers
	Categories  []FAQCategory `yaml:"categories"`
}

// FAQCategories returns the categories in force, in the order of the file.
func (l *Library) FAQCategories() []FAQCategory { return l.faq.Categories }

// addFAQCategories overlays those of a folder: a category by its id, words beside those
// that are there. What a person has to answer stays so.
func (l *Library) addFAQCategories(s *source, file *faqCategories) {
	if file.Schema != faqCategoriesSchema {
		s.report("schema", "write "+faqCategoriesSchema, "%q is not a schema of categories of answers", file.Schema)
	}
	out := faqCategories{AlwaysHuman: slices.Clone(l.faq.AlwaysHuman), Categories: slices.Clone(l.faq.Categories)}
	for i, w := range file.AlwaysHuman {
		if len(faqGrams(w)) == 0 {
			s.report(at("always_human", i), "write a word of two characters or more", "%q would be found in nearly every question", w)
		}
		if !slices.Contains(out.AlwaysHuman, w) {
			out.AlwaysHuman = append(out.AlwaysHuman, w)
		}
	}
	here := map[string]bool{}
	for i, c := range file.Categories {
		key := at("categories", i)
		if c.ID == "" || c.ZH == "" || len(c.Says) == 0 {
			s.report(key, "write id, zh and says", "the category is not whole")
		}
		if here[c.ID] {
			s.report(key+".id", "keep one of the two", "category %s occurs twice", c.ID)
		}
		here[c.ID] = true
		if n := slices.IndexFunc(out.Categories, func(have FAQCategory) bool { return have.ID == c.ID }); n >= 0 {
			out.Categories[n] = c
		} else {
			out.Categories = append(out.Categories, c)
		}
	}
	l.faq = out
}

// faqCategory finds a category by its id.
func (l *Library) faqCategory(id string) (FAQCategory, bool) {
	i := slices.IndexFunc(l.faq.Categories, func(c FAQCategory) bool { return c.ID == id })
	if i < 0 {
		return FAQCategory{}, false
	}
	return l.faq.Categories[i], true
}

// lasts works out until when the answer may be given, on the organisation's clock
// written as UTC. Stale answers do most harm where things change by the hour.
func (e *Answer) lasts(c FAQCategory) (why Text) {
	checked, err := time.Parse(time.DateOnly, e.Checked)
	if err != nil {
		checked, err = time.Parse("2006-01-02 15:04", e.Checked)
	}
	e.checkedAt, e.good = checked, c.Expires
	switch {
	case c.Expires == 0:
	case err != nil:
		return Text{
			ZH: fmt.Sprintf("知识条目「%s」没写核对时间 reviewed_on，「%s」类核对一次只管%s，请%s补上", e.ID, c.ZH, zhSpan(c.Expires), e.Owner),
			EN: fmt.Sprintf("answer %s does not say when it was checked (reviewed_on), and one of the category %s is good for %s: %s has to add it", e.ID, c.ID, c.Expires, e.Owner),
		}
	case e.until.IsZero() || checked.Add(c.Expires).Before(e.until):
		e.until = checked.Add(c.Expires)
	}
	return Text{}
}

// zhSpan writes a stretch of time in days or hours.
func zhSpan(d time.Duration) string {
	if d >= 24*time.Hour && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d天", d/(24*time.Hour))
	}
	return fmt.Sprintf("%d小时", d/time.Hour)
}
