package daemon

import (
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// sure is the probability from which a post counts as angry or fearful.
const sure = 0.5

// contribute returns what a post adds to one minute of one topic. What we published
// ourselves is no voice of the public.
func (r *room) contribute(topic string, p *crisis.Post, rd *crisis.Reading) crisis.Count {
	if r.ours[p.Source] {
		return crisis.Count{Posts: 1, Own: 1}
	}
	c := r.voices.Count(topic, p.Author, rd.Print, rd.Mood, p.Published)
	if c.Rated == 0 {
		return c
	}
	c.Angry = one(rd.Emotion.Angry >= sure)
	c.Fear = one(rd.Emotion.Fear >= sure)
	c.Harm = one(rd.Harm > 0)
	c.Rumour = one(slices.Contains(rd.Claims, crisis.ClaimRumour))
	c.Old = one(slices.Contains(rd.Claims, crisis.ClaimOld))
	c.Imitation = one(slices.Contains(rd.Claims, crisis.ClaimImitation) && r.imitates(p, rd.Print))
	return c
}

func one(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

// imitates says whether a post in the form of a notice may be a forged one: said by
// somebody among the public, and no copy of what we published in the last hours.
func (r *room) imitates(p *crisis.Post, print uint64) bool {
	if p.Kind != "" && p.Kind != crisis.KindPost && p.Kind != crisis.KindComment {
		return false
	}
	_, copied := r.published[print]
	if copied {
		r.publish(print, p.Published)
	}
	return !copied
}

// publish remembers the print of what we published, as long as copies of it come.
func (r *room) publish(print uint64, at time.Time) {
	if at.After(r.published[print]) {
		r.published[print] = at
	}
	for k, last := range r.published {
		if at.Sub(last) > recent {
			delete(r.published, k)
		}
	}
}

// ranks returns the place of an entry of a hot board among the topics it speaks of.
// An entry that stands on the board tells its place at every visit, known or not.
func ranks(p *crisis.Post, rd *crisis.Reading, seen time.Time, add func(tally, crisis.Count)) {
	if p.Kind != crisis.KindBoard || p.Metrics.Rank < 1 {
		return
	}
	for _, topic := range rd.Topics {
		add(tally{name: topic, minute: seen}, crisis.Count{Rank: p.Metrics.Rank})
	}
}

// publishes is what evidence a step asks for whose tick says that we have published.
const publishes = "published"

// stated counts a statement of ours in the minute in which a person says it was
// published. The caller holds d.mu, and adds what is returned when it is stored.
func (d *Daemon) stated(tx *store.Tx, in *crisis.Incident, events []crisis.Event) ([]tally, error) {
	i := slices.IndexFunc(events, func(e crisis.Event) bool {
		t, ticked := e.Tick()
		s := in.Step(t.Plan, t.Step)
		return e.Kind == crisis.EventPublished || ticked && s != nil && s.AskKind == publishes
	})
	if i < 0 {
		return nil, nil
	}
	minute := events[i].At.UTC().Truncate(time.Minute)
	own := []tally{{name: in.Topic, minute: minute, known: d.room.minute, count: crisis.Count{Own: 1}}}
	return own, addCounts(tx, own, false)
}
