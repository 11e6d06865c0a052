package crawlers

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// File reads files that somebody drops into a folder: JSON lines in our own field
// names, or CSV with a header line; plain or gz, UTF-8 or GB18030. A file is read
// once; one that grows is read from where it was. It is never changed or removed.
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

// fileCursor says of each file how many records of it were read, and what it was
// like then.
type fileCursor struct {
	Files map[string]fileMark `json:"files,omitempty"`
}

type fileMark struct {
	Size    int64 `json:"size"`
	Time    int64 `json:"time"`
	Records int   `json:"records"`
	Done    bool  `json:"done"`
}

// Check implements Kind.
func (f *File) Check() error {
	errs := []error{checkZone(f.Zone)}
	if f.Dir == "" {
		errs = append(errs, errors.New("dir: missing; write the folder that files are dropped into"))
	}
	if _, err := filepath.Match(f.Pattern, "x"); err != nil || f.Pattern == "" {
		errs = append(errs, fmt.Errorf("pattern: %q is not a pattern; write one such as *.csv", f.Pattern))
	}
	if f.Limit < 1 {
		errs = append(errs, fmt.Errorf("limit: %d; write a number above 0", f.Limit))
	}
	for key := range f.Columns {
		if !slices.Contains(fileColumns, key) {
			errs = append(errs, fmt.Errorf("columns: unknown key %q; the keys are %s", key, strings.Join(fileColumns, ", ")))
		}
	}
	return errors.Join(errs...)
}

// Crawl reads what is new in the folder, oldest file first. Records that cannot be
// read are left out and named in the harvest's Detail; a folder in which no record
// can be read is malformed.
func (f *File) Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error) {
	c := loadCursor[fileCursor](cursor)
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return Harvest{}, &Error{Class: crisis.ClassUnavailable, Err: fmt.Errorf("read the folder: %w", err)}
	}
	next := fileCursor{Files: map[string]fileMark{}}
	var posts []crisis.Post
	var bad []string
	for _, e := range entries {
		if ok, err := filepath.Match(f.Pattern, e.Name()); e.IsDir() || !ok || err != nil || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // removed while we looked
		}
		mark := c.Files[e.Name()]
		same := mark.Size == info.Size() && mark.Time == info.ModTime().UnixNano()
		if ctx.Err() != nil || len(posts) >= f.Limit || (mark.Done && same) {
			next.Files[e.Name()] = mark
			continue
		}
		if info.Size() < mark.Size {
			mark = fileMark{} // another file under the same name
		}
		got, m, problems := f.read(filepath.Join(f.Dir, e.Name()), mark, f.Limit-len(posts), web.opt.Now())
		m.Size, m.Time = info.Size(), info.ModTime().UnixNano()
		next.Files[e.Name()] = m
		posts = append(posts, got...)
		for _, p := range problems {
			bad = append(bad, e.Name()+":"+p)
		}
	}
	if len(posts) == 0 && len(bad) > 0 {
		return Harvest{}, malformed("no record can be read: %s", strings.Join(bad[:min(len(bad), 5)], "; "))
	}
	h := harvested(posts, next)
	h.Detail = strings.Join(bad[:min(len(bad), 20)], "; ")
	return h, nil
}

// read reads up to limit records of a file behind those that mark has seen.
func (f *File) read(path string, mark fileMark, limit int, now time.Time) (posts []crisis.Post, m fileMark, bad []string) {
	body, err := unpack(path)
	if err != nil {
		return nil, mark, []string{err.Error()}
	}
	body = toUTF8(body, "")
	records := f.lines
	if looksCSV(path, body) {
		records = f.rows
	}
	seen := 0
	records(body, now, func(line int, p crisis.Post, err error) bool {
		seen++
		if seen <= mark.Records {
			return true
		}
		if err != nil {
			bad = append(bad, fmt.Sprintf("%d: %v", line, err))
		} else {
			posts = append(posts, p)
		}
		return len(posts) < limit
	})
	return posts, fileMark{Records: max(seen, mark.Records), Done: len(posts) < limit}, bad
}

// unpacked is the largest file that is read, after decompression.
const unpacked = 512 << 20

func unpack(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, errors.New("cannot be opened")
	}
	defer file.Close()
	r := bufio.NewReader(file)
	var in io.Reader = r
	if magic, err := r.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		in = z
	}
	body, err := io.ReadAll(io.LimitReader(in, unpacked+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if len(body) > unpacked {
		return nil, fmt.Errorf("larger than %d bytes; split it", unpacked)
	}
	return body, nil
}

func looksCSV(path string, body []byte) bool {
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	if strings.HasSuffix(name, ".csv") {
		return true
	}
	return !strings.HasSuffix(name, ".jsonl") && !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{"))
}

func (f *File) lines(body []byte, now time.Time, yield func(int, crisis.Post, error) bool) {
	for i, line := range bytes.Split(body, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		p, err := parseRecord(line, zoneOf(f.Zone), now)
		if p.Kind == "" {
			p.Kind = f.Kind
		}
		if !yield(i+1, p, err) {
			return
		}
	}
}

func (f *File) rows(body []byte, now time.Time, yield func(int, crisis.Post, error) bool) {
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		yield(1, crisis.Post{}, fmt.Errorf("no header line: %w", err))
		return
	}
	index := map[string]int{}
	for key := range slices.Values(fileColumns) {
		index[key] = column(header, f.Columns[key], key)
	}
	if index["text"] < 0 && index["title"] < 0 {
		yield(1, crisis.Post{}, fmt.Errorf("no column for the text; the columns are %s: write columns: {text: …}", strings.Join(header, ", ")))
		return
	}
	for {
		row, err := r.Read()
		line, _ := r.FieldPos(0)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			if !yield(line, crisis.Post{}, err) {
				return
			}
			if _, ok := errors.AsType[*csv.ParseError](err); !ok {
				return
			}
			continue
		case len(row) < len(header):
			err = fmt.Errorf("%d columns instead of %d", len(row), len(header))
		}
		p, e := f.row(row, index, now)
		if err == nil {
			err = e
		}
		if !yield(line, p, err) {
			return
		}
	}
}

// column finds the column of a key: the configured name, else one of the usual ones.
func column(header []string, name, key string) int {
	names := map[string][]string{
		"id": {"id", "工单编号", "编号"}, "title": {"title", "标题", "诉求标题"}, "text": {"text", "内容", "正文", "市民诉求"}, "url": {"url", "链接"},
		"author": {"author_hash", "author"}, "published": {"published", "时间", "发布时间", "受理时间"}, "place": {"place", "区县", "地区"}, "topic": {"topic"},
	}[key]
	if name != "" {
		names = []string{name}
	}
	for _, n := range names {
		if i := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), n) }); i >= 0 {
			return i
		}
	}
	return -1
}

func (f *File) row(row []string, index map[string]int, now time.Time) (crisis.Post, error) {
	get := func(key string) string {
		if i := index[key]; i >= 0 && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	p := crisis.Post{
		ID: get("id"), Kind: f.Kind, URL: address("", get("url")), Title: Plain(get("title")), Text: Plain(get("text")),
		Author: get("author"), Place: get("place"), Precision: crisis.PrecisionNone,
	}
	if topic := get("topic"); topic != "" {
		p.Topics = []string{topic}
	}
	if t, precision, ok := ParseTime(get("published"), zoneOf(f.Zone), now); ok {
		p.Published, p.Precision = t, precision
	}
	if p.Title == "" && p.Text == "" {
		return p, errors.New("text is missing")
	}
	if p.ID == "" {
		p.ID = madeID(p.Title, p.Text, get("published"))
	}
	return p, nil
}
