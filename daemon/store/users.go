package store

import "time"

// Person is a user as lists show it, without the password.
type Person struct {
	Name       string
	Shown      string // as the timeline says it; empty: Name
	Role       string
	MustChange bool
	Created    time.Time
	Gone       time.Time // when they were shut out; zero: they may log in
	Sessions   int       // that last at present
	Seen       time.Time // when one of them was last used; zero: none lasts
}

// People returns all users by name, also those who were shut out, with their sessions at now. shown is the prefix of
// the settings in which the names of the timeline stand.
func (t *Tx) People(shown string, now time.Time) ([]Person, error) {
	var out []Person
	err := t.rows(func(scan func(...any) error) error {
		var p Person
		var created, seen, gone int64
		err := scan(&p.Name, &p.Role, &p.MustChange, &created, &p.Shown, &p.Sessions, &seen, &gone)
		p.Created, p.Seen, p.Gone = fromMilli(created), fromMilli(seen), fromMilli(gone)
		out = append(out, p)
		return err
	}, `SELECT u.name, u.role, u.must_change, u.created, coalesce((SELECT value FROM settings WHERE key = ?1 || u.name), ''),
		count(s.token), coalesce(max(s.seen), 0), u.gone
		FROM users u LEFT JOIN sessions s ON s.user = u.name AND s.expires > ?2 GROUP BY u.name ORDER BY u.name`, shown, milli(now))
	return out, err
}

// Sessions returns the sessions of a user that last at now, the last used first.
func (t *Tx) Sessions(user string, now time.Time) ([]Session, error) {
	var out []Session
	err := t.rows(func(scan func(...any) error) error {
		var s Session
		var created, expires, seen int64
		err := scan(&s.Token, &s.User, &created, &expires, &seen, &s.Address, &s.Agent)
		s.Created, s.Expires, s.Seen = fromMilli(created), fromMilli(expires), fromMilli(seen)
		out = append(out, s)
		return err
	}, "SELECT token, user, created, expires, seen, address, agent FROM sessions WHERE user = ? AND expires > ? ORDER BY seen DESC, created DESC", user, milli(now))
	return out, err
}

// Identity returns the user whom an issuer knows as subject, or ErrNotFound.
func (t *Tx) Identity(issuer, subject string) (user string, err error) {
	err = t.row("SELECT user FROM identities WHERE issuer = ? AND subject = ?", []any{issuer, subject}, &user)
	return user, err
}

// AddIdentity says which user an issuer knows as subject.
func (t *Tx) AddIdentity(issuer, subject, user string) error {
	return t.exec("INSERT INTO identities VALUES (?,?,?)", issuer, subject, user)
}

// ShutOut takes a user's access away: sessions and the tokens that they made end, their
// browsers get no more alerts, and no password fits any more. The name stays theirs.
func (t *Tx) ShutOut(u User, now time.Time) error {
	u.Gone, u.MustChange = now, false
	if err := t.SetUser(u); err != nil {
		return err
	}
	if err := t.EndSessions(u.Name, ""); err != nil {
		return err
	}
	return t.RevokeTokensOf(u.Name, now)
}
