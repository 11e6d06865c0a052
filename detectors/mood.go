package detectors

import (
	"errors"
	"math"
	"time"

	"watchfire/crisis"
)

// Mood notices that the share of negative voices has turned (情绪转负). It weighs
// the last 20 to 400 rated voices of a day against the usual share, by the signed
// root of the binomial deviance, and allows for posts of one moment being alike.
type Mood struct {
	Alert   float64 `yaml:"alert" doc:"statistic from which an incident is opened, in standard deviations"`
	Notice  float64 `yaml:"notice" doc:"statistic from which a notice is given"`
	Lift    float64 `yaml:"lift" doc:"fewest points above the usual share, 0.10 is ten points"`
	Voices  int     `yaml:"voices" doc:"fewest rated voices over which the share is taken"`
	Least   float64 `yaml:"least" doc:"usual share is taken to be at least this, because a topic without any complaint yet will have some"`
	Bad     int     `yaml:"bad" doc:"fewest negative voices among them"`
	History int     `yaml:"history" doc:"rated voices that must have been seen before anything is judged"`
	Alike   float64 `yaml:"alike" doc:"correlation of the mood of posts within a cluster, 0 to 1"`
}

// NewMood returns the detector with its defaults.
func NewMood() *Mood {
	return &Mood{Alert: 4.5, Notice: 3.5, Lift: 0.10, Voices: 20, Least: 0.05, Bad: 8, History: 100, Alike: 0.05}
}

// Check says what is wrong with the configuration.
func (d *Mood) Check() error {
	return errors.Join(
		above(0, "mood", "notice", d.Notice, "3.5"), above(0, "mood", "alert", d.Alert, "4.5"),
		part("mood", "lift", d.Lift, "0.10 is ten points"), part("mood", "least", d.Least, "0.05 is a good start"),
		atLeast(1, "mood", "voices", d.Voices, 20), atLeast(0, "mood", "bad", d.Bad, 8), atLeast(0, "mood", "history", d.History, 100),
		portion("mood", "alike", d.Alike, "0.05 is a good start"),
	)
}

// deviance is the signed root of the binomial deviance of k of n against share p,
// made smaller by the correlation rho within clusters of up to fifteen posts.
func deviance(k, n, p, rho float64) float64 {
	part := func(a, b float64) float64 {
		if a <= 0 {
			return 0
		}
		return a * math.Log(a/b)
	}
	r := math.Sqrt(max(2*(part(k, n*p)+part(n-k, n*(1-p))), 0))
	return math.Copysign(r, k-n*p) / design(n, rho)
}

// design is by how much the spread of a share over n posts is greater than if
// they were independent.
func design(n, rho float64) float64 { return math.Sqrt(1 + (min(n, 15)-1)*rho) }

func (d *Mood) rise() *rise {
	return &rise{lift: d.Lift, least: d.Least, alike: d.Alike, voices: d.Voices, bad: d.Bad, history: d.History}
}

// Gauge says how near to an alert the series is.
func (d *Mood) Gauge(s *Series, _ time.Time) float64 {
	r, _ := s.mood.strongest(cueNegative, d.rise())
	return max(r, 0) / d.Alert
}

// Detect returns an alert, a notice, or nothing.
func (d *Mood) Detect(s *Series, now time.Time) []crisis.Signal {
	by := d.rise()
	r, sp := s.mood.strongest(cueNegative, by)
	if sp == nil || r < min(d.Notice, d.Alert) {
		return nil
	}
	sig := s.risen("mood/3", now, cueNegative, r, sp, by)
	if r >= d.Alert {
		sig.Tier, sig.Level = crisis.TierAlert, crisis.LevelIV
	}
	return []crisis.Signal{sig}
}
