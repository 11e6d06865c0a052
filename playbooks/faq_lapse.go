package playbooks

import (
	"fmt"
	"slices"
	"time"
)

// soonest and shortLived say from when an answer is about to expire: a week before, and
// where it is good for less than that anyway, in the last quarter of its time.
const (
	soonest    = 7 * 24 * time.Hour
	shortLived = 4
)

// Lapse is an answer that somebody has to look at: it has expired, soon will, or is never
// offered. Place is the file and the line of it.
type Lapse struct {
	ID      string
	Place   string
	What    Text
	expired bool
}

// Lapses are the answers that somebody has to look at, what has expired first. Now is in
// the organisation's zone.
func (f *FAQ) Lapses(now time.Time) []Lapse {
	var out []Lapse
	for i := range f.entries {
		e := &f.entries[i]
		l := Lapse{ID: e.ID, Place: e.place, expired: e.expired(now)}
		switch {
		case e.unfit.ZH != "":
			l.What = e.unfit
		case l.expired:
			l.What = e.hasExpired()
		case e.checkedAt.After(wallClock(now)):
			l.What = Text{
				ZH: fmt.Sprintf("知识条目「%s」的核对时间%s还没有到，请写实际核对的时间", e.ID, e.Checked),
				EN: fmt.Sprintf("the time of the check of answer %s, %s, has not come yet: write when it was checked", e.ID, e.Checked),
			}
		default:
			l.What = e.Soon(now)
		}
		if l.What.ZH != "" {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b Lapse) int {
		switch {
		case a.expired == b.expired:
			return 0
		case a.expired:
			return -1
		}
		return 1
	})
	return out
}

// Soon says that an answer is about to expire, empty if it is not. Now is in the
// organisation's zone.
func (e *Answer) Soon(now time.Time) Text {
	left := e.until.Sub(wallClock(now))
	margin := soonest
	if e.good > 0 {
		margin = min(margin, e.good/shortLived)
	}
	if left <= 0 || left > margin {
		return Text{}
	}
	return Text{
		ZH: fmt.Sprintf("知识条目「%s」快要过期：有效至%s，请%s核对更新", e.ID, e.Good(), e.Owner),
		EN: fmt.Sprintf("answer %s soon expires: it is good until %s, and %s has to renew it", e.ID, e.Good(), e.Owner),
	}
}

func (e *Answer) expired(now time.Time) bool { return !wallClock(now).Before(e.until) }

func (e *Answer) hasExpired() Text {
	return Text{ZH: fmt.Sprintf("知识条目「%s」已于%s过期，请%s更新", e.ID, e.Good(), e.Owner), EN: fmt.Sprintf("answer %s expired on %s: %s has to renew it", e.ID, e.Good(), e.Owner)}
}

// wallClock is a time of the organisation's clock written as UTC, as the ends of answers
// are.
func wallClock(now time.Time) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day(), now.Hour(), now.Minute(), now.Second(), 0, time.UTC)
}
