package daemon

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors"
)

// sooner is how long before an incident was opened an alert still means it: the
// longest window a rule looks back over.
const sooner = recent

// confirmed finds the incidents of the time that people took as real, and the
// first alert that each would have had.
func (o *Backtested) confirmed(tx *store.Tx) error {
	rows, err := tx.Incidents(-1, 0)
	if err != nil {
		return fmt.Errorf("read incidents: %w", err)
	}
	for _, row := range slices.Backward(rows) { // oldest first
		if row.Opened.Before(o.From) || row.Opened.After(o.To) || !slices.Contains(o.Topics, row.Topic) {
			continue
		}
		in, events, err := tx.Incident(row.ID)
		if err != nil {
			return err
		}
		c := Confirmed{ID: in.ID, Topic: in.Topic, Title: in.Title, Opened: in.Opened, Closed: in.Closed}
		switch {
		case in.Drill:
		case taken(&in, events):
			if c.Found = o.match(&c, in.Verdict); !c.Found.IsZero() {
				o.Found++
			}
			o.Incidents = append(o.Incidents, c)
		case in.Verdict != "":
			o.match(&c, in.Verdict)
		}
	}
	return nil
}

// taken says that a person took the incident as real: said so, or, while nobody
// has judged it, acknowledged it, ticked a step, or closed it. What only the
// machine dealt with is no measure for the machine.
func taken(in *crisis.Incident, events []crisis.Event) bool {
	if in.Verdict != "" {
		return in.Verdict == crisis.VerdictReal
	}
	return slices.ContainsFunc(events, func(e crisis.Event) bool {
		switch e.Kind {
		case crisis.EventAcknowledged, crisis.EventStepDone, crisis.EventClosed:
			return e.Actor != crisis.Machine
		}
		return false
	})
}

// match books the alerts that belong to an incident, and returns the time of the first.
func (o *Backtested) match(c *Confirmed, v crisis.Verdict) (first time.Time) {
	end := c.Closed
	if end.IsZero() {
		end = o.To
	}
	for i := range o.Firings {
		f := &o.Firings[i]
		at := f.Signal.At
		if f.Kind == firingNotice || f.Signal.Topic != c.Topic || at.Before(c.Opened.Add(-sooner)) || at.After(end) {
			continue
		}
		f.Incident, f.Verdict = c.ID, v
		if first.IsZero() {
			first = at
		}
	}
	return first
}

// settings writes the settings of each rule as the configuration names them.
func settings(rules []detectors.Detector) map[string]string {
	out := map[string]string{}
	for name, maker := range detectors.Kinds {
		kind := reflect.TypeOf(maker())
		for _, d := range rules {
			if reflect.TypeOf(d) == kind {
				out[name] = settingsOf(d)
			}
		}
	}
	return out
}

func settingsOf(d detectors.Detector) string {
	var parts []string
	for _, k := range describe(reflect.ValueOf(d).Elem(), "") {
		parts = append(parts, k.Name+"="+cmp.Or(k.Default, "0"))
	}
	return strings.Join(parts, " ")
}

// Late is how long after the incident was opened the rule would have alerted;
// negative is sooner.
func (c *Confirmed) Late() time.Duration { return c.Found.Sub(c.Opened) }
