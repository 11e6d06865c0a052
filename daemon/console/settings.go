package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"watchfire/daemon/store"
)

// peoplePage is who may log in, and with which role.
type peoplePage struct {
	frame
	Rows    []personRow
	Roles   []choice // for somebody who is added
	Added   string   // a user whose password was just made
	OneTime string   // and the password to hand over, shown this once
	Wrong   string
}

type personRow struct {
	Name, Shown string
	Role        string // in words
	Roles       []choice
	First       bool // has yet to choose a password
	Self        bool
	Gone        moment // when they were shut out
	Sessions    int
	Seen        moment
}

// roleChoices lists the roles up to one, with one of them chosen.
func (t tongue) roleChoices(upTo, on string) []choice {
	var out []choice
	for _, r := range roles[:slices.Index(roles, upTo)+1] {
		out = append(out, choice{r, t.must("role." + r), r == on})
	}
	return out
}

func (c *Console) peoplePage(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showPeople(w, r, v, http.StatusOK, peoplePage{})
}

// showPeople shows the people as they stand, with what the last act brought about.
func (c *Console) showPeople(w http.ResponseWriter, r *http.Request, v *visit, status int, p peoplePage) error {
	if c.Open {
		return store.ErrNotFound
	}
	p.frame = c.frame(r, v, "people", "account")
	p.Roles = p.roleChoices(roleAdmin, roleOperator)
	var all []store.Person
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.People(settingName, c.Now())
		return err
	})
	if err != nil {
		return fmt.Errorf("list the users: %w", err)
	}
	for _, u := range all {
		row := personRow{
			Name: u.Name, Shown: clean(u.Shown, 40), Role: p.sayOr("role.", u.Role), Roles: p.roleChoices(roleAdmin, u.Role),
			First: u.MustChange, Self: u.Name == v.user.Name, Sessions: u.Sessions, Seen: p.since(u.Seen), Gone: p.since(u.Gone),
		}
		if row.Shown == row.Name {
			row.Shown = ""
		}
		p.Rows = append(p.Rows, row)
	}
	return c.render(w, r, status, "settings_people", p)
}

// people does what the administrator asks about somebody: add, another role, end the
// sessions, a fresh one-time password, take the access away and give it back.
func (c *Console) people(w http.ResponseWriter, r *http.Request, v *visit) error {
	if c.Open {
		return store.ErrNotFound
	}
	name, err := personName(r.PostFormValue("name"))
	noteTarget(r, name, r.PostFormValue("role"))
	var p peoplePage
	if err == nil {
		switch r.PostFormValue("do") {
		case "add":
			p.Added = name
			p.OneTime, err = c.addPerson(r.Context(), name, r.PostFormValue("role"))
		case "reset":
			p.Added = name
			p.OneTime, err = c.resetPassword(r.Context(), v, name)
		case "role":
			err = c.changeRole(r.Context(), name, r.PostFormValue("role"))
		case "shut":
			err = c.shutOut(r.Context(), v, name)
		case "back":
			p.Added = name
			p.OneTime, err = c.letBack(r.Context(), name)
		case "end":
			err = c.Store.Update(r.Context(), func(tx *store.Tx) error {
				if _, err := tx.User(name); err != nil {
					return err
				}
				c.expel(name)
				return tx.EndSessions(name, "")
			})
		default:
			err = wrong{http.StatusBadRequest, "err.form"}
		}
	}
	var bad wrong
	switch {
	case errors.As(err, &bad):
		t := c.tongue(r)
		return c.showPeople(w, r, v, bad.status, peoplePage{Wrong: t.must(bad.key)})
	case err != nil:
		return fmt.Errorf("user %s: %w", name, err)
	case p.OneTime != "":
		return c.showPeople(w, r, v, http.StatusOK, p)
	}
	http.Redirect(w, r, "/settings/people?said=people", http.StatusSeeOther)
	return nil
}

