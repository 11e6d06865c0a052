package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// Times after closing at which the review is wanted. They are our own defaults; the
// plans carry them as steps, which ring.
const (
	hotWash   = 72 * time.Hour
	reviewDue = 10 * 24 * time.Hour
)

// reviewPage is where people look back at an incident and improve the plan.
type reviewPage struct {
	frame
	ID, Heading string
	Ended       bool
	HotWash     moment
	Due         moment
	Reviewed    moment
	KPIs        []kpiRow
	Counting    bool // the figures are worked out
	Comparing   bool // the plan is compared with the past
	Questions   []questionRow
	Findings    []findingRow
	Actions     []actionRow
	Lessons     []lessonRow
	Plan        string
	Saved       bool // accepted changes are written to the organisation's folder
	Today       string
}

type kpiRow struct {
	Name, Definition, Formula, Text, Target, From string
	Missed                                        bool
}

type questionRow struct {
	Text    string
	Answers []findingRow
}

type findingRow struct{ Kind, Text, By string }

type actionRow struct {
	ID, What, Owner, Check, State, Class string
	Due                                  moment
	Done, Checked                        bool
}

type lessonRow struct {
	ID, Text, Diff string
	Proofs         []string
	Can            bool
}

func (c *Console) review(w http.ResponseWriter, r *http.Request, v *visit) error {
	id := r.PathValue("id")
	var in crisis.Incident
	var events []crisis.Event
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		in, events, err = tx.Incident(id)
		return err
	})
	if err != nil {
		return err
	}
	p := reviewPage{frame: c.frame(r, v, "", "now"), ID: id, Heading: clean(in.Title, 80), Ended: !in.Open(), Reviewed: moment{}, Saved: c.PlanFolder != ""}
	p.Title = p.must("review") + p.must("colon") + p.Heading
	p.Today = p.now.In(c.Zone).Format(time.DateOnly)
	if p.Ended {
		p.HotWash, p.Due = p.since(in.Closed.Add(hotWash)), p.since(in.Closed.Add(reviewDue))
	}
	p.Reviewed = p.since(in.Reviewed)
	p.fillFindings(&in)
	p.fillActions(&in)
	if err := c.fillFigures(r, v, &p, &in, len(events)); err != nil {
		return err
	}
	if err := c.fillLessons(r, v, &p, &in); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "review", p)
}

// fillFigures computes the figures of the report behind the page: they take in every event
// and the counts of the whole time.
func (c *Console) fillFigures(r *http.Request, v *visit, p *reviewPage, in *crisis.Incident, events int) error {
	keep := askedKept
	if in.Open() {
		keep = time.Minute
	}
	key := fmt.Sprintf("figures/%s/%s/%s/%d", v.user.Name, p.lang, in.ID, events)
	kpis, err := ask(r.Context(), c.behind, question{key, p.now, c.patience, keep}, func(ctx context.Context) ([]playbooks.KPI, error) {
		input, err := c.reportInput(ctx, p.lang, in.ID, false)
		if err != nil {
			return nil, err
		}
		report, err := playbooks.NewReport(input)
		if err != nil {
			return nil, err
		}
		return report.KPIs, nil
	})
	if errors.Is(err, ErrBusy) {
		p.Waits, p.Counting = true, true
		return nil
	}
	for _, k := range kpis {
		row := kpiRow{Name: k.Name, Definition: k.Definition, Formula: k.Formula, Text: k.Text, Target: k.Target, Missed: k.Missed}
		if k.Trace != nil {
			row.From = traced(k.Trace)
		}
		p.KPIs = append(p.KPIs, row)
	}
	return err
}

// traced names the events or the series behind a figure.
func traced(t *playbooks.Trace) string {
	var parts []string
	for i, seq := range t.Events {
		if i == 6 {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, fmt.Sprintf("#%d", seq))
	}
	if t.Series != "" {
		parts = append(parts, t.Series)
	}
	return strings.Join(parts, " ")
}

func (c *Console) readIncident(r *http.Request, id string) (in crisis.Incident, err error) {
	err = c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		in, _, err = tx.Incident(id)
		return err
	})
	return in, err
}

// fillFindings sorts what was written: answers below their questions, the rest by kind.
func (p *reviewPage) fillFindings(in *crisis.Incident) {
	if len(in.Plans) > 0 {
		for _, q := range in.Plans[0].Questions {
			p.Questions = append(p.Questions, questionRow{Text: q})
		}
	}
	for _, f := range in.Findings {
		row := findingRow{Text: cleanText(f.Text, noteLimit), By: clean(f.By, 40)}
		i := slices.IndexFunc(p.Questions, func(q questionRow) bool { return f.Kind == crisis.FindingAnswer && q.Text == f.Question })
		if i >= 0 {
			p.Questions[i].Answers = append(p.Questions[i].Answers, row)
			continue
		}
		row.Kind = p.sayOr("finding.", f.Kind)
		p.Findings = append(p.Findings, row)
	}
}

func (p *reviewPage) fillActions(in *crisis.Incident) {
	for i := range in.Actions {
		a := &in.Actions[i]
		row := actionRow{ID: a.ID, What: clean(a.What, 300), Owner: clean(a.Owner, 40), Check: clean(a.Check, 200), Due: p.since(a.Due), Done: !a.DoneAt.IsZero(), Checked: !a.Checked.IsZero()}
		switch {
		case row.Checked:
			row.State = p.must("action.checked", clean(a.CheckedBy, 40))
		case row.Done:
			row.State = p.must("action.done", clean(a.DoneBy, 40))
		case !a.Due.After(p.now):
			row.State, row.Class = p.must("action.late"), "late"
		default:
			row.State = p.must("action.open")
		}
		p.Actions = append(p.Actions, row)
	}
}

