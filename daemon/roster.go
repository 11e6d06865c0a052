package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// Person is somebody who works with Watchfire. The phone number is for people who look
// it up on this machine, and for those who are logged in and cannot reach the console:
// no alert and no log carries it.
type Person struct {
	Name     string        `yaml:"name" doc:"the name under which the person logs in and appears in the timeline"`
	Roles    []string      `yaml:"roles" doc:"roles of the plans that the person has, such as office_director; see watchfire roster --roles"`
	Seat     string        `yaml:"seat" doc:"seat in a three-person office, which brings its roles: A duty officer, B head of office, C leader"`
	Channels []string      `yaml:"channels" doc:"channels that reach this person; a channel that nobody lists is for all"`
	Accounts Accounts      `yaml:"accounts" doc:"the person's ids with those who carry messages, by kind of channel or by name of one channel, such as {slack: U0123456789}: whose clicks on buttons are this person's"`
	Phone    crisis.Secret `yaml:"phone" doc:"telephone number, for watchfire roster --phones, and for the page that the console leaves on the devices of users for the time when it cannot be reached"`
}

// Roster is who is on duty when (值班表).
type Roster struct {
	Shifts []Shift   `yaml:"shifts" doc:"shifts, once or every week; none and no calendar file: everybody is always on duty"`
	ICal   string    `yaml:"ical" doc:"iCalendar file (.ics) of the duty roster; the summary of an event names the people, separated by commas; one that names nobody is of its attendees"`
	Absent []Absence `yaml:"absent" doc:"who is away when; substitutes stand in"`

	calendar []duty // of the file
}

// Shift is one turn of duty, once or every week.
type Shift struct {
	From        string   `yaml:"from" doc:"when it begins: a day with time such as 2026-10-01 18:00, or with days a time of day such as 18:00"`
	To          string   `yaml:"to" doc:"when it ends; a time of day before that of from is on the next day"`
	Days        []string `yaml:"days" doc:"every week on these days: mon, tue, wed, thu, fri, sat, sun"`
	People      []string `yaml:"people" doc:"who is on duty"`
	Substitutes []string `yaml:"substitutes" doc:"who stands in, the first first, for those who are away or recused"`

	weekdays []time.Weekday
	from, to time.Time     // of a shift that happens once
	at, till time.Duration // of one that happens every week
}

// Absence is a time in which a person is away.
type Absence struct {
	Person string `yaml:"person" doc:"name of the person"`
	From   string `yaml:"from" doc:"first day, or day with time"`
	To     string `yaml:"to" doc:"last day, which is meant whole, or day with time"`

	from, to time.Time
}

var weekdayNames = map[string]time.Weekday{
	"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
}

// read takes the times of a shift in the zone.
func (s *Shift) read(zone *time.Location) error {
	if len(s.People) == 0 {
		return errors.New("people: missing; write who is on duty")
	}
	if len(s.Days) == 0 {
		p := Planned{From: s.From, To: s.To}
		err := p.read(zone)
		s.from, s.to = p.from, p.to
		return err
	}
	for _, d := range s.Days {
		day, ok := weekdayNames[strings.ToLower(d)]
		if !ok {
			return fmt.Errorf("days: %q is not a day; write mon, tue, wed, thu, fri, sat or sun", d)
		}
		s.weekdays = append(s.weekdays, day)
	}
	var err1, err2 error
	if s.at, err1 = timeOfDay(s.From); err1 != nil {
		return fmt.Errorf("from: %w", err1)
	}
	if s.till, err2 = timeOfDay(s.To); err2 != nil {
		return fmt.Errorf("to: %w", err2)
	}
	return nil
}

// covers says whether the shift is on at t, which is in the zone of the roster.
func (s *Shift) covers(t time.Time) bool {
	if len(s.weekdays) == 0 {
		return !t.Before(s.from) && t.Before(s.to)
	}
	for day := -1; day <= 0; day++ {
		from, to := clockAt(t, day, s.at), clockAt(t, day, s.till)
		if s.till <= s.at {
			to = clockAt(t, day+1, s.till)
		}
		if slices.Contains(s.weekdays, from.Weekday()) && !t.Before(from) && t.Before(to) {
			return true
		}
	}
	return false
}

