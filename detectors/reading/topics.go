package reading

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"watchfire/crisis"
)

// rules are the compiled topics. All words of all topics are found by one pass of
// one automaton; a topic is judged only if a word occurs that can make it match.
type rules struct {
	topics []rule
	words  []string
	find   *automaton
	wakes  [][]int32 // by word: the topics to judge when it occurs
	always []int32   // topics that a pattern without any fixed word may match
	cut    *segmenter
	pool   matchers
}

// rule is one topic with its words as places in rules.words.
type rule struct {
	crisis.Topic
	any, not, places []int32
	must             [][]int32
	near             []nearRule
	guards           map[int32]guardRule // by place word
	patterns         []pattern
}

type nearRule struct {
	first, second []int32
	within        int
}

type guardRule struct {
	with, without []int32
	within        int
}

// Limits of the topics together and of one.
const (
	mostWords   = 50_000 // of all topics
	mostWithin  = 200    // characters
	closeEnough = 10     // characters, when the topic does not say
)

// compile checks and compiles topics.
func compile(topics []crisis.Topic) (*rules, error) {
	c := compiler{rules: &rules{}, known: map[string]int32{}}
	seen := map[string]bool{}
	for i := range topics {
		t := &topics[i]
		switch {
		case t.ID == "":
			return nil, errors.New("a topic has no id; give it a short name")
		case seen[t.ID]:
			return nil, fmt.Errorf("topic %s: the id is used twice; give each topic its own", t.ID)
		}
		seen[t.ID] = true
		if err := c.topic(t); err != nil {
			return nil, fmt.Errorf("topic %s: %w", t.ID, err)
		}
	}
	r := c.rules
	if len(r.words) > mostWords {
		return nil, fmt.Errorf("the topics have %d words together, more than %d; shorten the lists", len(r.words), mostWords)
	}
	r.find = newAutomaton(r.words)
	var err error
	if r.cut, err = newSegmenter(c.names); err != nil {
		return nil, err
	}
	r.pool.words, r.pool.topics = len(r.words), len(r.topics)
	return r, r.probe()
}

// compiler holds what is needed while topics are compiled.
type compiler struct {
	rules *rules
	known map[string]int32
	names []string   // words the segmenter should know
	alias [][]string // folded groups of the topic at hand
}

func (c *compiler) topic(t *crisis.Topic) error {
	if len(t.Any)+len(t.Near)+len(t.Patterns)+len(t.Must) == 0 {
		return errors.New("without any, near, patterns or must it would match every post; add words")
	}
	if err := c.aliases(t.Aliases); err != nil {
		return err
	}
	r := rule{Topic: *t}
	var errs [3]error
	r.any, errs[0] = c.list("any", t.Any)
	r.not, errs[1] = c.list("not", t.Not)
	r.places, errs[2] = c.list("places", t.Places)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	for _, group := range t.Must {
		ids, err := c.list("must", group)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return errors.New("must: an empty group can never match; remove it")
		}
		r.must = append(r.must, ids)
	}
	for _, n := range t.Near {
		if err := c.near(&r, n); err != nil {
			return fmt.Errorf("near: %w", err)
		}
	}
	if err := c.guards(&r); err != nil {
		return fmt.Errorf("guards: %w", err)
	}
	var err error
	if r.patterns, err = c.patterns(t.Patterns); err != nil {
		return fmt.Errorf("patterns: %w", err)
	}
	c.wake(&r)
	c.rules.topics = append(c.rules.topics, r)
	return nil
}

