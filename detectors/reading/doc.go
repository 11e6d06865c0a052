// Package reading understands a post: its language, its words, the topics it
// touches, its mood, and the group of near-duplicates it belongs to.
//
// A Reader is shared by all goroutines. Read fills the whole crisis.Reading;
// Skim leaves the words out and is what the hot path calls. A text is decoded
// once into folded characters (lower case, half width), cut into pieces (plain
// text, addresses, mentions, tags, emoticons, emoji), and every question is
// asked of those.
//
//   - Words come from the shortest path over the dictionary of gse
//     (github.com/go-ego/gse), compiled into a double array that needs a
//     fifteenth of the memory; Reference cuts with gse itself, and a test holds
//     the two together.
//   - Topics are found by one automaton over the words of all topics. SetTopics
//     compiles them aside and swaps them in; Explain says why a post matched or not.
//   - Mood comes from word lists of our own with the scope of negations.
//   - Groups finds texts that differ by a few characters (MinHash).
//
// NOTICE: dictionary.gz is compiled from data/dict/zh/s_1.txt of gse (Apache
// License 2.0, The go-ego Project Developers), parts of which come from jieba
// (MIT License, Sun Junyi).
package reading
