// Package daemon puts the rooms of Watchfire together and keeps them running.
//
// A tour, bottom up. Package crisis holds the words. Four rooms know these words
// and never each other: crawlers brings posts home, detectors reads, counts and
// notices, playbooks knows what to do, alerts tells people. Package store is the
// only queue between the stages, so that every arrow below survives a crash.
//
//	crawl.go    Crawl: a source on its schedule, whatever it brings or fails to
//	ingest.go   ingest: posts, counts (contribute.go), coverage and cursor in one
//	            transaction
//	detect.go   Tick: every minute that has ended is judged, in order
//	phrases.go  what many begin to say although no topic has a word for it
//	respond.go  answers: open an incident, attach plans, add to it, watch clocks
//	prove.go    the posts, sources and phrases behind a signal
//	compose.go  what an alert carries; one outbox row per channel
//	deliver.go  Deliver: send what is due, book what became of it
//	listen.go   hears clicks on messages; press.go checks them and hands them to Act
//	act.go      Act: what a person does, from wherever they do it
//
// room.go is what is kept in memory, and remember.go rebuilds it from the store.
// Replay (replay.go), scenario tests and the demo run the same code as Run
// (run.go) with another clock, a Backtest (backtest.go) asks what a rule would have
// done in the stored past, and Tune (tune.go) which thresholds would have kept a
// budget of alerts. calendar.go moves thresholds by importance and planned events.
package daemon
