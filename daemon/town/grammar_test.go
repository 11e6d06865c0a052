package town

import (
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

// TestWords says every form of every scene and role many times: no rule is
// missing, and no words of the grammar itself are left in a post.
func TestWords(t *testing.T) {
	g := speech()
	stage()
	script()
	var m memory
	d := roll(1)
	for id := range g.rules {
		for range 50 {
			m.n = 0
			text := string(g.say(nil, ruleID(id), &d, &m))
			if strings.ContainsAny(text, "{}|") || !utf8.ValidString(text) {
				t.Errorf("rule %s says %q", g.rules[id].name, text)
				break
			}
		}
	}
}

// TestGrammarRefuses holds that a mistake in the words is named with its place.
func TestGrammarRefuses(t *testing.T) {
	for words, want := range map[string]string{
		"好":                     "words/a.txt:1: words before the first @rule",
		"@a\n{b":                "words/a.txt:2: a { is not closed",
		"@a\n{b}":               "rule b is used or named, but has no line",
		"@a\n{a}":               "rule a contains itself",
		"@a\nx\n@a\ny":          "words/a.txt:3: rule a stands twice",
		"@a\n{#9-1}":            "words/a.txt:2: {#9-1} is not a span of numbers",
		"@a\n{B}":               "words/a.txt:2: {B} is not the name of a rule",
		"@a\n{#99999999999-1}1": "is not a span of numbers",
	} {
		_, err := parseGrammar(fstest.MapFS{"words/a.txt": {Data: []byte(words)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parse %q: %v, want %q", words, err, want)
		}
	}
}

// TestClock runs the town's clock beside ours.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
		c := NewClock(start, 60)
		want := func(d time.Duration) {
			t.Helper()
			if got := c.Now().Sub(start); got != d {
				t.Errorf("the clock stands at %v, want %v", got, d)
			}
		}
		wait := func(d time.Duration) { <-time.After(d) }
		want(0)
		wait(2 * time.Second)
		want(2 * time.Minute)
		if got := c.Wall(time.Hour); got != time.Minute {
			t.Errorf("an hour takes %v, want a minute", got)
		}
		c.SetSpeed(10)
		want(2 * time.Minute)
		wait(6 * time.Second)
		want(3 * time.Minute)
		c.Reset(start)
		wait(time.Second)
		want(10 * time.Second)
		if got := NewClock(start, -1).Speed(); got != 1 {
			t.Errorf("a clock that cannot run backwards has speed %v", got)
		}
	})
}
