package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// duty is an event of a calendar file (RFC 5545): once or repeated. What a duty roster
// seldom has is refused, not guessed.
type duty struct {
	people    []string
	attendees []string // who are named as such, if the summary names nobody
	start     time.Time
	length    shiftLength
	rule      *recurrence // nil: once
	also      []occurrence
	without   []exception // occurrences that were taken out

	uid      string
	instead  *exception // the occurrence of another event of the same uid that this one replaces
	sequence int        // of several forms of an event the one with the highest holds
	cancels  bool
	line     int
	dateOnly bool
}

// shiftLength is how long a duty lasts: days of the wall clock, and time.
type shiftLength struct {
	days int
	rest time.Duration
}

// from is when a turn ends that begins at a time.
func (t shiftLength) from(at time.Time) time.Time { return onDay(at, t.days).Add(t.rest) }

// long is about how long it lasts.
func (t shiftLength) long() time.Duration { return time.Duration(t.days)*24*time.Hour + t.rest }

// occurrence is one turn that is named beside the rule.
type occurrence struct {
	start  time.Time
	length shiftLength
}

// exception is an occurrence that does not take place: at a time, or whenever on a day.
type exception struct {
	at     time.Time
	allDay bool
}

func (x exception) hits(start time.Time) bool {
	if x.allDay {
		y, m, d := start.Date()
		ey, em, ed := x.at.Date()
		return y == ey && m == em && d == ed
	}
	return start.Equal(x.at)
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
	duties, errs := readCalendar(text, c.Zoned())
	for i := range duties {
		if err := duties[i].staff(c.names()); err != nil {
			errs = append(errs, err)
		}
	}
	for i := range errs {
		errs[i] = fmt.Errorf("roster: ical: %s:%w", c.Roster.ICal, errs[i])
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
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

// parseICal reads the events of a calendar. Its errors, of which each begins with the
// line, are all that is wrong: one broken event does not hide another.
func parseICal(text []byte, zone *time.Location) ([]duty, error) {
	duties, errs := readCalendar(text, zone)
	return duties, errors.Join(errs...)
}

// calendarReader follows the lines of a calendar.
type calendarReader struct {
	open   []string // components
	events [][]property
	zones  map[string]*calendarZone
	zone   *calendarZone // that is open
	errs   []error
}

func readCalendar(text []byte, zone *time.Location) ([]duty, []error) {
	lines := unfold(text)
	r := &calendarReader{zones: map[string]*calendarZone{}}
	for i := range lines {
		if !utf8.ValidString(lines[i].value) {
			return nil, []error{fmt.Errorf("%d: not UTF-8; export the calendar in that encoding", lines[i].line)}
		}
		p, err := parseProperty(&lines[i])
		if err == nil {
			err = r.take(&p)
		} else if len(r.open) > 0 && len(lines[i].value) < 1000 {
			r.errs = append(r.errs, err)
			continue
		}
		if err != nil {
			return nil, append(r.errs, err)
		}
	}
	if len(r.open) > 0 || len(lines) == 0 {
		last := 1
		if len(lines) > 0 {
			last = lines[len(lines)-1].line
		}
		return nil, append(r.errs, fmt.Errorf("%d: the calendar is cut off: END:VCALENDAR is missing; export it again", last))
	}
	return r.duties(zone)
}

// take takes one line; its error is one after which nothing can be understood.
func (r *calendarReader) take(p *property) error {
	within := ""
	if len(r.open) > 0 {
		within = r.open[len(r.open)-1]
	}
	switch {
	case p.name == "BEGIN":
		r.open = append(r.open, strings.ToUpper(p.value))
		if r.open[0] != "VCALENDAR" {
			return p.errorf("a calendar begins with BEGIN:VCALENDAR; export it again as iCalendar (.ics)")
		}
		if len(r.open) == 2 {
			switch r.open[1] {
			case "VEVENT":
				r.events = append(r.events, []property{*p})
			case "VTIMEZONE":
				r.zone = &calendarZone{}
			}
		}
	case p.name == "END":
		if !strings.EqualFold(within, p.value) {
			return p.errorf("%s ends, but %q is open; export the calendar again", p.value, within)
		}
		r.open = r.open[:len(r.open)-1]
	case len(r.open) == 0:
		return p.errorf("a calendar begins with BEGIN:VCALENDAR; export it again as iCalendar (.ics)")
	case within == "VEVENT" && len(r.open) == 2:
		r.events[len(r.events)-1] = append(r.events[len(r.events)-1], *p)
	case len(r.open) > 1 && r.open[1] == "VTIMEZONE":
		if p.name == "TZID" {
			r.zones[p.value] = r.zone
		}
		r.zone.take(p)
	}
	return nil
}

// duties reads the events that were gathered.
func (r *calendarReader) duties(zone *time.Location) ([]duty, []error) {
	var out []duty
	for _, properties := range r.events {
		e, errs := readEvent(properties, &clock{zone: zone, zones: r.zones})
		r.errs = append(r.errs, errs...)
		out = append(out, e)
	}
	if len(r.errs) > 0 {
		return nil, r.errs
	}
	if len(out) == 0 {
		return nil, []error{errors.New("1: the calendar has no event (VEVENT); export the one with the shifts, or leave out roster: ical")}
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

// span reads P1D, P1W, PT8H30M or P1DT12H: days of the wall clock, and time.
func (p *property) span(value string) (days int, rest time.Duration, err error) {
	date, clock, hasClock := strings.Cut(strings.TrimPrefix(value, "+"), "T")
	bad := p.errorf("%q is not a length; want one such as PT8H, P1D or P1DT12H", shortened(value))
	date, ok := strings.CutPrefix(date, "P")
	if !ok || hasClock && clock == "" {
		return 0, 0, bad
	}
	for unit, n := range map[string]int{"D": 1, "W": 7} {
		if number, ok := strings.CutSuffix(date, unit); ok {
			k, err := strconv.ParseUint(number, 10, 8)
			if err != nil {
				return 0, 0, bad
			}
			days, date = int(k)*n, ""
		}
	}
	if hasClock {
		if rest, err = time.ParseDuration(strings.ToLower(clock)); err != nil {
			return 0, 0, bad
		}
	}
	if date != "" || days == 0 && rest <= 0 || rest < 0 {
		return 0, 0, bad
	}
	return days, rest, nil
}

// nobody rules nobody out.
func nobody(string) bool { return false }
