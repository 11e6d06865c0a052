package crisis

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"hash/fnv"
	"time"
)

// Kind says what sort of public statement a post is.
type Kind string

// The kinds of posts.
const (
	KindPost    Kind = "post"    // a short public post (帖文)
	KindComment Kind = "comment" // a comment below something else (评论)
	KindArticle Kind = "article" // a news article or notice (文章)
	KindBoard   Kind = "board"   // an entry of a hot board (热榜条目)
	KindWarning Kind = "warning" // an official warning (预警)
	KindOrder   Kind = "order"   // a hotline work order (工单)
)

// Precision says how exactly the time of publication is known.
type Precision string

// The precisions of a publication time.
const (
	PrecisionSecond Precision = "second"
	PrecisionMinute Precision = "minute"
	PrecisionDay    Precision = "day"
	PrecisionNone   Precision = "none" // not stated: Published holds the time of the first sighting
)

// Post is one public statement (帖文).
//
// Author is a keyed hash, never a name; see AuthorHash. Topics holds topics that
// whoever sent the post has already matched; they are taken as matched.
type Post struct {
	Source    string    `json:"source"`
	ID        string    `json:"id"` // the source's own id
	Kind      Kind      `json:"kind,omitempty"`
	URL       string    `json:"url,omitempty"`
	Title     string    `json:"title,omitempty"`
	Text      string    `json:"text"`
	Lang      string    `json:"lang,omitempty"` // as stated by the source, BCP 47
	Author    string    `json:"author_hash,omitempty"`
	Published time.Time `json:"published"` // UTC
	Precision Precision `json:"precision,omitempty"`
	Seen      time.Time `json:"seen,omitzero"` // when we fetched it, UTC
	RepostOf  string    `json:"repost_of,omitempty"`
	ReplyTo   string    `json:"reply_to,omitempty"`
	Place     string    `json:"place,omitempty"` // only what the source states of the content
	Metrics   Metrics   `json:"metrics,omitzero"`
	Topics    []string  `json:"topics,omitempty"`
}

// Metrics are the counters a source shows beside a post; zero is unknown.
// Rank is the place on a hot board, 1 is the top.
type Metrics struct {
	Replies int64 `json:"replies,omitempty"`
	Shares  int64 `json:"shares,omitempty"`
	Likes   int64 `json:"likes,omitempty"`
	Views   int64 `json:"views,omitempty"`
	Heat    int64 `json:"heat,omitempty"`
	Rank    int   `json:"rank,omitempty"`
}

// PostKey identifies a post in the store: days since 1970 of the publication in
// the upper 16 bits, 47 bits of a hash of source and id below. The day prefix
// keeps inserts at one end of the index, which makes them three times cheaper
// than a random key; a post without a stated time has day 0, so that it keeps
// its key when it is fetched again tomorrow. Keys are never negative.
type PostKey int64

// Key returns the post's key.
func (p *Post) Key() PostKey {
	h := fnv.New64a()
	h.Write([]byte(p.Source))
	h.Write([]byte{0})
	h.Write([]byte(p.ID))
	var day int64
	if p.Precision != PrecisionNone && !p.Published.IsZero() {
		day = p.Published.Unix() / 86400
	}
	return PostKey((day&0x7fff)<<48 | int64(h.Sum64()>>16))
}

// FullText returns title and text as one string to be read.
func (p *Post) FullText() string {
	switch {
	case p.Title == "":
		return p.Text
	case p.Text == "":
		return p.Title
	}
	return p.Title + "\n" + p.Text
}

// AuthorHash returns the keyed hash under which an author is counted: 16 hex
// digits of HMAC-SHA256 over source and the source's author id. An empty id
// gives an empty hash: unknown authors are not one author.
func AuthorHash(key []byte, source, author string) string {
	return NewAuthors(key).Hash(source, author)
}

// Authors hashes many authors under one key (see AuthorHash). It is not safe for
// concurrent use.
type Authors struct {
	mac   hash.Hash
	input []byte
	sum   []byte
}

// NewAuthors returns what hashes under a key.
func NewAuthors(key []byte) *Authors { return &Authors{mac: hmac.New(sha256.New, key)} }

// Hash is AuthorHash under the key.
func (a *Authors) Hash(source, author string) string {
	if author == "" {
		return ""
	}
	a.mac.Reset()
	a.input = append(append(append(a.input[:0], source...), 0), author...)
	a.mac.Write(a.input)
	a.sum = a.mac.Sum(a.sum[:0])
	return hex.EncodeToString(a.sum[:8])
}
