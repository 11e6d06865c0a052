package detectors

import (
	"errors"
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
	return errors.Join(
		above(0, "flood", "notice", d.Notice, "4"), atLeast(1, "flood", "posts", d.Posts, 20),
		portion("flood", "share", d.Share, "0.5 is half"), above(0, "flood", "share", d.Share, "0.5"),
	)
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
