package drill

import (
	"fmt"
	"hash/fnv"
	"math"
	"time"

	"watchfire/daemon/town"
)

// Guests returns what the scenario puts into the town's mouth when it begins at begin,
// after days of ordinary talk.
func (s *Scenario) Guests(begin time.Time, days int) ([]town.Guest, error) {
	var out []town.Guest
	add := func(at time.Time, source, author, line string, keys ...any) error {
		text, err := town.Say(line, seed(append([]any{s.ID}, keys...)...))
		if err != nil {
			return err
		}
		out = append(out, town.Guest{At: at, Source: siteNames[source], Author: author, Text: text})
		return nil
	}
	for i, u := range s.Usual {
		n := u.PerDay * days
		for k := range n {
			at := begin.Add(-time.Duration((float64(k) + dice("usual", s.ID, i, k)) / float64(u.PerDay) * float64(24*time.Hour)))
			if err := add(at, u.Source, fmt.Sprintf("街坊%d号", k%max(n/2, 1)), u.Say[k%len(u.Say)], "usual", i, k); err != nil {
				return nil, fmt.Errorf("usual %d: %w", i+1, err)
			}
		}
	}
	for i, w := range s.Waves {
		authors := w.Authors
		if authors == 0 {
			authors = w.Posts
		}
		for k := range w.Posts {
			at := begin.Add(w.when(k, dice("wave", s.ID, i, k)))
			if err := add(at, w.Source, fmt.Sprintf("网友%d-%d", i+1, k%authors), w.Say[k%len(w.Say)], "wave", i, k); err != nil {
				return nil, fmt.Errorf("wave %d: %w", i+1, err)
			}
		}
	}
	for _, g := range s.guests {
		out = append(out, town.Guest{At: begin.Add(g.after), Source: siteNames[g.source], Author: g.author, Text: g.text})
	}
	return out, nil
}

// when is the time of the k-th post of the wave; u is chance, from 0 to 1.
func (w *Wave) when(k int, u float64) time.Duration {
	share := (float64(k) + u) / float64(w.Posts)
	if w.Rise {
		share = math.Sqrt(share)
	}
	return w.From + time.Duration(share*float64(w.To-w.From))
}

// Dead is the site that dies when the scenario begins at begin.
func (s *Scenario) Dead(begin time.Time) town.Dead {
	if s.Outage.Source == "" {
		return town.Dead{}
	}
	return town.Dead{Source: siteNames[s.Outage.Source], From: begin.Add(s.Outage.At)}
}

// seed is a number that depends on all keys and on nothing else.
func seed(keys ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, keys...)
	return h.Sum64()
}

// dice is a number from 0 to 1, without 1, that depends on all keys.
func dice(keys ...any) float64 { return float64(seed(keys...)>>11) / (1 << 53) }
