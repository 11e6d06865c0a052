package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
)

// SetEmerged stores what is known of a topic that emerged; it replaces what was
// known of it before.
func (t *Tx) SetEmerged(e crisis.Emerged) error {
	if len(e.Phrases) == 0 {
		return errors.New("store a topic that emerged: it has no phrase")
	}
	var texts [3]string
	for i, v := range []any{e.Phrases, e.Sources, e.Exemplars} {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encode the topic %s: %w", e.Phrases[0], err)
		}
		texts[i] = string(b)
	}
	err := t.exec("INSERT OR REPLACE INTO phrases VALUES (?,?,?,?,?,?,?,?)",
		e.Phrases[0], e.First.Unix(), e.Last.Unix(), e.Posts, e.Voices, texts[0], texts[1], texts[2])
	if err != nil {
		return fmt.Errorf("store the topic %s: %w", e.Phrases[0], err)
	}
	return nil
}

// Emerged returns the topics that emerged and were last heard since from, in the
// order in which they emerged.
func (t *Tx) Emerged(from time.Time) ([]crisis.Emerged, error) {
	var out []crisis.Emerged
	err := t.rows(func(scan func(...any) error) error {
		var e crisis.Emerged
		var first, last int64
		var phrases, sources, exemplars string
		if err := scan(&first, &last, &e.Posts, &e.Voices, &phrases, &sources, &exemplars); err != nil {
			return err
		}
		e.First, e.Last = time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC()
		out = append(out, e)
		x := &out[len(out)-1]
		return errors.Join(json.Unmarshal([]byte(phrases), &x.Phrases), json.Unmarshal([]byte(sources), &x.Sources), json.Unmarshal([]byte(exemplars), &x.Exemplars))
	}, "SELECT first, last, posts, voices, phrases, sources, exemplars FROM phrases WHERE last >= ? ORDER BY first, phrase", from.Unix())
	if err != nil {
		return nil, fmt.Errorf("read the topics that emerged: %w", err)
	}
	return out, nil
}

// PostPlan says which stored posts a memory of limited size is filled with again.
type PostPlan struct {
	Now    time.Time
	Recent int           // how many of the last posts, all of them
	Reach  time.Duration // how old they may be
	Past   int           // about how many of the older ones, an even sample
	Depth  time.Duration // how old those may be
}

// Remembered is a stored post of a PostPlan.
type Remembered struct {
	Post   crisis.Post
	Print  uint64
	Recent bool    // else a sample of the past
	Weight float64 // of the past: how many posts it stands for
	First  bool    // brought by the first visit to its source: history, not news
}

// Remember calls f for the posts of a plan: the sample of the past by the day, then
// the recent ones in the order in which they came.
//
// A post's key is its day and a hash, so some ranges of keys of one day are an even
// sample of its posts, and reading them costs no more than the sample.
func (s *Store) Remember(ctx context.Context, p PostPlan, f func(Remembered) error) error {
	err := s.View(ctx, func(tx *Tx) error {
		since, err := tx.lastPosts(p)
		if err != nil {
			return err
		}
		if err := tx.pastSample(p, since, f); err != nil {
			return err
		}
		return tx.recentPosts(since, f)
	})
	if err != nil {
		return fmt.Errorf("read the last posts: %w", err)
	}
	return nil
}

// lastPosts returns the minute from which on there are about as many posts as a
// plan wants.
func (t *Tx) lastPosts(p PostPlan) (time.Time, error) {
	since, n := p.Now.Add(-p.Reach).Truncate(time.Minute), 0
	done := errors.New("enough")
	err := t.rows(func(scan func(...any) error) error {
		var minute int64
		var posts int
		if err := scan(&minute, &posts); err != nil {
			return err
		}
		if n += posts; n > p.Recent {
			since = time.Unix(minute*60, 0)
			return done
		}
		return nil
	}, "SELECT minute, sum(posts) FROM source_counts WHERE minute >= ? GROUP BY minute ORDER BY minute DESC", since.Unix()/60)
	if errors.Is(err, done) {
		err = nil
	}
	return since.UTC(), err
}

const rememberColumns = "SELECT source, id, title, text, author, published, seen, print, EXISTS (SELECT 1 FROM attempts a WHERE a.source = p.source AND a.at = p.seen AND a.backfill = 1), extra FROM posts p "

func scanRemembered(scan func(...any) error) (Remembered, error) {
	var r Remembered
	var published, seen, print int64
	var rare string
	err := scan(&r.Post.Source, &r.Post.ID, &r.Post.Title, &r.Post.Text, &r.Post.Author, &published, &seen, &print, &r.First, &rare)
	r.Post.Published, r.Post.Seen, r.Print, r.Weight = fromMilli(published), fromMilli(seen), uint64(print), 1
	if err == nil && rare != "" {
		var x extra
		err = json.Unmarshal([]byte(rare), &x)
		r.Post.Precision = x.Precision
	}
	return r, err
}

// recentPosts calls f for every post published since since.
func (t *Tx) recentPosts(since time.Time, f func(Remembered) error) error {
	last, err := t.lastBefore(since)
	if err != nil {
		return err
	}
	return t.rows(func(scan func(...any) error) error {
		r, err := scanRemembered(scan)
		if err != nil {
			return err
		}
		r.Recent = true
		return f(r)
	}, rememberColumns+"WHERE seq > ? AND published >= ? ORDER BY seq", last, milli(since))
}

// samplePlaces is in how many places of a day posts are sampled: hashes of ids that count
// upwards lie in clumps.
const samplePlaces = 64

// pastSample calls f for an even sample of the posts before since, day by day.
func (t *Tx) pastSample(p PostPlan, since time.Time, f func(Remembered) error) error {
	type day struct{ number, posts int64 }
	var days []day
	all := int64(0)
	err := t.rows(func(scan func(...any) error) error {
		var d day
		err := scan(&d.number, &d.posts)
		days, all = append(days, d), all+d.posts
		return err
	}, "SELECT minute / 1440, sum(posts) FROM source_counts WHERE minute >= ? AND minute < ? GROUP BY 1 ORDER BY 1", p.Now.Add(-p.Depth).Unix()/60, since.Unix()/60)
	if err != nil {
		return err
	}
	for _, d := range days {
		sample, err := t.dayPosts(d.number, min(1, float64(p.Past)/float64(all)), since)
		if err != nil {
			return err
		}
		for _, r := range sample {
			r.Weight = float64(d.posts) / float64(len(sample))
			if err := f(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// dayPosts returns about a share of the posts of a day before since.
func (t *Tx) dayPosts(day int64, share float64, since time.Time) ([]Remembered, error) {
	const width = int64(1) << 48 / samplePlaces
	var out []Remembered
	for i := range int64(samplePlaces) {
		low := (day&0x7fff)<<48 + i*width
		err := t.rows(func(scan func(...any) error) error {
			r, err := scanRemembered(scan)
			out = append(out, r)
			return err
		}, rememberColumns+"WHERE key >= ? AND key < ? AND published < ?", low, low+int64(share*float64(width)), milli(since))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
