package detectors

import (
	"errors"
	"fmt"
	"math"
	"time"

	"watchfire/crisis"
)

// Statement notices backlash after a statement of our own (声明引发反弹): in the hours
// after it more voices are negative, or angry, than in the hours before. The hours
// before may have been bad already, so they are what it is measured by and not the
// usual share.
type Statement struct {
	Alert  float64       `yaml:"alert" doc:"statistic from which an incident is opened or raised, in standard deviations"`
	Notice float64       `yaml:"notice" doc:"statistic from which a notice is given"`
	Lift   float64       `yaml:"lift" doc:"fewest points above the share before the statement, 0.10 is ten points"`
	Voices int           `yaml:"voices" doc:"fewest rated voices after the statement"`
	Least  float64       `yaml:"least" doc:"share before the statement is taken to be at least this"`
	Over   time.Duration `yaml:"over" doc:"how long before and after the statement voices are compared, at most 11h"`
	Alike  float64       `yaml:"alike" doc:"correlation of the mood of posts within a cluster, 0 to 1"`
}

// NewStatement returns the detector with its defaults.
func NewStatement() *Statement {
	return &Statement{Alert: 4, Notice: 3, Lift: 0.10, Voices: 20, Least: 0.05, Over: 6 * time.Hour, Alike: 0.05}
}

// Check says what is wrong with the configuration.
func (d *Statement) Check() error {
	errs := []error{
		above(0, "statement", "notice", d.Notice, "3"), above(0, "statement", "alert", d.Alert, "4"),
		part("statement", "lift", d.Lift, "0.10 is ten points"), part("statement", "least", d.Least, "0.05 is a good start"),
		atLeast(1, "statement", "voices", d.Voices, 20), part("statement", "alike", d.Alike, "0.05 is a good start"),
	}
	if d.Over < time.Hour || d.Over > 11*time.Hour {
		errs = append(errs, fmt.Errorf("statement: over: %v must lie between 1h and 11h; 6h is a good start", d.Over))
	}
	return errors.Join(errs...)
}

// Scale returns the rule with its thresholds multiplied.
func (d *Statement) Scale(factor float64) Detector {
	c := *d
	c.Alert, c.Notice = factor*d.Alert, factor*d.Notice
	return &c
}

// backlash is what was said after a statement beside what was said before it.
type backlash struct {
	cue   int
	r     float64
	base  float64 // share before
	after span
}

// prior is the weight, in voices, with which the share before a statement leans on
// the usual one.
const prior = 20

// strongest returns the cue that rose most; minus infinity for none.
func (d *Statement) strongest(s *Series) backlash {
	best := backlash{r: math.Inf(-1)}
	over, at := int32(d.Over/time.Minute)/cellLen, s.stated/cellLen
	now := s.head / cellLen
	if s.stated == 0 || now <= at || now > at+over {
		return best
	}
	after := s.mood.sum(at+1, now) // the quarter of an hour of the statement itself is neither
	if int(after.rated) < d.Voices {
		return best
	}
	before := s.mood.sum(at-over, at-1)
	for _, cue := range [...]int{cueNegative, cueAngry} {
		base := max(leaning(float32(before.of[cue]), float32(before.rated), float64(s.mood.base[cue]), prior), d.Least)
		k, n := float64(after.of[cue]), float64(after.rated)
		if k/n < base+d.Lift {
			continue
		}
		// The share before is known from few voices as well.
		r := deviance(k, n, base, d.Alike) / math.Sqrt(1+n/(float64(before.rated)+prior))
		if r > best.r {
			best = backlash{cue, r, base, after}
		}
	}
	return best
}

// Gauge says how near to an alert the series is.
func (d *Statement) Gauge(s *Series, _ time.Time) float64 {
	return max(d.strongest(s).r, 0) / d.Alert
}

// Detect returns an alert, a notice, or nothing.
func (d *Statement) Detect(s *Series, now time.Time) []crisis.Signal {
	x := d.strongest(s)
	if x.r < min(d.Notice, d.Alert) {
		return nil
	}
	window := time.Duration(s.head+1-x.after.from*cellLen) * time.Minute
	sig := s.signal("statement/1", now, window)
	sig.Since, sig.Cue = timeOf(s.stated), cueNames[x.cue]
	sig.Tier, sig.Odds = crisis.TierNotice, x.r
	n := float64(x.after.rated)
	sig.Observed, sig.Expected = float64(x.after.of[x.cue])/n, x.base
	sig.Voices, sig.Negative = int(x.after.rated), int(x.after.of[cueNegative])
	sig.Unique = min(sig.Unique, sig.Voices)
	spread := 2 * math.Sqrt(x.base*(1-x.base)/n) * design(n, d.Alike)
	sig.Low, sig.High = max(x.base-spread, 0), min(x.base+spread, 1)
	if x.r >= d.Alert {
		sig.Tier, sig.Level = crisis.TierAlert, crisis.LevelIII
	}
	return []crisis.Signal{sig}
}
