package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"watchfire/crisis"
)

// Saved is a post with what was understood of it, ready to be stored. Row may be made
// ahead by RowOf, while another delivery is being written.
type Saved struct {
	Post    crisis.Post
	Reading crisis.Reading
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
	rowWidth = 16
	rowPrint = 13
)

// RowOf encodes a post. An error is told when the row is stored.
func RowOf(p *crisis.Post, r *crisis.Reading) Row {
	rare, err := rarer(p)
	key := p.Key()
	return Row{Key: key, err: err, cells: []any{
		nil, int64(key), p.Source, p.ID, string(p.Kind), p.URL, p.Title, p.Text, p.Author, r.Lang,
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
	for len(keys) > 0 {
		n := min(len(keys), looked)
		args := make([]any, n)
		for i, k := range keys[:n] {
			args[i] = int64(k)
		}
		if err := t.known(args, known); err != nil {
			return nil, fmt.Errorf("look up posts: %w", err)
		}
		keys = keys[n:]
	}
	return known, nil
}

func (t *Tx) known(keys []any, into map[crisis.PostKey]bool) error {
	stmt, err := t.statement(lookUp(len(keys)))
	if err != nil {
		return err
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(t.ctx, keys...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k int64
		if err := rows.Scan(&k); err != nil {
			return err
		}
		into[crisis.PostKey(k)] = true
	}
	return rows.Err()
}

// insertMany inserts rows of the given width, many to a statement: each statement
// costs as much as several rows.
func (t *Tx) insertMany(head, tail string, width int, args []any) error {
	if len(args) >= manyRows*width {
		stmt, err := t.statement(insertOf(head, tail, width, manyRows))
		if err != nil {
			return err
		}
		defer stmt.Close()
		for ; len(args) >= manyRows*width; args = args[manyRows*width:] {
			if _, err := stmt.ExecContext(t.ctx, args[:manyRows*width]...); err != nil {
				return err
			}
		}
	}
	if n := len(args) / width; n > 0 {
		return t.exec(insertOf(head, tail, width, n), args...)
	}
	return nil
}

// manyRows is how many rows a statement inserts at most.
const manyRows = 40

func insertOf(head, tail string, width, rows int) string {
	marks := "(?" + strings.Repeat(",?", width-1) + ")"
	return head + marks + strings.Repeat(","+marks, rows-1) + tail
}

// The statements that every delivery runs.
const (
	insertPosts = "INSERT INTO posts VALUES "
	insertHits  = "INSERT OR IGNORE INTO hits VALUES "
	hitWidth    = 5
)

// often are prepared once: to parse one of them costs as much as some rows.
func often() []string {
	return []string{lookUp(looked), insertOf(insertPosts, "", rowWidth, manyRows), insertOf(insertHits, "", hitWidth, manyRows)}
}

// SavePosts stores posts that are not stored yet (see Known) and what they speak of,
// in the order in which they were counted.
func (t *Tx) SavePosts(posts []Saved) error {
	args := make([]any, 0, rowWidth*len(posts))
	var hits []any
	for i := range posts {
		p, row := &posts[i].Post, posts[i].Row
		if row.cells == nil {
			row = RowOf(p, &posts[i].Reading)
		}
		if row.err != nil {
			return row.err
		}
		row.cells[rowPrint] = int64(posts[i].Reading.Print)
		args = append(args, row.cells...)
		for _, h := range posts[i].Topics {
			hits = append(hits, h.Topic, p.Published.UnixMilli(), int64(row.Key), h.Voice, h.Fresh)
		}
	}
	if err := t.insertMany(insertPosts, "", rowWidth, args); err != nil {
		return fmt.Errorf("insert posts: %w", err)
	}
	if err := t.insertMany(insertHits, "", hitWidth, hits); err != nil {
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
	const width = 17
	args := make([]any, 0, width*len(counts))
	for i := range counts {
		c := &counts[i].Count
		args = append(args, counts[i].Topic, counts[i].Minute.Unix()/60, counts[i].Known.Unix()/60, counts[i].Backfill,
			c.Posts, c.Voices, c.Unique, c.Negative, c.Rated, c.Angry, c.Fear, c.Harm, c.Rumour, c.Old, c.Imitation, c.Rank, c.Own)
	}
	err := t.insertMany("INSERT INTO counts VALUES ", ` ON CONFLICT DO UPDATE SET posts = posts + excluded.posts, voices = voices + excluded.voices,
		uniq = uniq + excluded.uniq, negative = negative + excluded.negative, rated = rated + excluded.rated,
		angry = angry + excluded.angry, fear = fear + excluded.fear, harm = harm + excluded.harm,
		rumour = rumour + excluded.rumour, old = old + excluded.old, imitation = imitation + excluded.imitation,
		rank = CASE WHEN min(rank, excluded.rank) > 0 THEN min(rank, excluded.rank) ELSE max(rank, excluded.rank) END, own = own + excluded.own`, width, args)
	if err != nil {
		return fmt.Errorf("add counts: %w", err)
	}
	return nil
}

// AddSourceCounts adds to the counts of sources.
func (t *Tx) AddSourceCounts(counts []SourceCount) error {
	args := make([]any, 0, 5*len(counts))
	for _, c := range counts {
		args = append(args, c.Source, c.Minute.Unix()/60, c.Known.Unix()/60, c.Backfill, c.Posts)
	}
	err := t.insertMany("INSERT INTO source_counts VALUES ", " ON CONFLICT DO UPDATE SET posts = posts + excluded.posts", 5, args)
	if err != nil {
		return fmt.Errorf("add source counts: %w", err)
	}
	return nil
}
