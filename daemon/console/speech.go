package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// Linter checks a text for an incident by the reply rules. A Desk that can do so shows
// why a draft is stopped.
type Linter interface {
	Objections(in *crisis.Incident, kind, text string) []playbooks.Objection
}

// speechView is what an incident has said and promised, on its page.
type speechView struct {
	ID         string
	Open       bool
	Statements []speechRow
	Kinds      []choiceRow // of which a new statement may be
	Promises   []promiseRow
	Owed       int
	Unmet      []string    // closing criteria that nobody has confirmed
	Reached    []choiceRow // milestones that can be recorded
	Steps      []choiceRow // open steps that may be left out
	Plans      []choiceRow // that may be attached
	Attached   []choiceRow // that may be taken off
}

type speechRow struct {
	ID, Kind, State, Class string
	At                     moment
	Link                   string
}

type choiceRow struct{ Value, Word string }

type promiseRow struct {
	ID, What, State, Class string
	Due                    due
	Open                   bool
	Link                   string
}

// fillSpeech fills in the statements, promises and milestones of an incident.
func (c *Console) fillSpeech(p *incidentPage, in *crisis.Incident) {
	v := &p.Speech
	v.ID, v.Open = in.ID, in.Open()
	for i := range in.Statements {
		s := &in.Statements[i]
		row := speechRow{ID: s.ID, Kind: c.kindWord(p.tongue, s.Kind), At: p.since(s.Last().At)}
		row.State, row.Class = p.standing(s)
		if n := len(s.Sightings); n > 0 {
			row.Link = safeLink(s.Sightings[n-1].URL)
		}
		v.Statements = append(v.Statements, row)
	}
	v.Kinds = c.kinds(p.tongue, in)
	for i := range in.Promises {
		pr := &in.Promises[i]
		row := promiseRow{ID: pr.ID, What: clean(pr.What, 300), Due: p.by(pr.Due), Open: pr.Open(), Link: safeLink(pr.Link)}
		switch {
		case !pr.Open() && pr.InTime():
			row.State = p.must("promise.kept", clean(pr.KeptBy, 40))
		case !pr.Open():
			row.State, row.Class = p.must("promise.keptlate", clean(pr.KeptBy, 40)), "soon"
		default:
			v.Owed++
			row.State, row.Class = row.Due.Rel, row.Due.State
		}
		v.Promises = append(v.Promises, row)
	}
	for _, text := range in.Unconfirmed() {
		v.Unmet = append(v.Unmet, clean(text, 200))
	}
	for _, m := range crisis.Milestones {
		if _, reached := in.Reached[m]; !reached {
			v.Reached = append(v.Reached, choiceRow{m, p.must("reached." + m)})
		}
	}
	for i := range in.Plans {
		v.Attached = append(v.Attached, choiceRow{in.Plans[i].ID, clean(p.prefer(in.Plans[i].Title, in.Plans[i].TitleEN), 60)})
	}
	if c.Playbooks != nil {
		for _, book := range c.Playbooks.Playbooks() {
			if !slices.ContainsFunc(v.Attached, func(r choiceRow) bool { return r.Value == book.ID }) {
				v.Plans = append(v.Plans, choiceRow{book.ID, book.Title.In(p.lang)})
			}
		}
	}
	for _, s := range in.Checklist() {
		if !s.Done && !s.Skipped {
			v.Steps = append(v.Steps, choiceRow{s.Plan + "/" + s.ID, clean(p.prefer(s.Title, s.TitleEN), 60)})
		}
	}
}

// kindWord is what people call a kind of statement.
func (c *Console) kindWord(t tongue, kind string) string {
	if c.Playbooks == nil {
		return clean(kind, 40)
	}
	return c.Playbooks.Vocabulary().StatementName(kind).In(t.lang)
}

