package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// peopleView is what concerns people and clocks in the management of an incident.
type peopleView struct {
	Names   []string // who can be named
	Aware   moment   // when we learnt of it, as somebody said
	Finders []crisis.Finder
	Finder  crisis.Finder // who noticed it first, as somebody said
	Halted  bool          // all targets stand still
	Pauses  []pauseView
	Steps   []haltChoice
	Open    []haltChoice // steps that can be given to somebody
	Recused []recusedView
	Note    string // draft of the hand-over note
}

// pauseView is a pause that lasts.
type pauseView struct {
	Target string // value of the form
	Title  string // "" for all targets
	Reason string
	By     string
	From   moment
}

// haltChoice is a step that can be chosen.
type haltChoice struct{ Target, Title string }

// recusedView is somebody who stays outside.
type recusedView struct{ Name, Reason string }

// slash separates plan and step in the value of a form.
const slash = "/"

// fillPeople shows pauses, recusals and a draft of the hand-over note.
func (c *Console) fillPeople(p *incidentPage, in *crisis.Incident) {
	v := &p.People
	v.Names = c.names(in)
	v.Finders, v.Finder = crisis.Finders, in.Finder
	v.Aware, v.Halted = p.since(in.Aware), in.Paused(nil) != nil
	for _, x := range in.Standing() {
		view := pauseView{Reason: cleanText(x.Reason, noteLimit), By: clean(x.By, 40), From: p.since(x.From)}
		if s := in.Step(x.Plan, x.Step); s != nil {
			view.Title, view.Target = clean(p.prefer(s.Title, s.TitleEN), 160), x.Plan+slash+x.Step
		}
		v.Pauses = append(v.Pauses, view)
	}
	for _, k := range in.Clocks() {
		if s := in.Step(k.Plan, k.Step); k.RedLine == "" && s.From != crisis.FromPromise {
			v.Steps = append(v.Steps, haltChoice{k.Plan + slash + k.Step, clean(p.prefer(k.Title, k.TitleEN), 160)})
		}
	}
	for _, s := range in.Checklist() {
		if !s.Done && !s.Skipped {
			v.Open = append(v.Open, haltChoice{s.Plan + slash + s.ID, clean(p.prefer(s.Title, s.TitleEN), 160)})
		}
	}
	for _, name := range sortedNames(in.Recused) {
		v.Recused = append(v.Recused, recusedView{clean(name, 40), cleanText(in.Recused[name], noteLimit)})
	}
	v.Note = strings.Join(p.handover(in), "\n")
}

func sortedNames(m map[string]string) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// names are those who can be named: the configured people, and whoever has the incident.
func (c *Console) names(in *crisis.Incident) []string {
	var out []string
	if c.People != nil {
		out = c.People()
	}
	if in.Holder != "" && !slices.Contains(out, in.Holder) {
		out = append(slices.Clone(out), clean(in.Holder, 40))
	}
	return out
}

// peopleAct reads what an act of people and clocks carries; key says what is missing.
func peopleAct(a *crisis.Act, do string, form url.Values) (key string) {
	person := clean(form.Get("person"), 40)
	plan, step, _ := strings.Cut(form.Get("target"), slash)
	switch do {
	case "halt", "recuse", "unrecuse", "restrict", "unrestrict":
		if a.Note == "" {
			return "err.reason"
		}
	case "noticed":
		if a.At.IsZero() {
			return "err.time"
		}
		a.Data = crisis.Anchored{First: crisis.Finder(form.Get("first"))}
	}
	if person == "" && slices.Contains([]string{"recuse", "unrecuse", "handover"}, do) {
		return "err.name"
	}
	switch do {
	case "halt", "run":
		a.Data = crisis.Halt{Plan: plan, Step: step, Reason: a.Note}
	case "assign":
		a.Data = crisis.Assignment{Plan: plan, Step: step, To: person}
	case "handover":
		a.Data = crisis.Handover{To: person, Text: a.Note}
	case "restrict", "unrestrict":
		x := crisis.Restriction{Reason: a.Note}
		if do == "restrict" {
			if x.People = form["who"]; len(x.People) == 0 {
				return "err.form"
			}
		}
		a.Data = x
	case "recuse", "unrecuse":
		a.Data = crisis.Recusal{Person: person, Reason: a.Note, Lifted: do == "unrecuse"}
	}
	return ""
}

