package daemon

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors"
)

// quoted is how much of an intake is quoted, in characters.
const quoted = 400

// handing is what a delivery hands in as signals, on its way through its transaction.
type handing struct {
	d      *Daemon
	source *Source
	items  []crisis.Intake
	now    time.Time
	sees   sight
	said   []Occurrence
}

// handed prepares what a delivery hands in. It looks at the sources before memory is
// locked, because whoever opens an incident is told what cannot be seen.
func (d *Daemon) handed(ctx context.Context, in delivery) (*handing, error) {
	h := &handing{d: d, source: in.source, items: in.harvest.Intakes, now: in.cover.At.UTC()}
	if len(h.items) == 0 {
		return h, nil
	}
	var err error
	h.sees, err = d.sight(ctx, h.now)
	return h, err
}

// take answers the intakes in the transaction that stores the cursor which knows them:
// after a crash they are either answered, or delivered and answered again.
func (h *handing) take(tx *store.Tx) error {
	if len(h.items) == 0 {
		return nil
	}
	r := responder{d: h.d, tx: tx, now: h.now, sees: h.sees}
	for i := range h.items {
		if err := r.intake(&h.items[i], h.source); err != nil {
			return fmt.Errorf("take in %q: %w", h.items[i].ID, err)
		}
	}
	if err := r.flush(); err != nil {
		return err
	}
	h.said = r.said
	return nil
}

// tell says what came of it, when it is stored and memory is unlocked.
func (h *handing) tell() {
	for _, o := range h.said {
		h.d.tell(o)
	}
	if len(h.said) > 0 {
		h.d.wake()
	}
}

// intake answers what another system hands in as detectors are answered: it opens the
// topic's incident or adds to it; one without a level is only worth a look. One that
// is over is a note: whether the incident is, a person decides.
func (r *responder) intake(n *crisis.Intake, src *Source) error {
	s := r.handedIn(n, src)
	if n.Over {
		return r.ended(n, &s)
	}
	t := turn{name: s.Topic, Turn: detectors.Turn{Kind: detectors.TurnOpen, Signal: s}}
	if s.Tier == crisis.TierNotice {
		t.Kind = detectors.TurnSignal
	}
	return r.answer(t)
}

// handedIn is the signal that an intake is.
func (r *responder) handedIn(n *crisis.Intake, src *Source) crisis.Signal {
	topic := n.Topic
	if !r.d.watches(topic) {
		topic = ""
		if o, ok := src.Kind.(crawlers.Opener); ok {
			topic = o.Opens()
		}
	}
	at := n.At
	if at.IsZero() || at.After(r.now) {
		at = r.now
	}
	// The key is that of the post which the source may have brought besides.
	post := crisis.Post{Source: src.Name, ID: n.ID, Published: at, Precision: crisis.PrecisionSecond}
	s := crisis.Signal{
		Detector: "intake", Rule: "intake/" + src.KindName, Topic: topic, Tier: crisis.TierAlert, Level: n.Level, At: r.now, Since: at,
		Observed: 1, Coverage: 1, Sources: []string{src.Name}, System: cmp.Or(n.System, src.Label()), Says: n.Title,
		Evidence: []crisis.Evidence{{Key: post.Key(), Source: src.Name, URL: n.URL, Quote: abridged(strings.TrimSpace(n.Title + "\n" + n.Text)), Published: at}},
	}
	if n.Level == crisis.LevelNone {
		s.Tier = crisis.TierNotice
	}
	return s
}

// ended notes in the topic's open incident that an intake is over.
func (r *responder) ended(n *crisis.Intake, s *crisis.Signal) error {
	in, err := r.open(s.Topic)
	if in == nil || err != nil {
		return err
	}
	text := fmt.Sprintf("「%s」报来：已解除：%s", s.System, s.Says)
	if r.d.cfg.Lang == "en" {
		text = fmt.Sprintf("“%s” reports: over: %s", s.System, s.Says)
	}
	_, err = r.record(in, crisis.NewEvent(crisis.EventNote, r.now, crisis.Machine, crisis.Remark{Text: text, Link: n.URL}))
	if err != nil {
		return err
	}
	r.say("signal", *s, in.ID)
	return nil
}

// watches says whether a topic is configured.
func (d *Daemon) watches(topic string) bool {
	return slices.ContainsFunc(d.cfg.Topics, func(t crisis.Topic) bool { return t.ID == topic })
}

func abridged(s string) string {
	if utf8.RuneCountInString(s) <= quoted {
		return s
	}
	return string([]rune(s)[:quoted]) + "…"
}

// checkOpens says which sources hand in signals for a topic that is not configured.
func (c *Config) checkOpens() []error {
	ids := make([]string, 0, len(c.Topics))
	for i := range c.Topics {
		ids = append(ids, c.Topics[i].ID)
	}
	var errs []error
	for i := range c.Sources {
		s := &c.Sources[i]
		o, ok := s.Kind.(crawlers.Opener)
		if !ok || o.Opens() == "" { // the kind says that it is missing
			continue
		}
		if !slices.Contains(ids, o.Opens()) {
			errs = append(errs, c.places.at(fmt.Errorf("source %s: %s: topic: there is no topic %q%s; the topics are %s", s.Name, s.KindName, o.Opens(), didYouMean(o.Opens(), ids), list(ids)), "sources", i, s.KindName, "topic"))
		}
	}
	return errs
}
