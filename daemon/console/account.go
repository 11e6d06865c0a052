package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// accountPage is what a person may change about access.
type accountPage struct {
	frame
	Admin   bool
	Login   string
	Added   string // a user that was just added
	OneTime string // and the password to hand over, shown this once
	Wrong   string
}

func (c *Console) accountForm(r *http.Request, v *visit) accountPage {
	return accountPage{frame: c.frame(r, v, "account", "account"), Admin: v.user.Role == roleAdmin, Login: v.user.Name}
}

func (c *Console) accountPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	if c.Open {
		return store.ErrNotFound
	}
	return c.render(w, r, http.StatusOK, "account", c.accountForm(r, v))
}

// addPerson gives somebody access, or a fresh one-time password to somebody who
// has lost theirs. The timeline can only say who did what if everybody has a name.
func (c *Console) addPerson(w http.ResponseWriter, r *http.Request, v *visit) error {
	if c.Open {
		return store.ErrNotFound
	}
	if v.user.Role != roleAdmin {
		return wrong{http.StatusForbidden, "err.admin"}
	}
	p := c.accountForm(r, v)
	name, err := personName(r.PostFormValue("name"))
	if name == v.user.Name || name == Admin {
		err = wrong{http.StatusUnprocessableEntity, "err.self"}
	}
	var bad wrong
	if errors.As(err, &bad) {
		p.Wrong = p.must(bad.key)
		return c.render(w, r, bad.status, "account", p)
	}
	password := onetime()
	hash, err := hashed(r.Context(), password)
	if err != nil {
		return fmt.Errorf("hash the one-time password: %w", err)
	}
	err = c.Store.Update(r.Context(), func(tx *store.Tx) error {
		u, err := tx.User(name)
		if errors.Is(err, store.ErrNotFound) {
			u = store.User{Name: name, Role: roleOperator, Created: c.Now()}
		} else if err != nil {
			return err
		}
		u.Password, u.MustChange = hash, true
		if err := tx.SetUser(u); err != nil {
			return err
		}
		return tx.EndSessions(name)
	})
	if err != nil {
		return fmt.Errorf("add the user %s: %w", name, err)
	}
	p.Added, p.OneTime = name, password
	return c.render(w, r, http.StatusOK, "account", p)
}

// personName checks a name under which acts are recorded.
func personName(s string) (string, error) {
	name := clean(s, 40)
	switch {
	case name == "":
		return "", wrong{http.StatusUnprocessableEntity, "err.name"}
	case strings.EqualFold(name, crisis.Machine):
		return "", wrong{http.StatusUnprocessableEntity, "err.machine"}
	}
	return name, nil
}

// takeName sets the name under which somebody acts in a demo.
func (c *Console) takeName(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if !c.Open {
		return store.ErrNotFound
	}
	name, err := personName(r.PostFormValue("name"))
	if err != nil {
		return err
	}
	setCookie(w, r, nameCookie, url.QueryEscape(name), 30*24*3600)
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}
