package reading

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// Budget of the regular expressions. RE2 takes time linear in text and program, so
// bounding both bounds the cost of a post.
const (
	mostPatterns = 20    // of one topic
	longestRegex = 500   // bytes
	mostProgram  = 2_000 // instructions
	patternReach = 4_096 // bytes of a text that patterns see
	shortestNeed = 2     // characters of a fixed word worth waiting for
)

// pattern is a regular expression. needs are words of which one occurs in whatever
// it matches: it runs only when the automaton has found one. None: it always runs.
type pattern struct {
	expr  *regexp.Regexp
	text  string
	needs []int32
}

func (c *compiler) patterns(list []string) ([]pattern, error) {
	if len(list) > mostPatterns {
		return nil, fmt.Errorf("there are %d, more than %d; join some with |", len(list), mostPatterns)
	}
	var out []pattern
	for _, text := range list {
		p, err := c.pattern(text)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func (c *compiler) pattern(text string) (pattern, error) {
	if len(text) > longestRegex {
		return pattern{}, fmt.Errorf("it is %d bytes long, more than %d; use a list of words instead", len(text), longestRegex)
	}
	folded := "(?i)" + strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r // \S and \s are not the same
		}
		return foldRune(r)
	}, text)
	tree, err := syntax.Parse(folded, syntax.Perl)
	if err != nil {
		return pattern{}, fmt.Errorf("not a regular expression: %w; mend it or write it as words", err)
	}
	tree = tree.Simplify()
	program, err := syntax.Compile(tree)
	if err != nil {
		return pattern{}, fmt.Errorf("not a regular expression: %w; mend it or write it as words", err)
	}
	if len(program.Inst) > mostProgram {
		return pattern{}, fmt.Errorf("it explodes to %d steps, more than %d; use smaller repetitions", len(program.Inst), mostProgram)
	}
	expr, err := regexp.Compile(folded)
	if err != nil {
		return pattern{}, fmt.Errorf("not a regular expression: %w; mend it or write it as words", err)
	}
	if expr.MatchString("") {
		return pattern{}, fmt.Errorf("it matches the empty text and so every post; ask for at least one character")
	}
	p := pattern{expr: expr, text: text}
	for _, w := range needs(tree) {
		p.needs = append(p.needs, c.fixed(w))
	}
	return p, nil
}

// fixed returns the id of a word that only patterns need; the segmenter need not
// know it.
func (c *compiler) fixed(word string) int32 {
	n := len(c.names)
	id := c.id(word)
	c.names = c.names[:n]
	return id
}

// find returns where the pattern matches, nil if it does not.
func (p *pattern) find(text string) []int {
	if len(text) > patternReach {
		text = strings.ToValidUTF8(text[:patternReach], "")
	}
	return p.expr.FindStringIndex(text)
}

// needs returns words of which one occurs in every match of a simplified
// expression, nil if there are no such words.
func needs(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if w := fold(string(re.Rune)); utf8.RuneCountInString(w) >= shortestNeed {
			return []string{w}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if n := needs(sub); len(n) > 0 && (best == nil || leastBytes(n) > leastBytes(best)) {
				best = n
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			n := needs(sub)
			if len(n) == 0 {
				return nil
			}
			all = append(all, n...)
		}
		return all
	}
	return nil
}

func leastBytes(words []string) int {
	return len(slices.MinFunc(words, func(a, b string) int { return len(a) - len(b) }))
}
