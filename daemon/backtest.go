package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/parser"
	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors"
)

// Backtest asks what a rule would have done in the past.
type Backtest struct {
	Topics   []string      // empty: all
	Span     time.Duration // how far back from the last judged minute; 0: as far as counts go
	Detector string        // the rule; empty: all of the configuration
	Set      []string      // key=value changes of the rule's settings
}

// Firing is one thing a rule would have told people.
type Firing struct {
	Kind     string        `json:"kind"` // opened, raised or notice
	Signal   crisis.Signal `json:"signal"`
	Incident string        `json:"incident,omitempty"` // confirmed or judged by a person, that it belongs to

	Verdict crisis.Verdict `json:"verdict,omitempty"` // on that incident
}

// Confirmed is an incident that a person took as real, and whether the rule would
// have alerted of it.
type Confirmed struct {
	ID     string    `json:"id"`
	Topic  string    `json:"topic"`
	Title  string    `json:"title"`
	Opened time.Time `json:"opened"`
	Closed time.Time `json:"closed,omitzero"`
	Found  time.Time `json:"found,omitzero"` // zero: missed
}

// Backtested is the answer to a Backtest.
type Backtested struct {
	From       time.Time         `json:"from"`
	To         time.Time         `json:"to"`
	Topics     []string          `json:"topics"`
	TopicWeeks float64           `json:"topic_weeks"`
	Rules      map[string]string `json:"rules"` // detector and its settings
	Firings    []Firing          `json:"firings"`
	Alerts     int               `json:"alerts"`
	Notices    int               `json:"notices"`
	Weekly     float64           `json:"alerts_per_topic_week"`
	Incidents  []Confirmed       `json:"incidents"`
	Found      int               `json:"found"`
	Recall     *float64          `json:"recall"` // null when no incident was confirmed
}

// Run asks the store of cfg. It judges the stored counts and coverage again, in
// the code and order of live running, and changes nothing.
func (b *Backtest) Run(ctx context.Context, cfg *Config) (_ *Backtested, err error) {
	rules, err := b.rules(cfg)
	if err != nil {
		return nil, err
	}
	s, err := openExisting(cfg.Data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	tested := *cfg
	tested.Detectors = rules
	if tested.entered, err = loadEntered(ctx, s, time.Unix(0, 0)); err != nil {
		return nil, err
	}
	return b.judge(ctx, &Daemon{cfg: &tested, store: s, topicSources: sourcesOfTopics(cfg)})
}

// RunFiles replays post files under the rule first, as `watchfire replay` does,
// and then asks the store that this fills.
func (b *Backtest) RunFiles(ctx context.Context, cfg *Config, log *zap.Logger, files []string) (out *Backtested, err error) {
	rules, err := b.rules(cfg)
	if err != nil {
		return nil, err
	}
	tested := *cfg
	tested.Detectors = rules
	err = replayed(ctx, &tested, log, files, func(d *Daemon) error {
		out, err = b.judge(ctx, d)
		return err
	})
	if err == nil && out == nil {
		return nil, fmt.Errorf("backtest %s: no posts", strings.Join(files, ", "))
	}
	return out, err
}

// rules returns the detectors to run: those of the configuration, or the chosen
// one with its changes.
func (b *Backtest) rules(cfg *Config) ([]detectors.Detector, error) {
	if b.Detector == "" {
		if len(b.Set) > 0 {
			return nil, errors.New("backtest: a changed setting belongs to a rule: name the detector too")
		}
		return cfg.Detectors, nil
	}
	maker, ok := detectors.Kinds[b.Detector]
	if !ok {
		return nil, fmt.Errorf("backtest: unknown detector %q; the detectors are %s", b.Detector, list(keysOf(detectors.Kinds)))
	}
	rule := maker()
	for _, d := range cfg.Detectors { // the configured settings, in a copy of their own
		if reflect.TypeOf(d) == reflect.TypeOf(rule) {
			reflect.ValueOf(rule).Elem().Set(reflect.ValueOf(d).Elem())
		}
	}
	for _, change := range b.Set {
		if err := setKey(rule, b.Detector, change); err != nil {
			return nil, err
		}
	}
	if err := rule.Check(); err != nil {
		return nil, fmt.Errorf("backtest: %w", err)
	}
	return []detectors.Detector{rule}, nil
}

// setKey decodes one key=value into a detector, as strictly as the configuration.
func setKey(rule detectors.Detector, name, change string) error {
	key, value, ok := strings.Cut(change, "=")
	if !ok || strings.TrimSpace(key) == "" {
		return fmt.Errorf("backtest: set %q: want key=value, such as alert=3", change)
	}
	file, err := parser.ParseBytes([]byte(strings.TrimSpace(key)+": "+value), 0)
	if err != nil || len(file.Docs) != 1 {
		return fmt.Errorf("backtest: set %q: the value is not one of YAML", change)
	}
	d := decoder{file: "set"}
	return d.strict(file.Docs[0].Body, rule, "detector "+name)
}

// openExisting opens a store that must be there: a question makes no database.
func openExisting(dir string) (*store.Store, error) {
	path := filepath.Join(dir, "watchfire.db")
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("find the store: %w", err)
	}
	s, err := store.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return s, nil
}

