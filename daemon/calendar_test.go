package daemon

import (
	"strings"
	"testing"
	"time"

	"watchfire/detectors"
)

const calendarText = `
topics:
  - {id: school, any: [学校], importance: high}
  - {id: bus, any: [公交], importance: low}
  - {id: water, any: [自来水]}
alerting: {bar: {high: 0.8, low: 1.5}}
calendar:
  - {title: 高考, from: 2026-06-07, to: 2026-06-09, topics: [school], bar: 0.5}
  - {title: 灯会, from: 2026-06-09 18:00, to: 2026-06-09 23:30, bar: 2}
`

func TestBars(t *testing.T) {
	cfg, err := ParseConfig("c.yaml", []byte(calendarText))
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("01-02 15:04", s, cfg.Zoned())
		if err != nil {
			t.Fatal(err)
		}
		return x.AddDate(2026, 0, 0)
	}
	for _, c := range []struct {
		topic, at string
		want      detectors.Bar
	}{
		{"water", "06-09 12:00", detectors.Bar{Factor: 1}},
		{"water", "06-09 18:00", detectors.Bar{Factor: 2, Planned: "灯会"}},
		{"water", "06-09 23:30", detectors.Bar{Factor: 1}},
		{"bus", "06-01 12:00", detectors.Bar{Factor: 1.5}},
		{"bus", "06-09 20:00", detectors.Bar{Factor: 3, Planned: "灯会"}},
		{"school", "06-06 23:59", detectors.Bar{Factor: 0.8}},
		{"school", "06-07 00:00", detectors.Bar{Factor: 0.4, Planned: "高考"}},
		{"school", "06-09 20:00", detectors.Bar{Factor: 0.8, Planned: "高考 / 灯会"}},
		{"school", "06-09 23:59", detectors.Bar{Factor: 0.4, Planned: "高考"}},
		{"school", "06-10 00:00", detectors.Bar{Factor: 0.8}},
		{"brought by a post", "06-09 20:00", detectors.Bar{Factor: 2, Planned: "灯会"}},
	} {
		if got := cfg.bar(c.topic)(at(c.at)); got != c.want {
			t.Errorf("%s at %s: %+v, want %+v", c.topic, c.at, got, c.want)
		}
	}
	if DefaultConfig().bar("water") != nil {
		t.Error("without importance and calendar there is a bar")
	}
}

func TestBadBars(t *testing.T) {
	entry := func(s string) string {
		return "topics: [{id: water, any: [自来水]}]\ncalendar:\n  - {" + s + "}"
	}
	for text, want := range map[string]string{
		"alerting: {budget: -1}":                                                  "how many alerts a week",
		"alerting: {bar: {high: 0}}":                                              "write factors from 0.5 to 5",
		"topics: [{id: water, any: [自来水], importance: urgent}]":                   "write high, normal or low",
		entry("from: 2026-06-07, to: 2026-06-09, bar: 2"):                         "title is missing",
		entry("title: 灯会, from: 2026-06-07, to: 2026-06-09"):                      "write a factor from",
		entry("title: 灯会, from: 2026-06-07, bar: 2"):                              "to: it is missing",
		entry("title: 灯会, from: tomorrow, to: 2026-06-09, bar: 2"):                `"tomorrow" is not a time`,
		entry("title: 灯会, from: 2026-06-09, to: 2026-06-07, bar: 2"):              "is not after",
		entry("title: 灯会, from: 2026-06-07, to: 2026-06-09, bar: 2, topics: [x]"): `no topic "x"; the topics are water`,
		entry("title: 灯会, when: 2026-06-07"):                                      `unknown key "when"`,
	} {
		if _, err := ParseConfig("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}
