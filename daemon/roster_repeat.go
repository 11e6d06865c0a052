package daemon

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// recurrence is a rule of the kinds DAILY, WEEKLY, MONTHLY and YEARLY.
type recurrence struct {
	freq      string
	interval  int
	days      []ruleDay // empty: every day, or that of the start
	monthDays []int     // of the month; below zero from its end
	months    []int
	picks     []int        // BYSETPOS: which of the days of a month
	week      time.Weekday // on which weeks begin
	until     time.Time    // the last start; zero: for ever
	count     int
}

// ruleDay is a weekday; of a month the first, or with -1 the last; 0 is all.
type ruleDay struct {
	day time.Weekday
	nth int
}

var icalDays = map[string]time.Weekday{
	"MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday, "TH": time.Thursday, "FR": time.Friday, "SA": time.Saturday, "SU": time.Sunday,
}

// recurrence reads a rule.
func (p *property) recurrence(c *clock) (*recurrence, error) {
	r := &recurrence{interval: 1, week: time.Monday}
	for part := range strings.SplitSeq(p.value, ";") {
		key, value, _ := strings.Cut(part, "=")
		if err := r.take(p, c, strings.ToUpper(strings.TrimSpace(key)), strings.TrimSpace(value)); err != nil {
			return nil, err
		}
	}
	monthly := r.freq == "MONTHLY" || r.freq == "YEARLY"
	switch {
	case !slices.Contains([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}, r.freq):
		return nil, p.errorf("FREQ %q cannot be read; a duty roster repeats DAILY, WEEKLY, MONTHLY or YEARLY", r.freq)
	case !monthly && slices.ContainsFunc(r.days, func(d ruleDay) bool { return d.nth != 0 }):
		return nil, p.errorf("BYDAY with a number cannot be read with FREQ=%s; want days such as MO,TU, or FREQ=MONTHLY", r.freq)
	case len(r.picks) > 0 && r.freq != "MONTHLY":
		return nil, p.errorf("BYSETPOS cannot be read with FREQ=%s; name the days themselves, or use FREQ=MONTHLY", r.freq)
	case r.freq == "YEARLY" && len(r.months) == 0 && len(r.days) > 0:
		return nil, p.errorf("BYDAY of a whole year cannot be read; add BYMONTH, or write the shifts as events of their own")
	}
	return r, nil
}

// take reads one part of a rule.
func (r *recurrence) take(p *property, c *clock, key, value string) (err error) {
	switch key {
	case "":
	case "FREQ":
		r.freq = strings.ToUpper(value)
	case "INTERVAL":
		r.interval, err = ruleNumber(p, key, value, 1, 1000)
	case "COUNT":
		r.count, err = ruleNumber(p, key, value, 1, mostRepeats)
	case "UNTIL":
		var date bool
		if r.until, date, err = c.time(&property{p.line, p.name, nil, ""}, value); date {
			r.until = r.until.AddDate(0, 0, 1).Add(-time.Second)
		}
	case "BYDAY":
		return r.weekdays(p, value)
	case "BYMONTHDAY":
		r.monthDays, err = ruleNumbers(p, key, value, 31)
	case "BYMONTH":
		r.months, err = ruleNumbers(p, key, value, 12)
	case "BYSETPOS":
		r.picks, err = ruleNumbers(p, key, value, 31)
	case "WKST":
		day, ok := icalDays[strings.ToUpper(value)]
		if !ok {
			return p.errorf("WKST %q is no day; want one such as MO or SU", shortened(value))
		}
		r.week = day
	default:
		if !strings.HasPrefix(key, "X-") {
			return p.errorf("%s cannot be read; a duty roster repeats with FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, UNTIL and COUNT: write the other shifts as events of their own", shortened(key))
		}
	}
	return err
}

