package detectors

import (
	"errors"
	"time"

	"watchfire/crisis"
)

// Emotion notices that more voices than usual are angry or afraid (愤怒、恐慌情绪上升).
// It weighs the shares as Mood weighs that of the negative ones. An emotion beside
// which words of harm rose, such as 伤亡, opens an incident sooner than one alone:
// those people speak of what happened, not only of how they feel.
type Emotion struct {
	Alert   float64 `yaml:"alert" doc:"statistic from which an incident is opened, in standard deviations, when words of harm rose too"`
	Alone   float64 `yaml:"alone" doc:"statistic from which an incident is opened when they did not"`
	Notice  float64 `yaml:"notice" doc:"statistic from which a notice is given"`
	Lift    float64 `yaml:"lift" doc:"fewest points above the usual share, 0.10 is ten points"`
	Voices  int     `yaml:"voices" doc:"fewest rated voices over which the share is taken"`
	Least   float64 `yaml:"least" doc:"usual share is taken to be at least this"`
	Bad     int     `yaml:"bad" doc:"fewest angry, or fearful, voices among them"`
	History int     `yaml:"history" doc:"rated voices that must have been seen before anything is judged"`
	Alike   float64 `yaml:"alike" doc:"correlation of the emotion of posts within a cluster, 0 to 1"`
}

// NewEmotion returns the detector with its defaults.
func NewEmotion() *Emotion {
	return &Emotion{Alert: 4.5, Alone: 5.5, Notice: 3.5, Lift: 0.10, Voices: 20, Least: 0.05, Bad: 8, History: 100, Alike: 0.05}
}

// Check says what is wrong with the configuration.
func (d *Emotion) Check() error {
	return errors.Join(
		above(0, "emotion", "notice", d.Notice, "3.5"), above(0, "emotion", "alert", d.Alert, "4.5"),
		above(0, "emotion", "alone", d.Alone, "5.5"),
		part("emotion", "lift", d.Lift, "0.10 is ten points"), part("emotion", "least", d.Least, "0.05 is a good start"),
		atLeast(1, "emotion", "voices", d.Voices, 20), atLeast(0, "emotion", "bad", d.Bad, 8), atLeast(0, "emotion", "history", d.History, 100),
		part("emotion", "alike", d.Alike, "0.05 is a good start"),
	)
}

// Scale returns the rule with its thresholds multiplied.
func (d *Emotion) Scale(factor float64) Detector {
	c := *d
	c.Alert, c.Alone, c.Notice = factor*d.Alert, factor*d.Alone, factor*d.Notice
	return &c
}

func (d *Emotion) rise() *rise {
	return &rise{lift: d.Lift, least: d.Least, alike: d.Alike, voices: d.Voices, bad: d.Bad, history: d.History}
}

// strongest returns the emotion that rose most.
func (d *Emotion) strongest(s *Series, by *rise) (cue int, r float64, sp *span) {
	return s.mood.most(by, cueAngry, cueFear)
}

// threshold is the statistic of an alert: words of harm lower it.
func (d *Emotion) threshold(s *Series, by *rise) float64 {
	if harm, _ := s.mood.strongest(cueHarm, by); harm >= d.Notice {
		return d.Alert
	}
	return d.Alone
}

// Gauge says how near to an alert the series is.
func (d *Emotion) Gauge(s *Series, _ time.Time) float64 {
	by := d.rise()
	_, r, sp := d.strongest(s, by)
	if sp == nil {
		return 0
	}
	return max(r, 0) / d.threshold(s, by)
}

// Detect returns an alert, a notice, or nothing.
func (d *Emotion) Detect(s *Series, now time.Time) []crisis.Signal {
	by := d.rise()
	cue, r, sp := d.strongest(s, by)
	if sp == nil {
		return nil
	}
	alert := d.threshold(s, by)
	if r < min(d.Notice, alert) {
		return nil
	}
	sig := s.risen("emotion/1", now, cue, r, sp, by)
	if r >= alert {
		sig.Tier, sig.Level = crisis.TierAlert, crisis.LevelIV
	}
	return []crisis.Signal{sig}
}
