package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// nowPage says in five seconds what happens, what is due, who has it, and
// whether the monitor is blind.
type nowPage struct {
	frame
	Trouble  string      // of the daemon itself
	Rescue   int         // calls for help that wait
	Late     int         // other requests past their deadline
	Blind    []sourceRow // cannot be seen: never shown as calm
	Cards    []card      // open ones, by urgency of their next deadline
	Hidden   int         // open incidents beyond those shown
	Closed   []card      // lately
	Watched  bool        // whether emerging phrases are looked for
	Hot      []hotRow
	Sources  []sourceRow
	Sees     int // sources that are seen
	Expected int // sources that should be
	LastLook moment
	Lost     int // devices of the reader that take alerts no longer

	Owed   []owedRow
	Voices []voiceRow

	LateActions int    // improvements that are overdue
	LateIn      string // incident of the first of them
}

// mostOpen is how many open incidents the page shows with their clocks.
const mostOpen = 50

func (c *Console) now(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := nowPage{frame: c.frame(r, v, "tab.now", "now")}
	p.Live, p.Watched = "*", c.Phrases
	if c.Ready != nil {
		if err := c.Ready(); err != nil {
			p.Trouble = clean(err.Error(), 300)
		}
	}
	open, err := c.openCards(r.Context(), &p)
	if err != nil {
		return err
	}
	sources, err := c.Sources(r.Context())
	if err != nil {
		return fmt.Errorf("ask for the sources: %w", err)
	}
	var last time.Time
	for i := range sources {
		s := &sources[i]
		row := p.sourceRow(s)
		p.Sources = append(p.Sources, row)
		if s.LastOK.After(last) {
			last = s.LastOK
		}
		if s.Off {
			continue
		}
		p.Expected++
		switch {
		case s.unseen():
			p.Blind = append(p.Blind, row)
		case s.seen():
			p.Sees++
		}
	}
	p.LastLook = p.since(last)
	if p.Voices, err = c.voices(r.Context(), p.tongue, sources, open); err != nil {
		return err
	}
	if err := c.hot(r.Context(), &p); err != nil {
		return err
	}
	err = c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		p.Lost, err = tx.PushesGone(v.user.Name)
		return err
	})
	if err != nil {
		return fmt.Errorf("count the devices that are gone: %w", err)
	}
	return c.render(w, r, http.StatusOK, "now", p)
}

// Calm says whether quiet may be called quiet.
func (p nowPage) Calm() bool {
	return len(p.Cards) == 0 && len(p.Blind) == 0 && p.Trouble == "" && p.Rescue == 0 && p.Expected > 0 && p.Sees == p.Expected
}

// openCards reads the open incidents, the most urgent first, what they owe the public, and
// the last few that were closed.
func (c *Console) openCards(ctx context.Context, p *nowPage) (open []crisis.Incident, err error) {
	err = c.Store.View(ctx, func(tx *store.Tx) error {
		rescue, late, err := tx.AsksLate(p.now)
		if err != nil {
			return err
		}
		p.Rescue, p.Late = rescue, late
		rows, err := tx.OpenIncidents()
		if err != nil {
			return err
		}
		if len(rows) > mostOpen {
			slices.SortStableFunc(rows, func(a, b store.IncidentRow) int { return rank(a.Level) - rank(b.Level) })
			p.Hidden = len(rows) - mostOpen
			rows = rows[:mostOpen]
		}
		for _, row := range rows {
			in, _, err := tx.Incident(row.ID)
			if err != nil {
				return err
			}
			open = append(open, in)
		}
		recent, err := tx.Incidents(10, 0)
		if err != nil {
			return err
		}
		if p.LateActions, p.LateIn, err = lateActions(tx, p.now); err != nil {
			return err
		}
		for i := range recent {
			if !recent[i].Closed.IsZero() && len(p.Closed) < 5 {
				p.Closed = append(p.Closed, p.rowCard(&recent[i]))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the open incidents: %w", err)
	}
	sortByUrgency(open)
	for i := range open {
		p.Cards = append(p.Cards, p.card(&open[i]))
	}
	p.Owed = p.owed(open)
	return open, nil
}

// rank orders levels for sorting: I first, ungraded last.
func rank(l crisis.Level) int {
	if l == crisis.LevelNone {
		return 9
	}
	return int(l)
}

// sortByUrgency puts the earliest next deadline first; without one, the gravest.
func sortByUrgency(open []crisis.Incident) {
	slices.SortStableFunc(open, func(a, b crisis.Incident) int {
		x, okX := a.NextDue()
		y, okY := b.NextDue()
		switch {
		case okX && okY && !x.Due.Equal(y.Due):
			return x.Due.Compare(y.Due)
		case okX != okY && okX:
			return -1
		case okX != okY:
			return 1
		}
		return rank(a.Level()) - rank(b.Level())
	})
}
