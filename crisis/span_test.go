package crisis

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestParseSpan reads spans as plans write them, and writes them so.
func TestParseSpan(t *testing.T) {
	for text, want := range map[string]Span{
		"1h30m": {Time: 90 * time.Minute}, "0m": {}, "3 workdays": {Days: 3}, "1 workday": {Days: 1},
		" 2workdays ": {Days: 2}, "5个工作日": {Days: 5}, "10工作日": {Days: 10}, "2 working days": {Days: 2},
	} {
		got, err := ParseSpan(text)
		if err != nil || got != want {
			t.Errorf("%q is read as %v, %v; want %v", text, got, err, want)
		}
		if again, err := ParseSpan(got.String()); err != nil || again != got {
			t.Errorf("%v is written %q and read as %v, %v", got, got.String(), again, err)
		}
	}
	for text, want := range map[string]string{
		"2 days": "is not a duration", "": "is not a duration", "-1h": "lies in the past", "0 workdays": "write from 1 to 366 workdays",
		"400 workdays": "write from 1 to 366", "99999999999999999999 workdays": "write from 1 to 366", "-2 workdays": "is not a duration", "1.5 workdays": "is not a duration",
	} {
		if got, err := ParseSpan(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is read as %v, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`"2 days"`, `{}`, `"`, `"\u12"`} {
		if err := json.Unmarshal([]byte(text), new(Span)); err == nil {
			t.Errorf("%s is read as a span", text)
		}
	}
}

// TestSpanBounds holds, for any start and any holiday of at most nine days, that a span
// in working days ends between its least and its most, and that what does not outlast
// another never ends later.
func TestSpanBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := &Calendar{}
		off := rapid.IntRange(0, 60).Draw(rt, "holiday")
		for d := range longestBreak {
			c.Off = append(c.Off, morning.AddDate(0, 0, off+d).Format(time.DateOnly))
		}
		from := morning.Add(time.Duration(rapid.IntRange(0, 60*24*60).Draw(rt, "minutes")) * time.Minute)
		span := func(name string) Span {
			if n := rapid.IntRange(0, 12).Draw(rt, name+" days"); n > 0 {
				return Span{Days: n}
			}
			return Span{Time: time.Duration(rapid.IntRange(0, 40*24).Draw(rt, name+" hours")) * time.Hour}
		}
		ends := func(s Span) time.Duration {
			if s.Days > 0 {
				return c.After(from, s.Days).Sub(from)
			}
			return s.Time
		}
		a, b := span("a"), span("b")
		if took := ends(a); took < a.Least() || took > a.Most() {
			rt.Fatalf("%v from %s takes %s, outside %s to %s", a, from, took, a.Least(), a.Most())
		}
		if !a.Outlasts(b) && ends(a) > ends(b) {
			rt.Fatalf("%v does not outlast %v but takes %s and %s", a, b, ends(a), ends(b))
		}
	})
}

// office is an incident with steps that count in working days, opened at a time.
func office(t *testing.T, opened string, more ...Event) *Incident {
	t.Helper()
	at := shanghai(t, opened)
	days := ByLevel{LevelNone: {Days: 2}, LevelI: {Time: time.Hour}, LevelII: {Days: 1}}
	p := Plan{ID: "office", Version: "1", Calendar: national(t), Steps: []Step{
		{ID: "reply", Due: days},
		{ID: "again", Due: ByLevel{LevelNone: {Days: 1}}, RepeatEvery: ByLevel{LevelNone: {Days: 1}}, RepeatUntil: "warning_lifted"},
		{ID: "told", From: FromPromise, Due: ByLevel{LevelNone: {Days: 1}}, Template: "update"},
		{ID: "review", From: FromClosed, Due: ByLevel{LevelNone: {Days: 3}}},
	}}
	events := append([]Event{
		NewEvent(EventDetected, at, Machine, Detected{Topic: "tap", Signal: Signal{Detector: "surge", At: at, Odds: 3}}),
		NewEvent(EventLevel, at, Machine, LevelChange{Opinion: LevelIII}),
		NewEvent(EventPlanned, at, Machine, p),
	}, more...)
	in, err := Fold(chain(events...))
	if err != nil {
		t.Fatal(err)
	}
	return &in
}

