package console

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// tokenPrefix marks our tokens, so that scanners of source code find one that leaked.
const tokenPrefix = "wf_"

// programPrefix stands before the name of a program in the timeline: nobody can pass for
// a person, and no person for a program.
const programPrefix = "api:"

// forPeople are the acts by which somebody answers for a text. A program may do none of
// them, whatever its role.
var forPeople = []crisis.EventKind{crisis.EventStatementReviewed, crisis.EventApproved, crisis.EventCountersigned}

// tokensPage is the programs that may use the interface.
type tokensPage struct {
	frame
	Rows  []tokenRow
	Roles []choice
	Days  []choice
	Added string
	Token string // shown this once
	Wrong string
}

type tokenRow struct {
	ID                  int64
	Name, Role, By      string
	Since, Until, Used  moment
	Holds, Revoked, For bool // For: it never ends
}

// tokenDays is for how long a token may be made; 0 is for ever.
var tokenDays = []int{7, 30, 90, 365, 0}

func (c *Console) tokensPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showTokens(w, r, v, http.StatusOK, tokensPage{})
}

func (c *Console) showTokens(w http.ResponseWriter, r *http.Request, v *visit, status int, p tokensPage) error {
	p.frame = c.frame(r, v, "tokens", "account")
	p.Roles = p.roleChoices(v.user.Role, roleViewer)
	for _, d := range tokenDays {
		word := p.must("tokens.ever")
		if d > 0 {
			word = p.must("tokens.days", d)
		}
		p.Days = append(p.Days, choice{strconv.Itoa(d), word, d == 90})
	}
	var all []store.Token
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Tokens()
		return err
	})
	if err != nil {
		return fmt.Errorf("list the tokens: %w", err)
	}
	for i := range all {
		k := &all[i]
		p.Rows = append(p.Rows, tokenRow{
			ID: k.ID, Name: clean(k.Name, 40), Role: p.sayOr("role.", k.Role), By: clean(k.By, 64), Since: p.since(k.Created), Until: p.since(k.Expires),
			Used: p.since(k.Used), Holds: k.Holds(p.now), Revoked: !k.Revoked.IsZero(), For: k.Expires.IsZero(),
		})
	}
	return c.render(w, r, status, "settings_tokens", p)
}

// tokens makes a token or revokes one.
func (c *Console) tokens(w http.ResponseWriter, r *http.Request, v *visit) error {
	var p tokensPage
	var err error
	switch r.PostFormValue("do") {
	case "add":
		p.Added = clean(r.PostFormValue("name"), 40)
		p.Token, err = c.addToken(r, v, p.Added)
	case "revoke":
		var id int64
		if id, err = strconv.ParseInt(r.PostFormValue("id"), 10, 64); err != nil {
			return store.ErrNotFound
		}
		noteTarget(r, strconv.FormatInt(id, 10))
		err = c.Store.Update(r.Context(), func(tx *store.Tx) error { return tx.RevokeToken(id, c.Now()) })
	default:
		return wrong{http.StatusBadRequest, "err.form"}
	}
	var bad wrong
	switch {
	case errors.As(err, &bad):
		t := c.tongue(r)
		return c.showTokens(w, r, v, bad.status, tokensPage{Wrong: t.must(bad.key)})
	case err != nil:
		return err
	case p.Token != "":
		return c.showTokens(w, r, v, http.StatusOK, p)
	}
	http.Redirect(w, r, "/settings/tokens?said=revoke", http.StatusSeeOther)
	return nil
}

// addToken makes a token with at most the role of who makes it.
func (c *Console) addToken(r *http.Request, v *visit, name string) (string, error) {
	role := r.PostFormValue("role")
	days, err := strconv.Atoi(r.PostFormValue("days"))
	switch {
	case name == "":
		return "", wrong{http.StatusUnprocessableEntity, "err.name"}
	case err != nil || !slices.Contains(tokenDays, days) || !slices.Contains(roles, role):
		return "", wrong{http.StatusUnprocessableEntity, "err.form"}
	case slices.Index(roles, role) > slices.Index(roles, v.user.Role):
		return "", errRole
	}
	noteTarget(r, name, role)
	token := tokenPrefix + rand.Text()
	k := store.Token{Name: name, Role: role, Hash: tokenHash(token), By: v.user.Name, Created: c.Now()}
	if days > 0 {
		k.Expires = k.Created.AddDate(0, 0, days)
	}
	err = c.Store.Update(r.Context(), func(tx *store.Tx) error {
		all, err := tx.Tokens()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(x store.Token) bool { return x.Name == name && x.Holds(k.Created) }) {
			return wrong{http.StatusConflict, "err.taken"}
		}
		return tx.AddToken(k)
	})
	return token, err
}

// bearer returns what a program shows as its token; false when it shows none.
func bearer(r *http.Request) (string, bool) {
	h := r.Header.Get("Authorization")
	kind, token, _ := strings.Cut(h, " ")
	if !strings.EqualFold(kind, "Bearer") {
		return "", h != "" // another kind is not ours, and no cookie stands in for it
	}
	return strings.TrimSpace(token), true
}

// program finds out which program shows a token.
func (c *Console) program(r *http.Request, token string) (*visit, error) {
	if !strings.HasPrefix(token, tokenPrefix) {
		return nil, errNobody
	}
	var k store.Token
	now := c.Now()
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		k, err = tx.Token(tokenHash(token), now)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNobody
	}
	if err != nil {
		return nil, fmt.Errorf("look up the token: %w", err)
	}
	if now.Sub(k.Used) >= time.Minute {
		if err := c.Store.Update(r.Context(), func(tx *store.Tx) error { return tx.TokenUsed(k.ID, now) }); err != nil {
			return nil, fmt.Errorf("note the use of token %d: %w", k.ID, err)
		}
	}
	name := programPrefix + k.Name
	return &visit{user: store.User{Name: name, Role: k.Role}, name: name, program: true}, nil
}
