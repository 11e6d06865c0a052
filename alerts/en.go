package alerts

import "watchfire/crisis"

// en are the words of an English press office.
var en = words{
	drill:  "[DRILL] ",
	repeat: "[maybe again] ", repeatWhy: " (the last attempt to send this was not answered: you may have had it before)",
	numeral:     map[crisis.Level]string{crisis.LevelI: "I", crisis.LevelII: "II", crisis.LevelIII: "III", crisis.LevelIV: "IV"},
	color:       map[crisis.Level]string{crisis.LevelI: "red", crisis.LevelII: "orange", crisis.LevelIII: "yellow", crisis.LevelIV: "blue"},
	graded:      "[%s %s|event %s, opinion %s] ",
	gradedShort: "[%s] ",
	ungraded:    "open",
	kinds: map[crisis.AlertKind]string{
		crisis.AlertOpened: "new incident", crisis.AlertRaised: "level raised", crisis.AlertOverdue: "step overdue", crisis.AlertQuiet: "quiet, may be closed",
		crisis.AlertReminder: "time is nearly up", crisis.AlertEscalated: "escalated", crisis.AlertLapsed: "acknowledgement lapsed",
		crisis.AlertClosed: "closed", crisis.AlertReopened: "opened again", crisis.AlertUpdate: "latest", crisis.AlertPromise: "promise due", crisis.AlertUnseen: "statement not seen", crisis.AlertUnsigned: "countersignature due", crisis.AlertDigest: "digest", crisis.AlertAlive: "daily word", crisis.AlertTest: "channel test",
	},
	louder: "still growing", undecided: "raise the level?",
	since: " (since %s)",

	said: "Within %s, %d people spoke about “%s”", turned: "People who speak about “%s” have turned negative", negative: ", %d posts negative", seenOn: ", on %s",
	stirred: map[crisis.Cue]string{
		crisis.CueAngry: "More of the people who speak about “%s” are angry", crisis.CueFear: "More of the people who speak about “%s” are afraid",
		crisis.CueRumour: "Hearsay about “%s” is spreading and has not been checked", crisis.CueOld: "Events of past years are told as news about “%s”",
		crisis.CueImitation: "Texts in the form of an official notice about “%s” are passed on; check whether they are ours",
	},
	climbed: "“%s” is on a hot board, at place %.0f", outcry: "Since our statement the criticism about “%s” has grown",
	why: "Why now: ", usual: "usually %.1f (%.0f to %.0f)", rare: "usually fewer than 1 (at most %.0f)", factor: ", %.1f times as many",
	surge: "%s to %s: %.0f voices, %s", flood: "%s to %s: a few accounts wrote %.0f posts, %s", other: "%s to %s: measured %.1f, %s",
	mood: "Negative share: of the last %d voices (since %s) %d are negative, %s (95%% interval %s to %s), usually %s",
	cues: map[crisis.Cue]string{
		crisis.CueNegative: "negative", crisis.CueAngry: "angry", crisis.CueFear: "fearful",
		crisis.CueRumour: "hearsay", crisis.CueOld: "old news", crisis.CueImitation: "imitated notice",
	},
	share:    "Share of %s posts: of the last %d voices (since %s) %.0f, %s (95%% interval %s to %s), usually %s",
	answered: "After the statement of %s, of %d voices %.0f are %s, %s (95%% interval %s to %s), before it %s",
	place:    "%s to %s: place %.0f on a hot board, %s", was: "at best %.0f in the day before", unlisted: "not listed in the day before",
	hushed:  "%s to %s: only %.0f voices, %s; the sources answer, so look whether nobody speaks or it cannot be seen",
	reports: "“%s” reports: %s", ofSystem: "Another system",
	part:  "%s %s",
	posts: "; %d posts, %d distinct texts", coverage: "; coverage %s", planned: "; during a planned event: %s", stale: "; most of it tells of years long past, so compare with what was said then",
	thin: "in the last %s only %s of the sources could be seen; it may be worse than it looks", blind: "Note: %s cannot be seen at present; it may be worse than it looks",
	talked: "People now say: ", quote: "“%s”",
	evidence: "Evidence:", quoted: "%d) %s %s “%s”", copies: " (%d posts with this text)",

	changed: "Changed: ", grade: "level %s → %s, deadlines follow the new level", because: ". Reason: %s",
	proposed: "To decide: the numbers ask for opinion level %s; a person has set the level, so it was not raised by itself",
	next:     "Do now:", newlyLate: "Overdue since the last message:", redLine: "Red line: %s %s (%s)",
	due: "%s (%s, by %s)", dueLate: "%s (%s, was due %s, overdue)", lapsed: "Red line passed: %s %s (%s)", more: "and %d more, see the page",
	holder: "Who has it: %s", nobody: "Who has it: nobody yet, please acknowledge", progress: "Progress: %d of %d steps", plan: "plan: %s",
	withheld: "A restricted incident needs attention. What it is about is not shown in messages; those who may see it go on in the console.", withheldEnd: "A restricted incident was closed. What it was about is not shown in messages.",
	remark: "Remark: %s", settled: "Volume and negative share are back to usual. Check the closing criteria on the page; a person closes.",
	calls:   map[string]string{crisis.WhyUnacknowledged: "nobody has acknowledged", crisis.WhyStalled: "nothing moves and nobody has it", crisis.WhyOverdue: "still overdue, escalated"},
	callFor: "Called: %s", askAck: ". Acknowledge now, or name somebody who does", askStep: ". See that it is done, or give it to somebody else", lapsedAck: "A step is late and nobody has done anything since the acknowledgement. Whoever is on duty, acknowledge again; else others will be called.",
	anchors:   map[crisis.Anchor]string{crisis.FromHappened: ", counted from the event at %s", crisis.FromNoticed: ", counted from notice at %s"},
	stillLate: "Still overdue:", soon: "Time is nearly up:",
	link: "Open: ", number: "Id: ", firstStep: " First: %s by %s", firstLimit: " Red line %s",
	open: "Open the page", origin: "original", tapAck: "Acknowledge: ", tapDone: "Tick “%s”: ",

	tick: "Done: %s", acknowledge: "I have it", raise: "Raise one level", falseAlarm: "False alarm, close", undo: "Undo this tick",
	raiseSure: "Raise the opinion level by one and call people?", falseSure: "Judge it noise and close it? The timeline will say so, and the console can reopen it.", sure: "Yes", notSure: "Not yet",
	record: "What was done", recordOf: "To be recorded: %s", send: "Record and tick", cancel: "Cancel", slow: "Received and being recorded; the message will show the outcome",

	digest: "[DIGEST] %d more alerts of %d incidents (%s–%s)", digestWhy: "So many at once: those of levels III and IV come as one message; levels I, II and red lines still ring one by one.", digestMore: "%d more, on the front page",
	alive: "[ON WATCH] sources seen: %d/%d, open incidents: %d", aliveBut: "[ON WATCH, BUT] sources seen: %d/%d, open incidents: %d",
	alivePosts: "Posts read in the last day: %d.", aliveStuck: "%d alerts could not be delivered: see the ledger.", aliveEnd: "If this message stays away at this hour, look whether the system still runs.",

	headlines: map[crisis.Part]string{
		crisis.PartSource: "Source cannot be seen: %s", crisis.PartChannel: "Alerts cannot be delivered: %s", crisis.PartStore: "The disk is full, posts are not taken in", crisis.PartSelf: "Self-check: something due was not told", crisis.PartButtons: "Buttons are not heard: %s",
	},
	restored: map[crisis.Part]string{
		crisis.PartSource: "Source can be seen again: %s", crisis.PartChannel: "Alerts are delivered again: %s", crisis.PartStore: "The disk has room, posts are taken in again", crisis.PartSelf: "Self-check: all is well again", crisis.PartButtons: "Buttons are heard again: %s",
	},
	began: "Since %s", lasted: "It was out for %s (since %s)",
	silent: "it answers, but brought no post for %s, when about %.0f are usual", unread: "it was not read when it should have been",
	caution: map[crisis.Part]string{
		crisis.PartSource: "Until it is back, no news is not good news", crisis.PartChannel: "Its readers get no alerts at present; tell them another way", crisis.PartStore: "What was taken in is safe; new posts are not taken in", crisis.PartSelf: "Check the deadlines on the front page by hand, and have a technician read the log", crisis.PartButtons: "Alerts arrive as usual, but a click on a message does nothing; tick steps in the console",
	},
	cause: "Cause: %s", fix: "What to do: %s", detail: "Detail: %s",
	classes: map[crisis.Class]string{
		crisis.ClassRateLimited: "it asks us to slow down", crisis.ClassAuth: "our access has expired", crisis.ClassGated: "a log-in wall or captcha", crisis.ClassForbidden: "robots.txt or our address rules forbid it",
		crisis.ClassSoftError: "it answers with something else", crisis.ClassMalformed: "it answers with broken content", crisis.ClassGone: "the page is gone", crisis.ClassUnavailable: "it does not answer, or with an error",
		crisis.ClassStale: "it answers, but with nothing new",
	},
	fixes: map[crisis.Class]string{
		crisis.ClassRateLimited: "nothing; it is tried again when the site allows; if this happens often, read it less often", crisis.ClassAuth: "give the source a new token and restart",
		crisis.ClassGated: "open the page in a browser; if the public can read it, resume the source on the page Sources", crisis.ClassForbidden: "do not work around it; use the site's public feed, or turn the source off",
		crisis.ClassSoftError: "open the page in a browser; if it was rebuilt, change the source's settings", crisis.ClassMalformed: "it is tried again; if this goes on, open it in a browser and change the source's settings",
		crisis.ClassGone: "check the address; if the site was rebuilt, change the source's settings", crisis.ClassUnavailable: "it is tried again; if a browser opens the page, check this machine's network",
		crisis.ClassStale: "open the page in a browser: if it has new posts, it gives us old content or was rebuilt, so change the settings; if not, look at it by hand",
	},
	disk: "free space on that disk, or move the data folder to a larger one; Watchfire goes on by itself",

	cry: "[CALL FOR HELP] %s", cryAgain: "[CALL FOR HELP, STILL UNANSWERED] %s", cried: "%s %s: “%s”",
	handOn: "Do now: pass it to 119/120/110 or the duty office at once, and claim it on the Requests page", cryDue: "By: %s", cryDoubt: "Found by its words, so it may be a mistake: pass it on first, check after", cryLink: "Original: ",

	today: "15:04", date: "2 Jan 15:04", list: ", ", sep: ", ", stop: ".",
	hours: "%d h", minutes: "%d min", hoursAndMinutes: "%d h %d min",
}
