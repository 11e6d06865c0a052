package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"watchfire/crisis"
)

// AllCounts calls f for every stored count of every topic since from, in the order in which
// they became known.
func (s *Store) AllCounts(ctx context.Context, from time.Time, f func(TopicCount) error) error {
	return s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			c, err := scanCount(scan)
			if err != nil {
				return err
			}
			return f(c)
		}, "SELECT "+countColumns+" FROM counts WHERE minute >= ? ORDER BY known, minute, topic", from.Unix()/60)
	})
}

// KnownCounts calls f for every stored count of one topic since from, in the order in
// which they became known.
func (s *Store) KnownCounts(ctx context.Context, topic string, from time.Time, f func(TopicCount) error) error {
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			c, err := scanCount(scan)
			if err != nil {
				return err
			}
			return f(c)
		}, "SELECT "+countColumns+" FROM counts WHERE topic = ? AND minute >= ? ORDER BY known, minute", topic, from.Unix()/60)
	})
	if err != nil {
		return fmt.Errorf("read counts of %s: %w", topic, err)
	}
	return nil
}

const countColumns = "topic, minute, known, backfill, posts, voices, uniq, negative, rated, angry, fear, harm, rumour, old, imitation, rank, own"

func scanCount(scan func(...any) error) (TopicCount, error) {
	var c TopicCount
	var minute, known int64
	n := &c.Count
	err := scan(&c.Topic, &minute, &known, &c.Backfill, &n.Posts, &n.Voices, &n.Unique, &n.Negative, &n.Rated,
		&n.Angry, &n.Fear, &n.Harm, &n.Rumour, &n.Old, &n.Imitation, &n.Rank, &n.Own)
	c.Minute, c.Known = time.Unix(minute*60, 0).UTC(), time.Unix(known*60, 0).UTC()
	return c, err
}

// AllSourceCounts calls f for every stored count of every source since from, in the order in
// which they became known.
func (s *Store) AllSourceCounts(ctx context.Context, from time.Time, f func(SourceCount) error) error {
	return s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			var c SourceCount
			var minute, known int64
			if err := scan(&c.Source, &minute, &known, &c.Backfill, &c.Posts); err != nil {
				return err
			}
			c.Minute, c.Known = time.Unix(minute*60, 0).UTC(), time.Unix(known*60, 0).UTC()
			return f(c)
		}, "SELECT source, minute, known, backfill, posts FROM source_counts WHERE minute >= ? ORDER BY known, minute, source", from.Unix()/60)
	})
}

// Counts returns the counts of one topic from from up to to, back-fill included, by minute.
func (s *Store) Counts(ctx context.Context, topic string, from, to time.Time) ([]TopicCount, error) {
	var out []TopicCount
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			c, err := scanCount(scan)
			if n := len(out); n > 0 && out[n-1].Minute.Equal(c.Minute) {
				out[n-1].Count = out[n-1].Count.Plus(c.Count)
				return err
			}
			out = append(out, c)
			return err
		}, "SELECT "+countColumns+" FROM counts WHERE topic = ? AND minute >= ? AND minute < ? ORDER BY minute", topic, from.Unix()/60, to.Unix()/60)
	})
	if err != nil {
		return nil, fmt.Errorf("read counts of %s: %w", topic, err)
	}
	return out, nil
}

// RecentHit is a stored post as voices and near-duplicate groups need it.
type RecentHit struct {
	At     time.Time
	Source string
	Text   string
	Author string
	Print  uint64
	Mood   crisis.Mood
	Topics []string
}

// skew is how much later than they were seen posts may claim to be published.
const skew = time.Hour

// lastBefore returns the row behind which all posts published since a time lie:
// nothing is published much later than it was seen, and the rows lie in the order in
// which they were seen.
func (t *Tx) lastBefore(at time.Time) (seq int64, err error) {
	err = t.row("SELECT seq FROM posts WHERE seen < ? ORDER BY seq DESC LIMIT 1", []any{milli(at.Add(-skew))}, &seq)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return seq, err
}

// RecentHits calls f for every post published since from, in the order in which
// they were counted.
func (s *Store) RecentHits(ctx context.Context, from time.Time, f func(RecentHit) error) error {
	return s.View(ctx, func(tx *Tx) error {
		last, err := tx.lastBefore(from)
		if err != nil {
			return err
		}
		return tx.rows(func(scan func(...any) error) error {
			var p crisis.Post
			var published, print int64
			var mood int
			var topics string
			if err := scan(&p.Source, &p.Title, &p.Text, &p.Author, &published, &mood, &print, &topics); err != nil {
				return err
			}
			h := RecentHit{At: fromMilli(published), Source: p.Source, Text: p.FullText(), Author: p.Author, Print: uint64(print), Mood: moodOf(mood)}
			if topics != "" {
				h.Topics = strings.Split(topics, unit)
			}
			return f(h)
		}, `SELECT source, title, text, author, published, mood, print, topics FROM posts WHERE seq > ? AND published >= ? ORDER BY seq`, last, milli(from))
	})
}

const postColumns = "p.key, p.source, p.id, p.kind, p.url, p.title, p.text, p.author, p.lang, p.published, p.seen, p.mood, p.print, p.topics, p.extra"

// StoredPost is a post with what was kept of its reading.
type StoredPost struct {
	crisis.Post
	Mood  crisis.Mood
	Print uint64
}

