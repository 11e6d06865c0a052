package daemon

import (
	"errors"
	"testing"

	"watchfire/crisis"
)

// TestAttach holds that a person changes plans in the middle by their ids, and that ticks
// stay.
func TestAttach(t *testing.T) {
	s := newSpeech(t)
	if _, err := s.d.Act(t.Context(), crisis.Act{Kind: crisis.EventStepDone, Incident: s.id, By: "甲", Plan: "talk", Step: "t-1", Note: "已签发"}); err != nil {
		t.Fatal(err)
	}
	_, err := s.d.Act(t.Context(), crisis.Act{Kind: crisis.EventPlanned, Incident: s.id, By: "甲", Note: "是停水", Data: crisis.Plan{ID: "service-outage"}})
	if err != nil {
		t.Fatal(err)
	}
	in := s.act(crisis.EventPlanDropped, "甲", crisis.Dropping{Plan: "talk", Reason: "不符"})
	if len(in.Plans) != 1 || in.Plans[0].ID != "service-outage" || len(in.Plans[0].Steps) < 10 || in.Plans[0].Why[0] != "是停水" {
		t.Errorf("plans %+v", in.Plans)
	}
	if st := in.Step("talk", "t-1"); st == nil || !st.Done || !st.Dropped {
		t.Errorf("the tick is %+v", st)
	}
	_, err = s.d.Act(t.Context(), crisis.Act{Kind: crisis.EventPlanned, Incident: s.id, By: "甲", Data: crisis.Plan{ID: "no-such-plan"}})
	if !errors.Is(err, crisis.ErrRefused) {
		t.Errorf("an unknown plan: %v", err)
	}
}
