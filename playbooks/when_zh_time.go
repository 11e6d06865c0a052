package playbooks

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// timeAt is a time that stands at a place of a clause.
type timeAt struct {
	begin, end int
	due        time.Time
	day        time.Time // that it names, zero for none
	every      time.Duration
	moved      bool // to the next day, because its hour had passed
}

const (
	zhPart  = `凌晨|清晨|早上|早晨|上午|中午|正午|午后|下午|傍晚|晚上|晚间|夜间|夜里|半夜|午夜|深夜|下班|晚|早|晨`
	zhClock = `(` + zhPart + `)?前?(\d{1,2})(?:[时点](?:(\d{1,2})分?|(半)|[整钟])?|:(\d{2}))`
	zhDay   = `(?:(\d{4})年|(?:明|今)年)?(\d{1,2})月(\d{1,2})[日号]|(?:本月|当月)?(\d{1,2})[日号]|(今日|今天|今晚|今夜|今晨|明日|明天|明早|明晨|明晚|后天|后日|大后天|次日|次晨|当日|当天|当晚|当夜|昨日|昨天|昨晚|昨夜|前天|前日|前晚)|(本周|这周|下个?周|上个?周|周|本星期|这个?星期|下个?星期|上个?星期|星期|下个?礼拜|礼拜)([一二三四五六日天])`
	zhUnit  = `个?(小时|分钟|工作日|天|日|周|星期|月)`
)

// The words for times, tried at every place in this order.
var (
	everyRe   = regexp.MustCompile(`^每隔?(\d*)个?(小时|分钟|天|日|周)([一二三四五六日天])?(?:` + zhClock + `)?`)
	withinRe  = regexp.MustCompile(`^(?:\d+(?:[至到~—-]|个?工作日至))?(\d+)` + zhUnit + `(?:左右)?(?:之内|以内|内)`)
	afterRe   = regexp.MustCompile(`^(\d+)` + zhUnit + `(?:左右)?(?:之后|以后|后)`)
	spanRe    = regexp.MustCompile(`^(?:\d+[至到~—-])?(\d+)个?(小时|分钟|工作日|天|周|星期)`)
	dayRe     = regexp.MustCompile(`^(?:` + zhDay + `)`)
	periodRe  = regexp.MustCompile(`^(?:(本|这|下)个?(周|星期|月)(内|之内|以内|底|末)|(本月|明年\d{1,2}月|\d{1,2}月|月|本年|今年|明年|年)(底|末|内|上旬|中旬|下旬))`)
	quarterRe = regexp.MustCompile(`^(明年)?(?:第?([一二三四1-4])季度|([上下])半年)(?:之?内|末|底)?`)
	asideRe   = regexp.MustCompile(`^\s*[（(][^）)]{0,40}[）)]`)
	clockRe   = regexp.MustCompile(`^[,，\s]?` + zhClock)
	untilRe   = regexp.MustCompile(`^(?:至|到|-|—|~)` + zhClock)
	partRe    = regexp.MustCompile(`^(` + zhPart + `)(前?)`)
	soonRe    = regexp.MustCompile(`(?:预计|将于|将在|大约|约|力争|争取|计划|还需|仍需|尚需|还要|需要?|(?:期限|时限|周期|工期)[为是])(?:约|大约|在)?$`)
	weRe      = regexp.MustCompile(`^[，,]?(?:我[们局办校院])?(?:将|会|再)`)
	// elseRe stands before a stretch of time that does not run from now.
	elseRe = regexp.MustCompile(`(?:过去|近|最近|此前|前|后[，,]?|以来|历时|用时|仅用|不到)(?:的|约)?$|起$`)
	nowRe  = regexp.MustCompile(`(?:即日|[今明][日天]|现在)起$|今后$|此后$`)
)

// dayWords are the days that words name, counted from that of publication.
var dayWords = map[string]int{
	"今日": 0, "今天": 0, "今晚": 0, "今夜": 0, "今晨": 0, "当日": 0, "当天": 0, "当晚": 0, "当夜": 0,
	"明日": 1, "明天": 1, "明早": 1, "明晨": 1, "明晚": 1, "次日": 1, "次晨": 1, "后天": 2, "后日": 2, "大后天": 3,
	"昨日": -1, "昨天": -1, "昨晚": -1, "昨夜": -1, "前天": -2, "前日": -2, "前晚": -2,
}

