package alerts

import (
	"cmp"
	"fmt"

	"watchfire/crisis"
)

func (t teller) troubleHeadline() string {
	part := cmp.Or(t.a.Trouble.Part, crisis.PartSource)
	form := t.headlines[part]
	if t.a.Kind == crisis.AlertSight {
		form = t.restored[part]
	}
	if part == crisis.PartStore || part == crisis.PartSelf {
		return t.mark() + form
	}
	return t.mark() + fmt.Sprintf(form, Clean(t.a.Trouble.Source, 40))
}

// troubles says since when, why, what it means, and what a person can do; of the
// end of trouble, how long it lasted.
func (t teller) troubles() []string {
	x := t.a.Trouble
	if t.a.Kind == crisis.AlertSight {
		if x.Since.IsZero() || x.Since.After(t.a.At) {
			return nil
		}
		return []string{fmt.Sprintf(t.lasted, t.span(t.a.At.Sub(x.Since)), t.clock(x.Since))}
	}
	var out []string
	if !x.Since.IsZero() {
		out = append(out, fmt.Sprintf(t.began, t.clock(x.Since)))
	}
	if cause := t.plainCause(); cause != "" {
		out = append(out, fmt.Sprintf(t.cause, cause))
	}
	part := cmp.Or(x.Part, crisis.PartSource)
	out = append(out, t.caution[part])
	fix := cmp.Or(x.Fix, t.fixes[x.Class])
	if part == crisis.PartStore {
		fix = t.disk
	}
	if fix != "" {
		out = append(out, fmt.Sprintf(t.fix, Clean(fix, 200)))
	}
	if x.Detail != "" {
		out = append(out, fmt.Sprintf(t.detail, Clean(x.Detail, 200)))
	}
	return out
}

// plainCause says in plain words what is wrong.
func (t teller) plainCause() string {
	x := t.a.Trouble
	switch {
	case x.Part == crisis.PartChannel, x.Part == crisis.PartStore, x.Part == crisis.PartSelf, x.Part == crisis.PartButtons:
		return ""
	case x.Class == crisis.ClassStale && x.Expected > 0 && !x.Since.IsZero():
		return fmt.Sprintf(t.silent, t.span(t.a.At.Sub(x.Since)), x.Expected)
	case x.Class == "" || x.Class.Sees():
		return t.unread
	}
	return t.classes[x.Class]
}
