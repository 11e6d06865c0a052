package reading

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-ego/gse"

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

// Read returns all that is understood of a post, its words included.
func (r *Reader) Read(p *crisis.Post) crisis.Reading {
	rd := r.Skim(p)
	rd.Words = segment(capped(p.FullText()))
	return rd
}

// Skim is Read without the words: the hot path.
func (r *Reader) Skim(p *crisis.Post) crisis.Reading {
	text := fold(capped(p.FullText()))
	rd := crisis.Reading{Lang: Language(text), Topics: r.rules.Load().match(p, text)}
	model := r.Model(rd.Lang)
	rd.Emotion = model.Emotion(text)
	rd.Odds = model.Odds(rd.Emotion)
	rd.Mood = moodOf(rd.Odds)
	rd.Harm = harm(text)
	return rd
}

func capped(s string) string {
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "")
}

// dictionary loads gse's simplified Chinese dictionary, once: loading two at a time
// is a data race in gse, and one takes a second and 130 MB.
var dictionary = sync.OnceValues(func() (*gse.Segmenter, error) {
	s := &gse.Segmenter{NotLoadHMM: true, SkipLog: true}
	if err := s.LoadDictEmbed("zh_s"); err != nil {
		return nil, err
	}
	return s, nil
})

// segment cuts a text into words, without spaces and punctuation. Segment is linear
// in the length of the text; gse's Cut with its hidden Markov model is not.
func segment(text string) []string {
	s, err := dictionary()
	if err != nil {
		return strings.Fields(text) // unreachable: the dictionary is part of the program
	}
	var out []string
	for _, seg := range s.Segment([]byte(text)) {
		for w := range strings.FieldsSeq(seg.Token().Text()) { // a run of Latin words is one token of gse
			if strings.ContainsFunc(w, speaks) {
				out = append(out, w)
			}
		}
	}
	return out
}

// speaks says whether a character is part of a word rather than between words.
func speaks(r rune) bool {
	switch {
	case r >= 0x3000 && r <= 0x303f, r >= 0xff00 && r <= 0xff0f, r >= 0xff1a && r <= 0xff20:
		return false
	}
	return r >= 0x2e80 ||
		r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || r >= 0xc0 && r < 0x2000
}
