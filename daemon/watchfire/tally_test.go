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

// write writes the table to the log's file, and its last line to the log.
func (x *tally) write(title string) string {
	var b strings.Builder
	b.WriteString("| killed | kills | alerts that had to arrive | lost | copies at the webhook | copies on Slack | acts answered | rounds that failed |\n|---|---|---|---|---|---|---|---|\n")
	sum := line{}
	for _, name := range x.names {
		if l := x.of[name]; l != nil {
			b.WriteString(l.row(name))
			sum.add(*l)
		}
	}
	b.WriteString(sum.row("**all**"))
	x.t.Logf("%s: %d kills, %d rounds ended before their point; %d alerts, %d lost, %d copies at the webhook, %d on Slack; %d acts; %d rounds failed",
		title, sum.kills, sum.missed, sum.alerts, sum.lost, sum.hook, sum.slack, sum.acts, sum.failed)
	if path := os.Getenv("WATCHFIRE_CRASH_TABLE"); path != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			x.t.Error(err)
		}
	}
	return b.String()
}
