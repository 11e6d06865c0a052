package playbooks

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// Given is a time that a statement gives to the public for something that we are to do
// (承诺的时间).
type Given struct {
	Kind  string        `json:"kind"`            // crisis.PromiseUpdate, PromiseFollowUp or PromiseResult
	What  string        `json:"what"`            // the sentence it stands in
	Due   time.Time     `json:"due"`             // the end of the time given
	Every time.Duration `json:"every,omitempty"` // of a promise that repeats, else 0
}

var (
	// owes says that a sentence is about what we will do and not about what was.
	owes     = regexp.MustCompile(`(将于|将在|将|拟于|预计|计划|力争|争取|不晚于|最迟|确保).{0,30}(发布|公布|通报|更新|告知|回复|答复|说明|恢复|完成|出结果|出具|通水|通电|供水|供电|复查|回访|反馈)|下一?次(更新|发布|通报)|每隔?\d+个?(小时|分钟)|[前内](再次)?(发布|公布|通报|更新|告知|答复|回复|反馈|恢复|完成|出结果)|预计.{0,20}出结果`)
	result   = regexp.MustCompile(`结果|结论|调查报告|鉴定|检验|检测|处理情况`)
	followUp = regexp.MustCompile(`复查|验收|回访|整改|改进|恢复|完成|通水|通电|供水|供电`)
	updates  = regexp.MustCompile(`更新|发布|通报|进展|最新|续报|告知`)

	everyRe   = regexp.MustCompile(`每隔?(\d+)个?(小时|分钟)`)
	withinRe  = regexp.MustCompile(`(\d+)个?(小时|分钟|工作日|天|日)(之)?内`)
	monthRe   = regexp.MustCompile(`(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日`)
	dayWordRe = regexp.MustCompile(`今日|今天|今晚|今夜|明日|明天|明早|明晚|后天|次日|当日|当天`)
	clockRe   = regexp.MustCompile(`(凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间|晚|早)?(\d{1,2})(?:[时点](?:(\d{1,2})分|(半)|整)?|[:：](\d{2}))`)
)

// dayWords are the days that words name, counted from that of publication.
var dayWords = map[string]int{"今日": 0, "今天": 0, "今晚": 0, "今夜": 0, "当日": 0, "当天": 0, "明日": 1, "明天": 1, "明早": 1, "明晚": 1, "次日": 1, "后天": 2}

// Promised returns the times that a statement gives for acts of ours, in the order of
// the text, each once. Times are those of published's zone; workday says whether a day
// is worked, nil is Monday to Friday. A day without an hour lasts until its end.
func Promised(text string, published time.Time, workday func(time.Time) bool) []Given {
	if workday == nil {
		workday = func(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }
	}
	if len(text) > longestDraft {
		text = strings.ToValidUTF8(text[:longestDraft], "")
	}
	var out []Given
	for _, s := range sentencesOf(text) {
		for clause := range strings.SplitSeq(s.text, "；") {
			at := owes.FindStringIndex(clause)
			if at == nil {
				continue
			}
			g := Given{What: strings.TrimSpace(clause), Kind: promiseKind(clause)}
			where := clause // a time before the act may be that of what happened
			if behind := clause[at[0]:]; clockRe.MatchString(behind) || monthRe.MatchString(behind) || dayWordRe.MatchString(behind) {
				where = behind
			}
			var ok bool
			if g.Due, g.Every, ok = timeIn(where, published, workday); !ok || !g.Due.After(published) {
				continue
			}
			if !slices.ContainsFunc(out, func(have Given) bool { return have.Due.Equal(g.Due) && have.Kind == g.Kind }) {
				out = append(out, g)
			}
		}
	}
	return out
}

// promiseKind says what a clause promises.
func promiseKind(clause string) string {
	switch {
	case strings.Contains(clause, "更新") || strings.Contains(clause, "下次") || strings.Contains(clause, "最新"):
		return crisis.PromiseUpdate
	case result.MatchString(clause):
		return crisis.PromiseResult
	case followUp.MatchString(clause):
		return crisis.PromiseFollowUp
	case updates.MatchString(clause):
		return crisis.PromiseUpdate
	}
	return crisis.PromiseFollowUp
}

