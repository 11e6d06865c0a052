package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors"
)

// Tune asks which thresholds would have kept a budget of alerts in the past. One
// factor moves the thresholds of all rules and topics together: thresholds learnt
// for each topic by itself do not hold in its future. Floors on posts and voices
// stay as they are.
type Tune struct {
	Span   time.Duration // how far back from the last judged minute
	Budget float64       // incidents a week; 0: that of the configuration
}

// Tuned is the proposal, and what speaks for and against it. Nothing has been
// changed.
type Tuned struct {
	From     time.Time       `json:"from"`
	To       time.Time       `json:"to"`
	Weeks    float64         `json:"weeks"`
	Budget   float64         `json:"budget"`            // incidents a week
	Short    string          `json:"short,omitempty"`   // why nothing is proposed
	Limited  string          `json:"limited,omitempty"` // why the proposal does not use or keep the budget
	Factor   float64         `json:"factor,omitempty"`  // on the present thresholds
	Present  *Backtested     `json:"present"`
	Proposed *Backtested     `json:"proposed,omitempty"`
	Changes  []Change        `json:"changes"` // of settings, as the configuration names them
	Lost     []Confirmed     `json:"lost"`    // real, alerted of at present, not under the proposal
	Records  []crisis.Record `json:"records"` // verdicts by rule
}

// Change is a proposed change of one setting of one rule.
type Change struct {
	Rule     string  `json:"rule"`
	Key      string  `json:"key"`
	Present  float64 `json:"present"`
	Proposed float64 `json:"proposed"`
}

// The least and greatest factor that is proposed. Below the least chance alone
// opens incidents, above the greatest a budget is bought with real ones: then the
// words of the loudest topics are the place to look.
const leastFactor, mostFactor = 0.8, 2

// leastHistory is the shortest past that says anything about a week.
const leastHistory = 7 * 24 * time.Hour

