package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// matrixConfig lets one person read the channel, so that alerts carry signed links.
const matrixConfig = "url: http://watch.example\npeople:\n  - {name: 王强, seat: A, channels: [platform]}\n"

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

// TestCrashMatrix kills the daemon at named points, before and behind every commit and
// every send, each time at another of the moments at which it passes the point; lets it
// start again; and compares the store, the ledger and what the provider received. The
// points are those that an undisturbed run passes.
func TestCrashMatrix(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("kills and starts the daemon many times; make town does without the race detector")
	}
	points := discover(t)
	names := make([]string, 0, len(points))
	for p := range points {
		names = append(names, p)
	}
	slices.Sort(names)
	for _, stage := range []string{"ingest", "judge", "deliver", "act"} {
		for _, at := range []string{"before commit of (*Daemon).", "after commit of (*Daemon)."} {
			if points[at+stage] == 0 {
				t.Errorf("the run passes no point %q; the matrix has a hole: %v", at+stage, names)
			}
		}
	}
	each, all := matrixRounds(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d points", seed, len(points))
	dice := rand.New(rand.NewPCG(seed, 2))
	var rounds []string
	for _, p := range names {
		for range max(each, 1) {
			rounds = append(rounds, p+"#"+strconv.Itoa(1+dice.IntN(points[p])))
		}
	}
	dice.Shuffle(len(rounds), func(i, j int) { rounds[i], rounds[j] = rounds[j], rounds[i] })
	if all > 0 {
		rounds = rounds[:min(all, len(rounds))]
	}
	tally := map[string]*fates{}
	for _, trap := range rounds {
		point, _, _ := strings.Cut(trap, "#")
		if tally[point] == nil {
			tally[point] = &fates{}
		}
		t.Run(trap, func(t *testing.T) { round(t, trap, tally[point]) })
	}
	if each > 0 {
		writeMatrix(t, tally, names)
	}
}

// fates counts what became of the rounds of one point.
type fates struct{ kills, missed, alerts, twice, ticks int }

// discover returns how often an undisturbed run passes each point.
func discover(t *testing.T) map[string]int {
	t.Helper()
	w := newWorld(t, eight, quick, matrixConfig)
	w.points = filepath.Join(w.dir, "points")
	p := w.launch("").await()
	w.live(p)
	w.settle(p, func() *process { return w.launch("").await() })
	w.holdPosts()
	w.holdAlerts(2)
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

// round kills the daemon once and holds that nothing is lost and nothing told thrice.
func round(t *testing.T, trap string, f *fates) {
	w := newWorld(t, eight, quick, matrixConfig)
	p := w.launch(trap)
	select {
	case p.addr = <-p.up:
		w.live(p)
	case <-p.done: // killed while it started
	}
	if p.ended() {
		f.kills++
	} else { // this run passed the point less often
		f.missed++
	}
	w.holdPosts()
	p = w.launch("").await()
	w.redeliver(p)
	w.live(p)
	w.settle(p, func() *process { return w.launch("").await() })
	w.holdPosts()
	w.holdAlerts(2)
	f.ticks += w.holdTicks()
	for _, copies := range w.hook.received() {
		f.alerts++
		f.twice += len(copies) - 1
	}
}

// live delivers posts until people are told of both incidents, and has the person on duty
// act by the links of the messages, for as long as the daemon lives.
func (w *world) live(p *process) {
	w.t.Helper()
	w.deliver(p, 5, w.hook.opened)
	for id, copies := range w.hook.received() {
		for _, link := range copies[0].Taps {
			if !p.gone() && !w.tapped[link.URL] {
				w.tap(p, id, link)
			}
		}
	}
}

// tap opens a signed link. An answer means that what it does is done.
func (w *world) tap(p *process, alert string, link crisis.TapLink) {
	u, err := url.Parse(link.URL)
	if err != nil {
		w.t.Fatalf("alert %s: %v", alert, err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+p.addr+u.Path, strings.NewReader("note=ok"))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // the daemon is gone
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		if w.tapped == nil {
			w.tapped = map[string]bool{}
		}
		w.tapped[link.URL] = true
		w.ticks = append(w.ticks, link)
	}
}

// holdTicks checks that every act that was answered stands in the store, and counts them.
func (w *world) holdTicks() int {
	w.t.Helper()
	s, err := store.Open(filepath.Join(w.dir, "data", "watchfire.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	done := map[string]bool{}
	acknowledged := 0
	err = s.View(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.OpenIncidents()
		if err != nil {
			return err
		}
		for _, row := range rows {
			in, _, err := tx.Incident(row.ID)
			if err != nil {
				return err
			}
			if in.Holder == "王强" {
				acknowledged++
			}
			for i := range in.Steps {
				if st := &in.Steps[i]; st.Done && st.DoneBy == "王强" {
					done[st.Plan+"/"+st.ID] = true
				}
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, link := range w.ticks {
		if link.Do == crisis.TapDone && !done[link.Plan+"/"+link.Step] {
			w.t.Errorf("step %s/%s was ticked, answered, and is not done", link.Plan, link.Step)
		}
		if link.Do == crisis.TapAcknowledge && acknowledged == 0 {
			w.t.Error("an acknowledgement was answered and is lost")
		}
	}
	return len(w.ticks)
}

// writeMatrix writes the table of a long run, in which a loss would have failed the test.
func writeMatrix(t *testing.T, tally map[string]*fates, names []string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("| killed | kills | alerts that had to arrive | lost | arrived twice, same id | acts answered | lost |\n|---|---|---|---|---|---|---|\n")
	var sum fates
	for _, name := range names {
		f := tally[name]
		if f == nil {
			continue
		}
		fmt.Fprintf(&b, "| %s | %d | %d | 0 | %d | %d | 0 |\n", name, f.kills, f.alerts, f.twice, f.ticks)
		sum.kills, sum.alerts, sum.twice, sum.ticks = sum.kills+f.kills, sum.alerts+f.alerts, sum.twice+f.twice, sum.ticks+f.ticks
	}
	fmt.Fprintf(&b, "| **all** | **%d** | **%d** | **0** | **%d** | **%d** | **0** |\n", sum.kills, sum.alerts, sum.twice, sum.ticks)
	if t.Failed() {
		t.Logf("a run that lost something makes no table; what it counted:\n%s", b.String())
		return
	}
	t.Log("\n" + b.String())
	if path := os.Getenv("WATCHFIRE_CRASH_TABLE"); path != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
