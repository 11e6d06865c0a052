package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
)

// delivery is one harvest on its way into the store.
type delivery struct {
	source  *Source
	harvest crawlers.Harvest
	cover   crisis.Coverage // At, Took, Class and Backfill are set
	past    bool            // learnt as if each post had been counted in its minute
}

// ingest reads the posts of a delivery and stores, in one transaction: the posts
// not seen before, what they add to the counts, the attempt, and the source's
// cursor. It returns the attempt as stored. On an error nothing of it is stored
// and nothing is counted, so the same posts may be delivered again.
func (d *Daemon) ingest(ctx context.Context, in delivery) (crisis.Coverage, error) {
	hands, err := d.handed(ctx, in)
	if err != nil {
		return in.cover, err
	}
	posts := d.prepare(in)
	readings := d.read(posts)
	defer hands.tell() // as below
	var heard []heardPost
	defer func() { d.phrases.hear(heard) }() // when the lock is given back

	d.mu.Lock()
	defer d.mu.Unlock()
	cover := in.cover
	cover.Posts = len(posts)
	var saved []store.Saved
	var tallies []tally
	var fresh []bool
	var rang, seen bool
	err = d.store.Update(ctx, func(tx *store.Tx) error {
		if fresh, err = unknown(tx, readings); err != nil {
			return err
		}
		if err := d.echoes(tx, posts, readings, fresh); err != nil {
			return err
		}
		saved, tallies = d.count(posts, readings, fresh, in.past)
		if !in.past {
			if rang, err = d.queue(tx, d.requests(posts, readings, fresh)); err != nil {
				return err
			}
		}
		for i := range tallies {
			tallies[i].known = d.room.minute
			if in.past {
				tallies[i].known = tallies[i].minute
			}
		}
		cover.Fresh = len(saved)
		if err := tx.SavePosts(saved); err != nil {
			return err
		}
		if seen, err = d.sighted(tx, saved, in.cover.At.UTC()); err != nil {
			return err
		}
		if err := addCounts(tx, tallies, cover.Backfill); err != nil {
			return err
		}
		if in.source.Name == "" { // posts of a replay come from no source of ours
			return nil
		}
		if err := hands.take(tx); err != nil {
			return err
		}
		return d.attempted(tx, in.source, cover, &in.harvest.Cursor)
	})
	if err != nil {
		hands.said = nil
		return cover, fmt.Errorf("store posts of %s: %w", in.source.Name, errors.Join(err, d.recall(ctx)))
	}
	d.room.add(tallies, cover.Backfill)
	if rang || seen {
		d.wake()
	}
	if !in.past {
		heard = hearable(posts, readings, fresh, in.cover.Backfill)
	}
	if in.source.Name != "" && barren(cover) {
		d.room.source(in.source.Name).Series().Barren()
	}
	return cover, nil
}

// prepare completes the posts of a delivery and brings them into the order of
// their publication, the order in which voices are counted.
func (d *Daemon) prepare(in delivery) []crisis.Post {
	now := in.cover.At.UTC()
	posts := in.harvest.Posts
	authors := crisis.NewAuthors(d.authorKey)
	for i := range posts {
		p := &posts[i]
		if in.source.Name != "" {
			p.Source = in.source.Name
		}
		p.Seen = now
		if in.past && !p.Published.IsZero() {
			p.Seen = p.Published.UTC()
		}
		if p.Published.IsZero() {
			p.Published, p.Precision = now, crisis.PrecisionNone
		}
		if p.Published.After(now.Add(10 * time.Minute)) {
			p.Published = now
		}
		p.Published = p.Published.UTC()
		p.Author = authors.Hash(p.Source, p.Author)
	}
	slices.SortStableFunc(posts, func(a, b crisis.Post) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
	})
	return posts
}

// understood is what reading gives for one post.
type understood struct {
	reading.Digest
	row   store.Row
	class crisis.AskClass // what the writer needs of us
	why   string
}

