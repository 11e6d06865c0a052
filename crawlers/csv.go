package crawlers

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// table reads the rows of one CSV file.
type table struct {
	file   *File
	comma  rune
	width  int
	column map[string]int // by key of File.Columns, -1 for none
}

// newTable reads the header line of a CSV file.
func (f *File) newTable(header string) (*table, error) {
	t := &table{file: f, comma: separator(header), column: map[string]int{}}
	names, err := t.fields(header)
	if err != nil {
		return nil, fmt.Errorf("no header line: %w", err)
	}
	t.width = len(names)
	for key := range slices.Values(fileColumns) {
		t.column[key] = column(names, f.Columns[key], key)
		if want := f.Columns[key]; want != "" && t.column[key] < 0 {
			return nil, fmt.Errorf("no column %q for the %s; the columns are %s", want, key, cut(strings.Join(names, ", "), 300))
		}
	}
	if t.column["text"] < 0 && t.column["title"] < 0 {
		return nil, fmt.Errorf("no column for the text; the columns are %s: write columns: {text: …}", cut(strings.Join(names, ", "), 300))
	}
	return t, nil
}

// separator is what a header line uses most between its columns.
func separator(header string) rune {
	best := ','
	for _, r := range "\t;" {
		if strings.Count(header, string(r)) > strings.Count(header, string(best)) {
			best = r
		}
	}
	return best
}

// fields cuts one record; a record without any gives io.EOF.
func (t *table) fields(record string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(record))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = t.comma, -1, true
	return r.Read()
}

// post makes a post of one record, nil of an empty line.
func (t *table) post(record string, now time.Time) (*crisis.Post, error) {
	row, err := t.fields(record)
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	case len(row) < t.width:
		return nil, fmt.Errorf("%d columns instead of %d", len(row), t.width)
	}
	p, err := t.file.row(row, t.column, now)
	return &p, err
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