// weekdays reads MO, or 1MO and -1FR of a month.
func (r *recurrence) weekdays(p *property, value string) error {
	for d := range strings.SplitSeq(value, ",") {
		d = strings.ToUpper(strings.TrimSpace(d))
		at := max(len(d)-2, 0)
		day, ok := icalDays[d[at:]]
		nth := 0
		if ok && at > 0 {
			n, err := strconv.Atoi(d[:at])
			nth, ok = n, err == nil && n != 0 && n >= -5 && n <= 5
		}
		if !ok {
			return p.errorf("BYDAY %q cannot be read; want days such as MO,TU, or 1MO and -1FR of a month", shortened(d))
		}
		r.days = append(r.days, ruleDay{day, nth})
	}
	return nil
}

// ruleNumber reads a number within bounds.
func ruleNumber(p *property, key, value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return least, p.errorf("%q cannot be read; write a number from %d to %d", shortened(key+"="+value), least, most)
	}
	return n, nil
}

// ruleNumbers reads numbers that count from the beginning, or below zero from the end.
func ruleNumbers(p *property, key, value string, most int) ([]int, error) {
	var out []int
	for v := range strings.SplitSeq(value, ",") {
		n, err := ruleNumber(p, key, strings.TrimSpace(v), -most, most)
		if err != nil || n == 0 || key == "BYMONTH" && n < 0 {
			return nil, p.errorf("%q cannot be read; write numbers from 1 to %d", shortened(key+"="+value), most)
		}
		out = append(out, n)
	}
	return out, nil
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
	case len(r.months) > 0 && !slices.Contains(r.months, int(at.Month())):
		return false
	}
	switch months := (at.Year()-e.start.Year())*12 + int(at.Month()) - int(e.start.Month()); r.freq {
	case "DAILY":
		return n%r.interval == 0 && r.anyDay(at) && r.anyMonthDay(at)
	case "WEEKLY":
		since := (int(e.start.Weekday()) - int(r.week) + 7) % 7 // days since the first day of the first week
		if len(r.days) == 0 {
			return n%(7*r.interval) == 0
		}
		return (n+since)/7%r.interval == 0 && r.anyDay(at)
	case "MONTHLY":
		return months%r.interval == 0 && r.inMonth(at, e.start.Day())
	default:
		if len(r.months) == 0 && at.Month() != e.start.Month() {
			return false
		}
		return (at.Year()-e.start.Year())%r.interval == 0 && r.inMonth(at, e.start.Day())
	}
}

// anyDay says whether the weekday is one of the rule, if that has any.
func (r *recurrence) anyDay(at time.Time) bool {
	return len(r.days) == 0 || slices.ContainsFunc(r.days, func(d ruleDay) bool {
		last := lastOfMonth(at)
		return d.day == at.Weekday() && (d.nth == 0 || d.nth == (at.Day()-1)/7+1 || d.nth == -((last-at.Day())/7+1))
	})
}

// anyMonthDay says whether the day of the month is one of the rule, if that has any.
func (r *recurrence) anyMonthDay(at time.Time) bool {
	return len(r.monthDays) == 0 || slices.Contains(r.monthDays, at.Day()) || slices.Contains(r.monthDays, at.Day()-lastOfMonth(at)-1)
}

func lastOfMonth(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// inMonth says whether a day is one of those that a rule names in its month; a rule that
// names none means the day of the start, which short months lack.
func (r *recurrence) inMonth(at time.Time, start int) bool {
	if len(r.days)+len(r.monthDays) == 0 {
		return at.Day() == start
	}
	if !r.anyDay(at) || !r.anyMonthDay(at) {
		return false
	}
	if len(r.picks) == 0 {
		return true
	}
	place, all := 0, 0
	for day := 1; day <= lastOfMonth(at); day++ {
		if x := onDay(at, day-at.Day()); r.anyDay(x) && r.anyMonthDay(x) {
			all++
			if day <= at.Day() {
				place++
			}
		}
	}
	return slices.Contains(r.picks, place) || slices.Contains(r.picks, place-all-1)
}
