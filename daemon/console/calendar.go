package console

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/daemon/store"
)

// calendarPage shows planned events and sensitive periods: a month, and a list.
type calendarPage struct {
	frame
	Can                 bool
	Month               string
	Before, Next, Today string // addresses
	Weekdays            []string
	Weeks               [][]dayCell
	Rows                []plannedRow
	Topics              []choice
	Bars                []choice
}

// dayCell is one day of the month.
type dayCell struct {
	Number string
	Class  string // out: of another month; off: not worked; today
	Events []dayEvent
}

// dayEvent is a planned event on a day.
type dayEvent struct{ Anchor, Title, Class string }

// plannedRow is one entry of the list.
type plannedRow struct {
	Anchor, Title, When, Topics, Effect, Class, By, State string
	ID                                                    int64
	Clashes                                               []clash
}

// clash is an open incident that an entry falls together with.
type clash struct{ ID, Title string }

const (
	mostPlanned  = 200
	longestTitle = 60
	longestPlan  = 366 * 24 * time.Hour
	// ahead is how long before it begins an entry is held against open incidents.
	ahead = 14 * 24 * time.Hour
)

// bars are the factors that the form offers.
var bars = []string{"1.5", "2", "0.85", "0.7"}

func (c *Console) calendar(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, can := c.Desk.(Planner)
	p := calendarPage{frame: c.frame(r, v, "tab.calendar", "calendar"), Can: can}
	var all []Planned
	if can {
		var err error
		if all, err = d.Planned(r.Context()); err != nil {
			return fmt.Errorf("read the calendar: %w", err)
		}
	}
	month, err := c.monthOf(r)
	if err != nil {
		return err
	}
	c.fillMonth(&p, month, all)
	open, err := c.openRows(r.Context())
	if err != nil {
		return err
	}
	for i := range all {
		if e := &all[i]; e.To.After(p.now.Add(-7*24*time.Hour)) && len(p.Rows) < mostPlanned {
			p.Rows = append(p.Rows, p.plannedRow(c, e, open))
		}
	}
	for _, t := range c.Topics() {
		p.Topics = append(p.Topics, choice{ID: t.ID, Word: clean(t.Name(), 60)})
	}
	for _, b := range bars {
		p.Bars = append(p.Bars, choice{ID: b, Word: p.must("calendar.bar." + b)})
	}
	return c.render(w, r, http.StatusOK, "calendar", p)
}

// monthOf is the month that is asked for, the present one unless another is.
func (c *Console) monthOf(r *http.Request) (time.Time, error) {
	now := c.Now().In(c.Zone)
	if text := r.URL.Query().Get("month"); text != "" {
		m, err := time.ParseInLocation("2006-01", text, c.Zone)
		if err != nil {
			return m, wrong{http.StatusUnprocessableEntity, "err.time"}
		}
		return m, nil
	}
	return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, c.Zone), nil
}

// fillMonth lays out whole weeks, Monday first.
func (c *Console) fillMonth(p *calendarPage, month time.Time, all []Planned) {
	p.Month = month.Format(p.pick("2006年1月", "January 2006"))
	p.Before, p.Next, p.Today = "/calendar?month="+month.AddDate(0, -1, 0).Format("2006-01"), "/calendar?month="+month.AddDate(0, 1, 0).Format("2006-01"), "/calendar"
	for i := range 7 {
		p.Weekdays = append(p.Weekdays, p.weekday(time.Weekday((i+1)%7)))
	}
	today := p.now.In(c.Zone).Format(time.DateOnly)
	day := month.AddDate(0, 0, -(int(month.Weekday())+6)%7)
	for day.Before(month.AddDate(0, 1, 0)) {
		var week []dayCell
		for range 7 {
			cell := dayCell{Number: strconv.Itoa(day.Day())}
			var classes []string
			if day.Month() != month.Month() {
				classes = append(classes, "out")
			}
			if !c.works(day) {
				classes = append(classes, "off")
			}
			if day.Format(time.DateOnly) == today {
				classes = append(classes, "today")
			}
			cell.Class = strings.Join(classes, " ")
			next := day.AddDate(0, 0, 1)
			for i := range all {
				if e := &all[i]; e.From.Before(next) && e.To.After(day) && len(cell.Events) < 4 {
					cell.Events = append(cell.Events, dayEvent{anchorOfPlanned(e), clean(e.Title, 30), plannedClass(e)})
				}
			}
			week = append(week, cell)
			day = next
		}
		p.Weeks = append(p.Weeks, week)
	}
}

