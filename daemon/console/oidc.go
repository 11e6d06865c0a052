package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// OIDC is the organisation's own log-in. Roles says which role a value of the claim gives;
// of several the highest holds, and without any nobody is let in.
type OIDC struct {
	Issuer       string
	ClientID     string
	ClientSecret crisis.Secret
	Claim        string            // holds the groups of a person: a text or a list of texts
	Roles        map[string]string // role by value of the claim
	URL          string            // of the console, as people reach it
}

const (
	oidcBack   = "/login/oidc/back"
	oidcCookie = "watchfire_oidc"
	oidcLasts  = 10 * time.Minute // how long somebody may take at the issuer
	mostErrand = 1000             // people who are on their way at a time
)

// errand is somebody on the way to the issuer and back.
type errand struct {
	nonce, verifier string
	next            string
	until           time.Time
}

// issuer is the other end of the log-in. What it says of itself is asked for when the
// first person comes: a daemon must start while the issuer is down.
type issuer struct {
	OIDC
	client *http.Client

	mu       sync.Mutex // guards what follows
	provider *oidc.Provider
	errands  map[string]errand // by state
}

func newIssuer(o OIDC) *issuer {
	return &issuer{
		OIDC: o, errands: map[string]errand{},
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}},
	}
}

// found returns what the issuer says of itself.
func (i *issuer) found(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.provider == nil {
		// The provider keeps the context for the keys it fetches later.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), i.client), i.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("ask the issuer of log-ins: %w", err)
		}
		i.provider = p
	}
	return i.provider, &oauth2.Config{
		ClientID: i.ClientID, ClientSecret: i.ClientSecret.Reveal(), Endpoint: i.provider.Endpoint(),
		RedirectURL: strings.TrimSuffix(i.URL, "/") + oidcBack, Scopes: []string{oidc.ScopeOpenID, "profile"},
	}, nil
}

// send remembers an errand under a fresh state; false when too many are on their way.
func (i *issuer) send(e errand, now time.Time) (state string, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for k, old := range i.errands {
		if !old.until.After(now) {
			delete(i.errands, k)
		}
	}
	if len(i.errands) >= mostErrand {
		return "", false
	}
	state = rand.Text()
	i.errands[state] = e
	return state, true
}

// fetch takes an errand; each returns once.
func (i *issuer) fetch(state string, now time.Time) (errand, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	e, ok := i.errands[state]
	delete(i.errands, state)
	return e, ok && e.until.After(now)
}

// oidcGo sends somebody to the issuer.
func (c *Console) oidcGo(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if c.issuer == nil || c.Open {
		return store.ErrNotFound
	}
	now := c.Now()
	if wait, ok := c.doors.knock(now, "a oidc "+address(r)); !ok { // errands are few, and for all
		w.Header().Set("Retry-After", fmt.Sprint(int(wait/time.Second)+1))
		return wrong{http.StatusTooManyRequests, "err.slow"}
	}
	_, conf, err := c.issuer.found(r.Context())
	if err != nil {
		return err
	}
	e := errand{nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), next: localPath(r.URL.Query().Get("next")), until: now.Add(oidcLasts)}
	state, ok := c.issuer.send(e, now)
	if !ok {
		return wrong{http.StatusServiceUnavailable, "err.slow"}
	}
	// Lax, because the way back begins at another site.
	http.SetCookie(w, &http.Cookie{
		Name: oidcCookie, Value: state, Path: oidcBack, MaxAge: int(oidcLasts / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(r),
	})
	http.Redirect(w, r, conf.AuthCodeURL(state, oidc.Nonce(e.nonce), oauth2.S256ChallengeOption(e.verifier)), http.StatusSeeOther)
	return nil
}

