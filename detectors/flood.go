package detectors

import (
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
)

// Flood notices a wave of posts by few authors (疑似刷屏): many posts, no more
// voices than usual. It opens nothing.
type Flood struct {
	Notice float64 `yaml:"notice" doc:"statistic of the uncounted posts from which a notice is given"`
	Posts  int     `yaml:"posts" doc:"fewest posts in the window that fires"`
	Share  float64 `yaml:"share" doc:"greatest share of voices among these posts, 0 to 1"`
}

// NewFlood returns the detector with its defaults.
func NewFlood() *Flood { return &Flood{Notice: 4, Posts: 20, Share: 0.5} }

// Check says what is wrong with the configuration.
func (d *Flood) Check() error {
	var errs []error
	if !(d.Notice > 0) {
		errs = append(errs, fmt.Errorf("flood: notice: %v must be above 0; 4 is a good start", d.Notice))
	}
	errs = append(errs, atLeast(1, "flood", "posts", d.Posts, 20))
	if !(d.Share > 0 && d.Share <= 1) {
		errs = append(errs, fmt.Errorf("flood: share: %v must be above 0 and at most 1; 0.5 is half", d.Share))
	}
	return errors.Join(errs...)
}

// Detect returns a notice, or nothing.
func (d *Flood) Detect(s *Series, now time.Time) []crisis.Signal {
	z, at := 0.0, -1
	for i, u := range &s.sums {
		if windows[i] > 60 || int(u.posts) < d.Posts || float64(u.voices) > d.Share*float64(u.posts) {
			continue
		}
		b := s.usualOf(i)
		if x := (root(float64(u.posts)) - root(b.Expected)) / s.usual[i].scale(s.cfg); x >= d.Notice && x > z {
			z, at = x, i
		}
	}
	if at < 0 {
		return nil
	}
	sig := s.signal("flood/1", now, time.Duration(windows[at])*time.Minute)
	b := s.usualOf(at)
	sig.Tier, sig.Odds = crisis.TierNotice, z
	sig.Observed, sig.Expected, sig.Low, sig.High = float64(s.sums[at].posts), b.Expected, b.Low, b.High
	return []crisis.Signal{sig}
}
