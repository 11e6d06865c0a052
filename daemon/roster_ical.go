package daemon

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// duty is an event of a calendar file (RFC 5545): once, daily or weekly. What a duty
// roster seldom has is refused, not guessed.
type duty struct {
	people  []string
	start   time.Time     // of the first occurrence, in its own zone
	length  time.Duration // of whole days: a multiple of 24 h, counted on the wall clock
	days    int           // of whole days: how many; 0: it has times of day
	rule    *recurrence   // nil: once
	without []time.Time   // occurrences that were taken out

	uid      string
	instead  time.Time // the occurrence of another event of the same uid that this one replaces
	cancels  bool
	line     int
	dateOnly bool
}

// recurrence is a rule of the kinds DAILY and WEEKLY.
type recurrence struct {
	weekly   bool
	interval int
	days     []time.Weekday // empty: every day, or the weekday of the start
	until    time.Time      // the last start; zero: for ever
	count    int
}

// mostDutyDays bounds one turn of duty, mostRepeats how often one with an end is counted.
const mostDutyDays, mostRepeats = 62, 10_000

// readRoster reads the calendar file of the duty roster.
func (c *Config) readRoster() error {
	if c.Roster.ICal == "" {
		return nil
	}
	text, err := os.ReadFile(c.Roster.ICal)
	if err != nil {
		return fmt.Errorf("roster: ical: %w", err)
	}
	duties, err := parseICal(text, c.Zoned())
	if err != nil {
		return fmt.Errorf("roster: ical: %s:%w", c.Roster.ICal, err)
	}
	for i := range duties {
		for _, name := range duties[i].people {
			if !slices.ContainsFunc(c.People, func(p Person) bool { return p.Name == name }) {
				return fmt.Errorf("roster: ical: %s:%d: SUMMARY: %q is not among the people; add them under people, or correct the calendar", c.Roster.ICal, duties[i].line, name)
			}
		}
	}
	c.Roster.calendar = duties
	return nil
}

// property is one line of a calendar: NAME;PARAM=VALUE:TEXT.
type property struct {
	line   int
	name   string
	params map[string]string
	value  string
}

func (p *property) errorf(format string, args ...any) error {
	return fmt.Errorf("%d: %s: %s", p.line, p.name, fmt.Sprintf(format, args...))
}

// parseICal reads the events of a calendar. Errors begin with the line.
func parseICal(text []byte, zone *time.Location) ([]duty, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("1: not UTF-8; export the calendar in that encoding")
	}
	lines := unfold(text)
	var open []string
	var out []duty
	var event *duty
	for i := range lines {
		p, err := parseProperty(&lines[i])
		if err != nil {
			return nil, err
		}
		within := ""
		if len(open) > 0 {
			within = open[len(open)-1]
		}
		switch {
		case p.name == "BEGIN":
			open = append(open, strings.ToUpper(p.value))
			if len(open) == 1 && open[0] != "VCALENDAR" {
				return nil, p.errorf("a calendar begins with BEGIN:VCALENDAR")
			}
			if len(open) == 2 && open[1] == "VEVENT" {
				event = &duty{line: p.line}
			}
		case p.name == "END":
			if !strings.EqualFold(within, p.value) {
				return nil, p.errorf("%s ends, but %q is open", p.value, within)
			}
			open = open[:len(open)-1]
			if within == "VEVENT" && len(open) == 1 {
				if err := event.complete(); err != nil {
					return nil, err
				}
				out = append(out, *event)
			}
		case len(open) == 0:
			return nil, p.errorf("a calendar begins with BEGIN:VCALENDAR")
		case within == "VEVENT" && len(open) == 2:
			if err := event.take(&p, zone); err != nil {
				return nil, err
			}
		}
	}
	if len(open) > 0 || len(lines) == 0 {
		return nil, fmt.Errorf("%d: the calendar is cut off: END:VCALENDAR is missing", max(len(lines), 1))
	}
	return replaced(out), nil
}

// unfold joins the lines that were folded, and keeps the number of the first.
func unfold(text []byte) []property {
	var out []property
	for i, l := range bytes.Split(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\n")) {
		l = bytes.TrimSuffix(l, []byte("\r"))
		switch {
		case len(l) == 0:
		case (l[0] == ' ' || l[0] == '\t') && len(out) > 0:
			out[len(out)-1].value += string(l[1:])
		default:
			out = append(out, property{line: i + 1, value: string(l)})
		}
	}
	return out
}

