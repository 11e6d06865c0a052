package console

import (
	"errors"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Acting says who a person of the roster is to the console, for acts that come from
// elsewhere, such as a click on a message: the name under which they log in, and their
// role. Who does not log in has no such name, and may what a signed link lets them do:
// the work of an operator. Of several who are called the same, the one who may least
// counts.
func Acting(tx *store.Tx, person string, now time.Time) (login, role string, err error) {
	u, err := tx.User(person)
	if err == nil {
		return u.Name, present(u.Role, u.Gone), nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return "", "", err
	}
	all, err := tx.People(settingName, now)
	for _, p := range all {
		if now := present(p.Role, p.Gone); p.Shown == person && (role == "" || slices.Index(roles, now) < slices.Index(roles, role)) {
			login, role = p.Name, now
		}
	}
	if role == "" {
		role = roleOperator
	}
	return login, role, err
}

// roleGone is the role of those who were shut out: it suffices for nothing.
const roleGone = "gone"

// present is the role of somebody, who may have been shut out.
func present(role string, gone time.Time) string {
	if !gone.IsZero() {
		return roleGone
	}
	return role
}

// Permits says whether a role suffices for an act.
func Permits(role string, in *crisis.Incident, a *crisis.Act) bool {
	s := in.Step(a.Plan, a.Step)
	approval := a.Kind == crisis.EventStepDone && s != nil && s.AskKind == "approval"
	return allowed(role, string(a.Kind)) && (!approval || allowed(role, approvalTick))
}
