package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon"
)

func TestProposal(t *testing.T) {
	at := time.Date(2026, 3, 16, 1, 20, 0, 0, time.UTC)
	fires := func(topic string, after time.Duration, score float64) daemon.Firing {
		return daemon.Firing{Kind: "opened", Signal: crisis.Signal{Detector: "surge", Topic: topic, At: at.Add(after), Odds: score}}
	}
	noise := fires("bus", 30*time.Hour, 2.7)
	noise.Incident, noise.Verdict = "20260317-01", crisis.VerdictNoise
	lost := daemon.Confirmed{ID: "20260317-01", Title: "公交", Found: at}
	r := &daemon.Tuned{
		From: at.Add(-7 * 24 * time.Hour), To: at.Add(7 * 24 * time.Hour), Weeks: 2, Budget: 1, Factor: 1.2,
		Present:  &daemon.Backtested{Firings: []daemon.Firing{fires("water", 0, 5), noise, {Kind: "notice"}}},
		Proposed: &daemon.Backtested{Firings: []daemon.Firing{fires("water", 20*time.Minute, 6)}},
		Changes:  []daemon.Change{{Rule: "surge", Key: "alert", Present: 2.65, Proposed: 3.18}},
		Lost:     []daemon.Confirmed{lost},
		Records:  []crisis.Record{{Rule: "surge", Real: 8, Noise: 1, Known: 1}},
	}
	var out bytes.Buffer
	proposal(&out, r, time.FixedZone("CST", 8*3600))
	want := `past      2026-03-09 09:20 to 2026-03-23 09:20, 2.0 weeks
budget    1 incidents a week
present   2 incidents, 1.00 a week; 0 of 0 that people took as real
proposed  1 incidents, 0.50 a week; 0 of 0 that people took as real, thresholds × 1.20
verdicts  surge: 8 of 10 real, 80% (95% interval 49% to 94%); 1 noise, 1 known
calendar  judged as known: 1; what is planned again belongs into the calendar of the configuration
LOST      20260317-01  公交, which people took as real, would not be noticed any more

Incidents of the past (present, proposed):
  2026-03-16 09:20  yes  yes  water  surge, score 5.00
  2026-03-17 15:20  yes  -    bus  surge, score 2.70  20260317-01  noise
  by topic: bus 1, water 1

Nothing has been changed. To take the proposal, write into the configuration:

detectors:
  surge:
    alert: 3.18

# surge.alert was 2.65
`
	if out.String() != want {
		t.Errorf("the proposal says\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	r.Short, r.Proposed, r.Changes, r.Lost, r.Records = "too little history", nil, nil, nil, nil
	proposal(&out, r, time.UTC)
	if s := out.String(); !strings.HasSuffix(s, "\nNo proposal: too little history.\n") || !strings.Contains(s, "nothing can be said of precision") {
		t.Errorf("with too little history it says\n%s", s)
	}
}

func TestTuneUsage(t *testing.T) {
	for _, c := range []tuneCmd{{Days: 0}, {Days: 7, Budget: -1}} {
		if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "want 1 day or more") {
			t.Errorf("%+v: error %v", c, err)
		}
	}
}
