package console

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Pusher reaches the browsers that ask for alerts. A Desk that can do so offers it on the
// account page.
type Pusher interface {
	// PushKey is our public key, in base64url; "" when no channel pushes.
	PushKey() string
	// AcceptPush says why a browser cannot be kept.
	AcceptPush(p store.Push) error
	// TestPush sends a test message. When the browser did not get it, the error wraps
	// ErrUnpushed or ErrPushGone, and fix says what can be done, in the language lang.
	TestPush(ctx context.Context, p store.Push, lang string) (fix string, err error)
}

var (
	// ErrUnpushed says that a browser did not get a message.
	ErrUnpushed = errors.New("not pushed")
	// ErrPushGone says that a browser takes no messages any more.
	ErrPushGone = errors.New("the browser is gone")
)

// mostDevices is on how many devices one account may take alerts.
const mostDevices = 10

// deviceRow is one device on which the reader takes alerts.
type deviceRow struct {
	ID      int64
	Device  string
	Service string // host of its push service
	Since   moment
	Reached moment
	Gone    moment // since when it takes none; empty: it does
	This    bool
}

// pusher is the desk as far as it pushes, nil when nobody can ask for alerts here.
func (c *Console) pusher() Pusher {
	if p, ok := c.Desk.(Pusher); ok && !c.Open && p.PushKey() != "" {
		return p
	}
	return nil
}

// pushKey is the key that pages hand to browsers, "" for none.
func (c *Console) pushKey() string {
	if p := c.pusher(); p != nil {
		return p.PushKey()
	}
	return ""
}

// ownDevices lists the devices on which the visitor takes alerts.
func (c *Console) ownDevices(r *http.Request, v *visit, t tongue) (out []deviceRow, err error) {
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		all, err := tx.Pushes(v.user.Name)
		for i := range all {
			p := &all[i]
			row := deviceRow{ID: p.ID, Device: t.device(p.Agent), Since: t.since(p.Created), Reached: t.since(p.Reached), Gone: t.since(p.Gone), This: p.Session == v.token && p.Gone.IsZero()}
			if u, err := url.Parse(p.Endpoint.Reveal()); err == nil {
				row.Service = clean(u.Hostname(), 80)
			}
			out = append(out, row)
		}
		return err
	})
	return out, err
}

// pushes does what a page or a person asks of pushes to the visitor's devices.
func (c *Console) pushes(w http.ResponseWriter, r *http.Request, v *visit) error {
	pusher := c.pusher()
	if pusher == nil {
		return store.ErrNotFound
	}
	noteTarget(r, clean(r.UserAgent(), 80))
	switch r.PostFormValue("do") {
	case "subscribe":
		return c.subscribe(w, r, v, pusher)
	case "confirm":
		return c.confirmPush(w, r, v)
	case "unsubscribe":
		p, err := c.pushAt(r, v)
		if err != nil {
			return err
		}
		return c.dropPush(w, r, v, p.ID, http.StatusNoContent)
	case "remove", "test":
		id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
		if err != nil {
			return store.ErrNotFound
		}
		noteTarget(r, strconv.FormatInt(id, 10))
		if r.PostFormValue("do") == "test" {
			return c.testPush(w, r, v, pusher, id)
		}
		return c.dropPush(w, r, v, id, http.StatusSeeOther)
	}
	return wrong{http.StatusBadRequest, "err.form"}
}

// offered reads the subscription that a browser hands over. Its key must be one that we
// have: nothing else could be sent to it.
func (c *Console) offered(r *http.Request, pusher Pusher) (store.Push, error) {
	p := store.Push{
		Endpoint: crisis.Secret(r.PostFormValue("endpoint")), P256DH: r.PostFormValue("p256dh"), Auth: crisis.Secret(r.PostFormValue("auth")),
		Key: r.PostFormValue("key"), Agent: agent(r), Created: c.Now(),
	}
	if err := pusher.AcceptPush(p); err != nil {
		return p, wrong{http.StatusUnprocessableEntity, "err.push"}
	}
	var keys []store.PushKey
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		keys, err = tx.PushKeys()
		return err
	})
	if err != nil {
		return p, fmt.Errorf("look up the keys of pushes: %w", err)
	}
	if !slices.ContainsFunc(keys, func(k store.PushKey) bool { return k.Public == p.Key }) {
		return p, wrong{http.StatusUnprocessableEntity, "err.push"}
	}
	return p, nil
}

