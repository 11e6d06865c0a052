package daemon

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// readEvent reads one event from its lines, of which the first begins it; they stand in
// any order. The errors are all that is wrong with it.
func readEvent(lines []property, c *clock) (duty, []error) {
	e := duty{line: lines[0].line}
	var errs []error
	begun := false
	for i := range lines {
		if p := &lines[i]; p.name == "DTSTART" { // the others are read by its zone
			var err error
			if e.start, e.dateOnly, err = c.time(p, p.value); err != nil {
				errs = append(errs, err)
			}
			begun = true
		}
	}
	if !begun {
		errs = append(errs, fmt.Errorf("%d: the event has no DTSTART; write when it begins", e.line))
	}
	if len(errs) > 0 {
		return e, errs
	}
	own := &clock{zone: e.start.Location(), zones: c.zones}
	for i := range lines[1:] {
		if err := e.take(&lines[1+i], own); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		if err := e.complete(); err != nil {
			errs = append(errs, err)
		}
	}
	return e, errs
}

// take adds one property to an event whose start is known.
func (e *duty) take(p *property, c *clock) (err error) {
	switch p.name {
	case "SUMMARY":
		e.people, e.line = peopleOf(p.value), p.line
	case "ATTENDEE":
		e.attend(p)
	case "UID":
		e.uid = p.value
	case "SEQUENCE":
		e.sequence, err = strconv.Atoi(p.value)
		if err != nil {
			err = p.errorf("%q is no number; export the calendar again", shortened(p.value))
		}
	case "STATUS":
		e.cancels = strings.EqualFold(p.value, "CANCELLED")
	case "DTEND":
		e.length, err = e.until(p, p.value, c)
	case "DURATION":
		e.length.days, e.length.rest, err = p.span(p.value)
	case "RRULE":
		if e.rule != nil {
			return p.errorf("a second rule cannot be read; write the other shifts as an event of their own")
		}
		e.rule, err = p.recurrence(c)
	case "RDATE":
		return e.repeatsAt(p, c)
	case "EXDATE":
		for v := range strings.SplitSeq(p.value, ",") {
			x, err := c.exception(p, v)
			if err != nil {
				return err
			}
			x.allDay = x.allDay && !e.dateOnly
			e.without = append(e.without, x)
		}
	case "RECURRENCE-ID":
		if strings.EqualFold(p.params["RANGE"], "THISANDFUTURE") {
			return p.errorf("a change of all that follows cannot be read; end the series before it with UNTIL, and begin another")
		}
		x, err := c.exception(p, p.value)
		if err != nil {
			return err
		}
		e.instead = &x
	case "EXRULE":
		return p.errorf("this cannot be read; name the days without duty with EXDATE")
	}
	return err
}

// exception reads an occurrence that does not take place.
func (c *clock) exception(p *property, value string) (exception, error) {
	at, date, err := c.time(p, value)
	return exception{at, date}, err
}

// until is how long the event lasts that ends at a time.
func (e *duty) until(p *property, value string, c *clock) (shiftLength, error) {
	end, _, err := c.time(p, value)
	if e.dateOnly {
		return shiftLength{days: daysBetween(e.start, end)}, err
	}
	return shiftLength{rest: end.Sub(e.start)}, err
}

// repeatsAt reads occurrences beside the rule: times, days, or times with an end.
func (e *duty) repeatsAt(p *property, c *clock) error {
	for v := range strings.SplitSeq(p.value, ",") {
		start, end, period := strings.Cut(v, "/")
		at, _, err := c.time(p, start)
		if err != nil {
			return err
		}
		o := occurrence{start: at}
		switch {
		case !period:
		case strings.HasPrefix(end, "P") || strings.HasPrefix(end, "+"):
			o.length.days, o.length.rest, err = p.span(end)
		default:
			o.length, err = (&duty{start: at}).until(p, end, c)
		}
		if err != nil {
			return err
		}
		if long := o.length.long(); period && (long <= 0 || long > mostDutyDays*24*time.Hour) {
			return p.errorf("%q lasts %s; a turn of duty ends after it begins and has at most %d days", shortened(v), long, mostDutyDays)
		}
		e.also = append(e.also, o)
	}
	return nil
}

// attend notes a person who takes part; rooms do not, nor who has declined.
func (e *duty) attend(p *property) {
	kind, role := strings.ToUpper(p.params["CUTYPE"]), strings.ToUpper(p.params["ROLE"])
	if kind == "ROOM" || kind == "RESOURCE" || role == "NON-PARTICIPANT" || strings.EqualFold(p.params["PARTSTAT"], "DECLINED") {
		return
	}
	if name := strings.TrimSpace(p.params["CN"]); name != "" {
		e.attendees = append(e.attendees, name)
	}
}

