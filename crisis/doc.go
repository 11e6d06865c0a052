// Package crisis holds the words of Watchfire: what the public says (Post,
// Reading), what we watch (Topic), what a detector claims (Signal), what we do
// about it (Incident, Plan, Step, Promise), what happened (Event) and what we
// tell people (Alert).
//
// The package imports the standard library only and touches neither files, nor
// the network, nor the clock. Every other package knows these words; none of
// them needs to know another room to use them. The Chinese word of each type
// stands in its comment, because the people on duty use that one.
package crisis
