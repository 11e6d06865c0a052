package crisis

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// at is so many minutes after the incident was opened.
func at(minutes int) time.Time { return morning.Add(time.Duration(minutes) * time.Minute) }

// plan has a step of every sort.
func plan() Plan {
	return Plan{ID: "water", Version: "1", Steps: []Step{
		{ID: "call", Title: "致电", Due: ByLevel{LevelNone: {Time: time.Hour}, LevelI: {Time: 10 * time.Minute}}, From: FromDetected},
		{ID: "report", Due: ByLevel{LevelNone: {Time: 30 * time.Minute}}, From: FromHappened, RedLines: []RedLine{
			{ID: "law", What: "上报", Limit: 2 * time.Hour, Source: "条例"},
			{ID: "grave", What: "速报", Limit: time.Hour, Levels: []Level{LevelI, LevelII}},
		}},
		{ID: "brief", Due: ByLevel{LevelNone: {Time: time.Hour}}, RepeatEvery: ByLevel{LevelNone: {Time: 4 * time.Hour}, LevelI: {Time: time.Hour}}},
		{ID: "leader", Due: ByLevel{LevelNone: {Time: time.Hour}}, Levels: []Level{LevelI, LevelII}},
		{ID: "review", Due: ByLevel{LevelNone: {Time: 24 * time.Hour}}, From: FromClosed},
		{ID: "promise", Due: ByLevel{LevelNone: {Time: time.Hour}}, From: FromPromise},
		{ID: "whenever"},
	}}
}

// chain seals events one behind the other.
func chain(events ...Event) []Event {
	var prev *Event
	for i := range events {
		events[i] = events[i].Seal("7", prev, events[i].At.Add(time.Second))
		prev = &events[i]
	}
	return events
}

// opened returns an incident of level IV with the plan, and then more events.
func opened(t *testing.T, more ...Event) *Incident {
	t.Helper()
	in, err := Fold(chain(append([]Event{
		NewEvent(EventDetected, at(0), Machine, Detected{Topic: "tap", Title: "水质", Drill: true, Signal: Signal{Detector: "surge", At: at(0), Odds: 3}}),
		NewEvent(EventLevel, at(0), Machine, LevelChange{Opinion: LevelIV, Reason: "声量"}),
		NewEvent(EventPlanned, at(0), Machine, plan()),
	}, more...)...))
	if err != nil {
		t.Fatal(err)
	}
	return &in
}

