package crawlers

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// layouts with a zone of their own, and without; the latter are read in the zone
// of the source.
var (
	zoned = []string{
		time.RFC3339Nano, time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST",
		"Mon, 2 Jan 2006 15:04 -0700", "Mon Jan 02 15:04:05 -0700 2006", "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05 -0700", "20060102T150405Z",
	}
	naiveSecond = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02T15:04:05.999999999", "2006/01/02 15:04:05", "2006/1/2 15:04:05", "2006-1-2 15:04:05", "2006年1月2日 15:04:05", "2006年1月2日15:04:05", "Mon, 2 Jan 2006 15:04:05"}
	naiveMinute = []string{"2006-01-02 15:04", "2006/01/02 15:04", "2006/1/2 15:04", "2006-1-2 15:04", "2006-01-02T15:04", "2006年1月2日 15:04", "2006年1月2日15:04", "2006年1月2日 15时04分"}
	naiveDay    = []string{"2006-01-02", "2006/01/02", "2006/1/2", "2006-1-2", "2006年1月2日", "2006年01月02日", "2006.01.02", "2006.1.2", "20060102"}
	yearless    = []string{"01-02 15:04", "1月2日 15:04", "1月2日15:04"}
	yearlessDay = []string{"01-02", "1月2日", "01/02"}
)

var (
	ago     = regexp.MustCompile(`^(\d+)\s*(秒|秒钟|分钟|分|小时|天|min|mins|minutes?|hours?|h|days?|d)(钟)?\s*(之?前|ago)$`)
	clockAt = regexp.MustCompile(`^(今天|昨天|前天)\s*(\d{1,2}):(\d{2})$`)
	number  = regexp.MustCompile(`^\d{9,17}(\.\d+)?$`)
)

// ParseTime reads a time as sites write it: with a zone, without one (then of the
// source's zone), a day only, seconds or milliseconds since 1970, or relative to
// now. CST is China's zone here, not America's. A time more than ten minutes ahead
// of now becomes now, one before 2000 is none.
func ParseTime(s string, zone *time.Location, now time.Time) (time.Time, crisis.Precision, bool) {
	s = strings.Trim(strings.TrimSpace(strings.ReplaceAll(s, "\u3000", " ")), "[]()（）【】")
	t, p, ok := parseTime(s, zone, now)
	switch {
	case !ok || t.Year() < 2000:
		return time.Time{}, crisis.PrecisionNone, false
	case t.After(now.Add(10 * time.Minute)):
		return now.UTC(), crisis.PrecisionNone, true
	}
	return t.UTC(), p, true
}

func parseTime(s string, zone *time.Location, now time.Time) (time.Time, crisis.Precision, bool) {
	if s == "" {
		return time.Time{}, "", false
	}
	if number.MatchString(s) {
		return epoch(s)
	}
	if before, ok := strings.CutSuffix(s, " CST"); ok {
		s = before + " +0800"
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
	return relative(s, zone, now)
}

// epoch reads a number by its magnitude: seconds, milliseconds or microseconds.
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
	}
	return time.UnixMicro(int64(f)), crisis.PrecisionSecond, true
}

// relative reads 刚刚, 3分钟前, 昨天 10:20, and dates without a year, which are the
// last such date that is not in the future.
func relative(s string, zone *time.Location, now time.Time) (time.Time, crisis.Precision, bool) {
	local := now.In(zone)
	if s == "刚刚" || s == "just now" {
		return now, crisis.PrecisionMinute, true
	}
	if m := ago.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > 100000 {
			return time.Time{}, "", false
		}
		unit, precision := time.Minute, crisis.PrecisionMinute
		switch m[2][0] {
		case 'h':
			unit = time.Hour
		case 'd':
			unit, precision = 24*time.Hour, crisis.PrecisionDay
		}
		switch m[2] {
		case "秒", "秒钟":
			unit = time.Second
		case "小时":
			unit = time.Hour
		case "天":
			unit, precision = 24*time.Hour, crisis.PrecisionDay
		}
		return now.Add(-time.Duration(n) * unit), precision, true
	}
	if m := clockAt.FindStringSubmatch(s); m != nil {
		h, _ := strconv.Atoi(m[2]) // two digits, as the pattern says
		minute, _ := strconv.Atoi(m[3])
		back := map[string]int{"今天": 0, "昨天": 1, "前天": 2}[m[1]]
		return time.Date(local.Year(), local.Month(), local.Day()-back, h, minute, 0, 0, zone), crisis.PrecisionMinute, true
	}
	for i, set := range [][]string{yearless, yearlessDay} {
		for _, l := range set {
			t, err := time.ParseInLocation(l, s, zone)
			if err != nil {
				continue
			}
			t = t.AddDate(local.Year(), 0, 0)
			if t.After(now.Add(24 * time.Hour)) {
				t = t.AddDate(-1, 0, 0)
			}
			return t, []crisis.Precision{crisis.PrecisionMinute, crisis.PrecisionDay}[i], true
		}
	}
	return time.Time{}, "", false
}
