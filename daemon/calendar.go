package daemon

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/detectors"
)

// Planned is one entry of the calendar (计划内活动): while it lasts, more talk than
// usual is no news, or less than usual is. It changes when people are told, never
// how grave a matter is.
type Planned struct {
	Title  string   `yaml:"title" doc:"what people call it; shown with every signal of that time"`
	From   string   `yaml:"from" doc:"when it begins, in the organisation's zone: a day, or a day with time, such as 2026-10-01 18:00"`
	To     string   `yaml:"to" doc:"when it ends; a day without time is meant whole"`
	Topics []string `yaml:"topics" doc:"topics that it concerns; empty is all"`
	Bar    float64  `yaml:"bar" doc:"factor on the thresholds of these topics meanwhile: 1.5 where much talk is expected, 0.85 where care is wanted"`

	from, to time.Time
}

// Bar is the factor on the thresholds of a topic by its importance.
type Bar struct {
	High float64 `yaml:"high" doc:"factor on the thresholds of topics of high importance: below 1 they are told of sooner"`
	Low  float64 `yaml:"low" doc:"factor on the thresholds of topics of low importance"`
}

// The least and greatest factor on thresholds: beyond them a rule is another rule,
// and turning the topic off or watching it by hand is the honest way.
const leastBar, mostBar = 0.5, 5

// read takes the times of the entry in the zone.
func (p *Planned) read(zone *time.Location) error {
	var err error
	if p.from, _, err = calendarTime(p.From, zone); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	var day bool
	if p.to, day, err = calendarTime(p.To, zone); err != nil {
		return fmt.Errorf("to: %w", err)
	}
	if day {
		p.to = p.to.AddDate(0, 0, 1)
	}
	if !p.to.After(p.from) {
		return fmt.Errorf("to: %s is not after %s; write the end of the event", p.To, p.From)
	}
	return nil
}

// calendarTime reads a day, or a day with time.
func calendarTime(s string, zone *time.Location) (t time.Time, day bool, err error) {
	if s == "" {
		return t, false, errors.New("it is missing; write a day such as 2026-10-01, or a day with time such as 2026-10-01 18:00")
	}
	if t, err = time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return t, true, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err = time.ParseInLocation(layout, s, zone); err == nil {
			return t, false, nil
		}
	}
	return t, false, fmt.Errorf("%q is not a time; write a day such as 2026-10-01, or a day with time such as 2026-10-01 18:00", s)
}

// checkBars checks all that moves thresholds: the budget, importance, the calendar.
func (c *Config) checkBars() []error {
	var errs []error
	bad := func(path []any, format string, args ...any) {
		errs = append(errs, c.places.at(fmt.Errorf(format, args...), path...))
	}
	if !(c.Alerting.Budget >= 0) {
		bad([]any{"alerting", "budget"}, "alerting: budget: %v; write how many alerts a week are acceptable, such as 3, or 0 for no budget", c.Alerting.Budget)
	}
	within := func(x float64) bool { return x >= leastBar && x <= mostBar }
	if b := c.Alerting.Bar; !within(b.High) || !within(b.Low) {
		bad([]any{"alerting", "bar"}, "alerting: bar: high %v, low %v; write factors from %v to %v, such as 0.9 and 1.25", b.High, b.Low, leastBar, mostBar)
	}
	for i := range c.Topics {
		switch t := &c.Topics[i]; t.Importance {
		case "", crisis.ImportanceHigh, crisis.ImportanceNormal, crisis.ImportanceLow:
		default:
			bad([]any{"topics", i, "importance"}, "topic %s: importance: %q; write high, normal or low", t.ID, t.Importance)
		}
	}
	for i := range c.Calendar {
		p := &c.Calendar[i]
		if strings.TrimSpace(p.Title) == "" {
			bad([]any{"calendar", i, "title"}, "calendar %d: title is missing; write what people call the event, such as 国庆灯会", i+1)
		}
		if !within(p.Bar) {
			bad([]any{"calendar", i, "bar"}, "calendar %d (%s): bar: %v; write a factor from %v to %v: 1.5 where much talk is expected, 0.85 where care is wanted", i+1, p.Title, p.Bar, leastBar, mostBar)
		}
		if c.zone != nil {
			if err := p.read(c.zone); err != nil {
				bad([]any{"calendar", i}, "calendar %d (%s): %w", i+1, p.Title, err)
			}
		}
		for _, id := range p.Topics {
			if !slices.ContainsFunc(c.Topics, func(t crisis.Topic) bool { return t.ID == id }) {
				bad([]any{"calendar", i}, "calendar %d (%s): topics: there is no topic %q; the topics are %s", i+1, p.Title, id, list(c.topicIDs()))
			}
		}
	}
	return errs
}

func (c *Config) topicIDs() []string {
	var ids []string
	for i := range c.Topics {
		ids = append(ids, c.Topics[i].ID)
	}
	return ids
}

// concerns says whether the entry moves the thresholds of a topic.
func (p *Planned) concerns(topic string) bool {
	return len(p.Topics) == 0 || slices.Contains(p.Topics, topic)
}

// bar returns what the thresholds of a topic are multiplied by at a time; nil when
// that is always 1. Of events at the same time each has its effect.
func (c *Config) bar(topic string) func(now time.Time) detectors.Bar {
	own := c.importanceBar(topic)
	var planned []*Planned
	for i := range c.Calendar {
		if p := &c.Calendar[i]; p.concerns(topic) {
			planned = append(planned, p)
		}
	}
	if own == 1 && len(planned) == 0 && c.entered == nil {
		return nil
	}
	return func(now time.Time) detectors.Bar {
		b := detectors.Bar{Factor: own}
		add := func(p *Planned) {
			if now.Before(p.from) || !now.Before(p.to) {
				return
			}
			b.Factor *= p.Bar
			if b.Planned != "" {
				b.Planned += " / " // shown in both languages
			}
			b.Planned += p.Title
		}
		for _, p := range planned {
			add(p)
		}
		if c.entered != nil {
			c.entered.each(topic, add)
		}
		return b
	}
}

func (c *Config) importanceBar(topic string) float64 {
	for i := range c.Topics {
		if c.Topics[i].ID != topic {
			continue
		}
		switch c.Topics[i].Importance {
		case crisis.ImportanceHigh:
			return c.Alerting.Bar.High
		case crisis.ImportanceLow:
			return c.Alerting.Bar.Low
		}
	}
	return 1
}
