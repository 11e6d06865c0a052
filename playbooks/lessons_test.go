package playbooks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"watchfire/crisis"
)

// livedThrough makes the events of an incident in which act was done to its steps.
func livedThrough(t testing.TB, plan crisis.Plan, level crisis.Level, act func(r *record, at func(minutes int) time.Time)) []crisis.Event {
	t.Helper()
	r := &record{t: t}
	open := time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return open.Add(time.Duration(minutes) * time.Minute) }
	r.add(open, crisis.Machine, crisis.EventDetected, crisis.Detected{Topic: "x", Title: "事件"})
	r.add(open, crisis.Machine, crisis.EventLevel, crisis.LevelChange{Opinion: level, Reason: "x"})
	r.add(open, crisis.Machine, crisis.EventPlanned, plan)
	act(r, at)
	return r.events
}

func done(r *record, at time.Time, plan, step string) {
	r.t.Helper()
	r.act(at, crisis.Act{Kind: crisis.EventStepDone, By: "甲", Plan: plan, Step: step, Note: "已做"})
}

func lessonsOf(t *testing.T, source []byte, past ...[]crisis.Event) map[string]Lesson {
	t.Helper()
	list, err := Lessons(source, past, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Lesson{}
	for _, l := range list {
		out[l.ID] = l
	}
	return out
}

func genericPlan(t testing.TB) ([]byte, crisis.Plan) {
	t.Helper()
	source, err := readFile(Builtin(), "generic.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, _ := shipped().Playbook("generic")
	return source, shipped().Plan(Match{Playbook: p})
}

func TestLessons(t *testing.T) {
	source, plan := genericPlan(t)
	slow := livedThrough(t, plan, crisis.LevelIII, func(r *record, at func(int) time.Time) {
		done(r, at(6), plan.ID, "gen-01")
		r.act(at(7), crisis.Act{Kind: crisis.EventStepSkipped, By: "甲", Plan: plan.ID, Step: "gen-02", Note: "没有首发帖"})
		done(r, at(50), plan.ID, "gen-03")
		r.act(at(51), crisis.Act{Kind: crisis.EventStepAdded, By: "甲", Data: crisis.Addition{Step: crisis.Step{Title: "通知物业", Phase: "verify"}}})
		done(r, at(55), crisis.Own, "own-01")
	})
	once := lessonsOf(t, source, slow)
	if l := once["late/gen-03/III"]; len(l.Changes) != 0 || len(l.Proofs) != 1 {
		t.Errorf("late once: %+v, want an observation without a change", l)
	}
	if _, ok := once["skipped/gen-02"]; ok {
		t.Error("a step left out once is no lesson")
	}
	twice := lessonsOf(t, source, slow, slow)
	if l := twice["late/gen-03/III"]; len(l.Changes) != 1 || l.Changes[0].Key != "due_after" {
		t.Errorf("late twice: %+v, want another target", l)
	}
	if l := twice["skipped/gen-02"]; len(l.Proofs) != 2 || l.Proofs[0].Remark != "没有首发帖" {
		t.Errorf("skipped twice: %+v, want both with their reasons", l)
	}
	added := ""
	for id, l := range twice {
		if l.Kind == "added" {
			added = id
			if len(l.Proofs) != 2 {
				t.Errorf("added twice: %+v, want one lesson with two proofs", l)
			}
		}
	}
	if added == "" {
		t.Fatal("the step added by hand is not proposed")
	}
	out, left, err := Accept(source, []Lesson{twice[added], twice["late/gen-03/III"]})
	if err != nil || len(left) > 0 {
		t.Fatalf("accept: %v, left out %v", err, left)
	}
	p, err := Parse("new", out)
	if err != nil {
		t.Fatal(err)
	}
	i, err := p.place("gen-03")
	if due, _ := p.Steps[max(i, 0)].DueAfter.At(crisis.LevelIII); err != nil || due.Time != 50*time.Minute {
		t.Errorf("target of gen-03 at III = %s, want 50m", due)
	}
	if p.Version != "1.1.0" || len(p.Steps) != len(plan.Steps)+1 {
		t.Errorf("version %s with %d steps, want 1.1.0 with one more than %d", p.Version, len(p.Steps), len(plan.Steps))
	}
}

func TestLessonsOrderAndEarly(t *testing.T) {
	source, plan := genericPlan(t)
	quick := livedThrough(t, plan, crisis.LevelII, func(r *record, at func(int) time.Time) {
		done(r, at(1), plan.ID, "gen-03")
		done(r, at(2), plan.ID, "gen-02")
	})
	got := lessonsOf(t, source, quick, quick, quick)
	if l, ok := got["order/gen-03"]; !ok || l.Changes[0].Op != Move {
		t.Errorf("done in another order: %+v", l)
	}
	if l, ok := got["early/gen-03/II"]; !ok || len(l.Proofs) != 3 {
		t.Errorf("always early: %+v", l)
	}
	if _, _, err := Accept(source, nil); err == nil {
		t.Error("nothing was accepted, and there is a new version")
	}
}

// TestAcceptedLessonsLoad holds that whatever happened in incidents of any shipped plan,
// accepted lessons make a plan that loads, with a higher version.
func TestAcceptedLessonsLoad(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	accepted := 0
	var some []*Playbook // reading a plan against the library takes its time
	for i, p := range shipped().Playbooks() {
		if i%4 == 0 {
			some = append(some, p)
		}
	}
	for _, p := range some {
		source, err := ReadVersion(Builtin(), p.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		plan := shipped().Plan(Match{Playbook: p})
		for range 2 {
			past := make([][]crisis.Event, 3)
			level := levels[rng.IntN(len(levels))]
			for i := range past {
				past[i] = livedThrough(t, plan, level, func(r *record, at func(int) time.Time) { anything(rng, r, at, plan) })
			}
			lessons, err := Lessons(source, past, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			rng.Shuffle(len(lessons), func(i, j int) { lessons[i], lessons[j] = lessons[j], lessons[i] })
			lessons = lessons[:min(len(lessons), 6)]
			if !slices.ContainsFunc(lessons, func(l Lesson) bool { return len(l.Changes) > 0 }) {
				continue
			}
			out, _, err := Accept(source, lessons)
			if err != nil {
				t.Fatalf("%s: %v", p.ID, err)
			}
			after, err := Parse("new", out)
			if err != nil || compareVersions(after.Version, p.Version) <= 0 {
				t.Fatalf("%s: version %s after %s, %v", p.ID, after.Version, p.Version, err)
			}
			accepted++
		}
	}
	if accepted < len(some) {
		t.Errorf("only %d plans were changed: the property was hardly tried", accepted)
	}
}

// anything ticks, leaves out and adds steps in any order.
func anything(rng *rand.Rand, r *record, at func(int) time.Time, plan crisis.Plan) {
	minute := 1
	steps := slices.Clone(plan.Steps)
	if rng.IntN(2) == 0 {
		i := rng.IntN(len(steps) - 1)
		steps[i], steps[i+1] = steps[i+1], steps[i]
	}
	for i, s := range steps {
		minute += rng.IntN(40)
		switch rng.IntN(4) {
		case 0:
			r.act(at(minute), crisis.Act{Kind: crisis.EventStepSkipped, By: "甲", Plan: plan.ID, Step: s.ID, Note: "不适用"})
		case 1, 2:
			done(r, at(minute), plan.ID, s.ID)
		default:
			if i%5 == 0 {
				r.act(at(minute), crisis.Act{Kind: crisis.EventStepAdded, By: "甲", Data: crisis.Addition{Step: crisis.Step{Title: fmt.Sprintf("临时的事: %d%%", i), Phase: s.Phase}}})
				for _, own := range r.in.Steps {
					if own.Plan == crisis.Own && !own.Done {
						done(r, at(minute+1), crisis.Own, own.ID)
					}
				}
			}
		}
	}
}
