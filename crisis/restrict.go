package crisis

import (
	"slices"
	"strings"
)

// Restriction is the payload of EventRestricted (限定知悉): from then on only these people
// see the incident, each by the name under which they log in. With nobody named everybody
// sees it again.
type Restriction struct {
	People []string `json:"people"`
	Reason string   `json:"reason"`
}

// SeenBy says whether somebody who logs in under a name sees the incident.
func (in *Incident) SeenBy(login string) bool {
	return len(in.Restricted) == 0 || slices.Contains(in.Restricted, login)
}

func (in *Incident) applyRestricted(_ *Event, r Restriction) error {
	in.Restricted = slices.Clone(r.People)
	return nil
}

func decideRestrict(c *causes, r Restriction) error {
	var people []string
	for _, name := range r.People {
		if name = strings.TrimSpace(name); name == "" || name == Machine {
			return refuse("a restriction names people who log in")
		}
		people = append(people, name)
	}
	slices.Sort(people)
	r.People = slices.Compact(people)
	switch {
	case strings.TrimSpace(r.Reason) == "":
		return refuse("a restriction, and its end, need a reason")
	case slices.Equal(r.People, c.in.Restricted):
		return refuse("the same people see it already")
	}
	c.add(EventRestricted, r)
	return nil
}
