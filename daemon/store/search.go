package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// Search says which stored posts are wanted. What is empty limits nothing.
type Search struct {
	Words    []string // all of them occur in the title or the text; ASCII letters in either case
	Topic    string
	Source   string
	Kind     string
	Mood     crisis.Mood
	From, To time.Time // when they were published
	Each     bool      // show every post, and not near-duplicates as one
	Most     int       // posts, or groups of near-duplicates, at most
	After    Place     // behind which place to go on; zero: from the newest
	Budget   time.Duration
}

// Place is how far a search has come: among the posts of a topic by the time of
// publication, among all posts in the order in which they were taken in.
type Place struct {
	At  int64 // Unix milliseconds; with a topic
	Key int64 // of the post; with a topic
	Seq int64 // without
}

// Found is what a search found, newest first.
type Found struct {
	Posts []FoundPost
	Next  Place     // where to go on
	More  bool      // there are posts that were not looked at
	Back  time.Time // posts back to here were looked at
}

// FoundPost is one post, or a group of near-duplicates with its newest post. The
// text is a part of the post around the first word that was looked for.
type FoundPost struct {
	Key       crisis.PostKey
	Source    string
	Kind      crisis.Kind
	URL       string
	Title     string
	Text      string
	Published time.Time
	Mood      crisis.Mood
	Topics    []string
	Copies    int // posts of the group among those that were looked at
	Voices    int // their distinct authors; authors that are not known are not counted
}

// Sizes of one step of a search, between which it looks at the clock: rows of all
// posts lie side by side, those of a topic are fetched one by one.
const (
	searchStep = 2000
	topicStep  = 200
	// mostFound keeps a wave of copies from filling the memory.
	mostFound = 3000
	// excerpt is how many characters of a text are shown.
	excerpt = 360
)

// Search looks through the posts, newest first, until it has found enough or its time
// is over: there is no index of words, which would cost every post that comes in. What
// it says with Found.More and Found.Back keeps a page honest.
func (s *Store) Search(ctx context.Context, q Search) (Found, error) {
	var out Found
	err := s.View(ctx, func(tx *Tx) error {
		x := searching{tx: tx, q: q, groups: map[uint64]int{}, voices: map[voice]bool{}, end: time.Now().Add(q.Budget), out: &out}
		if q.Topic != "" {
			return x.topic()
		}
		return x.all()
	})
	if err != nil {
		return out, fmt.Errorf("search posts: %w", err)
	}
	return out, nil
}

// searching is a search under way.
type searching struct {
	tx     *Tx
	q      Search
	end    time.Time
	groups map[uint64]int // index in out by print
	voices map[voice]bool
	rows   int
	out    *Found
}

type voice struct {
	group  int
	author string
}

// all goes through the table backwards, a stretch of rows at a time.
func (x *searching) all() error {
	low, high, err := x.bounds()
	if err != nil {
		return err
	}
	where, args := x.where()
	for high > low {
		from := max(low, high-searchStep)
		full, err := x.step("FROM posts p WHERE p.seq > ? AND p.seq <= ?"+where+" ORDER BY p.seq DESC", append([]any{from, high}, args...))
		if err != nil {
			return err
		}
		if full {
			break
		}
		high = from
		x.out.Next = Place{Seq: high}
		if time.Now().After(x.end) {
			break
		}
	}
	x.out.More = x.out.Next.Seq > low
	return x.back("SELECT seen FROM posts WHERE seq > ? ORDER BY seq LIMIT 1", x.out.Next.Seq)
}

// bounds finds the rows between which the posts lie that may be meant. Nothing is
// taken in long before it is published; what was published late may come at any time
// after it.
func (x *searching) bounds() (low, high int64, err error) {
	// Asked for both at once, SQLite would read the whole table.
	err = x.tx.row("SELECT coalesce((SELECT min(seq) FROM posts), 1) - 1, coalesce((SELECT max(seq) FROM posts), 0)", nil, &low, &high)
	if err != nil {
		return 0, 0, err
	}
	if !x.q.From.IsZero() {
		first, err := x.tx.seenFrom(x.q.From.Add(-skew), low, high)
		if err != nil {
			return 0, 0, err
		}
		low = max(low, first)
	}
	if x.q.After.Seq > 0 {
		high = min(high, x.q.After.Seq)
	}
	x.out.Next = Place{Seq: high}
	return low, high, nil
}

// seenFrom halves the rows after low up to high until it has the row behind which all
// posts lie that were seen from a time on: rows lie in the order in which they were seen.
func (t *Tx) seenFrom(at time.Time, low, high int64) (int64, error) {
	for low < high {
		mid := low + (high-low)/2
		var seq, seen int64
		err := t.row("SELECT seq, seen FROM posts WHERE seq > ? ORDER BY seq LIMIT 1", []any{mid}, &seq, &seen)
		if errors.Is(err, ErrNotFound) {
			high = mid
			continue
		}
		if err != nil {
			return 0, err
		}
		if seen < milli(at) {
			low = seq
		} else {
			high = mid
		}
	}
	return low, nil
}