// read understands the posts and encodes them. It needs no lock, so that one delivery
// is read while another is stored.
func (d *Daemon) read(posts []crisis.Post) []understood {
	out := make([]understood, len(posts))
	parallel(len(posts), func(i int) {
		x := &out[i]
		x.Digest = d.reader.Digest(&posts[i])
		x.row = store.RowOf(&posts[i], &x.Reading)
		x.class, x.why = d.asked(&posts[i], x.Topics, x.Text)
	})
	return out
}

// parallel calls f for 0 to n-1, on every processor when it is worth it.
func parallel(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), 1+n/64)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wg.Wait()
}

// unknown marks the posts that are neither stored nor earlier in the same list.
func unknown(tx *store.Tx, posts []understood) ([]bool, error) {
	keys := make([]crisis.PostKey, len(posts))
	for i := range posts {
		keys[i] = posts[i].row.Key
	}
	known, err := tx.Known(keys)
	if err != nil {
		return nil, err
	}
	if known == nil {
		known = map[crisis.PostKey]bool{}
	}
	fresh := make([]bool, len(posts))
	for i, k := range keys {
		fresh[i] = !known[k]
		known[k] = true
	}
	return fresh, nil
}

// count finds near-duplicates and voices among the fresh posts and returns what
// is to be stored: the posts with their topics, and one tally per topic, source
// and minute.
func (d *Daemon) count(posts []crisis.Post, readings []understood, fresh []bool, past bool) ([]store.Saved, []tally) {
	saved := make([]store.Saved, 0, len(posts))
	sums := map[tally]crisis.Count{} // by name, source, minute; count is zero in the key
	add := func(key tally, c crisis.Count) { sums[key] = sums[key].Plus(c) }
	for i := range posts {
		p, rd := &posts[i], &readings[i].Reading
		minute, seen := p.Published.Truncate(time.Minute), p.Seen.Truncate(time.Minute)
		if past {
			seen = minute
		}
		ranks(p, rd, seen, add)
		if !fresh[i] {
			continue
		}
		rd.Print = d.room.groups.Of(readings[i].Sketch, p.Published)
		if d.room.ours[p.Source] {
			d.room.publish(rd.Print, p.Published)
		}
		s := store.Saved{Post: p, Reading: rd, Row: readings[i].row}
		for _, topic := range rd.Topics {
			c := d.room.contribute(topic, p, rd)
			s.Topics = append(s.Topics, store.Hit{Topic: topic, Voice: c.Voices > 0, Fresh: c.Unique > 0})
			add(tally{name: topic, minute: minute}, c)
		}
		add(tally{name: p.Source, source: true, minute: minute}, crisis.Count{Posts: 1, Voices: 1, Unique: 1})
		saved = append(saved, s)
	}
	tallies := make([]tally, 0, len(sums))
	for key, c := range sums {
		key.count = c
		tallies = append(tallies, key)
	}
	slices.SortFunc(tallies, func(a, b tally) int {
		return cmp.Or(a.minute.Compare(b.minute), cmp.Compare(a.name, b.name), boolOrder(a.source, b.source))
	})
	return saved, tallies
}

// requests are what the fresh posts ask of us.
func (d *Daemon) requests(posts []crisis.Post, readings []understood, fresh []bool) []crisis.Ask {
	var out []crisis.Ask
	for i := range posts {
		if fresh[i] && readings[i].class != "" {
			out = append(out, d.askOf(&posts[i], &readings[i]))
		}
	}
	return out
}

func addCounts(tx *store.Tx, tallies []tally, backfill bool) error {
	var topics []store.TopicCount
	var sources []store.SourceCount
	for _, t := range tallies {
		if t.source {
			sources = append(sources, store.SourceCount{Source: t.name, Minute: t.minute, Known: t.known, Posts: t.count.Posts, Backfill: backfill})
		} else {
			topics = append(topics, store.TopicCount{Topic: t.name, Minute: t.minute, Known: t.known, Count: t.count, Backfill: backfill})
		}
	}
	if err := tx.AddCounts(topics); err != nil {
		return err
	}
	return tx.AddSourceCounts(sources)
}
