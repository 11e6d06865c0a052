package store

import (
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A connection that database/sql gives up, as it does when its end is interrupted, takes the
// statements it kept with it: the store goes on, closes, and leaves no file open.
func TestConnectionGivenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	posts := make([]Saved, 2*manyRows)
	for range 3 {
		for i := range posts {
			posts[i] = saved(int(s.Commits())*len(posts)+i, noon, "水是黄的", "water")
		}
		update(t, s, func(tx *Tx) error { return tx.SavePosts(posts) })
		conn, err := s.write.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
			t.Errorf("a bad connection is answered with %v", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left := openFiles(t, path); left != "" {
		t.Errorf("still open: %s", left)
	}
}

// openFiles names the files of this process that begin with path.
func openFiles(t *testing.T, path string) string {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("which files are open is not told here: %v", err)
	}
	var names []string
	for _, e := range entries {
		if name, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(name, path) {
			names = append(names, filepath.Base(name))
		}
	}
	return strings.Join(names, ", ")
}