// works says whether a day is worked.
func (c *Console) works(day time.Time) bool {
	if c.Workday != nil {
		return c.Workday(day)
	}
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

func (t tongue) weekday(d time.Weekday) string {
	return t.pick([]string{"日", "一", "二", "三", "四", "五", "六"}[d], d.String()[:3])
}

// anchorOfPlanned is where the list tells an entry.
func anchorOfPlanned(e *Planned) string {
	if e.ID != 0 {
		return "e-" + strconv.FormatInt(e.ID, 10)
	}
	return "c-" + strconv.FormatInt(e.From.Unix(), 36) + "-" + strconv.FormatUint(uint64(hashOf(e.Title)), 36)
}

func hashOf(s string) (h uint32) {
	for _, b := range []byte(s) {
		h = h*31 + uint32(b)
	}
	return h
}

// plannedClass tells a sensitive period, of which people want to hear sooner, from an
// event of which much talk is expected.
func plannedClass(e *Planned) string {
	if e.Bar < 1 {
		return "careful"
	}
	return "planned"
}

func (t tongue) plannedRow(c *Console, e *Planned, open []store.IncidentRow) plannedRow {
	row := plannedRow{
		ID: e.ID, Anchor: anchorOfPlanned(e), Title: clean(e.Title, longestTitle), When: t.between(e.From, e.To), Class: plannedClass(e),
		Effect: t.must("calendar.effect."+plannedClass(e), number100(e.Bar)), Topics: t.must("calendar.all"), By: t.must("calendar.configured"),
	}
	if e.By != "" {
		row.By = t.must("calendar.by", clean(e.By, 40))
	}
	var names []string
	for _, id := range e.Topics {
		names = append(names, clean(c.topicName(id), 40))
	}
	if len(names) > 0 {
		row.Topics = strings.Join(names[:min(len(names), 12)], t.must("comma"))
	}
	switch {
	case !t.now.Before(e.To):
		row.State = t.must("calendar.over")
	case !t.now.Before(e.From):
		row.State = t.must("calendar.running")
	}
	for i := range open {
		if t.now.Before(e.To) && t.now.Add(ahead).After(e.From) && (len(e.Topics) == 0 || slices.Contains(e.Topics, open[i].Topic)) && len(row.Clashes) < 5 {
			row.Clashes = append(row.Clashes, clash{open[i].ID, clean(open[i].Title, 60)})
		}
	}
	return row
}

// number100 writes a factor in percent.
func number100(f float64) string { return strconv.Itoa(int(math.Round(100*f))) + "%" }

func (c *Console) openRows(ctx context.Context) (rows []store.IncidentRow, err error) {
	err = c.Store.View(ctx, func(tx *store.Tx) error {
		rows, err = tx.OpenIncidents()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the open incidents: %w", err)
	}
	return rows, nil
}

// plan enters an event into the calendar, or takes one out.
func (c *Console) plan(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, ok := c.Desk.(Planner)
	if !ok {
		return store.ErrNotFound
	}
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	said := "plan"
	switch r.PostFormValue("do") {
	case "plan":
		e, err := c.plannedOf(r, v)
		if err != nil {
			return err
		}
		if err := d.Plan(behalf(r), e); err != nil {
			return err
		}
	case "unplan":
		id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
		if err != nil || id <= 0 {
			return wrong{http.StatusUnprocessableEntity, "err.form"}
		}
		if err := d.Unplan(behalf(r), id, v.name); err != nil {
			return err
		}
		said = "unplan"
	default:
		return wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	c.Changed("")
	http.Redirect(w, r, "/calendar?said="+said, http.StatusSeeOther)
	return nil
}

// plannedOf reads an entry from the form.
func (c *Console) plannedOf(r *http.Request, v *visit) (Planned, error) {
	form := r.PostForm
	e := Planned{Title: clean(form.Get("title"), longestTitle), Topics: form["topics"], By: v.name}
	bad := func(key string) (Planned, error) { return e, wrong{http.StatusUnprocessableEntity, key} }
	var err1, err2, err3 error
	e.From, err1 = time.ParseInLocation(minutes, form.Get("from"), c.Zone)
	e.To, err2 = time.ParseInLocation(minutes, form.Get("to"), c.Zone)
	e.Bar, err3 = strconv.ParseFloat(form.Get("bar"), 64)
	unknown := slices.ContainsFunc(e.Topics, func(id string) bool { return c.watched(id) == nil })
	switch {
	case e.Title == "":
		return bad("err.title")
	case err1 != nil || err2 != nil:
		return bad("err.time")
	case !e.To.After(e.From) || e.To.Sub(e.From) > longestPlan:
		return bad("err.span")
	case err3 != nil || !slices.Contains(bars, form.Get("bar")) || unknown:
		return bad("err.form")
	}
	return e, nil
}

// calendarTable is the list for other programs.
func (c *Console) calendarTable(w http.ResponseWriter, r *http.Request, _ *visit) error {
	d, ok := c.Desk.(Planner)
	if !ok {
		return store.ErrNotFound
	}
	all, err := d.Planned(r.Context())
	if err != nil {
		return fmt.Errorf("read the calendar: %w", err)
	}
	say := c.tongue(r)
	rows := [][]string{{say.must("calendar.title"), say.must("calendar.from"), say.must("calendar.to"), say.must("calendar.topics"), say.must("calendar.bar"), say.must("calendar.who")}}
	for i := range all {
		e := say.plannedRow(c, &all[i], nil)
		rows = append(rows, []string{e.Title, all[i].From.In(c.Zone).Format(time.RFC3339), all[i].To.In(c.Zone).Format(time.RFC3339), e.Topics, decimal(all[i].Bar), e.By})
	}
	return sendCSV(w, "calendar", rows)
}
