package daemon

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// Record is what is known about the organisation when a statement is checked.
type Record struct {
	Account      string          `yaml:"account" doc:"name of the account on which statements appear; one that is not the organisation's is objected to"`
	Names        []string        `yaml:"names" doc:"full names of bodies, people and places; what differs from one by a character is objected to"`
	Phones       []string        `yaml:"phones" doc:"published mobile numbers, which may stand in a statement"`
	Platforms    []string        `yaml:"platforms" doc:"where statements appear whole: names of the limits of rule len.platform, such as weibo_post"`
	Complainants []crisis.Secret `yaml:"complainants" doc:"names of people who reported something in confidence; a statement that has one is stopped. Each is a secret, such as ${file:…}"`
	AI           bool            `yaml:"ai" doc:"statements are drafted with the help of a model: each must say so"`
}

// Desk is what is on record about a text that comes from nowhere else. The person who
// answers for a text that a model drafted is whoever reviews it: without the reviews
// nothing is approved.
func (c *Config) Desk() *playbooks.Desk {
	d := &playbooks.Desk{
		Issuer: c.Org, Account: c.Record.Account, Names: slices.Clone(c.Record.Names), Phones: c.Record.Phones, Platforms: c.Record.Platforms,
		AI: c.Record.AI, Reviewer: "asked for before the approval",
	}
	if c.Org != "" {
		d.Names = append(d.Names, c.Org)
	}
	for _, name := range c.Record.Complainants {
		d.Complainants = append(d.Complainants, name.Reveal())
	}
	return d
}

// check says what is wrong, each with the key. No message shows whom it protects.
func (r *Record) check() error {
	var errs []error
	for i, p := range r.Phones {
		digits := strings.Map(func(c rune) rune {
			if c < '0' || c > '9' {
				return -1
			}
			return c
		}, p)
		if len(digits) < 5 || len(digits) > 15 || strings.Trim(p, "+()-. 0123456789") != "" {
			errs = append(errs, fmt.Errorf("phones: entry %d: %q is no telephone number; write one such as 13800138000", i+1, p))
		}
	}
	for i, n := range r.Names {
		if strings.TrimSpace(n) == "" {
			errs = append(errs, fmt.Errorf("names: entry %d: empty; write a full name or remove it", i+1))
		}
	}
	for i, n := range r.Complainants {
		if len([]rune(strings.TrimSpace(n.Reveal()))) < 2 {
			errs = append(errs, fmt.Errorf("complainants: entry %d: shorter than a name; write one of two characters or more", i+1))
		}
	}
	return errors.Join(errs...)
}
