package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// reportClock stands still.
type reportClock struct{ now time.Time }

func (c reportClock) Now() time.Time                   { return c.now }
func (reportClock) Wall(d time.Duration) time.Duration { return d }

// archive reads what a store holds of the past. It writes nothing, so that it may
// look into the store of a daemon that runs.
type archive struct {
	*Daemon
	seen *pastSights
}

// GatherReport reads from a store all that a report of an incident is made of. A nil
// configuration stands for one that is lost: then the sources are those whose sight
// was recorded, under their plain names. The present is the last minute that the
// daemon judged, or the last event where that is later: a demo lives in a time of its own.
func GatherReport(ctx context.Context, cfg *Config, st *store.Store, incident string) (playbooks.ReportInput, error) {
	none := playbooks.ReportInput{}
	var in crisis.Incident
	var events []crisis.Event
	err := st.View(ctx, func(tx *store.Tx) (err error) {
		in, events, err = tx.Incident(incident)
		return err
	})
	if err != nil {
		return none, err
	}
	if cfg == nil {
		if cfg, err = salvaged(ctx, st, &in); err != nil {
			return none, err
		}
	}
	d := &Daemon{cfg: cfg, log: zap.NewNop(), store: st, phrases: newPhrases(), topicSources: sourcesOfTopics(cfg)}
	now, err := d.lastMinute(ctx)
	if err != nil {
		return none, err
	}
	if last := events[len(events)-1].Recorded; last.After(now) {
		now = last
	}
	d.clock = reportClock{now}
	if err := d.remember(ctx, now); err != nil {
		return none, fmt.Errorf("remember the past: %w", err)
	}
	a := archive{Daemon: d}
	if a.seen, err = d.pastSights(ctx, in.Opened.Add(-100*24*time.Hour), now); err != nil {
		return none, err
	}
	out, err := console.Gather(ctx, st, a, incident, now)
	out.Org, out.Zone, out.Lang, out.Sources = cfg.Org, cfg.Zoned(), cfg.Lang, map[string]string{}
	for i := range cfg.Sources {
		out.Sources[cfg.Sources[i].Name] = cfg.Sources[i].Title
	}
	return out, err
}

// IllustrateReport draws the charts of a report as pictures, which its Word form shows.
func IllustrateReport(r *playbooks.Report, zone *time.Location) error {
	return console.Illustrate(r, zone)
}

// salvaged makes a configuration that is enough to read an incident's past.
func salvaged(ctx context.Context, st *store.Store, in *crisis.Incident) (*Config, error) {
	cfg, err := ParseConfig("report", []byte("org: \"\"\nzone: Asia/Shanghai\n"))
	if err != nil {
		return nil, err
	}
	cfg.Topics = []crisis.Topic{{ID: in.Topic, Title: in.Title}}
	sights, err := st.Sights(ctx, time.Unix(0, 0))
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, s := range sights {
		for name := range s.Seen {
			if !known[name] {
				known[name] = true
				cfg.Sources = append(cfg.Sources, Source{Name: name})
			}
		}
	}
	if len(sights) == 0 {
		return nil, errors.New("the store does not say what was seen: name the configuration with -c")
	}
	return cfg, nil
}

// Chart is Daemon.Chart with the coverage that was recorded at the time.
func (a archive) Chart(ctx context.Context, topic string, from, to time.Time, bucket time.Duration) ([]console.Point, error) {
	points, err := a.Daemon.Chart(ctx, topic, from, to, bucket)
	if err != nil || len(a.seen.rows) == 0 {
		return points, err
	}
	for i := range points {
		p := &points[i]
		if p.At.Add(bucket).Before(a.seen.rows[0].From) {
			continue // before the first record, as far as the attempts tell
		}
		const samples = 4
		p.Coverage = 0
		for k := range samples {
			p.Coverage += a.seen.at(p.At.Add(bucket*time.Duration(2*k+1)/(2*samples)))(topic, false) / samples
		}
	}
	return points, nil
}
