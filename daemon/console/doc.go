// Package console is the web console of Watchfire: what happens, what is due, who
// has it, and whether the monitor is blind, within five seconds and on a phone.
//
// Every page is rendered on the server and works without scripts. There is one
// file per page (now.go, incident.go, sources.go, topics.go …) with its page
// struct, and one template of the same name. Templates ask for words by key
// (words.go), so that Chinese and English are always both complete. A small
// script of our own (assets/app.js) fetches the main part of a page again when
// the server says that something changed, and keeps relative times true.
//
// The package reads the store, and changes an incident only through Desk, the
// one function by which people act. The clock is Options.Now. Handlers return
// errors, and fail (errors.go) turns them into pages; what is worth a log line
// goes to Options.OnError.
package console
