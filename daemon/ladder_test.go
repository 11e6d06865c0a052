package daemon

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestMorning holds when quiet hours end, over midnight and over a change of clocks.
func TestMorning(t *testing.T) {
	for _, x := range []struct {
		zone, from, to string
		at, want       string // want "": not in quiet hours
	}{
		{"Asia/Shanghai", "22:00", "07:00", "2026-03-02T21:59:00+08:00", ""},
		{"Asia/Shanghai", "22:00", "07:00", "2026-03-02T22:00:00+08:00", "2026-03-03T07:00:00+08:00"},
		{"Asia/Shanghai", "22:00", "07:00", "2026-03-03T00:00:00+08:00", "2026-03-03T07:00:00+08:00"},
		{"Asia/Shanghai", "22:00", "07:00", "2026-03-03T07:00:00+08:00", ""},
		{"Asia/Shanghai", "12:00", "14:00", "2026-03-03T13:00:00+08:00", "2026-03-03T14:00:00+08:00"},
		{"Asia/Shanghai", "", "", "2026-03-03T03:00:00+08:00", ""},
		{"Europe/Berlin", "22:00", "07:00", "2026-03-29T01:00:00+01:00", "2026-03-29T07:00:00+02:00"},
		{"Europe/Berlin", "22:00", "07:00", "2026-10-25T02:30:00+01:00", "2026-10-25T07:00:00+01:00"},
	} {
		zone, err := time.LoadLocation(x.zone)
		if err != nil {
			t.Fatal(err)
		}
		e := Escalation{Quiet: QuietHours{From: x.from, To: x.to}}
		if errs := e.check(); len(errs) > 0 {
			t.Fatal(errs)
		}
		at, err := time.Parse(time.RFC3339, x.at)
		if err != nil {
			t.Fatal(err)
		}
		var want time.Time
		if x.want != "" {
			if want, err = time.Parse(time.RFC3339, x.want); err != nil {
				t.Fatal(err)
			}
		}
		if got := e.morning(at, zone); !got.Equal(want) {
			t.Errorf("at %s until %s, want %q", x.at, got, x.want)
		}
		for level, waits := range map[crisis.Level]bool{crisis.LevelI: false, crisis.LevelII: false, crisis.LevelIII: x.want != "", crisis.LevelIV: x.want != ""} {
			if got := e.hushes(&crisis.Incident{EventLevel: level}, at, zone); got != waits {
				t.Errorf("at %s level %s waits: %v", x.at, level, got)
			}
		}
	}
}

// TestWorkdaysOf holds that a plan gets the calendar of the organisation only where it
// counts working days.
func TestWorkdaysOf(t *testing.T) {
	cfg, err := ParseConfig("c.yaml", []byte("holidays: {off: [2026-10-01..2026-10-03, 2026-10-05], on: [2026-10-10]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := &Daemon{cfg: cfg}
	p := d.dated(crisis.Plan{Steps: []crisis.Step{{RedLines: []crisis.RedLine{{Workdays: 3}}}}})
	if p.Calendar == nil || p.Calendar.Zone != "Asia/Shanghai" || len(p.Calendar.Off) != 4 || len(p.Calendar.On) != 1 {
		t.Errorf("calendar %+v", p.Calendar)
	}
	for _, s := range []crisis.Step{
		{Due: crisis.ByLevel{crisis.LevelIII: {Days: 1}}}, {RepeatEvery: crisis.ByLevel{crisis.LevelNone: {Days: 2}}},
	} {
		if p := d.dated(crisis.Plan{Steps: []crisis.Step{{}, s}}); p.Calendar == nil {
			t.Errorf("a plan with the step %+v has no calendar", s)
		}
	}
	if p := d.dated(crisis.Plan{Steps: []crisis.Step{{RedLines: []crisis.RedLine{{Limit: time.Hour}}}}}); p.Calendar != nil {
		t.Errorf("a plan in hours has the calendar %+v", p.Calendar)
	}
}

// TestAudience holds who must hear which alert, and that one for nobody goes to
// everybody but the recused.
func TestAudience(t *testing.T) {
	people := directoryFor(t, strings.ReplaceAll(office, ", {name: all, log: {}}", ""))
	d := &Daemon{cfg: people.cfg, people: people}
	at := inShanghai(t, "2026-03-02 10:00")
	call := &crisis.Escalation{Why: crisis.WhyUnacknowledged}
	for _, x := range []struct {
		name string
		in   crisis.Incident
		a    crisis.Alert
		want []string
	}{
		{"opened at IV: the duty officer", crisis.Incident{OpinionLevel: crisis.LevelIV}, crisis.Alert{Kind: crisis.AlertOpened}, []string{"王强"}},
		{"opened at II: those who decide too", crisis.Incident{OpinionLevel: crisis.LevelII}, crisis.Alert{Kind: crisis.AlertOpened}, []string{"王强", "李敏", "赵主任"}},
		{"raised: who has it, and who was called", crisis.Incident{OpinionLevel: crisis.LevelIV, Holder: "周洁", Called: []string{"李敏"}}, crisis.Alert{Kind: crisis.AlertRaised}, []string{"王强", "李敏", "周洁"}},
		{"reminded: who is to do it", crisis.Incident{OpinionLevel: crisis.LevelII}, crisis.Alert{Kind: crisis.AlertReminder, Soon: []crisis.Clock{{For: []string{"周洁"}}}}, []string{"周洁"}},
		{"reminded of what is done outside: who has the incident", crisis.Incident{OpinionLevel: crisis.LevelII, Holder: "李敏"}, crisis.Alert{Kind: crisis.AlertReminder, Soon: []crisis.Clock{{}}}, []string{"李敏"}},
		{"called: who was called so far", crisis.Incident{Called: []string{"李敏"}}, crisis.Alert{Kind: crisis.AlertEscalated, Escalation: call}, []string{"李敏"}},
		{
			"nobody is left to be called: everybody but the recused",
			crisis.Incident{Recused: map[string]string{"李敏": "涉事"}},
			crisis.Alert{Kind: crisis.AlertEscalated, Escalation: call},
			[]string{"王强", "周洁", "赵主任", "钱局长"},
		},
	} {
		x.a.At = at
		if got := d.audience(&x.in, &x.a); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

// TestEscalationConfig holds that ladders that are written replace ours, and that none
// can be had.
func TestEscalationConfig(t *testing.T) {
	for text, want := range map[string]string{
		"": "[10m0s: office_director 20m0s: leader (III)]",
		"escalation: {unacknowledged: [{after: 5m, roles: [leader, office_director]}]}": "[5m0s: leader and office_director]",
		"escalation: {unacknowledged: []}":                                              "[]",
	} {
		cfg, err := ParseConfig("c.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(cfg.Escalation.Unacknowledged); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
