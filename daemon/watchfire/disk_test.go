package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// disk is a folder as a disk has it: what was synced, and what was not yet. A name of a
// file lasts from when its folder was synced.
type disk struct {
	t       *testing.T
	dir     string
	files   map[string]*diskFile // by path
	removed map[string]*diskFile // whose names may come back
	open    map[int]string       // paths, by descriptor
	syncs   int
	touched bool // by the last call
}

type diskFile struct {
	durable []byte
	pending []change
	named   bool // for good
}

// change is a write at a place, or with data nil a cut to the length at.
type change struct {
	at   int64
	data []byte
}

func readDisk(t *testing.T, dir string) *disk {
	t.Helper()
	d := &disk{t: t, dir: dir, files: map[string]*diskFile{}, removed: map[string]*diskFile{}, open: map[int]string{}}
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
		d.files[path] = &diskFile{durable: b, named: true}
	}
	return d
}

var (
	callLine    = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (-?\d+)`)
	begunLine   = regexp.MustCompile(`^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$`)
	resumedLine = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
)

// followTrace reads a trace and calls f for every system call that succeeded.
func followTrace(t *testing.T, path string, f func(name, args, result string)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	begun := map[string]string{} // by thread
	scan := bufio.NewScanner(file)
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
			f(m[2], m[3], m[4])
		}
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
}

// unhex reads a string of a trace, and number a number.
func unhex(t *testing.T, s string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(s, `"`), `\x`, ""))
	if err != nil {
		t.Fatalf("the trace has %.80s: %v", s, err)
	}
	return string(b)
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatalf("the trace has %.80s: %v", s, err)
	}
	return n
}

// call does one system call.
func (d *disk) call(name, args, result string) {
	d.touched = false
	parts := strings.Split(args, ", ")
	switch name {
	case "open":
		d.opened(unhex(d.t, parts[0]), int(number(d.t, result)))
		return
	case "openat":
		d.opened(unhex(d.t, parts[1]), int(number(d.t, result)))
		return
	case "unlink", "unlinkat":
		for _, p := range parts {
			if strings.HasPrefix(p, `"`) {
				d.unlink(unhex(d.t, p))
			}
		}
		return
	case "rename", "renameat", "renameat2":
		if strings.Contains(args, hexed(d.dir)) {
			d.t.Fatalf("%s of a file of ours is not followed", name)
		}
		return
	}
	fd, err := strconv.Atoi(parts[0])
	if err != nil {
		d.t.Fatalf("%s(%.80s): %v", name, args, err)
	}
	path, ours := d.open[fd]
	if ours {
		d.change(name, fd, path, parts, result)
	}
}

// hexed is text as a trace has it.
func hexed(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, `\x%02x`, text[i])
	}
	return b.String()
}

func (d *disk) opened(path string, fd int) {
	delete(d.open, fd)
	if path == d.dir {
		d.open[fd] = path
	}
	if !strings.HasPrefix(path, d.dir+"/") || strings.HasSuffix(path, "-shm") { // an index of the log, made anew at every start
		return
	}
	d.open[fd] = path
	if d.files[path] == nil {
		d.files[path] = &diskFile{}
	}
}

func (d *disk) unlink(path string) {
	if f := d.files[path]; f != nil {
		d.touched = true
		delete(d.files, path)
		if f.named {
			d.removed[path] = f
		}
	}
}

// change does what a call does to a file of ours.
func (d *disk) change(name string, fd int, path string, parts []string, result string) {
	file := d.files[path]
	switch {
	case name == "close":
		delete(d.open, fd)
	case name == "read":
	case path == d.dir && (name == "fsync" || name == "fdatasync"):
		d.touched = true
		clear(d.removed)
		for _, f := range d.files {
			f.named = true
		}
	case file == nil: // it has no name any more
	case name == "pwrite64":
		d.touched = true
		file.pending = append(file.pending, change{number(d.t, parts[3]), []byte(unhex(d.t, parts[1]))[:number(d.t, result)]})
	case name == "ftruncate":
		d.touched = true
		file.pending = append(file.pending, change{at: number(d.t, parts[1])})
	case name == "fsync", name == "fdatasync":
		d.touched = true
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

// restore writes the files to dir as they are bound to be; torn lets some sectors, and some
// names, of what was not synced be there too.
func (d *disk) restore(dir string, torn bool, dice *rand.Rand) {
	d.t.Helper()
	if d.syncs == 0 {
		d.t.Log("nothing was synced yet")
	}
	if err := os.RemoveAll(dir); err != nil {
		d.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	now := maps.Clone(d.removed)
	for path := range now {
		if torn && dice.IntN(2) == 0 {
			delete(now, path)
		}
	}
	for path, f := range d.files {
		if f.named || torn && dice.IntN(2) == 0 {
			now[path] = f
		}
	}
	for path, f := range now {
		f = &diskFile{durable: slices.Clone(f.durable), pending: f.pending}
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
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), f.durable, 0o600); err != nil {
			d.t.Fatal(fmt.Errorf("restore %s: %w", path, err))
		}
	}
}