// Run asks the store of cfg and changes nothing.
func (t *Tune) Run(ctx context.Context, cfg *Config) (_ *Tuned, err error) {
	budget := t.Budget
	if budget == 0 {
		budget = cfg.Alerting.Budget
	}
	if !(budget > 0) {
		return nil, errors.New("tune: no budget is stated; write alerting.budget into the configuration or give --budget, in incidents a week")
	}
	s, err := openExisting(cfg.Data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	b := Backtest{Span: t.Span}
	p, err := b.past(ctx, &Daemon{cfg: cfg, store: s, topicSources: sourcesOfTopics(cfg)})
	if err != nil {
		return nil, err
	}
	return p.tune(ctx, cfg.Detectors, budget)
}

// tune finds the proposal and tries it on the past that it was found on.
func (p *past) tune(ctx context.Context, rules []detectors.Detector, budget float64) (*Tuned, error) {
	out := &Tuned{From: p.from, To: p.to, Weeks: p.to.Sub(p.from).Hours() / (7 * 24), Budget: budget, Changes: []Change{}, Lost: []Confirmed{}}
	err := p.d.store.View(ctx, func(tx *store.Tx) (err error) {
		out.Records, err = tx.Records(p.to.Add(-crisis.RecordSpan))
		return err
	})
	if err != nil {
		return nil, err
	}
	if out.Present, err = p.judge(ctx, rules); err != nil {
		return nil, err
	}
	may := int(budget * out.Weeks)
	if out.Short = tooShort(budget, p.to.Sub(p.from), may); out.Short != "" {
		return out, nil
	}
	maxima, err := p.maxima(ctx, rules)
	if err != nil {
		return nil, err
	}
	// A topic-day may open two incidents, so that what the maxima say is tried, and
	// a topic-day less is allowed until the budget holds.
	for days := may; days >= 0; days-- {
		factor := bound(factorFor(maxima, days))
		if factor == out.Factor {
			continue
		}
		out.Factor = factor
		proposed, changes, err := propose(rules, factor)
		if err != nil {
			return nil, err
		}
		if out.Proposed, err = p.judge(ctx, proposed); err != nil {
			return nil, err
		}
		out.Changes = changes
		if out.Proposed.Openings() <= may {
			break
		}
	}
	out.weigh(may)
	return out, nil
}

// tooShort says why the past does not carry a proposal; "" when it does.
func tooShort(budget float64, span time.Duration, may int) string {
	days := func(d time.Duration) int { return int(math.Ceil(d.Hours() / 24)) }
	switch need := time.Duration(float64(leastHistory) / budget); {
	case span < leastHistory:
		return fmt.Sprintf("too little history: the store has judged %.1f days of what was asked for, and a proposal needs 7", span.Hours()/24)
	case may == 0:
		return fmt.Sprintf("too little history for this budget: %v a week is less than one in %.1f days; look back %d days or more", budget, span.Hours()/24, days(need))
	}
	return ""
}

// weigh says what the proposal loses and where it ends at a bound.
func (t *Tuned) weigh(may int) {
	switch {
	case t.Proposed.Openings() > may:
		t.Limited = "no threshold within bounds keeps this budget; look at the words of the loudest topics, or put what was planned into the calendar"
	case t.Factor == leastFactor:
		t.Limited = "lower thresholds would still keep this budget, but chance alone would open incidents"
	}
	for _, now := range t.Present.Incidents {
		then := slices.ContainsFunc(t.Proposed.Incidents, func(c Confirmed) bool { return c.ID == now.ID && !c.Found.IsZero() })
		if !now.Found.IsZero() && !then {
			t.Lost = append(t.Lost, now)
		}
	}
}

// maxima returns of each topic and day in the zone of the organisation how near to
// an alert it came: the greatest of all rules that can be scaled, 1 is at the
// present thresholds.
func (p *past) maxima(ctx context.Context, rules []detectors.Detector) ([]float64, error) {
	type topicDay struct{ topic, day string }
	most := map[topicDay]float64{}
	_, err := p.play(ctx, rules, func(r *room, _ []turn) {
		day := r.minute.In(p.d.cfg.Zoned()).Format(time.DateOnly)
		for topic, w := range r.topics {
			for i, g := range w.Gauges() {
				if _, ok := rules[i].(detectors.Scaler); ok {
					key := topicDay{topic, day}
					most[key] = max(most[key], g)
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	out := make([]float64, 0, len(most))
	for _, g := range most {
		out = append(out, g)
	}
	return out, nil
}

// factorFor returns the factor on the thresholds under which at most n of the
// maxima reach them: half way between the last that does and the first that does
// not. Equal maxima reach it together or not at all.
func factorFor(maxima []float64, n int) float64 {
	if n >= len(maxima) {
		return 0
	}
	sorted := slices.Clone(maxima)
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	first := sorted[n] // must not reach
	i := n
	for i > 0 && sorted[i-1] == first {
		i--
	}
	if i == 0 {
		return math.Nextafter(first, math.Inf(1))
	}
	return (first + sorted[i-1]) / 2
}

// bound keeps a factor within what is proposed.
func bound(factor float64) float64 { return min(max(factor, leastFactor), mostFactor) }

// propose returns the rules with their thresholds moved and rounded, so that what is
// tried is what stands in the proposal.
func propose(rules []detectors.Detector, factor float64) ([]detectors.Detector, []Change, error) {
	out := slices.Clone(rules)
	var changes []Change
	for i, rule := range rules {
		s, ok := rule.(detectors.Scaler)
		if !ok {
			continue
		}
		name, moved := kindOf(rule), s.Scale(factor)
		copied := reflect.New(reflect.TypeOf(rule).Elem())
		copied.Elem().Set(reflect.ValueOf(rule).Elem())
		out[i] = copied.Interface().(detectors.Detector)
		before, after := numbers(rule), numbers(moved)
		for _, key := range keysOf(before) {
			if before[key] == after[key] {
				continue
			}
			c := Change{Rule: name, Key: key, Present: before[key], Proposed: math.Round(100*after[key]) / 100}
			if err := setKey(out[i], name, c.Key+"="+strconv.FormatFloat(c.Proposed, 'f', -1, 64)); err != nil {
				return nil, nil, err
			}
			changes = append(changes, c)
		}
		if err := out[i].Check(); err != nil {
			return nil, nil, fmt.Errorf("tune: %w", err)
		}
	}
	return out, changes, nil
}

// kindOf returns the name of a detector in the configuration.
func kindOf(rule detectors.Detector) string {
	for _, name := range keysOf(detectors.Kinds) {
		if reflect.TypeOf(detectors.Kinds[name]()) == reflect.TypeOf(rule) {
			return name
		}
	}
	return ""
}

// numbers returns the settings of a rule that are numbers, by their key.
func numbers(rule detectors.Detector) map[string]float64 {
	out := map[string]float64{}
	v := reflect.ValueOf(rule).Elem()
	for i := range v.NumField() {
		if key := v.Type().Field(i).Tag.Get("yaml"); key != "" && v.Field(i).Kind() == reflect.Float64 {
			out[key] = v.Field(i).Float()
		}
	}
	return out
}

// Openings returns how many incidents the rules would have opened. That one grows
// rings again and is not counted: people accept to be told of a matter, not of a number.
func (o *Backtested) Openings() int {
	n := 0
	for i := range o.Firings {
		if o.Firings[i].Kind == "opened" {
			n++
		}
	}
	return n
}

// Lines returns the lines that put the changes into the configuration.
func (t *Tuned) Lines() []string {
	if len(t.Changes) == 0 {
		return nil
	}
	out := []string{"detectors:"}
	rule := ""
	for _, c := range t.Changes {
		if c.Rule != rule {
			rule = c.Rule
			out = append(out, "  "+rule+":")
		}
		out = append(out, "    "+c.Key+": "+strconv.FormatFloat(c.Proposed, 'f', -1, 64))
	}
	return out
}
