package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon"
)

// writeSeries writes four days of counts with a burst on the last.
func writeSeries(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	at := time.Date(2026, 3, 2, 0, 0, 7, 0, time.UTC)
	for i := range 4 * 288 {
		n := 10 + i%3
		if i >= 1000 && i < 1012 {
			n = 200
		}
		fmt.Fprintf(&b, "%s,%d\n", at.Format(time.DateTime), n)
		at = at.Add(5 * time.Minute)
	}
	file := filepath.Join(t.TempDir(), "counts.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestBacktestSeries(t *testing.T) {
	file := writeSeries(t)
	for _, preset := range []string{"noisy", "default"} {
		c := backtestCmd{Series: file, Preset: preset, JSON: true, Days: 28}
		var out bytes.Buffer
		if err := c.series(&out); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 4*288 {
			t.Fatalf("%s: %d lines of %d rows", preset, len(lines), 4*288)
		}
		if want := `{"timestamp":"2026-03-02 00:00:07","value":10,"score":0,"alert":false}`; lines[0] != want {
			t.Errorf("%s: first line %s, want %s", preset, lines[0], want)
		}
		alerts, first := 0, ""
		for _, line := range lines {
			var row struct {
				Timestamp string
				Score     float64
				Alert     bool
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatal(err)
			}
			if row.Alert {
				alerts++
				if first == "" {
					first = row.Timestamp
				}
			}
		}
		if alerts == 0 || !strings.HasPrefix(first, "2026-03-05 11:") {
			t.Errorf("%s: %d alerts, the first at %q; want it within the hour from 11:20", preset, alerts, first)
		}
		c.JSON = false
		out.Reset()
		if err := c.series(&out); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("1152 rows, %d alerts under the %s preset\n", alerts, preset); !strings.HasSuffix(out.String(), want) || !strings.Contains(out.String(), first+"  alert") {
			t.Errorf("%s: for people it says\n%s\nwant %q at the end", preset, out.String(), want)
		}
	}
	c := backtestCmd{Series: filepath.Join(t.TempDir(), "none.csv"), Preset: "noisy"}
	if err := c.series(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "open the series: ") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestBacktestUsage(t *testing.T) {
	for name, c := range map[string]backtestCmd{
		"a series and posts":  {Series: "a.csv", Files: []string{"b.jsonl"}, Days: 28},
		"a series and a rule": {Series: "a.csv", Detector: "surge", Days: 28},
		"a change of no rule": {Set: []string{"alert=3"}, Days: 28},
		"no days":             {},
	} {
		if err := c.check(); err == nil {
			t.Errorf("%s is no mistake", name)
		}
	}
	good := backtestCmd{Detector: "surge", Set: []string{"alert=3"}, Days: 1}
	if err := good.check(); err != nil {
		t.Error(err)
	}
}

func TestBacktestReport(t *testing.T) {
	at := time.Date(2026, 3, 16, 1, 20, 0, 0, time.UTC)
	recall := 0.5
	r := &daemon.Backtested{
		From: at.Add(-48 * time.Hour), To: at.Add(time.Hour), Topics: []string{"water"}, TopicWeeks: 0.3, Weekly: 3.4,
		Rules: map[string]string{"surge": "alert=2.5"}, Alerts: 1, Notices: 1, Found: 1, Recall: &recall,
		Firings: []daemon.Firing{
			{Kind: "notice", Signal: crisis.Signal{Detector: "mood", Topic: "water", At: at.Add(-time.Hour), Window: 90 * time.Minute, Observed: 0.5, Expected: 0.25, Odds: 3}},
			{Kind: "opened", Incident: "20260316-01", Signal: crisis.Signal{
				Detector: "surge", Topic: "water", Level: crisis.LevelIV, At: at, Window: 3 * time.Hour, Observed: 42, Expected: 3.14, Odds: 5.2,
				Evidence: []crisis.Evidence{{Source: "forum", Quote: "自来水有异味", Published: at.Add(-time.Minute)}},
			}},
		},
		Incidents: []daemon.Confirmed{
			{ID: "20260316-01", Title: "自来水", Opened: at.Add(5 * time.Minute), Found: at},
			{ID: "20260315-01", Title: "停水", Opened: at.Add(-24 * time.Hour)},
		},
	}
	var out bytes.Buffer
	report(&out, r, time.FixedZone("CST", 8*3600))
	want := `2026-03-16 08:20  notice  water  mood      0.50 in 1h30m, usually 0.25; score 3.00
2026-03-16 09:20  opened  water  surge  IV  42 in 3h, usually 3.14; score 5.20  incident 20260316-01
    03-16 09:19  forum  自来水有异味

rule       surge: alert=2.5
past       2026-03-14 09:20 to 2026-03-16 10:20, 1 topics, 0.3 topic-weeks
alerts     1, 3.40 per topic-week; notices 1
incidents  1 of 2 that people confirmed
    20260316-01  自来水  opened 2026-03-16 09:25  -5 min
    20260315-01  停水  opened 2026-03-15 09:20  missed
`
	if out.String() != want {
		t.Errorf("the report says\n%s\nwant\n%s", out.String(), want)
	}
	r.Recall, r.Incidents = nil, nil
	out.Reset()
	report(&out, r, time.UTC)
	if !strings.Contains(out.String(), "nothing can be said of recall") {
		t.Errorf("without confirmed incidents it says\n%s", out.String())
	}
}
