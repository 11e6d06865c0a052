package playbooks

import (
	"cmp"
	"fmt"
)

// Text is a wording in Chinese and in English.
type Text struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en,omitempty"`
}

// In returns the wording in the language, "zh" or "en"; a wording that is missing
// in one language is shown in the other rather than not at all.
func (t Text) In(lang string) string {
	if lang == "en" {
		return cmp.Or(t.EN, t.ZH)
	}
	return cmp.Or(t.ZH, t.EN)
}

// say puts the wording into a sentence of each language.
func (t Text) say(zh, en string) Text {
	return Text{ZH: fmt.Sprintf(zh, t.In("zh")), EN: fmt.Sprintf(en, t.In("en"))}
}

// named is a wording that is the same in both languages: a word somebody wrote.
func named(s string) Text { return Text{ZH: s, EN: s} }
