package crawlers

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"watchfire/crisis"
)

// layouts with a zone of their own, and without; the latter are read in the zone
// of the source.
var (
	zoned = []string{
		time.RFC3339Nano, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04 -0700", "2 Jan 06 15:04 -0700", "Mon, 2 Jan 06 15:04:05 -0700",
		"Mon Jan _2 15:04:05 -0700 2006", "2006-01-02T15:04:05-0700", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z07:00", "20060102T150405Z07:00", "20060102T150405-0700",
	}
	naiveSecond = []string{
		"2006-1-2 15:04:05", "2006-01-02T15:04:05", "2006/1/2 15:04:05", "2006.1.2 15:04:05", "2006年1月2日 15:04:05", "2006年1月2日15:04:05", "2006年1月2日 15时04分05秒", "2006年1月2日15时04分05秒",
		"Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05", "Mon Jan _2 15:04:05 2006", "20060102150405", "20060102 150405",
	}
	naiveMinute = []string{"2006-1-2 15:04", "2006-01-02T15:04", "2006/1/2 15:04", "2006.1.2 15:04", "2006年1月2日 15:04", "2006年1月2日15:04", "2006年1月2日 15时04分", "2006年1月2日15时04分", "200601021504"}
	naiveDay    = []string{"2006-1-2", "2006/1/2", "2006年1月2日", "2006.1.2", "20060102", "Mon, 2 Jan 2006", "2 Jan 2006"}
	yearless    = []string{"1-2 15:04", "1/2 15:04", "1月2日 15:04", "1月2日15:04"}
	yearlessDay = []string{"1-2", "1/2", "1月2日"}
)

// abbreviations are the zones of RFC 822 and those of the neighbourhood; the
// library takes the name of a zone it does not know for UTC. CST is not among them.
var abbreviations = map[string]string{
	"GMT": "+0000", "UTC": "+0000", "UT": "+0000", "Z": "+0000", "EST": "-0500", "EDT": "-0400", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
	"CET": "+0100", "CEST": "+0200", "BST": "+0100", "HKT": "+0800", "SGT": "+0800", "BJT": "+0800", "JST": "+0900", "KST": "+0900",
}

var (
	ago      = regexp.MustCompile(`^(\d+|半)\s*个?(秒|秒钟|分钟|分|小时|天|周|星期|月|年|s|secs?|seconds?|mins?|minutes?|m|hours?|h|days?|d)(钟)?\s*(之?前|以前|ago)$`)
	dayWord  = regexp.MustCompile(`^(今天|昨天|前天|today|yesterday)?\s*(上午|下午|晚上|早上|凌晨)?\s*(?:(\d{1,2}):(\d{2})(?::\d{2})?)?$`)
	epochal  = regexp.MustCompile(`^\d{9,19}(\.\d+)?$|^\d(\.\d+)?[eE]\+?\d{1,2}$`)
	zoneName = regexp.MustCompile(`\s([A-Z]{1,5})$`)
	comment  = regexp.MustCompile(`\s*\([A-Za-z :+\d]*\)$`)
	weekday  = regexp.MustCompile(`\s*\(?(星期|周|礼拜)[一二三四五六日天]\)?\s*`)
	within   = regexp.MustCompile(`(?:^|\D)(\d{4}(?:[-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)(?:[ T]?\d{1,2}:\d{2}(?::\d{2})?)?)(?:\D|$)`)
)

// ParseTime reads a time as sites write it: with a zone, without one (then of the
// source's zone), a day only, seconds or milliseconds since 1970, relative to now,
// or in the midst of other words. A time more than ten minutes ahead of now becomes
// now, one before 2000 is none.
func ParseTime(s string, zone *time.Location, now time.Time) (time.Time, crisis.Precision, bool) {
	if len(s) > 300 {
		return time.Time{}, crisis.PrecisionNone, false
	}
	s = strings.TrimSpace(s)
	if !ascii(s) {
		s = tidy(norm.NFKC.String(s)) // full-width digits, colons and spaces
	}
	t, p, ok := parseTime(strings.TrimSpace(strings.Trim(s, "[]【】")), zone, now)
	if !ok {
		if m := within.FindStringSubmatch(s); m != nil {
			t, p, ok = parseTime(m[1], zone, now)
		}
	}
	switch {
	case !ok || t.Year() < 2000:
		return time.Time{}, crisis.PrecisionNone, false
	case t.After(now.Add(10 * time.Minute)):
		return now.UTC(), crisis.PrecisionNone, true
	}
	return t.UTC(), p, true
}

