package console

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// The kinds of moments in a chart: a line through all of it, or a sign above.
const (
	markLine      = ""
	markAlert     = "alert"
	markStatement = "statement"
	markTick      = "tick"
)

// happening is a moment that a chart shows, in words of the reader.
type happening struct {
	at   time.Time
	kind string
	text string
}

// mostMarks bounds what one chart shows; the timeline has everything.
const mostMarks = 400

// marks are the moments of an incident: when it happened, was noticed, was graded by a
// person and was closed; and what went out and was done in between.
func (t tongue) marks(in *crisis.Incident, events []crisis.Event) ([]happening, error) {
	out := []happening{{at: in.Opened, text: t.must("flag.opened")}, {at: in.Happened, text: t.must("flag.happened")}, {at: in.Closed, text: t.must("flag.closed")}}
	n := narrator{tongue: t, in: in}
	var last *crisis.Event // delivery
	for i := range events {
		e := &events[i]
		if e.Kind == crisis.EventAlertSent {
			if last != nil && sameAlert(last, e) {
				continue
			}
			last = e
		}
		h, err := n.mark(e)
		if err != nil {
			return nil, fmt.Errorf("event %d of %s: %w", e.Seq, e.Incident, err)
		}
		if h.text != "" && len(out) < mostMarks {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b happening) int { return a.at.Compare(b.at) })
	return out, nil
}

// mark is one event as a moment; without words if the chart does not show it.
func (n narrator) mark(e *crisis.Event) (happening, error) {
	out := happening{at: e.At}
	var err error
	switch e.Kind {
	case crisis.EventLevel:
		var change crisis.LevelChange
		if e.Actor == crisis.Machine {
			break
		}
		err = json.Unmarshal(e.Data, &change)
		out.text = n.must("flag.level", n.numeral(crisis.Gravest(change.Event, change.Opinion)))
	case crisis.EventAlertSent:
		var d crisis.Delivery
		err = json.Unmarshal(e.Data, &d)
		out.kind, out.text = markAlert, n.must("mark.alert", n.sayOr("alert.", string(d.Kind)))
	case crisis.EventPublished:
		var p crisis.Publication
		err = json.Unmarshal(e.Data, &p)
		out.kind, out.text = markStatement, n.must("ev.published", clean(p.Where, 60))
	case crisis.EventStepDone:
		var k crisis.Tick
		err = json.Unmarshal(e.Data, &k)
		out.kind, out.text = markTick, n.must("mark.tick", clean(n.stepTitle(k.Plan, k.Step), 60))
	}
	return out, err
}

// topicMarks are the moments of the incidents of a topic that the reader may see.
func (c *Console) topicMarks(ctx context.Context, t tongue, topic string) (out []happening, err error) {
	err = c.Store.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.TopicIncidents(topic, topicIncidents)
		if err != nil {
			return err
		}
		for i := range rows {
			in, events, err := tx.Incident(rows[i].ID)
			if err != nil {
				return err
			}
			more, err := t.marks(&in, events)
			if err != nil {
				return err
			}
			out = append(out, more...)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b happening) int { return a.at.Compare(b.at) })
	return out, err
}

// inBuckets sorts the words of moments into the buckets in which they lie.
func inBuckets(happened []happening, points []Point, bucket time.Duration) map[int][]string {
	out := map[int][]string{}
	for _, h := range happened {
		if i := int(h.at.Sub(points[0].At) / bucket); !h.at.Before(points[0].At) && i < len(points) {
			out[i] = append(out[i], h.text)
		}
	}
	return out
}
