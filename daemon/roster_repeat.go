package daemon

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// recurrence is a rule of the kinds DAILY and WEEKLY.
type recurrence struct {
	weekly   bool
	interval int
	days     []time.Weekday // empty: every day, or the weekday of the start
	until    time.Time      // the last start; zero: for ever
	count    int
}

var icalDays = map[string]time.Weekday{
	"MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday, "TH": time.Thursday, "FR": time.Friday, "SA": time.Saturday, "SU": time.Sunday,
}

// recurrence reads a rule.
func (p *property) recurrence(zone *time.Location) (*recurrence, error) {
	r := &recurrence{interval: 1}
	freq := ""
	for part := range strings.SplitSeq(p.value, ";") {
		key, value, _ := strings.Cut(part, "=")
		var err error
		switch strings.ToUpper(key) {
		case "FREQ":
			freq = strings.ToUpper(value)
		case "INTERVAL":
			r.interval, err = strconv.Atoi(value)
		case "COUNT":
			r.count, err = strconv.Atoi(value)
			if r.count < 1 || r.count > mostRepeats {
				err = p.errorf("COUNT")
			}
		case "UNTIL":
			u := property{p.line, p.name, nil, value}
			var date bool
			if r.until, date, err = u.time(zone); date {
				r.until = r.until.AddDate(0, 0, 1).Add(-time.Second)
			}
		case "BYDAY":
			for d := range strings.SplitSeq(value, ",") {
				day, ok := icalDays[strings.ToUpper(d)]
				if !ok {
					return nil, p.errorf("BYDAY %q cannot be read; want days such as MO,TU", d)
				}
				r.days = append(r.days, day)
			}
		case "WKST":
			if !strings.EqualFold(value, "MO") && r.interval > 1 {
				return nil, p.errorf("weeks that begin on %s cannot be read; let them begin on MO", value)
			}
		case "":
		default:
			return nil, p.errorf("%s cannot be read; a duty roster repeats with FREQ, INTERVAL, BYDAY, UNTIL and COUNT", key)
		}
		if err != nil || r.interval < 1 || r.interval > 1000 {
			return nil, p.errorf("%q cannot be read", shortened(part))
		}
	}
	r.weekly = freq == "WEEKLY"
	if !r.weekly && freq != "DAILY" {
		return nil, p.errorf("FREQ %q cannot be read; a duty roster repeats DAILY or WEEKLY", freq)
	}
	return r, nil
}

// complete checks an event that has ended and turns a count into an end.
func (e *duty) complete() error {
	if e.start.IsZero() {
		return fmt.Errorf("%d: the event has no DTSTART", e.line)
	}
	if e.length == 0 && e.dateOnly {
		e.days, e.length = 1, 24*time.Hour
	}
	switch {
	case e.cancels:
	case len(e.people) == 0:
		return fmt.Errorf("%d: the event has no SUMMARY; write who is on duty", e.line)
	case e.length <= 0 || e.length > mostDutyDays*24*time.Hour:
		return fmt.Errorf("%d: the event lasts %s; a turn of duty ends after it begins and has at most %d days", e.line, e.length, mostDutyDays)
	}
	if e.rule == nil || e.rule.count == 0 {
		return nil
	}
	for day, n := 0, 0; n < e.rule.count; day++ {
		if day > mostRepeats*7 {
			return fmt.Errorf("%d: RRULE: the repetition never comes to its COUNT", e.line)
		}
		if at := onDay(e.start, day); e.recurs(at) {
			n++
			if n == e.rule.count {
				e.rule.until = at
			}
		}
	}
	return nil
}

// onDay is the start so many days later, at the same time of day.
func onDay(start time.Time, days int) time.Time { return start.AddDate(0, 0, days) }

func daysBetween(a, b time.Time) int {
	date := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(date(b).Sub(date(a)) / (24 * time.Hour))
}

// recurs says whether the rule has an occurrence that starts at a time, which is on the
// time of day of the event.
func (e *duty) recurs(at time.Time) bool {
	r, n := e.rule, daysBetween(e.start, at)
	switch {
	case n < 0 || r == nil && n > 0:
		return false
	case r == nil:
		return true
	case !r.until.IsZero() && at.After(r.until):
		return false
	case !r.weekly:
		return n%r.interval == 0 && (len(r.days) == 0 || slices.Contains(r.days, at.Weekday()))
	case len(r.days) == 0:
		return n%(7*r.interval) == 0
	}
	monday := (int(e.start.Weekday()) + 6) % 7 // days since the Monday of the first week
	return slices.Contains(r.days, at.Weekday()) && (n+monday)/7%r.interval == 0
}

// covers says whether an occurrence of the event is on at t.
func (e *duty) covers(t time.Time) bool {
	t = t.In(e.start.Location())
	n := daysBetween(e.start, t)
	for day := n - int(e.length/(24*time.Hour)) - 1; day <= n; day++ {
		at := onDay(e.start, day)
		end := at.Add(e.length)
		if e.days > 0 {
			end = onDay(at, e.days)
		}
		if !t.Before(at) && t.Before(end) && e.recurs(at) && !slices.ContainsFunc(e.without, at.Equal) {
			return true
		}
	}
	return false
}

// replaced takes the occurrences out that other events stand for, and what is cancelled.
func replaced(all []duty) []duty {
	for i := range all {
		x := &all[i]
		if x.instead.IsZero() {
			continue
		}
		for k := range all {
			if m := &all[k]; m.uid == x.uid && m.instead.IsZero() {
				m.without = append(m.without, x.instead)
			}
		}
	}
	return slices.DeleteFunc(all, func(e duty) bool { return e.cancels })
}
