package reading

import (
	"strings"
	"sync"
	"sync/atomic"

	"watchfire/crisis"
)

// Reader understands posts. It is safe for concurrent use.
type Reader struct {
	rules atomic.Pointer[rules]
	moods atomic.Pointer[moods]
}

// New returns a reader without topics.
func New() (*Reader, error) {
	r := &Reader{}
	c, err := compile(nil)
	if err != nil {
		return nil, err
	}
	r.rules.Store(c)
	m, err := shipped()
	if err != nil {
		return nil, err
	}
	r.moods.Store(&m)
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
//
// Of a repost with words of its own, the own and the quoted words are scored apart too.
func (r *Reader) Read(p *crisis.Post) crisis.Reading {
	text := fold(capped(p.FullText()))
	rd := r.read(p, text)
	rd.Words = r.rules.Load().split(text)
	if own, quoted, ok := chained(text); ok {
		m := r.Model(rd.Lang)
		a, b := m.Odds(m.Emotion(own)), m.Odds(m.Emotion(quoted))
		rd.Own, rd.Quoted = &a, &b
	}
	return rd
}

// Digest is all that counting needs of a post, from one folding of its text.
type Digest struct {
	crisis.Reading        // without its words
	Sketch         Sketch // by which near-duplicates are found
	Length         int    // of the text, in words
	Text           Text
}

// Text is the text of a post, folded and capped: what everything that reads begins with.
type Text string

// TextOf folds the text of a post.
func TextOf(p *crisis.Post) Text { return Text(fold(capped(p.FullText()))) }

// cuttings hold the words of a text for as long as they are counted.
var cuttings = sync.Pool{New: func() any { return new([]string) }}

// Digest reads a post, as Read does, for counting: of its words, which are pieces of the
// text and can be cut again, it keeps the number.
func (r *Reader) Digest(p *crisis.Post) Digest {
	t := TextOf(p)
	text := string(t)
	words := cuttings.Get().(*[]string)
	*words = r.rules.Load().cut.cut(text, (*words)[:0])
	d := Digest{Reading: r.read(p, text), Sketch: sketch(text), Length: len(*words), Text: t}
	cuttings.Put(words)
	return d
}

// Words returns the words of a post, as Read does, and nothing else.
func (r *Reader) Words(p *crisis.Post) []string {
	return r.rules.Load().split(fold(capped(p.FullText())))
}

func (r *rules) split(text string) []string {
	return r.cut.cut(text, make([]string, 0, 8+len(text)/4))
}

// read understands a post whose folded text is text.
func (r *Reader) read(p *crisis.Post, text string) crisis.Reading {
	rules := r.rules.Load()
	rd := crisis.Reading{Lang: Language(text), Topics: rules.match(p, text)}
	model := r.Model(rd.Lang)
	rd.Emotion = emotionOf(model, text)
	rd.Odds = model.Odds(rd.Emotion)
	rd.Mood = moodOf(rd.Odds)
	rd.Harm = harm(text)
	rd.Claims = claims(text, p.Published, rd.Harm)
	return rd
}

func capped(s string) string {
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "")
}