// barred finds the words for a refusal because somebody is recused.
func barred(in *crisis.Incident, a crisis.Act) string {
	if h, ok := a.Data.(crisis.Handover); ok && in.IsRecused(h.To) {
		return "err.recused"
	}
	if x, ok := a.Data.(crisis.Assignment); ok && in.IsRecused(x.To) {
		return "err.recused"
	}
	if in.IsRecused(a.By) {
		return "err.recused"
	}
	return ""
}

// startOf says from when a red line counts: by what we know, in the rule's words.
func (t tongue) startOf(r *crisis.RedLine) string {
	from := r.From
	if from == "" {
		from = crisis.FromEarlier
	}
	s := t.sayOr("from.", string(from))
	if r.Start != "" && !t.en() {
		s += "（" + clean(r.Start, 40) + "）"
	}
	return s
}

// halted says what was paused or runs again.
func (n narrator) halted(one, all string) func(crisis.Halt, *entry) {
	return func(h crisis.Halt, out *entry) {
		out.Text, out.Note = n.must(all), cleanText(h.Reason, noteLimit)
		if h.Step != "" {
			out.Text = n.must(one, n.stepTitle(h.Plan, h.Step))
		}
	}
}

// halfway says whether an event is a reminder at half time: it is in the record, and
// nothing that a reader of the timeline looks for.
func halfway(e *crisis.Event) bool {
	var r crisis.Reminder
	return e.Kind == crisis.EventReminded && json.Unmarshal(e.Data, &r) == nil && r.Share == crisis.ShareHalf
}

func (n narrator) reminded(r crisis.Reminder, out *entry) {
	out.Text = n.must("ev.reminded", n.clockTitle(r.Plan, r.Step, r.RedLine), r.Share, n.clock(r.Due))
}

// clockTitle is what a step is called, or one of its red lines.
func (n narrator) clockTitle(plan, step, redLine string) string {
	if s := n.in.Step(plan, step); s != nil {
		for _, r := range s.RedLines {
			if r.ID == redLine {
				return clean(n.prefer(r.What, r.WhatEN), 120)
			}
		}
	}
	return n.stepTitle(plan, step)
}

func (n narrator) escalated(e crisis.Escalation, out *entry) {
	who := strings.Join(e.People, n.must("comma"))
	if who == "" {
		var roles []string
		for _, id := range e.Roles {
			roles = append(roles, n.roleName(id))
		}
		who = strings.Join(roles, n.must("comma"))
	}
	switch e.Why {
	case crisis.WhyOverdue:
		out.Text = n.must("ev.called.late", clean(who, 120), n.clockTitle(e.Plan, e.Step, e.RedLine))
	case crisis.WhyStalled:
		out.Text = n.must("ev.called.stalled", clean(who, 120))
	default:
		out.Text = n.must("ev.called", clean(who, 120))
	}
	out.Red = e.RedLine != ""
}

// roleName is what the plans of the incident call a role.
func (n narrator) roleName(id string) string {
	if name := n.roles[id]; name != "" {
		return name
	}
	return id
}

func (n narrator) recused(r crisis.Recusal, out *entry) {
	key := "ev.recused"
	if r.Lifted {
		key = "ev.unrecused"
	}
	out.Text, out.Note = n.must(key, clean(r.Person, 40)), cleanText(r.Reason, noteLimit)
}

// roleNames are the roles in the reader's words.
func (c *Console) roleNames(t tongue) map[string]string {
	out := map[string]string{}
	if c.Playbooks == nil {
		return out
	}
	for _, r := range c.Playbooks.Roles() {
		out[r.ID] = clean(t.prefer(r.ZH, r.EN), 60)
	}
	return out
}

