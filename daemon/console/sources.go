package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// seen says whether posts of the source reach us at this moment.
func (s *Source) seen() bool { return !s.Off && !s.Paused && !s.Blind && !s.LastOK.IsZero() }

// failed says whether the last attempt did not let us see the source.
func (s *Source) failed() bool { return s.LastClass != "" && !s.LastClass.Sees() }

// unseen says whether what happens at the source does not reach us at present.
func (s *Source) unseen() bool {
	state := stateOf(s)
	return state == "blind" || state == "paused"
}

// sourceRow is one source as shown.
type sourceRow struct {
	Name    string
	Title   string
	Kind    string
	Every   string
	Push    bool
	State   string // seen, blind, paused, off or waiting: class and word
	Word    string
	LastOK  moment
	Last    moment
	Next    *moment // when it is visited again, if it was asked to wait
	Class   string  // how the last attempt failed, in words; "" when it did not
	Fix     string  // what to do about it
	Detail  string
	Failed  int
	Strip   strip
	Days    strip // of the last 30 days
	Can     bool  // pause and resume
	Stopped bool
	Switch  string // who stopped or resumed it last, and when; "" when nobody did
}

func (t tongue) sourceRow(s *Source) sourceRow {
	row := sourceRow{
		Name: s.Name, Title: clean(s.Title, 60), Kind: t.sayOr("kind.", s.Kind), Push: s.Push, State: stateOf(s),
		LastOK: t.since(s.LastOK), Last: t.since(s.LastAttempt), Failed: s.Failures, Stopped: s.Paused,
	}
	if row.Title == "" {
		row.Title = s.Name
	}
	if s.Every > 0 {
		row.Every = t.span(s.Every)
	}
	row.Word, row.Switch = t.must("source."+row.State), t.switched(s)
	if s.NextAttempt.After(t.now) {
		next := t.since(s.NextAttempt)
		row.Next = &next
	}
	if s.failed() {
		class := string(s.LastClass)
		if s.Kind == "file" && s.LastClass == crisis.ClassUnavailable {
			class = "folder"
		}
		row.Class, row.Fix = t.sayOr("class.", class), t.sayOr("fix.", class)
		row.Detail = clean(s.LastDetail, 300)
	} else if row.State == "blind" {
		row.Class, row.Fix = t.must("class.silent"), t.must("fix.silent")
	}
	return row
}

// switched says who stopped or resumed a source last, and when.
func (t tongue) switched(s *Source) string {
	who, at := clean(s.PausedBy, 40), t.clock(s.PausedAt)
	switch {
	case s.PausedBy == "":
		return ""
	case s.PausedBy == crisis.Machine:
		return t.must("sources.gated", t.must("actor.machine"), at)
	case s.Paused:
		return t.must("sources.paused", who, at)
	}
	return t.must("sources.resumed", who, at)
}

func stateOf(s *Source) string {
	switch {
	case s.Off:
		return "off"
	case s.Paused:
		return "paused"
	case s.Blind, s.LastOK.IsZero() && s.failed():
		return "blind"
	case s.LastOK.IsZero():
		return "waiting"
	}
	return "seen"
}

// sourcesPage shows how well every source was seen in the last day.
type sourcesPage struct {
	frame
	Rows []sourceRow
	From moment
	Bad  int
}

func (c *Console) sources(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := sourcesPage{frame: c.frame(r, v, "tab.sources", "sources")}
	p.Live, p.From = "*", p.since(p.now.Add(-stripFor))
	all, err := c.Sources(r.Context())
	if err != nil {
		return fmt.Errorf("ask for the sources: %w", err)
	}
	_, can := c.Desk.(Pauser)
	days, err := c.coverageDays(r.Context())
	if err != nil {
		return err
	}
	for i := range all {
		s := &all[i]
		attempts, err := c.attempts(r, s)
		if err != nil {
			return err
		}
		row := p.sourceRow(s)
		row.Strip, row.Days, row.Can = p.strip(*s, attempts), p.dayStrip(days[s.Name]), can && !s.Off
		if s.unseen() {
			p.Bad++
		}
		p.Rows = append(p.Rows, row)
	}
	slices.SortStableFunc(p.Rows, func(a, b sourceRow) int { return worry(a.State) - worry(b.State) })
	return c.render(w, r, http.StatusOK, "sources", p)
}

func (c *Console) attempts(r *http.Request, s *Source) ([]crisis.Coverage, error) {
	now := c.Now()
	all, err := c.Store.Attempts(r.Context(), s.Name, now.Add(-stripFor-2*s.Every), now)
	if err != nil {
		return nil, fmt.Errorf("read the attempts of %s: %w", s.Name, err)
	}
	return all, nil
}

// worry orders states: what needs a person first.
func worry(state string) int {
	return slices.Index([]string{"blind", "paused", "waiting", "seen", "off"}, state)
}

// pause stops or resumes the visits to a source.
func (c *Console) pause(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, ok := c.Desk.(Pauser)
	if !ok {
		return store.ErrNotFound
	}
	name, stop := r.PathValue("name"), r.PostFormValue("do") == "pause"
	if !stop && r.PostFormValue("do") != "resume" {
		return wrong{http.StatusBadRequest, "err.form"}
	}
	if err := p.Pause(behalf(r), name, stop, v.name); err != nil {
		return err
	}
	c.Changed("")
	key := "resume"
	if stop {
		key = "pause"
	}
	back := "/sources"
	if r.PostFormValue("from") == "source" {
		back += "/" + url.PathEscape(name)
	}
	http.Redirect(w, r, back+"?said="+key, http.StatusSeeOther)
	return nil
}
