package crisis

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Span is how long a clock runs: a length of time or, where Days is above zero, so many
// working days (工作日) of the organisation.
type Span struct {
	Time time.Duration
	Days int
}

// mostDaysOf is how many working days a span may have: a year of them.
const mostDaysOf = 366

var workdaysText = regexp.MustCompile(`^(\d+) ?(?:个?工作日|workdays?|working days?)$`)

// ParseSpan reads a length of time such as 1h30m, or working days such as 3 workdays
// or 3个工作日.
func ParseSpan(text string) (Span, error) {
	text = strings.TrimSpace(text)
	if m := workdaysText.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n < 1 || n > mostDaysOf {
			return Span{}, fmt.Errorf("%q: write from 1 to %d workdays", text, mostDaysOf)
		}
		return Span{Days: n}, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return Span{}, fmt.Errorf("%q is not a duration: write hours and minutes such as 1h30m (a day is 24h), or working days such as 3 workdays", text)
	}
	if d < 0 {
		return Span{}, fmt.Errorf("%q lies in the past: write a duration of 0m or more", text)
	}
	return Span{Time: d}, nil
}

// String writes the span as ParseSpan reads it.
func (s Span) String() string {
	switch {
	case s.Days == 1:
		return "1 workday"
	case s.Days > 1:
		return strconv.Itoa(s.Days) + " workdays"
	}
	return s.Time.String()
}

// IsZero says whether the span has no length.
func (s Span) IsZero() bool { return s.Days <= 0 && s.Time <= 0 }

// longestBreak is how many days a holiday may take, week ends beside it apart: the longest
// that the State Council has set, the Spring Festival of 2026, has nine.
const longestBreak = 9

// Least is how long the span lasts at least, whatever the calendar: a working day ends
// a day after its like before it.
func (s Span) Least() time.Duration {
	if s.Days > 0 {
		return time.Duration(s.Days) * 24 * time.Hour
	}
	return s.Time
}

// Most is how long the span can last: the rest of its first day, its working days, a
// week end after every fifth of them, and one long holiday with a week end beside it.
func (s Span) Most() time.Duration {
	if s.Days > 0 {
		return time.Duration(1+s.Days+2*((s.Days+4)/5+1)+longestBreak) * 24 * time.Hour
	}
	return s.Time
}

// Outlasts says whether the span can last longer than another that begins with it: in
// the same unit that is certain, across units the calendar decides, and the worst is taken.
func (s Span) Outlasts(other Span) bool {
	if s.Days > 0 && other.Days > 0 {
		return s.Days > other.Days
	}
	return s.Most() > other.Least()
}

// MarshalJSON writes nanoseconds, or the text of working days.
func (s Span) MarshalJSON() ([]byte, error) {
	if s.Days > 0 {
		return json.Marshal(s.String())
	}
	return json.Marshal(s.Time)
}

// UnmarshalJSON reads nanoseconds or a text.
func (s *Span) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		v, err := ParseSpan(text)
		*s = v
		return err
	}
	*s = Span{}
	return json.Unmarshal(b, &s.Time)
}