// addPerson gives somebody access. The timeline can only say who did what if everybody
// has a name of their own.
func (c *Console) addPerson(ctx context.Context, name, role string) (password string, err error) {
	if !slices.Contains(roles, role) {
		return "", wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	password, hash, err := onetime(ctx)
	if err != nil {
		return "", err
	}
	return password, c.Store.Update(ctx, func(tx *store.Tx) error {
		if err := c.free(tx, name, ""); err != nil {
			return err
		}
		return tx.SetUser(store.User{Name: name, Role: role, Password: hash, MustChange: true, Created: c.Now()})
	})
}

// free refuses a name under which somebody else logs in or appears in the timeline:
// nobody may pass for another.
func (c *Console) free(tx *store.Tx, name, but string) error {
	all, err := tx.People(settingName, c.Now())
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.Name != but && (u.Name == name || u.Shown == name) {
			return wrong{http.StatusConflict, "err.taken"}
		}
	}
	return nil
}

// resetPassword replaces the password of somebody who has lost theirs, and ends all of
// their sessions. One's own is changed with the old one only.
func (c *Console) resetPassword(ctx context.Context, v *visit, name string) (password string, err error) {
	if name == v.user.Name {
		return "", wrong{http.StatusUnprocessableEntity, "err.self"}
	}
	password, hash, err := onetime(ctx)
	if err != nil {
		return "", err
	}
	return password, c.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(name)
		if err != nil {
			return err
		}
		u.Password, u.MustChange = hash, true
		if !u.Gone.IsZero() {
			return wrong{http.StatusConflict, "err.gone"}
		}
		if err := tx.SetUser(u); err != nil {
			return err
		}
		c.expel(name)
		return tx.EndSessions(name, "")
	})
}

// shutOut takes somebody's access away: log-ins, tokens they made, links in their messages.
// Their name stays in the timelines, and nobody else can take it.
func (c *Console) shutOut(ctx context.Context, v *visit, name string) error {
	if name == v.user.Name {
		return wrong{http.StatusUnprocessableEntity, "err.shutself"}
	}
	err := c.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(name)
		if err != nil {
			return err
		}
		if err := c.adminRemains(tx, name); err != nil {
			return err
		}
		u.Password = nobodysHash
		return tx.ShutOut(u, c.Now())
	})
	c.expel(name)
	return err
}

// letBack gives somebody who was shut out access again, with a fresh one-time password.
func (c *Console) letBack(ctx context.Context, name string) (password string, err error) {
	password, hash, err := onetime(ctx)
	if err != nil {
		return "", err
	}
	return password, c.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(name)
		if err != nil {
			return err
		}
		if u.Gone.IsZero() {
			return wrong{http.StatusConflict, "err.here"}
		}
		u.Password, u.MustChange, u.Gone = hash, true, time.Time{}
		return tx.SetUser(u)
	})
}

// changeRole gives somebody another role; one administrator must remain.
func (c *Console) changeRole(ctx context.Context, name, role string) error {
	if !slices.Contains(roles, role) {
		return wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	return c.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(name)
		if err != nil {
			return err
		}
		u.Role = role
		return c.setRole(tx, u)
	})
}

// setRole stores a user whose role has changed, if an administrator remains. Tokens that
// they made with more than the new role end.
func (c *Console) setRole(tx *store.Tx, u store.User) error {
	if u.Role != roleAdmin {
		if err := c.adminRemains(tx, u.Name); err != nil {
			return err
		}
	}
	if err := tx.SetUser(u); err != nil {
		return err
	}
	return tx.RevokeTokensOf(u.Name, c.Now(), roles[:slices.Index(roles, u.Role)+1]...)
}

// adminRemains refuses to leave the console without an administrator but one who goes.
func (c *Console) adminRemains(tx *store.Tx, but string) error {
	all, err := tx.People(settingName, c.Now())
	if err != nil {
		return err
	}
	was, others := false, false
	for _, p := range all {
		admin := p.Role == roleAdmin && p.Gone.IsZero()
		was = was || admin && p.Name == but
		others = others || admin && p.Name != but
	}
	if was && !others {
		return wrong{http.StatusConflict, "err.lastadmin"}
	}
	return nil
}
