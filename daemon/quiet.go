package daemon

import (
	"math"
	"time"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// rhythms returns how often every source that can fall silent is heard.
func (d *Daemon) rhythms() map[string]rhythm {
	out := map[string]rhythm{}
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		if every := s.interval(); every > 0 {
			_, polled := s.Kind.(crawlers.Crawler)
			out[s.Name] = rhythm{every: every, polled: polled}
		}
	}
	return out
}

// blindSources lists the sources that cannot be seen, inside a transaction.
func (d *Daemon) blindSources(tx *store.Tx, now time.Time) ([]string, error) {
	states, err := tx.Sources()
	if err != nil {
		return nil, err
	}
	return d.sightOf(states, now).blind(), nil
}

// hour is the stretch over which "quiet" is measured: short enough to notice a
// second wave, long enough for a topic with a few posts a day.
const hour = time.Hour

// quietness measures how calm the incident's topic has become, for the
// machine-checkable closing criteria. The base of the negative share is that of
// the seven days before the incident. When attention was last above usual is kept
// in the store, so that a restart does not make a topic calm. The incident has a plan.
func (r *responder) quietness(a *appointment) (playbooks.Quietness, error) {
	in := a.in
	q, loud := r.d.calm(in, r.now)
	q.Promises = len(in.OpenPromises())
	since := in.Opened
	if in.LastSignal.After(since) {
		since = in.LastSignal
	}
	if !a.read {
		var err error
		if a.loud, err = timeSetting(r.tx, settingLoud+in.ID); err != nil {
			return q, err
		}
		a.read = true
	}
	if loud {
		a.loud = r.now
		if err := r.tx.SetSetting(settingLoud+in.ID, a.loud.UTC().Format(time.RFC3339Nano)); err != nil {
			return q, err
		}
	}
	if a.loud.After(since) {
		since = a.loud
	}
	q.For = r.now.Sub(since)
	if q.For < in.Plans[0].Closing.QuietFor { // not calm, whatever the base is
		return q, nil
	}
	before, err := r.tx.Sum(in.Topic, in.Opened.Add(-7*24*time.Hour), in.Opened.Add(-recent))
	if before.Rated > 0 {
		q.Base = float64(before.Negative) / float64(before.Rated)
	}
	return q, err
}

// calm measures what memory knows of the calm, and whether attention is above
// usual at present. The caller holds d.mu.
func (d *Daemon) calm(in *crisis.Incident, now time.Time) (q playbooks.Quietness, loud bool) {
	w, ok := d.room.topics[in.Topic]
	if !ok {
		return playbooks.Quietness{}, false
	}
	ratio := 1.5
	if len(in.Plans) > 0 && in.Plans[0].Closing.QuietRatio > 0 {
		ratio = in.Plans[0].Closing.QuietRatio
	}
	s := w.Series()
	usual, total := s.Usual(now, hour), s.Total(hour)
	q = playbooks.Quietness{Coverage: s.Coverage(recent), Negative: math.NaN()}
	if late := s.Mood(recent); late.Rated >= 20 {
		q.Negative = float64(late.Negative) / float64(late.Rated)
	}
	// Above the ratio and above the usual band: two posts where one is usual are no noise.
	return q, float64(total.Voices) > max(usual.Expected*ratio, usual.High)
}