// parseProperty takes a line apart.
func parseProperty(p *property) (property, error) {
	quoted, colon := false, -1
	for i, r := range p.value {
		if r == '"' {
			quoted = !quoted
		}
		if r == ':' && !quoted {
			colon = i
			break
		}
	}
	if colon < 0 {
		return *p, fmt.Errorf("%d: %q is no line of a calendar: the colon is missing", p.line, shortened(p.value))
	}
	parts := strings.Split(p.value[:colon], ";")
	out := property{line: p.line, name: strings.ToUpper(parts[0]), params: map[string]string{}, value: p.value[colon+1:]}
	for _, x := range parts[1:] {
		key, value, _ := strings.Cut(x, "=")
		out.params[strings.ToUpper(key)] = strings.Trim(value, `"`)
	}
	return out, nil
}

func shortened(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 40)])
}

// take adds one property to an event.
func (e *duty) take(p *property, zone *time.Location) (err error) {
	switch p.name {
	case "SUMMARY":
		e.people, e.line = peopleOf(p.value), p.line
	case "UID":
		e.uid = p.value
	case "STATUS":
		e.cancels = strings.EqualFold(p.value, "CANCELLED")
	case "DTSTART":
		e.start, e.dateOnly, err = p.time(zone)
	case "DTEND":
		var end time.Time
		if end, _, err = p.time(zone); err == nil && e.start.IsZero() {
			err = p.errorf("it stands before DTSTART; write DTSTART first")
		}
		e.length = end.Sub(e.start)
		if e.dateOnly {
			e.days = daysBetween(e.start, end)
		}
	case "DURATION":
		e.length, e.days, err = p.duration()
	case "RRULE":
		e.rule, err = p.recurrence(zone)
	case "EXDATE":
		for v := range strings.SplitSeq(p.value, ",") {
			one := property{p.line, p.name, p.params, v}
			at, _, err := one.time(zone)
			if err != nil {
				return err
			}
			e.without = append(e.without, at)
		}
	case "RECURRENCE-ID":
		e.instead, _, err = p.time(zone)
	case "RDATE", "EXRULE":
		return p.errorf("this cannot be read from a duty roster; write the shifts as events of their own, or with RRULE")
	}
	return err
}

// peopleOf finds the names in the summary of an event: all of it, or what stands
// behind a colon as in 值班：王强、李敏.
func peopleOf(summary string) []string {
	s := strings.NewReplacer(`\,`, ",", `\;`, ";", `\n`, ",", `\N`, ",", `\\`, `\`).Replace(summary)
	if i := strings.LastIndexAny(s, ":："); i >= 0 {
		_, size := utf8.DecodeRuneInString(s[i:])
		s = s[i+size:]
	}
	var out []string
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",，、;；/", r) }) {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// zones are names that calendar programs write instead of those of the IANA.
var zones = map[string]string{"China Standard Time": "Asia/Shanghai", "Beijing": "Asia/Shanghai"}

// time reads a date, or a time in UTC, in the zone named with it, or in ours.
func (p *property) time(zone *time.Location) (at time.Time, date bool, err error) {
	if id := p.params["TZID"]; id != "" {
		if z, ok := zones[id]; ok {
			id = z
		}
		if zone, err = time.LoadLocation(strings.TrimPrefix(id, "/")); err != nil {
			return at, false, p.errorf("TZID %q is not a time zone; export with one such as Asia/Shanghai", id)
		}
	}
	layouts := []string{"20060102T150405", "20060102"}
	value := p.value
	if v, ok := strings.CutSuffix(value, "Z"); ok {
		value, zone, layouts = v, time.UTC, layouts[:1]
	}
	for i, layout := range layouts {
		if at, err = time.ParseInLocation(layout, value, zone); err == nil {
			return at, i == 1, nil
		}
	}
	return at, false, p.errorf("%q is not a time; want one such as 20261001T180000 or 20261001", shortened(p.value))
}

// duration reads P1D, P1W or PT8H30M. Days are days of the wall clock.
func (p *property) duration() (time.Duration, int, error) {
	date, clock, hasClock := strings.Cut(strings.TrimPrefix(p.value, "+"), "T")
	bad := p.errorf("%q is not a length; want one such as PT8H or P1D", shortened(p.value))
	date, ok := strings.CutPrefix(date, "P")
	if !ok || hasClock && clock == "" {
		return 0, 0, bad
	}
	days := 0
	for unit, n := range map[string]int{"D": 1, "W": 7} {
		if number, ok := strings.CutSuffix(date, unit); ok {
			k, err := strconv.ParseUint(number, 10, 8)
			if err != nil {
				return 0, 0, bad
			}
			days, date = int(k)*n, ""
		}
	}
	var d time.Duration
	if hasClock {
		var err error
		if d, err = time.ParseDuration(strings.ToLower(clock)); err != nil {
			return 0, 0, bad
		}
	}
	if date != "" || days > 0 && d > 0 || days == 0 && d == 0 {
		return 0, 0, bad
	}
	return d + time.Duration(days)*24*time.Hour, days, nil
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

// nobody rules nobody out.
func nobody(string) bool { return false }
