package crisis

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// clocks writes the running clocks in short: step, red line, minute.
func clocks(in *Incident) []string {
	var out []string
	for _, c := range in.Clocks() {
		out = append(out, fmt.Sprintf("%s/%s %.0f", c.Step, c.RedLine, c.Due.Sub(morning).Minutes()))
	}
	return out
}

func tick(minute int, step string) Event {
	return NewEvent(EventStepDone, at(minute), "王", Tick{Plan: "water", Step: step})
}

func level(minute int, l Level) Event {
	return NewEvent(EventLevel, at(minute), "李", LevelChange{Event: l, Reason: "伤亡"})
}

// TestClocks holds which deadlines run, and in which order.
func TestClocks(t *testing.T) {
	happened := NewEvent(EventHappened, at(1), "王", Anchored{At: at(-20)})
	later := NewEvent(EventHappened, at(1), "王", Anchored{At: at(10)})
	closed := NewEvent(EventClosed, at(600), "李", Remark{})
	for _, x := range []struct {
		name string
		more []Event
		want []string
	}{
		{"at level IV", nil, []string{"report/ 30", "call/ 60", "brief/ 60", "report/law 120"}},
		{
			"raised to I: shorter targets, one more step, one more red line",
			[]Event{level(5, LevelI)},
			[]string{"call/ 10", "report/ 30", "report/grave 60", "brief/ 60", "leader/ 60", "report/law 120"},
		},
		{"it happened before we noticed", []Event{happened}, []string{"report/ 10", "call/ 60", "brief/ 60", "report/law 100"}},
		{"it happened after we noticed: red lines run from notice", []Event{later}, []string{"report/ 40", "call/ 60", "brief/ 60", "report/law 120"}},
		{"reported: no red line runs", []Event{tick(9, "report")}, []string{"call/ 60", "brief/ 60"}},
		{"what repeats is due again from its last tick", []Event{tick(50, "brief"), tick(55, "brief")}, []string{"report/ 30", "call/ 60", "report/law 120", "brief/ 295"}},
		{"and sooner when it is graver", []Event{tick(50, "brief"), level(60, LevelI), tick(61, "call"), tick(61, "report"), tick(61, "leader")}, []string{"brief/ 110"}},
		{
			"closed: nothing repeats, the review is due",
			[]Event{tick(50, "brief"), tick(51, "call"), tick(52, "report"), closed},
			[]string{"review/ 2040"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			in := opened(t, x.more...)
			got := clocks(in)
			if !slices.Equal(got, x.want) {
				t.Errorf("clocks %q, want %q", got, x.want)
			}
			next, ok := in.NextDue()
			if !ok || !next.Due.Equal(in.Clocks()[0].Due) {
				t.Errorf("next is %+v, %v", next, ok)
			}
		})
	}
	if c, ok := (&Incident{}).NextDue(); ok {
		t.Errorf("an incident without steps has a deadline: %+v", c)
	}
}

// TestRedLineWords holds that a red line says its own words and its rule.
func TestRedLineWords(t *testing.T) {
	for _, c := range opened(t).Clocks() {
		switch {
		case c.RedLine == "law" && (c.Title != "上报" || c.Source != "条例" || c.Plan != "water"):
			t.Errorf("the red line says %+v", c)
		case c.Step == "call" && (c.Title != "致电" || c.RedLine != "" || c.Source != ""):
			t.Errorf("the target says %+v", c)
		}
	}
}

// TestNoticed holds that red lines run from the earlier of happened and noticed.
func TestNoticed(t *testing.T) {
	for _, x := range []struct{ happened, want time.Time }{
		{time.Time{}, at(0)}, {at(-5), at(-5)}, {at(5), at(0)},
	} {
		in := Incident{Opened: at(0), Happened: x.happened}
		if got := in.Noticed(); !got.Equal(x.want) {
			t.Errorf("happened %s: noticed %s, want %s", x.happened, got, x.want)
		}
	}
}

// TestDue holds that a clock that has not started is not due.
func TestDue(t *testing.T) {
	in := opened(t)
	for _, id := range []string{"review", "promise", "whenever"} {
		if due, ok := in.Due(in.Step("water", id)); ok {
			t.Errorf("%s is due at %s", id, due)
		}
	}
	if due, ok := (&Incident{}).Due(&StepState{Step: Step{Due: ByLevel{LevelNone: {Time: time.Hour}}}}); ok {
		t.Errorf("a step of an incident that was never opened is due at %s", due)
	}
	zero := &StepState{Done: true, DoneAt: at(1), Step: Step{RepeatEvery: ByLevel{LevelNone: {}}}}
	if due, ok := in.Due(zero); ok {
		t.Errorf("a step that repeats every 0 min is due at %s", due)
	}
}

// TestChecklist holds that a graver level brings its steps, in plan order.
func TestChecklist(t *testing.T) {
	ids := func(in *Incident) []string {
		var out []string
		for _, s := range in.Checklist() {
			out = append(out, s.ID)
		}
		return out
	}
	all := []string{"call", "report", "brief", "leader", "review", "promise", "whenever"}
	if got := ids(opened(t, level(1, LevelII))); !slices.Equal(got, all) {
		t.Errorf("at level II %q, want %q", got, all)
	}
	if got, want := ids(opened(t)), slices.Delete(slices.Clone(all), 3, 4); !slices.Equal(got, want) {
		t.Errorf("at level IV %q, want %q", got, want)
	}
}
