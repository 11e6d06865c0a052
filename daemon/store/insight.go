package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
)

// HalfHour is the stretch in which HalfHours adds up.
const HalfHour = 30 * time.Minute

// HalfHours calls f for every half hour from from up to to in which a topic was spoken
// of, in order of time.
func (s *Store) HalfHours(ctx context.Context, topic string, from, to time.Time, f func(at time.Time, c crisis.Count)) error {
	err := s.View(ctx, func(tx *Tx) error {
		return tx.rows(func(scan func(...any) error) error {
			var half int64
			var c crisis.Count
			err := scan(&half, &c.Posts, &c.Voices, &c.Negative, &c.Rated)
			f(time.Unix(half*1800, 0).UTC(), c)
			return err
		}, `SELECT minute / 30 AS half, sum(posts), sum(voices), sum(negative), sum(rated) FROM counts
			WHERE topic = ? AND minute >= ? AND minute < ? GROUP BY half ORDER BY half`, topic, from.Unix()/60, to.Unix()/60)
	})
	if err != nil {
		return fmt.Errorf("read the hours of %s: %w", topic, err)
	}
	return nil
}

// FirstCount returns the first minute of a topic that was counted, or ErrNotFound.
func (t *Tx) FirstCount(topic string) (time.Time, error) {
	var minute int64
	err := t.row("SELECT minute FROM counts WHERE topic = ? ORDER BY minute LIMIT 1", []any{topic}, &minute)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return time.Time{}, fmt.Errorf("read the first count of %s: %w", topic, err)
	}
	return time.Unix(minute*60, 0).UTC(), err
}

// OwnMinutes returns the minutes since from in which we published about a topic
// ourselves, the last ones first.
func (t *Tx) OwnMinutes(topic string, from time.Time, limit int) ([]time.Time, error) {
	var out []time.Time
	err := t.rows(func(scan func(...any) error) error {
		var minute int64
		err := scan(&minute)
		out = append(out, time.Unix(minute*60, 0).UTC())
		return err
	}, "SELECT DISTINCT minute FROM counts WHERE topic = ? AND minute >= ? AND own > 0 ORDER BY minute DESC LIMIT ?", topic, from.Unix()/60, limit)
	if err != nil {
		return nil, fmt.Errorf("read what we published about %s: %w", topic, err)
	}
	return out, nil
}

// OwnPost returns a post about a topic that one of the sources published in a minute,
// or ErrNotFound.
func (t *Tx) OwnPost(topic string, minute time.Time, sources []string) (FoundPost, error) {
	var p FoundPost
	names, err := json.Marshal(sources)
	if err != nil {
		return p, fmt.Errorf("encode the names of sources: %w", err)
	}
	err = t.row(`SELECT p.key, p.source, p.url, substr(p.title, 1, 200), substr(p.text, 1, 200) FROM hits h JOIN posts p ON p.key = h.post
		WHERE h.topic = ? AND h.at >= ? AND h.at < ? AND p.source IN (SELECT value FROM json_each(?)) ORDER BY h.at LIMIT 1`,
		[]any{topic, milli(minute), milli(minute.Add(time.Minute)), string(names)}, &p.Key, &p.Source, &p.URL, &p.Title, &p.Text)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return p, fmt.Errorf("read what we published about %s: %w", topic, err)
	}
	return p, err
}

// AsksSince returns the requests received since from, the last ones first.
func (t *Tx) AsksSince(from time.Time, limit int) ([]crisis.Ask, error) {
	return t.asks("WHERE received >= ? ORDER BY received DESC LIMIT ?", milli(from), limit)
}
