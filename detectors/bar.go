package detectors

import "time"

// Bar is what the thresholds of a topic are multiplied by at one time, and why.
// Above 1 more must happen before people are told, below 1 less.
type Bar struct {
	Factor  float64
	Planned string // the planned event behind it, "" for none
}

// Scaler is the ability of a detector to be held to a higher or lower bar: Scale
// returns the same rule with its thresholds multiplied by the factor. The fewest
// posts and voices stay what they are.
type Scaler interface {
	Scale(factor float64) Detector
}

// Scale returns the rule with its thresholds multiplied.
func (d *Surge) Scale(factor float64) Detector {
	c := *d
	c.Alert, c.Notice = factor*d.Alert, factor*d.Notice
	return &c
}

// Scale returns the rule with its thresholds multiplied.
func (d *Mood) Scale(factor float64) Detector {
	c := *d
	c.Alert, c.Notice = factor*d.Alert, factor*d.Notice
	return &c
}

// scaled returns the rules at a bar, in the same order.
func scaled(rules []Detector, factor float64) []Detector {
	out := make([]Detector, len(rules))
	for i, d := range rules {
		out[i] = d
		if s, ok := d.(Scaler); ok {
			out[i] = s.Scale(factor)
		}
	}
	return out
}

// Under puts the watch under a bar that depends on nothing but the time, so that
// the past judged again gives the same. Without one the rules are as configured.
func (w *Watch) Under(bar func(now time.Time) Bar) *Watch {
	w.bar = bar
	return w
}

// raise returns the bar at now, with the rules held to it.
func (w *Watch) raise(now time.Time) Bar {
	b := Bar{Factor: 1}
	if w.bar != nil {
		b = w.bar(now)
	}
	if b.Factor != w.factor {
		w.factor, w.held = b.Factor, w.detectors
		if b.Factor != 1 {
			w.held = scaled(w.detectors, b.Factor)
		}
	}
	return b
}

// Gauges returns how near to an alert each detector was at the last tick, in their
// order: 1 is at the threshold that held then. A detector without a Gauge is at 0.
func (w *Watch) Gauges() []float64 { return w.gauges }
