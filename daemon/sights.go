package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// pastSights is what was judged to be seen at each minute of the past.
type pastSights struct {
	d        *Daemon
	rows     []store.Sight
	attempts *pastSight // before the first row
}

// pastSights reads the visits only for the time before minutes were judged: there are
// hundreds of thousands of them.
func (d *Daemon) pastSights(ctx context.Context, from, to time.Time) (*pastSights, error) {
	rows, err := d.store.Sights(ctx, from)
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 && rows[0].From.Before(to) {
		to = rows[0].From
	}
	attempts, err := d.pastCoverage(ctx, from, to)
	if err != nil {
		return nil, err
	}
	return &pastSights{d, rows, attempts}, nil
}

// at returns the coverage at minute m, of the sources that are still configured.
func (p *pastSights) at(m time.Time) func(name string, source bool) float64 {
	i, found := slices.BinarySearchFunc(p.rows, m, func(s store.Sight, m time.Time) int { return s.From.Compare(m) })
	if !found {
		i--
	}
	if i < 0 {
		return p.attempts.at(m)
	}
	s := sight{seen: map[string]bool{}, topics: p.d.topicSources}
	for j := range p.d.cfg.Sources {
		name := p.d.cfg.Sources[j].Name
		if seen, there := p.rows[i].Seen[name]; there {
			s.seen[name] = seen
		}
	}
	return s.covered
}

// last returns what could be seen at last, nil when nothing is known.
func (p *pastSights) last() map[string]bool {
	if len(p.rows) == 0 {
		return nil
	}
	return p.rows[len(p.rows)-1].Seen
}

// keepSight stores what can be seen at m if that has changed. Minutes that nobody
// judged, before m, were seen by nobody.
func (d *Daemon) keepSight(tx *store.Tx, m, before time.Time, known, seen map[string]bool) error {
	if len(seen) == 0 {
		return nil
	}
	if m.Sub(before) > time.Minute {
		dark := make(map[string]bool, len(seen))
		for name := range seen {
			dark[name] = false
		}
		if err := tx.AddSight(store.Sight{From: before.Add(time.Minute), Seen: dark}); err != nil {
			return err
		}
		known = dark
	}
	if maps.Equal(known, seen) {
		return nil
	}
	return tx.AddSight(store.Sight{From: m, Seen: seen})
}

// pastSight is when each source was seen, for judging the past.
type pastSight struct {
	d     *Daemon
	spans map[string][]span // in order of time
}

type span struct{ from, to time.Time }

// pastCoverage turns the stored attempts into spans of sight.
func (d *Daemon) pastCoverage(ctx context.Context, from, to time.Time) (*pastSight, error) {
	p := &pastSight{d: d, spans: map[string][]span{}}
	if !from.Before(to) {
		return p, nil
	}
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		if s.interval() == 0 {
			continue
		}
		attempts, err := d.store.Visits(ctx, s.Name, from, to)
		if err != nil {
			return nil, fmt.Errorf("read attempts of %s: %w", s.Name, err)
		}
		p.spans[s.Name] = spans(attempts, s.grace())
	}
	return p, nil
}

// pastBarren returns the visits to each source that brought nothing new, in order of time.
func (d *Daemon) pastBarren(ctx context.Context, from, to time.Time) (map[string][]time.Time, error) {
	out := map[string][]time.Time{}
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		if s.interval() == 0 {
			continue
		}
		attempts, err := d.store.Attempts(ctx, s.Name, from, to)
		if err != nil {
			return nil, fmt.Errorf("read attempts of %s: %w", s.Name, err)
		}
		for _, a := range attempts {
			if barren(a) {
				out[s.Name] = append(out[s.Name], a.At)
			}
		}
	}
	return out, nil
}

// barren says whether an attempt saw the source and brought nothing new.
func barren(c crisis.Coverage) bool { return c.Class.Sees() && c.Fresh == 0 }

// spans joins the stretches that good attempts vouch for, each until grace later.
func spans(attempts []crisis.Coverage, grace time.Duration) []span {
	var out []span
	for _, a := range attempts {
		if !a.Class.Sees() {
			continue
		}
		end := a.At.Add(grace)
		if n := len(out); n > 0 && !a.At.After(out[n-1].to) {
			out[n-1].to = end
			continue
		}
		out = append(out, span{a.At, end})
	}
	return out
}

// at returns the coverage at minute m. A source without any attempt in the past
// was not there yet and hides nothing.
func (p *pastSight) at(m time.Time) func(name string, source bool) float64 {
	s := sight{seen: map[string]bool{}, topics: p.d.topicSources}
	for name, spans := range p.spans {
		if len(spans) == 0 || m.Before(spans[0].from) {
			continue
		}
		i, _ := slices.BinarySearchFunc(spans, m, func(s span, t time.Time) int {
			if s.to.Before(t) {
				return -1
			}
			return 1
		})
		s.seen[name] = i < len(spans) && !m.Before(spans[i].from)
	}
	return s.covered
}
