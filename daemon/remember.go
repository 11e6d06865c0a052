package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
)

// Settings the daemon keeps in the store.
const (
	settingMinute    = "minute"     // RFC 3339: the last minute judged and answered
	settingAuthorKey = "author_key" // hex: key of author hashes when none is configured
	settingBroken    = "broken/"    // + channel: when people were last told that it fails
)

// remember rebuilds the room from the store as it was after the last judged
// minute: it plays the stored counts and coverage of the past through the same
// code as live running and drops what the detectors say, because that has been
// answered already. With an empty store the room starts at now.
func (d *Daemon) remember(ctx context.Context, now time.Time) error {
	r := newRoom(d.cfg.Zoned(), d.cfg.Detectors, d.intervals())
	last, err := d.lastMinute(ctx)
	if err != nil {
		return err
	}
	if last.IsZero() {
		last = now.UTC().Truncate(time.Minute)
	}
	counts, err := d.pastCounts(ctx, last.Add(-memory), last)
	if err != nil {
		return err
	}
	seen, err := d.pastCoverage(ctx, last.Add(-memory), last)
	if err != nil {
		return err
	}
	if err := d.recallVoices(ctx, r, last); err != nil {
		return err
	}
	if len(counts) > 0 {
		for m, i := counts[0].minute.Add(time.Minute), 0; !m.After(last); m = m.Add(time.Minute) {
			for ; i < len(counts) && counts[i].minute.Before(m); i++ {
				r.add(counts[i:i+1], false)
			}
			r.tick(m, seen.at(m))
		}
	}
	r.minute = last
	d.room = r
	return nil
}

// recall forgets what is in memory and remembers again, after a transaction failed
// that memory had run ahead of. The caller holds d.mu or is the only user.
func (d *Daemon) recall(ctx context.Context) error {
	if err := d.remember(ctx, d.room.minute); err != nil {
		return fmt.Errorf("remember: %w", err)
	}
	return nil
}

func (d *Daemon) lastMinute(ctx context.Context) (time.Time, error) {
	var text string
	err := d.store.View(ctx, func(tx *store.Tx) error {
		var err error
		text, err = tx.Setting(settingMinute)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || (err == nil && text == "") {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the last minute: %w", err)
	}
	m, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the last minute: %w", err)
	}
	return m, nil
}

// pastCounts reads the stored counts in order of time. Back-fill of a window that
// is still judged is left out, as it was when it came in.
func (d *Daemon) pastCounts(ctx context.Context, from, to time.Time) ([]tally, error) {
	var out []tally
	old := func(minute time.Time) bool { return to.Sub(minute) >= recent }
	err := d.store.AllCounts(ctx, from, func(c store.TopicCount) error {
		if !c.Backfill || old(c.Minute) {
			out = append(out, tally{name: c.Topic, minute: c.Minute, count: c.Count})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	err = d.store.AllSourceCounts(ctx, from, func(c store.SourceCount) error {
		if !c.Backfill || old(c.Minute) {
			out = append(out, tally{name: c.Source, source: true, minute: c.Minute, count: crisis.Count{Posts: c.Posts, Voices: c.Posts, Unique: c.Posts}})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read source counts: %w", err)
	}
	slices.SortStableFunc(out, func(a, b tally) int { return a.minute.Compare(b.minute) })
	return out, nil
}

// recallVoices plays the posts of the recent past into voices and groups, some
// thousand at a time: what their texts are known by is worked out on every processor.
func (d *Daemon) recallVoices(ctx context.Context, r *room, now time.Time) error {
	var hits []store.RecentHit
	play := func() {
		sketches := make([]reading.Sketch, len(hits))
		parallel(len(hits), func(i int) { sketches[i] = reading.SketchOf(hits[i].Text) })
		for i, h := range hits {
			r.groups.Seed(sketches[i], h.Print, h.At)
			for _, topic := range h.Topics {
				r.voices.Count(topic, h.Author, h.Print, h.Mood, h.At)
			}
		}
		hits = hits[:0]
	}
	err := d.store.RecentHits(ctx, now.Add(-recent), func(h store.RecentHit) error {
		if hits = append(hits, h); len(hits) == portion {
			play()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read recent posts: %w", err)
	}
	play()
	return nil
}

// pastSight is when each source was seen, for judging the past.
type pastSight struct {
	d     *Daemon
	spans map[string][]span // in order of time
}

type span struct{ from, to time.Time }

// pastCoverage turns the stored attempts into spans of sight.
func (d *Daemon) pastCoverage(ctx context.Context, from, to time.Time) (*pastSight, error) {
	p := &pastSight{d: d, spans: map[string][]span{}}
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		if s.interval() == 0 {
			continue
		}
		attempts, err := d.store.Attempts(ctx, s.Name, from, to)
		if err != nil {
			return nil, fmt.Errorf("read attempts of %s: %w", s.Name, err)
		}
		p.spans[s.Name] = spans(attempts, 2*s.interval())
	}
	return p, nil
}

// spans joins the stretches that good attempts vouch for, each until grace later.
func spans(attempts []crisis.Coverage, grace time.Duration) []span {
	var out []span
	for _, a := range attempts {
		if !a.Class.Sees() {
			continue
		}
		end := a.At.Add(grace)
		if n := len(out); n > 0 && !a.At.After(out[n-1].to) {
			out[n-1].to = end
			continue
		}
		out = append(out, span{a.At, end})
	}
	return out
}

// at returns the coverage at minute m. A source without any attempt in the past
// was not there yet and hides nothing.
func (p *pastSight) at(m time.Time) func(name string, source bool) float64 {
	s := sight{seen: map[string]bool{}, topics: p.d.topicSources}
	for name, spans := range p.spans {
		if len(spans) == 0 || m.Before(spans[0].from) {
			continue
		}
		i, _ := slices.BinarySearchFunc(spans, m, func(s span, t time.Time) int {
			if s.to.Before(t) {
				return -1
			}
			return 1
		})
		s.seen[name] = i < len(spans) && !m.Before(spans[i].from)
	}
	return s.covered
}
