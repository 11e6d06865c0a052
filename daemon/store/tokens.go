package store

import (
	"errors"
	"slices"
	"time"
)

// Token lets a program in under a name and with a role.
type Token struct {
	ID      int64
	Name    string
	Role    string
	Hash    string // SHA-256 of the token
	By      string // who made it
	Created time.Time
	Expires time.Time // zero: never
	Revoked time.Time // zero: it holds
	Used    time.Time // last; zero: never
}

// Holds says whether the token lets anybody in at now.
func (k *Token) Holds(now time.Time) bool {
	return k.Revoked.IsZero() && (k.Expires.IsZero() || k.Expires.After(now))
}

const tokenColumns = "id, name, role, hash, by, created, expires, revoked, used"

func (t *Tx) tokens(where string, args ...any) ([]Token, error) {
	var out []Token
	err := t.rows(func(scan func(...any) error) error {
		var k Token
		var created, expires, revoked, used int64
		err := scan(&k.ID, &k.Name, &k.Role, &k.Hash, &k.By, &created, &expires, &revoked, &used)
		k.Created, k.Expires, k.Revoked, k.Used = fromMilli(created), fromMilli(expires), fromMilli(revoked), fromMilli(used)
		out = append(out, k)
		return err
	}, "SELECT "+tokenColumns+" FROM tokens "+where, args...)
	return out, err
}

// Tokens returns all tokens, also those that hold no longer, the newest first.
func (t *Tx) Tokens() ([]Token, error) { return t.tokens("ORDER BY id DESC") }

// Token returns the token that holds at now and has this hash, or ErrNotFound.
func (t *Tx) Token(hash string, now time.Time) (Token, error) {
	all, err := t.tokens("WHERE hash = ?", hash)
	if err == nil && (len(all) == 0 || !all[0].Holds(now)) {
		err = ErrNotFound
	}
	if err != nil {
		return Token{}, err
	}
	return all[0], nil
}

// AddToken stores a token.
func (t *Tx) AddToken(k Token) error {
	if k.Name == "" || k.Role == "" || len(k.Hash) != 64 {
		return errors.New("store token: name, role and hash are needed")
	}
	return t.exec("INSERT INTO tokens (name, role, hash, by, created, expires, revoked, used) VALUES (?,?,?,?,?,?,0,0)",
		k.Name, k.Role, k.Hash, k.By, milli(k.Created), milli(k.Expires))
}

// RevokeToken ends a token that holds; ErrNotFound when none of that number does.
func (t *Tx) RevokeToken(id int64, now time.Time) error {
	all, err := t.tokens("WHERE id = ? AND revoked = 0", id)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	return t.exec("UPDATE tokens SET revoked = ? WHERE id = ?", milli(now), id)
}

// RevokeTokensOf ends the tokens that somebody made, but those of the given roles.
func (t *Tx) RevokeTokensOf(by string, now time.Time, but ...string) error {
	all, err := t.tokens("WHERE by = ? AND revoked = 0", by)
	if err != nil {
		return err
	}
	for _, k := range all {
		if slices.Contains(but, k.Role) {
			continue
		}
		if err := t.RevokeToken(k.ID, now); err != nil {
			return err
		}
	}
	return nil
}

// TokenUsed notes when a token was used last.
func (t *Tx) TokenUsed(id int64, at time.Time) error {
	return t.exec("UPDATE tokens SET used = ? WHERE id = ?", milli(at), id)
}
