package daemon

import (
	"context"
	"fmt"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
)

const (
	// whatIfSpan is how far back the console asks what another sensitivity would do.
	whatIfSpan = 30 * 24 * time.Hour
	// whatIfLimit is how long one question may keep a processor busy.
	whatIfLimit = 20 * time.Second
)

// WhatIf judges the last 30 days of one topic again with all thresholds multiplied by
// factor.
func (d *Daemon) WhatIf(ctx context.Context, topic string, factor float64) (out console.WhatIf, err error) {
	if factor < leastBar || factor > mostBar {
		return out, fmt.Errorf("what if %s: %w: factor %v is not from %v to %v", topic, crisis.ErrRefused, factor, leastBar, mostBar)
	}
	ctx, cancel := context.WithTimeout(ctx, whatIfLimit)
	defer cancel()
	tested := *d.cfg
	tested.Topics = []crisis.Topic{d.topic(topic)}
	tested.Calendar = append([]Planned{{Topics: []string{topic}, Bar: factor, from: time.Unix(0, 0), to: time.Unix(1<<40, 0)}}, d.cfg.Calendar...)
	other := &Daemon{cfg: &tested, store: d.store, topicSources: d.topicSources}
	p, err := other.pastOf(ctx, topic)
	if err != nil || p == nil {
		return out, err
	}
	asked := &Backtested{From: p.from, To: p.to, Topics: []string{topic}}
	if _, err := p.play(ctx, tested.Detectors, func(_ *room, turns []turn) { asked.take(turns) }); err != nil {
		return out, fmt.Errorf("what if %s: %w", topic, err)
	}
	if err := d.store.View(ctx, asked.confirmed); err != nil {
		return out, fmt.Errorf("what if %s: %w", topic, err)
	}
	out = console.WhatIf{From: asked.From, To: asked.To, Alerts: asked.Alerts, Notices: asked.Notices, Real: len(asked.Incidents), Found: asked.Found}
	for _, f := range asked.Firings {
		if f.Kind != firingNotice {
			out.Firings = append(out.Firings, console.Firing{Raised: f.Kind == firingRaised, Signal: f.Signal, Incident: f.Incident, Verdict: f.Verdict})
		}
	}
	return out, nil
}

// pastOf is what the store holds of one topic in the last 30 days and the 30 before,
// nil when nothing was judged or counted.
func (d *Daemon) pastOf(ctx context.Context, topic string) (*past, error) {
	last, err := d.lastMinute(ctx)
	if err != nil || last.IsZero() {
		return nil, err
	}
	p := &past{d: d, to: last, from: last.Add(-whatIfSpan)}
	err = d.store.KnownCounts(ctx, topic, p.from.Add(-memory), func(c store.TopicCount) error {
		if c.Known.Before(last) {
			p.counts = append(p.counts, pastTally{tally{name: c.Topic, minute: c.Minute, known: c.Known, count: c.Count}, c.Backfill})
		}
		return nil
	})
	if err != nil || len(p.counts) == 0 {
		return nil, err
	}
	first := p.counts[0].known.Truncate(time.Minute)
	if first.After(p.from) {
		p.from = first
	}
	p.seen, err = d.pastSights(ctx, first, last)
	return p, err
}
