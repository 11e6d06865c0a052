package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"watchfire/daemon/failpoint"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

// elsewhere are the functions whose commits the matrix passes not, or not always, and why.
var elsewhere = map[string]string{
	"daemon.Learn":         "the past is learnt before a replay or a demo, not by a daemon that runs",
	"daemon.ResendOne":     "the command ledger, beside the daemon",
	"daemon.ResendRefused": "the command ledger, beside the daemon",
	"daemon.dueOn":         "commits only what was held over a quiet time, or when the clock was set back",
	"daemon.clocksOnly":    "commits only while the clock is behind the last minute that was judged",
	"console.visitOf":      "commits only when a log-in is ten minutes old",
	"daemon.tellAudit":     "commits when an audit finds clocks that did not ring, every thirteen minutes",
	"daemon.tellOfButtons": "commits only when the way back from buttons fails for minutes",
	"console.addToken":     "an administrator makes a token for a program",
	"console.tokens":       "an administrator ends a token of a program",
	"console.program":      "commits only when a token was last used some time ago",
	"console.admit":        "somebody logs in by OpenID Connect",
	"console.shutOut":      "an administrator takes somebody's access away",
	"console.letBack":      "an administrator gives it back",
	"console.endSession":   "somebody ends a log-in of his own from the list",
	"console.kept":         "the audit log of what changes nothing else",
	"console.subscribe":    "a browser asks for pushes",
	"console.confirmPush":  "a browser that gets pushes is logged in anew",
	"console.dropPush":     "somebody wants no pushes on a device any more",
	"console.renewPush":    "a browser makes its subscription to pushes anew",
	"daemon.Note":          "mail to several, which the world of the matrix does not send",
	"daemon.Reached":       "TestPushAfterCrash of package daemon",
	"daemon.Forget":        "a push service says that a browser is gone",
	"daemon.loadPushKey":   "the first start of a daemon with a channel that pushes",
	"store.Probe":          "commits only while the disk is full",
	"store.migrate":        "TestKilledAtMigration",
}

// matrixRounds is how often the daemon is killed at each point: not at all in short runs,
// five times in all in ordinary ones, and as often as WATCHFIRE_CRASH_ROUNDS says in long
// ones.
func matrixRounds(t *testing.T) (each, all int) {
	if s := os.Getenv("WATCHFIRE_CRASH_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("WATCHFIRE_CRASH_ROUNDS=%q is not a number of rounds", s)
		}
		return n, 0
	}
	return 0, 5
}

// steady is how fast the clock of the matrix runs: a minute takes a second, so that a daemon
// that other programs keep waiting does not miss hours.
const steady = 60

// ordinary is the store of a matrix world before anything happens: it is made once, and
// every world begins with a copy.
var ordinary struct {
	once  sync.Once
	store []byte
}

// newMatrixWorld is a world with a workspace of Slack, a site that is visited, and
// somebody who reads the webhook alone, so that its alerts carry links that act.
func newMatrixWorld(t *testing.T) *world {
	t.Helper()
	ordinary.once.Do(func() {
		w := emptyWorld(t, eight, steady)
		w.configure("channels:\n  - {name: platform, webhook: {url: \""+w.hook.server.URL+"\"}}\n", "") // a start remembers how its channels were set up
		w.learn(72 * time.Hour)                                                                         // more than is kept, so that a purge has work
		var err error
		if ordinary.store, err = os.ReadFile(filepath.Join(w.dir, "data", "watchfire.db")); err != nil {
			t.Fatal(err)
		}
	})
	slack, site := newWorkspace(t), newSite(t)
	w := emptyWorld(t, eight, steady, fmt.Sprintf(`  - {name: slack, hourly: 0, slack: {token: %s, channel: C1, api: "%s/api/", timeout: 50s}}
url: http://watch.example
people:
  - {name: 王强, seat: A, channels: [platform]}
keep: {posts: 48h, evidence: 48h}
intranet: [127.0.0.0/8]
pace: {host_delay: 0s}
pulse: {daily: "08:01"}
`, slackToken, slack.server.URL))
	w.configure("name: platform, webhook: {", "name: platform, hourly: 0, webhook: {timeout: 50s, ")
	w.configure("sources:\n", fmt.Sprintf("sources:\n  - {name: site, every: 1m, feed: {url: \"%s/feed\"}}\n", site.server.URL))
	w.configure("topics:\n", "topics:\n  - {id: silent, title: 无人提及, any: [无人提及的事]}\n")
	if err := os.Mkdir(filepath.Join(w.dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "data", "watchfire.db"), ordinary.store, 0o600); err != nil {
		t.Fatal(err)
	}
	w.slack, w.site, w.cry = slack, site, "被困在3号楼电梯里出不来，自来水也停了，求救！救命！"
	w.pause = 120 * time.Millisecond
	w.clock.Reset(eight)
	site.publish(w.clock.Now())
	return w
}

