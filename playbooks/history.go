package playbooks

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// historyFolder holds, below the folder of an organisation, earlier versions of its
// plans as history/<id>/<version>.yaml. Load does not look into it.
const historyFolder = "history"

// SaveVersion puts a new version of the plan with the id into force in an
// organisation's folder, after the daemon is told to reload. The plan must pass
// Parse against the shipped library and the folder, have that id, and carry a higher
// version than the one in force, which is kept as history/<id>/<version>.yaml; if
// that is a shipped plan, the shipped text is kept. The file is replaced at once:
// whoever reads the folder sees the old plan or the new one, never a part.
func SaveVersion(dir, id string, data []byte) error {
	if err := saveVersion(dir, id, data); err != nil {
		return fmt.Errorf("save a new version of plan %s in %s: %w", id, dir, err)
	}
	return nil
}

func saveVersion(dir, id string, data []byte) error {
	folder := os.DirFS(dir)
	p, err := Parse(id+".yaml", data, Builtin(), folder)
	if err != nil {
		return err
	}
	if p.ID != id {
		return fmt.Errorf("the text is of plan %s", p.ID)
	}
	name, old, err := inForce(folder, id)
	if err != nil {
		return err
	}
	if old != nil {
		version := headOf(old).Version
		if compareVersions(p.Version, version) <= 0 {
			return fmt.Errorf("version %s is not above %s, which is in force: raise it", p.Version, version)
		}
		if err := keep(dir, id, version, old); err != nil {
			return err
		}
	}
	return replace(filepath.Join(dir, name), data)
}

// inForce finds the file of a plan in a folder and its text; a plan that is only
// shipped has its text, and the name its file would get.
func inForce(folder fs.FS, id string) (name string, data []byte, err error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return "", nil, err
	}
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || strings.HasPrefix(e.Name(), ".") || ext != ".yaml" && ext != ".yml" {
			continue
		}
		data, err := readFile(folder, e.Name())
		if err != nil {
			return "", nil, err
		}
		if headOf(data).ID == id {
			return e.Name(), data, nil
		}
	}
	data, err = readFile(Builtin(), id+".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return id + ".yaml", nil, nil
	}
	return id + ".yaml", data, err
}

// headOf reads what a file says of itself, as far as it can be read.
func headOf(data []byte) Playbook {
	var p Playbook
	decode("", data, &p)
	return p
}

// keep writes an earlier version into the history. A text that somebody changed
// without raising the version stands beside the one that is there already.
func keep(dir, id, version string, data []byte) error {
	if !goodVersion.MatchString(version) {
		return fmt.Errorf("the plan in force has the version %q: write three numbers such as 1.0.0 first", version)
	}
	folder := filepath.Join(dir, historyFolder, id)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for n := 1; ; n++ {
		name := version
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		file := filepath.Join(folder, name+".yaml")
		there, err := os.ReadFile(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return replace(file, data)
		case err != nil:
			return err
		case bytes.Equal(there, data):
			return nil
		}
	}
}

// replace writes a file so that a reader, or a start after a power failure, finds the
// old content or the new one.
func replace(file string, data []byte) (err error) {
	dir := filepath.Dir(file)
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), file); err != nil {
		return err
	}
	d, openErr := os.Open(dir)
	if openErr != nil {
		return nil // the file is in place; a system that does not open folders cannot sync them
	}
	return errors.Join(d.Sync(), d.Close())
}

// Versions returns the earlier versions of a plan that an organisation's folder
// keeps, oldest first; none when the plan was never changed.
func Versions(folder fs.FS, id string) ([]string, error) {
	if !goodID.MatchString(id) {
		return nil, fmt.Errorf("list versions: %q is not the id of a plan", id)
	}
	entries, err := fs.ReadDir(folder, path.Join(historyFolder, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list versions of plan %s: %w", id, err)
	}
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok && !e.IsDir() && !strings.HasPrefix(name, ".") {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, compareVersions)
	return out, nil
}

// ReadVersion returns the text of a plan in an organisation's folder: an earlier
// version by its name, or with "" the one in force, be it shipped. It fails with
// fs.ErrNotExist if there is none.
func ReadVersion(folder fs.FS, id, version string) ([]byte, error) {
	if !goodID.MatchString(id) {
		return nil, fmt.Errorf("read a plan: %q is not an id", id)
	}
	_, data, err := inForce(folder, id)
	if err == nil && data == nil {
		err = fs.ErrNotExist
	}
	if err == nil && version != "" && headOf(data).Version != version {
		data, err = readFile(folder, path.Join(historyFolder, id, version+".yaml"))
	}
	if err != nil {
		return nil, fmt.Errorf("read plan %s %s: %w", id, version, err)
	}
	return data, nil
}

// compareVersions orders versions such as 1.10.0 by their numbers.
func compareVersions(a, b string) int {
	numbers := func(v string) []int {
		var out []int
		for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == '.' || r == '-' }) {
			n, err := strconv.Atoi(part)
			if err != nil {
				n = -1 // no version of ours; before all that are
			}
			out = append(out, n)
		}
		return out
	}
	return cmp.Or(slices.Compare(numbers(a), numbers(b)), cmp.Compare(a, b))
}

// NextVersion returns the version after v: a changed step or text raises the second
// number. A v that is no version gives 1.0.0.
func NextVersion(v string) string {
	parts := strings.Split(v, ".")
	if !goodVersion.MatchString(v) {
		return "1.0.0"
	}
	minor, err := strconv.Atoi(parts[1])
	if err != nil {
		return "1.0.0" // a number beyond all counting
	}
	return parts[0] + "." + strconv.Itoa(minor+1) + ".0"
}
