package crawlers

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"watchfire/crisis"
)

// How much is read of what somebody drops: longer records are no posts, and more
// text unpacked from one file is no export.
const (
	longestRecord = 1 << 20
	unpacked      = 2 << 30
)

// reading is one visit to one file.
type reading struct {
	file    *File
	path    string
	size    int64
	now     time.Time
	limit   int
	settled bool       // nobody is writing to it
	moved   []fileMark // of files that are not where they were

	posts []crisis.Post
	bad   []string // problems, each with its line
	more  bool     // the limit came before the end
}

// read reads the records behind mark and returns where it stopped. The error is
// one of the file as a whole; then the mark is as before.
func (r *reading) read(ctx context.Context, mark fileMark) (fileMark, error) {
	file, err := os.Open(r.path)
	if err != nil {
		return mark, errors.New("cannot be opened")
	}
	defer file.Close()
	start := r.resume(file, mark)
	text, packed, err := r.text(file, start.Offset)
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) && !r.settled { // still being written
			return start, nil
		}
		return mark, fmt.Errorf("unpack: %w", err)
	}
	parse, s, err := r.format(file, start)
	if err != nil || parse == nil { // parse is nil when the header is not there yet
		return start, err
	}
	err = r.scan(ctx, io.LimitReader(text, unpacked-start.Offset), s, parse)
	s.pending = s.pending || errors.Is(err, io.ErrUnexpectedEOF) && !r.settled
	if err != nil && !s.pending {
		r.bad = append(r.bad, fmt.Sprintf("%d: unpack: %v", s.line+1, err))
	}
	r.more = r.more && (packed || s.offset < r.size)
	next := fileMark{Offset: s.offset, Line: s.line, Covered: s.offset, Done: !r.more && !s.pending && err == nil}
	if packed {
		next.Covered = r.size
	}
	if next.Print, err = fingerprint(file, next.Covered); err != nil {
		return mark, err
	}
	return next, nil
}

// resume finds where to read on: where mark says if this is still that file, where
// the mark of a file that has gone says if this is that one under another name, or
// the beginning.
func (r *reading) resume(file io.ReaderAt, mark fileMark) fileMark {
	for _, m := range append([]fileMark{mark}, r.moved...) {
		if m.Covered == 0 || m.Covered > r.size {
			continue
		}
		if p, err := fingerprint(file, m.Covered); err == nil && p == m.Print {
			m.Done = false
			return m
		}
	}
	return fileMark{}
}

// fingerprint is a hash of the beginning and the end of the first covered bytes.
func fingerprint(file io.ReaderAt, covered int64) (string, error) {
	const part = 512
	h := sha256.New()
	for _, at := range []int64{0, max(0, covered-part)} {
		if _, err := io.Copy(h, io.NewSectionReader(file, at, min(part, covered))); err != nil {
			return "", fmt.Errorf("read: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), nil
}

// text opens the text of a file at an offset, unpacked and not UTF-16. Of a packed
// file all before the offset is read again. What is written to the file meanwhile
// is for the next visit.
func (r *reading) text(file io.ReaderAt, offset int64) (text io.Reader, packed bool, err error) {
	raw := io.NewSectionReader(file, 0, r.size)
	magic := make([]byte, 2)
	if _, err := raw.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	switch string(magic) {
	case "\x1f\x8b":
		z, err := gzip.NewReader(bufio.NewReader(raw))
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, true, err
		}
		text = z
	case "\xff\xfe", "\xfe\xff":
		text = transform.NewReader(raw, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	default:
		return io.NewSectionReader(file, offset, max(0, r.size-offset)), false, nil
	}
	_, err = io.CopyN(io.Discard, text, offset)
	return text, true, err
}

// parser makes a post of one record, nil of one that says nothing.
type parser func(record string) (*crisis.Post, error)

// format finds out what the records of a file are and how to cut them.
func (r *reading) format(file *os.File, start fileMark) (parser, *splitter, error) {
	text, _, err := r.text(file, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("unpack: %w", err)
	}
	top, err := bufio.NewReaderSize(text, 4096).Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, fmt.Errorf("read: %w", err)
	}
	s := &splitter{offset: start.Offset, line: start.Line, settled: r.settled}
	if trimmed := bytes.TrimSpace(bytes.TrimPrefix(top, []byte("\ufeff"))); !isCSV(r.path, trimmed) {
		if bytes.HasPrefix(trimmed, []byte("[")) {
			return nil, nil, errors.New("is one JSON array; write one object a line")
		}
		return r.line, s, nil
	}
	s.csv = true
	header := &splitter{csv: true, settled: r.settled}
	if text, _, err = r.text(file, 0); err != nil {
		return nil, nil, err
	}
	in := header.scanner(text)
	if !in.Scan() {
		return nil, nil, nil
	}
	t, err := r.file.newTable(decodeRecord(in.Bytes()))
	if err != nil {
		return nil, nil, err
	}
	s.comma, s.header = byte(t.comma), start.Offset == 0
	return func(record string) (*crisis.Post, error) { return t.post(record, r.now) }, s, nil
}

// isCSV says whether a file is CSV and not JSON lines, by its name or else by how
// it begins.
func isCSV(path string, top []byte) bool {
	switch filepath.Ext(strings.TrimSuffix(strings.ToLower(path), ".gz")) {
	case ".csv", ".tsv":
		return true
	case ".jsonl", ".ndjson", ".json":
		return false
	}
	return !bytes.HasPrefix(top, []byte("{")) && !bytes.HasPrefix(top, []byte("["))
}

// line parses a record of JSON lines.
func (r *reading) line(record string) (*crisis.Post, error) {
	if record = strings.TrimSpace(record); record == "" {
		return nil, nil
	}
	p, err := parseRecord([]byte(record), zoneOf(r.file.Zone), r.now)
	if p.Kind == "" {
		p.Kind = r.file.Kind
	}
	return &p, err
}

// scan reads records up to the limit.
func (r *reading) scan(ctx context.Context, text io.Reader, s *splitter, parse parser) error {
	in := s.scanner(text)
	for in.Scan() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.header {
			s.header = false
			continue
		}
		var p *crisis.Post
		var err error
		if s.broken != "" {
			err = errors.New(s.broken)
		} else {
			p, err = parse(decodeRecord(in.Bytes()))
		}
		switch {
		case err != nil:
			r.bad = append(r.bad, fmt.Sprintf("%d: %v", s.at, err))
		case p != nil:
			r.posts = append(r.posts, *p)
		}
		if len(r.posts)+len(r.bad) >= r.limit {
			r.more = true
			return nil
		}
	}
	if s.offset >= unpacked {
		r.bad = append(r.bad, fmt.Sprintf("%d: more than %d bytes; split the file", s.line, int64(unpacked)))
	}
	return in.Err()
}

// decodeRecord brings one record to UTF-8: a file may hold records of several
// programs, and its first ones prove nothing about the rest.
func decodeRecord(b []byte) string {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if utf8.Valid(b) {
		return string(b)
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(text)
}
