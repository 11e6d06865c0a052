package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"watchfire/crisis"
)

const (
	quoted   = 120 // longest quote in runes
	telling  = 8   // shorter quotes prove little
	mostRead = 2000
)

// Exhibit says which posts are to prove what.
type Exhibit struct {
	Topic    string
	From, To time.Time
	Most     int
	Mood     bool // the negative ones are what it is about
}

// Evidence picks posts that show what a topic is about: see crisis.Exemplars.
func (t *Tx) Evidence(x Exhibit) ([]crisis.Evidence, error) {
	var all []crisis.Evidence
	var list []crisis.Specimen
	copies := map[uint64]int{}
	err := t.rows(func(scan func(...any) error) error {
		p, err := scanPost(scan)
		if err != nil {
			return err
		}
		copies[p.Print]++
		all = append(all, evidenceOf(&p))
		list = append(list, specimenOf(&p, all[len(all)-1].Quote))
		return nil
	}, "SELECT "+postColumns+" FROM hits h JOIN posts p ON p.key = h.post WHERE h.topic = ? AND h.at BETWEEN ? AND ? ORDER BY h.at, h.post LIMIT ?", x.Topic, milli(x.From), milli(x.To), mostRead)
	if err != nil {
		return nil, err
	}
	var out []crisis.Evidence
	for _, i := range crisis.Exemplars(list, x.Most, x.Mood) {
		e := all[i]
		if list[i].Group != 0 {
			e.Copies = copies[list[i].Group]
		}
		p, err := t.post(e.Key)
		if err != nil {
			return nil, fmt.Errorf("evidence of %s: %w", x.Topic, err)
		}
		e.Hash = hashOf(&p)
		out = append(out, e)
	}
	return out, nil
}

func evidenceOf(p *StoredPost) crisis.Evidence {
	return crisis.Evidence{Key: p.Key(), Source: p.Source, URL: p.URL, Quote: shorten(p.FullText(), quoted), Published: p.Published, Mood: p.Mood, Copies: 1}
}

func specimenOf(p *StoredPost, quote string) crisis.Specimen {
	s := crisis.Specimen{Group: p.Print, Source: p.Source, Negative: p.Mood == crisis.Negative, Poor: len([]rune(quote)) < telling}
	if p.Author != "" {
		h := fnv.New64a()
		h.Write([]byte(p.Author))
		s.Author = h.Sum64()
	}
	return s
}

// Evidence is Tx.Evidence outside a transaction.
func (s *Store) Evidence(ctx context.Context, x Exhibit) (out []crisis.Evidence, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		out, err = tx.Evidence(x)
		return err
	})
	return out, err
}

// Quote returns stored posts as evidence, in the order of their keys in the list;
// those that have been deleted are left out.
func (t *Tx) Quote(keys []crisis.PostKey) ([]crisis.Evidence, error) {
	var out []crisis.Evidence
	for _, key := range keys {
		p, err := t.post(key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("quote a post: %w", err)
		}
		out = append(out, evidenceOf(&p))
	}
	return out, nil
}

// TopicOf returns the topic that most of the posts speak of, "" when no topic has
// half of those that are still stored.
func (t *Tx) TopicOf(keys []crisis.PostKey) (string, error) {
	n, all, best := map[string]int{}, 0, ""
	for _, key := range keys {
		p, err := t.post(key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("topic of a post: %w", err)
		}
		all++
		for _, topic := range p.Topics {
			if n[topic]++; n[topic] > n[best] || n[topic] == n[best] && topic < best {
				best = topic
			}
		}
	}
	if 2*n[best] < all {
		return "", nil
	}
	return best, nil
}

// TopicTexts returns the newest posts of a topic from from to to, as far as
// counting what they say needs them.
func (t *Tx) TopicTexts(topic string, from, to time.Time, limit int) ([]RecentHit, error) {
	var out []RecentHit
	err := t.rows(func(scan func(...any) error) error {
		var p crisis.Post
		var print int64
		if err := scan(&p.Title, &p.Text, &p.Author, &print); err != nil {
			return err
		}
		out = append(out, RecentHit{Text: p.FullText(), Author: p.Author, Print: uint64(print)})
		return nil
	}, "SELECT p.title, p.text, p.author, p.print FROM hits h JOIN posts p ON p.key = h.post WHERE h.topic = ? AND h.at >= ? AND h.at < ? ORDER BY h.at DESC, h.post LIMIT ?",
		topic, milli(from), milli(to), limit)
	if err != nil {
		return nil, fmt.Errorf("read texts of %s: %w", topic, err)
	}
	return out, nil
}

// shorten cuts a text to n runes and folds its white space.
func shorten(text string, n int) string {
	if len(text) > 16*n { // do not walk through a megabyte for a line
		text = strings.ToValidUTF8(text[:16*n], "")
	}
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return string(r)
}
