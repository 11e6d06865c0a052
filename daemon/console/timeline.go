package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// entry is one line of the timeline.
type entry struct {
	Seq      int
	when     time.Time
	At       moment
	Recorded string // when it was written down, if that was later
	Actor    string
	Machine  bool
	Kind     string // class
	Text     string
	Note     string
	Link     string
	Red      bool
}

// narrator tells the events of one incident in plain words.
type narrator struct {
	tongue
	in      *crisis.Incident
	sources map[string]string // titles by name
	roles   map[string]string // names by id
}

// timeline tells the events in the order in which they happened, the newest
// first; what was written down later stands where it belongs and says so. Deliveries of one alert to
// several channels are one line.
func (n narrator) timeline(events []crisis.Event) ([]entry, error) {
	var out []entry
	for i := range events {
		if halfway(&events[i]) {
			continue
		}
		e, err := n.entry(&events[i])
		if err != nil {
			return nil, fmt.Errorf("tell event %d of %s: %w", events[i].Seq, events[i].Incident, err)
		}
		if len(out) > 0 && e.Kind == string(crisis.EventAlertSent) {
			if last := &out[len(out)-1]; last.Kind == e.Kind && sameAlert(&events[i-1], &events[i]) {
				last.Text += n.pick("、", ", ") + channelOf(&events[i])
				continue
			}
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b entry) int { return cmp.Or(b.when.Compare(a.when), b.Seq-a.Seq) })
	return out, nil
}

// sameAlert says whether two deliveries carried the same news.
func sameAlert(a, b *crisis.Event) bool {
	var x, y crisis.Delivery
	if json.Unmarshal(a.Data, &x) != nil || json.Unmarshal(b.Data, &y) != nil {
		return false
	}
	return x.Kind == y.Kind && b.At.Sub(a.At) < 5*time.Minute
}

func channelOf(e *crisis.Event) string {
	var d crisis.Delivery
	if json.Unmarshal(e.Data, &d) != nil {
		return ""
	}
	return clean(d.Channel, 40)
}

func (n narrator) entry(e *crisis.Event) (entry, error) {
	out := entry{Seq: e.Seq, when: e.At, At: n.since(e.At), Actor: clean(e.Actor, 40), Kind: string(e.Kind)}
	if e.Actor == crisis.Machine {
		out.Machine, out.Actor = true, n.must("actor.machine")
	}
	if e.Recorded.Sub(e.At) > time.Minute {
		out.Recorded = n.clock(e.Recorded)
	}
	tell, ok := tellers[e.Kind]
	if !ok {
		out.Text = clean(string(e.Kind), 40)
		return out, nil
	}
	return out, tell(n, e, &out)
}

// tellers say each kind of event.
var tellers = map[crisis.EventKind]func(narrator, *crisis.Event, *entry) error{
	crisis.EventDetected: told(func(n narrator, d crisis.Detected, out *entry) {
		out.Text, out.Note = n.must("ev.detected"), n.signal(d.Signal)
		if d.Drill {
			out.Text = n.must("ev.drill")
		}
	}),
	crisis.EventSignal: told(func(n narrator, s crisis.Signal, out *entry) { out.Text = n.must("ev.signal", n.signal(s)) }),
	crisis.EventLevel:  told(narrator.level),
	crisis.EventProposed: told(func(n narrator, c crisis.LevelChange, out *entry) {
		out.Text, out.Note = n.must("ev.proposed", n.numeral(c.Opinion)), cleanText(n.prefer(c.Reason, c.ReasonEN), noteLimit)
	}),
	crisis.EventPlanned: told(narrator.planned),
	crisis.EventAcknowledged: told(func(n narrator, r crisis.Remark, out *entry) {
		out.Text, out.Note = n.must("ev.ack"), cleanText(r.Text, noteLimit)
	}),
	crisis.EventStepDone:     told(func(n narrator, k crisis.Tick, out *entry) { n.tick("ev.done", k, out) }),
	crisis.EventStepReopened: told(func(n narrator, k crisis.Tick, out *entry) { n.tick("ev.undone", k, out) }),
	crisis.EventStepOverdue:  told(narrator.overdue),
	crisis.EventNote: told(func(n narrator, r crisis.Remark, out *entry) {
		out.Text, out.Note, out.Link = n.must("ev.note"), cleanText(r.Text, noteLimit), safeLink(r.Link)
		if r.Step != "" {
			out.Text = n.must("ev.note.step", n.stepTitle(r.Plan, r.Step))
		}
	}),
	crisis.EventHappened: told(func(n narrator, a crisis.Anchored, out *entry) {
		out.Text, out.Note = n.must("ev.happened", n.clock(a.At)), cleanText(a.Reason, noteLimit)
	}),
	crisis.EventNoticed: told(func(n narrator, a crisis.Anchored, out *entry) {
		out.Text, out.Note = n.must("ev.noticed", n.clock(a.At)), cleanText(a.Reason, noteLimit)
		if a.First != "" {
			out.Text += n.pick("；", "; ") + n.must("found.says", n.sayOr("found.", string(a.First)))
		}
	}),
	crisis.EventAssigned: told(func(n narrator, a crisis.Assignment, out *entry) {
		out.Text = n.must("ev.assigned", n.stepTitle(a.Plan, a.Step), clean(a.To, 40))
		if a.To == "" {
			out.Text = n.must("ev.unassigned", n.stepTitle(a.Plan, a.Step))
		}
	}),
	crisis.EventReminded:  told(narrator.reminded),
	crisis.EventPaused:    told(func(n narrator, h crisis.Halt, out *entry) { n.halted("ev.paused", "ev.paused.all")(h, out) }),
	crisis.EventResumed:   told(func(n narrator, h crisis.Halt, out *entry) { n.halted("ev.resumed", "ev.resumed.all")(h, out) }),
	crisis.EventEscalated: told(narrator.escalated),
	crisis.EventLapsed: told(func(n narrator, l crisis.Lapse, out *entry) {
		out.Text = n.must("ev.lapsed", clean(l.Holder, 40), n.clock(l.Since))
	}),
	crisis.EventHandedOver: told(func(n narrator, h crisis.Handover, out *entry) {
		out.Text, out.Note = n.must("ev.handover", clean(h.To, 40)), cleanText(h.Text, noteLimit)
	}),
	crisis.EventRecused: told(narrator.recused),
	crisis.EventRestricted: told(func(n narrator, x crisis.Restriction, out *entry) {
		out.Text, out.Note = n.must("ev.unrestricted"), cleanText(x.Reason, noteLimit)
		if len(x.People) > 0 {
			out.Text = n.must("ev.restricted", clean(strings.Join(x.People, n.must("comma")), 300))
		}
	}),
	crisis.EventAlertSent: told(func(n narrator, d crisis.Delivery, out *entry) {
		out.Text = n.must("ev.sent", n.sayOr("alert.", string(d.Kind)), clean(d.Channel, 40))
	}),
	crisis.EventAlertRefused: told(narrator.refused),
	crisis.EventAlertResent: told(func(n narrator, d crisis.Delivery, out *entry) {
		out.Text = n.must("ev.resent", n.sayOr("alert.", string(d.Kind)), clean(d.Channel, 40))
	}),
	crisis.EventBlind: told(func(n narrator, r crisis.Remark, out *entry) { out.Text = n.must("ev.blind", n.names(r.Text)) }),
	crisis.EventQuiet: told(func(n narrator, r crisis.Remark, out *entry) {
		out.Text, out.Note = n.must("ev.quiet"), cleanText(r.Text, noteLimit)
	}),
	crisis.EventClosed: told(func(n narrator, r crisis.Remark, out *entry) {
		out.Text, out.Note = n.must("ev.closed"), cleanText(r.Text, noteLimit)
		if out.Machine {
			out.Note = n.must("ev.closed.quiet")
		}
	}),
	crisis.EventVerdict: told(func(n narrator, j crisis.Judged, out *entry) {
		out.Text, out.Note = n.must("ev.verdict", n.sayOr("verdict.", string(j.Verdict))), cleanText(j.Note, noteLimit)
	}),
	crisis.EventReopened: told(func(n narrator, r crisis.Remark, out *entry) {
		out.Text, out.Note = n.must("ev.reopened"), cleanText(r.Text, noteLimit)
	}),
}

