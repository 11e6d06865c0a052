// Package failpoint names the places at which a crash is interesting: before and behind
// every commit and every send. The shipped program has none of them: there Hit is empty,
// and the compiler takes it away. A program that is built with the tag failpoints kills
// itself, with the signal that cannot be caught, when it passes for the nth time the point
// that the environment names, as in
//
//	WATCHFIRE_FAILPOINT='after commit of daemon.ingest:2'
//
// and writes the points that it passes, one a line, to the file that
// WATCHFIRE_FAILPOINT_LOG names.
package failpoint

// The points. That of a commit has a name for each function that asks for the commit, which
// the tagged program finds on the stack: "before commit of daemon.act".
const (
	BeforeCommit = "before commit"
	AfterCommit  = "after commit"
	BeforeSend   = "before send" // a message of its own
	AfterSend    = "after send"
	BeforeReply  = "before reply" // below the message on show
	AfterReply   = "after reply"
	BeforeEdit   = "before edit" // of the message on show
	AfterEdit    = "after edit"
)

// stages are the functions that write to the store.
var stages = []string{
	"console.FirstRun", "console.addPerson", "console.addToken", "console.admit", "console.begin", "console.changePassword", "console.changeRole",
	"console.confirmPush", "console.dropPush", "console.endSession", "console.kept", "console.letBack", "console.logout", "console.people", "console.program",
	"console.renewPush", "console.resetPassword", "console.shutOut", "console.subscribe", "console.tokens", "console.visitOf", "daemon.Ask", "daemon.Correct",
	"daemon.Forget", "daemon.Learn", "daemon.Note", "daemon.Pause", "daemon.Plan", "daemon.Reached", "daemon.Resend", "daemon.ResendOne",
	"daemon.ResendRefused", "daemon.Silence", "daemon.Unplan", "daemon.Unsilence", "daemon.act", "daemon.clocksOnly", "daemon.daily", "daemon.dueOn", "daemon.ingest",
	"daemon.judge", "daemon.loadAuthorKey", "daemon.loadPushKey", "daemon.loadTapKey", "daemon.mend", "daemon.missed", "daemon.outcome",
	"daemon.purged", "daemon.sending", "daemon.tellAudit", "daemon.tellOfButtons", "store.Probe", "store.Purge", "store.PurgeAudit", "store.PurgeEchoes",
	"store.PurgeExhibits", "store.PurgeGiven", "store.migrate",
}

// Names lists all points.
func Names() []string {
	out := []string{BeforeSend, AfterSend, BeforeReply, AfterReply, BeforeEdit, AfterEdit}
	for _, s := range stages {
		out = append(out, BeforeCommit+" of "+s, AfterCommit+" of "+s)
	}
	return out
}
