package daemon

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
)

// newConsole puts the console together and keeps its open pages up to date.
func (d *Daemon) newConsole() (http.Handler, error) {
	c, err := console.New(console.Options{
		Store: d.store, Desk: d, Chart: d, Sources: d.sources,
		Topics: func() []crisis.Topic { return d.cfg.Topics },
		Now:    d.clock.Now, Zone: d.cfg.Zoned(), Lang: d.cfg.Lang, Org: d.cfg.Org,
		Version: release, Open: d.open, Drill: d.drill, PlanFolder: d.cfg.Playbooks, Workday: d.cfg.Works, Speed: d.speed(), Playbooks: d.library, FAQ: d.faq, Phrases: !d.cfg.Phrases.Off, People: d.cfg.names,
		OIDC: d.cfg.oidc(), Contacts: d.contacts, Channels: d.cfg.where,
		Ready: func() error {
			if h := d.alive(); !h.OK {
				return fmt.Errorf("%s", h.Trouble[0])
			}
			return nil
		},
		OnError: func(r *http.Request, err error) {
			d.log.Error("console", zap.String("method", r.Method), zap.String("path", r.URL.Path), zap.Error(err))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	d.closers = append(d.closers, closer{"console", func() error { c.Close(); return nil }})
	d.console, d.artist = c, newArtist(c.IncidentFigure)
	return c, nil
}

// where are the channels, for the console.
func (c *Config) where() []console.Channel {
	out := make([]console.Channel, 0, len(c.Channels))
	for i := range c.Channels {
		ch := &c.Channels[i]
		row := console.Channel{Name: ch.Name, Kind: ch.KindName, Buttons: alerts.Buttoned(ch.Sender)}
		for j := range c.People {
			if slices.Contains(c.People[j].Channels, ch.Name) {
				row.People = append(row.People, c.People[j].Name)
			}
		}
		out = append(out, row)
	}
	return out
}

// speed is how many seconds of the daemon's clock pass in one second.
func (d *Daemon) speed() float64 {
	if w := d.clock.Wall(time.Hour); w > 0 {
		return float64(time.Hour) / float64(w)
	}
	return 1
}

// FirstPassword returns a one-time password for the user admin while nobody has
// chosen one, else "".
func (d *Daemon) FirstPassword(ctx context.Context) (string, error) {
	if d.open {
		return "", nil
	}
	return console.FirstRun(ctx, d.store, d.clock.Now())
}

// ConsoleURL is the address people open: the configured one, else where the
// console listens.
func (d *Daemon) ConsoleURL(l net.Addr) string {
	if d.cfg.URL != "" {
		return d.cfg.URL
	}
	return "http://" + l.String()
}

// sources describes every configured source for the console.
func (d *Daemon) sources(ctx context.Context) ([]console.Source, error) {
	states, err := d.store.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	pauses, err := d.store.LastPauses(ctx)
	if err != nil {
		return nil, err
	}
	sees := d.sightOf(states, d.clock.Now())
	out := make([]console.Source, 0, len(d.cfg.Sources))
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		_, push := s.Kind.(crawlers.Receiver)
		seen, expected := sees.seen[s.Name]
		row := console.Source{
			Name: s.Name, Title: s.Title, Kind: s.KindName, Every: s.interval(), Push: push, Own: s.Own, Off: s.Off, Blind: expected && !seen,
		}
		if p, ok := pauses[s.Name]; ok {
			row.PausedBy, row.PausedAt = p.By, p.At
		}
		for _, st := range states {
			if st.Name == s.Name {
				row.Paused, row.LastOK, row.LastAttempt, row.NextAttempt = st.Paused, st.LastOK, st.LastAttempt, st.NextAttempt
				row.LastClass, row.LastDetail, row.Failures = st.LastClass, st.LastDetail, st.Failures
			}
		}
		out = append(out, row)
	}
	return out, nil
}

// Chart returns what was counted about a topic beside what is usual for each
// bucket, as far as is known at present.
func (d *Daemon) Chart(ctx context.Context, topic string, from, to time.Time, bucket time.Duration) ([]console.Point, error) {
	if bucket < time.Minute || to.Sub(from) > 100*24*time.Hour {
		return nil, fmt.Errorf("chart of %s: buckets of %s from %s to %s are out of bounds", topic, bucket, from, to)
	}
	from = from.Truncate(bucket)
	counts, err := d.chartCounts(ctx, topic, from, to, bucket)
	if err != nil {
		return nil, err
	}
	seen, err := d.chartCoverage(ctx, from, to)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	watch := d.room.topics[topic]
	now := d.clock.Now()
	var out []console.Point
	for at, i := from, 0; at.Before(to); at = at.Add(bucket) {
		end := at.Add(bucket)
		past := end // what is yet to come is not blind
		if past.After(now) {
			past = now
		}
		p := console.Point{At: at, Coverage: during(seen, topic, at, past)}
		for ; i < len(counts) && counts[i].Minute.Before(end); i++ {
			p.Observed += float64(counts[i].Count.Voices)
			p.Negative += float64(counts[i].Count.Negative)
		}
		if watch != nil {
			u := watch.Series().Usual(end, bucket)
			p.Expected, p.Low, p.High = u.Expected, u.Low, u.High
		}
		out = append(out, p)
	}
	return out, nil
}

// chartCounts returns the counts of a topic: by the half hour where that is enough,
// else by the minute.
func (d *Daemon) chartCounts(ctx context.Context, topic string, from, to time.Time, bucket time.Duration) ([]store.TopicCount, error) {
	if bucket%store.HalfHour != 0 {
		return d.store.Counts(ctx, topic, from, to)
	}
	var out []store.TopicCount
	err := d.store.HalfHours(ctx, topic, from, to, func(at time.Time, c crisis.Count) {
		out = append(out, store.TopicCount{Topic: topic, Minute: at, Count: c})
	})
	return out, err
}

// chartShort is up to what stretch a chart looks at every visit to every source; for
// longer ones the judged minutes say what was seen, where they reach back far enough.
const chartShort = 48 * time.Hour

// chartCoverage returns what could be seen at a time.
func (d *Daemon) chartCoverage(ctx context.Context, from, to time.Time) (func(time.Time) func(name string, source bool) float64, error) {
	if to.Sub(from) > chartShort {
		rows, err := d.store.Sights(ctx, from)
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 && !rows[0].From.After(from) {
			return (&pastSights{d: d, rows: rows}).at, nil
		}
	}
	return d.visited.of(ctx, d, from.Add(-24*time.Hour), to)
}

// visited remembers what the visits of one stretch tell: a page of many charts draws all
// of them over the same.
type visited struct {
	mu       sync.Mutex // guards what follows
	from, to time.Time
	commits  uint64 // of the store when it was read
	past     *pastSight
}

// of returns what could be seen at a time from from to to.
func (v *visited) of(ctx context.Context, d *Daemon, from, to time.Time) (func(time.Time) func(name string, source bool) float64, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	commits := d.store.Commits()
	if v.past == nil || v.commits != commits || !v.from.Equal(from) || !v.to.Equal(to) {
		past, err := d.pastCoverage(ctx, from, to)
		if err != nil {
			return nil, err
		}
		v.from, v.to, v.commits, v.past = from, to, commits, past
	}
	return v.past.at, nil
}

// during is the mean coverage of a topic over a stretch, sampled a few times.
func during(seen func(time.Time) func(name string, source bool) float64, topic string, from, to time.Time) float64 {
	const samples = 4
	sum := 0.0
	for i := range samples {
		sum += seen(from.Add(to.Sub(from)*time.Duration(2*i+1)/(2*samples)))(topic, false)
	}
	return sum / samples
}

// Explain says why a text matches a topic or why it does not.
func (d *Daemon) Explain(topic string, p crisis.Post) console.Explained {
	e := d.reader.Explain(&p, topic)
	out := console.Explained{Matches: e.Matches, Rule: e.Rule}
	for _, f := range e.Found {
		out.Words = append(out.Words, console.ExplainedWord{Rule: f.Rule, Word: f.Word, Context: f.Context})
	}
	return out
}
