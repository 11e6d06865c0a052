package playbooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"watchfire/crisis"
)

// Query is what is known when a playbook is sought.
//
// Text is the joined evidence. A blank line separates one post from the next: an
// exclusion word rules out the post it stands in, not the others. The quotes of
// the signals' evidence are read too.
type Query struct {
	Topic   crisis.Topic
	Signals []crisis.Signal
	Text    string
	Level   crisis.Level // response level so far; none is read as IV
}

// Match is a playbook that fits and why, for people.
type Match struct {
	Playbook *Playbook
	Side     bool // opens beside the main playbook
	Why      []Text
}

// How a playbook fits, weakest first: the office's own tag on the topic weighs
// more than a word somebody wrote, however high the priority.
const (
	fitsNot = iota
	fitsAny
	fitsWords
	fitsTopic
	fitsForced
)

// fit is a playbook held against a query.
type fit struct {
	book     *Playbook
	strength int
	why      []Text
	excluded string // the exclusion word that silenced a keyword, if one did
}

// Match returns the playbooks that fit: the main one first, then those that open
// beside it. It is never empty; when nothing fits, the generic playbook serves.
//
// A playbook fits by a topic id or tag, by a keyword in the topic's words or the
// evidence, or by a signal that is enough alone; and only if one of its signals
// has fired and the level is grave enough. The topic's own choice of playbook
// goes before all that. Among equals the higher priority is the main one, then
// the id that sorts first.
func (l *Library) Match(q Query) []Match {
	texts := q.texts()
	var fits []fit
	var ruledOut []Text
	for _, p := range l.Playbooks() {
		f := l.fit(p, q, texts)
		if f.strength != fitsNot {
			fits = append(fits, f)
		} else if f.excluded != "" {
			ruledOut = append(ruledOut, Text{
				ZH: fmt.Sprintf("「%s」因出现排除词「%s」未采用", p.Title.ZH, f.excluded),
				EN: fmt.Sprintf("“%s” was ruled out by the word “%s”", p.Title.In("en"), f.excluded),
			})
		}
	}
	if len(fits) == 0 {
		fits = append(fits, fit{book: l.playbooks[Generic], strength: fitsAny, why: []Text{{ZH: "没有专门预案与本议题相符，按通用预案处置", EN: "no plan of its own fits this topic; the generic one serves"}}})
	}
	slices.SortFunc(fits, func(a, b fit) int {
		return cmp.Or(
			cmp.Compare(b.strength, a.strength),
			cmp.Compare(b.book.Applies.Priority, a.book.Applies.Priority),
			cmp.Compare(a.book.ID, b.book.ID),
		)
	})
	main := fits[0]
	if q.Topic.Playbook != "" && main.strength != fitsForced {
		main.why = append(main.why, named(q.Topic.Playbook).say("议题指定的预案「%s」不在预案库中，请核对配置", "the topic names the plan “%s”, which is not in the library: check the configuration"))
	}
	out := []Match{{Playbook: main.book, Why: append(main.why, ruledOut...)}}
	for _, f := range fits[1:] {
		if f.strength > fitsAny && main.book.opens(f.book.ID) {
			why := append([]Text{main.book.Title.say("与「%s」并行启动", "opens beside “%s”")}, f.why...)
			out = append(out, Match{Playbook: f.book, Side: true, Why: why})
		}
	}
	return out
}

// fit holds one playbook against the query.
func (l *Library) fit(p *Playbook, q Query, texts []string) fit {
	f := fit{book: p}
	if q.Topic.Playbook == p.ID {
		f.strength, f.why = fitsForced, []Text{named(q.Topic.Name()).say("议题「%s」指定使用本预案", "the topic “%s” names this plan")}
		return f
	}
	level := q.Level
	if level == crisis.LevelNone {
		level = crisis.LevelIV
	}
	if p.Applies.MinLevel.Graver(level) {
		return f
	}
	fired, ok := l.fired(p.Applies.Signals.Any, q.Signals)
	if !ok {
		return f
	}
	l.fitSubject(&f, q, texts)
	if f.strength == fitsNot {
		return f
	}
	if fired.ZH != "" {
		f.why = append(f.why, fired.say("信号「%s」在本预案的启动信号之内", "the signal “%s” is one that starts this plan"))
	}
	return f
}

