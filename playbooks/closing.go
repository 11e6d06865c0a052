package playbooks

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"watchfire/crisis"
)

// Sight is the least coverage at which quiet counts as quiet: below it we may
// simply not see what is said.
const Sight = 0.8

// Quietness is how calm it has become around an incident.
type Quietness struct {
	// For is how long the count has stayed below the plan's QuietRatio times usual.
	For time.Duration
	// Coverage is the share of planned sampling that succeeded during that time, 0 to 1.
	Coverage float64
	// Negative and Base are the negative share at present and before the incident,
	// 0 to 1; NaN for Negative when too few posts came in to have a mood.
	Negative float64
	Base     float64
	Promises int // public promises still open
}

// Closable checks the closing criteria a machine can check and names those that do
// not hold. People still confirm the plan's Human criteria.
func Closable(plan crisis.Plan, q Quietness) (ok bool, missing []Text) {
	c := plan.Closing
	need := func(zh, en string) { missing = append(missing, Text{ZH: zh, EN: en}) }
	if q.For < c.QuietFor {
		need(
			fmt.Sprintf("声量低于平常%g倍须连续%s，目前%s", c.QuietRatio, spanZH(c.QuietFor), spanZH(q.For)),
			fmt.Sprintf("the count must stay below %g times usual for %s, so far %s", c.QuietRatio, spanEN(c.QuietFor), spanEN(q.For)),
		)
	}
	if !(q.Coverage >= Sight) {
		need(
			fmt.Sprintf("期间监测覆盖率须达到%s，实际%s：看不见不等于平静", percent(Sight), percent(q.Coverage)),
			fmt.Sprintf("coverage in that time must reach %s, it was %s: blind is not calm", percent(Sight), percent(q.Coverage)),
		)
	}
	if c.MoodWithin > 0 && q.Negative > q.Base+c.MoodWithin {
		need(
			fmt.Sprintf("负面占比须回到事前%s上浮%.0f个百分点以内，目前%s", percent(q.Base), c.MoodWithin*100, percent(q.Negative)),
			fmt.Sprintf("the negative share must be within %.0f points of the %s before, it is %s", c.MoodWithin*100, percent(q.Base), percent(q.Negative)),
		)
	}
	if c.NoPromise && q.Promises > 0 {
		need(
			fmt.Sprintf("还有%d项公开承诺没有兑现", q.Promises),
			fmt.Sprintf("public promises still open: %d", q.Promises),
		)
	}
	return len(missing) == 0, missing
}

func percent(share float64) string {
	if math.IsNaN(share) {
		return "?"
	}
	return fmt.Sprintf("%.0f%%", share*100)
}

// spanZH says a duration as people do: 24小时, 1小时30分, 45分.
func spanZH(d time.Duration) string { return span(d, "小时", "分") }

func spanEN(d time.Duration) string { return span(d, "h", "m") }

func span(d time.Duration, hours, minutes string) string {
	d = max(d, 0).Truncate(time.Minute)
	h, m := int(d/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case h == 0:
		return strconv.Itoa(m) + minutes
	case m == 0:
		return strconv.Itoa(h) + hours
	}
	return strconv.Itoa(h) + hours + strconv.Itoa(m) + minutes
}
