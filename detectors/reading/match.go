package reading

import (
	"slices"
	"sync"
	"unicode/utf8"

	"watchfire/crisis"
)

// hit is an occurrence of a word in a folded text.
type hit struct {
	word       int32
	begin, end int32
}

// matcher is the work space of one match.
type matcher struct {
	r      *rules
	text   string // folded
	hits   []hit  // in order of their ends
	place  string // stated by the source, folded
	stated []hit
	round  uint32   // marks of other rounds are void
	has    []uint32 // by word: occurs in the text
	raw    []uint32 // by word: occurs in the text, even inside a longer Latin word
	tried  []uint32 // by topic
	awake  []int32  // topics to judge
	post   *crisis.Post
}

// matchers lends work space.
type matchers struct {
	sync.Pool
	words, topics int
}

func (m *matchers) lend() *matcher {
	if x, ok := m.Get().(*matcher); ok {
		return x
	}
	return &matcher{has: make([]uint32, m.words), raw: make([]uint32, m.words), tried: make([]uint32, m.topics)}
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
	m := r.scan(p, text)
	defer r.pool.Put(m)
	for _, i := range m.awake {
		if t := &r.topics[i]; m.judge(t) == passed && !slices.Contains(out, t.ID) {
			out = append(out, t.ID)
		}
	}
	return out
}

// scan finds all words in one pass and wakes the topics they may belong to.
func (r *rules) scan(p *crisis.Post, text string) *matcher {
	m := r.pool.lend()
	m.r, m.post, m.text, m.place = r, p, text, ""
	m.hits, m.stated, m.awake = m.hits[:0], m.stated[:0], m.awake[:0]
	if m.round++; m.round == 0 { // the counter ran over: old marks could look valid
		clear(m.has)
		clear(m.raw)
		clear(m.tried)
		m.round = 1
	}
	for _, i := range r.always {
		m.wake(i)
	}
	r.find.find(text, func(w int32, end int) bool {
		m.raw[w] = m.round
		if r.find.whole(text, w, end) {
			m.has[w] = m.round
			m.hits = append(m.hits, hit{w, int32(end) - r.find.lengths[w], int32(end)})
		}
		for _, i := range r.wakes[w] {
			m.wake(i)
		}
		return true
	})
	slices.Sort(m.awake)
	if len(m.awake) > 0 {
		m.state(p.Place)
	}
	return m
}

// state finds the words of the place that the source states.
func (m *matcher) state(place string) {
	if place == "" {
		return
	}
	m.place = fold(place)
	m.r.find.find(m.place, func(w int32, end int) bool {
		m.stated = append(m.stated, hit{w, int32(end) - m.r.find.lengths[w], int32(end)})
		return true
	})
}

func (m *matcher) wake(topic int32) {
	if m.tried[topic] != m.round {
		m.tried[topic] = m.round
		m.awake = append(m.awake, topic)
	}
}

// verdict says what a topic makes of a post.
type verdict int

const (
	passed verdict = iota
	wrongSource
	noSubject
	noPlace
	noMust
	excluded
)

// judge says whether the post belongs to the topic.
func (m *matcher) judge(t *rule) verdict {
	switch {
	case len(t.Sources) > 0 && !slices.Contains(t.Sources, m.post.Source):
		return wrongSource
	case !m.subject(t):
		return noSubject
	case len(t.places) > 0 && !m.placed(t):
		return noPlace
	}
	for _, group := range t.must {
		if m.one(group) < 0 {
			return noMust
		}
	}
	if m.one(t.not) >= 0 {
		return excluded
	}
	return passed
}

// one returns a word of the list that occurs, -1 if none does.
func (m *matcher) one(ids []int32) int32 {
	for _, id := range ids {
		if m.has[id] == m.round {
			return id
		}
	}
	return -1
}

// subject says whether a word, a near pair or a pattern of the topic occurs. A
// topic without any of them is all must.
func (m *matcher) subject(t *rule) bool {
	if len(t.any)+len(t.near)+len(t.patterns) == 0 || m.one(t.any) >= 0 {
		return true
	}
	for i := range t.near {
		if _, _, ok := m.pair(&t.near[i]); ok {
			return true
		}
	}
	for i := range t.patterns {
		if p := &t.patterns[i]; m.ready(p) && p.find(m.text) != nil {
			return true
		}
	}
	return false
}

// ready says whether a pattern can match at all.
func (m *matcher) ready(p *pattern) bool {
	return len(p.needs) == 0 || slices.ContainsFunc(p.needs, func(id int32) bool { return m.raw[id] == m.round })
}

// pair returns two words of a near rule that stand close to each other.
func (m *matcher) pair(n *nearRule) (a, b hit, ok bool) {
	if m.one(n.first) < 0 || m.one(n.second) < 0 {
		return a, b, false
	}
	for i, x := range m.hits {
		first, second := slices.Contains(n.first, x.word), slices.Contains(n.second, x.word)
		if !first && !second {
			continue
		}
		for j := i - 1; j >= 0 && int(x.begin-m.hits[j].end) <= n.within*utf8.UTFMax; j-- {
			y := m.hits[j]
			fits := first && slices.Contains(n.second, y.word) || second && slices.Contains(n.first, y.word)
			if fits && apart(m.text, y, x) <= n.within {
				return y, x, true
			}
		}
	}
	return a, b, false
}

// far is more than any distance that counts.
const far = 1 << 30

// apart returns how many characters stand between two occurrences, far if they
// overlap: 水 inside 自来水 is no second word.
func apart(text string, x, y hit) int {
	if x.begin > y.begin {
		x, y = y, x
	}
	if x.end > y.begin {
		return far
	}
	return utf8.RuneCountInString(text[x.end:y.begin])
}

// placed says whether a place of the topic occurs and means our place.
func (m *matcher) placed(t *rule) bool {
	_, ok := m.where(t)
	return ok
}

// where returns the place word that counts, in the text or as the source states it.
func (m *matcher) where(t *rule) (hit, bool) {
	for _, x := range m.hits {
		if slices.Contains(t.places, x.word) && m.ours(t, x, m.text, m.hits) {
			return x, true
		}
	}
	for _, x := range m.stated {
		if slices.Contains(t.places, x.word) && m.ours(t, x, m.place, m.stated) {
			return x, true
		}
	}
	return hit{}, false
}

// ours says whether a place word in text, which has hits, passes its guard.
func (m *matcher) ours(t *rule, x hit, text string, hits []hit) bool {
	g, ok := t.guards[x.word]
	if !ok {
		return true
	}
	home := nearest(text, x, hits, g.with)
	if away := nearest(text, x, hits, g.without); away <= g.within && away <= home {
		return false
	}
	return len(g.with) == 0 || home <= g.within ||
		slices.ContainsFunc(m.stated, func(y hit) bool { return slices.Contains(g.with, y.word) })
}

// nearest returns how many characters the nearest of the words is away from x.
func nearest(text string, x hit, hits []hit, ids []int32) int {
	least := far
	for _, y := range hits {
		if slices.Contains(ids, y.word) {
			least = min(least, apart(text, x, y))
		}
	}
	return least
}