// TestFold folds every kind of event and looks at what each one changed.
func TestFold(t *testing.T) {
	tick := Tick{Plan: "water", Step: "call", Note: "通了", Link: "l"}
	signal := func(detector string, minute int, odds float64) Event {
		return NewEvent(EventSignal, at(minute), Machine, Signal{Detector: detector, At: at(minute), Odds: odds})
	}
	quiet := NewEvent(EventQuiet, at(5), Machine, Remark{})
	closed := NewEvent(EventClosed, at(6), "李", Remark{Text: "平息"})
	done := NewEvent(EventStepDone, at(3), "王", tick)
	late := NewEvent(EventStepOverdue, at(2), Machine, Overdue{Plan: "water", Step: "call", RedLine: "law"})
	step := func(in *Incident) StepState { s := *in.Step("water", "call"); s.Step = Step{}; return s }
	for _, x := range []struct {
		name string
		more []Event
		got  func(in *Incident) any
		want any
	}{
		{"detected", nil, func(in *Incident) any { return []any{in.ID, in.Topic, in.Title, in.Drill, in.Opened, in.Open()} }, []any{"7", "tap", "水质", true, at(0), true}},
		{"signal", []Event{signal("mood", 2, 5), signal("surge", 1, 4)}, func(in *Incident) any {
			return []any{len(in.Signals), in.Signals[0].Odds, in.Peak.Detector, in.LastSignal}
		}, []any{2, 4.0, "mood", at(2)}},
		{"signal after quiet", []Event{quiet, signal("surge", 6, 1)}, func(in *Incident) any { return in.Quiet.IsZero() }, true},
		{"level of harm", []Event{NewEvent(EventLevel, at(1), "李", LevelChange{Event: LevelII, Reason: "伤亡"})}, func(in *Incident) any {
			return []any{in.EventLevel, in.OpinionLevel, in.Level(), in.LevelReason}
		}, []any{LevelII, LevelIV, LevelII, "伤亡"}},
		{"planned", nil, func(in *Incident) any { return []int{len(in.Plans), len(in.Steps)} }, []int{1, 7}},
		{"acknowledged", []Event{NewEvent(EventAcknowledged, at(4), "王", Remark{})}, func(in *Incident) any { return []any{in.Holder, in.Acknowledged} }, []any{"王", at(4)}},
		{"step done", []Event{late, done}, func(in *Incident) any { return step(in) }, StepState{Plan: "water", Done: true, DoneAt: at(3), DoneBy: "王", Note: "通了", Link: "l", Times: 1}},
		{"step reopened", []Event{done, NewEvent(EventStepReopened, at(4), "王", tick)}, func(in *Incident) any { return step(in) }, StepState{Plan: "water", Times: 1}},
		{"step overdue", []Event{late}, func(in *Incident) any { return step(in).Told }, map[string]Announced{"law": {Share: ShareDue, Seq: 4, At: at(2)}}},
		{"note", []Event{NewEvent(EventNote, at(4), "王", Remark{Text: "记"})}, func(in *Incident) any { return step(in) }, StepState{Plan: "water"}},
		{"note of a step", []Event{done, NewEvent(EventNote, at(4), "王", Remark{Text: "又记", Link: "m", Plan: "water", Step: "call"})}, func(in *Incident) any {
			return []string{step(in).Note, step(in).Link}
		}, []string{"通了\n又记", "m"}},
		{"happened", []Event{NewEvent(EventHappened, at(4), "王", Anchored{At: at(-30)})}, func(in *Incident) any { return in.Happened }, at(-30)},
		{"quiet", []Event{quiet}, func(in *Incident) any { return in.Quiet }, at(5)},
		{"closed", []Event{quiet, closed}, func(in *Incident) any { return []any{in.Open(), in.Closed} }, []any{false, at(6)}},
		{"reopened", []Event{quiet, closed, NewEvent(EventReopened, at(7), "李", Remark{})}, func(in *Incident) any {
			return []any{in.Open(), in.Closed.IsZero(), in.Quiet.IsZero()}
		}, []any{true, true, true}},
	} {
		t.Run(x.name, func(t *testing.T) {
			in := opened(t, x.more...)
			if got := x.got(in); !reflect.DeepEqual(got, x.want) {
				t.Errorf("got %+v, want %+v", got, x.want)
			}
			if in.Events != 3+len(x.more) || in.Hash == "" {
				t.Errorf("%d events, hash %q", in.Events, in.Hash)
			}
		})
	}
	for _, kind := range []EventKind{EventBlind, EventAlertSent, EventAlertRefused, EventAlertResent} {
		plain, in := opened(t), opened(t, NewEvent(kind, at(4), Machine, Delivery{Alert: "a"}))
		in.Events, in.Hash = plain.Events, plain.Hash
		if !reflect.DeepEqual(in, plain) {
			t.Errorf("%s changes the incident", kind)
		}
	}
}

// TestFoldRefuses holds that an event that makes no sense is named.
func TestFoldRefuses(t *testing.T) {
	nowhere := Tick{Plan: "water", Step: "none"}
	for _, x := range []struct {
		e    Event
		want string
	}{
		{NewEvent("dreamt", at(1), "王", Remark{}), `unknown kind "dreamt"`},
		{NewEvent(EventPlanDropped, at(1), "王", Dropping{Plan: "fire"}), "plan fire is not attached"},
		{NewEvent(EventDrafted, at(1), "王", Draft{Statement: "s2"}), `statement "s2" does not follow statement s0`},
		{NewEvent(EventSeen, at(1), "王", Sighting{Statement: "s1"}), `there is no statement "s1"`},
		{NewEvent(EventPromised, at(1), "王", Promise{ID: "p3"}), `promise "p3" does not follow promise p0`},
		{NewEvent(EventPromiseKept, at(1), "王", Keeping{Promise: "p1"}), `there is no promise "p1"`},
		{NewEvent(EventActionDone, at(1), "王", ActionStep{Action: "a1"}), `there is no action "a1"`},
		{NewEvent(EventStepDone, at(1), "王", nowhere), "step water/none is not in the plan"},
		{NewEvent(EventStepReopened, at(1), "王", nowhere), "step water/none is not in the plan"},
		{NewEvent(EventStepOverdue, at(1), "王", nowhere), "step water/none is not in the plan"},
		{Event{Kind: EventLevel, At: at(1), Data: []byte(`{"event":"IX"}`)}, "payload"},
	} {
		in := opened(t)
		was := in.Events
		err := in.Apply(x.e.Seal("7", &Event{Seq: 3}, at(1)))
		if err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), "incident 7: event 4") {
			t.Errorf("%s: error %v, want incident 7: event 4 … %s", x.e.Kind, err, x.want)
		}
		if in.Events != was {
			t.Errorf("%s: the refused event is counted", x.e.Kind)
		}
	}
	if _, err := Fold([]Event{{Kind: "dreamt"}}); err == nil {
		t.Error("an unknown event is folded")
	}
}