// TestCrashMatrix kills the daemon at its failpoints, each time at another of the moments
// at which it passes the point; lets it start again; and compares the store, the ledger and
// what the providers received. An undisturbed run before says how often each is passed. The
// points take turns, so that a run that is cut short has killed at each equally often.
func TestCrashMatrix(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("kills and starts the daemon many times; make town does without the race detector")
	}
	points := discover(t)
	names := slices.DeleteFunc(failpoint.Names(), func(p string) bool { return points[p] == 0 })
	for _, p := range failpoint.Names() {
		_, stage, _ := strings.Cut(p, " of ")
		if points[p] == 0 && elsewhere[stage] == "" {
			t.Errorf("the run does not pass %q: the matrix has a hole", p)
		}
	}
	each, all := matrixRounds(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d points", seed, len(names))
	dice := rand.New(rand.NewPCG(seed, 2))
	var rounds []trap
	for range max(each, 1) {
		for _, i := range dice.Perm(len(names)) {
			rounds = append(rounds, trap{names[i], 1 + dice.IntN((points[names[i]]+1)/2)}) // no run is as long as another
		}
	}
	if all > 0 {
		rounds = rounds[:min(all, len(rounds))]
	}
	sum := newTally(t, names)
	next := make(chan int)
	var workers sync.WaitGroup
	for range 5 * runtime.GOMAXPROCS(0) { // a world waits for its clock most of the time
		workers.Go(func() {
			for i := range next {
				again(t, i+1, rounds[i], sum)
			}
		})
	}
	for i := range rounds {
		next <- i
	}
	close(next)
	workers.Wait()
	sum.end()
}

// trap is where the daemon is killed: when it passes a point for the nth time.
type trap struct {
	point string
	n     int
}

// again does a round, and where the run ends before it comes to its point another, which
// need not go as far.
func again(t *testing.T, number int, at trap, sum *tally) {
	for killed := false; !killed; at.n = (at.n + 1) / 2 {
		last := at.n == 1
		t.Run(fmt.Sprint(number, " ", at.point, ":", at.n), func(t *testing.T) {
			killed = round(t, at, sum)
		})
		if last {
			break
		}
	}
	sum.turn()
}

// discover returns how often an undisturbed run passes each point.
func discover(t *testing.T) map[string]int {
	t.Helper()
	w := newMatrixWorld(t)
	w.points = filepath.Join(w.dir, "points")
	relaunch := func() *process { return w.launchMined("").await() }
	p := relaunch()
	w.live(p)
	w.settle(p, relaunch)
	w.holdAll()
	text, err := os.ReadFile(w.points)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for line := range strings.Lines(string(text)) {
		out[strings.TrimSpace(line)]++
	}
	return out
}

