package daemon

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/alerts"
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

// ended notes in the topic's open incident that an intake is over, if that is where people
// were told that it began.
func (r *responder) ended(n *crisis.Intake, s *crisis.Signal) error {
	in, err := r.open(s.Topic)
	if in == nil || err != nil {
		return err
	}
	says, err := r.begun(in.ID, s.Evidence[0].Key)
	if says == "" || err != nil {
		return err
	}
	text := fmt.Sprintf("「%s」报来：已解除：%s", s.System, says)
	if r.d.cfg.Lang == "en" {
		text = fmt.Sprintf("“%s” reports: over: %s", s.System, says)
	}
	_, err = r.record(in, crisis.NewEvent(crisis.EventNote, r.now, crisis.Machine, crisis.Remark{Text: text, Link: n.URL}))
	if err != nil {
		return err
	}
	r.say("signal", *s, in.ID)
	return nil
}

// begun returns what an intake said when it was entered into the timeline of an incident;
// "" when it was not.
func (r *responder) begun(incident string, key crisis.PostKey) (string, error) {
	_, events, err := r.tx.Incident(incident)
	if err != nil {
		return "", err
	}
	const id = 1<<48 - 1 // the rest of a key is the day, which an end need not know
	for i := range events {
		var d crisis.Detected
		switch events[i].Kind {
		case crisis.EventDetected:
			err = json.Unmarshal(events[i].Data, &d)
		case crisis.EventSignal:
			err = json.Unmarshal(events[i].Data, &d.Signal)
		default:
			continue
		}
		if err != nil {
			return "", fmt.Errorf("read event %d of %s: %w", events[i].Seq, incident, err)
		}
		same := func(x crisis.Evidence) bool { return x.Key&id == key&id }
		if d.Signal.Detector == "intake" && slices.ContainsFunc(d.Signal.Evidence, same) {
			return d.Signal.Says, nil
		}
	}
	return "", nil
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

// disown tells the sources which warnings are those that our own channels publish.
func (c *Config) disown() {
	var ours []string
	for i := range c.Channels {
		if ch, ok := c.Channels[i].Sender.(*alerts.CAP); ok {
			ours = append(ours, ch.Sender)
		}
	}
	for i := range c.Sources {
		if k, ok := c.Sources[i].Kind.(*crawlers.CAP); ok {
			k.Ours = ours
		}
	}
}
