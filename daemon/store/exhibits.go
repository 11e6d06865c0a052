package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"watchfire/crisis"
)

// Exhibited is a post that was quoted as proof, as it was then (存证).
type Exhibited struct {
	Key       crisis.PostKey
	Hash      string // see crisis.PostHash
	Source    string
	URL       string
	Title     string
	Text      string
	Published time.Time
	Kept      time.Time // when it was quoted
}

// mostKept is how much of a text is kept, in bytes.
const mostKept = 64 << 10

// sum is the hash of what is kept.
func (x *Exhibited) sum() string {
	return crisis.PostHash(x.Source, x.URL, x.Published, x.Title, x.Text)
}

// exhibitOf takes down a post.
func exhibitOf(p *StoredPost) Exhibited {
	x := Exhibited{Key: p.Key(), Source: p.Source, URL: p.URL, Title: p.Title, Text: p.Text, Published: p.Published}
	if len(x.Text) > mostKept {
		x.Text = strings.ToValidUTF8(x.Text[:mostKept], "")
	}
	x.Hash = x.sum()
	return x
}

func hashOf(p *StoredPost) string {
	x := exhibitOf(p)
	return x.Hash
}

// Keep keeps the posts that are quoted, whole; what is kept already stays as it is, and
// a post that is no longer stored cannot be kept any more.
func (t *Tx) Keep(evidence []crisis.Evidence, at time.Time) error {
	for _, e := range evidence {
		p, err := t.post(e.Key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("keep evidence: %w", err)
		}
		x := exhibitOf(&p)
		err = t.exec("INSERT OR IGNORE INTO exhibits VALUES (?,?,?,?,?,?,?,?)",
			int64(x.Key), x.Hash, x.Source, x.URL, x.Title, x.Text, x.Published.UnixNano(), milli(at))
		if err != nil {
			return fmt.Errorf("keep evidence: %w", err)
		}
	}
	return nil
}

// Exhibits returns what is kept of a post, the newest first.
func (t *Tx) Exhibits(key crisis.PostKey) ([]Exhibited, error) {
	return t.exhibits("WHERE key = ? ORDER BY kept DESC", int64(key))
}

func (t *Tx) exhibits(where string, args ...any) ([]Exhibited, error) {
	var out []Exhibited
	err := t.rows(func(scan func(...any) error) error {
		var x Exhibited
		var key, published, kept int64
		err := scan(&key, &x.Hash, &x.Source, &x.URL, &x.Title, &x.Text, &published, &kept)
		x.Key, x.Published, x.Kept = crisis.PostKey(key), time.Unix(0, published).UTC(), fromMilli(kept)
		out = append(out, x)
		return err
	}, "SELECT key, hash, source, url, title, text, published, kept FROM exhibits "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read kept evidence: %w", err)
	}
	return out, nil
}

// verifyExhibits names the first kept post that was changed, and the first one whose
// hash is not the one in the events of an incident.
func (t *Tx) verifyExhibits(quoted map[crisis.PostKey]map[string]bool) error {
	var bad error
	err := t.rows(func(scan func(...any) error) error {
		var x Exhibited
		var key, published int64
		if err := scan(&key, &x.Hash, &x.Source, &x.URL, &x.Title, &x.Text, &published); err != nil {
			return err
		}
		x.Key, x.Published = crisis.PostKey(key), time.Unix(0, published).UTC()
		switch hashes := quoted[x.Key]; {
		case bad != nil:
		case x.sum() != x.Hash:
			bad = fmt.Errorf("kept post %d of %s: content was changed after it was kept", key, x.Source)
		case len(hashes) > 0 && !hashes[x.Hash]:
			bad = fmt.Errorf("kept post %d of %s: it is not the one that the incident quotes", key, x.Source)
		}
		return nil
	}, "SELECT key, hash, source, url, title, text, published FROM exhibits")
	if err != nil {
		return fmt.Errorf("read kept evidence: %w", err)
	}
	return bad
}