// partEnds are the hours at which the parts of a day end.
var partEnds = map[string]int{
	"凌晨": 6, "清晨": 8, "早上": 9, "早晨": 9, "早": 9, "晨": 9, "上午": 12, "正午": 12, "中午": 14, "午后": 18, "下午": 18, "下班": 18, "傍晚": 19,
	"晚上": 24, "晚间": 24, "夜间": 24, "夜里": 24, "半夜": 24, "午夜": 24, "深夜": 24, "晚": 24,
}

// timesIn reads the times of a clause; known is the day that the sentence has named
// before, zero for none.
func (c calendar) timesIn(clause string, known time.Time) []timeAt {
	var out []timeAt
	for i := 0; i < len(clause); {
		t, ok := c.timeAt(clause, i, known)
		if !ok || t.end <= i {
			_, size := utf8.DecodeRuneInString(clause[i:])
			i += size
			continue
		}
		t.begin = i
		if !t.day.IsZero() {
			known = t.day
		}
		if n := len(out); n > 0 && t.day.IsZero() && listed.MatchString(clause[out[n-1].end:i]) {
			t.due = asLate(out[n-1].due, t.due)
		}
		out = append(out, t)
		i = t.end
	}
	return out
}

// asLate moves a morning hour that is listed behind a later one to the same evening:
// 今晚6点、9点.
func asLate(before, due time.Time) time.Time {
	if before.Hour() < 12 || due.Hour() == 0 || due.Hour()+12 <= before.Hour() || due.Hour() >= 12 {
		return due
	}
	return time.Date(before.Year(), before.Month(), before.Day(), due.Hour()+12, due.Minute(), 0, 0, due.Location())
}

// timeAt reads the time that begins at a place.
func (c calendar) timeAt(clause string, at int, known time.Time) (timeAt, bool) {
	before, rest := clause[:at], clause[at:]
	number := rest[0] >= '0' && rest[0] <= '9'
	if number && at > 0 && (before[at-1] >= '0' && before[at-1] <= '9' || before[at-1] == '.') {
		return timeAt{}, false
	}
	if m := everyRe.FindStringSubmatch(rest); m != nil {
		return c.again(m, at+len(m[0]))
	}
	if t, ok := c.stretch(before, rest); t.end > 0 {
		t.end += at
		return t, ok
	}
	if m := quarterRe.FindStringSubmatch(rest); m != nil {
		return timeAt{end: at + len(m[0]), due: c.quarter(m)}, true
	}
	if m := periodRe.FindStringSubmatch(rest); m != nil {
		due, ok := c.period(m)
		return timeAt{end: at + len(m[0]), due: due}, ok
	}
	if m := dayRe.FindStringSubmatch(rest); m != nil {
		return c.dayAt(clause, at, m)
	}
	if m := clockRe.FindStringSubmatch(rest); m != nil && (number || m[1] != "") {
		day := c.now
		if !known.IsZero() {
			day = known
		}
		due, end, ok := c.hour(clause, at, day, false)
		t := timeAt{end: end, due: due}
		if today, _, _ := c.hour(clause, at, c.now, false); ok && !due.After(c.now) {
			if t.due, t.moved = today, true; !today.After(c.now) {
				t.due = today.AddDate(0, 0, 1)
			}
		}
		return t, ok
	}
	return timeAt{}, false
}

// stretch reads a stretch of time that runs from now. One that runs from elsewhere is
// read over: its end is set, and it is no time.
func (c calendar) stretch(before, rest string) (t timeAt, ok bool) {
	m, fits := withinRe.FindStringSubmatch(rest), true
	if m == nil {
		m = afterRe.FindStringSubmatch(rest)
		fits = m != nil && (soonRe.MatchString(before) || weRe.MatchString(rest[len(m[0]):]) || before == "" && (len(rest) == len(m[0]) || nextTo.MatchString(rest[len(m[0]):])))
	}
	if m == nil {
		m = spanRe.FindStringSubmatch(rest)
		if fits = m != nil && soonRe.MatchString(before); !fits {
			return t, false
		}
	}
	t.end = len(m[0])
	if !fits || elseRe.MatchString(before) && !nowRe.MatchString(before) {
		return t, false
	}
	t.due, ok = c.after(atoi(m[1]), m[2])
	return t, ok
}

