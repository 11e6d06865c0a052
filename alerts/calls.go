package alerts

import (
	"fmt"
	"strings"

	"watchfire/crisis"
)

// called says who is called, and what is asked of them.
func (t teller) called() string {
	if t.a.Kind == crisis.AlertLapsed {
		return t.lapsedAck
	}
	e := t.a.Escalation
	if e == nil || len(t.a.For) == 0 {
		return ""
	}
	people := make([]string, len(t.a.For))
	for i, p := range t.a.For {
		people[i] = Clean(p, 60)
	}
	ask := t.askStep
	if e.Why != crisis.WhyOverdue {
		ask = t.askAck
	}
	return fmt.Sprintf(t.callFor, strings.Join(people, t.list)) + ask
}

// nearly lists the steps and red lines of which most of the time is up.
func (t teller) nearly() []string {
	if len(t.a.Soon) == 0 {
		return nil
	}
	out := []string{t.soon}
	for _, c := range t.a.Soon {
		if c.RedLine != "" {
			out = append(out, "- "+t.limit(c))
			continue
		}
		out = append(out, "- "+t.step(c))
	}
	return out
}

// limit says a red line: until when, what, by which rule, and from when that counts.
func (t teller) limit(c crisis.Clock) string {
	rule := cite(c.Source)
	if from := t.anchors[c.From]; from != "" && !c.Begin.IsZero() {
		rule += fmt.Sprintf(from, t.clock(c.Begin))
	}
	return fmt.Sprintf(t.redLine, t.clock(c.Due), what(c, t.a.Lang), rule)
}

// guarded says what may be said of a restricted incident.
func (t teller) guarded() string {
	if t.a.Closed {
		return t.withheldEnd
	}
	return t.withheld
}
