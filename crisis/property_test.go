package crisis

import (
	"maps"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// redLines returns when each running red line passes.
func redLines(in *Incident) map[string]time.Time {
	out := map[string]time.Time{}
	for _, c := range in.Clocks() {
		if c.RedLine != "" {
			out[c.Plan+"/"+c.Step+"/"+c.RedLine] = c.Due
		}
	}
	return out
}

// moves are the events that may move a red line: they say when it happened, when we
// noticed, or bring another version of the rule.
var moves = map[EventKind]bool{EventHappened: true, EventNoticed: true, EventPlanned: true}

// TestAnyActs holds, for any sequence of acts at any times: what is decided can be
// folded; folding everything again gives the same incident; no tick is lost; and no
// red line moves without an event that may move it.
func TestAnyActs(t *testing.T) {
	steps := []string{"call", "report", "brief", "leader", "review", "whenever", "new"}
	second := plan()
	second.Version, second.Steps = "2", append(second.Steps[1:], Step{ID: "new", Due: ByLevel{LevelNone: {Days: 2}}, RepeatEvery: ByLevel{LevelNone: {Days: 1}}})
	side := plan()
	side.ID, side.Side = "side", true
	rapid.Check(t, func(rt *rapid.T) {
		events := chain(
			NewEvent(EventDetected, at(0), Machine, Detected{Topic: "tap", Signal: Signal{Detector: "surge", At: at(0), Odds: 3}}),
			NewEvent(EventLevel, at(0), Machine, LevelChange{Opinion: LevelIV}),
			NewEvent(EventPlanned, at(0), Machine, plan()))
		in, err := Fold(events)
		if err != nil {
			rt.Fatal(err)
		}
		ticks, now := map[[2]string]bool{}, at(0)
		add := func(e Event) {
			before := redLines(&in)
			e = e.Seal("7", &events[len(events)-1], now)
			if err := in.Apply(e); err != nil {
				rt.Fatalf("%s %s cannot be folded: %v", e.Kind, e.Data, err)
			}
			events = append(events, e)
			for id, due := range redLines(&in) {
				if was, ok := before[id]; ok && !was.Equal(due) && !moves[e.Kind] {
					rt.Fatalf("%s moved red line %s from %s to %s", e.Kind, id, was, due)
				}
			}
		}
		for range rapid.IntRange(1, 40).Draw(rt, "acts") {
			now = now.Add(time.Duration(rapid.IntRange(-30, 200).Draw(rt, "minutes")) * time.Minute)
			if now.Before(at(0)) {
				now = at(0)
			}
			if rapid.Bool().Draw(rt, "tick of the clock") {
				rings, _ := in.Rings(now)
				for _, r := range rings {
					add(r.Announcement(now))
				}
				if again, _ := in.Rings(now); len(again) > 0 {
					rt.Fatalf("%v rings twice", again)
				}
				if until, ok := in.Lapses(ladders); ok && !until.After(now) {
					add(NewEvent(EventLapsed, now, Machine, Lapse{Holder: in.Holder, Since: in.Moved}))
				}
				calls, _ := in.Escalations(ladders, now)
				for _, c := range calls {
					add(NewEvent(EventEscalated, now, Machine, c))
				}
				if again, _ := in.Escalations(ladders, now); len(again) > 0 {
					rt.Fatalf("%v is called twice", again)
				}
			}
			step := rapid.SampledFrom(steps).Draw(rt, "step")
			a := rapid.SampledFrom([]Act{
				{Kind: EventStepDone, Plan: "water", Step: step},
				{Kind: EventStepDone, Plan: "side", Step: step},
				{Kind: EventStepReopened, Plan: "water", Step: step},
				{Kind: EventStepSkipped, Plan: "water", Step: step, Note: "不涉及"},
				{Kind: EventLevel, Opinion: Level(1 + len(events)%4), Note: "研判"},
				{Kind: EventHappened, At: now.Add(-time.Duration(len(events)) * time.Minute)},
				{Kind: EventNoticed, At: now.Add(-time.Duration(len(events)) * time.Minute)},
				{Kind: EventPaused, Data: Halt{Plan: "water", Step: step, Reason: "等"}},
				{Kind: EventResumed, Data: Halt{Plan: "water", Step: step}},
				{Kind: EventPaused, Data: Halt{Reason: "转移"}},
				{Kind: EventResumed, Data: Halt{}},
				{Kind: EventPlanned, Data: second},
				{Kind: EventPlanned, Data: side},
				{Kind: EventPlanDropped, Data: Dropping{Plan: "side", Reason: "不符"}},
				{Kind: EventHandedOver, Data: Handover{To: "赵"}},
				{Kind: EventRecused, Data: Recusal{Person: "王", Reason: "涉事"}},
				{Kind: EventRecused, Data: Recusal{Person: "王", Reason: "无关", Lifted: true}},
				{Kind: EventRestricted, Data: Restriction{People: []string{"li"}, Reason: "涉密"}},
				{Kind: EventRestricted, Data: Restriction{Reason: "公开"}},
				{Kind: EventAcknowledged},
				{Kind: EventClosed, Note: "平息"},
				{Kind: EventReopened},
			}).Draw(rt, "act")
			a.By = rapid.SampledFrom([]string{"王", "李"}).Draw(rt, "by")
			caused, err := in.Decide(a, now)
			if err != nil {
				continue
			}
			for _, e := range caused {
				add(e)
				switch key := [2]string{a.Plan, a.Step}; e.Kind {
				case EventStepDone:
					ticks[key] = true
				case EventStepReopened:
					delete(ticks, key)
				}
			}
			for key := range maps.Keys(ticks) {
				if s := in.Step(key[0], key[1]); s == nil || !s.Done {
					rt.Fatalf("the tick of %v is lost after %s", key, a.Kind)
				}
			}
		}
		if err := Verify(events); err != nil {
			rt.Fatal(err)
		}
		for range 2 {
			again, err := Fold(events)
			if err != nil {
				rt.Fatal(err)
			}
			if !reflect.DeepEqual(again, in) {
				rt.Fatalf("folded again\n%+v\nbefore\n%+v", again, in)
			}
		}
	})
}
