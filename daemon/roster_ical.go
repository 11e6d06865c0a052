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

// nobody rules nobody out.
func nobody(string) bool { return false }
