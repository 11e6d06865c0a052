package playbooks

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

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

// longestStatement is how much of a statement is read for promises, in bytes.
const longestStatement = 256 << 10

// Promised returns the times that a statement gives for acts of ours, in the order of
// the text, each once. Times are those of published's zone; workday says whether a day
// is worked, nil is Monday to Friday. A day without an hour lasts until its end, a part
// of a day until that ends. What happened, what others are asked for and what rules
// demand is no promise.
func Promised(text string, published time.Time, workday func(time.Time) bool) []Given {
	if workday == nil {
		workday = func(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }
	}
	if len(text) > longestStatement {
		text = strings.ToValidUTF8(text[:longestStatement], "")
	}
	c := calendar{published, workday}
	var out []Given
	for _, s := range sentencesOf(text) {
		if strings.HasSuffix(s.text, "？") || strings.HasSuffix(s.text, "?") {
			continue
		}
		read := c.english
		if strings.IndexFunc(s.text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
			read = c.chinese
		}
		for _, g := range read(s.text) {
			if !g.Due.After(published) {
				continue
			}
			g.What = strings.TrimSpace(strings.TrimRight(s.text, "；;"))
			if !slices.ContainsFunc(out, func(have Given) bool {
				return have.Due.Equal(g.Due) && (have.Kind == g.Kind || have.What == g.What)
			}) {
				out = append(out, g)
			}
		}
	}
	return out
}

// calendar turns the words for times into times.
type calendar struct {
	now     time.Time
	workday func(time.Time) bool
}

// workdays returns the day on which the n-th working day after now falls.
func (c calendar) workdays(n int) time.Time {
	day := c.now
	for i := 0; n > 0 && i < 1000; i++ {
		day = day.AddDate(0, 0, 1)
		if c.workday(day) {
			n--
		}
	}
	return day
}

// date is a day; year 0 is this one, or the next if the day has gone by and comes again
// within half a year. There is none for 30 February.
func (c calendar) date(year, month, day int) (time.Time, bool) {
	own := year != 0
	if !own {
		year = c.now.Year()
	}
	d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, c.now.Location())
	if int(d.Month()) != month || d.Day() != day {
		return d, false
	}
	if !own && d.Before(c.now.AddDate(0, 0, -1)) && d.AddDate(1, 0, 0).Sub(c.now) < 183*24*time.Hour {
		d = d.AddDate(1, 0, 0)
	}
	return d, true
}

// clock is a time of a day; hours past 24 are those of the next night.
func (c calendar) clock(day time.Time, hour, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, c.now.Location())
}

// weekday is a day of this week, or of one so many weeks later; Sunday ends a week.
func (c calendar) weekday(day time.Weekday, weeks int) time.Time {
	of := func(d time.Weekday) int { return (int(d) + 6) % 7 }
	return c.now.AddDate(0, 0, 7*weeks+of(day)-of(c.now.Weekday()))
}

func endOf(day time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location())
}

func endOfMonth(year int, month time.Month, zone *time.Location) time.Time {
	return time.Date(year, month+1, 1, 0, 0, 0, 0, zone)
}

var (
	zhUpdate = regexp.MustCompile(`更新|下一?次|最新|进展|续报`)
	zhResult = regexp.MustCompile(`结果|结论|调查报告|鉴定|检验|检测|处理(情况|意见|决定)`)
	zhRepair = regexp.MustCompile(`复查|验收|回访|整改|改进|恢复|完成|通水|通电|通车|供水|供电|供气|修复|抢通`)
	zhTells  = regexp.MustCompile(`发布|通报|告知|公布|说明会|通气会`)
)

// zhKind says what a clause promises.
func zhKind(clause string) string {
	switch {
	case zhUpdate.MatchString(clause):
		return crisis.PromiseUpdate
	case zhResult.MatchString(clause):
		return crisis.PromiseResult
	case zhRepair.MatchString(clause):
		return crisis.PromiseFollowUp
	case zhTells.MatchString(clause):
		return crisis.PromiseUpdate
	}
	return crisis.PromiseFollowUp
}