// wake notes which words call for a judgement of the topic: those of its subject,
// or if it has none the first group of must.
func (c *compiler) wake(r *rule) {
	topic := int32(len(c.rules.topics))
	on := slices.Clone(r.any)
	for _, n := range r.near {
		on = append(on, n.first...)
	}
	for _, p := range r.patterns {
		if len(p.needs) == 0 {
			c.rules.always = append(c.rules.always, topic)
		}
		on = append(on, p.needs...)
	}
	if len(r.any)+len(r.near)+len(r.patterns) == 0 {
		on = r.must[0]
	}
	for len(c.rules.wakes) < len(c.rules.words) {
		c.rules.wakes = append(c.rules.wakes, nil)
	}
	for _, id := range on {
		if w := c.rules.wakes[id]; len(w) == 0 || w[len(w)-1] != topic {
			c.rules.wakes[id] = append(w, topic)
		}
	}
}

// list returns the ids of words and of what their aliases add.
func (c *compiler) list(key string, words []string) ([]int32, error) {
	var out []int32
	for _, w := range words {
		f := strings.TrimSpace(fold(w))
		if f == "" {
			return nil, fmt.Errorf("%s: an empty word would match every post; remove it", key)
		}
		out = append(out, c.id(f))
		for _, group := range c.alias {
			if slices.Contains(group, f) {
				for _, other := range group {
					out = append(out, c.id(other))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// id returns the place of a folded word in rules.words.
func (c *compiler) id(word string) int32 {
	id, ok := c.known[word]
	if !ok {
		id = int32(len(c.rules.words))
		c.known[word] = id
		c.rules.words = append(c.rules.words, word)
		c.names = append(c.names, word)
	}
	return id
}

func (c *compiler) aliases(groups [][]string) error {
	c.alias = nil
	for _, g := range groups {
		var folded []string
		for _, w := range g {
			f := strings.TrimSpace(fold(w))
			if f == "" {
				return errors.New("aliases: an empty word would match every post; remove it")
			}
			folded = append(folded, f)
		}
		c.alias = append(c.alias, folded)
	}
	return nil
}

func (c *compiler) near(r *rule, n crisis.Near) error {
	first, err := c.list("first", n.First)
	if err != nil {
		return err
	}
	second, err := c.list("second", n.Second)
	if err != nil {
		return err
	}
	if len(first) == 0 || len(second) == 0 {
		return errors.New("a pair needs words in first and in second; add them")
	}
	within, err := distance(n.Within)
	r.near = append(r.near, nearRule{first, second, within})
	return err
}

func (c *compiler) guards(r *rule) error {
	for _, g := range r.Guards {
		place := strings.TrimSpace(fold(g.Place))
		id, ok := c.known[place]
		if !ok || !slices.Contains(r.places, id) {
			return fmt.Errorf("%q is not in places; add it there or remove the guard", g.Place)
		}
		if len(g.With)+len(g.Without) == 0 {
			return fmt.Errorf("the guard of %s has neither with nor without; add words or remove it", g.Place)
		}
		with, err := c.list("with", g.With)
		if err != nil {
			return err
		}
		without, err := c.list("without", g.Without)
		if err != nil {
			return err
		}
		within, err := distance(g.Within)
		if err != nil {
			return err
		}
		if r.guards == nil {
			r.guards = map[int32]guardRule{}
		}
		r.guards[id] = guardRule{with, without, within}
	}
	return nil
}

func distance(within int) (int, error) {
	switch {
	case within == 0:
		return closeEnough, nil
	case within < 0 || within > mostWithin:
		return 0, fmt.Errorf("within is %d; use 1 to %d characters", within, mostWithin)
	}
	return within, nil
}

// probes are texts that have nothing in common: what matches all of them matches
// everything.
var probes = []string{"今天天气不错，出门走走", "hello world", "2026", "！？……", "转发"}

// probe refuses topics that match everything.
func (r *rules) probe() error {
	left := map[string]int{}
	for _, text := range probes {
		for _, id := range r.match(&crisis.Post{}, fold(text)) {
			left[id]++
		}
	}
	for i := range r.topics {
		if t := &r.topics[i]; left[t.ID] == len(probes) {
			return fmt.Errorf("topic %s: it matches every post; make its patterns narrower", t.ID)
		}
	}
	return nil
}
