package reading

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"watchfire/crisis"
)

// rules are the compiled topics.
type rules struct {
	topics []rule
	words  []string
	find   *automaton
}

// rule is one topic with its words as places in rules.words.
type rule struct {
	crisis.Topic
	any, not, places []int32
	must             [][]int32
}

// compile checks and compiles topics.
func compile(ts []crisis.Topic) (*rules, error) {
	r := &rules{}
	seen := map[string]bool{}
	known := map[string]int32{}
	word := func(topic, key string, list []string) ([]int32, error) {
		var out []int32
		for _, w := range list {
			f := strings.TrimSpace(fold(w))
			if f == "" {
				return nil, fmt.Errorf("topic %s: %s: an empty word would match every post; remove it", topic, key)
			}
			id, ok := known[f]
			if !ok {
				id = int32(len(r.words))
				known[f] = id
				r.words = append(r.words, f)
			}
			out = append(out, id)
		}
		return out, nil
	}
	for _, t := range ts {
		switch {
		case t.ID == "":
			return nil, errors.New("a topic has no id; give it a short name")
		case seen[t.ID]:
			return nil, fmt.Errorf("topic %s: the id is used twice; give each topic its own", t.ID)
		case len(t.Any) == 0 && len(t.Must) == 0:
			return nil, fmt.Errorf("topic %s: without any or must it would match every post; add words", t.ID)
		}
		seen[t.ID] = true
		c := rule{Topic: t}
		var errs [3]error
		c.any, errs[0] = word(t.ID, "any", t.Any)
		c.not, errs[1] = word(t.ID, "not", t.Not)
		c.places, errs[2] = word(t.ID, "places", t.Places)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, err
		}
		for _, group := range t.Must {
			ids, err := word(t.ID, "must", group)
			if err != nil {
				return nil, err
			}
			if len(ids) == 0 {
				return nil, fmt.Errorf("topic %s: must: an empty group can never match; remove it", t.ID)
			}
			c.must = append(c.must, ids)
		}
		r.topics = append(r.topics, c)
	}
	r.find = newAutomaton(r.words)
	return r, nil
}

// match returns the topics of a post: those it came with, and those whose words
// it has. text is the folded full text.
func (r *rules) match(p *crisis.Post, text string) []string {
	var out []string
	if len(p.Topics) > 0 {
		out = slices.Clone(p.Topics)
	}
	if len(r.topics) == 0 {
		return out
	}
	has := r.occurring(p, text)
	if has == nil {
		return out
	}
	for i := range r.topics {
		if t := &r.topics[i]; t.why(p, has) == "" && !slices.Contains(out, t.ID) {
			out = append(out, t.ID)
		}
	}
	return out
}

// occurring marks the words that occur, nil if none does.
func (r *rules) occurring(p *crisis.Post, text string) []bool {
	var has []bool
	mark := func(text string) {
		r.find.find(text, func(w int32, end int) bool {
			if r.find.whole(text, w, end) {
				if has == nil {
					has = make([]bool, len(r.words))
				}
				has[w] = true
			}
			return true
		})
	}
	mark(text)
	if p.Place != "" && has != nil {
		mark(fold(p.Place))
	}
	return has
}

func one(ids []int32, has []bool) int32 {
	for _, id := range ids {
		if has[id] {
			return id
		}
	}
	return -1
}

// why returns what keeps a post out of the topic, "" if nothing does.
func (t *rule) why(p *crisis.Post, has []bool) string {
	switch {
	case len(t.Sources) > 0 && !slices.Contains(t.Sources, p.Source):
		return "source"
	case len(t.any) > 0 && one(t.any, has) < 0:
		return "any"
	case len(t.places) > 0 && one(t.places, has) < 0:
		return "places"
	}
	for _, group := range t.must {
		if one(group, has) < 0 {
			return "must"
		}
	}
	if one(t.not, has) >= 0 {
		return "not"
	}
	return ""
}

// Explain says why a post matches a topic or why it does not, for a person.
func (r *Reader) Explain(p *crisis.Post, topic string) string {
	rules := r.rules.Load()
	i := slices.IndexFunc(rules.topics, func(t rule) bool { return t.ID == topic })
	if i < 0 {
		return fmt.Sprintf("there is no topic %s", topic)
	}
	t := &rules.topics[i]
	if slices.Contains(p.Topics, topic) {
		return "matches: the sender says so"
	}
	has := rules.occurring(p, fold(p.FullText()))
	if has == nil {
		has = make([]bool, len(rules.words))
	}
	var hit []string
	for _, ids := range append([][]int32{t.any, t.places}, t.must...) {
		for _, id := range ids {
			if has[id] {
				hit = append(hit, rules.words[id])
			}
		}
	}
	switch t.why(p, has) {
	case "":
		return "matches: " + strings.Join(hit, ", ")
	case "source":
		return fmt.Sprintf("does not match: only posts of %s count", strings.Join(t.Sources, ", "))
	case "any":
		return fmt.Sprintf("does not match: none of %s occurs", strings.Join(t.Any, ", "))
	case "places":
		return fmt.Sprintf("does not match: no place of %s occurs", strings.Join(t.Places, ", "))
	case "not":
		return fmt.Sprintf("does not match: %s excludes it", rules.words[one(t.not, has)])
	}
	for i, group := range t.must {
		if one(group, has) < 0 {
			return fmt.Sprintf("does not match: none of %s occurs", strings.Join(t.Must[i], ", "))
		}
	}
	return "does not match"
}
