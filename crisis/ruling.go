package crisis

import (
	"slices"
	"time"
)

// Ruling is a person's decision on the opinion level (定级). While it stands the
// machine may propose a graver level, but raises by itself only when a signal is
// clearly beyond what the person knew.
type Ruling struct {
	By      string
	At      time.Time
	Signals []Signal // of each detector what it claimed then, else what it claimed last
}

// Proposal is a graver opinion level that the machine proposes beside a ruling.
// A person answers it by setting a level, the same one included.
type Proposal struct {
	Opinion  Level
	Reason   string // Chinese
	ReasonEN string
	At       time.Time
}

// beyond is how many times the pace that the person knew is clearly beyond it.
const beyond = 2

// Bound says whether a ruling keeps the machine from raising the level because of
// a signal. It does not when the detector counts at least as much as when the person
// decided, and twice as fast; over the same window that is twice as much. A longer
// window alone holds more, and a few people soon speak fast. What another detector
// says was not there to be judged, and is for the person too.
func (in *Incident) Bound(s Signal) bool {
	if in.Ruling == nil {
		return false
	}
	for i := range in.Ruling.Signals {
		if known := &in.Ruling.Signals[i]; known.Detector == s.Detector {
			return s.amount() < known.amount() || s.pace() < beyond*known.pace()
		}
	}
	return true
}

// amount is how many were observed; of a share, how many make it up, because a
// share cannot double without end.
func (s *Signal) amount() float64 {
	if s.Observed <= 1 {
		return float64(s.Negative)
	}
	return s.Observed
}

// pace is the amount in an hour.
func (s *Signal) pace() float64 {
	if s.Window <= 0 {
		return s.amount()
	}
	return s.amount() / s.Window.Hours()
}

// rule folds a change of the opinion level: that of a person binds the machine.
func (in *Incident) rule(e *Event, c LevelChange) {
	if c.Opinion == LevelNone {
		return
	}
	in.Ruling, in.Proposal = nil, nil
	if e.Actor == Machine {
		return
	}
	known := slices.Clone(c.Known)
	for _, s := range in.Signals {
		if !slices.ContainsFunc(known, func(k Signal) bool { return k.Detector == s.Detector }) {
			known = append(known, s)
		}
	}
	in.Ruling = &Ruling{By: e.Actor, At: e.At, Signals: known}
}

func (in *Incident) applyProposed(e *Event, c LevelChange) error {
	in.Proposal = &Proposal{Opinion: c.Opinion, Reason: c.Reason, ReasonEN: c.ReasonEN, At: e.At}
	return nil
}
