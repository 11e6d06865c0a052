package reading

import (
	"sync"
	"sync/atomic"

	"watchfire/crisis"
)

// Reader understands posts. It is safe for concurrent use.
type Reader struct {
	rules   atomic.Pointer[rules]
	scratch sync.Pool
}

// New returns a reader without topics.
func New() (*Reader, error) {
	r := &Reader{scratch: sync.Pool{New: func() any { return new(scratch) }}}
	r.rules.Store(&rules{})
	return r, nil
}

// SetTopics replaces the topics. They are compiled aside and swapped in at
// once; on an error the running ones stay.
func (r *Reader) SetTopics(ts []crisis.Topic) error {
	c, err := compile(ts)
	if err != nil {
		return err
	}
	r.rules.Store(c)
	return nil
}

// Read returns all that is understood of a post.
func (r *Reader) Read(p *crisis.Post) crisis.Reading {
	return r.Skim(p)
}

// Skim is Read without the words.
func (r *Reader) Skim(p *crisis.Post) crisis.Reading {
	s := r.scratch.Get().(*scratch)
	defer r.scratch.Put(s)
	s.load(p)
	return crisis.Reading{Lang: s.lang(), Topics: p.Topics, Mood: crisis.Neutral, Odds: crisis.Odds{Neutral: 1}}
}