var unescapeText = strings.NewReplacer(`\\`, `\`, `\,`, ",", `\;`, ";", `\n`, ",", `\N`, ",")

// peopleOf finds the names in the summary of an event: all of it, or what stands
// behind a colon as in 值班：王强、李敏.
func peopleOf(summary string) []string {
	s := unescapeText.Replace(summary)
	if i := strings.LastIndexAny(s, ":："); i >= 0 {
		_, size := utf8.DecodeRuneInString(s[i:])
		s = s[i+size:]
	}
	var out []string
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",，、;；/+＋&", r) }) {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// staff replaces what the event calls people by their names. An event whose summary
// names nobody is of those who take part in it.
func (e *duty) staff(known []string) error {
	var names []string
	unknown := ""
	for _, written := range e.people {
		if found := peopleNamed(written, known); len(found) > 0 {
			names = append(names, found...)
		} else if unknown == "" {
			unknown = written
		}
	}
	if len(names) == 0 && len(e.attendees) > 0 {
		unknown = ""
		for _, written := range e.attendees {
			if found := peopleNamed(written, known); len(found) > 0 {
				names = append(names, found...)
			} else if unknown == "" {
				unknown = written
			}
		}
		if unknown != "" {
			return fmt.Errorf("%d: ATTENDEE: %q is not among the people; add them under people, or name who is on duty in SUMMARY", e.line, unknown)
		}
	}
	if unknown != "" {
		return fmt.Errorf("%d: SUMMARY: %q is not among the people; add them under people, or correct the calendar", e.line, unknown)
	}
	e.people = names
	return nil
}

// peopleNamed finds the people whom a word of a summary names: one, as in 王强（带班）, or several
// with spaces between them.
func peopleNamed(written string, known []string) []string {
	if slices.Contains(known, written) {
		return []string{written}
	}
	if bare := strings.TrimSpace(written[:indexOr(written, "（(【[")]); bare != written && slices.Contains(known, bare) {
		return []string{bare}
	}
	words := strings.Fields(written)
	if len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(known, w) }) {
		return words
	}
	return nil
}

func indexOr(s, signs string) int {
	if i := strings.IndexAny(s, signs); i >= 0 {
		return i
	}
	return len(s)
}

// complete checks an event and turns a count into an end.
func (e *duty) complete() error {
	if e.length == (shiftLength{}) && e.dateOnly {
		e.length.days = 1
	}
	switch long := e.length.long(); {
	case e.cancels:
	case len(e.people)+len(e.attendees) == 0:
		return fmt.Errorf("%d: the event has no SUMMARY; write who is on duty", e.line)
	case long <= 0 || long > mostDutyDays*24*time.Hour:
		return fmt.Errorf("%d: the event lasts %s; a turn of duty ends after it begins and has at most %d days: correct DTEND or DURATION", e.line, long, mostDutyDays)
	}
	for i := range e.also {
		if e.also[i].length == (shiftLength{}) {
			e.also[i].length = e.length
		}
	}
	if e.rule == nil || e.rule.count == 0 {
		return nil
	}
	for day, n := 0, 0; n < e.rule.count; day++ {
		at := onDay(e.start, day)
		if day > mostRepeats*7 {
			return fmt.Errorf("%d: RRULE: the repetition never comes to its COUNT; write UNTIL", e.line)
		}
		if !e.rule.until.IsZero() && at.After(e.rule.until) {
			return nil
		}
		if e.recurs(at) {
			n++
			if n == e.rule.count {
				e.rule.until = at
			}
		}
	}
	return nil
}

// covers says whether an occurrence of the event is on at t.
func (e *duty) covers(t time.Time) bool {
	for _, o := range e.also {
		if !t.Before(o.start) && t.Before(o.length.from(o.start)) && !e.excepts(o.start) {
			return true
		}
	}
	t = t.In(e.start.Location())
	n := daysBetween(e.start, t)
	for day := n - int(e.length.long()/(24*time.Hour)) - 1; day <= n; day++ {
		at := onDay(e.start, day)
		if !t.Before(at) && t.Before(e.length.from(at)) && e.recurs(at) && !e.excepts(at) {
			return true
		}
	}
	return false
}

// excepts says whether the occurrence that starts at a time was taken out.
func (e *duty) excepts(start time.Time) bool {
	return slices.ContainsFunc(e.without, func(x exception) bool { return x.hits(start) })
}

// replaced takes the occurrences out that other events stand for, what is cancelled, and
// of several forms of the same event all but the last.
func replaced(all []duty) []duty {
	for i := range all {
		x := &all[i]
		for k := range all {
			m := &all[k]
			switch {
			case k == i || m.uid != x.uid || m.uid == "" && x.instead == nil:
			case x.instead == nil && m.instead == nil, x.instead != nil && m.instead != nil && x.instead.at.Equal(m.instead.at):
				if x.sequence > m.sequence {
					m.cancels = true
				}
			case x.instead != nil && m.instead == nil:
				taken := *x.instead
				taken.allDay = taken.allDay && !m.dateOnly
				m.without = append(m.without, taken)
			}
		}
	}
	return slices.DeleteFunc(all, func(e duty) bool { return e.cancels })
}