// told decodes the payload of an event before f says it.
func told[D any](f func(narrator, D, *entry)) func(narrator, *crisis.Event, *entry) error {
	return func(n narrator, e *crisis.Event, out *entry) error {
		var data D
		if len(e.Data) > 0 {
			if err := json.Unmarshal(e.Data, &data); err != nil {
				return fmt.Errorf("payload: %w", err)
			}
		}
		f(n, data, out)
		return nil
	}
}

func (n narrator) level(c crisis.LevelChange, out *entry) {
	var parts []string
	if c.Event != crisis.LevelNone {
		parts = append(parts, n.must("ev.level.event", n.numeral(c.Event)))
	}
	if c.Opinion != crisis.LevelNone {
		parts = append(parts, n.must("ev.level.opinion", n.numeral(c.Opinion)))
	}
	out.Text, out.Note = n.must("ev.level", strings.Join(parts, n.pick("，", ", "))), cleanText(n.prefer(c.Reason, c.ReasonEN), noteLimit)
}

func (n narrator) planned(p crisis.Plan, out *entry) {
	key := "ev.planned"
	if p.Side {
		key = "ev.planned.side"
	}
	out.Text = n.must(key, clean(n.prefer(p.Title, p.TitleEN), 120), len(p.Steps))
	out.Note = clean(strings.Join(n.why(&p), n.pick("；", "; ")), 300)
}

// stepTitle is what a step is called, or its id when the plan has lost it.
func (n narrator) stepTitle(plan, step string) string {
	if s := n.in.Step(plan, step); s != nil {
		return clean(n.prefer(s.Title, s.TitleEN), 160)
	}
	return clean(step, 60)
}

func (n narrator) tick(key string, k crisis.Tick, out *entry) {
	out.Text, out.Note, out.Link = n.must(key, n.stepTitle(k.Plan, k.Step)), cleanText(k.Note, noteLimit), safeLink(k.Link)
}

func (n narrator) overdue(o crisis.Overdue, out *entry) {
	s := n.in.Step(o.Plan, o.Step)
	out.Text = n.must("ev.overdue", n.stepTitle(o.Plan, o.Step), n.clock(o.Due))
	if o.RedLine == "" || s == nil {
		return
	}
	for _, r := range s.RedLines {
		if r.ID == o.RedLine {
			out.Red = true
			out.Text, out.Note = n.must("ev.redline", clean(n.prefer(r.What, r.WhatEN), 120), n.clock(o.Due)), clean(r.Source, 200)
		}
	}
}

func (n narrator) refused(d crisis.Delivery, out *entry) {
	out.Text, out.Note = n.must("ev.refused", n.sayOr("alert.", string(d.Kind)), clean(d.Channel, 40)), clean(d.Detail, 300)
}

// names turns a list of source names into what people call them.
func (n narrator) names(text string) string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '、' })
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if title := n.sources[p]; title != "" {
			p = title
		}
		parts[i] = clean(p, 60)
	}
	return clean(strings.Join(parts, n.pick("、", ", ")), 400)
}
