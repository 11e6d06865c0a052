package daemon

import (
	"slices"
	"time"

	"watchfire/daemon/console"
)

// contactDays is how far ahead the page for the time off line says who is on duty.
const contactDays = 3 * 24 * time.Hour

// contacts are the people who can be called, in the order of the configuration, with the
// names of their roles in a language and when they are on duty from now on.
func (d *Daemon) contacts(lang string) []console.Contact {
	var out []console.Contact
	now := d.clock.Now()
	for i := range d.cfg.People {
		p := &d.cfg.People[i]
		if p.Phone == "" {
			continue
		}
		c := console.Contact{Name: p.Name, Phone: p.Phone.Reveal()}
		for _, role := range d.people.rolesOf(p) {
			name := d.people.words.RoleName(role)
			c.Roles = append(c.Roles, name.In(lang))
		}
		if len(d.cfg.Roster.Shifts) > 0 || len(d.cfg.Roster.calendar) > 0 {
			c.Duty = d.people.duties(p.Name, now, now.Add(contactDays))
		}
		out = append(out, c)
	}
	return out
}

// duties are the times between two in which a person is on duty, to the quarter of an hour.
func (d *directory) duties(name string, from, to time.Time) (out []console.Span) {
	const step = 15 * time.Minute
	for t := from.Truncate(step); t.Before(to); t = t.Add(step) {
		if !slices.ContainsFunc(d.onDuty(t, nobody), func(x OnDuty) bool { return x.Name == name }) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].To.Equal(t) {
			out[n-1].To = t.Add(step)
			continue
		}
		out = append(out, console.Span{From: t, To: t.Add(step)})
	}
	return out
}
