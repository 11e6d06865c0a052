// Package reading understands a post: its language, its words, the topics it
// speaks of, its mood, and the group of near-duplicates it belongs to.
//
// Words come from gse (github.com/go-ego/gse), whose dictionary is loaded once, when
// words are first asked for. Topics, mood and harm need no words: topics and harm are found by
// one automaton each over the folded text, mood by a linear model over its 1- to
// 3-grams of characters (linear.go), so the hot path (Skim) never waits for the
// dictionary.
package reading
