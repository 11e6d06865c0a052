package store

import (
	"errors"
	"time"

	"watchfire/crisis"
)

// Push is a browser that asked for alerts.
type Push struct {
	ID       int64
	User     string        // whose it is
	Endpoint crisis.Secret // where alerts for it go; empty once it is gone
	P256DH   string        // its public key
	Auth     crisis.Secret // what it shares with us
	Key      string        // our public key, as it knows us
	Session  string        // the log-in it belongs to, as stored
	Agent    string        // what it says of itself
	Created  time.Time
	Reached  time.Time // last; zero: never
	Gone     time.Time // since when it takes no alerts; zero: it does
}

// PushKey is a pair of keys that push services and browsers know us by.
type PushKey struct {
	Public  string
	Private crisis.Secret
}

// goneKept is for how long the owner of a browser can read that it is gone.
const goneKept = 30 * 24 * time.Hour

const pushColumns = "id, user, endpoint, p256dh, auth, key, session, agent, created, reached, gone"

func (t *Tx) pushes(where string, args ...any) ([]Push, error) {
	var out []Push
	err := t.rows(func(scan func(...any) error) error {
		var p Push
		var endpoint, auth string
		var created, reached, gone int64
		err := scan(&p.ID, &p.User, &endpoint, &p.P256DH, &auth, &p.Key, &p.Session, &p.Agent, &created, &reached, &gone)
		p.Endpoint, p.Auth = crisis.Secret(endpoint), crisis.Secret(auth)
		p.Created, p.Reached, p.Gone = fromMilli(created), fromMilli(reached), fromMilli(gone)
		out = append(out, p)
		return err
	}, "SELECT "+pushColumns+" FROM pushes "+where+" ORDER BY id", args...)
	return out, err
}

// Pushes returns the browsers of a user, also those that are gone.
func (t *Tx) Pushes(user string) ([]Push, error) { return t.pushes("WHERE user = ?", user) }

// PushesGone counts the browsers of a user that are gone without the user having said so.
func (t *Tx) PushesGone(user string) (n int, err error) {
	err = t.row("SELECT count(*) FROM pushes WHERE user = ? AND gone > 0", []any{user}, &n)
	return n, err
}

// AllPushes returns the browsers that take alerts, of everybody who may log in.
func (t *Tx) AllPushes() ([]Push, error) {
	return t.pushes("WHERE gone = 0 AND user IN (SELECT name FROM users)")
}

// PushAt returns the browser at an endpoint, or ErrNotFound.
func (t *Tx) PushAt(endpoint string) (Push, error) {
	all, err := t.pushes("WHERE endpoint = ? AND endpoint <> ''", endpoint)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Push{}, err
	}
	return all[0], nil
}

// AddPush keeps a browser; whoever had it before has it no longer. That one of its kind
// was gone is not worth telling any more.
func (t *Tx) AddPush(p Push) error {
	if p.User == "" || p.Endpoint == "" || p.Key == "" {
		return errors.New("store a browser: user, endpoint and key are needed")
	}
	if err := t.exec("DELETE FROM pushes WHERE endpoint = ? OR gone > 0 AND (gone < ? OR user = ? AND agent = ?)",
		p.Endpoint.Reveal(), milli(p.Created.Add(-goneKept)), p.User, p.Agent); err != nil {
		return err
	}
	return t.exec("INSERT INTO pushes (user, endpoint, p256dh, auth, key, session, agent, created, reached, gone) VALUES (?,?,?,?,?,?,?,?,0,0)",
		p.User, p.Endpoint.Reveal(), p.P256DH, p.Auth.Reveal(), p.Key, p.Session, p.Agent, milli(p.Created))
}

// MovePush gives a browser the endpoint and keys of p; whose it is stays.
func (t *Tx) MovePush(id int64, p Push) error {
	if err := t.exec("DELETE FROM pushes WHERE endpoint = ? AND id <> ?", p.Endpoint.Reveal(), id); err != nil {
		return err
	}
	return t.exec("UPDATE pushes SET endpoint = ?, p256dh = ?, auth = ?, key = ? WHERE id = ?", p.Endpoint.Reveal(), p.P256DH, p.Auth.Reveal(), p.Key, id)
}

// DropPush forgets a browser of a user, or gives ErrNotFound.
func (t *Tx) DropPush(id int64, user string) error {
	var n int
	if err := t.row("SELECT count(*) FROM pushes WHERE id = ? AND user = ?", []any{id, user}, &n); err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	return t.exec("DELETE FROM pushes WHERE id = ?", id)
}

// PushReached notes that a browser was given an alert.
func (t *Tx) PushReached(endpoint string, at time.Time) error {
	return t.exec("UPDATE pushes SET reached = ? WHERE endpoint = ?", milli(at), endpoint)
}

// PushGone notes that there is no browser at an endpoint any more, which is forgotten.
func (t *Tx) PushGone(endpoint string, at time.Time) error {
	return t.exec("UPDATE pushes SET endpoint = '', p256dh = '', auth = '', gone = ? WHERE endpoint = ? AND endpoint <> ''", milli(at), endpoint)
}

// HandPush lets the browsers of one log-in belong to the next in the same place. What
// another user had there is forgotten: their alerts are not for whoever logs in now.
func (t *Tx) HandPush(from, to, user string) error {
	if err := t.exec("DELETE FROM pushes WHERE session = ? AND user <> ? AND session <> ''", from, user); err != nil {
		return err
	}
	return t.exec("UPDATE pushes SET session = ? WHERE session = ? AND session <> ''", to, from)
}

// PushKeys returns the keys that we are known by, the newest last.
func (t *Tx) PushKeys() ([]PushKey, error) {
	var out []PushKey
	err := t.rows(func(scan func(...any) error) error {
		var k PushKey
		var private string
		err := scan(&k.Public, &private)
		k.Private = crisis.Secret(private)
		out = append(out, k)
		return err
	}, "SELECT public, private FROM push_keys ORDER BY created, public")
	return out, err
}

// AddPushKey keeps a pair of keys; one that is kept already becomes the newest.
func (t *Tx) AddPushKey(k PushKey, at time.Time) error {
	return t.exec("INSERT INTO push_keys VALUES (?,?,?) ON CONFLICT (public) DO UPDATE SET created = excluded.created",
		k.Public, k.Private.Reveal(), milli(at))
}