func scanPost(scan func(...any) error, more ...any) (StoredPost, error) {
	var p StoredPost
	var key, published, seen, print int64
	var mood int
	var topics, rare string
	into := append([]any{&key, &p.Source, &p.ID, &p.Kind, &p.URL, &p.Title, &p.Text, &p.Author, &p.Lang, &published, &seen, &mood, &print, &topics, &rare}, more...)
	if err := scan(into...); err != nil {
		return p, err
	}
	p.Published, p.Seen, p.Mood, p.Print = fromMilli(published), fromMilli(seen), moodOf(mood), uint64(print)
	if topics != "" {
		p.Topics = strings.Split(topics, unit)
	}
	if rare != "" {
		var x extra
		if err := json.Unmarshal([]byte(rare), &x); err != nil {
			return p, fmt.Errorf("post %s/%s: %w", p.Source, p.ID, err)
		}
		p.Precision, p.RepostOf, p.ReplyTo, p.Place, p.Metrics = x.Precision, x.RepostOf, x.ReplyTo, x.Place, x.Metrics
	}
	return p, nil
}

// Post returns a stored post, or ErrNotFound.
func (s *Store) Post(ctx context.Context, key crisis.PostKey) (out StoredPost, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		out, err = tx.post(key)
		return err
	})
	return out, err
}

func (t *Tx) post(key crisis.PostKey) (out StoredPost, err error) {
	found := false
	err = t.rows(func(scan func(...any) error) (err error) {
		found = true
		out, err = scanPost(scan)
		return err
	}, "SELECT "+postColumns+" FROM posts p WHERE key = ?", int64(key))
	if err == nil && !found {
		err = ErrNotFound
	}
	return out, err
}

// PostsOf returns the newest posts of a topic from from to to.
func (s *Store) PostsOf(ctx context.Context, topic string, from, to time.Time, limit, offset int) ([]StoredPost, error) {
	var out []StoredPost
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			p, err := scanPost(scan)
			out = append(out, p)
			return err
		}, "SELECT "+postColumns+" FROM hits h JOIN posts p ON p.key = h.post WHERE h.topic = ? AND h.at BETWEEN ? AND ? ORDER BY h.at DESC, h.post LIMIT ? OFFSET ?",
			topic, milli(from), milli(to), limit, offset)
	})
	if err != nil {
		return nil, fmt.Errorf("read posts of %s: %w", topic, err)
	}
	return out, nil
}

// Platforms returns the sources whose posts spoke of a topic from from to to, the
// busiest first, and which part of these posts came from each.
func (t *Tx) Platforms(topic string, from, to time.Time) (out []string, parts []float64, err error) {
	all := 0.0
	err = t.rows(func(scan func(...any) error) error {
		var name string
		var n float64
		err := scan(&name, &n)
		out, parts, all = append(out, name), append(parts, n), all+n
		return err
	}, "SELECT p.source, count(*) AS n FROM hits h JOIN posts p ON p.key = h.post WHERE h.topic = ? AND h.at BETWEEN ? AND ? GROUP BY p.source ORDER BY n DESC, p.source", topic, milli(from), milli(to))
	for i := range parts {
		parts[i] /= all
	}
	return out, parts, err
}

// Purge deletes posts published before before, their hits, and the topics that
// emerged and were last heard before that, and says how many posts it were. Counts,
// attempts, incidents and their evidence stay.
func (s *Store) Purge(ctx context.Context, before time.Time) (all int, err error) {
	const step = 5000
	for {
		var gone int64
		err := s.Update(ctx, func(tx *Tx) error {
			res, err := tx.tx.ExecContext(ctx, "DELETE FROM posts WHERE key IN (SELECT key FROM posts WHERE published < ? AND key < ? LIMIT ?)",
				milli(before), ((before.Unix()/86400+1)&0x7fff)<<48, step)
			if err != nil {
				return err
			}
			gone, err = res.RowsAffected()
			return err
		})
		if err != nil {
			return all, fmt.Errorf("purge posts: %w", err)
		}
		all += int(gone)
		if gone < step {
			break
		}
	}
	err = s.Update(ctx, func(tx *Tx) error {
		if err := tx.exec("DELETE FROM phrases WHERE last < ?", before.Unix()); err != nil {
			return err
		}
		return tx.exec("DELETE FROM hits WHERE at < ?", milli(before))
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return all, fmt.Errorf("purge hits: %w", err)
	}
	return all, err
}

// PurgeExhibits deletes posts that were kept as proof before before, and says how many.
// What incidents quote of them stays in their events.
func (s *Store) PurgeExhibits(ctx context.Context, before time.Time) (gone int, err error) {
	err = s.Update(ctx, func(tx *Tx) error {
		res, err := tx.tx.ExecContext(ctx, "DELETE FROM exhibits WHERE kept < ?", milli(before))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		gone = int(n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge evidence: %w", err)
	}
	return gone, nil
}

// Sum adds up the counts of a topic from from up to to, back-fill included.
func (t *Tx) Sum(topic string, from, to time.Time) (crisis.Count, error) {
	var c crisis.Count
	err := t.row(`SELECT coalesce(sum(posts), 0), coalesce(sum(voices), 0), coalesce(sum(uniq), 0), coalesce(sum(negative), 0), coalesce(sum(rated), 0)
		FROM counts WHERE topic = ? AND minute >= ? AND minute < ?`, []any{topic, from.Unix() / 60, to.Unix() / 60},
		&c.Posts, &c.Voices, &c.Unique, &c.Negative, &c.Rated)
	if err != nil {
		return c, fmt.Errorf("sum counts of %s: %w", topic, err)
	}
	return c, nil
}

// LastPost is when the newest post of a source was published, to the minute; zero when none
// was ever stored.
func (t *Tx) LastPost(source string) (time.Time, error) {
	var minute int64
	if err := t.row("SELECT coalesce(max(minute), 0) FROM source_counts WHERE source = ?", []any{source}, &minute); err != nil || minute == 0 {
		return time.Time{}, err
	}
	return time.Unix(minute*60, 0).UTC(), nil
}