// fitSubject says how strongly topic, words and lone signals speak for a playbook.
func (l *Library) fitSubject(f *fit, q Query, texts []string) {
	a := f.book.Applies
	raise := func(strength int, why Text) {
		f.strength = max(f.strength, strength)
		f.why = append(f.why, why)
	}
	for _, tag := range append([]string{q.Topic.ID}, q.Topic.Tags...) {
		if tag != "" && tag != "*" && slices.ContainsFunc(a.Topics, func(t string) bool { return strings.EqualFold(t, tag) }) {
			raise(fitsTopic, named(tag).say("议题标签「%s」属于本预案范围", "the topic's tag “%s” belongs to this plan"))
			break
		}
	}
	words, excluded := a.Keywords.find(texts)
	if len(words) > 0 {
		found := words[:min(len(words), 3)]
		raise(fitsWords, Text{ZH: "出现关键词「" + strings.Join(found, "」「") + "」", EN: "the words “" + strings.Join(found, "”, “") + "” occur"})
	}
	f.excluded = excluded
	if alone, ok := l.fired(a.Signals.Alone, q.Signals); ok && alone.ZH != "" {
		raise(fitsWords, alone.say("信号「%s」可单独启动本预案", "the signal “%s” starts this plan by itself"))
	}
	if f.strength == fitsNot && slices.Contains(a.Topics, "*") {
		raise(fitsAny, f.book.Title.say("没有专门预案与本议题相符，按「%s」处置", "no plan of its own fits this topic; “%s” serves"))
	}
}

// fired names the first wanted signal among those that fired; true with no name
// when nothing is wanted in particular, or nothing has fired (a person opened it).
func (l *Library) fired(wanted []string, signals []crisis.Signal) (Text, bool) {
	if len(wanted) == 0 || len(signals) == 0 {
		return Text{}, true
	}
	for _, s := range signals {
		for _, w := range wanted {
			if word, ok := l.words.signal(w); w == s.Detector || ok && word.ID == s.Detector {
				return l.words.SignalName(s.Detector), true
			}
		}
	}
	return Text{}, false
}

// find returns the keywords that occur in texts without an exclusion word, and
// the exclusion word that silenced a text with a keyword in it.
func (k *KeywordRule) find(texts []string) (words []string, excluded string) {
	for _, t := range texts {
		var here []string
		for _, w := range k.Any {
			if occurs(w, t) && !slices.Contains(words, w) {
				here = append(here, w)
			}
		}
		i := slices.IndexFunc(k.None, func(w string) bool { return occurs(w, t) })
		switch {
		case i < 0:
			words = append(words, here...)
		case len(here) > 0:
			excluded = k.None[i]
		}
	}
	return words, excluded
}

// occurs says whether a word is in a text, or all parts of a word written with +.
func occurs(word, text string) bool {
	for part := range strings.SplitSeq(word, "+") {
		if !strings.Contains(text, fold(strings.TrimSpace(part))) {
			return false
		}
	}
	return true
}

// texts returns what keywords are sought in: the topic's own words as one text,
// then each post by itself.
func (q *Query) texts() []string {
	topic := append([]string{q.Topic.Title}, q.Topic.Any...)
	for _, group := range q.Topic.Must {
		topic = append(topic, group...)
	}
	out := []string{fold(strings.Join(topic, "\n"))}
	for post := range strings.SplitSeq(q.Text, "\n\n") {
		out = append(out, fold(post))
	}
	for _, s := range q.Signals {
		for _, e := range s.Evidence {
			out = append(out, fold(e.Quote))
		}
	}
	return out
}

func fold(s string) string { return strings.ToLower(s) }

// opens says whether another playbook may open beside p.
func (p *Playbook) opens(id string) bool {
	return slices.Contains(p.Applies.Combine, id) || slices.Contains(p.Applies.Combine, "*")
}
