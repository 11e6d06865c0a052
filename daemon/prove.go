package daemon

import (
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
)

const (
	// proofSpan is how far back evidence is looked for: what a long window began with
	// is seldom what made it fire.
	proofSpan = 3 * time.Hour
	// usualSpan is how long before that a topic is listened to for what is usual: a
	// day and a bit, so that the same hour of yesterday is among it.
	usualSpan = 27 * time.Hour
	// compared is how many posts, now and before, are compared.
	compared = 400
)

// prove adds to a signal what only the store knows: the posts that show it, the
// sources they come from, and what they say that is not usual.
// What another system hands in brings its own.
func (r *responder) prove(s *crisis.Signal) error {
	if s.Detector == "intake" {
		return nil
	}
	from := s.At.Add(-min(s.Window, proofSpan))
	var err error
	s.Evidence, err = r.tx.Evidence(store.Exhibit{Topic: s.Topic, From: from, To: s.At, Most: max(5, r.d.cfg.Alerting.Evidence), Mood: s.Cue.OfMood()})
	if err != nil {
		return fmt.Errorf("find evidence: %w", err)
	}
	if s.Sources, s.Parts, err = r.tx.Platforms(s.Topic, from, s.At); err != nil {
		return fmt.Errorf("find sources: %w", err)
	}
	if s.Detector == "blind" { // what is not seen says nothing
		return nil
	}
	now, err := r.texts(s.Topic, from, s.At)
	if err != nil {
		return err
	}
	before, err := r.texts(s.Topic, from.Add(-usualSpan), from)
	if err != nil {
		return err
	}
	s.Phrases = reading.TopPhrases(now, before, wordsOf(r.d.topic(s.Topic)), mostPhrases)
	return nil
}

// texts returns what a topic's posts say.
func (r *responder) texts(topic string, from, to time.Time) ([]reading.Said, error) {
	posts, err := r.tx.TopicTexts(topic, from, to, compared)
	if err != nil {
		return nil, err
	}
	out := make([]reading.Said, len(posts))
	for i, p := range posts {
		out[i] = reading.Said{Text: p.Text, Author: p.Author, Print: p.Print}
	}
	return out, nil
}

// wordsOf are the words by which a topic is found.
func wordsOf(t crisis.Topic) []string {
	return slices.Concat(t.Any, slices.Concat(t.Must...), t.Places)
}
