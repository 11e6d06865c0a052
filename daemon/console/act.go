package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// noteLimit is how long what a person writes may be, in characters.
const noteLimit = 2000

// verbs are the acts of the forms.
var verbs = map[string]crisis.EventKind{
	"ack": crisis.EventAcknowledged, "tick": crisis.EventStepDone, "undo": crisis.EventStepReopened, "note": crisis.EventNote,
	"level": crisis.EventLevel, "happened": crisis.EventHappened, "close": crisis.EventClosed, "reopen": crisis.EventReopened,
	"verdict": crisis.EventVerdict, "grade": crisis.EventLevel, "noticed": crisis.EventNoticed, "halt": crisis.EventPaused, "run": crisis.EventResumed, "assign": crisis.EventAssigned,
	"handover": crisis.EventHandedOver, "recuse": crisis.EventRecused, "unrecuse": crisis.EventRecused, "restrict": crisis.EventRestricted, "unrestrict": crisis.EventRestricted,
}

// verdicts are the judgements of the form, in its order.
var verdicts = []crisis.Verdict{crisis.VerdictReal, crisis.VerdictNoise, crisis.VerdictKnown}

// act carries out one form of an incident's page and leads back to it.
func (c *Console) act(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	a, err := c.actOf(r, v)
	if err != nil {
		return err
	}
	back := "/incidents/" + url.PathEscape(a.Incident)
	do := r.PostFormValue("do")
	c.acting.Lock()
	done, err := c.carryOut(r, v, a)
	c.acting.Unlock()
	if err != nil {
		return err
	}
	if done {
		c.Changed(a.Incident)
		if a.Kind == crisis.EventRestricted { // whoever sees it no longer looks again too
			c.Changed("")
		}
		back += "?said=" + do
	}
	if r.PostFormValue("from") == "now" && do == "ack" {
		back = "/?said=ack"
	}
	if topic := r.PostFormValue("topic"); r.PostFormValue("from") == "topic" && c.watched(topic) != nil {
		back = "/topics/" + url.PathEscape(topic) + "?said=" + url.QueryEscape(do) + "#incidents"
	}
	if a.Step != "" {
		back += "#" + anchorOf(a.Plan, a.Step)
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// carryOut does the act unless it was done by the same click before. A refusal
// is told in the reader's words.
func (c *Console) carryOut(r *http.Request, v *visit, a crisis.Act) (bool, error) {
	var in crisis.Incident
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		in, _, err = tx.Incident(a.Incident)
		return err
	})
	if err != nil {
		return false, err
	}
	if r.PostFormValue("do") == "grade" {
		if key := c.gradeAct(&a, &in, c.tongue(r), r.PostForm); key != "" {
			return false, wrong{http.StatusUnprocessableEntity, key}
		}
	}
	if again(&in, a, r.PostFormValue("times")) {
		return false, nil
	}
	if _, err := c.do(r, v, a); err != nil {
		if key := refusal(&in, a); key != "" && errors.Is(err, crisis.ErrRefused) {
			return false, wrong{http.StatusConflict, key}
		}
		return false, err
	}
	return true, nil
}

// do is the one way from a person to Desk: nobody passes without the role that the act
// needs.
func (c *Console) do(r *http.Request, v *visit, a crisis.Act) (crisis.Incident, error) {
	noteAct(r, &a)
	in, err := c.readIncident(r, a.Incident)
	if err != nil {
		return in, err
	}
	if err := v.permitAct(&in, &a); err != nil {
		return in, err
	}
	if err := c.restricting(r.Context(), v, &a); err != nil {
		return in, err
	}
	return c.Desk.Act(behalf(r), a)
}

// again says whether the step stands already as the act wants it: somebody, or a
// second click, was faster, and the page as it is answers best. A step that
// repeats may be ticked again, but not from a form that did not know of the last tick.
func again(in *crisis.Incident, a crisis.Act, times string) bool {
	s := in.Step(a.Plan, a.Step)
	switch {
	case a.Kind == crisis.EventVerdict:
		return a.Verdict != "" && in.Verdict == a.Verdict && a.Note == ""
	case s == nil:
		return false
	case a.Kind == crisis.EventStepReopened:
		return !s.Done
	case a.Kind == crisis.EventStepDone && s.Done:
		return len(s.RepeatEvery) == 0 || times != strconv.Itoa(s.Times)
	}
	return false
}

// refusal finds the words for why the state of the incident did not allow an act.
func refusal(in *crisis.Incident, a crisis.Act) string {
	switch {
	case a.Kind == crisis.EventClosed && !in.Open():
		return "err.closed"
	case a.Kind == crisis.EventReopened && in.Open():
		return "err.open"
	case a.Kind == crisis.EventRestricted:
		return "err.restrict"
	case a.Kind == crisis.EventVerdict && in.Drill:
		return "err.drill"
	case a.Step != "" && in.Step(a.Plan, a.Step) == nil:
		return "err.step"
	}
	return barred(in, a)
}

// actOf reads the act from the form, and refuses what the form shows to be
// incomplete in words that say what is missing.
func (c *Console) actOf(r *http.Request, v *visit) (crisis.Act, error) {
	form := r.PostForm
	a := crisis.Act{
		Kind: verbs[form.Get("do")], Incident: r.PathValue("id"), By: v.name,
		Plan: form.Get("plan"), Step: form.Get("step"), Note: cleanText(form.Get("note"), noteLimit+1),
		Verdict: crisis.Verdict(form.Get("verdict")),
	}
	bad := func(key string) (crisis.Act, error) { return a, wrong{http.StatusUnprocessableEntity, key} }
	if a.Kind == "" {
		return bad("err.form")
	}
	if utf8.RuneCountInString(a.Note) > noteLimit {
		return bad("err.long")
	}
	if link := strings.TrimSpace(form.Get("link")); link != "" {
		if a.Link = safeLink(link); a.Link == "" {
			return bad("err.link")
		}
	}
	if at := form.Get("at"); at != "" {
		when, err := time.ParseInLocation("2006-01-02T15:04", at, c.Zone)
		if err != nil {
			return bad("err.time")
		}
		if when.After(c.Now()) {
			return bad("err.future")
		}
		a.At = when.UTC()
	}
	if key := peopleAct(&a, form.Get("do"), form); key != "" {
		return bad(key)
	}
	var err1, err2 error
	if a.Kind == crisis.EventLevel && form.Get("do") == "level" {
		a.Event, err1 = crisis.ParseLevel(form.Get("event"))
		a.Opinion, err2 = crisis.ParseLevel(form.Get("opinion"))
	}
	switch {
	case err1 != nil || err2 != nil:
		return bad("err.form")
	case a.Kind == crisis.EventLevel && form.Get("do") == "level" && a.Event == crisis.LevelNone && a.Opinion == crisis.LevelNone:
		return bad("err.nolevel")
	case a.Kind == crisis.EventLevel && a.Note == "", a.Kind == crisis.EventClosed && a.Note == "":
		return bad("err.reason")
	case a.Kind == crisis.EventNote && a.Note == "" && a.Link == "":
		return bad("err.empty")
	case a.Kind == crisis.EventHappened && a.At.IsZero():
		return bad("err.time")
	case a.Kind == crisis.EventVerdict && !slices.Contains(verdicts, a.Verdict):
		return bad("err.form")
	}
	return a, nil
}
