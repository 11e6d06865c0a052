package score

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"watchfire/detectors"
)

// Row is one bucket of a count series: the time as it was written, the time it
// means, and how many were counted.
type Row struct {
	Stamp string
	At    time.Time
	Value float64
}

// stamps are the ways in which times of a series are written; without a zone they
// are UTC.
var stamps = [...]string{time.DateTime, time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04"}

func parseStamp(s string) (time.Time, error) {
	for _, layout := range stamps {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("timestamp %q: want 2006-01-02 15:04:05 or RFC 3339", s)
}

// EachRow calls f for the rows of a series with the header timestamp,value, one
// by one as they are read. A row that is not later than the one before it, or
// whose value is negative or no number, is an error that names file and line.
func EachRow(name string, in io.Reader, f func(Row) error) error {
	r := csv.NewReader(bufio.NewReaderSize(in, 1<<16))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: empty; want a first line timestamp,value", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(head) != 2 || strings.TrimSpace(strings.TrimPrefix(head[0], "\ufeff")) != "timestamp" || strings.TrimSpace(head[1]) != "value" {
		return fmt.Errorf("%s:1: want a first line timestamp,value, found %q", name, strings.Join(head, ","))
	}
	var last time.Time
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil { // names the line itself
			return fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		row, err := parseRow(fields, last)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
		last = row.At
		if err := f(row); err != nil {
			return err
		}
	}
}

// mostCount bounds a count so that sums of counts stay exact.
const mostCount = 1 << 32

func parseRow(fields []string, last time.Time) (Row, error) {
	if len(fields) != 2 {
		return Row{}, fmt.Errorf("want two fields, found %d", len(fields))
	}
	at, err := parseStamp(strings.TrimSpace(fields[0]))
	if err != nil {
		return Row{}, err
	}
	if !last.IsZero() && !at.After(last) {
		return Row{}, fmt.Errorf("timestamp %s is not later than the one before it; sort the series", fields[0])
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(fields[1]), 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange), math.IsNaN(v):
		return Row{}, fmt.Errorf("value %q is not a number", fields[1])
	case v < 0:
		return Row{}, fmt.Errorf("value %s is negative; a count is not", fields[1])
	case v > mostCount:
		return Row{}, fmt.Errorf("value %s is too great for a count", fields[1])
	}
	return Row{Stamp: strings.TrimSpace(fields[0]), At: at, Value: v}, nil
}

// ReadRows reads a whole series.
func ReadRows(name string, in io.Reader) ([]Row, error) {
	var rows []Row
	err := EachRow(name, in, func(r Row) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

// Judged is a row with what a judge made of it, as `watchfire backtest` prints it.
type Judged struct {
	Timestamp string  `json:"timestamp"`
	Value     float64 `json:"value"`
	Score     float64 `json:"score"`
	Alert     bool    `json:"alert"`
}

// JudgeRows reads a series row by row, judges each before it reads the next, and
// tells f.
func JudgeRows(name string, in io.Reader, j detectors.Judge, f func(Judged) error) error {
	return EachRow(name, in, func(r Row) error { return f(judged(r, j)) })
}

func judged(r Row, j detectors.Judge) Judged {
	v := j.Judge(r.At, r.Value)
	return Judged{Timestamp: r.Stamp, Value: r.Value, Score: v.Score, Alert: v.Alert}
}
