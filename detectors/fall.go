package detectors

import (
	"errors"
	"time"

	"watchfire/crisis"
)

// Fall notices that attention is gone where it should be busy (声量骤降): far fewer
// voices than the time of day makes usual, while the sources are seen. The calm after
// a wave is none, for what is usual is taken without the level of the last days. Nor
// is a stretch without any post, which looks like a source that is dead or was, see
// Blind: attention wanes, a cable is cut. It opens nothing.
type Fall struct {
	Notice   float64       `yaml:"notice" doc:"statistic below the usual from which a notice is given, in robust standard deviations"`
	Share    float64       `yaml:"share" doc:"greatest share of the usual voices that are left, 0 to 1"`
	Voices   int           `yaml:"voices" doc:"fewest voices that are usual in the window: what is quiet anyway, as at night, cannot fall"`
	Coverage float64       `yaml:"coverage" doc:"least share of the sampling that succeeded in the window: an outage is no calm, 0 to 1"`
	Settle   time.Duration `yaml:"settle" doc:"nothing is judged until the series was seen for this long"`
}

// NewFall returns the detector with its defaults.
func NewFall() *Fall {
	return &Fall{Notice: 3, Share: 0.25, Voices: 20, Coverage: 0.95, Settle: 7 * 24 * time.Hour}
}

// Check says what is wrong with the configuration.
func (d *Fall) Check() error {
	return errors.Join(
		above(0, "fall", "notice", d.Notice, "3"), part("fall", "share", d.Share, "0.25 is a quarter"),
		atLeast(1, "fall", "voices", d.Voices, 20), part("fall", "coverage", d.Coverage, "0.95 is a good start"),
		within("fall", "settle", d.Settle, "168h"),
	)
}

// Detect returns a notice, or nothing.
func (d *Fall) Detect(s *Series, now time.Time) []crisis.Signal {
	if s.Age() < d.Settle {
		return nil
	}
	best, at, usual := 0.0, -1, Band{}
	for _, i := range fallWindows {
		b, u := &s.usual[i], &s.sums[i]
		if b.z >= 0 || u.seen < windows[i] {
			continue
		}
		want, y := s.least(b), root(float64(u.weight))
		z := -b.z * (want - y) / (b.want - y) // on the scale on which the window was judged
		if z < d.Notice || z <= best {
			continue
		}
		x := s.band(b, want, 1)
		if x.Expected >= float64(d.Voices) && float64(u.voices) <= d.Share*x.Expected {
			best, at, usual = z, i, x
		}
	}
	if at < 0 {
		return nil
	}
	window := time.Duration(windows[at]) * time.Minute
	if s.Coverage(window) < d.Coverage || s.hush(window) > window/2 {
		return nil
	}
	sig := s.signal("fall/1", now, window)
	sig.Tier, sig.Odds, sig.Since = crisis.TierNotice, best, now.Add(-window)
	sig.Observed, sig.Expected, sig.Low, sig.High = float64(s.sums[at].voices), usual.Expected, usual.Low, usual.High
	return []crisis.Signal{sig}
}

// fallWindows are the windows of one and of three hours. Over a longer one the edges
// of the day blur: it would expect the morning before it has come.
var fallWindows = [...]int{3, 4}

// least is the least that is usual about this time of day, of the two slots that it
// lies between and with the level of the last days if that is low: where a topic wakes
// up at an hour, the minutes before are not quiet too early.
func (s *Series) least(b *baseline) float64 {
	p := placeOf((s.head + s.zoneOff + day) % day)
	before, after := b.season(s.cfg, place{a: p.a, b: p.a}), b.season(s.cfg, place{a: p.b, b: p.b})
	return min(before, after, b.want)
}

// hush returns the longest stretch of the last window without a post.
func (s *Series) hush(window time.Duration) time.Duration {
	longest, run := 0, 0
	s.each(window, func(_ int32, e *minute) {
		run++
		if e.posts > 0 {
			run = 0
		}
		longest = max(longest, run)
	})
	return time.Duration(longest) * time.Minute
}
