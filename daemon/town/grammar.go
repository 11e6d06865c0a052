package town

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

//go:embed words/*.txt
var words embed.FS

// grammar finds words. A rule is a name and its alternatives, one a line:
//
//	@bus.neg
//	{line!}路等了{#15-50}分钟还没来，{gripe}{|。|！}
//	3* {stop}站又甩站了
//
// {name} is any alternative of the rule name, {name!} the same one everywhere in
// a post, {a|b|} one of those, {#5-40} a number, and "3*" makes an alternative
// three times as likely. A line that begins with # and a space is a comment.
type grammar struct {
	rules []rule
	names map[string]ruleID
}

// ruleID is a rule's place in the grammar.
type ruleID int32

// rule is a choice between forms. A form that weighs n occurs n times in forms.
type rule struct {
	name  string
	forms [][]part
}

// part is a piece of a form: words, a rule, a choice, or a number.
type part struct {
	text     string
	kind     partKind
	same     bool // bind: the same words everywhere in the post
	rule     ruleID
	low, top int32 // of a number
}

type partKind uint8

const (
	partText partKind = iota
	partRule
	partNumber
)

// speech is the grammar of the package, parsed once. The words are compiled in,
// and TestWords reads every one of them: a mistake cannot reach a user.
var speech = sync.OnceValue(func() *grammar {
	g, err := parseGrammar(words)
	if err != nil {
		panic(err)
	}
	return g
})

func parseGrammar(files fs.FS) (*grammar, error) {
	g := &grammar{names: map[string]ruleID{}}
	paths, err := fs.Glob(files, "words/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list words: %w", err)
	}
	for _, path := range paths {
		b, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		if err := g.parse(path, string(b)); err != nil {
			return nil, err
		}
	}
	for _, r := range g.rules {
		if len(r.forms) == 0 {
			return nil, fmt.Errorf("words: rule %s is used or named, but has no line", r.name)
		}
	}
	return g, g.checkDepth()
}

// id returns the rule called name, making an empty one when it is first spoken of.
func (g *grammar) id(name string) ruleID {
	id, ok := g.names[name]
	if !ok {
		id = ruleID(len(g.rules))
		g.rules = append(g.rules, rule{name: name})
		g.names[name] = id
	}
	return id
}

func (g *grammar) parse(path, text string) error {
	current := ruleID(-1)
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == "#" || strings.HasPrefix(line, "# "):
			continue
		case line[0] == '@':
			current = g.id(line[1:])
			if len(g.rules[current].forms) > 0 {
				return fmt.Errorf("%s:%d: rule %s stands twice", path, i+1, line[1:])
			}
			continue
		case current < 0:
			return fmt.Errorf("%s:%d: words before the first @rule", path, i+1)
		}
		weight := 1
		if n, rest, ok := strings.Cut(line, "* "); ok {
			if w, err := strconv.Atoi(n); err == nil && w > 0 {
				weight, line = w, rest
			}
		}
		form, rest, err := g.form(line, "")
		if err == nil && rest != "" {
			err = fmt.Errorf("unexpected %q", rest)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		for range weight {
			g.rules[current].forms = append(g.rules[current].forms, form)
		}
	}
	return nil
}

// form parses until one of the stop bytes, which is left in rest.
func (g *grammar) form(s, stop string) (form []part, rest string, err error) {
	for s != "" {
		n := strings.IndexAny(s, "{"+stop)
		if n != 0 {
			if n < 0 {
				n = len(s)
			}
			form = append(form, part{text: s[:n]})
			s = s[n:]
			continue
		}
		if s[0] != '{' {
			return form, s, nil
		}
		var p part
		if p, s, err = g.slot(s[1:]); err != nil {
			return nil, "", err
		}
		form = append(form, p)
	}
	if stop != "" {
		return nil, "", fmt.Errorf("a { is not closed")
	}
	return form, "", nil
}

// slot parses what follows a {, up to and with its }.
func (g *grammar) slot(s string) (part, string, error) {
	if end := strings.IndexAny(s, "{|}"); end >= 0 && s[end] == '}' {
		name, rest := s[:end], s[end+1:]
		if span, ok := strings.CutPrefix(name, "#"); ok {
			p, err := spanOf(span)
			return p, rest, err
		}
		name, same := strings.CutSuffix(name, "!")
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz.") != "" {
			return part{}, "", fmt.Errorf("{%s} is not the name of a rule", name)
		}
		return part{kind: partRule, rule: g.id(name), same: same}, rest, nil
	}
	choice := g.id("{" + strconv.Itoa(len(g.rules)))
	for {
		form, rest, err := g.form(s, "|}")
		if err != nil {
			return part{}, "", err
		}
		g.rules[choice].forms = append(g.rules[choice].forms, form)
		if rest[0] == '}' {
			return part{kind: partRule, rule: choice}, rest[1:], nil
		}
		s = rest[1:]
	}
}

func spanOf(span string) (part, error) {
	a, b, ok := strings.Cut(span, "-")
	low, err1 := strconv.ParseInt(a, 10, 32)
	top, err2 := strconv.ParseInt(b, 10, 32)
	if !ok || err1 != nil || err2 != nil || low < 0 || top < low {
		return part{}, fmt.Errorf("{#%s} is not a span of numbers", span)
	}
	return part{kind: partNumber, low: int32(low), top: int32(top)}, nil
}

// checkDepth refuses rules that contain themselves.
func (g *grammar) checkDepth() error {
	state := make([]uint8, len(g.rules)) // 0 not seen, 1 on the way, 2 good
	var visit func(id ruleID) error
	visit = func(id ruleID) error {
		switch state[id] {
		case 1:
			return fmt.Errorf("words: rule %s contains itself", g.rules[id].name)
		case 2:
			return nil
		}
		state[id] = 1
		for _, form := range g.rules[id].forms {
			for _, p := range form {
				if p.kind != partRule {
					continue
				}
				if err := visit(p.rule); err != nil {
					return err
				}
			}
		}
		state[id] = 2
		return nil
	}
	for id := range g.rules {
		if err := visit(ruleID(id)); err != nil {
			return err
		}
	}
	return nil
}

// memory holds what was said for the rules written with a !, during one post.
// It is used again for the next post, so that remembering costs nothing.
type memory struct {
	said [6]struct {
		rule ruleID
		text []byte
	}
	n int
}

func (m *memory) recall(id ruleID) ([]byte, bool) {
	for i := range m.n {
		if m.said[i].rule == id {
			return m.said[i].text, true
		}
	}
	return nil, false
}

func (m *memory) keep(id ruleID, text []byte) {
	if m.n < len(m.said) {
		s := &m.said[m.n]
		s.rule, s.text = id, append(s.text[:0], text...)
		m.n++
	}
}

// say appends words of rule id.
func (g *grammar) say(dst []byte, id ruleID, d *dice, m *memory) []byte {
	forms := g.rules[id].forms
	form := forms[0]
	if len(forms) > 1 {
		form = forms[d.n(len(forms))]
	}
	for i := range form {
		p := &form[i]
		switch p.kind {
		case partText:
			dst = append(dst, p.text...)
		case partNumber:
			dst = strconv.AppendInt(dst, int64(p.low)+int64(d.n(int(p.top-p.low+1))), 10)
		case partRule:
			if !p.same {
				dst = g.say(dst, p.rule, d, m)
				continue
			}
			text, ok := m.recall(p.rule)
			if !ok {
				start := len(dst)
				dst = g.say(dst, p.rule, d, m)
				m.keep(p.rule, dst[start:])
				continue
			}
			dst = append(dst, text...)
		}
	}
	return dst
}
