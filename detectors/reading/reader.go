package reading

import (
	"strings"
	"sync/atomic"

	"watchfire/crisis"
)

// Reader understands posts. It is safe for concurrent use.
type Reader struct {
	rules atomic.Pointer[rules]
}

// New returns a reader without topics.
func New() (*Reader, error) {
	r := &Reader{}
	c, err := compile(nil)
	if err != nil {
		return nil, err
	}
	r.rules.Store(c)
	return r, nil
}

// SetTopics replaces the topics. They are compiled aside and swapped in at once;
// on an error the running ones stay.
func (r *Reader) SetTopics(ts []crisis.Topic) error {
	c, err := compile(ts)
	if err != nil {
		return err
	}
	r.rules.Store(c)
	return nil
}

// longest is how much of a text is read, in bytes: what a post is about stands in
// its first pages.
const longest = 16 << 10

// Read returns all that is understood of a post. Its words are pieces of the folded
// text, cut by the dictionary and by the words of the topics.
func (r *Reader) Read(p *crisis.Post) crisis.Reading {
	return r.rules.Load().read(p, fold(capped(p.FullText())))
}

// Digest returns what Read returns and the sketch by which near-duplicates are
// found: all that counting needs, from one folding of the text.
func (r *Reader) Digest(p *crisis.Post) (crisis.Reading, Sketch) {
	text := fold(capped(p.FullText()))
	return r.rules.Load().read(p, text), sketch(text)
}

// read understands a post whose folded text is text.
func (r *rules) read(p *crisis.Post, text string) crisis.Reading {
	rd := crisis.Reading{Lang: language(text), Topics: r.match(p, text)}
	rd.Words = r.cut.cut(text, make([]string, 0, 8+len(text)/4))
	rd.Odds = feel(ownWords(text))
	rd.Mood = moodOf(rd.Odds)
	return rd
}

func capped(s string) string {
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "")
}