// TestFoldSteps holds that folding at once and one after the other are the same.
func TestFoldSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := []Event{NewEvent(EventDetected, at(0), Machine, Detected{Topic: "tap"}), NewEvent(EventPlanned, at(0), Machine, plan())}
		for i := range rapid.IntRange(0, 20).Draw(t, "events") {
			kind := rapid.SampledFrom([]EventKind{EventStepDone, EventStepReopened, EventQuiet, EventClosed, EventReopened, EventAcknowledged}).Draw(t, "kind")
			events = append(events, NewEvent(kind, at(i), "王", Tick{Plan: "water", Step: "brief"}))
		}
		events = chain(events...)
		if err := Verify(events); err != nil {
			t.Fatal(err)
		}
		cut := rapid.IntRange(0, len(events)).Draw(t, "cut")
		in, err := Fold(events[:cut])
		for i := cut; i < len(events) && err == nil; i++ {
			err = in.Apply(events[i])
		}
		whole, err2 := Fold(events)
		if err != nil || err2 != nil || !reflect.DeepEqual(in, whole) {
			t.Fatalf("%v, %v: cut at %d the incident differs", err, err2, cut)
		}
	})
}

// TestVerify holds that every change of any byte of any event is found, and so is
// an event that is missing, twice, or out of order.
func TestVerify(t *testing.T) {
	events := chain(
		NewEvent(EventDetected, at(0), Machine, Detected{Topic: "tap"}),
		NewEvent(EventNote, at(1), "王", Remark{Text: "一"}),
		NewEvent(EventNote, at(2), "李", Remark{Text: "二"}),
	)
	if err := Verify(events); err != nil {
		t.Fatal(err)
	}
	if Verify(nil) != nil {
		t.Error("no events are a broken chain")
	}
	changed := 0
	for i := range events {
		whole, err := json.Marshal(events[i])
		if err != nil {
			t.Fatal(err)
		}
		for k := range whole {
			for _, bit := range []byte{1, 2, 4, 64} {
				b := append([]byte{}, whole...)
				b[k] ^= bit
				forged := append([]Event{}, events...)
				forged[i] = Event{}
				if json.Unmarshal(b, &forged[i]) != nil || reflect.DeepEqual(forged[i], events[i]) {
					continue // not an event, or the same one in other letters
				}
				changed++
				err := Verify(forged)
				if err == nil {
					t.Fatalf("event %d changed from %s to %s is not found", i+1, whole, b)
				}
				if !strings.Contains(err.Error(), "event ") {
					t.Fatalf("%v names no event", err)
				}
			}
		}
	}
	if changed < 500 {
		t.Errorf("only %d changes were tried", changed)
	}
	for name, forged := range map[string][]Event{
		"first missing": events[1:], "middle missing": {events[0], events[2]}, "twice": {events[0], events[1], events[1]}, "order": {events[1], events[0], events[2]},
	} {
		if Verify(forged) == nil {
			t.Errorf("%s: is not found", name)
		}
	}
	moved := append([]Event{}, events...)
	moved[1].Actor, moved[1].Data = moved[1].Actor+string(moved[1].Data[:1]), moved[1].Data[1:]
	if Verify(moved) == nil {
		t.Error("letters moved from one field to the next are not found")
	}
	resealed := append([]Event{}, events...)
	resealed[1].Data = []byte(`{"text":"别"}`)
	resealed[1].Hash = resealed[1].sum()
	if err := Verify(resealed); err == nil || !strings.Contains(err.Error(), "event 3") {
		t.Errorf("a resealed event 2 gives %v, want a broken chain at event 3", err)
	}
}

// TestEventOverdue holds that only an overdue event has such a payload.
func TestEventOverdue(t *testing.T) {
	want := Overdue{Plan: "water", Step: "call", Due: at(60), RedLine: "law"}
	e := NewEvent(EventStepOverdue, at(61), Machine, want)
	if got, ok := e.Overdue(); !ok || got != want {
		t.Errorf("payload %+v, %v", got, ok)
	}
	note := NewEvent(EventNote, at(61), Machine, want)
	if _, ok := note.Overdue(); ok {
		t.Error("a note is overdue")
	}
	e.Data = []byte("{")
	if _, ok := e.Overdue(); ok {
		t.Error("a broken payload is read")
	}
}