// oidcReturn lets in whom the issuer vouches for. It is a visit that changes something,
// although browsers make it without a form: the audit log has it.
func (c *Console) oidcReturn(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if c.issuer == nil || c.Open {
		return store.ErrNotFound
	}
	return c.kept(w, r, nil, func(w http.ResponseWriter, r *http.Request) error {
		k, err := r.Cookie(oidcCookie)
		state := r.URL.Query().Get("state")
		if err != nil || state == "" || subtle.ConstantTimeCompare([]byte(k.Value), []byte(state)) != 1 {
			return wrong{http.StatusForbidden, "login.stray"}
		}
		http.SetCookie(w, &http.Cookie{Name: oidcCookie, Path: oidcBack, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(r)})
		e, ok := c.issuer.fetch(state, c.Now())
		if !ok || r.URL.Query().Get("error") != "" {
			return wrong{http.StatusForbidden, "login.stray"}
		}
		who, err := c.vouched(r, e)
		if err != nil {
			return err
		}
		user, err := c.admit(r, who)
		if err != nil {
			return err
		}
		if err := c.begin(r.Context(), w, r, user.Name); err != nil {
			return err
		}
		http.Redirect(w, r, e.next, http.StatusSeeOther)
		return nil
	})
}

// identity is a person as the issuer knows them.
type identity struct{ subject, name, role string }

// vouched exchanges the code for what the issuer says of a person, and checks it.
func (c *Console) vouched(r *http.Request, e errand) (identity, error) {
	provider, conf, err := c.issuer.found(r.Context())
	if err != nil {
		return identity{}, err
	}
	ctx := oidc.ClientContext(r.Context(), c.issuer.client)
	token, err := conf.Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(e.verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response.StatusCode < 500 {
		return identity{}, wrong{http.StatusForbidden, "login.stray"}
	}
	if err != nil {
		return identity{}, fmt.Errorf("exchange the code of a log-in: %w", hideURL(err))
	}
	raw, _ := token.Extra("id_token").(string)
	checked, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: c.issuer.ClientID, Now: c.Now}).Verify(ctx, raw)
	if err != nil {
		return identity{}, fmt.Errorf("check the token of a log-in: %w", hideURL(err))
	}
	if subtle.ConstantTimeCompare([]byte(checked.Nonce), []byte(e.nonce)) != 1 {
		return identity{}, wrong{http.StatusForbidden, "login.stray"}
	}
	var claims map[string]any
	if err := checked.Claims(&claims); err != nil {
		return identity{}, fmt.Errorf("read the token of a log-in: %w", err)
	}
	who := identity{subject: checked.Subject, role: c.issuer.role(claims)}
	for _, key := range []string{"name", "preferred_username", "email"} {
		if s, ok := claims[key].(string); ok && who.name == "" {
			who.name = clean(s, 40)
		}
	}
	if who.role == "" {
		return identity{}, wrong{http.StatusForbidden, "login.norole"}
	}
	return who, nil
}

// hideURL leaves the address out of an error: it may hold a code.
func hideURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// role is the highest role that the claims of a person give, "" for none.
func (o *OIDC) role(claims map[string]any) string {
	var values []any
	switch x := claims[o.Claim].(type) {
	case string:
		values = []any{x}
	case []any:
		values = x
	}
	best := -1
	for _, v := range values {
		if s, ok := v.(string); ok {
			best = max(best, slices.Index(roles, o.Roles[s]))
		}
	}
	if best < 0 {
		return ""
	}
	return roles[best]
}

// admit finds or makes the user of an identity, with the role that the issuer gives today.
// An identity never becomes a user who is there already under the same name: whoever runs
// the issuer could else be anybody.
func (c *Console) admit(r *http.Request, who identity) (u store.User, err error) {
	err = c.Store.Update(r.Context(), func(tx *store.Tx) error {
		name, err := tx.Identity(c.issuer.Issuer, who.subject)
		switch {
		case errors.Is(err, store.ErrNotFound):
			if name, err = personName(who.name); err != nil {
				return err
			}
			if err := c.free(tx, name, ""); err != nil {
				return err
			}
			noteWho(r, name, who.role)
			u = store.User{Name: name, Role: who.role, Password: nobodysHash, Created: c.Now()} // no password fits
			if err := tx.AddIdentity(c.issuer.Issuer, who.subject, name); err != nil {
				return err
			}
			return tx.SetUser(u)
		case err != nil:
			return err
		}
		noteWho(r, name, who.role)
		if u, err = tx.User(name); err != nil {
			return err
		}
		if !u.Gone.IsZero() {
			return wrong{http.StatusForbidden, "login.gone"}
		}
		if u.Role == who.role {
			return nil
		}
		u.Role, u.MustChange = who.role, false
		return c.setRole(tx, u)
	})
	var own wrong
	if err != nil && !errors.As(err, &own) {
		err = fmt.Errorf("let in a person of the issuer: %w", err)
	}
	return u, err
}
