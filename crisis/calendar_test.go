package crisis

import (
	"testing"
	"time"
)

// national is the holiday of October 2026 as an organisation would write it.
func national(t *testing.T) *Calendar {
	t.Helper()
	c := &Calendar{
		Zone: "Asia/Shanghai",
		Off:  []string{"2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"},
		On:   []string{"2026-09-27", "2026-10-10"},
	}
	if err := c.open(); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWorkdays counts working days across week ends, holidays and days worked instead.
func TestWorkdays(t *testing.T) {
	berlin := &Calendar{Zone: "Europe/Berlin"}
	if err := berlin.open(); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name string
		c    *Calendar
		from string
		n    int
		want string // the last moment belongs to the day before
	}{
		{"from Monday", national(t), "2026-03-02T09:00:00+08:00", 3, "2026-03-06T00:00:00+08:00"},
		{"over a week end", national(t), "2026-03-05T23:59:59+08:00", 3, "2026-03-11T00:00:00+08:00"},
		{"from Saturday", national(t), "2026-03-07T09:00:00+08:00", 1, "2026-03-10T00:00:00+08:00"},
		{"the day is that of the zone", national(t), "2026-03-02T17:00:00Z", 1, "2026-03-05T00:00:00+08:00"},
		{"over the holiday, with a Saturday worked", national(t), "2026-09-30T10:00:00+08:00", 3, "2026-10-11T00:00:00+08:00"},
		{"over a change of clocks", berlin, "2026-03-27T12:00:00+01:00", 1, "2026-03-31T00:00:00+02:00"},
		{"no calendar: week ends, UTC", &Calendar{}, "2026-03-06T12:00:00Z", 1, "2026-03-10T00:00:00Z"},
	} {
		from, err1 := time.Parse(time.RFC3339, x.from)
		want, err2 := time.Parse(time.RFC3339, x.want)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if got := x.c.After(from, x.n); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", x.name, got.In(want.Location()), want)
		}
	}
}

// TestWorkdayRedLine holds that a red line counts in the working days of its plan.
func TestWorkdayRedLine(t *testing.T) {
	p := Plan{ID: "site", Version: "1", Calendar: national(t), Steps: []Step{{ID: "reply", RedLines: []RedLine{
		{ID: "3wd", Workdays: 3, From: FromNoticed}, {ID: "event", Limit: time.Hour, From: FromHappened}, {ID: "open", Limit: time.Hour, From: FromRestored},
	}}}}
	in := opened(t, NewEvent(EventPlanned, at(0), Machine, p), NewEvent(EventNoticed, at(1), "王", Anchored{At: at(-24 * 60)}), NewEvent(EventHappened, at(1), "王", Anchored{At: at(-600)}))
	s := in.Step("site", "reply")
	for i, want := range []string{"2026-03-05T00:00:00+08:00", "2026-03-02T00:00:00Z"} {
		at, err := time.Parse(time.RFC3339, want)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := in.RedDue(s, &s.RedLines[i]); !ok || !got.Equal(at) {
			t.Errorf("red line %s is due %s %v, want %s", s.RedLines[i].ID, got, ok, want)
		}
	}
	if got, ok := in.RedDue(s, &s.RedLines[2]); ok {
		t.Errorf("a red line from the service restored is due %s before that", got)
	}
	bad := NewEvent(EventPlanned, at(2), Machine, Plan{ID: "x", Calendar: &Calendar{Zone: "Mars/Base"}})
	if err := in.Apply(bad.Seal("7", nil, at(2))); err == nil {
		t.Error("a calendar in no zone is taken")
	}
}