// kinds are the kinds of statements that the plans of the incident have templates for.
func (c *Console) kinds(t tongue, in *crisis.Incident) []choiceRow {
	var out []choiceRow
	for _, p := range in.Plans {
		for kind := range p.Statements {
			if !slices.ContainsFunc(out, func(r choiceRow) bool { return r.Value == kind }) {
				out = append(out, choiceRow{kind, c.kindWord(t, kind)})
			}
		}
	}
	slices.SortFunc(out, func(a, b choiceRow) int { return strings.Compare(a.Value, b.Value) })
	return out
}

// standing says how far a statement is, with a class.
func (t tongue) standing(s *crisis.Statement) (word, class string) {
	switch {
	case s.Withdrawn:
		return t.must("speech.withdrawn"), ""
	case !s.Missing.IsZero():
		return t.must("speech.missing"), "late"
	case len(s.Sightings) > 0:
		return t.must("speech.seen"), "fine"
	case len(s.Publications) > 0:
		return t.must("speech.published"), "fine"
	case s.Approved == len(s.Versions):
		return t.must("speech.approved"), "soon"
	}
	return t.must("speech.draft", len(s.Versions)), ""
}

// statementPage is one statement from draft to sighting.
type statementPage struct {
	frame
	ID, SID, Heading, Kind, KindWord string
	Plan, Step                       string
	State, Class                     string
	Text                             string
	Blanks                           []string // placeholders that are still open
	Version                          int
	Found                            []objectionRow
	Blocked                          bool
	Stages                           []stageRow
	Approved, Late                   bool
	Phone                            string // who approved by telephone and has not countersigned
	Countersign                      due
	Versions                         []versionRow
	Places                           []placeRow
	Given                            []string // what the text promises
	Pastes                           []pasteRow
	Letters                          int
	Over                             bool // withdrawn
}

type objectionRow struct{ Rule, Severity, Class, Where, What, Suggest, Why string }

type stageRow struct {
	Value, Word, State string
	OK                 bool
}

type versionRow struct {
	N        int
	By, Note string
	At       moment
	Runs     []runRow
}

// runRow is a sentence of a version: kept, added, or gone since the version before.
type runRow struct{ Text, Class string }

type pasteRow struct{ Platform, Size, Text string }

type placeRow struct {
	Where, Link, By string
	At              moment
}

// statement shows one statement, or the form of a new one.
func (c *Console) statement(w http.ResponseWriter, r *http.Request, v *visit) error {
	in, err := c.readIncident(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := statementPage{frame: c.frame(r, v, "", "now"), ID: in.ID, SID: r.PathValue("sid"), Heading: clean(in.Title, 80)}
	s := in.Statement(p.SID)
	switch {
	case p.SID == "new":
		q := r.URL.Query()
		p.Kind, p.Plan, p.Step, p.SID = clean(q.Get("kind"), 40), clean(q.Get("plan"), 60), clean(q.Get("step"), 60), ""
		p.Text, p.Blanks = c.draft(&in, p.Kind)
	case s == nil:
		return wrong{http.StatusNotFound, "err.statement"}
	default:
		c.fillStatement(&p, &in, s)
	}
	p.KindWord = c.kindWord(p.tongue, p.Kind)
	for i, name := range p.Blanks {
		if zh := fills[name]; zh != "" && !p.en() {
			p.Blanks[i] = zh
		}
	}
	p.Title = p.KindWord + p.must("colon") + p.Heading
	p.Letters = utf8.RuneCountInString(strings.TrimSpace(p.Text))
	c.fillObjections(&p, &in)
	return c.render(w, r, http.StatusOK, "statement", p)
}

// draft is the plan's template with what is known of the incident filled in.
func (c *Console) draft(in *crisis.Incident, kind string) (text string, open []string) {
	for _, plan := range in.Plans {
		if t := plan.Statements[kind]; t != "" {
			return playbooks.FillStatement(t, c.facts(in))
		}
	}
	return "", nil
}

// facts are what the machine knows of an incident for its statements, in the forms of
// official notices.
func (c *Console) facts(in *crisis.Incident) map[string]string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(c.Zone).Format("1月2日15时04分")
	}
	updates := 1
	for i := range in.Statements {
		if in.Statements[i].Kind == "update" && !in.Statements[i].Published().IsZero() {
			updates++
		}
	}
	return map[string]string{
		"org": c.Org, "issue_time": at(c.Now()), "as_of": at(c.Now()), "event_time": at(in.Happened), "aware_time": at(in.Opened),
		"topic": in.Title, "n": fmt.Sprint(updates), "level": in.Level().String(),
	}
}

