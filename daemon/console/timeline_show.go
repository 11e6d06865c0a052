package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"watchfire/crisis"
)

// shows are the parts of a timeline that can be looked at alone, in the order of the page.
var shows = []struct {
	name string
	of   func(e *crisis.Event) bool
}{
	{"people", func(e *crisis.Event) bool { return e.Actor != crisis.Machine }},
	{"notes", func(e *crisis.Event) bool { return e.Kind == crisis.EventNote }},
	{"signals", oneOf(crisis.EventDetected, crisis.EventSignal, crisis.EventLevel, crisis.EventProposed, crisis.EventBlind, crisis.EventQuiet, crisis.EventClosed, crisis.EventReopened, crisis.EventVerdict, crisis.EventHappened, crisis.EventNoticed)},
	{"clocks", oneOf(crisis.EventPlanned, crisis.EventPlanDropped, crisis.EventAcknowledged, crisis.EventStepDone, crisis.EventStepReopened, crisis.EventStepOverdue, crisis.EventStepAdded,
		crisis.EventStepSkipped, crisis.EventAssigned, crisis.EventReminded, crisis.EventPaused, crisis.EventResumed, crisis.EventEscalated, crisis.EventLapsed, crisis.EventHandedOver, crisis.EventReached, crisis.EventConfirmed)},
	{"speech", func(e *crisis.Event) bool {
		return strings.HasPrefix(string(e.Kind), "statement_") || strings.HasPrefix(string(e.Kind), "promise_") || e.Kind == crisis.EventUnsigned
	}},
	{"delivery", func(e *crisis.Event) bool { return strings.HasPrefix(string(e.Kind), "alert_") }},
}

// oneOf tells events of some kinds from others.
func oneOf(all ...crisis.EventKind) func(*crisis.Event) bool {
	set := map[crisis.EventKind]bool{}
	for _, k := range all {
		set[k] = true
	}
	return func(e *crisis.Event) bool { return set[e.Kind] }
}

// shown are the events of one part of a timeline; a part that there is not is all of it.
func shown(events []crisis.Event, part string) []crisis.Event {
	for _, s := range shows {
		if s.name != part {
			continue
		}
		var out []crisis.Event
		for i := range events {
			if s.of(&events[i]) {
				out = append(out, events[i])
			}
		}
		return out
	}
	return events
}

// shows are the links by which a reader chooses a part of the timeline.
func (t tongue) shows(on string) []choice {
	out := []choice{{"?#timeline", t.must("entries.all"), true}}
	for _, s := range shows {
		out = append(out, choice{"?show=" + s.name + "#timeline", t.must("entries." + s.name), s.name == on})
		out[0].On = out[0].On && s.name != on
	}
	return out
}

// fillTimeline tells the newest events, or those before ?before= of them.
func (p *incidentPage) fillTimeline(r *http.Request, in *crisis.Incident, events []crisis.Event, names, roles map[string]string) error {
	show := r.URL.Query().Get("show")
	p.Shows = p.shows(show)
	events = shown(events, show)
	end := len(events)
	if n, err := strconv.Atoi(r.URL.Query().Get("before")); err == nil {
		end = slices.IndexFunc(events, func(e crisis.Event) bool { return e.Seq >= n })
		if end < 0 {
			end = len(events)
		}
	}
	begin := max(0, end-mostEntries)
	var err error
	n := narrator{tongue: p.tongue, in: in, sources: names, roles: roles}
	if p.Timeline, err = n.timeline(events[begin:end]); err != nil {
		return err
	}
	if begin > 0 {
		p.Earlier = "?before=" + strconv.Itoa(events[begin].Seq) + "&show=" + url.QueryEscape(show) + "#timeline"
	}
	return nil
}