// timeIn reads the time that a clause gives.
func timeIn(clause string, now time.Time, workday func(time.Time) bool) (due time.Time, every time.Duration, ok bool) {
	if m := everyRe.FindStringSubmatch(clause); m != nil {
		if every = spanOfUnit(m[1], m[2]); every > 0 {
			return now.Add(every), every, true
		}
	}
	if m := withinRe.FindStringSubmatch(clause); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n < 1 || n > 400 {
			return due, 0, false
		}
		switch m[2] {
		case "工作日":
			return endOf(workdays(now, n, workday)), 0, true
		case "天", "日":
			return endOf(now.AddDate(0, 0, n)), 0, true
		}
		return now.Add(spanOfUnit(m[1], m[2])), 0, true
	}
	day, from, dated := dayIn(clause, now)
	m := clockRe.FindStringSubmatch(clause[from:])
	switch {
	case m == nil && dated:
		return endOf(day), 0, true
	case m == nil:
		return due, 0, false
	}
	hour, minute, ok := clockOf(m, strings.HasSuffix(clause[:from], "晚") || strings.HasSuffix(clause[:from], "今夜"))
	if !ok {
		return due, 0, false
	}
	due = time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, now.Location())
	if !dated && !due.After(now) {
		due = due.AddDate(0, 0, 1)
	}
	return due, 0, true
}

func spanOfUnit(n, unit string) time.Duration {
	v, err := strconv.Atoi(n)
	if err != nil || v < 1 || v > 10000 {
		return 0
	}
	if unit == "分钟" {
		return time.Duration(v) * time.Minute
	}
	return time.Duration(v) * time.Hour
}

// dayIn returns the last day that a clause names and where its name ends; false for
// none. A date that has gone by is one of next year, if that is within half a year.
func dayIn(clause string, now time.Time) (day time.Time, from int, ok bool) {
	if all := monthRe.FindAllStringSubmatchIndex(clause, -1); len(all) > 0 {
		m := all[len(all)-1]
		part := func(i int) int {
			if m[2*i] < 0 {
				return 0
			}
			n, err := strconv.Atoi(clause[m[2*i]:m[2*i+1]])
			if err != nil {
				return 0
			}
			return n
		}
		year := part(1)
		if year == 0 {
			year = now.Year()
		}
		day = time.Date(year, time.Month(part(2)), part(3), 0, 0, 0, 0, now.Location())
		if part(1) == 0 && day.Before(now.AddDate(0, 0, -1)) && day.AddDate(1, 0, 0).Sub(now) < 183*24*time.Hour {
			day = day.AddDate(1, 0, 0)
		}
		return day, m[1], part(2) >= 1 && part(2) <= 12 && part(3) >= 1 && part(3) <= 31
	}
	if all := dayWordRe.FindAllStringIndex(clause, -1); len(all) > 0 {
		at := all[len(all)-1]
		return now.AddDate(0, 0, dayWords[clause[at[0]:at[1]]]), at[1], true
	}
	return now, 0, false
}

// clockOf reads a time of day; 24 is midnight at the end of the day.
func clockOf(m []string, evening bool) (hour, minute int, ok bool) {
	hour, err := strconv.Atoi(m[2])
	if err != nil || hour > 24 {
		return 0, 0, false
	}
	for _, digits := range []string{m[3], m[5]} {
		if digits != "" {
			if minute, err = strconv.Atoi(digits); err != nil || minute > 59 {
				return 0, 0, false
			}
		}
	}
	if m[4] != "" {
		minute = 30
	}
	switch m[1] {
	case "下午", "傍晚", "晚上", "晚间", "夜间", "晚":
		evening = true
	case "中午":
		evening = hour < 11
	}
	if evening && hour >= 1 && hour < 12 {
		hour += 12
	}
	return hour, minute, true
}

// workdays returns the day on which the n-th working day after now falls.
func workdays(now time.Time, n int, workday func(time.Time) bool) time.Time {
	day := now
	for i := 0; n > 0 && i < 1000; i++ {
		day = day.AddDate(0, 0, 1)
		if workday(day) {
			n--
		}
	}
	return day
}

func endOf(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location())
}
