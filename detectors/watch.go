package detectors

import (
	"time"

	"watchfire/crisis"
)

// TurnKind says what a tick changed.
type TurnKind string

// The kinds of turns.
const (
	TurnSignal TurnKind = "signal" // worth a look: a notice, or another detector confirming an open alarm
	TurnOpen   TurnKind = "open"   // an alarm begins: it opens an incident
	TurnRaise  TurnKind = "raise"  // the open alarm doubled, or became graver
	TurnOver   TurnKind = "over"   // the alarm has gone quiet: a machine may close
)

// Turn is one thing worth telling. Its signal is the one that caused it; of an
// alarm that is over, the last one.
type Turn struct {
	Kind   TurnKind
	Signal crisis.Signal
}

const (
	// silence is for how long after its opening an alarm is not over, so that one
	// subject does not open twice.
	silence = 6 * time.Hour
	// quietFor is how long every gauge must stay below half before an alarm is over.
	quietFor = time.Hour
	// noticeAgain is for how long a notice is not repeated.
	noticeAgain = 6 * time.Hour
)

// Watch is one topic, or one source, under watch: its series, its detectors, and
// the life-cycle of its alarm. It is deterministic and sees nothing after now. It
// is not safe for concurrent use.
type Watch struct {
	series    *Series
	detectors []Detector
	silence   time.Duration // least age of an alarm that is over
	quietFor  time.Duration // least calm before it is over
	open      bool
	opened    time.Time
	calmSince time.Time // every gauge below half since; zero: not
	level     crisis.Level
	last      *crisis.Signal // of the open alarm
	peaks     []float64      // by detector: the statistic the next raise doubles; 0 is silent so far
	noticed   []time.Time    // by detector: the last notice
	loud      []bool         // by detector: has signalled without a pause since its last turn
	signals   []crisis.Signal
	gauges    []float64 // by detector: see Gauges

	bar    func(now time.Time) Bar // nil: as configured
	factor float64                 // of the bar that the rules in held are held to
	held   []Detector              // the detectors at that bar
}

// NewWatch returns a watch over an empty series.
func NewWatch(name string, zone *time.Location, ds []Detector) *Watch {
	w := &Watch{
		series: NewSeries(name, zone), detectors: ds, silence: silence, quietFor: quietFor,
		peaks: make([]float64, len(ds)), noticed: make([]time.Time, len(ds)), loud: make([]bool, len(ds)),
		gauges: make([]float64, len(ds)), factor: 1, held: ds,
	}
	if len(ds) == 1 {
		if _, blind := ds[0].(*Blind); blind { // a source that sees again is not blind any more
			w.silence, w.quietFor = 0, 0
		}
	}
	return w
}

// Series returns the series under watch, to add counts and to draw charts.
func (w *Watch) Series() *Series { return w.series }

// Open says whether an alarm is open, and since when.
func (w *Watch) Open() (since time.Time, open bool) { return w.opened, w.open }

// Signals returns what the detectors claimed at the last tick, whether or not it
// was worth a turn: the numbers of an open incident, up to date.
func (w *Watch) Signals() []crisis.Signal { return w.signals }

// Tick advances the series to now and returns what changed. It is called once a
// minute, in order of time.
func (w *Watch) Tick(now time.Time) []Turn {
	w.series.Advance(now)
	w.signals = w.signals[:0]
	var turns []Turn
	gauge, bar := 0.0, w.raise(now)
	for i, d := range w.held {
		sigs := d.Detect(w.series, now)
		if g, ok := d.(Gauge); ok {
			w.gauges[i] = g.Gauge(w.series, now)
			gauge = max(gauge, w.gauges[i])
		}
		_, scales := d.(Scaler)
		for _, sig := range sigs {
			if scales && bar != (Bar{Factor: 1}) {
				sig.Bar, sig.Planned = bar.Factor, bar.Planned
			}
			w.signals = append(w.signals, sig)
			if sig.Tier == crisis.TierAlert {
				gauge = max(gauge, 1)
			}
			if kind := w.turn(i, sig, now); kind != "" {
				turns = append(turns, Turn{Kind: kind, Signal: sig})
			}
		}
		w.loud[i] = len(sigs) > 0
	}
	if w.over(gauge, now) {
		turns = append(turns, Turn{Kind: TurnOver, Signal: *w.last})
	}
	return turns
}

// turn decides what a signal of detector i is worth; "" is nothing new.
func (w *Watch) turn(i int, sig crisis.Signal, now time.Time) TurnKind {
	if sig.Tier != crisis.TierAlert {
		return w.notice(i, now)
	}
	w.last = &sig
	switch {
	case !w.open:
		w.open, w.opened, w.level = true, now, sig.Level
		clear(w.peaks)
		w.peaks[i] = sig.Odds
		return TurnOpen
	case sig.Level.Graver(w.level):
		w.level = sig.Level
		w.peaks[i] = max(w.peaks[i], sig.Odds)
		return TurnRaise
	case w.peaks[i] == 0:
		w.peaks[i] = sig.Odds
		return TurnSignal
	case sig.Odds >= 2*w.peaks[i]:
		w.peaks[i] = sig.Odds
		return TurnRaise
	}
	return ""
}

// notice lets a notice pass once; while an alarm is open its own detector has
// nothing softer to say.
func (w *Watch) notice(i int, now time.Time) TurnKind {
	if w.open && w.peaks[i] > 0 {
		return ""
	}
	if w.loud[i] || now.Sub(w.noticed[i]) < noticeAgain {
		return ""
	}
	w.noticed[i] = now
	return TurnSignal
}

// over closes the alarm when everything has been calm for long enough.
func (w *Watch) over(gauge float64, now time.Time) bool {
	if !w.open {
		return false
	}
	if gauge >= 0.5 {
		w.calmSince = time.Time{}
		return false
	}
	if w.calmSince.IsZero() {
		w.calmSince = now
	}
	if now.Sub(w.calmSince) < w.quietFor || now.Sub(w.opened) < w.silence {
		return false
	}
	w.open, w.calmSince = false, time.Time{}
	return true
}
