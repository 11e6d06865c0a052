package crisis

import (
	"fmt"
	"slices"
	"time"
)

// Calendar says which days are working days (工作日): those from Monday to Friday that
// are no holidays, and the weekend days that are worked instead (调休). A plan carries
// the calendar that held when it was attached, so that the due times of a running
// incident do not depend on a configuration that changes later.
type Calendar struct {
	Zone string   `json:"zone,omitempty"` // IANA name of the zone in which days begin; empty is UTC
	Off  []string `json:"off,omitempty"`  // holidays, as 2026-10-01
	On   []string `json:"on,omitempty"`   // weekend days that are worked, as 2026-10-10

	zone *time.Location
}

// open finds the zone of a calendar that was read.
func (c *Calendar) open() error {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	c.zone = zone
	return nil
}

func (c *Calendar) location() *time.Location {
	if c.zone != nil {
		return c.zone
	}
	return time.UTC
}

// Works says whether the day on which t lies is a working day.
func (c *Calendar) Works(t time.Time) bool {
	t = t.In(c.location())
	switch day := t.Format(time.DateOnly); {
	case slices.Contains(c.Off, day):
		return false
	case slices.Contains(c.On, day):
		return true
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

// After returns the end of the n-th working day after the day on which t lies: the day
// itself does not count, as 期间 are counted in days.
func (c *Calendar) After(t time.Time, n int) time.Time { return c.moment(t, n, 100, nil) }

// The hours of a working day in which parts of it pass: who is reminded at half of a
// day is reminded at work. The day as a whole lasts until it ends.
const (
	workBegins = 9 * time.Hour
	workLasts  = 9 * time.Hour
)

// moment returns when a share, in percent, of n working days after the day of t has
// passed; days whose beginning is idle do not count. Idle may be nil.
func (c *Calendar) moment(t time.Time, n, share int, idle func(time.Time) bool) time.Time {
	y, m, d := t.In(c.location()).Date()
	whole, rest := n*share/100, n*share%100
	for day := 1; ; day++ {
		begins := time.Date(y, m, d+day, 0, 0, 0, 0, c.location())
		counts := c.Works(begins.Add(12*time.Hour)) && (idle == nil || !idle(begins))
		if !counts && day <= 10*n+400 { // a calendar without working days ends too
			continue
		}
		switch {
		case share >= 100 && whole == 1:
			return time.Date(y, m, d+day+1, 0, 0, 0, 0, c.location()).UTC()
		case share < 100 && whole == 0:
			return begins.Add(workBegins + workLasts/100*time.Duration(rest)).UTC()
		}
		whole--
	}
}
