package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"watchfire/daemon"
)

type rosterCmd struct {
	Config string `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`
	At     string `help:"Time to look at, such as 2026-10-01T03:00 in the zone of the organisation; now if it is missing."`
	Roles  bool   `help:"Also print every role of the plans and who has it then."`
	Phones bool   `help:"Also print the telephone numbers."`
	JSON   bool   `help:"Print JSON; telephone numbers are left out." name:"json"`
}

// Run prints who is on duty.
func (c *rosterCmd) Run() error {
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	at := time.Now()
	if c.At != "" {
		if at, err = readTime(c.At, cfg.Zoned()); err != nil {
			return usageError{fmt.Errorf("--at: %w", err)}
		}
	}
	r, err := daemon.DutyAt(cfg, at)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(stdout).Encode(r)
	}
	return c.print(cfg, &r)
}

// readTime reads a time with a zone of its own, or in the zone of the organisation.
func readTime(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time; write one such as 2026-10-01T03:00", s)
}

func (c *rosterCmd) print(cfg *daemon.Config, r *daemon.DutyRoster) error {
	names := map[string]string{}
	for _, role := range r.Roles {
		names[role.ID] = role.Name
	}
	w := tabwriter.NewWriter(stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "On duty at %s (%s):\n", r.At.Format("2006-01-02 15:04"), r.At.Location())
	for _, p := range r.On {
		stands := ""
		if p.For != "" {
			stands = "for " + p.For
		}
		var roles []string
		for _, id := range p.Roles {
			roles = append(roles, names[id])
		}
		phone := ""
		if c.Phones {
			phone = cfg.Phone(p.Name)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Name, stands, phone, strings.Join(roles, ", "))
	}
	switch {
	case len(cfg.People) == 0:
		fmt.Fprintln(w, "Nobody is named under people: a three-person office, whose channels are for all.")
	case len(r.On) == 0:
		fmt.Fprintln(w, "Nobody. Calls go to all who have the role.")
	}
	if len(r.Away) > 0 {
		fmt.Fprintf(w, "Away: %s\n", strings.Join(r.Away, ", "))
	}
	if c.Roles {
		fmt.Fprintln(w, "Roles:")
		for _, role := range r.Roles {
			holders := strings.Join(role.Holders, ", ")
			if holders == "" {
				holders = "nobody (seat " + role.Seat + ")"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", role.ID, role.Name, holders)
		}
	}
	return w.Flush()
}
