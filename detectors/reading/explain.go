package reading

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"watchfire/crisis"
)

// Explanation says why a post matches a topic or why it does not.
type Explanation struct {
	Topic   string  `json:"topic"`
	Matches bool    `json:"matches"`
	Rule    string  `json:"rule"`   // the key that decided: any, must, places, not, sources …; sender, or topic for an unknown one
	Reason  string  `json:"reason"` // for a person
	Found   []Found `json:"found"`  // the words of the topic that occur, in order of place
}

// Found is one occurrence of a word of a topic.
type Found struct {
	Rule    string `json:"rule"`
	Word    string `json:"word"`
	At      int    `json:"at"`      // characters before it in the folded text, or in the place that the source states
	Context string `json:"context"` // with some characters on both sides
	Stated  bool   `json:"stated,omitempty"`
}

// String returns the reason.
func (e Explanation) String() string { return e.Reason }

// Explain says why a post matches a topic or why it does not.
func (r *Reader) Explain(p *crisis.Post, topic string) Explanation {
	rules := r.rules.Load()
	e := Explanation{Topic: topic, Found: []Found{}}
	i := slices.IndexFunc(rules.topics, func(t rule) bool { return t.ID == topic })
	if i < 0 {
		e.Rule, e.Reason = "topic", fmt.Sprintf("there is no topic %s; the topics are %s", topic, strings.Join(rules.names(), ", "))
	} else {
		m := rules.scan(p, fold(capped(p.FullText())))
		defer rules.pool.Put(m)
		if m.place == "" {
			m.state(p.Place)
		}
		t := &rules.topics[i]
		e.Found = append(m.found(t, m.text, m.hits, false), m.found(t, m.place, m.stated, true)...)
		e.Rule, e.Reason = m.reason(t)
		e.Matches = m.judge(t) == passed
	}
	if slices.Contains(p.Topics, topic) {
		e.Matches, e.Rule, e.Reason = true, "sender", "matches: the sender says so"
	}
	return e
}

func (r *rules) names() []string {
	var out []string
	for i := range r.topics {
		out = append(out, r.topics[i].ID)
	}
	return out
}

// reason returns the key that decided, and why, for a person.
func (m *matcher) reason(t *rule) (key, why string) {
	no := "does not match: "
	switch m.judge(t) {
	case wrongSource:
		return "sources", no + "only posts of " + strings.Join(t.Sources, ", ") + " count"
	case noSubject:
		key, why = m.missing(t)
		return key, no + why
	case noPlace:
		for _, x := range m.hits {
			if slices.Contains(t.places, x.word) {
				return "guards", no + m.r.words[x.word] + " is another place of that name: its guard does not pass"
			}
		}
		return "places", no + "no place of " + m.r.list(t.places) + " occurs"
	case noMust:
		for _, group := range t.must {
			if m.one(group) < 0 {
				return "must", no + "none of " + m.r.list(group) + " occurs"
			}
		}
	case excluded:
		return "not", no + m.r.words[m.one(t.not)] + " excludes it"
	}
	return m.because(t)
}

// missing says which part of the subject came closest.
func (m *matcher) missing(t *rule) (key, why string) {
	for i := range t.near {
		n := &t.near[i]
		if a, b := m.one(n.first), m.one(n.second); a >= 0 && b >= 0 {
			return "near", fmt.Sprintf("%s and %s stand more than %d characters apart", m.r.words[a], m.r.words[b], n.within)
		}
	}
	switch {
	case len(t.any) > 0:
		return "any", "none of " + m.r.list(t.any) + " occurs"
	case len(t.near) > 0:
		return "near", "no pair of near occurs"
	}
	return "patterns", "no pattern matches"
}

// because says what made the topic match.
func (m *matcher) because(t *rule) (key, why string) {
	key = "must"
	var words []string
	switch pair, pattern := m.firstPair(t), m.firstPattern(t); {
	case m.one(t.any) >= 0:
		key, words = "any", append(words, m.r.words[m.one(t.any)])
	case pair != "":
		key, words = "near", append(words, pair)
	case pattern != "":
		key, words = "patterns", append(words, pattern)
	}
	for _, group := range t.must {
		words = append(words, m.r.words[m.one(group)])
	}
	if x, ok := m.where(t); ok && len(t.places) > 0 {
		words = append(words, m.r.words[x.word])
	}
	return key, "matches: " + strings.Join(words, ", ")
}

func (m *matcher) firstPair(t *rule) string {
	for i := range t.near {
		if a, b, ok := m.pair(&t.near[i]); ok {
			return m.text[a.begin:b.end]
		}
	}
	return ""
}

func (m *matcher) firstPattern(t *rule) string {
	for i := range t.patterns {
		if p := &t.patterns[i]; m.ready(p) {
			if at := p.find(m.text); at != nil {
				return fmt.Sprintf("%s (%s)", m.text[at[0]:at[1]], p.text)
			}
		}
	}
	return ""
}

// found lists the occurrences of the topic's words in text, which has hits, and
// the first match of each pattern.
func (m *matcher) found(t *rule, text string, hits []hit, stated bool) []Found {
	out := []Found{}
	add := func(key, word string, begin, end int) {
		out = append(out, Found{key, word, utf8.RuneCountInString(text[:begin]), context(text, begin, end), stated})
	}
	for _, x := range hits {
		for _, key := range t.keys(x.word) {
			add(key, m.r.words[x.word], int(x.begin), int(x.end))
		}
	}
	for i := range t.patterns {
		if p := &t.patterns[i]; !stated && m.ready(p) {
			if at := p.find(text); at != nil {
				add("patterns", p.text, at[0], at[1])
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Found) int { return a.At - b.At })
	return out
}

// keys returns the keys of the topic that hold a word.
func (t *rule) keys(word int32) []string {
	var out []string
	add := func(key string, lists ...[]int32) {
		for _, ids := range lists {
			if slices.Contains(ids, word) && !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	add("any", t.any)
	for _, n := range t.near {
		add("near", n.first, n.second)
	}
	add("must", t.must...)
	add("places", t.places)
	for _, g := range t.guards {
		add("guards", g.with, g.without)
	}
	add("not", t.not)
	return out
}

// list joins words for a person, at most eight.
func (r *rules) list(ids []int32) string {
	var words []string
	for _, id := range ids[:min(len(ids), 8)] {
		words = append(words, r.words[id])
	}
	if len(ids) > 8 {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}

// around is how many characters of context stand on each side of a word.
const around = 8

// context returns text[begin:end] in brackets with what stands around it.
func context(text string, begin, end int) string {
	before, after := []rune(text[:begin]), []rune(text[end:])
	if len(before) > around {
		before = append([]rune{'…'}, before[len(before)-around:]...)
	}
	if len(after) > around {
		after = append(after[:around:around], '…')
	}
	return string(before) + "[" + text[begin:end] + "]" + string(after)
}
