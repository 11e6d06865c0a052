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
func (c *Calendar) After(t time.Time, n int) time.Time {
	y, m, d := t.In(c.location()).Date()
	for day := 1; ; day++ {
		begins := time.Date(y, m, d+day, 0, 0, 0, 0, c.location())
		if c.Works(begins.Add(12*time.Hour)) || day > 10*n+400 { // a calendar without working days ends too
			n--
		}
		if n <= 0 {
			return time.Date(y, m, d+day+1, 0, 0, 0, 0, c.location()).UTC()
		}
	}
}
