// Package reading understands a post: its language, its words, the topics it
// speaks of, its mood, and the group of near-duplicates it belongs to.
//
//	fold.go       one form for what people write in many: case, width, script
//	trie.go       a word list as a double array that is used as it lies in the program
//	segment.go    words, by gse's dictionary (words.bin) and the words of the topics
//	automaton.go  many words found in one pass
//	topics.go     topics compiled; pattern.go their regular expressions, with a budget
//	match.go      which topics a post belongs to; explain.go why
//	linear.go     mood and emotion by a linear model over 1- to 3-grams of characters
//	harm.go       words of harm, which are grave in whatever mood they are said
//	repost.go     what the author of a repost wrote themselves
//	sketch.go     what near-duplicates share; groups.go who shares it
//	phrases.go    what many begin to say at once; emerge.go finds it, ongoing.go
//	              follows it, grams.go cuts it, countmin.go counts what was usual
//	top.go        what is said about a topic now and was not usual
//
// gse (github.com/go-ego/gse) is the segmenter of record: its data is what words.bin
// is compiled from, its units are ours, and tests hold every boundary to its own.
// Its dictionary of pointers is not loaded at run time: it takes a second, and ten
// times the memory.
package reading
