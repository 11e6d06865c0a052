package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// powerPoints are the moments at which the power goes: while nothing, a part or all of a
// commit is on the disk.
var powerPoints = []string{
	"before commit of daemon.ingest:2", "after commit of daemon.ingest:3", "after commit of daemon.judge:2",
	"before send:1", "after send:1", "after commit of daemon.outcome:1", "after commit of daemon.act:2",
}

// tracer returns the way to strace, or skips the test.
func tracer(t *testing.T) string {
	t.Helper()
	if testing.Short() || underRace {
		t.Skip("kills and starts the daemon many times; make town does without the race detector")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: apt-get install strace")
	}
	if out, err := exec.Command(strace, "-f", "-e", "trace=fsync", "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %v: %s", err, out)
	}
	return strace
}

// long says whether this is the long run of make crash.
func long() bool { return os.Getenv("WATCHFIRE_CRASH_ROUNDS") != "" }

// launchTraced starts the daemon under strace, to die at a failpoint.
func (w *world) launchTraced(strace, point string) *process {
	w.t.Helper()
	return w.launchMined(point, strace, "-D", "-f", "-qq", "-xx", "-s", "1000000", "-e", "signal=none", "--seccomp-bpf",
		"-e", "trace=open,openat,close,read,write,pwrite64,pwritev,ftruncate,fallocate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2,dup,dup2,dup3",
		"-o", filepath.Join(w.dir, "trace"))
}

// TestPowerLoss drops what was written and not synced: every write of the daemon's files is
// followed by strace, and when the daemon dies the files are put back as the disk is bound
// to have them, without, or with torn pieces of what had not been synced. The daemon goes
// on from there, and what it had answered for must be there.
func TestPowerLoss(t *testing.T) {
	strace := tracer(t)
	points, modes := powerPoints, []string{"synced only", "torn"}
	if !long() {
		points, modes = []string{powerPoints[1], powerPoints[len(powerPoints)-1]}, modes[1:]
	}
	for _, point := range points {
		for _, mode := range modes {
			t.Run(point+", "+mode, func(t *testing.T) {
				t.Parallel()
				w := newMatrixWorld(t)
				disk := readDisk(t, filepath.Join(w.dir, "data"))
				p := w.launchTraced(strace, point)
				select {
				case p.addr = <-p.up:
					w.live(p)
				case <-p.done:
				}
				until(t, "the power to go", p.gone)
				followTrace(t, filepath.Join(w.dir, "trace"), disk.call)
				seed := uint64(time.Now().UnixNano())
				t.Logf("seed %d, %d syncs", seed, disk.syncs)
				disk.restore(disk.dir, mode == "torn", rand.New(rand.NewPCG(seed, 3)))

				w.noteFlights()
				w.holdPosts()
				relaunch := func() *process { return w.launchMined("").await() }
				p = relaunch()
				w.redeliver(p)
				w.live(p)
				w.settle(p, relaunch)
				w.holdAll()
			})
		}
	}
}

// TestPowerCuts follows one life of the daemon, to its orderly end, and takes the power
// away behind each promise that it makes and at moments between: behind an answer to who
// brought posts, ticked or noted, and behind an alert that has left. What the disk is bound
// to have at that moment is opened, checked whole, and must hold what was promised.
func TestPowerCuts(t *testing.T) {
	strace := tracer(t)
	w := newMatrixWorld(t)
	disk := readDisk(t, filepath.Join(w.dir, "data"))
	p := w.launchTraced(strace, "").await()
	w.live(p)
	until(t, "an empty outbox", p.drained)
	p.stop()

	seed := uint64(time.Now().UnixNano())
	dice := rand.New(rand.NewPCG(seed, 4))
	between, behind := 200, 4 // one call in so many, one promise in so many
	if long() {
		between, behind = 20, 1
	}
	made := newPromises(t)
	cuts := 0
	followTrace(t, filepath.Join(w.dir, "trace"), func(name, args, result string) {
		disk.call(name, args, result)
		promised := made.call(name, args, result)
		if cut := promised && dice.IntN(behind) == 0 || disk.touched && dice.IntN(between) == 0; !cut {
			return
		}
		cuts++
		dir := t.TempDir()
		disk.restore(dir, dice.IntN(2) == 0, dice)
		made.hold(filepath.Join(dir, "watchfire.db"), fmt.Sprintf("cut %d, behind %s", cuts, name))
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("seed %d: %d cuts, %d syncs; promised: %s", seed, cuts, disk.syncs, made)
	for what, n := range map[string]int{"posts": len(made.posts), "alerts": len(made.alerts), "notes": len(made.notes), "ticks": made.ticks, "messages": made.messages} {
		if n == 0 {
			t.Errorf("the trace shows no %s: it was not read as it is written", what)
		}
	}
	if cuts < 10 || strings.TrimSpace(made.String()) == "" {
		t.Errorf("%d cuts", cuts)
	}
}
