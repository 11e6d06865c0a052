package playbooks

import (
	"regexp"
	"strings"
	"time"
)

const (
	enNumber = `(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty)`
	enUnit   = `(minutes?|hours?|days?|(?:working|business) days?|weeks?|months?)`
	enMonths = `(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)`
	enParts  = `(?: (morning|afternoon|evening|night))?`
)

// The words for times, tried at the beginning of every word in this order.
var (
	enEvery  = regexp.MustCompile(`^(?:every|each) ` + enNumber + `? ?` + enUnit + `\b`)
	enOften  = regexp.MustCompile(`^(daily|hourly|weekly)\b`)
	enWithin = regexp.MustCompile(`^(?:within|in)(?: the next)? (?:\d{1,3} (?:to|or) )?` + enNumber + ` ` + enUnit + `\b`)
	enEnd    = regexp.MustCompile(`^(?:the )?(?:end|close) of (today|the day|business|the week|this week|next week|the month|this month|next month|the year|this year|` + enMonths + `)\b`)
	enDate   = regexp.MustCompile(`^(?:(\d{1,2})(?:st|nd|rd|th)? (?:of )?` + enMonths + `|` + enMonths + ` (\d{1,2})(?:st|nd|rd|th)?)\b(?:,? (\d{4}))?` + enParts)
	enDay    = regexp.MustCompile(`^(?:(today|tonight|this morning|this afternoon|this evening|tomorrow)|(next )?(monday|tuesday|wednesday|thursday|friday|saturday|sunday))\b` + enParts)
	enClock  = regexp.MustCompile(`^(?:(\d{1,2})(?:[:.](\d{2}))? ?(am|pm|a\.m\.?|p\.m\.?)|(\d{1,2}):(\d{2})\b|(noon|midday|midnight)\b)(?: in the (morning|afternoon|evening))?`)
	enWords  = regexp.MustCompile(`\b[a-z0-9]`)
)

// enHalves writes halves of hours in minutes.
var enHalves = strings.NewReplacer(
	"an hour and a half", "90 minutes", "one and a half hours", "90 minutes", "two and a half hours", "150 minutes",
	"half an hour", "30 minutes", "a half hour", "30 minutes", "you can expect", "expect", "you may expect", "expect", "half hour", "30 minutes", "half-hour", "30 minutes", "’", "'",
)

// enNumbers are the numbers in words.
var enNumbers = map[string]int{
	"": 1, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}

// enPartEnds are the hours at which the parts of a day end.
var enPartEnds = map[string]int{"morning": 12, "afternoon": 18, "evening": 24, "night": 24}

// enTime is what one of the words for times says.
type enTime struct {
	timeAt
	dated, clocked bool
	late           bool // a clock without am or pm is one of the evening
	hour, minute   int
}

// englishTimes reads the times of a clause: a day and the hour beside it are one.
func (c calendar) englishTimes(clause string) []timeAt {
	var found []enTime
	for _, at := range enWords.FindAllStringIndex(clause, -1) {
		if n := len(found); n > 0 && at[0] < found[n-1].end {
			continue
		}
		if t, ok := c.englishTime(clause[at[0]:]); ok {
			t.begin, t.end = at[0], at[0]+t.end
			if n := len(found); n == 0 || !found[n-1].join(clause[found[n-1].end:t.begin], t) {
				found = append(found, t)
			}
		}
	}
	out := make([]timeAt, len(found))
	for i := len(found) - 1; i >= 0; i-- {
		t := found[i]
		if i+1 < len(found) && t.clocked && !t.dated && found[i+1].clocked && found[i+1].dated && enListed.MatchString(clause[t.end:found[i+1].begin]) {
			t.day, t.dated = found[i+1].day, true // at 8 am and 6 pm tomorrow
			found[i] = t
		}
		out[i] = c.settle(t)
	}
	return out
}

// join takes in a time that belongs to t: its day, its hour, or the end of its stretch.
func (t *enTime) join(between string, next enTime) bool {
	switch {
	case t.every == 24*time.Hour && next.clocked && !next.dated && !t.clocked: // daily at 5 pm
		t.clocked, t.hour, t.minute = true, next.hour, next.minute
		t.end = next.end
		return true
	case t.every > 0 || next.every > 0 || t.dated == t.clocked && !t.dated || next.dated == next.clocked && !next.dated:
		return false
	case !next.dated && t.clocked && enSpan.MatchString(between) && strings.TrimSpace(between) != "and":
		t.hour, t.minute = next.hour, next.minute
	case !enBeside.MatchString(between):
		return false
	case t.dated && !t.clocked && next.clocked && !next.dated:
		t.clocked, t.hour, t.minute = true, next.hour, next.minute
	case t.clocked && !t.dated && next.dated && !next.clocked:
		t.dated, t.day, t.late = true, next.day, next.late
	default:
		return false
	}
	t.end = next.end
	return true
}

// settle works out when a time is.
func (c calendar) settle(t enTime) timeAt {
	if t.clocked {
		day := c.now
		if t.dated {
			day = t.day
		}
		if t.late && t.hour < 12 {
			t.hour += 12
		}
		if t.due = c.clock(day, t.hour, t.minute); !t.dated && !t.due.After(c.now) {
			t.due = t.due.AddDate(0, 0, 1)
		}
	}
	return t.timeAt
}