// TestDecide tries what a person may do, and what is refused, and why.
func TestDecide(t *testing.T) {
	now := at(30)
	done := NewEvent(EventStepDone, at(3), "王", Tick{Plan: "water", Step: "call"})
	brief := NewEvent(EventStepDone, at(3), "王", Tick{Plan: "water", Step: "brief"})
	closed := NewEvent(EventClosed, at(6), "李", Remark{Text: "平息"})
	quiet := NewEvent(EventQuiet, at(5), Machine, Remark{})
	call := Act{Kind: EventStepDone, By: "王", Plan: "water", Step: "call", Note: "通了"}
	with := func(a Act, f func(a *Act)) Act { f(&a); return a }
	for _, x := range []struct {
		name    string
		more    []Event
		act     Act
		refused string // "" is allowed
	}{
		{"tick", nil, call, ""},
		{"nobody", nil, with(call, func(a *Act) { a.By = " " }), "nobody is named"},
		{"tomorrow", nil, with(call, func(a *Act) { a.At = at(32) }), "in the future"},
		{"a clock a little fast", nil, with(call, func(a *Act) { a.At = at(31) }), ""},
		{"tick twice", []Event{done}, call, "done already, by 王"},
		{"tick again what repeats", []Event{brief}, with(call, func(a *Act) { a.Step = "brief" }), ""},
		{"no such step", nil, with(call, func(a *Act) { a.Step = "none" }), "no step water/none"},
		{"no such plan", nil, with(call, func(a *Act) { a.Plan = "fire" }), "no step fire/call"},
		{"undo", []Event{done}, with(call, func(a *Act) { a.Kind = EventStepReopened }), ""},
		{"undo what is open", nil, with(call, func(a *Act) { a.Kind = EventStepReopened }), "open already"},
		{"take it", nil, Act{Kind: EventAcknowledged, By: "王"}, ""},
		{"note", nil, Act{Kind: EventNote, By: "王", Note: "记"}, ""},
		{"evidence alone", nil, Act{Kind: EventNote, By: "王", Link: "l"}, ""},
		{"empty note", nil, Act{Kind: EventNote, By: "王", Note: " \n"}, "note is empty"},
		{"note of a step", nil, Act{Kind: EventNote, By: "王", Note: "记", Plan: "water", Step: "call"}, ""},
		{"note of no step", nil, Act{Kind: EventNote, By: "王", Note: "记", Step: "call"}, "no step /call"},
		{"level", nil, Act{Kind: EventLevel, By: "王", Event: LevelII, Note: "伤亡"}, ""},
		{"no level", nil, Act{Kind: EventLevel, By: "王", Note: "伤亡"}, "no level is given"},
		{"level for no reason", nil, Act{Kind: EventLevel, By: "王", Opinion: LevelII, Note: " "}, "needs a reason"},
		{"happened", nil, Act{Kind: EventHappened, By: "王", At: at(-60)}, ""},
		{"happened at no time", nil, Act{Kind: EventHappened, By: "王"}, "must lie in the past"},
		{"will happen", nil, Act{Kind: EventHappened, By: "王", At: at(31)}, "must lie in the past"},
		{"close", nil, Act{Kind: EventClosed, By: "李", Note: "平息"}, ""},
		{"close for no reason", nil, Act{Kind: EventClosed, By: "李"}, "closing needs a reason"},
		{"close twice", []Event{closed}, Act{Kind: EventClosed, By: "李", Note: "平息"}, "closed already"},
		{"the machine closes too soon", nil, Act{Kind: EventClosed, By: Machine}, "criteria do not hold"},
		{"the machine closes", []Event{quiet}, Act{Kind: EventClosed, By: Machine}, ""},
		{"reopen", []Event{closed}, Act{Kind: EventReopened, By: "李"}, ""},
		{"reopen what is open", nil, Act{Kind: EventReopened, By: "李"}, "open already"},
		{"not for people", nil, Act{Kind: EventQuiet, By: "李"}, "not something a person does"},
	} {
		t.Run(x.name, func(t *testing.T) {
			in := opened(t, x.more...)
			events, err := in.Decide(x.act, now)
			if x.refused != "" {
				if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), x.refused) || len(events) > 0 {
					t.Errorf("events %+v, error %v, want refused: … %s", events, err, x.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			e, when := events[0], x.act.At
			if when.IsZero() || x.act.Kind == EventHappened {
				when = now
			}
			if e.Kind != x.act.Kind || e.Actor != x.act.By || !e.At.Equal(when) {
				t.Errorf("%+v becomes %+v", x.act, e)
			}
			if err := in.Apply(e.Seal("7", &Event{Seq: in.Events, Hash: in.Hash}, now)); err != nil {
				t.Errorf("what was decided cannot be folded: %v", err)
			}
		})
	}
}