func (c *Console) fillStatement(p *statementPage, in *crisis.Incident, s *crisis.Statement) {
	last := s.Last()
	p.Kind, p.Plan, p.Step, p.Text, p.Version, p.Over = s.Kind, s.Plan, s.Step, last.Text, last.N, s.Withdrawn
	_, p.Blanks = playbooks.FillStatement(last.Text, nil)
	p.State, p.Class = p.standing(s)
	for _, stage := range crisis.Stages {
		row := stageRow{Value: string(stage), Word: p.must("stage." + string(stage)), OK: s.Passed(last.N, stage), State: p.must("stage.open")}
		for _, rv := range s.Reviews {
			if rv.Stage == stage && rv.Version == last.N {
				key := "stage.back"
				if rv.OK {
					key = "stage.ok"
				}
				row.State = p.must(key, clean(rv.By, 40), p.clock(rv.At)) + " " + clean(rv.Note, 200)
			}
		}
		p.Stages = append(p.Stages, row)
	}
	p.Approved = s.Approved == last.N
	if !s.Countersigns.IsZero() {
		p.Phone, p.Countersign = clean(s.Approval.Signer, 40), p.by(s.Countersigns)
	}
	for i := range slices.Backward(s.Versions) {
		v := &s.Versions[i]
		was := ""
		if i > 0 {
			was = s.Versions[i-1].Text
		}
		row := versionRow{N: v.N, By: clean(v.By, 40), Note: clean(v.Note, 200), At: p.since(v.At)}
		for _, run := range playbooks.Compare(was, v.Text) {
			row.Runs = append(row.Runs, runRow{cleanText(run.Text, 4000), run.Change})
		}
		p.Versions = append(p.Versions, row)
	}
	for _, pub := range s.Publications {
		p.Places = append(p.Places, placeRow{clean(pub.Where, 60), safeLink(pub.URL), clean(pub.By, 40), p.since(pub.At)})
	}
	for _, seen := range s.Sightings {
		p.Places = append(p.Places, placeRow{p.must("speech.sighting", percent(seen.Likeness)), safeLink(seen.URL), p.must("actor.machine"), p.since(seen.At)})
	}
	if p.Approved && c.Playbooks != nil {
		for _, x := range c.Playbooks.Pastes(last.Text) {
			p.Pastes = append(p.Pastes, pasteRow{x.Platform, p.must("paste.size", utf8.RuneCountInString(x.Text), x.Limit, x.Left), x.Text})
		}
	}
	for _, g := range playbooks.Promised(last.Text, p.now.In(c.Zone), c.Workday) {
		p.Given = append(p.Given, g.Due.In(c.Zone).Format("2006-01-02 15:04")+" "+clean(g.What, 200))
	}
}

// fillObjections says what the reply rules say of the text on show.
func (c *Console) fillObjections(p *statementPage, in *crisis.Incident) {
	linter, ok := c.Desk.(Linter)
	if !ok || p.Text == "" {
		return
	}
	for _, o := range linter.Objections(in, p.Kind, p.Text) {
		row := objectionRow{Rule: o.Rule, Severity: p.must("lint." + o.Severity), Class: "lint-" + o.Severity, Where: clean(o.Found, 80), What: o.What.In(p.lang), Suggest: clean(o.Suggest, 200), Why: clean(o.Why, 200)}
		p.Blocked = p.Blocked || o.Severity == playbooks.Stop
		p.Found = append(p.Found, row)
	}
}