// again reads a promise that repeats.
func (c calendar) again(m []string, end int) (timeAt, bool) {
	t := timeAt{end: end, every: unitOf(m[2])}
	if m[1] != "" {
		t.every *= time.Duration(atoi(m[1]))
	}
	t.due = c.now.Add(t.every)
	if t.every <= 0 || t.every >= 400*24*time.Hour {
		return t, false
	}
	day, dated := c.now, false
	if i := slices.Index(weekdays, strings.Replace(m[3], "天", "日", 1)); i >= 0 && m[2] == "周" {
		if day, dated = c.weekday(time.Weekday(i), 0), true; !endOf(day).After(c.now) {
			day = day.AddDate(0, 0, 7)
		}
		t.due = endOf(day)
	}
	if m[5] == "" || t.every < 24*time.Hour {
		return t, true
	}
	hour, minute, ok := clockOf(m[4:], false)
	if t.due = c.clock(day, hour, minute); !t.due.After(c.now) {
		days := 1
		if dated {
			days = 7
		}
		t.due = t.due.AddDate(0, 0, days)
	}
	return t, ok
}

var weekdays = []string{"日", "一", "二", "三", "四", "五", "六"}

func unitOf(unit string) time.Duration {
	switch unit {
	case "分钟":
		return time.Minute
	case "小时":
		return time.Hour
	case "周":
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// after is the end of so many units from now.
func (c calendar) after(n int, unit string) (time.Time, bool) {
	if n < 1 || n > 10_000 {
		return c.now, false
	}
	switch unit {
	case "工作日":
		return endOf(c.workdays(n)), n <= 400
	case "天", "日":
		return endOf(c.now.AddDate(0, 0, n)), n <= 400
	case "周", "星期":
		return endOf(c.now.AddDate(0, 0, 7*n)), n <= 60
	case "月":
		return endOf(c.now.AddDate(0, n, 0)), n <= 24
	}
	return c.now.Add(time.Duration(n) * unitOf(unit)), true
}

// period is the end of a week, a month, a part of it or a year.
func (c calendar) period(m []string) (time.Time, bool) {
	zone := c.now.Location()
	if m[2] != "" {
		later := 0
		if m[1] == "下" {
			later = 1
		}
		if m[2] == "月" {
			return endOfMonth(c.now.Year(), c.now.Month()+time.Month(later), zone), true
		}
		return endOf(c.weekday(time.Sunday, later)), true
	}
	name, later := strings.CutPrefix(m[4], "明年")
	year := 0
	if later {
		year = c.now.Year() + 1
	}
	if name == "" || strings.HasSuffix(name, "年") {
		return endOfMonth(max(year, c.now.Year()), time.December, zone), true
	}
	month := int(c.now.Month())
	if n := atoi(strings.TrimSuffix(name, "月")); n > 0 {
		month = n
	}
	day, ok := c.date(year, month, 1)
	switch m[5] {
	case "上旬":
		return day.AddDate(0, 0, 10), ok
	case "中旬":
		return day.AddDate(0, 0, 20), ok
	}
	return endOfMonth(day.Year(), day.Month(), zone), ok
}

// quarter is the end of a quarter or half of the year.
func (c calendar) quarter(m []string) time.Time {
	year, month := c.now.Year(), 6
	if m[1] != "" {
		year++
	}
	switch {
	case m[2] != "":
		month = 3 * countOf(m[2])
	case m[3] == "下":
		month = 12
	}
	return endOfMonth(year, time.Month(month), c.now.Location())
}

// dayAt reads a day and what stands behind it: an aside, an hour, a part of the day.
func (c calendar) dayAt(clause string, at int, m []string) (timeAt, bool) {
	end := at + len(m[0])
	day, ok := c.day(m)
	if !ok {
		return timeAt{}, false
	}
	t := timeAt{end: end, day: day, due: endOf(day)}
	if aside := asideRe.FindString(clause[end:]); aside != "" {
		end += len(aside)
		t.end = end
	}
	late := strings.HasSuffix(m[5], "晚") || strings.HasSuffix(m[5], "夜")
	if due, behind, ok := c.hour(clause, end, day, late); ok {
		t.due, t.end = due, behind
	} else if p := partRe.FindStringSubmatch(clause[end:]); p != nil {
		hour := partEnds[p[1]]
		if p[1] == "中午" && p[2] != "" {
			hour = 12
		}
		t.due, t.end = c.clock(day, hour, 0), end+len(p[1])
	} else if strings.HasSuffix(m[5], "早") || strings.HasSuffix(m[5], "晨") {
		t.due = c.clock(day, partEnds["早"], 0)
	}
	return t, true
}

// day is the day that the words of dayRe name.
func (c calendar) day(m []string) (time.Time, bool) {
	switch {
	case m[2] != "":
		year := atoi(m[1])
		if strings.HasPrefix(m[0], "明年") {
			year = c.now.Year() + 1
		}
		return c.date(year, atoi(m[2]), atoi(m[3]))
	case m[4] != "":
		day, ok := c.date(c.now.Year(), int(c.now.Month()), atoi(m[4]))
		if first := c.clock(c.now, 0, 0).AddDate(0, 0, 1-c.now.Day()); ok && !endOf(day).After(c.now) && !strings.HasPrefix(m[0], "本") {
			next := first.AddDate(0, 1, 0) // 3日 on the fifth is that of the next month
			return c.date(next.Year(), int(next.Month()), atoi(m[4]))
		}
		return day, ok
	case m[5] != "":
		return c.clock(c.now.AddDate(0, 0, dayWords[m[5]]), 0, 0), true
	}
	weekday := slices.Index(weekdays, strings.Replace(m[7], "天", "日", 1))
	weeks := 0
	switch {
	case strings.HasPrefix(m[6], "下"):
		weeks = 1
	case strings.HasPrefix(m[6], "上"):
		weeks = -1
	}
	return c.clock(c.weekday(time.Weekday(weekday), weeks), 0, 0), weekday >= 0
}

// hour reads the time of day, or the end of a stretch of it, that begins at a place.
func (c calendar) hour(clause string, at int, day time.Time, late bool) (due time.Time, end int, ok bool) {
	m := clockRe.FindStringSubmatch(clause[at:])
	if m == nil {
		return due, at, false
	}
	end = at + len(m[0])
	if until := untilRe.FindStringSubmatch(clause[end:]); until != nil {
		until[1] = cmp.Or(until[1], m[1])
		m, end = until, end+len(until[0])
	}
	hour, minute, ok := clockOf(m[1:], late)
	return c.clock(day, hour, minute), end, ok
}

// clockOf reads a time of day from the parts of zhClock; 24 is midnight at the end of
// the day, and so is twelve at night.
func clockOf(m []string, late bool) (hour, minute int, ok bool) {
	hour = atoi(m[1])
	for _, digits := range []string{m[2], m[4]} {
		if digits != "" {
			minute = atoi(digits)
		}
	}
	if m[3] != "" {
		minute = 30
	}
	switch m[0] {
	case "晚上", "晚间", "夜间", "夜里", "半夜", "午夜", "深夜", "晚":
		late = true
	case "下午", "午后", "傍晚":
		if hour < 12 {
			hour += 12
		}
		late = false
	case "中午", "正午":
		if hour < 11 {
			hour += 12
		}
		late = false
	case "凌晨":
		if late && hour <= 6 { // 今晚凌晨1点
			hour += 24
		}
		late = false
	case "清晨", "早上", "早晨", "早", "晨", "上午":
		late = false
	}
	switch {
	case late && hour < 5: // past midnight
		hour += 24
	case late && hour <= 12:
		hour += 12
	}
	return hour, minute, hour <= 28 && minute <= 59
}

// atoi reads a number that a pattern has found; one that is too long is no time.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }
