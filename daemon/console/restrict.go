package console

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// restrictView lets an approver say who sees an incident.
type restrictView struct {
	Within  []string // who sees it; none: everybody
	Choices []choice
}

// fillRestrict offers everybody who logs in; in a demo, the people who can be named.
func (c *Console) fillRestrict(r *http.Request, p *incidentPage, in *crisis.Incident, v *visit) error {
	all, err := c.users(r.Context())
	if err != nil {
		return err
	}
	if c.Open {
		for _, name := range append(slices.Clone(p.People.Names), v.user.Name) {
			all = append(all, store.Person{Name: name})
		}
	}
	shown := map[string]string{}
	for _, u := range all {
		shown[u.Name] = clean(cmp.Or(u.Shown, u.Name), 40)
	}
	for _, u := range in.Restricted {
		p.Restrict.Within = append(p.Restrict.Within, cmp.Or(shown[u], clean(u, 40)))
	}
	for _, u := range slices.Sorted(maps.Keys(shown)) {
		p.Restrict.Choices = append(p.Restrict.Choices, choice{u, shown[u], in.SeenBy(u) && len(in.Restricted) > 0 || u == v.user.Name})
	}
	return nil
}

// users are everybody who may log in with a password or at the issuer.
func (c *Console) users(ctx context.Context) (all []store.Person, err error) {
	err = c.Store.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.People(settingName, c.Now())
		return err
	})
	return slices.DeleteFunc(all, func(u store.Person) bool { return !u.Gone.IsZero() }), err
}

// logins are the names of users.
func (c *Console) logins(ctx context.Context) (out []string, err error) {
	all, err := c.users(ctx)
	for _, u := range all {
		out = append(out, u.Name)
	}
	return out, err
}

// shownAs is what the timeline calls a user.
func (c *Console) shownAs(ctx context.Context, user string) (name string, err error) {
	err = c.Store.View(ctx, func(tx *store.Tx) (err error) {
		name, err = displayName(tx, user)
		return err
	})
	return name, err
}

// restricting completes a restriction: whoever restricts stays among those who see, and
// only people who can log in are named.
func (c *Console) restricting(ctx context.Context, v *visit, a *crisis.Act) error {
	x, ok := a.Data.(crisis.Restriction)
	if !ok || len(x.People) == 0 {
		return nil
	}
	known, err := c.logins(ctx)
	if err != nil {
		return err
	}
	for _, name := range x.People {
		if !c.Open && !slices.Contains(known, name) {
			return wrong{http.StatusUnprocessableEntity, "err.nouser"}
		}
	}
	if !slices.Contains(x.People, v.user.Name) {
		x.People = append(slices.Clone(x.People), v.user.Name)
	}
	a.Data = x
	return nil
}

// sighted hands on what a request may see of the store, and refuses one that names an
// incident which its visitor does not see, as if it were not there.
func (c *Console) sighted(r *http.Request, v *visit) (*http.Request, error) {
	r = r.WithContext(store.SeenBy(r.Context(), v.user.Name))
	if strings.Contains(r.Pattern, "/incidents/{id}") {
		f, err := c.factsOf(r.Context(), r.PathValue("id"))
		if err == nil && !f.row.SeenBy(v.user.Name) {
			err = store.ErrNotFound
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// behalf is the context for the desk: it does its work on all incidents, whoever asks.
func behalf(r *http.Request) context.Context { return store.SeenByAll(r.Context()) }

// linked says whether the person of a signed link may see the incident, by the name of
// the timeline or of the log-in. Who was shut out sees none.
func (c *Console) linked(r *http.Request, tap *crisis.Tap, in *crisis.Incident) (bool, error) {
	role := ""
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		_, role, err = Acting(tx, tap.Person, c.Now())
		return err
	})
	if err != nil || role == roleGone {
		return false, err
	}
	if in.SeenBy(tap.Person) {
		return true, nil
	}
	for _, u := range in.Restricted {
		name, err := c.shownAs(r.Context(), u)
		if err != nil || name == tap.Person {
			return err == nil, err
		}
	}
	return false, nil
}
