package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"watchfire/daemon/store"
)

// How long a log-in lasts: a fortnight, and no longer than three days unused, so
// that a phone on duty every other day need not ask for a password at 3 a.m.
const (
	sessionLife = 14 * 24 * time.Hour
	sessionIdle = 3 * 24 * time.Hour
	touchEvery  = 10 * time.Minute
)

const (
	sessionCookie = "watchfire_session"
	nameCookie    = "watchfire_name" // of who acts in a demo
)

// visit is somebody who may see pages.
type visit struct {
	user  store.User
	token string // hash, as stored
	name  string // as shown in the timeline

	program bool // came with a token
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// errNobody says that a request comes from nobody who is logged in.
var errNobody = errors.New("nobody is logged in")

// visitOf finds out who asks.
func (c *Console) visitOf(r *http.Request) (*visit, error) {
	if c.Open {
		name := c.tongue(r).must("demo.actor")
		if k, err := r.Cookie(nameCookie); err == nil {
			if said, err := url.QueryUnescape(k.Value); err == nil && clean(said, 40) != "" {
				name = clean(said, 40)
			}
		}
		return &visit{user: store.User{Name: name, Role: roleAdmin}, name: name}, nil
	}
	k, err := r.Cookie(sessionCookie)
	if err != nil || k.Value == "" {
		return nil, errNobody
	}
	v := &visit{token: tokenHash(k.Value)}
	now := c.Now()
	var session store.Session
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		var err error
		if session, err = tx.Session(v.token, now); err != nil {
			return err
		}
		if v.user, err = tx.User(session.User); err != nil {
			return err
		}
		v.name, err = displayName(tx, session.User)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNobody
	}
	if err != nil {
		return nil, fmt.Errorf("look up the session: %w", err)
	}
	if now.Sub(session.Seen) >= touchEvery {
		session.Seen, session.Address, session.Agent = now, address(r), agent(r)
		session.Expires = expiry(session.Created, now)
		if err := c.Store.Update(r.Context(), func(tx *store.Tx) error { return tx.SetSession(session) }); err != nil {
			return nil, fmt.Errorf("prolong the session: %w", err)
		}
	}
	return v, nil
}

// expiry is when a session ends that was last used at seen.
func expiry(created, seen time.Time) time.Time {
	end := seen.Add(sessionIdle)
	if last := created.Add(sessionLife); last.Before(end) {
		return last
	}
	return end
}

// visitor is visitOf for error pages, which are shown to nobody in particular
// when it cannot be known who asks.
func (c *Console) visitor(r *http.Request) *visit {
	v, err := c.visitOf(r)
	if err != nil {
		return nil
	}
	return v
}

const settingName = "console.name."

// displayName is what a user is called in the timeline.
func displayName(tx *store.Tx, user string) (string, error) {
	name, err := tx.Setting(settingName + user)
	if errors.Is(err, store.ErrNotFound) || (err == nil && name == "") {
		return user, nil
	}
	return name, err
}

// begin opens a session for a user and hands the token to the browser.
func (c *Console) begin(ctx context.Context, w http.ResponseWriter, r *http.Request, user string) error {
	token, now := rand.Text(), c.Now()
	s := store.Session{Token: tokenHash(token), User: user, Created: now, Seen: now, Expires: expiry(now, now), Address: address(r), Agent: agent(r)}
	before := ""
	if k, err := r.Cookie(sessionCookie); err == nil {
		before = tokenHash(k.Value)
	}
	var key []byte
	err := c.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if key, err = deviceKey(tx); err != nil {
			return err
		}
		if err := tx.HandPush(before, s.Token, user); err != nil {
			return err
		}
		return tx.SetSession(s)
	})
	if err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	setCookie(w, r, sessionCookie, token, int(sessionLife/time.Second))
	setCookie(w, r, deviceCookie, deviceToken(key, user, now), int(deviceLife/time.Second))
	return nil
}

// agent is what the browser says of itself.
func agent(r *http.Request) string { return clean(r.UserAgent(), 300) }

// setCookie sets a cookie that neither scripts nor other sites can use.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure(r),
	})
}

// page is a handler whose error becomes a page.
type page func(w http.ResponseWriter, r *http.Request, v *visit) error

// anybody serves a page to people who are not logged in.
func (c *Console) anybody(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.rememberLang(w, r)
		err := c.audited(w, r, nil, func(w http.ResponseWriter, r *http.Request) error { return p(w, r, nil) })
		if err != nil {
			c.fail(w, r, err)
		}
	})
}

// somebody serves a page to people who are logged in, also when they have yet
// to choose a password.
func (c *Console) somebody(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.rememberLang(w, r)
		v, err := c.visitOf(r)
		if errors.Is(err, errNobody) {
			c.turnAway(w, r)
			return
		}
		if err == nil {
			err = c.audited(w, r, v, func(w http.ResponseWriter, r *http.Request) error { return c.serve(w, r, v, p) })
		}
		if err != nil {
			c.fail(w, r, err)
		}
	})
}

// serve serves a page to a visitor who has the role for it, with what the visitor may see.
func (c *Console) serve(w http.ResponseWriter, r *http.Request, v *visit, p page) error {
	if err := v.permit(r); err != nil {
		return err
	}
	r, err := c.sighted(r, v)
	if err != nil {
		return err
	}
	return p(w, r, v)
}

// known serves a page to people who are logged in with a password of their own.
func (c *Console) known(p page) http.Handler {
	return c.somebody(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if v.user.MustChange {
			http.Redirect(w, r, "/password", http.StatusSeeOther)
			return nil
		}
		return p(w, r, v)
	})
}

// turnAway sends somebody to the log-in. A link in a chat arrives without our
// cookie, which is for our own site only: such a request gets a page that asks
// again from here, and only then, if there is no cookie still, the log-in.
func (c *Console) turnAway(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Part") != "" || r.URL.Path == "/live" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	back := "/"
	if r.Method == http.MethodGet {
		back = localPath(r.URL.RequestURI())
	}
	if r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		p := bouncePage{frame: c.frame(r, nil, "app", ""), To: back}
		if err := c.render(w, r, http.StatusOK, "bounce", p); err != nil {
			c.fail(w, r, err)
		}
		return
	}
	http.Redirect(w, r, "/login?next="+url.QueryEscape(back), http.StatusSeeOther)
}

// bouncePage leads back to where it stands.
type bouncePage struct {
	frame
	To string
}

// rememberLang keeps the language that the reader has just chosen.
func (c *Console) rememberLang(w http.ResponseWriter, r *http.Request) {
	if l := r.URL.Query().Get("lang"); l == "zh" || l == "en" {
		setCookie(w, r, langCookie, l, 365*24*3600)
	}
}
