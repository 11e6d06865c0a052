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
	settingBroken    = "broken/"    // + channel: when people were last told that it fails; empty: it works
	settingDeaf      = "deaf/"      // + channel: when people were last told that its buttons are not heard; empty: they are
	settingLoud      = "loud/"      // + incident: when attention was last above usual
	settingChannel   = "channel/"   // + channel: what tells its set-up at the last start from another
	settingHeld      = "held/"      // + channel: until when its provider asked to be left alone
	settingBack      = "back/"      // + channel: the last attempt in the future that was dealt with when the clock was set back
)

// remember rebuilds the room from the store as it was after the last judged
// minute: it plays the stored counts and coverage of the past through the same
// code as live running and drops what the detectors say, because that has been
// answered already. With an empty store the room starts at now.
func (d *Daemon) remember(ctx context.Context, now time.Time) error {
	r := newRoom(d.cfg, d.cfg.Detectors, d.rhythms())
	last, err := d.lastMinute(ctx)
	if err != nil {
		return err
	}
	if last.IsZero() {
		last = now.UTC().Truncate(time.Minute)
	}
	counts, err := d.pastCounts(ctx, last.Add(-memory))
	if err != nil {
		return err
	}
	seen, err := d.pastSights(ctx, last.Add(-memory), last)
	if err != nil {
		return err
	}
	if err := d.recallVoices(ctx, r, last); err != nil {
		return err
	}
	if len(counts) > 0 {
		barren, err := d.pastBarren(ctx, last.Add(-memory), last)
		if err != nil {
			return err
		}
		r.replay(counts, last, seen, barren)
		r.addKnown(after(counts, last), last.Add(time.Minute))
	}
	r.minute, r.sees = last, seen.last()
	d.room = r
	return nil
}

// recall forgets what is in memory and remembers again, after a transaction failed
// that memory had run ahead of. The caller holds d.mu.
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

// pastTally is a stored tally.
type pastTally struct {
	tally
	backfill bool
}

// addKnown counts the tallies at the head of list that were known before minute m
// was judged, and says how many they were.
func (r *room) addKnown(list []pastTally, m time.Time) int {
	i := 0
	for ; i < len(list) && list[i].known.Before(m); i++ {
		r.add([]tally{list[i].tally}, list[i].backfill)
	}
	return i
}

// after returns the tallies that became known after the last minute was judged.
func after(list []pastTally, last time.Time) []pastTally {
	i := slices.IndexFunc(list, func(t pastTally) bool { return !t.known.Before(last) })
	if i < 0 {
		return nil
	}
	return list[i:]
}

// pastCounts reads the stored counts in the order in which they became known.
func (d *Daemon) pastCounts(ctx context.Context, from time.Time) ([]pastTally, error) {
	var out []pastTally
	err := d.store.AllCounts(ctx, from, func(c store.TopicCount) error {
		out = append(out, pastTally{tally{name: c.Topic, minute: c.Minute, known: c.Known, count: c.Count}, c.Backfill})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	err = d.store.AllSourceCounts(ctx, from, func(c store.SourceCount) error {
		out = append(out, pastTally{tally{name: c.Source, source: true, minute: c.Minute, known: c.Known, count: crisis.Count{Posts: c.Posts, Voices: c.Posts, Unique: c.Posts}}, c.Backfill})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read source counts: %w", err)
	}
	slices.SortStableFunc(out, func(a, b pastTally) int { return a.known.Compare(b.known) })
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
			if _, copied := r.published[h.Print]; copied {
				r.publish(h.Print, h.At)
			}
			if r.ours[h.Source] {
				r.publish(h.Print, h.At)
				continue
			}
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
