package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// Saved is a post with what was understood of it, ready to be stored. Row may be made
// ahead by RowOf, while another delivery is being written.
type Saved struct {
	Post    *crisis.Post
	Reading *crisis.Reading
	Topics  []Hit
	Row     Row
}

// Row is a post as it lies in the table, but for its near-duplicate group.
type Row struct {
	Key   crisis.PostKey
	cells []any
	err   error
}

// The columns of a row, and which of them is the group.
const (
	rowWidth = 15
	rowPrint = 12
)

// RowOf encodes a post. An error is told when the row is stored.
func RowOf(p *crisis.Post, r *crisis.Reading) Row {
	rare, err := rarer(p)
	key := p.Key()
	return Row{Key: key, err: err, cells: []any{
		int64(key), p.Source, p.ID, string(p.Kind), p.URL, p.Title, p.Text, p.Author, r.Lang,
		p.Published.UnixMilli(), p.Seen.UnixMilli(), moodNumber(r.Mood), int64(0), strings.Join(r.Topics, unit), rare,
	}}
}

// rarer encodes the rarer fields of a post.
func rarer(p *crisis.Post) (string, error) {
	x := extra{p.Precision, p.RepostOf, p.ReplyTo, p.Place, p.Metrics}
	switch x {
	case extra{}:
		return "", nil
	case extra{Precision: crisis.PrecisionSecond}: // most posts
		return `{"precision":"second"}`, nil
	}
	b, err := json.Marshal(x)
	if err != nil {
		return "", fmt.Errorf("encode post %s/%s: %w", p.Source, p.ID, err)
	}
	return string(b), nil
}

// Hit says that a post speaks of a topic, and what it counted for.
type Hit struct {
	Topic string
	Voice bool
	Fresh bool
}

// extra holds the rarer fields of a post.
type extra struct {
	Precision crisis.Precision `json:"precision,omitempty"`
	RepostOf  string           `json:"repost_of,omitempty"`
	ReplyTo   string           `json:"reply_to,omitempty"`
	Place     string           `json:"place,omitempty"`
	Metrics   crisis.Metrics   `json:"metrics,omitzero"`
}

// unit joins the topics of a post in one column.
const unit = "\x1f"

var moods = []crisis.Mood{crisis.Negative, crisis.Neutral, crisis.Positive}

func moodNumber(m crisis.Mood) int {
	for i, x := range moods {
		if x == m {
			return i
		}
	}
	return 1
}

func moodOf(n int) crisis.Mood {
	if n < 0 || n >= len(moods) {
		return crisis.Neutral
	}
	return moods[n]
}

// looked is how many keys are looked up at once.
const looked = 500

func lookUp(n int) string {
	return "SELECT key FROM posts WHERE key IN (?" + strings.Repeat(",?", n-1) + ")"
}

// Known returns which of the keys are stored already.
func (t *Tx) Known(keys []crisis.PostKey) (map[crisis.PostKey]bool, error) {
	known := make(map[crisis.PostKey]bool, len(keys))
	for some := range slices.Chunk(keys, looked) {
		args := make([]driver.NamedValue, len(some))
		for i, k := range some {
			args[i] = driver.NamedValue{Ordinal: i + 1, Value: int64(k)}
		}
		err := t.numbers(lookUp(len(some)), args, len(some) == looked, func(k int64) { known[crisis.PostKey(k)] = true })
		if err != nil {
			return nil, fmt.Errorf("look up posts: %w", err)
		}
	}
	return known, nil
}

// The statements that every delivery runs.
const (
	insertPosts = "INSERT INTO posts (key, source, id, kind, url, title, text, author, lang, published, seen, mood, print, topics, extra) VALUES "
	insertHits  = "INSERT OR IGNORE INTO hits VALUES "
	hitWidth    = 5
)

// SavePosts stores posts that are not stored yet (see Known) and what they speak of,
// in the order in which they were counted.
func (t *Tx) SavePosts(posts []Saved) error {
	rows, hits := t.inserter(insertPosts, "", rowWidth), t.inserter(insertHits, "", hitWidth)
	for i := range posts {
		p, row := posts[i].Post, posts[i].Row
		if row.cells == nil {
			row = RowOf(p, posts[i].Reading)
		}
		if row.err != nil {
			return row.err
		}
		row.cells[rowPrint] = int64(posts[i].Reading.Print)
		if err := rows.add(row.cells...); err != nil {
			return fmt.Errorf("insert posts: %w", err)
		}
		for _, h := range posts[i].Topics {
			if err := hits.add(h.Topic, p.Published.UnixMilli(), int64(row.Key), h.Voice, h.Fresh); err != nil {
				return fmt.Errorf("insert hits: %w", err)
			}
		}
	}
	if err := rows.flush(); err != nil {
		return fmt.Errorf("insert posts: %w", err)
	}
	if err := hits.flush(); err != nil {
		return fmt.Errorf("insert hits: %w", err)
	}
	return nil
}

// TopicCount is what one minute of one topic held. Backfill marks what the first
// visit to a source brought.
type TopicCount struct {
	Topic    string
	Minute   time.Time
	Known    time.Time // the last minute that had been judged when it was counted
	Backfill bool
	Count    crisis.Count
}

// SourceCount is what one minute of one source held.
type SourceCount struct {
	Source   string
	Minute   time.Time
	Known    time.Time
	Backfill bool
	Posts    int
}

// AddCounts adds to the counts of topics.
func (t *Tx) AddCounts(counts []TopicCount) error {
	rows := t.inserter("INSERT INTO counts VALUES ", ` ON CONFLICT DO UPDATE SET posts = posts + excluded.posts, voices = voices + excluded.voices,
		uniq = uniq + excluded.uniq, negative = negative + excluded.negative, rated = rated + excluded.rated,
		angry = angry + excluded.angry, fear = fear + excluded.fear, harm = harm + excluded.harm,
		rumour = rumour + excluded.rumour, old = old + excluded.old, imitation = imitation + excluded.imitation,
		rank = CASE WHEN min(rank, excluded.rank) > 0 THEN min(rank, excluded.rank) ELSE max(rank, excluded.rank) END, own = own + excluded.own`, 17)
	for i := range counts {
		c := &counts[i].Count
		err := rows.add(counts[i].Topic, counts[i].Minute.Unix()/60, counts[i].Known.Unix()/60, counts[i].Backfill,
			c.Posts, c.Voices, c.Unique, c.Negative, c.Rated, c.Angry, c.Fear, c.Harm, c.Rumour, c.Old, c.Imitation, c.Rank, c.Own)
		if err != nil {
			return fmt.Errorf("add counts: %w", err)
		}
	}
	if err := rows.flush(); err != nil {
		return fmt.Errorf("add counts: %w", err)
	}
	return nil
}

// AddSourceCounts adds to the counts of sources.
func (t *Tx) AddSourceCounts(counts []SourceCount) error {
	rows := t.inserter("INSERT INTO source_counts VALUES ", " ON CONFLICT DO UPDATE SET posts = posts + excluded.posts", 5)
	for _, c := range counts {
		if err := rows.add(c.Source, c.Minute.Unix()/60, c.Known.Unix()/60, c.Backfill, c.Posts); err != nil {
			return fmt.Errorf("add source counts: %w", err)
		}
	}
	if err := rows.flush(); err != nil {
		return fmt.Errorf("add source counts: %w", err)
	}
	return nil
}
