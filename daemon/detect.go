package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"watchfire/daemon/store"
)

// Tick judges every minute that has ended since the last tick, answers what the
// detectors say, and looks at the clocks of all incidents. It is called about
// once a minute; after a sleep it catches up.
func (d *Daemon) Tick(ctx context.Context, now time.Time) error {
	now = now.UTC().Truncate(time.Minute)
	d.mu.Lock()
	from := d.room.minute.Add(time.Minute)
	d.mu.Unlock()
	if now.Sub(from) > recent {
		from = now.Add(-recent)
	}
	if now.Add(time.Minute).Before(from) { // the clock was set back: what is judged is not judged again, but people are called
		if err := d.clocksOnly(ctx, now); err != nil {
			return err
		}
	}
	for m := from; !m.After(now); m = m.Add(time.Minute) {
		if err := d.minute(ctx, m); err != nil {
			return err
		}
	}
	d.ticked.Store(d.clock.Now().Unix())
	return nil
}

// clocksOnly looks at the clocks of steps and calls, and at nothing else.
func (d *Daemon) clocksOnly(ctx context.Context, now time.Time) error {
	sees, err := d.sight(ctx, now)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r := responder{d: d, now: now, sees: sees}
	err = d.store.Update(ctx, func(tx *store.Tx) error {
		r.tx = tx
		return errors.Join(r.clocks(), r.unanswered(), r.flush())
	})
	if err != nil {
		return d.unstored(ctx, fmt.Errorf("clocks at %s: %w", now.Format(time.RFC3339), err))
	}
	d.wake()
	return nil
}

// minute judges the minute that ends at m. What it brings about is stored in one
// transaction together with m itself: after a crash the minute is either judged
// and answered, or judged again.
func (d *Daemon) minute(ctx context.Context, m time.Time) error {
	said, err := d.judge(ctx, m)
	if err != nil {
		return d.unstored(ctx, fmt.Errorf("minute %s: %w", m.Format(time.RFC3339), err))
	}
	for _, o := range said {
		d.tell(o)
	}
	if len(said) > 0 {
		d.wake()
	}
	return nil
}

// judge lets the detectors look at the minute and stores the answers. Memory is
// locked before the store, here as in ingest: the other way round the two would
// wait for each other.
func (d *Daemon) judge(ctx context.Context, m time.Time) ([]Occurrence, error) {
	sees, err := d.sight(ctx, m)
	if err != nil {
		return nil, err
	}
	news, err := d.phrases.search(ctx, m)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	before, known := d.room.minute, d.room.sees
	turns := d.room.tick(m, sees.covered)
	d.room.sees = sees.seen

	var said []Occurrence
	err = d.store.Update(ctx, func(tx *store.Tx) error {
		r := responder{d: d, tx: tx, now: m, sees: sees}
		for _, t := range turns {
			if err := r.answer(t); err != nil {
				return fmt.Errorf("respond to %s on %s: %w", t.Signal.Detector, t.name, err)
			}
		}
		if err := r.emerged(news); err != nil {
			return fmt.Errorf("emerging phrases: %w", err)
		}
		if d.closing != closeAtOnce { // in a replay nobody is there to be late
			if err := r.clocks(); err != nil {
				return fmt.Errorf("clocks: %w", err)
			}
			if err := r.unanswered(); err != nil {
				return fmt.Errorf("calls for help: %w", err)
			}
		}
		if err := r.flush(); err != nil {
			return err
		}
		said = r.said
		if err := d.keepSight(tx, m, before, known, sees.seen); err != nil {
			return err
		}
		return tx.SetSetting(settingMinute, m.Format(time.RFC3339))
	})
	if err != nil {
		// The minute must be judged again, from the same state: forget and remember.
		return nil, errors.Join(err, d.recall(ctx))
	}
	d.phrases.stored()
	return said, nil
}

// sight is which sources could be seen at one minute.
type sight struct {
	seen   map[string]bool // of every enabled source that should be seen
	topics map[string][]string
}

// covered returns the share of the sources of a topic that could be seen, or 1
// or 0 for one source. With no source configured, as in a replay, all is seen.
func (s sight) covered(name string, source bool) float64 {
	if source {
		if see, ok := s.seen[name]; ok && !see {
			return 0
		}
		return 1
	}
	all, see := 0, 0
	for src, ok := range s.seen {
		if only := s.topics[name]; len(only) > 0 && !slices.Contains(only, src) {
			continue
		}
		all++
		if ok {
			see++
		}
	}
	if all == 0 {
		return 1
	}
	return float64(see) / float64(all)
}

// blind lists the sources that cannot be seen, in order of their names.
func (s sight) blind() []string {
	var out []string
	for _, name := range keysOf(s.seen) {
		if !s.seen[name] {
			out = append(out, name)
		}
	}
	return out
}

// sight finds out which sources can be seen at m.
func (d *Daemon) sight(ctx context.Context, m time.Time) (sight, error) {
	if len(d.cfg.Sources) == 0 {
		return sight{topics: d.topicSources}, nil
	}
	states, err := d.store.Sources(ctx)
	if err != nil {
		return sight{}, fmt.Errorf("read sources: %w", err)
	}
	return d.sightOf(states, m), nil
}

// sightOf finds out which sources can be seen at m: those that were heard of within
// their grace.
func (d *Daemon) sightOf(states []store.SourceState, m time.Time) sight {
	s := sight{seen: map[string]bool{}, topics: d.topicSources}
	last := make(map[string]store.SourceState, len(states))
	for _, st := range states {
		last[st.Name] = st
	}
	for i := range d.cfg.Sources {
		src := &d.cfg.Sources[i]
		if src.interval() == 0 {
			continue
		}
		st := last[src.Name]
		since := st.LastOK
		if since.IsZero() { // a source gets the same grace from its first visit on, however often we start
			since = st.FirstAttempt
		}
		if since.IsZero() {
			since = d.started
		}
		s.seen[src.Name] = !st.Paused && m.Sub(since) <= src.grace()
	}
	return s
}
