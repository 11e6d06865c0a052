package console

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"watchfire/crisis"
)

// tongue says times and numbers in one language and the organisation's zone.
type tongue struct {
	lang string
	zone *time.Location
	now  time.Time
}

// moment is a point in time to be shown: absolute, relative and for machines.
type moment struct {
	ISO string
	Abs string
	Rel string // "12 分钟前", "还剩 5 分钟"
	Ago bool   // whether Rel counts up from a past moment; else it is a deadline
}

// due is a deadline to be shown.
type due struct {
	moment
	State string // late, soon or fine: a class, and a word beside it
}

func (t tongue) en() bool { return t.lang == "en" }

// clock says the time of day, with the date when it is another day, with the
// year when it is another year.
func (t tongue) clock(at time.Time) string {
	if at.IsZero() {
		return "—"
	}
	at, now := at.In(t.zone), t.now.In(t.zone)
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04")
	}
	layout := "1月2日 15:04"
	if t.en() {
		layout = "2 Jan 15:04"
	}
	if at.Year() != now.Year() {
		layout = "2006年" + layout
		if t.en() {
			layout = "2 Jan 2006 15:04"
		}
	}
	return at.Format(layout)
}

// between says from when to when, the day only once.
func (t tongue) between(from, to time.Time) string {
	end := t.clock(to)
	if a, b := from.In(t.zone), to.In(t.zone); a.Format(time.DateOnly) == b.Format(time.DateOnly) {
		end = b.Format("15:04")
	}
	return t.clock(from) + "–" + end
}

// span says a stretch of time in at most two units.
func (t tongue) span(d time.Duration) string {
	d = d.Abs()
	unit := func(n int64, zh, en string) string {
		if t.en() {
			return strconv.FormatInt(n, 10) + " " + en
		}
		return strconv.FormatInt(n, 10) + " " + zh
	}
	two := func(a, b string) string {
		if b == "" {
			return a
		}
		return a + " " + b
	}
	days, hours, minutes := int64(d/(24*time.Hour)), int64(d/time.Hour)%24, int64(d/time.Minute)%60
	switch {
	case days > 0 && hours > 0:
		return two(unit(days, "天", "d"), unit(hours, "小时", "h"))
	case days > 0:
		return unit(days, "天", "d")
	case hours > 0 && minutes > 0:
		return two(unit(hours, "小时", "h"), unit(minutes, "分", "min"))
	case hours > 0:
		return unit(hours, "小时", "h")
	case minutes > 0:
		return unit(minutes, "分钟", "min")
	}
	return unit(int64(d/time.Second), "秒", "s")
}

// ago says how long ago something happened.
func (t tongue) ago(at time.Time) string {
	d := t.now.Sub(at)
	switch {
	case at.IsZero():
		return ""
	case d < 0:
		return t.pick(t.span(d)+"后", "in "+t.span(d))
	case d < time.Minute:
		return t.pick("刚刚", "just now")
	}
	return t.pick(t.span(d)+"前", t.span(d)+" ago")
}

// left says how long there is until a deadline, or by how much it has passed.
func (t tongue) left(at time.Time) string {
	d := at.Sub(t.now)
	switch {
	case d >= time.Minute:
		return t.pick("还剩 "+t.span(d), t.span(d)+" left")
	case d > 0:
		return t.pick("不到 1 分钟", "under a minute")
	case d > -time.Minute:
		return t.pick("刚到点", "due now")
	}
	return t.pick("超时 "+t.span(d), t.span(d)+" late")
}

func (t tongue) pick(zh, en string) string {
	if t.en() {
		return en
	}
	return zh
}

// since shows a past moment.
func (t tongue) since(at time.Time) moment {
	if at.IsZero() {
		return moment{Abs: "—"}
	}
	return moment{ISO: at.UTC().Format(time.RFC3339), Abs: t.clock(at), Rel: t.ago(at), Ago: true}
}

// soon is how long before a deadline it is shown as near.
const soon = 15 * time.Minute

// by shows a deadline.
func (t tongue) by(at time.Time) due {
	d := due{moment: moment{ISO: at.UTC().Format(time.RFC3339), Abs: t.clock(at), Rel: t.left(at)}, State: "fine"}
	switch left := at.Sub(t.now); {
	case left <= 0:
		d.State = "late"
	case left <= soon:
		d.State = "soon"
	}
	return d
}

// number says a count, with at most one decimal, and only where it matters.
func number(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "—"
	}
	if f >= 10 || f == math.Trunc(f) {
		return strconv.FormatFloat(math.Round(f), 'f', 0, 64)
	}
	return strconv.FormatFloat(math.Round(10*f)/10, 'f', -1, 64)
}

func percent(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "—"
	}
	return fmt.Sprintf("%.0f%%", 100*f)
}

// numeral names a level by its number alone: Ⅱ, or II.
func (t tongue) numeral(l crisis.Level) string {
	if l < crisis.LevelI || l > crisis.LevelIV {
		return t.pick("未定", "ungraded")
	}
	if t.en() {
		return l.String()
	}
	return [...]string{"Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}[l-1]
}

// levelClass is the class that colours a level; the number always stands beside it.
func levelClass(l crisis.Level) string {
	if l < crisis.LevelI || l > crisis.LevelIV {
		return "l0"
	}
	return "l" + strconv.Itoa(int(l))
}