// handoverPage is the hand-over note over all open incidents, to be read out, printed
// and signed.
type handoverPage struct {
	frame
	Names []string
	Parts []handoverPart
	Down  []sourceRow
	Queue *waiting
}

// handoverPart is what the note says of one incident.
type handoverPart struct {
	Card  card
	Lines []string
	Mine  bool // the reader has it, or nobody does
}

func (c *Console) handoverPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := handoverPage{frame: c.frame(r, v, "handover.head", "now")}
	open, err := c.openIncidents(r.Context())
	if err != nil {
		return err
	}
	if c.People != nil {
		p.Names = c.People()
	}
	for i := range open {
		in := &open[i]
		p.Parts = append(p.Parts, handoverPart{p.card(in), p.handover(in), in.Holder == "" || in.Holder == v.name})
	}
	sources, err := c.Sources(r.Context())
	if err != nil {
		return err
	}
	for i := range sources {
		if s := &sources[i]; s.unseen() || s.Paused {
			p.Down = append(p.Down, p.sourceRow(s))
		}
	}
	if p.Queue, err = c.waiting(r.Context(), p.tongue); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "handover", p)
}

// handover drafts what the next shift must know of an incident.
func (t tongue) handover(in *crisis.Incident) []string {
	holder := clean(in.Holder, 40)
	if holder == "" {
		holder = t.must("nobody")
	}
	level := t.level(in.Level())
	out := []string{t.must("handover.line", level.Text, clean(in.Title, 80), holder)}
	late := 0
	var next *crisis.Clock
	for _, k := range in.Clocks() {
		switch {
		case !k.Due.After(t.now):
			late++
		case next == nil:
			next = &k
		}
	}
	if late > 0 {
		out = append(out, t.must("handover.late", late))
	}
	if next != nil {
		out = append(out, t.must("handover.next", clean(t.prefer(next.Title, next.TitleEN), 120), t.clock(next.Due)))
	}
	for _, p := range in.OpenPromises() {
		out = append(out, t.must("handover.promise", clean(p.What, 120), t.clock(p.Due)))
	}
	for _, p := range in.Standing() {
		title := t.must("pause.all")
		if s := in.Step(p.Plan, p.Step); s != nil {
			title = clean(t.prefer(s.Title, s.TitleEN), 120)
		}
		out = append(out, t.must("handover.paused", title, clean(p.Reason, 120)))
	}
	for _, name := range sortedNames(in.Recused) {
		out = append(out, t.must("handover.recused", clean(name, 40)))
	}
	return out
}

// handOver gives the chosen incidents to another person, with the note.
func (c *Console) handOver(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	if len(r.PostForm["incident"]) == 0 {
		return wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	for _, id := range r.PostForm["incident"] {
		a := crisis.Act{Kind: crisis.EventHandedOver, Incident: id, By: v.name, Note: cleanText(r.PostFormValue("note"), noteLimit)}
		if key := peopleAct(&a, "handover", r.PostForm); key != "" {
			return wrong{http.StatusUnprocessableEntity, key}
		}
		if _, err := c.carryOut(r, v, a); err != nil {
			return err
		}
		c.Changed(id)
	}
	http.Redirect(w, r, "/?said=handover", http.StatusSeeOther)
	return nil
}

// openIncidents returns the open incidents, the most urgent first.
func (c *Console) openIncidents(ctx context.Context) ([]crisis.Incident, error) {
	var open []crisis.Incident
	err := c.Store.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.OpenIncidents()
		if err != nil {
			return err
		}
		for _, row := range rows[:min(len(rows), mostOpen)] {
			in, _, err := tx.Incident(row.ID)
			if err != nil {
				return err
			}
			open = append(open, in)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the open incidents: %w", err)
	}
	sortByUrgency(open)
	return open, nil
}
