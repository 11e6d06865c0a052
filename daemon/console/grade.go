package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// gradeView is the sheet by which a person grades (定级表).
type gradeView struct {
	Rows    []gradeRow
	Floors  []floorView
	Measure bool // the machine proposes some of the points
}

// gradeRow is one dimension of the sheet.
type gradeRow struct {
	ID     string
	Name   string
	Points []pointView
	Why    string // what was measured
	Reason string // what a person wrote last
}

// pointView is one choice of a dimension.
type pointView struct {
	N      int
	Text   string
	Chosen bool // graded so last, else proposed by the machine
}

// floorView is a case in which a plan does not let the level be lower.
type floorView struct {
	ID    string // plan and number
	Text  string
	Level string
}

// fillGrade lays out the sheet: what was chosen last, else what the machine measures.
func (c *Console) fillGrade(p *incidentPage, in *crisis.Incident) {
	if c.Playbooks == nil {
		return
	}
	for _, m := range c.Playbooks.Sheet(in.Signals) {
		row := gradeRow{ID: m.Dimension.ID, Name: clean(p.prefer(m.Dimension.ZH, m.Dimension.EN), 40)}
		chosen := -1
		if m.Measured {
			chosen, row.Why = m.Points, clean(p.prefer(m.Reason.ZH, m.Reason.EN), 160)
			p.Grade.Measure = true
		}
		for _, mark := range in.Sheet {
			if mark.Dimension == row.ID {
				chosen, row.Reason = mark.Points, clean(mark.Reason, 200)
			}
		}
		for n, text := range m.Dimension.Points {
			row.Points = append(row.Points, pointView{n, clean(p.prefer(text.ZH, text.EN), 80), n == chosen})
		}
		p.Grade.Rows = append(p.Grade.Rows, row)
	}
	for _, f := range c.floors(in) {
		p.Grade.Floors = append(p.Grade.Floors, floorView{f.id, clean(f.When, 120), p.numeral(f.Min)})
	}
}

// floor is a floor of one of the incident's plans.
type floor struct {
	playbooks.Floor
	id string
}

func (c *Console) floors(in *crisis.Incident) []floor {
	var out []floor
	for _, plan := range in.Plans {
		book, ok := c.Playbooks.Playbook(plan.ID)
		if !ok {
			continue
		}
		for i, f := range book.LevelFloor {
			out = append(out, floor{f, plan.ID + slash + strconv.Itoa(i)})
		}
	}
	return out
}

// gradeAct makes an act of a filled sheet; key says what is missing. The reason of the
// level is the sheet's sum and the person's own words.
func (c *Console) gradeAct(a *crisis.Act, in *crisis.Incident, t tongue, form url.Values) (key string) {
	if c.Playbooks == nil {
		return "err.form"
	}
	for _, d := range c.Playbooks.Vocabulary().Dimensions {
		n, err := strconv.Atoi(form.Get("g." + d.ID))
		if err != nil || n < 0 || n > 3 {
			return "err.sheet"
		}
		a.Sheet = append(a.Sheet, crisis.Mark{Dimension: d.ID, Points: n, Reason: cleanText(form.Get("r."+d.ID), 200)})
	}
	var ticked []crisis.Level
	var cases []string
	for _, f := range c.floors(in) {
		if slices.Contains(form["floor"], f.id) {
			ticked, cases = append(ticked, f.Min), append(cases, clean(f.When, 120))
		}
	}
	result := c.Playbooks.Assess(a.Sheet, ticked)
	if result.Opinion == crisis.LevelNone {
		return "err.monitor"
	}
	event, err := crisis.ParseLevel(form.Get("event"))
	if err != nil {
		return "err.form"
	}
	a.Opinion, a.Event = result.Opinion, event
	sum := t.must("grade.sum", result.Sum, t.numeral(result.Opinion))
	if result.Floored {
		sum = t.must("grade.floored", result.Sum, strings.Join(cases, t.must("comma")), t.numeral(result.Opinion))
	}
	if event == crisis.LevelNone && result.Event.Graver(in.EventLevel) {
		sum += t.must("grade.event", t.numeral(result.Event))
	}
	a.Note = sum + a.Note
	return ""
}
