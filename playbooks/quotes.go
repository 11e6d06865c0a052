package playbooks

import (
	"slices"
	"strings"
	"unicode"
)

// tellingSentence is how many letters a sentence has, at least, that repeating it is
// quoting: 请大家注意安全 is said by everybody.
const tellingSentence = 10

// Quoter returns what says whether a post repeats a sentence of one of some texts.
func Quoter(texts []string) func(post string) bool {
	var known []string
	for _, t := range texts {
		for _, s := range Sentences(t) {
			if len([]rune(s)) >= tellingSentence && !slices.Contains(known, s) {
				known = append(known, s)
			}
		}
	}
	return func(post string) bool {
		bare := Bare(post)
		return slices.ContainsFunc(known, func(s string) bool { return strings.Contains(bare, s) })
	}
}

// Sentences returns the sentences of a text, each without anything but letters and digits.
func Sentences(text string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("。！？；!?;\n", r) }) {
		if b := Bare(s); b != "" {
			out = append(out, b)
		}
	}
	return out
}

// Bare is a text without anything but letters and digits, full width made half and large
// letters small: platforms change the rest.
func Bare(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xff01 && r <= 0xff5e {
			r -= 0xfee0
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}