// round kills the daemon once, says whether it came to that, and holds that nothing is lost
// and nothing told twice but what was on its way when the daemon died.
func round(t *testing.T, at trap, sum *tally) (killed bool) {
	f := fates{}
	defer func() { sum.add(at.point, f, t.Failed()) }()
	w := newMatrixWorld(t)
	p := w.launchMined(fmt.Sprint(at.point, ":", at.n))
	select {
	case p.addr = <-p.up:
		w.live(p)
	case <-p.done: // killed while it started
	}
	killed = p.ended()
	f.kills, f.missed = 1, 0
	if !killed { // this run passed the point less often
		f.kills, f.missed = 0, 1
	}
	w.noteFlights()
	w.holdPosts()
	relaunch := func() *process { return w.launchMined("").await() }
	p = relaunch()
	w.redeliver(p)
	w.live(p)
	w.settle(p, relaunch)
	f.acts, f.hook, f.slack = w.holdAll()
	t.Logf("killed: %t; on their way at an end: %v; copies: %v at the webhook, %v on Slack", killed, w.flights, f.hook.twice, f.slack.twice)
	return killed
}

// live delivers posts until people are told of both incidents and that somebody watches, and has the person on duty
// act by the links of the messages and somebody work at the console, for as long as the
// daemon lives.
func (w *world) live(p *process) {
	w.t.Helper()
	w.deliver(p, 5, func() bool { return w.hook.opened() && w.hook.alive() && w.slack.told() && w.site.visits() > 2 })
	for id, copies := range w.hook.received() {
		for _, link := range copies[0].Taps {
			if !p.gone() && !w.tapped[link.URL] {
				w.tap(p, id, link)
			}
		}
	}
	w.work(p)
}

// holdAll checks everything that must hold at the end, and counts the acts and the alerts.
func (w *world) holdAll() (acts int, hook, slack account) {
	w.t.Helper()
	w.query("SELECT a.id, l.detail FROM outbox a JOIN ledger l ON l.alert = a.id WHERE l.outcome IN ('refused', 'dead') AND l.detail NOT LIKE '%restricted_action%'", func(rows *sql.Rows) error {
		var id, detail string
		err := rows.Scan(&id, &detail)
		w.t.Errorf("alert %s was refused: %s", id, detail)
		return err
	})
	w.holdPosts()
	w.holdAlerts(2)
	w.holdSite()
	arrived := map[string][]bool{}
	for id, copies := range w.hook.received() {
		for _, a := range copies {
			arrived[id] = append(arrived[id], a.Repeat)
		}
	}
	return w.holdTicks() + w.holdNotes(), w.account("platform", arrived), w.account("slack", w.slack.received())
}

// TestKilledAtMigration kills the daemon before and behind each file of the schema that it
// applies to an empty disk.
func TestKilledAtMigration(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("starts the daemon many times; make town does without the race detector")
	}
	all, err := filepath.Glob("../store/schema/*.sql")
	if err != nil || len(all) == 0 {
		t.Fatalf("the schema: %v", err)
	}
	for _, at := range []string{failpoint.BeforeCommit, failpoint.AfterCommit} {
		for n := range all {
			t.Run(fmt.Sprint(at, " ", n+1), func(t *testing.T) {
				t.Parallel()
				w := &world{t: t, dir: t.TempDir(), clock: town.NewClock(eight, quick), speed: quick}
				w.writeConfig("http://127.0.0.1:9/")
				w.launchMined(fmt.Sprintf("%s of store.migrate:%d", at, n+1)).killed()
				p := w.launchMined("").await()
				p.stop()
				s, err := store.Open(filepath.Join(w.dir, "data", "watchfire.db"))
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if err := s.Verify(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestShippedHasNoFailpoints holds that the binary that people get knows neither the
// failpoints nor the clock, and runs through them.
func TestShippedHasNoFailpoints(t *testing.T) {
	for _, c := range []struct {
		path string
		want bool
	}{{shipped.binary(t), false}, {mined.binary(t), true}} {
		b, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"WATCHFIRE_FAILPOINT", "WATCHFIRE_CLOCK", failpoint.BeforeReply} {
			if got := bytes.Contains(b, []byte(name)); got != c.want {
				t.Errorf("%q in %s: %t", name, filepath.Base(filepath.Dir(c.path)), got)
			}
		}
	}
}