// reviewActs carries out one form of the review page.
func (c *Console) reviewActs(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	a := crisis.Act{Incident: r.PathValue("id"), By: v.name}
	do := r.PostForm.Get("do")
	if do == "amend" {
		return c.amend(w, r, v)
	}
	if err := c.reviewAct(r, do, &a); err != nil {
		return err
	}
	c.acting.Lock()
	_, err := c.do(r, v, a)
	c.acting.Unlock()
	if err != nil {
		return err
	}
	c.Changed(a.Incident)
	http.Redirect(w, r, "/incidents/"+url.PathEscape(a.Incident)+"/review?said=review", http.StatusSeeOther)
	return nil
}

// reviewAct reads the act from the form.
func (c *Console) reviewAct(r *http.Request, do string, a *crisis.Act) error {
	text := func(key string) string { return cleanText(r.PostForm.Get(key), noteLimit+1) }
	bad := func(key string) error { return wrong{http.StatusUnprocessableEntity, key} }
	if utf8.RuneCountInString(text("text")) > noteLimit {
		return bad("err.long")
	}
	switch do {
	case "finding":
		f := crisis.Finding{Kind: r.PostForm.Get("kind"), Question: r.PostForm.Get("question"), Text: text("text")}
		if f.Text == "" {
			return bad("err.empty")
		}
		a.Kind, a.Data = crisis.EventFinding, f
	case "action":
		due, err := time.ParseInLocation(time.DateOnly, r.PostForm.Get("due"), c.Zone)
		if err != nil {
			return bad("err.time")
		}
		due = due.Add(18 * time.Hour) // the end of the working day
		a.Kind, a.Data = crisis.EventActionAdded, crisis.Action{What: text("text"), Owner: text("owner"), Check: text("check"), Due: due.UTC()}
	case "done":
		a.Kind, a.Data = crisis.EventActionDone, crisis.ActionStep{Action: r.PostForm.Get("action"), Note: text("text")}
	case "checked":
		a.Kind, a.Data = crisis.EventActionChecked, crisis.ActionStep{Action: r.PostForm.Get("action"), Note: text("text")}
	case "reviewed":
		a.Kind, a.Note = crisis.EventReviewed, text("text")
	default:
		return bad("err.form")
	}
	return nil
}

// amend writes accepted lessons into a new version of the plan and records it; without
// a folder of the organisation's own, the new text is handed over as a file.
func (c *Console) amend(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.may(string(crisis.EventAmended)) { // before anything is written
		return errRole
	}
	c.acting.Lock()
	defer c.acting.Unlock()
	in, err := c.readIncident(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	source, dirs, err := c.planSource(&in)
	if err != nil {
		return err
	}
	var list []playbooks.Lesson
	if source != nil {
		if list, err = c.lessons(r.Context(), &in, source, dirs); err != nil {
			return err
		}
	}
	var taken []playbooks.Lesson
	var words []string
	for _, l := range list {
		if slices.Contains(r.PostForm["lesson"], l.ID) && len(l.Changes) > 0 {
			taken = append(taken, l)
		}
	}
	if in.Open() || len(taken) == 0 {
		return wrong{http.StatusUnprocessableEntity, "err.lessons"}
	}
	out, left, err := playbooks.Accept(source, taken, dirs...)
	if err != nil {
		return err
	}
	for _, l := range taken {
		if !slices.Contains(left, l.ID) {
			words = append(words, l.What.ZH)
		}
	}
	id := in.Plans[0].ID
	if c.PlanFolder == "" {
		w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.yaml"`)
		_, err := w.Write(out)
		return err
	}
	before, err := playbooks.Parse(id, source, dirs...)
	if err != nil {
		return err
	}
	if err := playbooks.SaveVersion(c.PlanFolder, id, out); err != nil {
		return err
	}
	change := crisis.Amended{Plan: id, From: before.Version, To: playbooks.NextVersion(before.Version), Changes: words}
	if _, err := c.do(r, v, crisis.Act{Kind: crisis.EventAmended, Incident: in.ID, By: v.name, Data: change}); err != nil {
		return fmt.Errorf("plan %s %s is written, but not recorded: %w", id, change.To, err)
	}
	c.Changed(in.ID)
	http.Redirect(w, r, "/incidents/"+url.PathEscape(in.ID)+"/review?said=amend", http.StatusSeeOther)
	return nil
}

// mostReviewed is how many incidents are looked through for overdue improvements.
const mostReviewed = 50

// lateActions counts the improvements that are overdue, in the newest incidents, and
// returns the first incident that has one.
func lateActions(tx *store.Tx, now time.Time) (n int, first string, err error) {
	rows, err := tx.Incidents(mostReviewed, 0)
	if err != nil {
		return 0, "", err
	}
	for _, row := range rows {
		in, _, err := tx.Incident(row.ID)
		if err != nil {
			return 0, "", err
		}
		for i := range in.Actions {
			if a := &in.Actions[i]; a.DoneAt.IsZero() && !a.Due.After(now) {
				if n++; first == "" {
					first = in.ID
				}
			}
		}
	}
	return n, first, nil
}
