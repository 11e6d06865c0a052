package score

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"watchfire/detectors"
)

func TestBadSeries(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "s.csv: empty"},
		{"no header", "2015-02-26 21:42:53,104\n", `s.csv:1: want a first line timestamp,value, found "2015-02-26 21:42:53,104"`},
		{"other header", "time,count\n", "s.csv:1: want a first line timestamp,value"},
		{"three fields", "timestamp,value\n2015-02-26 21:42:53,104,1\n", "s.csv:2: want two fields, found 3"},
		{"no time", "timestamp,value\nyesterday,104\n", `s.csv:2: timestamp "yesterday"`},
		{"backwards", "timestamp,value\n2015-02-26 21:42:53,1\n2015-02-26 21:37:53,1\n", "s.csv:3: timestamp 2015-02-26 21:37:53 is not later"},
		{"twice", "timestamp,value\n2015-02-26 21:42:53,1\n2015-02-26 21:42:53,1\n", "s.csv:3: timestamp 2015-02-26 21:42:53 is not later"},
		{"negative", "timestamp,value\n2015-02-26 21:42:53,-1\n", "s.csv:2: value -1 is negative"},
		{"not a number", "timestamp,value\n2015-02-26 21:42:53,NaN\n", `s.csv:2: value "NaN" is not a number`},
		{"word", "timestamp,value\n\n2015-02-26 21:42:53,many\n", `s.csv:3: value "many" is not a number`},
		{"no value", "timestamp,value\n2015-02-26 21:42:53,\n", `s.csv:2: value "" is not a number`},
		{"infinite", "timestamp,value\n2015-02-26 21:42:53,Inf\n", "s.csv:2: value Inf is too great"},
		{"too great", "timestamp,value\n2015-02-26 21:42:53,1e999\n", "s.csv:2: value 1e999 is too great"},
		{"quote", "timestamp,value\n\"2015,1\n", "s.csv: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadRows("s.csv", strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestGoodSeries(t *testing.T) {
	text := "\ufefftimestamp,value\r\n2015-02-26 21:42:53,104\r\n2015-02-26T21:47:53Z,1.5\n2015-02-27T05:52:53+08:00,0\n"
	rows, err := ReadRows("s.csv", strings.NewReader(text))
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[0].Stamp != "2015-02-26 21:42:53" || rows[1].Value != 1.5 || rows[2].At.Sub(rows[1].At) != 5*time.Minute {
		t.Errorf("rows %+v", rows)
	}
}

// FuzzRows holds that whatever is read is judged with a finite score.
func FuzzRows(f *testing.F) {
	f.Add("timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:47:53,1e9\n")
	f.Add("timestamp,value\n0001-01-01 00:00:00,1\n9999-12-31 23:59:59,4294967296\n")
	f.Fuzz(func(t *testing.T, text string) {
		for preset, judge := range detectors.Presets {
			_ = JudgeRows("s.csv", strings.NewReader(text), judge(), func(j Judged) error {
				if math.IsNaN(j.Score) || math.IsInf(j.Score, 0) || j.Score < 0 || j.Alert && j.Score == 0 {
					t.Errorf("%s: %+v", preset, j)
				}
				return nil
			})
		}
	})
}

// week writes a week of five-minute counts around a level that depends on the
// hour; change may replace a count or leave a row out with -1.
func week(change func(i int, at time.Time, v float64) float64) string {
	var b bytes.Buffer
	b.WriteString("timestamp,value\n")
	at := time.Date(2026, 3, 2, 0, 0, 53, 0, time.UTC)
	for i := range 7 * 24 * 12 {
		v := math.Round(20 + 15*math.Sin(2*math.Pi*float64(at.Hour())/24) + float64(i*7919%7))
		if v = change(i, at, v); v >= 0 {
			fmt.Fprintf(&b, "%s,%v\n", at.Format(time.DateTime), v)
		}
		at = at.Add(5 * time.Minute)
	}
	return b.String()
}

func alertsOf(t *testing.T, preset, text string) []string {
	t.Helper()
	var out []string
	err := JudgeRows("s.csv", strings.NewReader(text), detectors.Presets[preset](), func(j Judged) error {
		if j.Alert {
			out = append(out, j.Timestamp)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestJudgeBurst(t *testing.T) {
	burst := week(func(i int, _ time.Time, v float64) float64 {
		if i >= 1500 && i < 1530 {
			return 6 * v
		}
		return v
	})
	for preset := range detectors.Presets {
		got := alertsOf(t, preset, burst)
		if len(got) == 0 || got[0] < "2026-03-07 05:00:53" || got[0] > "2026-03-07 05:15:53" {
			t.Fatalf("%s: alerts %v, want the first within minutes of 2026-03-07 05:00:53", preset, got)
		}
		// It opens again only where it dwarfs itself, and never once it is over.
		if len(got) > 3 || got[len(got)-1] > "2026-03-07 07:30:53" {
			t.Errorf("%s: alerts %v, want at most three and none after the burst", preset, got)
		}
	}
}

func TestJudgeCalmAndGaps(t *testing.T) {
	for name, text := range map[string]string{
		"calm": week(func(_ int, _ time.Time, v float64) float64 { return v }),
		"zero": week(func(int, time.Time, float64) float64 { return 0 }),
		"gap of a day": week(func(i int, _ time.Time, v float64) float64 {
			if i >= 1200 && i < 1488 {
				return -1
			}
			return v
		}),
		"gap of four hours": week(func(i int, _ time.Time, v float64) float64 {
			if i >= 1200 && i < 1248 {
				return -1
			}
			return v
		}),
	} {
		for preset := range detectors.Presets {
			if got := alertsOf(t, preset, text); len(got) > 0 {
				t.Errorf("%s, %s: alerts %v, want none", name, preset, got)
			}
		}
	}
}

// TestJudgeSeesNothingAhead cuts the series anywhere: what came before is judged alike.
func TestJudgeSeesNothingAhead(t *testing.T) {
	text := week(func(i int, _ time.Time, v float64) float64 {
		if i%400 > 380 {
			return v * float64(1+i%5)
		}
		return v
	})
	for preset, judge := range detectors.Presets {
		run := func(text string) []Judged {
			var out []Judged
			if err := JudgeRows("s.csv", strings.NewReader(text), judge(), func(j Judged) error { out = append(out, j); return nil }); err != nil {
				t.Fatal(err)
			}
			return out
		}
		all := run(text)
		lines := strings.SplitAfter(text, "\n")
		for _, n := range []int{1, 2, 73, 400, 1001, 1999} {
			for i, j := range run(strings.Join(lines[:n+1], "")) {
				if j != all[i] {
					t.Fatalf("%s: row %d of the first %d is %+v, of all it is %+v", preset, i, n, j, all[i])
				}
			}
		}
	}
}
