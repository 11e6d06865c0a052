package daemon

import (
	"fmt"
	"slices"
	"time"

	"watchfire/playbooks"
)

// DutyRoster says who is on duty at one time, and who has each role then.
type DutyRoster struct {
	At    time.Time    `json:"at"`
	On    []OnDuty     `json:"on_duty"`
	Away  []string     `json:"away,omitempty"`
	Roles []RoleHolder `json:"roles"`
}

// RoleHolder is one role of the plans and who has it.
type RoleHolder struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Seat is the seat of a three-person office that has it when no people are
	// configured: A, B, C or external.
	Seat    string   `json:"seat"`
	Holders []string `json:"holders,omitempty"`
}

// DutyAt returns the duty roster of a configuration at a time.
func DutyAt(cfg *Config, at time.Time) (DutyRoster, error) {
	d, err := directoryOf(cfg)
	if err != nil {
		return DutyRoster{}, err
	}
	r := DutyRoster{At: at.In(cfg.Zoned()), On: d.onDuty(at, nobody)}
	for i := range cfg.People {
		if p := &cfg.People[i]; d.away(p.Name, at) {
			r.Away = append(r.Away, p.Name)
		}
	}
	for _, role := range d.words.Roles {
		r.Roles = append(r.Roles, RoleHolder{role.ID, role.In(cfg.Lang), role.SmallOffice, d.holders(role.ID, at, nobody)})
	}
	return r, nil
}

// Phone returns the telephone number of a person, "" when none is configured.
func (c *Config) Phone(name string) string {
	for i := range c.People {
		if c.People[i].Name == name {
			return c.People[i].Phone.Reveal()
		}
	}
	return ""
}

// directoryOf loads the playbooks for their roles.
func directoryOf(cfg *Config) (*directory, error) {
	library, err := loadPlaybooks(cfg.Playbooks)
	if err != nil {
		return nil, cfg.places.at(err, "playbooks")
	}
	return newDirectory(cfg, library.Vocabulary())
}

// staffed is what a check says of the people: an error for a role that does not exist,
// a warning for roles that nobody has.
func staffed(cfg *Config, library *playbooks.Library) Finding {
	f := Finding{What: "people", OK: true}
	d, err := newDirectory(cfg, library.Vocabulary())
	if err != nil {
		f.OK, f.Detail = false, err.Error()
		return f
	}
	if len(cfg.People) == 0 {
		f.Detail = "none named: a three-person office, whose channels are for all"
		return f
	}
	f.Detail = fmt.Sprintf("%d people", len(cfg.People))
	var vacant []string
	for _, r := range d.vacant() {
		vacant = append(vacant, r.In(cfg.Lang)+" ("+r.ID+")")
	}
	if len(vacant) > 0 {
		f.Warn = true
		f.Detail += "; nobody has these roles: " + list(vacant) + "; give them to somebody under people"
	}
	return f
}

// HeldRoles returns the roles that the configured people have; nil when none are named,
// or what they have cannot be told because the plans do not load.
func HeldRoles(cfg *Config) []string {
	lib, err := loadPlaybooks(cfg.Playbooks)
	if err != nil || len(cfg.People) == 0 {
		return nil
	}
	d, err := newDirectory(cfg, lib.Vocabulary())
	if err != nil {
		return nil
	}
	vacant := d.vacant()
	out := []string{}
	for _, r := range d.words.Roles {
		if !slices.ContainsFunc(vacant, func(v playbooks.Role) bool { return v.ID == r.ID }) {
			out = append(out, r.ID)
		}
	}
	return out
}
