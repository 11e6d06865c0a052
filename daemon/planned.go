package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
)

// entered are the entries of the calendar that people made in the console. They hold
// beside the configured ones.
type entered struct {
	mu      sync.RWMutex          // guards what follows
	of      map[string][]*Planned // by topic that some entry names, each with those for all topics
	general []*Planned            // for all topics
}

// plannedKept is how long entries that are over are remembered: the past that is
// judged again is judged under them.
const plannedKept = 2 * memory

// loadEntered reads the entries from the store.
func loadEntered(ctx context.Context, s *store.Store, now time.Time) (*entered, error) {
	e := &entered{}
	return e, e.load(ctx, s, now)
}

func (e *entered) load(ctx context.Context, s *store.Store, now time.Time) error {
	all, err := s.Planned(ctx, now.Add(-plannedKept))
	if err != nil {
		return err
	}
	of, general := map[string][]*Planned{}, []*Planned{}
	for _, p := range all {
		for _, topic := range p.Topics {
			of[topic] = nil
		}
	}
	for _, x := range all {
		p := &Planned{Title: x.Title, Topics: x.Topics, Bar: x.Bar, from: x.From, to: x.To}
		if len(p.Topics) == 0 {
			general = append(general, p)
		}
		for topic := range of {
			if p.concerns(topic) {
				of[topic] = append(of[topic], p)
			}
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.of, e.general = of, general
	return nil
}

// each calls f for the entries that concern a topic. Every topic asks in every minute.
func (e *entered) each(topic string, f func(p *Planned)) {
	e.mu.RLock()
	list, named := e.of[topic]
	if !named {
		list = e.general
	}
	e.mu.RUnlock()
	for _, p := range list {
		f(p)
	}
}

// Planned returns the calendar, of what is not over longer than two months: the
// configured entries and those that people made, in order of their begin.
func (d *Daemon) Planned(ctx context.Context) ([]console.Planned, error) {
	since := d.clock.Now().Add(-plannedKept)
	all, err := d.store.Planned(ctx, since)
	if err != nil {
		return nil, err
	}
	var out []console.Planned
	for i := range d.cfg.Calendar {
		if p := &d.cfg.Calendar[i]; p.to.After(since) {
			out = append(out, console.Planned{Title: p.Title, From: p.from, To: p.to, Topics: p.Topics, Bar: p.Bar})
		}
	}
	for _, p := range all {
		out = append(out, console.Planned{ID: p.ID, Title: p.Title, From: p.From, To: p.To, Topics: p.Topics, Bar: p.Bar, By: p.By})
	}
	slices.SortStableFunc(out, func(a, b console.Planned) int { return a.From.Compare(b.From) })
	return out, nil
}

// Plan enters an event into the calendar; it holds from the next minute on.
func (d *Daemon) Plan(ctx context.Context, p console.Planned) error {
	refuse := func(why string) error { return fmt.Errorf("plan %s: %w: %s", p.Title, crisis.ErrRefused, why) }
	switch {
	case strings.TrimSpace(p.Title) == "":
		return refuse("it has no title")
	case !p.To.After(p.From):
		return refuse("it ends before it begins")
	case !(p.Bar >= leastBar && p.Bar <= mostBar):
		return refuse(fmt.Sprintf("the factor is not from %v to %v", leastBar, mostBar))
	}
	for _, id := range p.Topics {
		if _, ok := d.topics[id]; !ok {
			return refuse("there is no topic " + id)
		}
	}
	now := d.clock.Now()
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.AddPlanned(store.Planned{Title: p.Title, From: p.From.UTC(), To: p.To.UTC(), Topics: p.Topics, Bar: p.Bar, By: p.By, At: now})
		return err
	})
	if err != nil {
		return err
	}
	return d.cfg.entered.load(ctx, d.store, now)
}

// Unplan takes an event that a person entered out of the calendar.
func (d *Daemon) Unplan(ctx context.Context, id int64, by string) error {
	now := d.clock.Now()
	if err := d.store.Update(ctx, func(tx *store.Tx) error { return tx.RemovePlanned(id, by, now) }); err != nil {
		return err
	}
	return d.cfg.entered.load(ctx, d.store, now)
}
