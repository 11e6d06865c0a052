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

// Withheld is the alert for readers who may not know what the incident is about: that
// something is to be done, how urgent it is, who is called, and where to go on. What is
// not named here is left out. The title stands in for that of the incident.
func (a Alert) Withheld(title string) Alert {
	out := Alert{
		ID: a.ID, Kind: a.Kind, Incident: a.Incident, Seq: a.Seq, Drill: a.Drill, Lang: a.Lang, Zone: a.Zone, At: a.At, Org: a.Org,
		Title: title, Level: a.Level, Was: a.Was, Since: a.Since, For: a.For, Closed: a.Closed, Link: a.Link, Restricted: true,
	}
	if e := a.Escalation; e != nil {
		out.Escalation = &Escalation{Why: e.Why, Rung: e.Rung, Roles: e.Roles}
	}
	return out
}
