package detectors

import "time"

// Band is what was counted in one stretch of time beside what is usual for it:
// 19 of 20 quiet stretches lie between Low and High.
type Band struct {
	At       time.Time     // start
	Length   time.Duration // of the stretch
	Observed float64       // voices in the minutes that were seen
	Posts    float64
	Expected float64
	Low      float64
	High     float64
	Coverage float64
}

// usualOf returns what is expected of the i-th window that ends at the last
// minute judged, of its minutes that were seen.
func (s *Series) usualOf(i int) Band {
	b := &s.usual[i]
	part := float64(s.sums[i].seen) / float64(windows[i])
	return s.band(b, b.want, part)
}

func (s *Series) band(b *baseline, want, part float64) Band {
	mid := root(unroot(want) * part)
	spread := 2 * b.scale(s.cfg)
	return Band{
		Expected: s.own.voices(unroot(mid)), Low: s.own.voices(unroot(max(mid-spread, 0))), High: s.own.voices(unroot(mid + spread)),
	}
}

// Usual returns what is usual for the stretch of the given length that ends at
// end, as far as is known today.
func (s *Series) Usual(end time.Time, length time.Duration) Band {
	out := Band{At: end.Add(-length), Length: length, Coverage: 1}
	m := minuteOf(end) - 1
	if !s.started || m < 0 || length <= 0 {
		return out
	}
	i := 0
	for i < len(windows)-1 && time.Duration(windows[i])*time.Minute < length {
		i++
	}
	b := &s.usual[i]
	p := placeOf((m + offset(s.zone, m) + day) % day)
	want := b.season(s.cfg, p) + s.cfg.levelOn*b.level
	u := s.band(b, want, length.Minutes()/float64(windows[i]))
	out.Expected, out.Low, out.High = u.Expected, u.Low, u.High
	return out
}

// Bands cuts the last window, at most six hours, into stretches of the given
// length for a chart, oldest first. The last one ends with the last minute
// judged.
func Bands(s *Series, window, length time.Duration) []Band {
	step := int32(length / time.Minute)
	if !s.started || step < 1 || step > longest {
		return nil
	}
	n := min(int32(window/time.Minute), longest, s.head-s.first+1) / step
	out := make([]Band, 0, max(n, 0))
	for k := n - 1; k >= 0; k-- {
		last := s.head - k*step
		b := s.Usual(timeOf(last+1), length)
		lost := 0
		for m := last - step + 1; m <= last; m++ {
			e := s.at(m)
			lost += int(e.lost)
			if e.seen() {
				b.Observed += float64(e.voices)
				b.Posts += float64(e.posts)
			}
		}
		b.Coverage = 1 - float64(lost)/float64(255*step)
		out = append(out, b)
	}
	return out
}
