package store

import (
	"context"
	"strings"
)

// seer is the key under which a context holds whose eyes a transaction has.
type seer struct{}

// SeenBy returns a context whose transactions see what one user may see: incidents that
// are restricted to others are not there. Whatever serves a person reads with it, so that
// a page which forgets to ask shows too little and not too much.
func SeenBy(ctx context.Context, user string) context.Context {
	return context.WithValue(ctx, seer{}, &user)
}

// SeenByAll returns a context whose transactions see everything: for what the daemon does
// on behalf of somebody who was let through.
func SeenByAll(ctx context.Context) context.Context {
	return context.WithValue(ctx, seer{}, (*string)(nil))
}

// eyes says whose eyes the transaction has; false when it sees everything.
func (t *Tx) eyes() (user string, ok bool) {
	who, _ := t.ctx.Value(seer{}).(*string)
	if who == nil {
		return "", false
	}
	return *who, true
}

// between separates names, and stands before the first and behind the last.
const between = "\x1f"

// among writes names so that one of them can be looked for.
func among(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return between + strings.Join(names, between) + between
}

// within returns the condition for a column written by among, and its argument: that it
// names the eyes of the transaction, or nobody.
func (t *Tx) within(column string) (sql string, args []any) {
	user, ok := t.eyes()
	if !ok {
		return "1", nil
	}
	return "(" + column + " = '' OR instr(" + column + ", ?) > 0)", []any{among([]string{user})}
}
