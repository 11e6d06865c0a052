package main

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"watchfire/crisis"
)

// eight is eight in the morning in China.
var eight = time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC)

// quick is how fast the clock of the killed daemons runs: a minute takes half a second.
const quick = 120

// traps are the points at which the daemon is killed: the nth time that a function
// of package daemon asks for the time.
var traps = []struct{ name, trap string }{
	{"posts received, not stored", "(*Daemon).Receive#3"},
	{"respond, before the first event of the incident", "(*responder).record#1"},
	{"respond, one incident written, not committed", "(*responder).record#2"},
	{"respond, committed, nothing sent", "(*Daemon).Tick#3"},
	{"deliver, the attempt not noted", "(*Daemon).deliver#1"},
	{"deliver, sent, not in the ledger", "(*Daemon).deliver#2"},
	{"deliver, in the ledger", "(*Daemon).Deliver#9"},
}

// TestKilledAtPoint kills the daemon at points between and inside its stages, lets
// it start again, and holds that nothing was lost and nothing told thrice.
func TestKilledAtPoint(t *testing.T) {
	for _, c := range traps {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, eight, quick)
			p := w.launch(c.trap).await()
			w.deliver(p, 5, w.hook.opened)
			p.killed()
			w.holdPosts()

			p = w.launch("").await()
			w.redeliver(p)
			w.deliver(p, 5, w.hook.opened)
			w.settle(p, func() *process { return w.launch("").await() })
			w.holdPosts()
			w.holdAlerts(2)
		})
	}
}

// TestKilledAtRandom kills the daemon at random moments while posts stream in,
// again and again on the same data, and once in mid-start.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t, eight, quick)
	w.copies = 7 // every kill may come between a send and its note
	for round := range 6 {
		p := w.launch("")
		if round == 3 {
			p.kill()
			continue
		}
		p.await()
		after := time.After(time.Duration(dice.Int64N(int64(1500 * time.Millisecond))))
		go func() {
			<-after
			p.kill()
		}()
		w.deliver(p, 1+dice.IntN(30), func() bool { return false })
		p.killed()
		w.holdPosts()
	}
	p := w.launch("").await()
	w.redeliver(p)
	w.deliver(p, 5, w.hook.opened)
	w.settle(p, func() *process { return w.launch("").await() })
	w.holdPosts()
	w.holdAlerts(2)
}

// TestKilledBinary kills the real binary, in real time: while posts stream in, and
// while the provider takes the alert of the incident that they have opened. A real
// minute ends when it likes: the ambush lies in wait from the start.
func TestKilledBinary(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the end of a real minute")
	}
	t.Parallel()
	w := newWorld(t, time.Now(), 1)
	var running atomic.Pointer[process]
	launch := func() *process {
		p := w.launchBinary().await()
		running.Store(p)
		return p
	}
	w.hook.ambush(func(crisis.Alert) { running.Load().kill() })
	for range 3 {
		if w.hook.sprung() {
			break
		}
		p := launch()
		go func() {
			<-time.After(rand.N(300 * time.Millisecond))
			p.kill()
		}()
		w.deliver(p, 3, func() bool { return false })
		p.killed()
		w.holdPosts()
	}
	if !w.hook.sprung() {
		p := launch()
		w.redeliver(p)
		enough := 20 // deliveries, so that also a slow machine has a surge to notice
		w.deliver(p, 5, func() bool {
			enough--
			return enough < 0
		})
		p.killed()
	}
	if n := len(w.hook.received()); n != 1 {
		t.Errorf("%d alerts before the kill, want 1", n)
	}
	w.settle(launch(), launch)
	w.holdPosts()
	w.holdAlerts(2)
	twice := 0
	for _, copies := range w.hook.received() {
		twice += len(copies) - 1
	}
	if twice != 1 {
		t.Errorf("%d alerts arrived twice, want the one that the provider killed the daemon over", twice)
	}
}
