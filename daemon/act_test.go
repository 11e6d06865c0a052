package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"watchfire/crisis"
	"watchfire/daemon/store"
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

// TestActByProgram lets a program act through the whole daemon: the event and its line in
// the audit log come together, and after a restriction the incident is missing to others.
func TestActByProgram(t *testing.T) {
	s := newSpeech(t)
	s.d.open = false
	pages, err := s.d.routes()
	if err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]string{"robot": "approver", "screen": "admin"} {
		sum := sha256.Sum256([]byte("wf_" + name))
		err := s.d.store.Update(t.Context(), func(tx *store.Tx) error {
			return tx.AddToken(store.Token{Name: name, Role: role, Hash: hex.EncodeToString(sum[:]), By: "x", Created: s.d.clock.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	call := func(program, method, path, body string, want int) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, "/api/v1/incidents/"+s.id+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer wf_"+program)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		if w.Code != want {
			t.Fatalf("%s %s: status %d, want %d: %s", method, path, w.Code, want, w.Body)
		}
	}
	call("robot", "POST", "/acts", `{"kind":"acknowledged"}`, 200)
	call("robot", "POST", "/acts", `{"kind":"restricted","data":{"people":["api:robot"],"reason":"涉密"}}`, 422) // nobody who logs in
	call("robot", "POST", "/acts", `{"kind":"handed_over","data":{"to":"api:robot"}}`, 409)
	call("screen", "GET", "", "", 200)
	var log []string
	var in crisis.Incident
	err = s.d.store.View(t.Context(), func(tx *store.Tx) (err error) {
		all, err := tx.Audit(store.AuditFilter{Limit: 10})
		for _, e := range all {
			log = append(log, e.Who+" "+e.What+" "+e.Outcome)
		}
		if err == nil {
			in, _, err = tx.Incident(s.id)
		}
		return err
	})
	want := "api:robot handed_over refused, api:robot restricted refused, api:robot acknowledged ok"
	if got := strings.Join(log, ", "); err != nil || got != want || in.Holder != "api:robot" {
		t.Errorf("held by %s, the log says %s, want %s (%v)", in.Holder, got, want, err)
	}
	s.act(crisis.EventRestricted, "甲", crisis.Restriction{People: []string{"li"}, Reason: "涉密"})
	call("screen", "GET", "", "", 404)
	call("robot", "POST", "/acts", `{"kind":"note","note":"x"}`, 404)
}
