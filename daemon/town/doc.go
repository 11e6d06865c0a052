// Package town simulates 云川市, a fictional city that talks: a forum, a news
// site, a micro-blog, a message board and the city's own notices, several
// thousand posts a day, ordinary days and one crisis, in which the tap water of
// 青溪区 begins to smell.
//
// A town is a pure function of its seed: every minute can be asked for on its
// own, in any order, and always says the same. That lets history be loaded
// (Posts), pages be served as of any moment (Serve) and articles be found by
// their number, without keeping anything.
//
//	scenes.go    who talks about what, how much, in which mood, at which hours
//	stream.go    the posts of one minute, before they have words
//	plot.go      what happens once: the crisis, its cascade, a wave by few authors
//	grammar.go   how words are found; words/*.txt are the words
//	write.go     from a post without words to a crisis.Post
//	serve.go     the sites as HTTP servers, feed.go, list.go, json.go their pages
//	clock.go     a clock that runs faster than ours
//
// Every word was written for this package; persons, places, firms and numbers
// are made up.
package town