// sourcesOfTopics returns the topics that watch some sources only.
func sourcesOfTopics(cfg *Config) map[string][]string {
	out := map[string][]string{}
	for _, t := range cfg.Topics {
		if len(t.Sources) > 0 {
			out[t.ID] = t.Sources
		}
	}
	return out
}

// judge runs the rules over the stored past.
func (b *Backtest) judge(ctx context.Context, d *Daemon) (*Backtested, error) {
	p, err := b.past(ctx, d)
	if err != nil {
		return nil, err
	}
	return p.judge(ctx, d.cfg.Detectors)
}

// past is what the store of a daemon holds of the minutes that a backtest asks
// about, and of those before them that the baselines learn from.
type past struct {
	d        *Daemon
	counts   []pastTally
	seen     *pastSights
	from, to time.Time
}

func (b *Backtest) past(ctx context.Context, d *Daemon) (*past, error) {
	last, err := d.lastMinute(ctx)
	if err != nil {
		return nil, err
	}
	if last.IsZero() {
		return nil, errors.New("backtest: the store has not judged a minute yet")
	}
	start := time.Unix(0, 0).UTC()
	if b.Span > 0 {
		start = last.Add(-b.Span - memory)
	}
	counts, err := d.pastCounts(ctx, start)
	if err != nil {
		return nil, err
	}
	counts = slices.DeleteFunc(counts, func(t pastTally) bool {
		return t.source || !t.known.Before(last) || len(b.Topics) > 0 && !slices.Contains(b.Topics, t.name)
	})
	if len(counts) == 0 {
		return nil, errors.New("backtest: the store has no counts of these topics in this time")
	}
	seen, err := d.pastSights(ctx, counts[0].known, last)
	if err != nil {
		return nil, err
	}
	p := &past{d: d, counts: counts, seen: seen, from: counts[0].known.Truncate(time.Minute), to: last}
	if b.Span > 0 && last.Add(-b.Span).After(p.from) {
		p.from = last.Add(-b.Span)
	}
	return p, nil
}

// play judges the past again under rules, and hands f each minute that is asked
// about with what it brought.
func (p *past) play(ctx context.Context, rules []detectors.Detector, f func(r *room, turns []turn)) (*room, error) {
	r := newRoom(p.d.cfg, rules, nil)
	for m, i := p.counts[0].known.Truncate(time.Minute).Add(time.Minute), 0; !m.After(p.to); m = m.Add(time.Minute) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		i += r.addKnown(p.counts[i:], m)
		turns := r.tick(m, p.seen.at(m))
		if !m.Before(p.from) {
			f(r, turns)
		}
	}
	return r, nil
}

// judge says what rules would have done.
func (p *past) judge(ctx context.Context, rules []detectors.Detector) (*Backtested, error) {
	out := &Backtested{From: p.from, To: p.to, Rules: settings(rules), Firings: []Firing{}, Incidents: []Confirmed{}}
	r, err := p.play(ctx, rules, func(_ *room, turns []turn) { out.take(turns) })
	if err != nil {
		return nil, err
	}
	out.Topics = keysOf(r.topics)
	return out, out.finish(ctx, p.d)
}

// The kinds of firings, and what changed; an alarm that is over tells nobody anything.
const (
	firingOpened = "opened"
	firingRaised = "raised"
	firingNotice = "notice"
)

var firingKinds = map[detectors.TurnKind]string{
	detectors.TurnOpen: firingOpened, detectors.TurnRaise: firingRaised, detectors.TurnSignal: firingNotice,
}

func (o *Backtested) take(turns []turn) {
	for _, t := range turns {
		kind, ok := firingKinds[t.Kind]
		if !ok {
			continue
		}
		if kind == firingNotice {
			o.Notices++
		} else {
			o.Alerts++
		}
		o.Firings = append(o.Firings, Firing{Kind: kind, Signal: t.Signal})
	}
}

// finish adds what the store knows: the posts behind each firing, and which
// incidents people have confirmed.
func (o *Backtested) finish(ctx context.Context, d *Daemon) error {
	o.TopicWeeks = float64(len(o.Topics)) * o.To.Sub(o.From).Hours() / (7 * 24)
	if o.TopicWeeks > 0 {
		o.Weekly = float64(o.Alerts) / o.TopicWeeks
	}
	return d.store.View(ctx, func(tx *store.Tx) error {
		for i := range o.Firings {
			s := &o.Firings[i].Signal
			r := responder{d: d, tx: tx}
			if err := r.prove(s); err != nil {
				return err
			}
		}
		if err := o.confirmed(tx); err != nil {
			return err
		}
		if n := len(o.Incidents); n > 0 {
			recall := float64(o.Found) / float64(n)
			o.Recall = &recall
		}
		return nil
	})
}
