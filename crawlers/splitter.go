package crawlers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// splitter cuts a text into records: lines, and in CSV lines whose quotes are
// closed. It may be used on bytes of any encoding the files come in, because in all
// of them newline, quote and comma are no part of another character.
type splitter struct {
	csv     bool
	comma   byte
	settled bool // an unfinished last record will not be finished
	header  bool // the next record is the header

	offset  int64  // behind the last record
	line    int    // lines before offset
	at      int    // first line of the last record
	broken  string // why the last record is none
	pending bool   // an unfinished record is left

	skipping bool // inside a record that is too long
}

func (s *splitter) scanner(text io.Reader) *bufio.Scanner {
	in := bufio.NewScanner(text)
	in.Buffer(make([]byte, 0, 64<<10), longestRecord+1)
	in.Split(s.split)
	return in
}

// split implements bufio.SplitFunc.
func (s *splitter) split(data []byte, atEOF bool) (int, []byte, error) {
	if len(data) == 0 && (!s.skipping || !atEOF) {
		return 0, nil, nil
	}
	newline := bytes.IndexByte(data, '\n') + 1
	if s.skipping {
		if newline == 0 && !atEOF {
			s.offset += int64(len(data))
			return len(data), nil, nil
		}
		s.skipping = false
		return s.take(data, max(newline, 0), fmt.Sprintf("longer than %d bytes", longestRecord))
	}
	end := s.end(data)
	switch {
	case end > 0:
		return s.take(data, end, "")
	case len(data) < longestRecord && !atEOF:
		return 0, nil, nil
	case s.csv && newline > 0 && (len(data) >= longestRecord || s.settled):
		return s.take(data, newline, "a quote is not closed") // and read on behind its first line
	case len(data) >= longestRecord:
		s.skipping = true
		s.offset += int64(len(data))
		return len(data), nil, nil
	case s.settled || (!s.csv && json.Valid(data)):
		return s.take(data, len(data), "")
	}
	s.pending = true
	return 0, nil, bufio.ErrFinalToken
}

// take takes the first n bytes as a record, all of them if n is 0.
func (s *splitter) take(data []byte, n int, broken string) (int, []byte, error) {
	if n == 0 {
		n = len(data)
	}
	s.broken, s.at = broken, s.line+1
	s.line += max(1, bytes.Count(data[:n], []byte("\n")))
	s.offset += int64(n)
	return n, data[:n], nil
}

// end is the place behind the first record, 0 if it does not end in data.
func (s *splitter) end(data []byte) int {
	if !s.csv {
		return bytes.IndexByte(data, '\n') + 1
	}
	quoted, opens := false, true // opens: a quote here opens a field, or one just closed again
	for i, c := range data {
		switch {
		case quoted:
			quoted = c != '"'
			opens = !quoted
		case c == '"' && opens:
			quoted = true
		case c == '\n':
			return i + 1
		default:
			opens = c == s.comma || c == ',' && s.comma == 0
		}
	}
	return 0
}
