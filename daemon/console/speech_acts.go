package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
)

// statementLimit is how long a statement may be, in characters.
const statementLimit = 10000

// speak carries out one form about a statement, a promise or a milestone.
func (c *Console) speak(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	a := crisis.Act{Incident: r.PathValue("id"), By: v.name}
	if err := c.speechAct(r.PostForm, &a); err != nil {
		return err
	}
	c.acting.Lock()
	in, err := c.do(r, v, a)
	c.acting.Unlock()
	if key := refusedBecause(err); key != "" {
		return wrong{http.StatusConflict, key}
	}
	if err != nil {
		return err
	}
	c.Changed(a.Incident)
	back := "/incidents/" + url.PathEscape(a.Incident)
	switch id := r.PostForm.Get("statement"); {
	case id != "":
		back += "/statements/" + url.PathEscape(id)
	case a.Kind == crisis.EventDrafted && len(in.Statements) > 0:
		back += "/statements/" + in.Statements[len(in.Statements)-1].ID
	}
	http.Redirect(w, r, back+"?said=speech", http.StatusSeeOther)
	return nil
}

// speechAct reads the act from the form.
func (c *Console) speechAct(form url.Values, a *crisis.Act) error {
	bad := func(key string) error { return wrong{http.StatusUnprocessableEntity, key} }
	text := func(key string) string { return cleanText(form.Get(key), noteLimit) }
	id := form.Get("statement")
	var version int
	if _, err := fmt.Sscan(form.Get("version"), &version); err != nil && form.Get("version") != "" {
		return bad("err.form")
	}
	link := safeLink(strings.TrimSpace(form.Get("link")))
	if link == "" && strings.TrimSpace(form.Get("link")) != "" {
		return bad("err.link")
	}
	switch form.Get("do") {
	case "draft":
		body := cleanText(form.Get("text"), statementLimit+1)
		if body == "" {
			return bad("err.empty")
		}
		if utf8.RuneCountInString(body) > statementLimit {
			return bad("err.long")
		}
		a.Kind, a.Data = crisis.EventDrafted, crisis.Draft{Statement: id, Kind: clean(form.Get("kind"), 40), Plan: form.Get("plan"), Step: form.Get("step"), Text: body, Note: text("note")}
	case "pass", "back":
		a.Kind, a.Data = crisis.EventStatementReviewed, crisis.Review{Statement: id, Version: version, Stage: crisis.Stage(form.Get("stage")), OK: form.Get("do") == "pass", Note: text("note")}
	case "approve":
		a.Kind, a.Data = crisis.EventApproved, crisis.Approval{
			Statement: id, Version: version, Signer: clean(form.Get("signer"), 40), Preauthorised: form.Get("preauthorised") != "", Confirmed: form["confirm"], Note: text("note"),
		}
	case "countersign":
		a.Kind, a.Data = crisis.EventCountersigned, crisis.Withdrawal{Statement: id, Note: text("note")}
	case "publish":
		a.Kind, a.Data = crisis.EventPublished, crisis.Publishing{Publication: crisis.Publication{Statement: id, Version: version, Where: clean(form.Get("where"), 60), URL: link}}
	case "withdraw":
		a.Kind, a.Data = crisis.EventWithdrawn, crisis.Withdrawal{Statement: id, Note: text("note")}
	case "keep":
		a.Kind, a.Data = crisis.EventPromiseKept, crisis.Keeping{Promise: form.Get("promise"), Link: link, Note: text("note")}
	case "move", "promise":
		at, err := time.ParseInLocation("2006-01-02T15:04", form.Get("at"), c.Zone)
		if err != nil {
			return bad("err.time")
		}
		a.Kind, a.Data = crisis.EventPromiseMoved, crisis.Moving{Promise: form.Get("promise"), Due: at.UTC(), Reason: text("note")}
		if form.Get("do") == "promise" {
			a.Kind, a.Data = crisis.EventPromised, crisis.Promise{Kind: crisis.PromiseFollowUp, What: text("note"), Due: at.UTC()}
		}
	default:
		return c.courseAct(form, a)
	}
	return nil
}

// courseAct reads an act about the plans and steps of an incident from the form.
func (c *Console) courseAct(form url.Values, a *crisis.Act) error {
	bad := func(key string) error { return wrong{http.StatusUnprocessableEntity, key} }
	text := func(key string) string { return cleanText(form.Get(key), noteLimit) }
	switch form.Get("do") {
	case "confirm":
		a.Kind, a.Data = crisis.EventConfirmed, crisis.Confirmation{Criterion: form.Get("criterion"), Note: text("note")}
	case "reached":
		a.Kind, a.Data = crisis.EventReached, crisis.Milestone{What: form.Get("what"), At: c.Now().UTC(), Reason: text("note")}
	case "skip":
		a.Plan, a.Step, _ = strings.Cut(form.Get("which"), "/")
		a.Kind, a.Note = crisis.EventStepSkipped, text("note")
		if a.Note == "" {
			return bad("err.reason")
		}
	case "plan", "main":
		if text("note") == "" {
			return bad("err.reason")
		}
		a.Kind, a.Note, a.Data = crisis.EventPlanned, text("note"), crisis.Plan{ID: form.Get("plan"), Side: form.Get("do") == "plan"}
	case "drop":
		a.Kind, a.Data = crisis.EventPlanDropped, crisis.Dropping{Plan: form.Get("plan"), Reason: text("note")}
	case "add":
		if text("note") == "" {
			return bad("err.empty")
		}
		add := crisis.Addition{Step: crisis.Step{Title: text("note"), Text: text("note"), Phase: "sustain", From: crisis.FromDetected}}
		if at, err := time.ParseInLocation("2006-01-02T15:04", form.Get("at"), c.Zone); err == nil {
			add.Due = at.UTC()
		}
		a.Kind, a.Data = crisis.EventStepAdded, add
	default:
		return bad("err.form")
	}
	return nil
}

// becauses are parts of refusals and the words that tell the reader what to do.
var becauses = []struct{ part, key string }{
	{"review of secrecy is missing", "err.secrecy"},
	{"is missing", "err.review"},
	{"wrote the draft", "err.eyes"},
	{"who wrote the draft", "err.eyes"},
	{"does not let the text pass", "err.blocked"},
	{"warns: confirm", "err.warned"},
	{"is not approved", "err.unapproved"},
	{"not the newest", "err.newer"},
	{"approved by telephone and countersigns", "err.signer"},
	{"recused", "err.recused"},
	{"needs a reason", "err.reason"},
	{"sending a draft back", "err.reason"},
	{"how the promise was kept", "err.kept"},
	{"lie in the future", "err.later"},
	{"due after it is made", "err.later"},
	{"is that of version", "err.same"},
	{"only a first statement", "err.preauthorised"},
	{"where it was published", "err.where"},
}

// refusedBecause finds the words for a refusal, "" when there are none of its own.
func refusedBecause(err error) string {
	if !errors.Is(err, crisis.ErrRefused) {
		return ""
	}
	for _, b := range becauses {
		if strings.Contains(err.Error(), b.part) {
			return b.key
		}
	}
	return ""
}
