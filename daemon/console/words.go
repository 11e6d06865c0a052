package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// phrase is one thing the console says, in both languages. Verbs of fmt stand in
// the same order in both.
type phrase struct{ zh, en string }

// langs are the languages of the console.
var langs = []string{"zh", "en"}

// say returns the phrase under key; a key that nobody has written is an error,
// so that a page with a hole is never sent.
func (t tongue) say(key string, args ...any) (string, error) {
	p, ok := words[key]
	if !ok {
		return "", fmt.Errorf("words: there is no phrase %q", key)
	}
	s := t.pick(p.zh, p.en)
	if len(args) > 0 {
		s = fmt.Sprintf(s, args...)
	}
	return s, nil
}

// must is say for keys that stand in Go code, all of which a test looks up.
func (t tongue) must(key string, args ...any) string {
	s, err := t.say(key, args...)
	if err != nil {
		return key // unreachable: TestWords looks up every key in the code
	}
	return s
}

// sayOr says the phrase under prefix and name, or the name itself when nobody
// has put it into words, as with a detector from a newer daemon.
func (t tongue) sayOr(prefix, name string) string {
	if p, ok := words[prefix+name]; ok {
		return t.pick(p.zh, p.en)
	}
	return clean(name, 40)
}

const langCookie = "watchfire_lang"

// language chooses the reader's language: asked for in the address, chosen
// before, the browser's first choice among ours, the organisation's.
func language(r *http.Request, otherwise string) string {
	if l := r.URL.Query().Get("lang"); slices.Contains(langs, l) {
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil && slices.Contains(langs, c.Value) {
		return c.Value
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if slices.Contains(langs, base) && strings.ReplaceAll(q, " ", "") != "q=0" {
			return base
		}
	}
	return otherwise
}
