package daemon

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// office is an organisation with people, shifts and absences.
const office = `
zone: Asia/Shanghai
topics: [{id: tap, any: [自来水]}]
channels: [{name: duty, log: {}}, {name: head, log: {}}, {name: boss, log: {}}, {name: all, log: {}}]
people:
  - {name: 王强, seat: A, channels: [duty]}
  - {name: 周洁, seat: A, channels: [duty]}
  - {name: 李敏, seat: B, channels: [head]}
  - {name: 赵主任, seat: C, channels: [boss]}
  - {name: 钱局长, roles: [superior]}
roster:
  shifts:
    - {days: [mon, tue, wed, thu, fri], from: "08:30", to: "18:00", people: [王强, 李敏], substitutes: [周洁]}
    - {days: [mon, tue, wed, thu, fri, sat, sun], from: "18:00", to: "08:30", people: [周洁], substitutes: [王强]}
    - {from: 2026-03-07, to: 2026-03-08, people: [李敏]}
  absent:
    - {person: 王强, from: 2026-03-03, to: 2026-03-03}
    - {person: 周洁, from: 2026-03-04 20:00, to: 2026-03-05 02:00}
`

func directoryFor(t *testing.T, text string) *directory {
	t.Helper()
	cfg, err := ParseConfig("office.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	lib, err := playbooks.Load(playbooks.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDirectory(cfg, lib.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func inShanghai(t *testing.T, s string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// TestOnDuty holds who is on duty, over midnight, week ends and absences.
func TestOnDuty(t *testing.T) {
	d := directoryFor(t, office)
	for _, x := range []struct {
		at      string
		recused string
		want    []string // a substitute as name/for
	}{
		{"2026-03-02 08:29", "", []string{"周洁"}},       // Monday, the night shift of Sunday
		{"2026-03-02 08:30", "", []string{"王强", "李敏"}}, // day shift
		{"2026-03-02 17:59", "", []string{"王强", "李敏"}},
		{"2026-03-02 18:00", "", []string{"周洁"}},
		{"2026-03-03 00:00", "", []string{"周洁"}},          // over midnight
		{"2026-03-03 10:00", "", []string{"周洁/王强", "李敏"}}, // absent the whole day
		{"2026-03-04 21:00", "", []string{"王强/周洁"}},
		{"2026-03-05 02:00", "", []string{"周洁"}},            // back
		{"2026-03-02 10:00", "李敏", []string{"王强", "周洁/李敏"}}, // recused
		{"2026-03-07 10:00", "", []string{"李敏"}},            // Saturday: the shift of the week end only
		{"2026-03-07 19:00", "", []string{"周洁", "李敏"}},
		{"2026-03-08 23:59", "", []string{"周洁", "李敏"}}, // the last day is meant whole
		{"2026-03-09 00:00", "", []string{"周洁"}},
	} {
		var got []string
		for _, p := range d.onDuty(inShanghai(t, x.at), func(name string) bool { return name == x.recused }) {
			name := p.Name
			if p.For != "" {
				name += "/" + p.For
			}
			got = append(got, name)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: on duty %v, want %v", x.at, got, x.want)
		}
	}
}

// TestHolders holds who has a role: on duty first, then whoever has it, then the
// superior of the recused.
func TestHolders(t *testing.T) {
	d := directoryFor(t, office)
	for _, x := range []struct {
		role, at string
		recused  []string
		want     []string
	}{
		{"duty_officer", "2026-03-02 10:00", nil, []string{"王强"}},
		{"duty_officer", "2026-03-02 20:00", nil, []string{"周洁"}},
		{"office_director", "2026-03-02 10:00", nil, []string{"李敏"}},
		{"office_director", "2026-03-02 20:00", nil, []string{"李敏"}}, // not on duty, called all the same
		{"leader", "2026-03-02 03:00", nil, []string{"赵主任"}},
		{"leader", "2026-03-02 03:00", []string{"赵主任"}, []string{"钱局长"}},
		{"leader", "2026-03-02 03:00", []string{"赵主任", "钱局长"}, nil},
		{"owner_dept", "2026-03-02 03:00", nil, nil},
	} {
		got := d.holders(x.role, inShanghai(t, x.at), func(name string) bool { return slices.Contains(x.recused, name) })
		if !slices.Equal(got, x.want) {
			t.Errorf("%s at %s without %v: %v, want %v", x.role, x.at, x.recused, got, x.want)
		}
	}
	if got := d.vacant(); len(got) != 0 {
		t.Errorf("three seats leave %v vacant", got)
	}
	for channel, want := range map[string]bool{"duty": true, "head": false, "all": true} {
		if got := d.reaches(channel, []string{"周洁"}); got != want {
			t.Errorf("%s reaches 周洁: %v", channel, got)
		}
	}
	none := directoryFor(t, "topics: [{id: tap, any: [自来水]}]\nchannels: [{name: duty, log: {}}]\n")
	if !none.reaches("duty", nil) || none.holders("leader", time.Now(), nobody) != nil || none.vacant() != nil {
		t.Error("an office of three has channels for all, and nobody by name")
	}
}

// TestRoles holds that unknown roles and seats are found, and vacant roles named.
func TestRoles(t *testing.T) {
	words := playbooks.Vocabulary{Roles: []playbooks.Role{{Word: playbooks.Word{ID: "leader"}, SmallOffice: "C"}, {Word: playbooks.Word{ID: "tech"}, SmallOffice: "external"}}}
	cfg := DefaultConfig()
	cfg.Escalation = Escalation{Overdue: []crisis.Rung{{Roles: []string{"boss"}}}}
	cfg.People = []Person{{Name: "甲", Roles: []string{"leeder"}}, {Name: "乙", Seat: "D"}}
	_, err := newDirectory(cfg, &words)
	for _, want := range []string{`there is no role "leeder"`, `did you mean`, `"D" is not a seat`, `escalation: overdue: there is no role "boss"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want … %s", err, want)
		}
	}
	cfg.Escalation, cfg.People = Escalation{}, []Person{{Name: "甲", Roles: []string{"tech"}}}
	d, err := newDirectory(cfg, &words)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.vacant(); len(got) != 1 || got[0].ID != "leader" {
		t.Errorf("vacant %v", got)
	}
}

// calendarOf wraps events into a calendar.
func calendarOf(events ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VTIMEZONE\r\nTZID:(UTC+08:00) 北京，重庆\r\nBEGIN:STANDARD\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n")
	for _, e := range events {
		b.WriteString("BEGIN:VEVENT\r\n" + strings.ReplaceAll(e, "\n", "\r\n") + "\r\nEND:VEVENT\r\n")
	}
	return b.String() + "END:VCALENDAR\r\n"
}

// TestICal holds when the events of a duty calendar are on.
func TestICal(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name   string
		events []string
		on     []string // in Shanghai
		off    []string
	}{
		{
			"once, with a zone",
			[]string{"DTSTART;TZID=Asia/Shanghai:20260302T180000\nDTEND;TZID=Asia/Shanghai:20260303T083000\nSUMMARY:王强"},
			[]string{"2026-03-02 18:00", "2026-03-03 08:29"},
			[]string{"2026-03-02 17:59", "2026-03-03 08:30", "2026-03-04 00:00"},
		},
		{
			"in UTC, folded, with a length",
			[]string{"DTSTART:20260302T100000Z\nDURATION:PT14H30M\nSUMM\n ARY:值班：王强"},
			[]string{"2026-03-02 18:00", "2026-03-03 08:29"},
			[]string{"2026-03-02 17:59", "2026-03-03 08:30"},
		},
		{
			"whole days",
			[]string{"DTSTART;VALUE=DATE:20260307\nDTEND;VALUE=DATE:20260309\nSUMMARY:王强"},
			[]string{"2026-03-07 00:00", "2026-03-08 23:59"},
			[]string{"2026-03-06 23:59", "2026-03-09 00:00"},
		},
		{
			"one whole day",
			[]string{"DTSTART;VALUE=DATE:20260307\nSUMMARY:王强"},
			[]string{"2026-03-07 12:00"},
			[]string{"2026-03-08 00:00"},
		},
		{
			"every second day, three times",
			[]string{"DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=DAILY;INTERVAL=2;COUNT=3\nSUMMARY:王强"},
			[]string{"2026-03-02 08:00", "2026-03-04 15:59", "2026-03-06 08:00"},
			[]string{"2026-03-03 10:00", "2026-03-08 10:00", "2026-02-28 10:00"},
		},
		{
			"on some days of every second week until a day",
			[]string{"DTSTART:20260304T080000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260331\nSUMMARY:王强"},
			[]string{"2026-03-04 10:00", "2026-03-16 10:00", "2026-03-18 10:00", "2026-03-30 10:00"},
			[]string{"2026-03-02 10:00", "2026-03-09 10:00", "2026-03-11 10:00", "2026-04-01 10:00", "2026-04-13 10:00"},
		},
		{
			"every week without one, and one in its place",
			[]string{
				"UID:a\nDTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY\nEXDATE:20260309T080000,20260316T080000\nSUMMARY:王强",
				"UID:a\nRECURRENCE-ID:20260323T080000\nDTSTART:20260324T080000\nDURATION:PT8H\nSUMMARY:王强",
				"UID:a\nRECURRENCE-ID:20260330T080000\nDTSTART:20260330T080000\nSTATUS:CANCELLED",
			},
			[]string{"2026-03-02 10:00", "2026-03-24 10:00", "2026-04-06 10:00"},
			[]string{"2026-03-09 10:00", "2026-03-16 10:00", "2026-03-23 10:00", "2026-03-30 10:00"},
		},
		{
			"across a change of clocks: the time of day stays",
			[]string{"DTSTART;TZID=\"Europe/Berlin\":20260327T200000\nDURATION:PT12H\nRRULE:FREQ=DAILY\nSUMMARY:王强"},
			[]string{"2026-03-28 03:00", "2026-03-30 02:00"},
			[]string{"2026-03-28 02:59", "2026-03-30 01:59"},
		},
		{
			"in any order of lines, an end on the clock of its zone",
			[]string{"SUMMARY:王强\nRRULE:UNTIL=20260303T200000;FREQ=DAILY\nDTEND:20260302T223000Z\nDTSTART;TZID=Europe/Berlin:20260302T200000"},
			[]string{"2026-03-03 03:00", "2026-03-03 06:29", "2026-03-04 03:00"},
			[]string{"2026-03-03 06:30", "2026-03-05 03:30"},
		},
		{
			"the first Monday, and the last weekday of a month",
			[]string{
				"DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=MONTHLY;BYDAY=1MO\nSUMMARY:王强",
				"DTSTART:20260331T200000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1\nSUMMARY:王强",
			},
			[]string{"2026-03-02 10:00", "2026-04-06 10:00", "2026-05-04 10:00", "2026-03-31 20:00", "2026-04-30 20:30", "2026-05-29 20:30"},
			[]string{"2026-03-09 10:00", "2026-04-13 10:00", "2026-04-29 20:30", "2026-05-31 20:30"},
		},
		{
			"days of a month, from its end too, every second month, and a day that short months lack",
			[]string{
				"DTSTART:20260115T080000\nDURATION:PT8H\nRRULE:FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=15,-1\nSUMMARY:王强",
				"DTSTART:20260131T200000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;COUNT=3\nSUMMARY:王强",
			},
			[]string{"2026-01-15 10:00", "2026-01-31 10:00", "2026-03-15 10:00", "2026-03-31 10:00", "2026-03-31 20:00", "2026-05-31 20:00"},
			[]string{"2026-02-15 10:00", "2026-02-28 10:00", "2026-02-28 20:00", "2026-03-01 20:00", "2026-03-03 20:00", "2026-07-31 20:30"},
		},
		{
			"every year on a day, and on the last Sunday of a month",
			[]string{
				"DTSTART;VALUE=DATE:20241001\nDTEND;VALUE=DATE:20241008\nRRULE:FREQ=YEARLY\nSUMMARY:王强",
				"DTSTART;VALUE=DATE:20250330\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nSUMMARY:王强",
			},
			[]string{"2026-10-01 00:00", "2026-10-07 23:59", "2026-03-29 12:00"},
			[]string{"2026-10-08 00:00", "2026-09-30 23:59", "2026-03-22 12:00", "2026-03-30 12:00"},
		},
		{
			"weeks that begin on Sunday",
			[]string{"DTSTART:20260303T080000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU\nSUMMARY:王强"},
			[]string{"2026-03-03 10:00", "2026-03-15 10:00", "2026-03-17 10:00"},
			[]string{"2026-03-08 10:00", "2026-03-10 10:00", "2026-03-22 10:00"},
		},
		{
			"weeks that begin on Monday",
			[]string{"DTSTART:20260303T080000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO\nSUMMARY:王强"},
			[]string{"2026-03-03 10:00", "2026-03-08 10:00", "2026-03-17 10:00", "2026-03-22 10:00"},
			[]string{"2026-03-10 10:00", "2026-03-15 10:00"},
		},
		{
			"dates beside the rule, one with an end of its own, one taken out",
			[]string{"UID:a\nDTSTART;TZID=China Standard Time:20260302T180000\nDURATION:P1DT2H\nRDATE;TZID=China Standard Time:20260310T180000,20260312T180000\nRDATE;VALUE=PERIOD:20260320T100000Z/PT2H,20260321T100000Z/20260321T110000Z\nEXDATE;VALUE=DATE:20260312\nSUMMARY:王强"},
			[]string{"2026-03-03 19:59", "2026-03-10 18:00", "2026-03-11 19:59", "2026-03-20 19:59", "2026-03-21 18:30"},
			[]string{"2026-03-03 20:00", "2026-03-12 18:30", "2026-03-20 20:00", "2026-03-21 19:00", "2026-03-06 18:00"},
		},
		{
			"zones behind a path, and of the calendar's own",
			[]string{
				"DTSTART;TZID=/freeassociation.sourceforge.net/Asia/Shanghai:20260302T080000\nDURATION:PT1H\nSUMMARY:王强",
				"DTSTART;TZID=\"(UTC+08:00) 北京，重庆\":20260303T080000\nDURATION:PT1H\nSUMMARY:王强",
				"DTSTART;TZID=W. Europe Standard Time:20260704T080000\nDURATION:PT1H\nSUMMARY:王强",
			},
			[]string{"2026-03-02 08:30", "2026-03-03 08:30", "2026-07-04 14:30"},
			[]string{"2026-03-02 09:00", "2026-03-03 16:30", "2026-07-04 15:30"},
		},
		{
			"the last of several forms, and a form in place of a day",
			[]string{
				"UID:a\nSEQUENCE:0\nDTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=DAILY\nSUMMARY:王强",
				"UID:a\nSEQUENCE:2\nDTSTART:20260302T100000\nDURATION:PT8H\nRRULE:FREQ=DAILY\nSUMMARY:王强",
				"UID:a\nSEQUENCE:2\nRECURRENCE-ID;VALUE=DATE:20260304\nDTSTART:20260304T200000\nDURATION:PT1H\nSUMMARY:王强",
			},
			[]string{"2026-03-02 10:00", "2026-03-03 17:59", "2026-03-04 20:00"},
			[]string{"2026-03-02 09:59", "2026-03-04 12:00"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			duties, err := parseICal([]byte(calendarOf(x.events...)), zone)
			if err != nil {
				t.Fatal(err)
			}
			on := func(at string) bool {
				return slices.ContainsFunc(duties, func(e duty) bool {
					return e.covers(inShanghai(t, at)) && reflect.DeepEqual(e.people, []string{"王强"})
				})
			}
			for _, at := range x.on {
				if !on(at) {
					t.Errorf("off at %s", at)
				}
			}
			for _, at := range x.off {
				if on(at) {
					t.Errorf("on at %s", at)
				}
			}
		})
	}
}

// TestBadICal holds that what cannot be read is named with its line.
func TestBadICal(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "1: the calendar is cut off",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\n": "2: the calendar is cut off",
		"BEGIN:VCALENDAR\nEND:VEVENT\n":   `2: END: VEVENT ends, but "VCALENDAR" is open`,
		"SUMMARY:王\n":                     "1: SUMMARY: a calendar begins with",
		"BEGIN:VCALENDAR\nnonsense\n":     `2: "nonsense" is no line of a calendar`,
		"BEGIN:VCALENDAR\xff":             "1: not UTF-8",
		calendarOf("SUMMARY:王"):           "the event has no DTSTART",
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H"):                                                                      "no SUMMARY",
		calendarOf("DTSTART:2026\nSUMMARY:王"):                                                                                     `DTSTART: "2026" is not a time`,
		calendarOf("DTSTART;TZID=Mars/Base:20260302T080000\nSUMMARY:王"):                                                           `TZID "Mars/Base" is not a time zone`,
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=HOURLY\nSUMMARY:王"):                                        `FREQ "HOURLY" cannot be read; a duty roster repeats DAILY`,
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=WEEKLY;BYDAY=1MO\nSUMMARY:王"):                              `BYDAY with a number cannot be read with FREQ=WEEKLY`,
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=DAILY;COUNT=0\nSUMMARY:王"):                                 `"COUNT=0" cannot be read`,
		calendarOf("DTSTART:20260302T080000\nDURATION:P90D\nSUMMARY:王"):                                                           "at most 62 days",
		calendarOf("DTSTART:20260302T080000\nDTEND:20260302T070000\nSUMMARY:王"):                                                   "ends after it begins",
		calendarOf("DTSTART:20260302T080000\nDURATION:8h\nSUMMARY:王"):                                                             `"8h" is not a length`,
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nEXRULE:FREQ=DAILY\nSUMMARY:王"):                                        "EXRULE: this cannot be read; name the days without duty with EXDATE",
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRDATE;VALUE=PERIOD:20260303T080000/20260303T070000\nSUMMARY:王"):       "a turn of duty ends after it begins",
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=MONTHLY;BYMONTHDAY=32\nSUMMARY:王"):                         "write numbers from 1 to 31",
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=MONTHLY;BYDAY=9MO\nSUMMARY:王"):                             `BYDAY "9MO" cannot be read; want days`,
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=DAILY;BYHOUR=8,20\nSUMMARY:王"):                             "BYHOUR cannot be read; a duty roster repeats with",
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY\nSUMMARY:王"):                      "a second rule cannot be read",
		calendarOf("UID:a\nDTSTART:20260302T080000\nDURATION:PT8H\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260302T080000\nSUMMARY:王"): "end the series before it with UNTIL",
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nATTENDEE:mailto:a@a.example"):                                         "no SUMMARY",
		calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2\nSUMMARY:王"):        "never comes to its COUNT; write UNTIL",
		"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:本地\nBEGIN:STANDARD\nTZOFFSETTO:+0100\nEND:STANDARD\nBEGIN:DAYLIGHT\nTZOFFSETTO:+0200\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=本地:20260302T080000\nEND:VEVENT\nEND:VCALENDAR": "12: DTSTART: TZID \"本地\" is a time zone of the calendar's own whose clocks change",
		"BEGIN:VCALENDAR\nEND:VCALENDAR\n": "the calendar has no event (VEVENT); export",
		"<!DOCTYPE html>\n":                "is no line of a calendar",
	} {
		if _, err := parseICal([]byte(text), time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want … %s", text, err, want)
		}
	}
}

// TestICalFile holds that a file beside the configuration is read, and that strangers
// in it are found.
func TestICalFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("watchfire.yaml", "topics: [{id: tap, any: [自来水]}]\npeople: [{name: 王强, seat: A}]\nroster: {ical: duty.ics}\n")
	write("duty.ics", calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nSUMMARY:值班: 王强"))
	cfg, err := LoadConfig(filepath.Join(dir, "watchfire.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := DutyAt(cfg, inShanghai(t, "2026-03-02 09:00"))
	if err != nil || len(r.On) != 1 || r.On[0].Name != "王强" {
		t.Errorf("on duty %+v, %v", r.On, err)
	}
	write("duty.ics", calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\nSUMMARY:王强、李敏"))
	if _, err := LoadConfig(filepath.Join(dir, "watchfire.yaml")); err == nil || !strings.Contains(err.Error(), `duty.ics:19: SUMMARY: "李敏" is not among the people`) {
		t.Errorf("error %v", err)
	}
}

// TestStaff holds whom an event names.
func TestStaff(t *testing.T) {
	known := []string{"王强", "李敏", "Anna Li"}
	for event, want := range map[string]string{
		"SUMMARY:值班：王强、李敏":     "王强,李敏",
		`SUMMARY:王强\, Anna Li`: "王强,Anna Li",
		"SUMMARY:王强（带班）/李敏":    "王强,李敏",
		"SUMMARY:王强 李敏":        "王强,李敏",
		"SUMMARY:夜班\nATTENDEE;CN=王强;ROLE=REQ-PARTICIPANT:mailto:a@a.example\nATTENDEE;CN=\"李敏\":mailto:b@a.example":                              "王强,李敏",
		"ATTENDEE;CN=王强:mailto:a@a.example\nATTENDEE;CN=李敏;PARTSTAT=DECLINED:mailto:b@a.example\nATTENDEE;CN=会议室;CUTYPE=ROOM:mailto:c@a.example": "王强",
		"SUMMARY:王强、张三": `SUMMARY: "张三" is not among the people`,
		"SUMMARY:夜班":    `SUMMARY: "夜班" is not among the people`,
		"SUMMARY:夜班\nATTENDEE;CN=张三:mailto:a@a.example": `ATTENDEE: "张三" is not among the people`,
		"SUMMARY:值班 王强":                                 `SUMMARY: "值班 王强" is not among the people`,
	} {
		duties, err := parseICal([]byte(calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\n"+event)), time.UTC)
		if err != nil || len(duties) != 1 {
			t.Errorf("%s: %v", event, err)
			continue
		}
		got := ""
		if err := duties[0].staff(known); err != nil {
			got = err.Error()
		} else {
			got = strings.Join(duties[0].people, ",")
		}
		if got != want && !strings.Contains(got, want+"; ") {
			t.Errorf("%s names %s, want %s", event, got, want)
		}
	}
}

// TestICalFolds holds that a letter may be folded in its middle, and that all faults are
// told at once.
func TestICalFolds(t *testing.T) {
	name := "SUMMARY:值班：王强"
	text := "\ufeff" + strings.Replace(calendarOf("DTSTART:20260302T080000\nDURATION:PT8H\n"+name), name, name[:len(name)-2]+"\r\n "+name[len(name)-2:], 1)
	if duties, err := parseICal([]byte(text), time.UTC); err != nil || len(duties) != 1 || !slices.Equal(duties[0].people, []string{"王强"}) {
		t.Errorf("%+v, %v", duties, err)
	}
	_, err := parseICal([]byte(calendarOf("DTSTART:2026\nSUMMARY:甲", "DTSTART:20260302T080000\nDURATION:PT8H\nSUMMARY:乙", "DTSTART:20260302T080000\nDURATION:8h\nRRULE:FREQ=SECONDLY\nSUMMARY:丙")), time.UTC)
	for _, want := range []string{"17: DTSTART: ", "27: DURATION: ", "28: RRULE: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want … %s", err, want)
		}
	}
}

// FuzzICal looks for calendars that hang or panic.
func FuzzICal(f *testing.F) {
	f.Add(calendarOf("UID:a\nDTSTART;TZID=Asia/Shanghai:20260302T180000\nDTEND;TZID=Asia/Shanghai:20260303T083000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;INTERVAL=2;COUNT=9\nEXDATE:20260309T180000\nSUMMARY:王强"))
	f.Add(calendarOf("DTSTART;VALUE=DATE:20260307\nDURATION:P2D\nRRULE:FREQ=DAILY;UNTIL=20270101T000000Z\nSUMMARY:值班：王强\\,李敏"))
	f.Add("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:00010101T000000\nDURATION:PT1S\nRRULE:FREQ=WEEKLY;COUNT=10000;INTERVAL=1000;BYDAY=SU\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR")
	f.Fuzz(func(t *testing.T, text string) {
		duties, err := parseICal([]byte(text), time.UTC)
		if err != nil {
			return
		}
		for i := range duties {
			e := &duties[i]
			if !e.cancels && !e.excepts(e.start) && (e.rule == nil || e.recurs(e.start)) && !e.covers(e.start) {
				t.Errorf("off at its own start %s", e.start)
			}
			e.covers(e.start.AddDate(3, 0, 0))
		}
	})
}

// TestStaffed holds what a check says of people, and that no telephone number is shown.
func TestStaffed(t *testing.T) {
	text := "topics: [{id: tap, any: [自来水]}]\npeople:\n  - {name: 王强, seat: A, phone: \"13800000000\"}\n  - {name: 李敏, seat: B}\n"
	cfg, err := ParseConfig("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var people Finding
	for _, f := range Examine(t.Context(), cfg, false) {
		if f.What == "people" {
			people = f
		}
	}
	if !people.OK || !people.Warn || !strings.Contains(people.Detail, "终审签发 (approver)") || strings.Contains(people.Detail, "值班员") {
		t.Errorf("the check says %+v", people)
	}
	r, err := DutyAt(cfg, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	shown, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if all := string(shown) + fmt.Sprintf("%+v", cfg.People); strings.Contains(all, "13800000000") || cfg.Phone("王强") != "13800000000" {
		t.Errorf("the telephone number is shown, or lost: %s", all)
	}
	cfg.People[0].Roles = []string{"chef"}
	for _, f := range Examine(t.Context(), cfg, false) {
		if f.What == "people" && (f.OK || !strings.Contains(f.Detail, `there is no role "chef"`)) {
			t.Errorf("an unknown role: %+v", f)
		}
	}
}
