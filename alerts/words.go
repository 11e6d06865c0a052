package alerts

import (
	"fmt"
	"time"

	"watchfire/crisis"
)

// words are the phrases of one language. Formats are filled in by text.go and
// trouble.go only, so that every channel says the same.
type words struct {
	drill          string
	repeat         string // mark of what may have arrived before
	repeatWhy      string
	numeral, color map[crisis.Level]string
	graded         string // response level, colour, event level, opinion level
	gradedShort    string // response level
	ungraded       string
	kinds          map[crisis.AlertKind]string
	louder         string // of kind raised, when the level stayed
	undecided      string // the same, when a graver one is proposed
	since          string // time of opening

	said, turned             string                // span, people, title; title
	negative, seenOn         string                // negative posts; sources
	stirred                  map[crisis.Cue]string // what rose: title
	climbed, outcry          string                // title, place; title
	why, usual, rare, factor string                // what is usual: expected, low, high; high; times
	surge, flood, other      string                // from, to, observed, usual
	mood                     string                // voices, since, negative, share, interval, usual
	cues                     map[crisis.Cue]string
	share, answered          string // cue, and as mood; time of the statement, voices, number, cue, share, interval, share before
	place, was, unlisted     string // from, to, place, what was; place; nothing
	hushed                   string // from, to, observed, usual
	reports, ofSystem        string // system, its words; nothing: what stands for a system without a name
	part                     string // source, part of the posts
	posts, coverage, planned string // planned: title
	stale                    string // most of it is old news
	thin, blind              string // coverage of a span; names of sources
	evidence, quoted, copies string // quoted: number, source, time, words
	talked, quote            string // one phrase

	changed, grade, because             string // levels before and after; the reason
	proposed                            string // opinion level
	next, newlyLate, redLine            string
	due, dueLate, lapsed, more          string
	holder, nobody, progress, plan      string
	remark, settled                     string
	withheld, withheldEnd               string                   // of a restricted incident, open or closed
	calls                               map[string]string        // of kind escalated, by the reason
	callFor, askAck, askStep, lapsedAck string                   // who is called; what is asked
	anchors                             map[crisis.Anchor]string // from when a red line counts: time
	soon, stillLate                     string
	link, number, firstStep, firstLimit string
	open, origin                        string // of a button, of a link
	tapAck, tapDone                     string // nothing; step

	tick, acknowledge, raise, falseAlarm, undo string // of buttons; tick: title
	raiseSure, falseSure, sure, notSure        string // what is asked before, and the answers
	record, recordOf, send, cancel, slow       string // of the form for what a step asks for; recordOf: what

	digest, digestWhy, digestMore    string // alerts, incidents, from, to; nothing; lines left out
	alive, aliveBut                  string // sources seen, sources, open incidents
	alivePosts, aliveStuck, aliveEnd string // posts; alerts; nothing

	headlines, restored map[crisis.Part]string // of trouble: name; of its end: name
	began, lasted       string                 // time; span, time
	silent, unread      string                 // span, posts; nothing
	caution             map[crisis.Part]string
	cause, fix, detail  string
	classes             map[crisis.Class]string
	fixes               map[crisis.Class]string
	disk                string

	cry, cryAgain     string // words of the call
	cried             string // source, time, words
	handOn, cryDue    string // nothing; time
	cryDoubt, cryLink string

	today, date                     string // formats of a time
	list, sep, stop                 string
	hours, minutes, hoursAndMinutes string
}

func wordsOf(lang string) *words {
	if lang == "en" {
		return &en
	}
	return &zh
}

// level names a level, also one that is not graded.
func (w *words) level(l crisis.Level) string {
	if n, ok := w.numeral[l]; ok {
		return n
	}
	return w.ungraded
}

// span says a stretch of time; from three hours on the minutes do not matter.
func (w *words) span(d time.Duration) string {
	if d >= 3*time.Hour {
		d = d.Round(time.Hour)
	}
	h, m := int(d.Hours()), int(d.Minutes())%60
	switch {
	case h == 0:
		return fmt.Sprintf(w.minutes, m)
	case m == 0:
		return fmt.Sprintf(w.hours, h)
	}
	return fmt.Sprintf(w.hoursAndMinutes, h, m)
}
