package daemon

import "slices"

// reaches says whether a channel belongs to one of some people, or to nobody and
// thereby to all.
func (d *directory) reaches(channel string, people []string) bool {
	owned := false
	for i := range d.cfg.People {
		p := &d.cfg.People[i]
		if !slices.Contains(p.Channels, channel) {
			continue
		}
		if slices.Contains(people, p.Name) {
			return true
		}
		owned = true
	}
	return !owned
}

// sole returns the only person whom a channel belongs to; "" if it is everybody's or
// several people's.
func (d *directory) sole(channel string) string {
	name := ""
	for i := range d.cfg.People {
		switch p := &d.cfg.People[i]; {
		case !slices.Contains(p.Channels, channel):
		case name != "":
			return ""
		default:
			name = p.Name
		}
	}
	return name
}
