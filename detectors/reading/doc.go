// Package reading understands a post: its language, its words, the topics it
// speaks of, its mood, and the group of near-duplicates it belongs to.
//
//	fold.go       one form for what people write in many: case, width, script
//	trie.go       a word list as a double array that is used as it lies in the program
//	segment.go    words, by gse's dictionary (words.bin) and the words of the topics
//	automaton.go  many words found in one pass
//	topics.go     topics compiled; pattern.go their regular expressions, with a budget
//	match.go      which topics a post belongs to; explain.go why
//	repost.go     what the author of a repost wrote themselves
//	sketch.go     what near-duplicates share; groups.go who shares it
//
// gse (github.com/go-ego/gse) is the segmenter of record: its data is what words.bin
// is compiled from, its units are ours, and tests hold every boundary to its own.
// Its dictionary of pointers is not loaded at run time: it takes a second, and ten
// times the memory.
package reading
