package detectors

import (
	"errors"
	"math"
	"time"

	"watchfire/crisis"
)

// Surge notices that more people speak than is usual at this time of day (声量突增).
type Surge struct {
	Alert    float64       `yaml:"alert" doc:"statistic from which an incident is opened, in robust standard deviations"`
	Notice   float64       `yaml:"notice" doc:"statistic from which a notice is given; shorter windows count in full"`
	Voices   int           `yaml:"voices" doc:"fewest counted voices in the window that fires"`
	Quiet    time.Duration `yaml:"quiet" doc:"no alert until the series was seen for this long"`
	Settle   time.Duration `yaml:"settle" doc:"a young series is judged with wider thresholds until it was seen for this long"`
	Widening float64       `yaml:"widening" doc:"factor on both thresholds of a young series"`
}

// NewSurge returns the detector with its defaults.
func NewSurge() *Surge {
	return &Surge{
		Alert: 2.55, Notice: 2.3, Voices: 5,
		Quiet: 3 * time.Hour, Settle: 48 * time.Hour, Widening: 1.3,
	}
}

// The weights of the windows in the statistic of each tier. An alert trusts long
// windows more: what lasts is more than a moment of chatter. A notice looks at those
// of a quarter of an hour to three hours.
var (
	alertWeights  = [len(windows)]float64{0.8, 0.9, 0.93, 1, 1, 1}
	noticeWeights = [len(windows)]float64{0, 1, 1, 1, 1, 0}
)

// Check says what is wrong with the configuration.
func (d *Surge) Check() error {
	return errors.Join(
		above(0, "surge", "notice", d.Notice, "2.3"), above(0, "surge", "alert", d.Alert, "2.55"),
		atLeast(1, "surge", "voices", d.Voices, 5), notBelow(1, "surge", "widening", d.Widening, "1.3"),
		within("surge", "quiet", d.Quiet, "3h"), within("surge", "settle", d.Settle, "48h"),
	)
}

// factor is what the thresholds are multiplied by; infinite while the series is
// too young to be judged.
func (d *Surge) factor(s *Series) float64 {
	switch age := s.Age(); {
	case age < d.Quiet:
		return math.Inf(1)
	case age < d.Settle:
		return d.Widening
	}
	return 1
}

// agreeing is what the mean over the windows of a quarter of an hour to an hour is
// multiplied by: three windows that agree spread less than each of them.
const agreeing = 1.15

// trust is what the statistic of a window is multiplied by. Where three posts or more
// make only two voices, few authors post again and again, and what they add to the
// voices is theirs.
func (u *sum) trust() float64 {
	return min(max(1.5*float64(u.voices)/float64(max(u.posts, 1)), 0.5), 1)
}

// excess returns the greatest weighted statistic and its window among those that hold
// so many voices. The mean of several windows is told as that of half an hour.
func (s *Series) excess(weights *[len(windows)]float64, voices int32) (float64, int) {
	best, at := math.Inf(-1), -1
	for i, w := range weights {
		if z := w * s.usual[i].z * s.sums[i].trust(); w > 0 && z > best && s.sums[i].voices >= voices {
			best, at = z, i
		}
	}
	if z := agreeing * s.sums[2].trust() * (s.usual[1].z + s.usual[2].z + s.usual[3].z) / 3; z > best && s.sums[1].voices >= voices {
		best, at = z, 2
	}
	return best, at
}

// tenseBar is what the bar of an alert is multiplied by while the mood has turned.
const tenseBar = 0.85

// staleBar is what the bar of an alert is multiplied by while most of what is said is
// old news: what was answered years ago is no emergency, until it becomes a storm.
const staleBar = 2

// staleSpan is the window over which old news is looked for.
const staleSpan = 3 * time.Hour

// resurfaced says whether half of the voices of the window tell of a harm of years long past.
func (s *Series) resurfaced(window time.Duration) bool {
	c := s.Mood(window)
	return c.Rated >= 5 && 2*c.Old >= c.Rated
}

// bar is what the statistic must reach for an alert: less while the mood has turned,
// and more at an hour at which it has been high day by day.
func (d *Surge) bar(s *Series) float64 {
	b := d.Alert * d.factor(s)
	if s.tense {
		b *= tenseBar
	}
	if s.resurfaced(staleSpan) {
		b *= staleBar
	}
	return max(b, again*s.habits.usual())
}

// Gauge says how near to an alert the series is.
func (d *Surge) Gauge(s *Series, _ time.Time) float64 {
	z, _ := s.excess(&alertWeights, int32(d.Voices))
	return max(z, 0) / d.bar(s)
}

// Detect returns an alert, a notice, or nothing.
func (d *Surge) Detect(s *Series, now time.Time) []crisis.Signal {
	if z, i := s.excess(&alertWeights, int32(d.Voices)); i >= 0 && z >= d.bar(s) {
		return []crisis.Signal{d.signal(s, now, crisis.TierAlert, z, i)}
	}
	if z, i := s.excess(&noticeWeights, int32(d.Voices)); i >= 0 && z >= d.Notice*d.factor(s) {
		return []crisis.Signal{d.signal(s, now, crisis.TierNotice, z, i)}
	}
	return nil
}

func (d *Surge) signal(s *Series, now time.Time, tier crisis.Tier, z float64, i int) crisis.Signal {
	sig := s.signal("surge/3", now, time.Duration(windows[i])*time.Minute)
	u := s.usualOf(i)
	sig.Tier, sig.Odds = tier, z
	sig.Observed, sig.Expected = float64(s.sums[i].voices), u.Expected
	sig.Low, sig.High = u.Low, u.High
	stale := s.resurfaced(staleSpan)
	if stale {
		sig.Cue = crisis.CueOld
	}
	switch {
	case tier == crisis.TierAlert && stale:
		sig.Level = crisis.LevelIV
	case tier == crisis.TierAlert:
		sig.Level = proposedLevel(s)
	}
	return sig
}

// signal fills in what every signal about the last window says.
func (s *Series) signal(rule string, now time.Time, window time.Duration) crisis.Signal {
	c := s.Total(window)
	name := rule
	for i := range rule {
		if rule[i] == '/' {
			name = rule[:i]
		}
	}
	return crisis.Signal{
		Detector: name, Rule: rule, Topic: s.name, At: now, Since: s.since(window), Window: window,
		Posts: c.Posts, Voices: c.Voices, Unique: c.Unique, Negative: c.Negative,
		Coverage: s.Coverage(window),
	}
}

// levelRules grade attention by its ratio to the usual, gravest first.
var levelRules = [...]struct {
	level  crisis.Level
	window int // index in windows
	times  float64
	voices int32
}{
	{crisis.LevelII, 4, 20, 200},
	{crisis.LevelIII, 3, 8, 30},
}

// proposedLevel grades the attention of the last hours. An alert is at least IV;
// ratios below one expected voice count as against one.
func proposedLevel(s *Series) crisis.Level {
	for _, r := range levelRules {
		voices, expected := s.sums[r.window].voices, max(s.usualOf(r.window).Expected, 1)
		if voices >= r.voices && float64(voices) >= r.times*expected {
			return r.level
		}
	}
	return crisis.LevelIV
}
