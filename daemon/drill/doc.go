// Package drill knows what is rehearsed (演练): fourteen scenarios of a fictional town,
// each with the posts that bring it about, what the person who leads it tells the team,
// the trap that a good team and a good monitor see, and what must have happened in the
// end. A past incident of one's own becomes a scenario too.
//
// A scenario only puts words into the mouth of the town (package town); from there they
// take the way of every post. Everything here is a pure function of the scenario.
package drill
