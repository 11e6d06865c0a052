package main

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"watchfire/daemon/store"
)

// account is what became of the alerts to one channel.
type account struct {
	alerts int
	lost   int
	twice  map[string]int // copies, by the id that they share with the first
}

func (a account) copies() (n int) {
	for _, c := range a.twice {
		n += c
	}
	return n
}

// noteFlights notes the alerts that were on their way when a life of the daemon ended: an
// attempt was noted and its outcome was not. A channel sends one at a time.
func (w *world) noteFlights() {
	w.t.Helper()
	if w.flights == nil {
		w.flights = map[string]int{}
	}
	on := map[string]int{}
	w.query("SELECT id, channel FROM outbox WHERE state = ?", func(rows *sql.Rows) error {
		var id, channel string
		err := rows.Scan(&id, &channel)
		w.flights[id]++
		if on[channel]++; on[channel] > 1 {
			w.t.Errorf("%d alerts were on their way on %s when the daemon ended", on[channel], channel)
		}
		return err
	}, store.StateSending)
}

// account checks that every alert to a channel arrived, and that none arrived once more than
// an attempt had no answer: a life of the daemon ended in the middle of it, or the provider
// was too slow. Arrived says of each message whether it was marked as one that may have
// arrived before; a copy is.
func (w *world) account(channel string, arrived map[string][]bool) account {
	w.t.Helper()
	a, known := account{twice: map[string]int{}}, map[string]bool{}
	w.query(`SELECT id, (SELECT count(*) FROM ledger WHERE alert = id AND outcome = 'unanswered')
		FROM outbox WHERE channel = ? AND kind <> 'update'`, func(rows *sql.Rows) error {
		var id string
		var slow int
		err := rows.Scan(&id, &slow)
		known[id] = true
		a.alerts++
		marked := arrived[id]
		if len(marked) == 0 {
			a.lost++
			w.t.Errorf("alert %s is lost: it did not arrive on %s", id, channel)
			return err
		}
		if len(marked) > 1 {
			a.twice[id] = len(marked) - 1
		}
		if len(marked)-1 > w.flights[id]+slow {
			w.t.Errorf("alert %s arrived %d times on %s; %d lives of the daemon ended while it was on its way, %d attempts were not answered", id, len(marked), channel, w.flights[id], slow)
		}
		if slices.Contains(marked[1:], false) {
			w.t.Errorf("the copy of alert %s on %s is not marked as one", id, channel)
		}
		return err
	}, channel)
	for id := range arrived {
		if !known[id] {
			w.t.Errorf("%s shows alert %q, of which the store knows nothing", channel, id)
		}
	}
	return a
}

// fates counts what became of the rounds of one point.
type fates struct {
	kills, missed int
	hook, slack   account
	acts          int
	failed        int // rounds in which something did not hold
}

// line is what a table shows of them.
type line struct{ kills, missed, alerts, lost, hook, slack, acts, failed int }

func (l *line) add(m line) {
	l.kills, l.missed, l.alerts, l.lost = l.kills+m.kills, l.missed+m.missed, l.alerts+m.alerts, l.lost+m.lost
	l.hook, l.slack, l.acts, l.failed = l.hook+m.hook, l.slack+m.slack, l.acts+m.acts, l.failed+m.failed
}

func (l *line) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %d |\n", name, l.kills, l.alerts, l.lost, l.hook, l.slack, l.acts, l.failed)
}

// tally collects the fates, by point.
type tally struct {
	t     *testing.T
	names []string

	mu    sync.Mutex // guards the fields below
	of    map[string]*line
	turns int // points that had their turn
}

func newTally(t *testing.T, names []string) *tally {
	return &tally{t: t, names: names, of: map[string]*line{}}
}

func (x *tally) add(point string, f fates, failed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.of[point]
	if l == nil {
		l = &line{}
		x.of[point] = l
	}
	if failed {
		f.failed++
	}
	l.add(line{f.kills, f.missed, f.hook.alerts + f.slack.alerts, f.hook.lost + f.slack.lost, f.hook.copies(), f.slack.copies(), f.acts, f.failed})
}

// turn counts a point that had its turn, and after a turn of all writes the table as it
// stands: a run that is cut short leaves that of fewer rounds.
func (x *tally) turn() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.turns++; x.turns%len(x.names) == 0 {
		x.write(fmt.Sprintf("%d rounds at every point", x.turns/len(x.names)))
	}
}

// end writes the table of the whole run.
func (x *tally) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.turns < len(x.names) { // an ordinary run has no table
		return
	}
	for _, stage := range slices.Sorted(maps.Keys(elsewhere)) {
		x.t.Logf("not passed: %s: %s", stage, elsewhere[stage])
	}
	x.t.Log("\n" + x.write("the end"))
}

// shown are the points with a row of their own in the short table, and what people call them.
var shown = []struct{ point, name string }{
	{"send", "a message"},
	{"reply", "a reply"},
	{"edit", "an edit"},
	{"commit of daemon.sending", "the commit that notes an attempt"},
	{"commit of daemon.outcome", "the commit of its outcome"},
	{"commit of daemon.act", "the commit of an act"},
	{"commit of daemon.ingest", "the commit of posts"},
	{"commit of daemon.judge", "the commit of a judged minute"},
}

// tableHead is the head of both tables.
const tableHead = "| killed | kills | alerts that had to arrive | lost | copies at the webhook | copies on Slack | acts answered | rounds that failed |\n|---|---|---|---|---|---|---|---|\n"

// write writes the tables to the file that WATCHFIRE_CRASH_TABLE names, that of docs/delivery.md
// and that of all points, and their last line to the log.
func (x *tally) write(title string) string {
	var long, short strings.Builder
	own, rest, sum, points := map[string]*line{}, line{}, line{}, 0
	for _, s := range shown {
		own[s.point] = &line{}
	}
	for _, name := range x.names {
		l := x.of[name]
		if l == nil {
			continue
		}
		long.WriteString(l.row(name))
		sum.add(*l)
		_, point, _ := strings.Cut(name, " ")
		if row := own[point]; row != nil {
			row.add(*l)
			continue
		}
		points++
		rest.add(*l)
	}
	for _, s := range shown {
		short.WriteString(own[s.point].row("before or behind " + s.name))
	}
	short.WriteString(rest.row(fmt.Sprintf("at the %d other points", points)))
	all := sum.row("**all**")
	said := fmt.Sprintf("%s: %d kills, %d rounds ended before their point; %d alerts, %d lost, %d copies at the webhook, %d on Slack; %d acts; %d rounds failed",
		title, sum.kills, sum.missed, sum.alerts, sum.lost, sum.hook, sum.slack, sum.acts, sum.failed)
	x.t.Log(said)
	text := said + "\n\n" + tableHead + short.String() + all + "\n" + tableHead + long.String() + all
	if path := os.Getenv("WATCHFIRE_CRASH_TABLE"); path != "" {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			x.t.Error(err)
		}
	}
	return text
}