// englishTime reads the time that begins a text.
func (c calendar) englishTime(s string) (t enTime, ok bool) {
	if m := enEvery.FindStringSubmatch(s); m != nil {
		t.end, t.every = len(m[0]), enUnitOf(m[2])*time.Duration(enNumberOf(m[1]))
		t.due = c.now.Add(t.every)
		return t, t.every > 0 && t.every < 400*24*time.Hour
	}
	if m := enOften.FindString(s); m != "" {
		t.end, t.every = len(m), map[string]time.Duration{"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour}[m]
		t.due = c.now.Add(t.every)
		return t, true
	}
	if m := enWithin.FindStringSubmatch(s); m != nil {
		unit := map[byte]string{'m': "分钟", 'h': "小时", 'd': "天", 'w': "周"}[m[2][0]]
		switch {
		case strings.HasPrefix(m[2], "month"):
			unit = "月"
		case strings.Contains(m[2], "ing day") || strings.Contains(m[2], "business"):
			unit = "工作日"
		}
		t.end = len(m[0])
		t.due, ok = c.after(enNumberOf(m[1]), unit)
		return t, ok
	}
	if m := enEnd.FindStringSubmatch(s); m != nil {
		t.end, t.due = len(m[0]), c.englishEnd(m[1])
		return t, true
	}
	if day, late, end, ok := c.englishDay(s); ok {
		t.end, t.dated, t.late, t.day, t.due = end, true, late, day, endOf(day)
		for part, hour := range enPartEnds {
			if strings.HasSuffix(s[:end], part) {
				t.due = c.clock(day, hour, 0)
			}
		}
		return t, true
	}
	t.hour, t.minute, t.end, ok = englishClock(s)
	t.clocked = ok
	return t, ok
}

// englishEnd is the end of a day, a week, a month or a year.
func (c calendar) englishEnd(of string) time.Time {
	later := 0
	if strings.HasPrefix(of, "next") {
		later = 1
	}
	switch {
	case strings.HasSuffix(of, "week"):
		return endOf(c.weekday(time.Sunday, later))
	case strings.HasSuffix(of, "month"):
		return endOfMonth(c.now.Year(), c.now.Month()+time.Month(later), c.now.Location())
	case strings.HasSuffix(of, "year"):
		return endOfMonth(c.now.Year(), time.December, c.now.Location())
	case enMonth(of) > 0:
		year := c.now.Year()
		if month := time.Month(enMonth(of)); month < c.now.Month() {
			year++
		}
		return endOfMonth(year, time.Month(enMonth(of)), c.now.Location())
	case of == "business":
		return c.clock(c.now, partEnds["下班"], 0)
	}
	return endOf(c.now)
}

func enNumberOf(s string) int {
	if n, ok := enNumbers[s]; ok {
		return n
	}
	return atoi(s)
}

func enUnitOf(unit string) time.Duration {
	switch unit[0] {
	case 'm':
		return time.Minute
	case 'h':
		return time.Hour
	case 'w':
		if unit[1] == 'e' {
			return 7 * 24 * time.Hour
		}
	}
	return 24 * time.Hour
}

// enMonth is the month that a name begins like, 0 for none.
func enMonth(name string) int {
	if len(name) < 3 {
		return 0
	}
	return (strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", name[:3]) + 3) / 3
}

// englishDay returns the day that begins a text.
func (c calendar) englishDay(s string) (day time.Time, late bool, end int, ok bool) {
	if m := enDate.FindStringSubmatch(s); m != nil {
		name, number := m[2]+m[3], m[1]+m[4]
		day, ok = c.date(atoi(m[5]), enMonth(name), atoi(number))
		return day, m[6] == "evening" || m[6] == "night", len(m[0]), ok
	}
	m := enDay.FindStringSubmatch(s)
	if m == nil {
		return c.now, false, 0, false
	}
	late = m[1] == "tonight" || m[1] == "this evening" || m[4] == "evening" || m[4] == "night"
	switch {
	case m[1] == "tomorrow":
		return c.now.AddDate(0, 0, 1), late, len(m[0]), true
	case m[1] != "":
		return c.now, late, len(m[0]), true
	}
	weeks := 0
	if m[2] != "" {
		weeks = 1
	}
	for i, name := range []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"} {
		if name == m[3] {
			day = c.weekday(time.Weekday(i), weeks)
		}
	}
	if weeks == 0 && endOf(day).Before(c.now) {
		day = day.AddDate(0, 0, 7)
	}
	return day, late, len(m[0]), true
}

// englishClock returns the time of day that begins a text.
func englishClock(s string) (hour, minute, end int, ok bool) {
	m := enClock.FindStringSubmatch(s)
	switch {
	case m == nil:
		return 0, 0, 0, false
	case m[6] == "midnight":
		return 24, 0, len(m[0]), true
	case m[6] != "":
		return 12, 0, len(m[0]), true
	case m[4] != "":
		hour, minute = atoi(m[4]), atoi(m[5])
	default:
		hour, minute = atoi(m[1])%12, atoi(m[2])
		if m[3][0] == 'p' {
			hour += 12
		}
	}
	return hour, minute, len(m[0]), hour <= 24 && minute <= 59
}
