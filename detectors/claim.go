package detectors

import (
	"errors"
	"time"

	"watchfire/crisis"
)

// Claim notices that more voices than usual hand on what should be checked first
// (待核说法): hearsay, harm of a year long past told as if it were news, and texts in
// the form of an official notice that are not from us. Which it is stands in the cue.
// It opens an incident only when the statistic is far beyond a notice, because people
// quote hearsay and notices every day.
type Claim struct {
	Alert   float64 `yaml:"alert" doc:"statistic from which an incident is opened, in standard deviations"`
	Notice  float64 `yaml:"notice" doc:"statistic from which a notice is given"`
	Lift    float64 `yaml:"lift" doc:"fewest points above the usual share, 0.15 is fifteen points"`
	Voices  int     `yaml:"voices" doc:"fewest rated voices over which the share is taken"`
	Least   float64 `yaml:"least" doc:"usual share is taken to be at least this"`
	Bad     int     `yaml:"bad" doc:"fewest voices with such a claim among them"`
	History int     `yaml:"history" doc:"rated voices that must have been seen before anything is judged"`
	Alike   float64 `yaml:"alike" doc:"correlation of the claims of posts within a cluster, 0 to 1"`
}

// NewClaim returns the detector with its defaults.
func NewClaim() *Claim {
	return &Claim{Alert: 7, Notice: 3.5, Lift: 0.15, Voices: 20, Least: 0.03, Bad: 5, History: 40, Alike: 0.05}
}

// Check says what is wrong with the configuration.
func (d *Claim) Check() error {
	return errors.Join(
		above(0, "claim", "notice", d.Notice, "3.5"), above(0, "claim", "alert", d.Alert, "7"),
		part("claim", "lift", d.Lift, "0.15 is fifteen points"), part("claim", "least", d.Least, "0.03 is a good start"),
		atLeast(1, "claim", "voices", d.Voices, 20), atLeast(0, "claim", "bad", d.Bad, 5), atLeast(0, "claim", "history", d.History, 40),
		part("claim", "alike", d.Alike, "0.05 is a good start"),
	)
}

// Scale returns the rule with its thresholds multiplied.
func (d *Claim) Scale(factor float64) Detector {
	c := *d
	c.Alert, c.Notice = factor*d.Alert, factor*d.Notice
	return &c
}

func (d *Claim) rise() *rise {
	return &rise{lift: d.Lift, least: d.Least, alike: d.Alike, voices: d.Voices, bad: d.Bad, history: d.History}
}

// strongest returns the claim whose share rose most.
func (d *Claim) strongest(s *Series, by *rise) (cue int, r float64, sp *span) {
	return s.mood.most(by, cueRumour, cueOld, cueImitation)
}

// Gauge says how near to an alert the series is.
func (d *Claim) Gauge(s *Series, _ time.Time) float64 {
	_, r, _ := d.strongest(s, d.rise())
	return max(r, 0) / d.Alert
}

// Detect returns an alert, a notice, or nothing.
func (d *Claim) Detect(s *Series, now time.Time) []crisis.Signal {
	by := d.rise()
	cue, r, sp := d.strongest(s, by)
	if sp == nil || r < min(d.Notice, d.Alert) {
		return nil
	}
	sig := s.risen("claim/1", now, cue, r, sp, by)
	if r >= d.Alert {
		sig.Tier, sig.Level = crisis.TierAlert, crisis.LevelIV
	}
	return []crisis.Signal{sig}
}
