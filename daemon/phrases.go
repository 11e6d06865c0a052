package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
)

const (
	// searchEvery is how often emerging phrases are looked for.
	searchEvery = 10 * time.Minute
	// sampledPosts is about how many posts of the stored past say, after a start,
	// what is usual.
	sampledPosts = 64_000
	// mostPhrases is how many phrases a signal carries.
	mostPhrases = 5
)

// phrases finds what many begin to say although no topic has a word for it. It
// hears every post that was not known, and searches every ten minutes; what it
// finds is a notice, not an incident.
//
// A restart must neither wait for the past nor tell anything twice. So the past is
// learnt from the store behind the first minute that is judged; posts wait until
// then. What was told stands in the store, and what stood out at the last search
// before the stop is taken as told.
type phrases struct {
	config reading.Emerging
	store  *store.Store
	atOnce bool           // the first search learns the past and waits for it
	first  chan time.Time // the minute before the first search, until the past is known

	mu      sync.Mutex
	finder  *reading.Phrases // nil until the past is known
	waiting []heardPost
	learnt  map[crisis.PostKey]bool // posts that were learnt and may yet be handed in
	overdue bool                    // a search was due when the past was not known
	news    news                    // found, and not yet stored
}

// heardPost is a post on its way to the finder.
type heardPost struct {
	post  *crisis.Post
	text  reading.Text
	print uint64
	past  bool // history, not news
}

// hearable are the posts of a delivery that were not known. Those of a first visit to a
// source are history: they say what is usual.
func hearable(posts []crisis.Post, readings []understood, fresh []bool, backfill bool) []heardPost {
	out := make([]heardPost, 0, len(posts))
	for i := range posts {
		if fresh[i] {
			out = append(out, heardPost{&posts[i], readings[i].Text, readings[i].Print, backfill})
		}
	}
	return out
}

// news is what a search brought.
type news struct {
	found  []reading.Phrase
	topics []crisis.Emerged
}

func newPhrases() *phrases { return &phrases{first: make(chan time.Time, 1)} }

// hear takes posts.
func (p *phrases) hear(posts []heardPost) {
	if p.config.Off || len(posts) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range posts {
		if p.finder != nil {
			p.take(h)
			continue
		}
		if p.waiting = append(p.waiting, h); len(p.waiting) >= 2*p.config.Posts { // more than the finder would keep
			p.waiting = slices.Clone(p.waiting[p.config.Posts:])
		}
	}
}

// take hands a post to the finder unless it was learnt from the store.
func (p *phrases) take(h heardPost) {
	switch {
	case p.learnt[h.post.Key()]:
	case h.past:
		p.finder.Learn(h.post, 1)
	default:
		p.finder.Hear(h.post, h.text, h.print)
	}
}

// search looks for what has emerged at minute m, if a search is due then. What it
// finds is returned until stored says that it is in the store.
func (p *phrases) search(ctx context.Context, m time.Time) (news, error) {
	if p.config.Off {
		return news{}, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	due := m.Truncate(searchEvery).Equal(m)
	if p.finder == nil && p.atOnce {
		f, learnt, err := p.remember(ctx, m.Add(-time.Minute))
		if err != nil {
			return news{}, err
		}
		p.begin(f, learnt)
	}
	if p.finder == nil {
		select {
		case p.first <- m.Add(-time.Minute):
		default:
		}
		p.overdue = p.overdue || due
		return news{}, nil
	}
	if due || p.overdue {
		p.overdue = false
		p.news.found = append(p.news.found, p.finder.Find(m)...)
		p.news.topics = append(p.news.topics, p.finder.Changed()...)
		p.learnt = nil
	}
	return p.news, nil
}

// stored says that what the last search returned is in the store.
func (p *phrases) stored() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.news = news{}
}

// begin hands the finder, which knows the past, the posts that have waited.
func (p *phrases) begin(f *reading.Phrases, learnt map[crisis.PostKey]bool) {
	p.finder, p.learnt = f, learnt
	for _, h := range p.waiting {
		p.take(h)
	}
	p.waiting = nil
}

// remember makes a finder that knows the stored past, as it was when last had been
// judged, and returns with it which posts it has heard.
func (p *phrases) remember(ctx context.Context, last time.Time) (*reading.Phrases, map[crisis.PostKey]bool, error) {
	f, learnt := reading.NewPhrases(p.config), map[crisis.PostKey]bool{}
	searched := last.Truncate(searchEvery)
	err := p.store.View(ctx, func(tx *store.Tx) error {
		topics, err := tx.Emerged(searched.Add(-p.config.Lasts))
		f.Restore(topics)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("learn the past of phrases: %w", err)
	}
	var fresh []store.Remembered
	plan := store.PostPlan{Now: last, Recent: p.config.Posts, Reach: reading.PhrasesReach, Past: sampledPosts, Depth: memory}
	err = p.store.Remember(ctx, plan, func(r store.Remembered) error {
		if r.Recent {
			learnt[r.Post.Key()] = true
		}
		switch {
		case !r.Recent || r.First:
			f.Learn(&r.Post, r.Weight)
		case r.Post.Seen.After(searched):
			fresh = append(fresh, r)
		default:
			f.Add(&r.Post, r.Print)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("learn the past of phrases: %w", err)
	}
	f.Rehearse(searched)
	for i := range fresh {
		f.Add(&fresh[i].Post, fresh[i].Print)
	}
	return f, learnt, nil
}

// learnPhrases learns the past of phrases when the first minute has been judged.
func (d *Daemon) learnPhrases(ctx context.Context) {
	p := d.phrases
	for {
		var last time.Time
		select {
		case <-ctx.Done():
			return
		case last = <-p.first:
		}
		f, learnt, err := p.remember(ctx, last)
		if err == nil {
			p.mu.Lock()
			p.begin(f, learnt)
			p.mu.Unlock()
			return
		}
		if ctx.Err() == nil {
			d.log.Error("nothing emerges until the past is known; trying again in a minute", zap.Error(err))
		}
	}
}

// emerged stores what a search brought and says it. It is worth a look and opens
// nothing: whether it concerns us a person must see.
func (r *responder) emerged(n news) error {
	for _, t := range n.topics {
		if err := r.tx.SetEmerged(t); err != nil {
			return err
		}
	}
	for i := range n.found {
		p := &n.found[i]
		s := crisis.Signal{
			Detector: "phrase", Rule: "phrase/1", Tier: crisis.TierNotice, At: r.now, Since: p.Since, Window: p.Window,
			Observed: float64(p.Observed), Expected: p.Expected, Odds: p.Odds, Posts: p.Posts, Voices: p.Observed, Unique: p.Unique,
			Coverage: r.sees.covered("", false), Sources: p.Sources,
			Phrases: append([]string{p.Text}, p.Others[:min(len(p.Others), mostPhrases-1)]...),
		}
		r.say("signal", s, "")
		r.said[len(r.said)-1].Detail = strings.Join(s.Phrases, " / ")
	}
	return nil
}
