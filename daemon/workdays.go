package daemon

import (
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
)

// Holidays are the days on which the organisation does not work though it is no week
// end, and the days of a week end on which it does (调休). Red lines and targets that
// count in working days go by them.
type Holidays struct {
	Off []string `yaml:"off" doc:"holidays, each a day such as 2026-10-01, or the first and last such as 2026-10-01..2026-10-07"`
	On  []string `yaml:"on" doc:"days of a week end that are worked, such as 2026-10-10"`

	calendar crisis.Calendar
}

// read takes the days apart.
func (h *Holidays) read(zone string) error {
	h.calendar = crisis.Calendar{Zone: zone}
	var err error
	if h.calendar.Off, err = days(h.Off); err != nil {
		return fmt.Errorf("off: %w", err)
	}
	if h.calendar.On, err = days(h.On); err != nil {
		return fmt.Errorf("on: %w", err)
	}
	for _, on := range h.calendar.On {
		if slices.Contains(h.calendar.Off, on) {
			return fmt.Errorf("on: %s is also a holiday; remove one of the two", on)
		}
	}
	return nil
}

// works says whether the day that t names in its own zone is a working day.
func (h *Holidays) works(t time.Time) bool {
	y, m, d := t.Date()
	return h.calendar.Works(time.Date(y, m, d, 12, 0, 0, 0, time.UTC)) // noon in Greenwich is that day nearly everywhere
}

// mostDays is how long a holiday may be: a longer one is a slip of the pen.
const mostDays = 100

// days writes out days and spans of days.
func days(entries []string) ([]string, error) {
	var out []string
	for _, entry := range entries {
		first, last := entry, entry
		if len(entry) > 12 && entry[10:12] == ".." {
			first, last = entry[:10], entry[12:]
		}
		from, err1 := time.Parse(time.DateOnly, first)
		to, err2 := time.Parse(time.DateOnly, last)
		if n := to.Sub(from).Hours() / 24; err1 != nil || err2 != nil || n < 0 || n > mostDays {
			return nil, fmt.Errorf("%q is neither a day nor a span of days; write 2026-10-01 or 2026-10-01..2026-10-07", entry)
		}
		for ; !from.After(to); from = from.AddDate(0, 0, 1) {
			out = append(out, from.Format(time.DateOnly))
		}
	}
	return out, nil
}

// dated gives a plan the calendar by which its working days are counted, if it counts
// any. The plan keeps it, so a configuration that changes later moves no red line.
func (d *Daemon) dated(p crisis.Plan) crisis.Plan {
	if p.CountsWorkdays() {
		c := d.cfg.Holidays.calendar
		p.Calendar = &c
	}
	return p
}
