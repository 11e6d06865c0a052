package crisis

import (
	"reflect"
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

// TestWithheld wants nothing of an alert left but what is named here, also when a field
// is added to it.
func TestWithheld(t *testing.T) {
	kept := map[string]bool{
		"ID": true, "Kind": true, "Incident": true, "Seq": true, "Drill": true, "Lang": true, "Zone": true, "At": true, "Org": true, "Title": true,
		"Level": true, "Was": true, "Since": true, "For": true, "Closed": true, "Link": true, "Escalation": true, "Restricted": true,
	}
	full := Alert{
		ID: "1", Kind: AlertOpened, Incident: "i", Seq: 1, Drill: true, Lang: "zh", Zone: "UTC", At: at(1), Org: "o", Topic: "water", Title: "自来水",
		Level: LevelI, Was: LevelII, EventLevel: LevelI, OpinionLevel: LevelI, Proposed: LevelI, ProposedWhy: "x", Since: at(1), Signals: []Signal{{}}, Evidence: []Evidence{{}},
		Plan: "x", PlanEN: "x", Next: []Clock{{}}, RedLines: []Clock{{}}, Overdue: []Clock{{}}, Soon: []Clock{{}},
		Escalation: &Escalation{Why: WhyOverdue, Plan: "p", Step: "取样", RedLine: "r", Due: at(1), Rung: 1, Roles: []string{"leader"}, People: []string{"王"}},
		For:        []string{"局长 王"}, StepsDone: 1, StepsAll: 2, Holder: "李", BlindSources: []string{"x"}, Trouble: &Trouble{}, Closed: true, Remark: "x", Link: "https://x",
		Ask: &Ask{}, Digest: []Told{{}}, Alive: &Alive{}, Taps: []TapLink{{}}, Picture: &Picture{}, Repeat: true, Restricted: true,
	}
	v, out := reflect.ValueOf(full), reflect.ValueOf(full.Withheld("一起限制知悉的事件"))
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch {
		case v.Field(i).IsZero():
			t.Errorf("the test gives no %s", name)
		case out.Field(i).IsZero() == kept[name]:
			t.Errorf("%s is %v, kept: %v", name, out.Field(i), kept[name])
		}
	}
	if e := full.Withheld("x").Escalation; e.Step != "" || e.Plan != "" || e.RedLine != "" || e.People != nil || e.Why != WhyOverdue {
		t.Errorf("the call is %+v", e)
	}
}
