package detectors

import (
	"errors"
	"fmt"
	"math"
	"time"

	"watchfire/crisis"
)

// Blind notices that we no longer see (失明): a topic of which too few sources are
// covered, a source that was not read for too long, or one that answers but has
// fallen silent where posts were to be expected. Blind is not calm.
//
// For a topic it gives notices. For a source, made by ForSource or ForSender, it
// alerts.
type Blind struct {
	Share  float64       `yaml:"share" doc:"a topic is blind when less than this share of its sampling succeeded, 0 to 1"`
	Over   time.Duration `yaml:"over" doc:"the stretch over which that share is taken, at most 6h"`
	Misses int           `yaml:"misses" doc:"a source that is read is blind when its last successful read is this many intervals old, at least 2: one until the next read and one for a slow one; paused or gated, up to 2 intervals sooner; it is silent at the earliest after this many reads without a post"`
	Silent float64       `yaml:"silent" doc:"a source that answers is silent when this many posts were to be expected since its last one; 0 never"`

	grace time.Duration // of a source: how old its last word may be while its minutes count as seen; 0 is a topic
	limit time.Duration // of a source: how old it is when people are told
	reads bool          // the source is read by us, it does not send by itself
}

// Grace is how many intervals old the last successful read of a source may be
// while its minutes count as seen: one until the next read, one for a slow one.
const Grace = 2

// NewBlind returns the detector with its defaults, for topics.
func NewBlind() *Blind {
	return &Blind{Share: 0.5, Over: 30 * time.Minute, Misses: 3, Silent: 15}
}

// ForSource returns the detector for the series of one source that is read at
// the given interval; its minutes are seen until the last read is older than
// Grace. Reads that bring nothing are told to the series by Barren.
func (d *Blind) ForSource(every time.Duration) *Blind {
	c := *d
	every = max(every, time.Minute)
	c.reads, c.grace, c.limit = true, Grace*every, time.Duration(d.Misses)*every
	return &c
}

// ForSender returns the detector for the series of one source that sends by
// itself, at least once in the given interval; its minutes are seen until the
// last delivery is older than that, and then people are told.
func (d *Blind) ForSender(every time.Duration) *Blind {
	c := *d
	c.grace = max(every, time.Minute)
	c.limit = c.grace
	return &c
}

// Check says what is wrong with the configuration.
func (d *Blind) Check() error {
	errs := []error{portion("blind", "share", d.Share, "0.5 is half"), atLeast(1, "blind", "misses", d.Misses, 3)}
	if d.Over < time.Minute || d.Over > longest*time.Minute {
		errs = append(errs, fmt.Errorf("blind: over: %v must lie between 1m and 6h", d.Over))
	}
	return errors.Join(append(errs, notBelow(0, "blind", "silent", d.Silent, "15, or 0 to turn it off,"))...)
}

// Detect returns an alert about a source, a notice about a topic, or nothing.
func (d *Blind) Detect(s *Series, now time.Time) []crisis.Signal {
	if d.grace == 0 {
		return d.topic(s, now)
	}
	dark := s.dark()
	if age := d.grace + dark; dark > 0 && age >= d.limit { // the series grows dark when the grace is over
		sig := s.signal("blind/1", now, age)
		sig.Tier, sig.Since = crisis.TierAlert, now.Add(-age)
		sig.Expected, sig.Low, sig.High = 1, 0, 1
		sig.Odds = float64(age) / float64(d.limit)
		sig.Coverage = 0
		return []crisis.Signal{sig}
	}
	heard := !d.reads || s.barren >= d.Misses
	if d.Silent > 0 && s.missing >= d.Silent && heard && s.Age() >= 48*time.Hour {
		since := s.LastPost()
		sig := s.signal("blind/1", now, now.Sub(since))
		sig.Tier, sig.Since = crisis.TierAlert, since
		sig.Expected, sig.High = s.missing, s.missing
		sig.Odds = math.Sqrt(2 * s.missing)
		return []crisis.Signal{sig}
	}
	return nil
}

func (d *Blind) topic(s *Series, now time.Time) []crisis.Signal {
	if now.Sub(s.Begin()) < d.Over {
		return nil
	}
	share := s.Coverage(d.Over)
	if share >= d.Share {
		return nil
	}
	sig := s.signal("blind/1", now, d.Over)
	sig.Tier, sig.Observed, sig.Expected = crisis.TierNotice, share, 1
	sig.Low, sig.High = d.Share, 1
	sig.Odds = 1 - share
	return []crisis.Signal{sig}
}
