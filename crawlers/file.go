package crawlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// File reads files that somebody drops into a folder: JSON lines in our own field
// names, or CSV with a header line; plain or gz, UTF-8, UTF-16 or GB18030. A file is
// read once; one that grows is read on from where it was, and one that is renamed is
// known again. It is never changed or removed.
type File struct {
	Dir     string            `yaml:"dir" doc:"folder to look into"`
	Pattern string            `yaml:"pattern" doc:"names to read, such as *.csv"`
	Columns map[string]string `yaml:"columns" doc:"for CSV: which column holds id, title, text, url, author, published, place, topic"`
	Kind    crisis.Kind       `yaml:"kind" doc:"what the records are: post, comment, article, board, warning or order"`
	Zone    string            `yaml:"zone" doc:"time zone of times that state none"`
	Limit   int               `yaml:"limit" doc:"how many records to read in one visit"`
}

// fileColumns are the keys of File.Columns.
var fileColumns = []string{"id", "title", "text", "url", "author", "published", "place", "topic"}

// fileCursor says of each file how far it was read.
type fileCursor struct {
	history
	Files map[string]fileMark `json:"files,omitempty"`
}

// fileMark is how far a file was read, and what it was like then.
type fileMark struct {
	Size    int64  `json:"size"`
	Time    int64  `json:"time"`
	Offset  int64  `json:"offset"`          // in the unpacked text, behind the last record read
	Line    int    `json:"line"`            // lines before Offset
	Covered int64  `json:"covered"`         // bytes of the file that Print vouches for
	Print   string `json:"print,omitempty"` // of their beginning and end: a file of the same name may be another one
	Done    bool   `json:"done,omitempty"`  // all that was there was read
}

// settling is how long a file must have been left alone for its last record, if it
// is not ended by a newline or a quote, to count as all that there will be.
const settling = time.Minute

// Check implements Kind.
func (f *File) Check() error {
	errs := []error{checkZone(f.Zone), checkKind(f.Kind)}
	if f.Dir == "" {
		errs = append(errs, errors.New("dir: missing; write the folder that files are dropped into"))
	}
	if _, err := filepath.Match(f.Pattern, "x"); err != nil || f.Pattern == "" {
		errs = append(errs, fmt.Errorf("pattern: %q is not a pattern; write one such as *.csv", f.Pattern))
	}
	if f.Limit < 1 {
		errs = append(errs, fmt.Errorf("limit: %d; write a number above 0", f.Limit))
	}
	for _, key := range slices.Sorted(maps.Keys(f.Columns)) {
		if !slices.Contains(fileColumns, key) {
			errs = append(errs, fmt.Errorf("columns: unknown key %q; the keys are %s", key, strings.Join(fileColumns, ", ")))
		}
	}
	return errors.Join(errs...)
}

// Crawl reads what is new in the folder, oldest file first. Records that cannot be
// read are left out and named in the harvest's Detail; when nothing but such
// records is new, the visit is malformed.
func (f *File) Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error) {
	c := loadCursor[fileCursor](cursor)
	files, err := f.files()
	if err != nil {
		return Harvest{}, &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("read the folder: %w", err)}
	}
	next := fileCursor{history: c.history, Files: map[string]fileMark{}}
	gone := moved(c.Files, files)
	var posts []crisis.Post
	var bad []string
	more := false
	for _, info := range files {
		name := info.Name()
		mark, known := c.Files[name]
		same := mark.Size == info.Size() && mark.Time == info.ModTime().UnixNano()
		done := mark.Done && same
		if done || len(posts) >= f.Limit {
			more = more || !done
			if known {
				next.Files[name] = mark
			}
			continue
		}
		r := reading{
			file: f, path: filepath.Join(f.Dir, name), size: info.Size(), now: web.opt.Now(), limit: f.Limit - len(posts),
			settled: (known && same) || web.opt.Now().Sub(info.ModTime()) > settling, moved: gone,
		}
		mark, err := r.read(ctx, mark)
		if ctx.Err() != nil {
			return Harvest{}, asError(ctx.Err())
		}
		if err != nil {
			bad = append(bad, fmt.Sprintf("%s: %v", name, err))
		} else {
			mark.Size, mark.Time = info.Size(), info.ModTime().UnixNano()
		}
		if err == nil || known {
			next.Files[name] = mark
		}
		posts = append(posts, r.posts...)
		for _, b := range r.bad {
			bad = append(bad, name+":"+b)
		}
		more = more || r.more
	}
	if len(posts) == 0 && len(bad) > 0 {
		return Harvest{}, malformed("no record can be read: %s", some(bad, 5))
	}
	backfill := next.visited(cursor == "", more, web.opt.Now())
	h := harvested(posts, next)
	h.Detail, h.Backfill = some(bad, 10), backfill
	return h, nil
}

// files lists the regular files of the folder that match, oldest first. Those with
// a name like .x are still being written by whoever copies them.
func (f *File) files() ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return nil, err
	}
	var files []fs.FileInfo
	for _, e := range entries {
		if ok, err := filepath.Match(f.Pattern, e.Name()); !ok || err != nil || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(f.Dir, e.Name()))
		if err != nil || !info.Mode().IsRegular() {
			continue // removed while we looked; or a pipe, which would be read for ever
		}
		files = append(files, named{info, e.Name()})
	}
	slices.SortStableFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	return files, nil
}

// named is what a link leads to, under the name of the link.
type named struct {
	fs.FileInfo
	name string
}

// Name returns the name in the folder.
func (n named) Name() string { return n.name }

// moved are the marks of files that are no longer in the folder, or not under their
// names: a new name may be one of them renamed.
func moved(marks map[string]fileMark, files []fs.FileInfo) []fileMark {
	size := map[string]int64{}
	for _, info := range files {
		size[info.Name()] = info.Size()
	}
	var out []fileMark
	for name, m := range marks {
		if n, ok := size[name]; !ok || n < m.Covered {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b fileMark) int { return cmp.Compare(b.Covered, a.Covered) })
	return out
}