// checkPeople checks people and roster, and reads the times.
func (c *Config) checkPeople() []error {
	var errs []error
	bad := func(path []any, format string, args ...any) {
		errs = append(errs, c.places.at(fmt.Errorf(format, args...), path...))
	}
	names := map[string]bool{}
	for i := range c.People {
		p := &c.People[i]
		switch {
		case strings.TrimSpace(p.Name) == "":
			bad([]any{"people", i}, "people: entry %d: name: missing; write the name under which the person logs in", i+1)
		case p.Name == crisis.Machine:
			bad([]any{"people", i, "name"}, "people: %s: the name is Watchfire's own; write another", p.Name)
		case names[p.Name]:
			bad([]any{"people", i, "name"}, "people: %s: the name is used twice; tell the two apart", p.Name)
		case len(p.Roles) == 0 && p.Seat == "":
			bad([]any{"people", i}, "people: %s: roles: missing; write roles such as [office_director], or a seat: A, B or C", p.Name)
		}
		names[p.Name] = true
		for _, ch := range p.Channels {
			if !slices.ContainsFunc(c.Channels, func(x Channel) bool { return x.Name == ch }) {
				bad([]any{"people", i, "channels"}, "people: %s: channels: there is no channel %q; the channels are %s", p.Name, ch, list(c.channelNames()))
			}
		}
	}
	known := func(path []any, what string, people []string) {
		for _, name := range people {
			if !names[name] {
				bad(path, "roster: %s: %q is not among the people; add them under people", what, name)
			}
		}
	}
	if c.zone == nil {
		return errs
	}
	for i := range c.Roster.Shifts {
		s := &c.Roster.Shifts[i]
		path := []any{"roster", "shifts", i}
		if err := s.read(c.zone); err != nil {
			bad(path, "roster: shift %d: %w", i+1, err)
		}
		known(path, fmt.Sprintf("shift %d", i+1), slices.Concat(s.People, s.Substitutes))
	}
	for i := range c.Roster.Absent {
		a := &c.Roster.Absent[i]
		path := []any{"roster", "absent", i}
		p := Planned{From: a.From, To: a.To}
		if err := p.read(c.zone); err != nil {
			bad(path, "roster: absence %d: %w", i+1, err)
		}
		a.from, a.to = p.from, p.to
		known(path, fmt.Sprintf("absence %d", i+1), []string{a.Person})
	}
	return errs
}

func (c *Config) channelNames() []string {
	var names []string
	for i := range c.Channels {
		names = append(names, c.Channels[i].Name)
	}
	return names
}

// OnDuty is one person on duty.
type OnDuty struct {
	Name   string   `json:"name"`
	For    string   `json:"for,omitempty"` // the one whom they stand in for
	Roles  []string `json:"roles"`
	Seat   string   `json:"seat,omitempty"`
	person *Person
}

// directory knows who has which role, and who is on duty.
type directory struct {
	cfg   *Config
	words *playbooks.Vocabulary
}

// newDirectory checks the roles of people against the vocabulary in force.
func newDirectory(cfg *Config, words *playbooks.Vocabulary) (*directory, error) {
	var errs []error
	var roles []string
	for _, r := range words.Roles {
		roles = append(roles, r.ID)
	}
	for i := range cfg.People {
		p := &cfg.People[i]
		for _, id := range p.Roles {
			if !slices.Contains(roles, id) {
				err := fmt.Errorf("people: %s: roles: there is no role %q%s; the roles are %s", p.Name, id, didYouMean(id, roles), list(roles))
				errs = append(errs, cfg.places.at(err, "people", i, "roles"))
			}
		}
		if p.Seat != "" && !slices.ContainsFunc(words.Roles, func(r playbooks.Role) bool { return r.SmallOffice == p.Seat }) {
			errs = append(errs, cfg.places.at(fmt.Errorf("people: %s: seat: %q is not a seat; write A, B or C", p.Name, p.Seat), "people", i, "seat"))
		}
	}
	e := &cfg.Escalation
	for key, rungs := range map[string][]crisis.Rung{"unacknowledged": e.Unacknowledged, "overdue": e.Overdue, "red_line": e.RedLine} {
		for _, r := range rungs {
			for _, id := range r.Roles {
				if !slices.Contains(roles, id) {
					err := fmt.Errorf("escalation: %s: there is no role %q%s; the roles are %s", key, id, didYouMean(id, roles), list(roles))
					errs = append(errs, cfg.places.at(err, "escalation", key))
				}
			}
		}
	}
	return &directory{cfg, words}, errors.Join(errs...)
}