func parseTime(s string, zone *time.Location, now time.Time) (time.Time, crisis.Precision, bool) {
	if strings.HasSuffix(s, ")") {
		s = comment.ReplaceAllString(s, "")
		s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	}
	if !ascii(s) {
		s = strings.TrimSpace(weekday.ReplaceAllString(s, " "))
	}
	if s == "" {
		return time.Time{}, "", false
	}
	if last := s[len(s)-1]; last >= 'A' && last <= 'Z' {
		if m := zoneName.FindStringSubmatchIndex(s); m != nil {
			s = s[:m[0]] + offset(s[m[2]:m[3]])
		}
	}
	for _, l := range zoned {
		if t, err := time.Parse(l, s); err == nil {
			return t, crisis.PrecisionSecond, true
		}
	}
	for _, set := range []struct {
		layouts   []string
		precision crisis.Precision
	}{{naiveSecond, crisis.PrecisionSecond}, {naiveMinute, crisis.PrecisionMinute}, {naiveDay, crisis.PrecisionDay}} {
		for _, l := range set.layouts {
			if t, err := time.ParseInLocation(l, s, zone); err == nil {
				return t, set.precision, true
			}
		}
	}
	if epochal.MatchString(s) {
		return epoch(s)
	}
	return relative(s, zone, now)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// offset turns the name of a zone into an offset. CST, which may be China's or
// America's, and names nobody knows leave the time without one: then it is of the
// source's zone.
func offset(name string) string {
	if o := abbreviations[name]; o != "" {
		return " " + o
	}
	return ""
}

// epoch reads a number by its magnitude: seconds, milliseconds, microseconds or
// nanoseconds.
func epoch(s string) (time.Time, crisis.Precision, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return time.Time{}, "", false
	}
	switch {
	case f < 1e11:
		return time.UnixMilli(int64(f * 1e3)), crisis.PrecisionSecond, true
	case f < 1e14:
		return time.UnixMilli(int64(f)), crisis.PrecisionSecond, true
	case f < 1e17:
		return time.UnixMicro(int64(f)), crisis.PrecisionSecond, true
	case f < 9e18:
		return time.Unix(0, int64(f)), crisis.PrecisionSecond, true
	}
	return time.Time{}, "", false
}

// relative reads 刚刚, 3分钟前, 昨天 10:20, and dates without a year.
func relative(s string, zone *time.Location, now time.Time) (time.Time, crisis.Precision, bool) {
	s = strings.ToLower(s)
	if s == "刚刚" || s == "刚才" || s == "just now" || s == "now" {
		return now, crisis.PrecisionMinute, true
	}
	if m := ago.FindStringSubmatch(s); m != nil {
		return before(now, m[1], m[2])
	}
	if m := dayWord.FindStringSubmatch(s); m != nil {
		return onDay(now.In(zone), m)
	}
	return lastSuch(s, now.In(zone))
}

// before is n units before now. Where only days are counted, the hour is unknown.
func before(now time.Time, count, unit string) (time.Time, crisis.Precision, bool) {
	n, half := 0, count == "半"
	if !half {
		var err error
		if n, err = strconv.Atoi(count); err != nil || n > 100_000 {
			return time.Time{}, "", false
		}
	}
	step, precision := time.Minute, crisis.PrecisionMinute
	switch unit {
	case "秒", "秒钟", "s", "sec", "secs", "second", "seconds":
		step = time.Second
	case "小时", "h", "hour", "hours":
		step = time.Hour
	case "天", "d", "day", "days":
		step, precision = 24*time.Hour, crisis.PrecisionDay
	case "周", "星期":
		step, precision = 7*24*time.Hour, crisis.PrecisionDay
	case "月":
		return now.AddDate(0, -n, 0), crisis.PrecisionDay, !half
	case "年":
		return now.AddDate(-n, 0, 0), crisis.PrecisionDay, !half
	}
	back := time.Duration(n) * step
	if half {
		back = step / 2
	}
	return now.Add(-back), precision, true
}

// onDay reads the parts of 昨天 下午 3:20: day, part of day, hour, minute. A clock
// time alone is the last such one.
func onDay(local time.Time, m []string) (time.Time, crisis.Precision, bool) {
	back := map[string]int{"昨天": 1, "yesterday": 1, "前天": 2}[m[1]]
	midnight := time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, local.Location())
	if m[3] == "" {
		return midnight, crisis.PrecisionDay, m[1] != ""
	}
	hour, _ := strconv.Atoi(m[3]) // two digits, as the pattern says
	minute, _ := strconv.Atoi(m[4])
	if (m[2] == "下午" || m[2] == "晚上") && hour < 12 {
		hour += 12
	}
	if hour > 23 || minute > 59 {
		return time.Time{}, "", false
	}
	at := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), hour, minute, 0, 0, local.Location())
	if m[1] == "" && at.After(local.Add(10*time.Minute)) {
		at = at.AddDate(0, 0, -1)
	}
	return at, crisis.PrecisionMinute, true
}

// lastSuch reads a date without a year as the last one that is not more than a day
// ahead, so that a site in a zone ahead of the configured one keeps its year.
func lastSuch(s string, local time.Time) (time.Time, crisis.Precision, bool) {
	for back := range 9 { // 29 February comes every eighth year at the latest
		year := strconv.Itoa(local.Year() - back)
		for _, set := range []struct {
			layouts   []string
			precision crisis.Precision
		}{{yearless, crisis.PrecisionMinute}, {yearlessDay, crisis.PrecisionDay}} {
			for _, l := range set.layouts {
				t, err := time.ParseInLocation("2006 "+l, year+" "+s, local.Location())
				if err == nil && !t.After(local.Add(24*time.Hour)) {
					return t, set.precision, true
				}
			}
		}
	}
	return time.Time{}, "", false
}
