package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
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

// TestPowerLoss drops what was written and not synced: every write of the daemon's files is
// followed by strace, and when the daemon dies the files are put back as the disk is bound
// to have them, with all, with some, or with torn pieces of what had not been synced. What
// the daemon had answered for must be there.
func TestPowerLoss(t *testing.T) {
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
	points, modes := powerPoints, []string{"synced only", "torn"}
	if os.Getenv("WATCHFIRE_CRASH_ROUNDS") == "" { // an ordinary run
		points, modes = []string{powerPoints[1], powerPoints[len(powerPoints)-1]}, modes[1:]
	}
	for _, point := range points {
		for _, mode := range modes {
			t.Run(point+", "+mode, func(t *testing.T) {
				t.Parallel()
				w := newMatrixWorld(t) // strace slows it
				disk := readDisk(t, filepath.Join(w.dir, "data"))
				p := w.launchTraced(strace, point)
				select {
				case p.addr = <-p.up:
					w.live(p)
				case <-p.done:
				}
				until(t, "the power to go", p.gone)
				disk.follow(filepath.Join(w.dir, "trace"))
				disk.restore(mode == "torn")

				w.holdPosts()
				p = w.launch("").await()
				w.redeliver(p)
				w.live(p)
				w.settle(p, func() *process { return w.launch("").await() })
				w.holdPosts()
				w.holdAlerts(2)
				w.holdTicks()
			})
		}
	}
}

// launchTraced starts the daemon under strace, to die at a failpoint.
func (w *world) launchTraced(strace, trap string) *process {
	w.t.Helper()
	return w.launchMined(trap, strace, "-f", "-qq", "-xx", "-s", "1000000", "-e", "signal=none", "--seccomp-bpf",
		"-e", "trace=open,openat,close,pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat", "-o", filepath.Join(w.dir, "trace"))
}

// disk is a folder as a disk has it: what was synced, and what was not yet.
type disk struct {
	t     *testing.T
	dir   string
	files map[string]*diskFile // by path
	open  map[int]string       // by descriptor
	syncs int
}

type diskFile struct {
	durable []byte
	pending []change
}

// change is a write at a place, or with data nil a cut to the length at.
type change struct {
	at   int64
	data []byte
}

func readDisk(t *testing.T, dir string) *disk {
	t.Helper()
	d := &disk{t: t, dir: dir, files: map[string]*diskFile{}, open: map[int]string{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d.files[path] = &diskFile{durable: b}
	}
	return d
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (-?\d+)`)
	begunLine   = regexp.MustCompile(`^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
)

// follow reads a trace and does to the disk what the daemon did.
func (d *disk) follow(path string) {
	d.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	begun := map[string]string{} // by thread
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 64<<20)
	for scan.Scan() {
		line := scan.Text()
		if m := begunLine.FindStringSubmatch(line); m != nil {
			begun[m[1]] = m[1] + " " + m[2] + "(" + m[3]
			continue
		}
		if m := resumedLine.FindStringSubmatch(line); m != nil {
			line = begun[m[1]] + m[3]
		}
		if m := callLine.FindStringSubmatch(line); m != nil && !strings.HasPrefix(m[4], "-") {
			d.call(m[2], m[3], m[4])
		}
	}
	if err := scan.Err(); err != nil {
		d.t.Fatal(err)
	}
	if d.syncs == 0 {
		d.t.Fatal("the trace has no sync of our files: it was not read as it is written")
	}
}

// call does one system call.
func (d *disk) call(name, args, result string) {
	parts := strings.Split(args, ", ")
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			d.t.Fatalf("%s(%.80s): %v", name, args, err)
		}
		return n
	}
	text := func(s string) string {
		b, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(s, `"`), `\x`, ""))
		if err != nil {
			d.t.Fatalf("%s(%.80s): %v", name, args, err)
		}
		return string(b)
	}
	if name == "open" || name == "openat" {
		fd := int(number(result))
		delete(d.open, fd)
		at := parts[0]
		if name == "openat" { // names a folder first
			at = parts[1]
		}
		if path := text(at); strings.HasPrefix(path, d.dir+"/") && !strings.HasSuffix(path, "-shm") {
			d.open[fd] = path
			if d.files[path] == nil {
				d.files[path] = &diskFile{}
			}
		}
		return
	}
	if name == "unlink" || name == "unlinkat" {
		delete(d.files, text(parts[len(parts)-1]))
		return
	}
	fd, err := strconv.Atoi(parts[0])
	if err != nil {
		return
	}
	file := d.files[d.open[fd]]
	switch {
	case name == "close":
		delete(d.open, fd)
	case file == nil:
	case name == "pwrite64":
		file.pending = append(file.pending, change{number(parts[3]), []byte(text(parts[1]))[:number(result)]})
	case name == "ftruncate":
		file.pending = append(file.pending, change{at: number(parts[1])})
	case name == "fsync", name == "fdatasync":
		d.syncs++
		for _, c := range file.pending {
			file.apply(c)
		}
		file.pending = nil
	default:
		d.t.Fatalf("%s of a file of ours is not followed", name)
	}
}

func (f *diskFile) apply(c change) {
	if c.data == nil {
		for int64(len(f.durable)) < c.at {
			f.durable = append(f.durable, 0)
		}
		f.durable = f.durable[:c.at]
		return
	}
	if end := c.at + int64(len(c.data)); int64(len(f.durable)) < end {
		f.durable = append(f.durable, make([]byte, end-int64(len(f.durable)))...)
	}
	copy(f.durable[c.at:], c.data)
}

// sector is what a disk writes whole.
const sector = 512

// restore puts the files back as they are bound to be; torn lets some sectors of what was
// not synced be there too.
func (d *disk) restore(torn bool) {
	d.t.Helper()
	seed := uint64(time.Now().UnixNano())
	d.t.Logf("seed %d, %d syncs", seed, d.syncs)
	dice := rand.New(rand.NewPCG(seed, 3))
	if err := os.RemoveAll(d.dir); err != nil {
		d.t.Fatal(err)
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	for path, f := range d.files {
		for _, c := range f.pending {
			if !torn || c.data == nil {
				continue
			}
			for at := 0; at < len(c.data); at += sector {
				if dice.IntN(2) == 0 {
					f.apply(change{c.at + int64(at), c.data[at:min(at+sector, len(c.data))]})
				}
			}
		}
		if err := os.WriteFile(path, f.durable, 0o600); err != nil {
			d.t.Fatal(fmt.Errorf("restore %s: %w", path, err))
		}
	}
}