func shanghai(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestWorkdayTargets holds when targets in working days are due and when people are
// reminded of them: at half and four fifths of the days, in the hours of work.
func TestWorkdayTargets(t *testing.T) {
	halt := func(at string, kind EventKind) Event {
		return NewEvent(kind, shanghai(t, at), "王", Halt{Plan: "office", Step: "reply", Reason: "等上级批复"})
	}
	for _, x := range []struct {
		name, opened string
		more         []Event
		want         [3]string // half, four fifths, due
	}{
		{"within a week", "2026-03-02 10:00", nil, [3]string{"2026-03-04 09:00", "2026-03-04 14:24", "2026-03-05 00:00"}},
		{"over a week end", "2026-03-05 23:59", nil, [3]string{"2026-03-09 09:00", "2026-03-09 14:24", "2026-03-10 00:00"}},
		{"opened on a Saturday", "2026-03-07 08:00", nil, [3]string{"2026-03-10 09:00", "2026-03-10 14:24", "2026-03-11 00:00"}},
		{"over National Day, the Saturday after is worked", "2026-09-30 17:00", nil, [3]string{"2026-10-09 09:00", "2026-10-09 14:24", "2026-10-10 00:00"}},
		{"the Sunday before National Day is worked", "2026-09-26 09:00", nil, [3]string{"2026-09-28 09:00", "2026-09-28 14:24", "2026-09-29 00:00"}},
		{"at level II one day", "2026-03-06 10:00", []Event{NewEvent(EventLevel, shanghai(t, "2026-03-06 11:00"), "李", LevelChange{Opinion: LevelII, Reason: "扩散"})}, [3]string{"2026-03-09 13:30", "2026-03-09 16:12", "2026-03-10 00:00"}},
		{
			"paused within a day: that day counts", "2026-03-02 10:00",
			[]Event{halt("2026-03-03 10:00", EventPaused), halt("2026-03-03 16:00", EventResumed)},
			[3]string{"2026-03-04 09:00", "2026-03-04 14:24", "2026-03-05 00:00"},
		},
		{
			"paused over a night: the day that began does not", "2026-03-02 10:00",
			[]Event{halt("2026-03-03 10:00", EventPaused), halt("2026-03-04 08:00", EventResumed)},
			[3]string{"2026-03-05 09:00", "2026-03-05 14:24", "2026-03-06 00:00"},
		},
		{
			"paused over a week end: nothing changes", "2026-03-05 10:00",
			[]Event{halt("2026-03-06 20:00", EventPaused), halt("2026-03-08 20:00", EventResumed)},
			[3]string{"2026-03-09 09:00", "2026-03-09 14:24", "2026-03-10 00:00"},
		},
	} {
		in := office(t, x.opened, x.more...)
		var got []string
		now := in.Opened
		for range 12 {
			rings, next := in.Rings(now)
			for _, r := range rings {
				if r.Step == "reply" {
					got = append(got, now.In(shanghai(t, x.opened).Location()).Format("2006-01-02 15:04"))
				}
				if err := in.Apply(r.Announcement(now).Seal("7", &Event{Seq: in.Events, Hash: in.Hash}, now)); err != nil {
					t.Fatal(err)
				}
			}
			now = next
		}
		if !slices.Equal(got, x.want[:]) {
			t.Errorf("%s: rings at %q, want %q", x.name, got, x.want)
		}
		if _, ok := in.Due(in.Step("office", "review")); ok {
			t.Errorf("%s: the review is due before the incident is closed", x.name)
		}
	}
	if due, ok := office(t, "2026-03-02 10:00", halt("2026-03-03 10:00", EventPaused)).Due(&StepState{Plan: "office", Step: Step{ID: "reply", Due: ByLevel{LevelNone: {Days: 2}}}}); ok {
		t.Errorf("a paused target is due %s", due)
	}
}

// TestWorkdaysOfOthers holds that working days count from ticks, promises and the
// closing too, and that an incident read back from its store has the same clocks.
func TestWorkdaysOfOthers(t *testing.T) {
	at := func(s string) time.Time { return shanghai(t, s) }
	more := []Event{
		NewEvent(EventStepDone, at("2026-09-30 11:00"), "王", Tick{Plan: "office", Step: "again"}),
		NewEvent(EventPromised, at("2026-09-30 12:00"), Machine, Promise{ID: "p1", Kind: PromiseUpdate, What: "10月1日18时前通报", Due: at("2026-10-01 18:00")}),
	}
	in := office(t, "2026-09-30 10:00", more...)
	closed := office(t, "2026-09-30 10:00", append(more, NewEvent(EventClosed, at("2026-09-30 20:00"), "李", Remark{}))...)
	for _, x := range []struct {
		in         *Incident
		step, want string
	}{
		{in, "again", "2026-10-09 00:00"}, {in, "told", "2026-10-09 00:00"}, {in, "reply", "2026-10-10 00:00"}, {closed, "review", "2026-10-11 00:00"},
	} {
		if due, ok := x.in.Due(x.in.Step("office", x.step)); !ok || !due.Equal(at(x.want)) {
			t.Errorf("%s is due %s %v, want %s", x.step, due, ok, x.want)
		}
	}
	if _, ok := closed.Due(closed.Step("office", "again")); ok {
		t.Error("what repeats is due after the closing")
	}
	b, err := json.Marshal(in.Plans[0])
	if err != nil {
		t.Fatal(err)
	}
	var back Plan
	if err := json.Unmarshal(b, &back); err != nil || fmt.Sprint(back.Steps) != fmt.Sprint(in.Plans[0].Steps) || !back.CountsWorkdays() {
		t.Errorf("the plan %s is read as %+v, %v", b, back, err)
	}
}