// has says whether a person has a role, by name or by the seat.
func (d *directory) has(p *Person, role string) bool {
	if slices.Contains(p.Roles, role) {
		return true
	}
	r, ok := d.words.Role(role)
	return ok && p.Seat != "" && r.SmallOffice == p.Seat
}

// rolesOf are all roles of a person, in the order of the vocabulary.
func (d *directory) rolesOf(p *Person) []string {
	var out []string
	for _, r := range d.words.Roles {
		if d.has(p, r.ID) {
			out = append(out, r.ID)
		}
	}
	return out
}

func (d *directory) person(name string) *Person {
	for i := range d.cfg.People {
		if d.cfg.People[i].Name == name {
			return &d.cfg.People[i]
		}
	}
	return nil
}

// away says whether a person is absent at t.
func (d *directory) away(name string, t time.Time) bool {
	return slices.ContainsFunc(d.cfg.Roster.Absent, func(a Absence) bool {
		return a.Person == name && !t.Before(a.from) && t.Before(a.to)
	})
}

// onDuty returns who is on duty at t. Those who are away, or whom out rules out, are
// replaced by the first of their substitutes who is not; without a roster everybody is
// on duty who is not away.
func (d *directory) onDuty(t time.Time, out func(string) bool) []OnDuty {
	var duties []OnDuty
	add := func(name, substituted string) bool {
		p := d.person(name)
		if p == nil || d.away(name, t) || out(name) || slices.ContainsFunc(duties, func(x OnDuty) bool { return x.Name == name }) {
			return false
		}
		duties = append(duties, OnDuty{Name: name, For: substituted, Roles: d.rolesOf(p), Seat: p.Seat, person: p})
		return true
	}
	if len(d.cfg.Roster.Shifts) == 0 && len(d.cfg.Roster.calendar) == 0 {
		for i := range d.cfg.People {
			add(d.cfg.People[i].Name, "")
		}
		return duties
	}
	stand := func(people, substitutes []string) {
		for _, name := range people {
			if d.away(name, t) || out(name) {
				for _, s := range substitutes {
					if add(s, name) {
						break
					}
				}
				continue
			}
			add(name, "")
		}
	}
	local := t.In(cmp.Or(d.cfg.Zoned(), time.UTC))
	for i := range d.cfg.Roster.Shifts {
		if s := &d.cfg.Roster.Shifts[i]; s.covers(local) {
			stand(s.People, s.Substitutes)
		}
	}
	for i := range d.cfg.Roster.calendar {
		if e := &d.cfg.Roster.calendar[i]; e.covers(t) {
			stand(e.people, nil)
		}
	}
	return duties
}

// holders returns who has a role at t: of those who have it the ones on duty, else all
// who are there. Who stands in for one who has it has it too. Where all who have it are
// recused, the superior has it.
func (d *directory) holders(role string, t time.Time, out func(string) bool) []string {
	var names []string
	for _, x := range d.onDuty(t, out) {
		stood := d.person(x.For)
		if d.has(x.person, role) || stood != nil && d.has(stood, role) {
			names = append(names, x.Name)
		}
	}
	if len(names) > 0 {
		return names
	}
	barred := false
	for i := range d.cfg.People {
		p := &d.cfg.People[i]
		switch {
		case !d.has(p, role):
		case out(p.Name):
			barred = true
		case !d.away(p.Name, t):
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 && barred && role != superior {
		return d.holders(superior, t, out)
	}
	return names
}

// superior is the role that stands in for a leader who is recused.
const superior = "superior"

// holding returns who has any of some roles, each once.
func (d *directory) holding(roles []string, t time.Time, out func(string) bool) []string {
	var names []string
	for _, role := range roles {
		for _, name := range d.holders(role, t, out) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// others returns all people whom out does not rule out.
func (d *directory) others(out func(string) bool) []string {
	return slices.DeleteFunc(d.cfg.names(), out)
}

// vacant returns the roles of the office that nobody has; of an organisation that names
// no people, none: three people share them.
func (d *directory) vacant() []playbooks.Role {
	if len(d.cfg.People) == 0 {
		return nil
	}
	var out []playbooks.Role
	for _, r := range d.words.Roles {
		if r.SmallOffice == "external" {
			continue
		}
		if !slices.ContainsFunc(d.cfg.People, func(p Person) bool { return d.has(&p, r.ID) }) {
			out = append(out, r)
		}
	}
	return out
}

// names are those of the people.
func (c *Config) names() []string {
	out := make([]string, len(c.People))
	for i := range c.People {
		out[i] = c.People[i].Name
	}
	return out
}
