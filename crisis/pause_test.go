package crisis

import "testing"

// TestPause holds how far pauses move a target.
func TestPause(t *testing.T) {
	type span struct {
		step     string
		from, to int
	}
	for _, x := range []struct {
		name   string
		pauses []span
		due    int // of step a, an hour from its start
		stands bool
	}{
		{"none", nil, 60, false},
		{"one", []span{{"a", 10, 30}}, 80, false},
		{"of another step", []span{{"b", 1, 30}}, 60, false},
		{"of all", []span{{"", 10, 30}}, 80, false},
		{"two", []span{{"a", 10, 30}, {"a", 70, 75}}, 85, false},
		{"overlapping ones count once", []span{{"", 10, 30}, {"a", 20, 40}}, 90, false},
		{"one within another", []span{{"", 10, 40}, {"a", 20, 30}}, 90, false},
		{"after it was due", []span{{"a", 60, 90}}, 60, false},
		{"the second begins after the shifted time", []span{{"a", 10, 20}, {"a", 71, 90}}, 70, false},
		{"one that lasts", []span{{"a", 10, 0}}, 0, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := timed(t)
			for _, p := range x.pauses {
				d.in.Pauses = append(d.in.Pauses, Pause{Plan: "p", Step: p.step, From: at(p.from)})
				if p.to > 0 {
					d.in.Pauses[len(d.in.Pauses)-1].To = at(p.to)
				}
			}
			due, ok := d.in.Due(d.in.Step("p", "a"))
			if ok == x.stands || ok && !due.Equal(at(x.due)) {
				t.Errorf("due %s %v, want minute %d", due, ok, x.due)
			}
			s := d.in.Step("p", "a")
			if red, ok := d.in.RedDue(s, &s.RedLines[0]); !ok || !red.Equal(at(300)) {
				t.Errorf("the red line moved to %s", red)
			}
		})
	}
}

// TestPauseActs holds who may pause what.
func TestPauseActs(t *testing.T) {
	d := speaker(t)
	step := Halt{Plan: "talk", Step: "t-1", Reason: "等领导"}
	d.refused(1, act(EventPaused, "甲", Halt{Plan: "talk", Step: "t-1"}), "needs a reason")
	d.refused(1, act(EventPaused, "甲", Halt{Plan: "talk", Reason: "等"}), "name a step")
	d.refused(1, act(EventPaused, "甲", Halt{Plan: "talk", Step: "t-9", Reason: "等"}), "there is no step")
	d.refused(1, act(EventPaused, "甲", Halt{Plan: "talk", Step: "t-3", Reason: "等"}), "cannot be paused")
	d.refused(1, act(EventPaused, "甲", Halt{Plan: "talk", Step: "t-5", Reason: "等"}), "no clock")
	d.refused(1, act(EventResumed, "甲", step), "not paused")
	d.do(1, act(EventPaused, "甲", step))
	d.refused(2, act(EventPaused, "乙", step), "paused already, by 甲")
	d.do(2, act(EventPaused, "乙", Halt{Reason: "全体转移"}))
	if got := d.in.Standing(); len(got) != 2 || got[0].Reason != "等领导" || got[1].By != "乙" {
		t.Errorf("standing: %+v", got)
	}
	d.do(3, act(EventPromised, "甲", Promise{Kind: PromiseUpdate, What: "10时", Due: at(60)}))
	if due, ok := d.in.Due(d.in.Step("talk", "t-3")); !ok || !due.Equal(at(60)) {
		t.Errorf("what the public was told stands still: %s %v", due, ok)
	}
	d.do(4, act(EventResumed, "乙", Halt{}))
	if d.in.Paused(d.in.Step("talk", "t-1")) == nil || d.in.Paused(nil) != nil {
		t.Error("the step has a pause of its own")
	}
	late := step
	late.Reason = ""
	d.refused(5, Act{Kind: EventResumed, By: "甲", Data: late, At: at(0)}, "began later")
	d.do(6, act(EventResumed, "甲", late))
	if due, ok := d.in.Due(d.in.Step("talk", "t-1")); !ok || !due.Equal(at(65)) {
		t.Errorf("due %s %v, want five minutes later", due, ok)
	}
	d.do(7, act(EventPromiseKept, "甲", Keeping{Promise: "p1", Note: "已发"}))
	d.do(7, Act{Kind: EventClosed, By: "丙", Note: "平息"})
	d.refused(8, act(EventPaused, "甲", step), "closed")
	d.do(9, Act{Kind: EventReopened, By: "丙"})
	d.do(10, act(EventPaused, "甲", Halt{Reason: "全体转移"}))
	d.do(20, Act{Kind: EventClosed, By: "丙", Note: "平息"})
	if got := d.in.Standing(); len(got) != 0 {
		t.Errorf("the end leaves %+v standing still", got)
	}
}