// topic goes through the posts of a topic, in the order of publication.
func (x *searching) topic() error {
	at, key := x.q.After.At, x.q.After.Key
	if at == 0 {
		at, key = 1<<62, 1<<62
	}
	least := int64(0)
	if !x.q.From.IsZero() {
		least = milli(x.q.From)
	}
	if to := milli(x.q.To); !x.q.To.IsZero() && to < at {
		at, key = to, 1<<62
	}
	x.out.Next = Place{At: at, Key: key}
	where, args := x.where()
	const inner = "SELECT at, post FROM hits WHERE topic = ? AND (at, post) < (?, ?) AND at >= ? ORDER BY at DESC, post DESC"
	for {
		head := []any{x.q.Topic, x.out.Next.At, x.out.Next.Key, least}
		var last Place
		err := x.tx.row("SELECT at, post FROM ("+inner+" LIMIT ?) ORDER BY at, post LIMIT 1", append(slices.Clone(head), topicStep), &last.At, &last.Key)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		full, err := x.step("FROM ("+inner+fmt.Sprintf(" LIMIT %d) h JOIN posts p ON p.key = h.post WHERE 1", topicStep)+where+" ORDER BY h.at DESC, h.post DESC", append(head, args...))
		if err != nil {
			return err
		}
		if !full {
			x.out.Next = last
		}
		x.out.Back = fromMilli(x.out.Next.At)
		if full || time.Now().After(x.end) {
			err := x.tx.row("SELECT 1 FROM hits WHERE topic = ? AND (at, post) < (?, ?) AND at >= ? LIMIT 1", []any{x.q.Topic, x.out.Next.At, x.out.Next.Key, least}, new(int))
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			x.out.More = err == nil
			return err
		}
	}
}

// where writes the conditions on a post p.
func (x *searching) where() (string, []any) {
	var b strings.Builder
	var args []any
	add := func(text string, more ...any) {
		b.WriteString(" AND " + text)
		args = append(args, more...)
	}
	if !x.q.From.IsZero() {
		add("p.published >= ?", milli(x.q.From))
	}
	if !x.q.To.IsZero() {
		add("p.published < ?", milli(x.q.To))
	}
	if x.q.Source != "" {
		add("p.source = ?", x.q.Source)
	}
	if x.q.Kind != "" {
		add("p.kind = ?", x.q.Kind)
	}
	if x.q.Mood != "" {
		add("p.mood = ?", moodNumber(x.q.Mood))
	}
	for _, w := range x.q.Words {
		if strings.ToLower(w) == strings.ToUpper(w) { // no letters with a case: the quicker way
			add("(instr(p.text, ?) OR instr(p.title, ?))", w, w)
			continue
		}
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(w) + "%"
		add(`(p.text LIKE ? ESCAPE '\' OR p.title LIKE ? ESCAPE '\')`, like, like)
	}
	return b.String(), args
}

// step takes what one stretch holds, and says whether that was all that is wanted.
// A group that is shown already grows even then.
func (x *searching) step(from string, args []any) (full bool, err error) {
	first := ""
	if len(x.q.Words) > 0 {
		first = x.q.Words[0]
	}
	columns := fmt.Sprintf(`p.seq, p.key, p.source, p.kind, p.url, substr(p.title, 1, 300), CASE WHEN instr(lower(p.text), lower(?)) > %[1]d THEN '…' || substr(p.text, instr(lower(p.text), lower(?)) - 60, %[1]d) ELSE substr(p.text, 1, %[1]d + 1) END, p.author, p.published, p.mood, p.print, p.topics`, excerpt)
	rows, err := x.tx.tx.QueryContext(x.tx.ctx, "SELECT "+columns+" "+from, append([]any{first, first}, args...)...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var p FoundPost
		var seq, published, print int64
		var mood int
		var author, topics string
		err := rows.Scan(&seq, &p.Key, &p.Source, &p.Kind, &p.URL, &p.Title, &p.Text, &author, &published, &mood, &print, &topics)
		if err != nil {
			return false, err
		}
		p.Published, p.Mood = fromMilli(published), moodOf(mood)
		if topics != "" {
			p.Topics = strings.Split(topics, unit)
		}
		if !x.take(p, uint64(print), author) {
			return true, nil
		}
		if x.q.Topic != "" {
			x.out.Next = Place{At: published, Key: int64(p.Key)}
		} else {
			x.out.Next = Place{Seq: seq - 1}
		}
	}
	return false, rows.Err()
}

// take adds a post to what was found, or to the group that it repeats. It says false
// when there is no room for it.
func (x *searching) take(p FoundPost, print uint64, author string) bool {
	if x.rows == mostFound {
		return false
	}
	i, known := x.groups[print]
	if !known || x.q.Each || print == 0 {
		if len(x.out.Posts) >= x.q.Most {
			return false
		}
		i = len(x.out.Posts)
		x.out.Posts = append(x.out.Posts, p)
		x.groups[print] = i
	}
	x.rows++
	x.out.Posts[i].Copies++
	if v := (voice{i, author}); author != "" && !x.voices[v] {
		x.voices[v] = true
		x.out.Posts[i].Voices++
	}
	return true
}

// back says when the last post that was looked at was taken in.
func (x *searching) back(query string, args ...any) error {
	var seen int64
	err := x.tx.row(query, args, &seen)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	x.out.Back = fromMilli(seen)
	return err
}
