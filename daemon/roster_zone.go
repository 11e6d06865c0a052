package daemon

import (
	"strconv"
	"strings"
	"time"
)

// clock reads the times of a calendar.
type clock struct {
	zone  *time.Location           // of times that name none
	zones map[string]*calendarZone // that the calendar describes
}

// calendarZone is a zone as a calendar describes it.
type calendarZone struct {
	location string // X-LIC-LOCATION, a name of the IANA
	offsets  []int  // TZOFFSETTO, in seconds
	broken   bool
}

// take reads one line of the description.
func (z *calendarZone) take(p *property) {
	switch p.name {
	case "X-LIC-LOCATION":
		z.location = p.value
	case "TZOFFSETTO":
		n, err := strconv.Atoi(p.value)
		if err != nil || len(p.value) != 5 && len(p.value) != 7 {
			z.broken = true
			return
		}
		if len(p.value) == 7 {
			n /= 100
		}
		z.offsets = append(z.offsets, (n/100*60+n%100)*60)
	}
}

// fixed is the zone if its clocks never change.
func (z *calendarZone) fixed(name string) *time.Location {
	if z.broken || len(z.offsets) == 0 {
		return nil
	}
	for _, o := range z.offsets {
		if o != z.offsets[0] {
			return nil
		}
	}
	return time.FixedZone(name, z.offsets[0])
}

// windowsZones are names that calendar programs of Microsoft write instead of those of
// the IANA (CLDR, windowsZones.xml, territory 001).
var windowsZones = map[string]string{
	"China Standard Time": "Asia/Shanghai", "Beijing": "Asia/Shanghai", "Taipei Standard Time": "Asia/Taipei", "Tokyo Standard Time": "Asia/Tokyo",
	"Korea Standard Time": "Asia/Seoul", "North Korea Standard Time": "Asia/Pyongyang", "Singapore Standard Time": "Asia/Singapore",
	"W. Australia Standard Time": "Australia/Perth", "AUS Eastern Standard Time": "Australia/Sydney", "E. Australia Standard Time": "Australia/Brisbane",
	"Cen. Australia Standard Time": "Australia/Adelaide", "AUS Central Standard Time": "Australia/Darwin", "New Zealand Standard Time": "Pacific/Auckland",
	"SE Asia Standard Time": "Asia/Bangkok", "India Standard Time": "Asia/Kolkata", "Sri Lanka Standard Time": "Asia/Colombo", "Nepal Standard Time": "Asia/Kathmandu",
	"Bangladesh Standard Time": "Asia/Dhaka", "Myanmar Standard Time": "Asia/Yangon", "Pakistan Standard Time": "Asia/Karachi",
	"Central Asia Standard Time": "Asia/Bishkek", "West Asia Standard Time": "Asia/Tashkent", "Ulaanbaatar Standard Time": "Asia/Ulaanbaatar",
	"Arabian Standard Time": "Asia/Dubai", "Arab Standard Time": "Asia/Riyadh", "Iran Standard Time": "Asia/Tehran", "Israel Standard Time": "Asia/Jerusalem",
	"Russian Standard Time": "Europe/Moscow", "Turkey Standard Time": "Europe/Istanbul", "Egypt Standard Time": "Africa/Cairo", "South Africa Standard Time": "Africa/Johannesburg",
	"GMT Standard Time": "Europe/London", "Greenwich Standard Time": "Atlantic/Reykjavik", "W. Europe Standard Time": "Europe/Berlin",
	"Romance Standard Time": "Europe/Paris", "Central Europe Standard Time": "Europe/Budapest", "Central European Standard Time": "Europe/Warsaw",
	"E. Europe Standard Time": "Europe/Chisinau", "FLE Standard Time": "Europe/Kiev", "GTB Standard Time": "Europe/Bucharest",
	"Eastern Standard Time": "America/New_York", "Central Standard Time": "America/Chicago", "Mountain Standard Time": "America/Denver", "US Mountain Standard Time": "America/Phoenix",
	"Pacific Standard Time": "America/Los_Angeles", "Alaskan Standard Time": "America/Anchorage", "Hawaiian Standard Time": "Pacific/Honolulu", "Atlantic Standard Time": "America/Halifax",
	"E. South America Standard Time": "America/Sao_Paulo", "Argentina Standard Time": "America/Buenos_Aires", "UTC": "UTC", "Coordinated Universal Time": "UTC",
}

// location finds the zone that a calendar names: by the name of the IANA, also behind a
// path, by that of Windows, or as the calendar describes it.
func (c *clock) location(p *property, id string) (*time.Location, error) {
	names := []string{id, windowsZones[id]}
	if parts := strings.Split(strings.Trim(id, "/"), "/"); len(parts) > 2 {
		names = append(names, strings.Join(parts[len(parts)-2:], "/"), strings.Join(parts[len(parts)-3:], "/"))
	}
	own := c.zones[id]
	if own != nil {
		names = append(names, own.location)
	}
	for _, name := range names {
		name = strings.TrimPrefix(name, "/")
		if name == "" || name == "Local" {
			continue
		}
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	if own != nil {
		if zone := own.fixed(id); zone != nil {
			return zone, nil
		}
		return nil, p.errorf("TZID %q is a time zone of the calendar's own whose clocks change; export with a known one such as Asia/Shanghai or China Standard Time", id)
	}
	return nil, p.errorf("TZID %q is not a time zone; export with one such as Asia/Shanghai or China Standard Time", id)
}

// time reads a date, or a time in UTC, in the zone named with it, or in that of the
// clock.
func (c *clock) time(p *property, value string) (at time.Time, date bool, err error) {
	zone := c.zone
	if id := p.params["TZID"]; id != "" {
		if zone, err = c.location(p, id); err != nil {
			return at, false, err
		}
	}
	layouts := []string{"20060102T150405", "20060102"}
	text := strings.TrimSpace(value)
	if v, ok := strings.CutSuffix(text, "Z"); ok {
		text, zone, layouts = v, time.UTC, layouts[:1]
	}
	for i, layout := range layouts {
		if at, err = time.ParseInLocation(layout, text, zone); err == nil {
			return at, i == 1, nil
		}
	}
	return at, false, p.errorf("%q is not a time; want one such as 20261001T180000 or 20261001", shortened(value))
}
