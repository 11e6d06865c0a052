package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"watchfire/daemon/store"
)

// loginPage is the door.
type loginPage struct {
	frame
	Next  string
	Name  string
	Wrong string
	OIDC  bool // there is the organisation's own log-in
}

func (c *Console) loginPage(w http.ResponseWriter, r *http.Request, _ *visit) error {
	next := localPath(r.URL.Query().Get("next"))
	if c.Open {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	return c.render(w, r, http.StatusOK, "login", loginPage{frame: c.frame(r, nil, "login", ""), Next: next, OIDC: c.issuer != nil})
}

// nobodysHash is checked when a user does not exist, so that it takes as long as
// when one does.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (c *Console) login(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	name, password := clean(r.PostFormValue("user"), 64), r.PostFormValue("password")
	p := loginPage{frame: c.frame(r, nil, "login", ""), Next: localPath(r.PostFormValue("next")), Name: name, OIDC: c.issuer != nil}
	keys, err := c.doorKeys(r, name)
	if err != nil {
		return err
	}
	wait, ok := c.doors.knock(c.Now(), keys...)
	if !ok {
		w.Header().Set("Retry-After", fmt.Sprint(int(wait/time.Second)+1))
		if !c.doors.announce(address(r)) { // the flood stands in the audit log once
			noteTarget(r, quiet)
		}
		p.Wrong = p.must("login.wait", p.span(wait.Truncate(time.Second)+time.Second))
		return c.render(w, r, http.StatusTooManyRequests, "login", p)
	}
	user := store.User{Password: nobodysHash}
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		found, err := tx.User(name)
		if errors.Is(err, store.ErrNotFound) || !found.Gone.IsZero() {
			return nil
		}
		user = found
		return err
	})
	if err != nil {
		return fmt.Errorf("look up the user: %w", err)
	}
	noteWho(r, user.Name, user.Role) // never what was typed: it may be a password
	good := false
	if len(password) <= longest {
		if good, err = matches(r.Context(), password, user.Password); err != nil {
			return fmt.Errorf("check the password of %s: %w", name, err)
		}
	}
	if !good || user.Name == "" {
		p.Wrong = p.must("login.wrong")
		return c.render(w, r, http.StatusUnauthorized, "login", p)
	}
	c.doors.open(keys...)
	if err := c.begin(r.Context(), w, r, user.Name); err != nil {
		return err
	}
	to := p.Next
	if user.MustChange {
		to = "/password?next=" + url.QueryEscape(p.Next)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (c *Console) logout(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if k, err := r.Cookie(sessionCookie); err == nil {
		if v := c.visitor(r); v != nil {
			noteWho(r, v.user.Name, v.user.Role)
		}
		err := c.Store.Update(r.Context(), func(tx *store.Tx) error { return tx.EndSession(tokenHash(k.Value)) })
		if err != nil {
			return fmt.Errorf("end the session: %w", err)
		}
	}
	setCookie(w, r, sessionCookie, "", -1)
	w.Header().Set("Clear-Site-Data", `"storage"`) // the page for the time off line, with its telephone numbers, and the browser's own record of pushes
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// passwordPage is where a password is chosen.
type passwordPage struct {
	frame
	Next  string
	First bool // a one-time password must be replaced
	Name  string
	Wrong string
}

func (c *Console) passwordPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.render(w, r, http.StatusOK, "password", c.passwordForm(r, v))
}

func (c *Console) passwordForm(r *http.Request, v *visit) passwordPage {
	p := passwordPage{
		frame: c.frame(r, v, "password", "account"), Next: localPath(r.URL.Query().Get("next")), First: v.user.MustChange,
	}
	if v.name != Admin {
		p.Name = v.name
	}
	return p
}

// changePassword replaces the password. All other log-ins of the user end.
func (c *Console) changePassword(w http.ResponseWriter, r *http.Request, v *visit) error {
	if c.Open {
		return store.ErrNotFound
	}
	p := c.passwordForm(r, v)
	p.Next, p.Name = localPath(r.PostFormValue("next")), clean(r.PostFormValue("name"), 40)
	now, chosen := r.PostFormValue("old"), r.PostFormValue("new")
	ask := func(status int, key string) error {
		p.Wrong = p.must(key)
		return c.render(w, r, status, "password", p)
	}
	own := ownDoor(v.user.Name)
	if wait, ok := c.doors.knock(c.Now(), own); !ok {
		w.Header().Set("Retry-After", fmt.Sprint(int(wait/time.Second)+1))
		return ask(http.StatusTooManyRequests, "err.slow")
	}
	good, err := matches(r.Context(), now, v.user.Password)
	if err != nil {
		return fmt.Errorf("check the password of %s: %w", v.user.Name, err)
	}
	if !good {
		return ask(http.StatusUnauthorized, "err.pw.old")
	}
	c.doors.open(own)
	var bad wrong
	if p.Name != "" {
		if _, err := personName(p.Name); errors.As(err, &bad) {
			return ask(bad.status, bad.key)
		}
	}
	if errors.As(acceptable(v.user.Name, chosen, r.PostFormValue("again"), chosen == now), &bad) {
		return ask(bad.status, bad.key)
	}
	hash, err := hashed(r.Context(), chosen)
	if err != nil {
		return fmt.Errorf("hash the password: %w", err)
	}
	err = c.Store.Update(r.Context(), func(tx *store.Tx) error {
		u, err := tx.User(v.user.Name)
		if err != nil {
			return err
		}
		u.Password, u.MustChange = hash, false
		if err := tx.SetUser(u); err != nil {
			return err
		}
		if p.Name != "" {
			if err := c.free(tx, p.Name, u.Name); err != nil {
				return err
			}
			if err := tx.SetSetting(settingName+u.Name, p.Name); err != nil {
				return err
			}
		}
		c.expel(u.Name)
		return tx.EndSessions(u.Name, v.token)
	})
	if errors.As(err, &bad) {
		return ask(bad.status, bad.key)
	}
	if err != nil {
		return fmt.Errorf("store the password of %s: %w", v.user.Name, err)
	}
	if err := c.begin(r.Context(), w, r, v.user.Name); err != nil {
		return err
	}
	http.Redirect(w, r, p.Next, http.StatusSeeOther)
	return nil
}
