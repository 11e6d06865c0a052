// Package score measures how well Watchfire notices and reads: it holds the
// evaluators of four benchmarks and the figures that others have reached.
//
//	nab.go        counts of Twitter mentions with labelled windows (Numenta)
//	incidents.go  posts of thirty days with forty incidents of known start
//	mood.go       labelled posts: emotion and polarity
//	phrase.go     hot titles laid into a stream of posts
//
// An evaluator is pure arithmetic over what was measured and what is true. It
// reads the truth of a pack; no detector ever does. The packs are material of
// third parties: they stay outside the project, and the tests that need them skip
// when they are absent.
package score
