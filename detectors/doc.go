// Package detectors notices trouble in counts of what the public says.
//
// A Series holds the minute counts of one topic, or of one source, and what is
// usual for it: a seasonal baseline with a level, on the square root of sliding
// counts, learnt online and judged before it learns. Voices decides which posts
// count as voices, so that one loud author is not a crowd. A Detector is a pure
// function of a Series: the same counts give the same signals, live, in a replay
// and after a restart, and nothing after now is seen. A Watch puts both together
// and turns signals into the few things worth telling: a notice, an alarm that
// opens, is raised, and is over.
//
// A minute in which the sources could not be seen is not a quiet minute. It
// freezes the baseline and is left out of every window (promise 1 of the design:
// blind is not calm).
package detectors
