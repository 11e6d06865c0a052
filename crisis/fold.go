package crisis

import (
	"bytes"
	"strconv"
	"time"
)

// Fold rebuilds an incident from its events in order.
func Fold(events []Event) (Incident, error) {
	var in Incident
	err := in.ApplyAll(events)
	return in, err
}

// ApplyAll folds more events into the incident, in order. The result is that of
// applying each; signals that a later one of the same detector makes void before
// anybody looks at them are not decoded, or a long incident would take its time for
// what nobody sees.
func (in *Incident) ApplyAll(events []Event) error {
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].Kind != EventLevel && events[n].Kind != EventDetected { // those look at the signals
			n++
		}
		if err := in.applySome(events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

// applySome folds events of which only the first looks at the signals.
func (in *Incident) applySome(events []Event) error {
	if err := in.Apply(events[0]); err != nil {
		return err
	}
	events = events[1:]
	void := in.void(events)
	for i := range events {
		if void == nil || !void[i].skip {
			if err := in.Apply(events[i]); err != nil {
				return err
			}
			continue
		}
		e := &events[i]
		in.passSignal(void[i])
		in.Events, in.Hash = e.Seq, e.Hash
	}
	return nil
}

// glimpse is what counts of a signal that is not the last of its detector.
type glimpse struct {
	detector string
	at       time.Time
	odds     float64
	skip     bool
}

// void says which of some events are signals that need not be decoded: neither the
// last of their detector nor the peak. Nil is none.
func (in *Incident) void(events []Event) []glimpse {
	if len(in.Signals) == 0 || len(events) < 2 {
		return nil
	}
	out := make([]glimpse, len(events))
	last := map[string]int{}
	peak, odds := -1, in.Peak.Odds
	for i := range events {
		if events[i].Kind != EventSignal {
			continue
		}
		g, ok := glance(events[i].Data)
		if !ok || events[i].Actor != Machine {
			return nil // written in another form: decode everything
		}
		g.skip = true
		out[i] = g
		last[g.detector] = i
		if g.odds > odds {
			peak, odds = i, g.odds
		}
	}
	for _, i := range last {
		out[i].skip = false
	}
	if peak >= 0 {
		out[peak].skip = false
	}
	return out
}

// passSignal does what addSignal does with a signal that will not be seen.
func (in *Incident) passSignal(g glimpse) {
	in.Quiet = time.Time{}
	if g.at.After(in.LastSignal) {
		in.LastSignal = g.at
	}
	for i := range in.Signals {
		if in.Signals[i].Detector == g.detector {
			return
		}
	}
	in.Signals = append(in.Signals, Signal{Detector: g.detector}) // keeps the place for the last one
}

// glance reads detector, time and odds from an encoded signal. A quote within a string
// is escaped, so the marks it looks for are keys; false when they are not where
// NewEvent puts them.
func glance(b []byte) (glimpse, bool) {
	var g glimpse
	rest, ok := bytes.CutPrefix(b, []byte(`{"detector":"`))
	end := bytes.IndexByte(rest, '"')
	if !ok || end < 0 || bytes.IndexByte(rest[:end], '\\') >= 0 {
		return g, false
	}
	g.detector = string(rest[:end])
	_, rest, ok = bytes.Cut(rest, []byte(`,"at":"`))
	end = bytes.IndexByte(rest, '"')
	if !ok || end < 0 || g.at.UnmarshalText(rest[:end]) != nil {
		return g, false
	}
	_, rest, ok = bytes.Cut(rest, []byte(`,"score":`))
	end = bytes.IndexAny(rest, ",}")
	if !ok || end < 0 {
		return g, false
	}
	var err error
	g.odds, err = strconv.ParseFloat(string(rest[:end]), 64)
	return g, err == nil
}