// subscribe keeps the browser from which the visitor comes.
func (c *Console) subscribe(w http.ResponseWriter, r *http.Request, v *visit, pusher Pusher) error {
	p, err := c.offered(r, pusher)
	if err != nil {
		return err
	}
	p.User, p.Session = v.user.Name, v.token
	err = c.Store.Update(r.Context(), func(tx *store.Tx) error {
		all, err := tx.Pushes(p.User)
		if err != nil {
			return err
		}
		n := 0
		for i := range all {
			if all[i].Gone.IsZero() && all[i].Endpoint != p.Endpoint {
				n++
			}
		}
		if n >= mostDevices {
			return wrong{http.StatusConflict, "err.devices"}
		}
		return tx.AddPush(p)
	})
	if err != nil {
		return fmt.Errorf("keep a browser of %s: %w", p.User, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// pushAt returns the visitor's browser at the endpoint that a form names, or ErrNotFound.
func (c *Console) pushAt(r *http.Request, v *visit) (p store.Push, err error) {
	err = c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		p, err = tx.PushAt(r.PostFormValue("endpoint"))
		return err
	})
	if err == nil && p.User != v.user.Name {
		err = store.ErrNotFound
	}
	return p, err
}

// confirmPush is asked by a page that finds its browser subscribed: whether that is known
// here, as the visitor's. What it answers otherwise has the page withdraw.
func (c *Console) confirmPush(w http.ResponseWriter, r *http.Request, v *visit) error {
	noteTarget(r, quiet)
	p, err := c.pushAt(r, v)
	if err != nil {
		return err
	}
	if p.Session != v.token { // logged in anew on the same device
		noteTarget(r, strconv.FormatInt(p.ID, 10))
		err := c.Store.Update(r.Context(), func(tx *store.Tx) error { return tx.HandPush(p.Session, v.token, v.user.Name) })
		if err != nil {
			return fmt.Errorf("hand a browser of %s to the session: %w", v.user.Name, err)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// dropPush forgets one of the visitor's browsers.
func (c *Console) dropPush(w http.ResponseWriter, r *http.Request, v *visit, id int64, status int) error {
	if err := c.Store.Update(r.Context(), func(tx *store.Tx) error { return tx.DropPush(id, v.user.Name) }); err != nil {
		return err
	}
	if status == http.StatusSeeOther {
		http.Redirect(w, r, "/account?said=pushoff#push", status)
		return nil
	}
	w.WriteHeader(status)
	return nil
}

// testPush sends a test message to one of the visitor's browsers.
func (c *Console) testPush(w http.ResponseWriter, r *http.Request, v *visit, pusher Pusher, id int64) error {
	var all []store.Push
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Pushes(v.user.Name)
		return err
	})
	if err != nil {
		return fmt.Errorf("list the browsers of %s: %w", v.user.Name, err)
	}
	i := slices.IndexFunc(all, func(p store.Push) bool { return p.ID == id && p.Gone.IsZero() })
	if i < 0 {
		return store.ErrNotFound
	}
	t := c.tongue(r)
	ctx, cancel := context.WithTimeout(behalf(r), 30*time.Second)
	defer cancel()
	fix, err := pusher.TestPush(ctx, all[i], t.pick("zh", "en"))
	switch {
	case errors.Is(err, ErrPushGone):
		fix = t.must("push.gone.now")
	case errors.Is(err, ErrUnpushed) && fix == "":
		fix = t.must("push.later")
	case err == nil:
		http.Redirect(w, r, "/account?said=pushtest#push", http.StatusSeeOther)
		return nil
	case !errors.Is(err, ErrUnpushed):
		return fmt.Errorf("test a browser of %s: %w", v.user.Name, err)
	}
	return c.showAccount(w, r, v, http.StatusConflict, clean(fix, 300))
}

// renewPush puts a browser's next subscription in the place of the one before. A service
// worker asks for it when the browser made another by itself, perhaps at night and long
// after the log-in has ended: what shows that it is the same browser is the secret that
// nobody has but it and we.
func (c *Console) renewPush(w http.ResponseWriter, r *http.Request, _ *visit) error {
	noteTarget(r, quiet) // strangers do not fill the log
	pusher := c.pusher()
	if pusher == nil {
		return store.ErrNotFound
	}
	var old store.Push
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		old, err = tx.PushAt(r.PostFormValue("old"))
		return err
	})
	if err == nil && subtle.ConstantTimeCompare([]byte(old.Auth.Reveal()), []byte(r.PostFormValue("oldauth"))) != 1 {
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	p, err := c.offered(r, pusher)
	if err != nil {
		return err
	}
	noteTarget(r, strconv.FormatInt(old.ID, 10))
	noteWho(r, old.User, "")
	if err := c.Store.Update(r.Context(), func(tx *store.Tx) error { return tx.MovePush(old.ID, p) }); err != nil {
		return fmt.Errorf("renew a browser of %s: %w", old.User, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
