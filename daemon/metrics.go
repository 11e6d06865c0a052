package daemon

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"watchfire/crisis"
)

// metrics is what /metrics shows. Figures that the store knows are read when they
// are asked for, so that they are right after a restart too.
type metrics struct {
	d        *Daemon
	registry *prometheus.Registry
	posts    *prometheus.CounterVec
	attempts *prometheus.CounterVec
	events   *prometheus.CounterVec
	sends    *prometheus.CounterVec
	waiting  *prometheus.Desc
	oldest   *prometheus.Desc
	open     *prometheus.Desc
	levels   *prometheus.Desc
	overdue  *prometheus.Desc
	promises *prometheus.Desc
	broken   *prometheus.Desc
	requests *prometheus.Desc
	seen     *prometheus.Desc
	judged   *prometheus.Desc
}

func newMetrics(d *Daemon) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "watchfire_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("watchfire_"+name, help, labels, nil)
	}
	m := &metrics{
		d: d, registry: prometheus.NewRegistry(),
		posts:    counter("posts_total", "Posts stored that were not seen before.", "source"),
		attempts: counter("attempts_total", "Attempts to read a source, by outcome.", "source", "class"),
		events:   counter("occurrences_total", "Signals, incidents and deadlines.", "kind"),
		sends:    counter("deliveries_total", "Attempts to deliver an alert, by outcome.", "channel", "outcome"),
		waiting:  gauge("outbox_waiting", "Alerts that have not been delivered yet."),
		oldest:   gauge("outbox_oldest_seconds", "Age of the oldest alert that is due."),
		open:     gauge("incidents_open", "Open incidents."),
		levels:   gauge("incidents_open_by_level", "Open incidents of each level, I the gravest; none: not graded.", "level"),
		overdue:  gauge("steps_overdue", "Steps of open incidents whose target or red line has passed, as of the last judged minute."),
		promises: gauge("promises_open", "Promises to the public that are not kept yet, as of the last judged minute."),
		broken:   gauge("promises_overdue", "Those of them whose time has passed."),
		requests: gauge("requests_waiting", "Requests that nobody has answered, by class.", "class"),
		seen:     gauge("source_seen", "1 if the source can be seen, 0 if it is blind.", "source"),
		judged:   gauge("last_minute_timestamp_seconds", "The last minute that was judged."),
	}
	m.registry.MustRegister(m.posts, m.attempts, m.events, m.sends, m,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.heard = append(d.heard, func(o Occurrence) { m.events.WithLabelValues(o.Kind).Inc() })
	return m
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.waiting, m.oldest, m.open, m.levels, m.overdue, m.promises, m.broken, m.requests, m.seen, m.judged} {
		c <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	now := m.d.clock.Now()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	sees, err := m.d.sight(ctx, now)
	if err != nil {
		c <- prometheus.NewInvalidMetric(m.seen, err)
		return
	}
	for name, ok := range sees.seen {
		v := 0.0
		if ok {
			v = 1
		}
		gauge(m.seen, v, name)
	}
	queue, err := m.d.store.Queue(ctx, now)
	if err != nil {
		c <- prometheus.NewInvalidMetric(m.waiting, err)
		return
	}
	gauge(m.waiting, float64(queue.Waiting))
	gauge(m.oldest, queue.Oldest.Seconds())
	gauge(m.open, float64(queue.Incidents))
	for l := crisis.LevelNone; l <= crisis.LevelIV; l++ {
		name := l.String()
		if l == crisis.LevelNone {
			name = "none"
		}
		gauge(m.levels, float64(queue.Levels[l]), name)
	}
	for _, class := range crisis.AskClasses {
		gauge(m.requests, float64(queue.Requests[class]), string(class))
	}
	m.d.mu.Lock()
	defer m.d.mu.Unlock()
	steps, promises, broken := m.d.room.owed(now)
	gauge(m.overdue, float64(steps))
	gauge(m.promises, float64(promises))
	gauge(m.broken, float64(broken))
	gauge(m.judged, float64(m.d.room.minute.Unix()))
}

// owed counts the clocks of open incidents that have passed, and the promises that are not
// kept and those of them whose time has passed, as far as incidents were looked at.
func (r *room) owed(now time.Time) (steps, promises, broken int) {
	for _, a := range r.agenda {
		if !a.in.Open() {
			continue
		}
		for _, c := range a.in.Clocks() {
			if !c.Due.After(now) {
				steps++
			}
		}
		for _, p := range a.in.OpenPromises() {
			promises++
			if !p.Due.After(now) {
				broken++
			}
		}
	}
	return steps, promises, broken
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
