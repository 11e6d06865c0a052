package crisis

import (
	"slices"
	"testing"
)

func TestRestricted(t *testing.T) {
	d := &doer{t: t, in: *opened(t)}
	d.refused(1, act(EventRestricted, "李", Restriction{People: []string{"li"}}), "reason")
	d.refused(1, act(EventRestricted, "李", Restriction{Reason: "误报"}), "already")
	d.refused(1, act(EventRestricted, "李", Restriction{People: []string{"li", " "}, Reason: "涉密"}), "people who log in")
	d.refused(1, act(EventRestricted, "李", Restriction{People: []string{Machine}, Reason: "涉密"}), "people who log in")
	if !d.in.SeenBy("wang") {
		t.Error("an incident that nobody restricted is not seen")
	}
	d.do(2, act(EventRestricted, "李", Restriction{People: []string{" zhou", "li", "li"}, Reason: "涉密"}))
	if !slices.Equal(d.in.Restricted, []string{"li", "zhou"}) || !d.in.SeenBy("li") || d.in.SeenBy("wang") || d.in.SeenBy("") {
		t.Errorf("restricted to %v", d.in.Restricted)
	}
	other := d.in.Clone()
	other.Restricted[0] = "wang"
	if d.in.SeenBy("wang") {
		t.Error("a clone shares who sees it")
	}
	d.refused(3, act(EventRestricted, "李", Restriction{People: []string{"zhou", "li"}, Reason: "又"}), "already")
	d.do(4, act(EventRestricted, "李", Restriction{Reason: "公开"}))
	if !d.in.SeenBy("wang") {
		t.Error("the restriction was lifted, and holds")
	}
}
