// Package store keeps everything Watchfire knows in one SQLite file, and is the
// only queue between its stages. What one stage must hand to the next is written
// in the same transaction as the reason for it: posts with their counts and the
// source's cursor, incident events with the alerts they cause.
//
// There is one writer at a time and any number of readers. The journal is a
// write-ahead log that is synced at every commit, so nothing committed is lost on
// kill -9 or power loss. What lies on disk is described in schema/*.sql.
//
// The store has no clock: every time is an argument.
package store
