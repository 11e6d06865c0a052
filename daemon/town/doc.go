// Package town simulates 云川市, a fictional city that talks: a forum, a news
// site, a micro-blog and the city's own notices; ordinary days, and one crisis, in
// which the tap water of 青溪区 begins to smell.
//
// A town is a function of its seed: the same seed says the same every minute, so
// history can be loaded (Posts) and pages served as of any moment (Serve). Every
// word was written for this package; persons, places and numbers are made up.
//
//	scenes.go   who talks about what, how much, in which mood, at which hours
//	words.go    templates and slots
//	town.go     the posts of each minute, and what happens once
//	serve.go    the sites as HTTP servers
//	clock.go    a clock that runs faster than ours
package town
