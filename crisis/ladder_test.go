package crisis

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var ladders = Ladders{
	Unacknowledged: []Rung{{After: 10 * time.Minute, Roles: []string{"director"}}, {After: 20 * time.Minute, Roles: []string{"leader"}}},
	Overdue:        []Rung{{After: 15 * time.Minute, Roles: []string{"director"}}},
	RedLine:        []Rung{{Roles: []string{"director", "leader"}}},
	Repeat:         30 * time.Minute, LapseGrave: time.Hour, LapseOther: 4 * time.Hour,
}

// called looks at the clocks at a minute as the daemon does, and returns who is called.
func (d *doer) called(minute int) []string {
	d.t.Helper()
	d.rung(minute)
	if until, ok := d.in.Lapses(ladders); ok && !until.After(at(minute)) {
		d.happens(NewEvent(EventLapsed, at(minute), Machine, Lapse{Holder: d.in.Holder, Since: d.in.Moved}))
	}
	calls, _ := d.in.Escalations(ladders, at(minute))
	var out []string
	for _, c := range calls {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %d %s %s", c.Why, c.Rung, strings.Join(c.Roles, ","), c.Step+c.RedLine)))
		d.happens(NewEvent(EventEscalated, at(minute), Machine, c))
	}
	return out
}

// TestLadder holds who is called when, minute by minute.
func TestLadder(t *testing.T) {
	now := 0
	ack := func(d *doer) { d.do(now, Act{Kind: EventAcknowledged, By: "王"}) }
	for _, x := range []struct {
		name string
		to   int
		do   map[int]func(*doer)
		want map[int][]string
	}{
		{
			"nobody acknowledges: director, leader, and again", 120, nil,
			map[int][]string{
				10: {"unacknowledged 1 director"}, 20: {"unacknowledged 2 director,leader"},
				50: {"unacknowledged 3 director,leader"}, 80: {"unacknowledged 4 director,leader"}, 110: {"unacknowledged 5 director,leader"},
			},
		},
		{
			"acknowledged in time: late steps are called for, red lines at once", 310,
			map[int]func(*doer){9: ack, 100: ack, 200: ack},
			map[int][]string{24: {"overdue 1 director b"}, 75: {"overdue 1 director a"}, 300: {"overdue 1 director,leader alaw"}},
		},
		{
			"acknowledged late: the time for late steps begins with it", 80,
			map[int]func(*doer){25: ack},
			map[int][]string{10: {"unacknowledged 1 director"}, 20: {"unacknowledged 2 director,leader"}, 40: {"overdue 1 director b"}, 75: {"overdue 1 director a"}},
		},
		{
			"nothing moves: at level IV after four hours, and the ladder begins again", 262,
			map[int]func(*doer){9: ack},
			map[int][]string{24: {"overdue 1 director b"}, 75: {"overdue 1 director a"}, 259: {"stalled 1 director"}},
		},
		{
			"at level I after an hour", 90,
			map[int]func(*doer){
				2: func(d *doer) { d.do(2, Act{Kind: EventLevel, By: "李", Event: LevelI, Note: "伤亡"}) },
				9: ack,
			},
			map[int][]string{24: {"overdue 1 director b"}, 35: {"overdue 1 director a"}, 79: {"stalled 1 director"}, 89: {"stalled 2 director,leader"}},
		},
		{
			"all is done: nothing lapses and nobody is called", 400,
			map[int]func(*doer){
				1: ack,
				2: func(d *doer) {
					d.do(2, Act{Kind: EventStepDone, By: "王", Plan: "p", Step: "a"})
					d.do(2, Act{Kind: EventStepDone, By: "王", Plan: "p", Step: "b"})
				},
			},
			map[int][]string{},
		},
		{
			"closed: nobody is called", 60,
			map[int]func(*doer){5: func(d *doer) { d.do(5, Act{Kind: EventClosed, By: "李", Note: "误报"}) }},
			map[int][]string{},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := timed(t)
			for minute := range x.to + 1 {
				now = minute
				if do := x.do[minute]; do != nil {
					do(d)
				}
				if got := d.called(minute); !slices.Equal(got, x.want[minute]) {
					t.Errorf("minute %d: %q, want %q", minute, got, x.want[minute])
				}
			}
		})
	}
}

// TestLadderAfterSleep holds that after a sleep only the highest rung is called, once.
func TestLadderAfterSleep(t *testing.T) {
	d := timed(t)
	if got := d.called(70); !reflect.DeepEqual(got, []string{"unacknowledged 3 director,leader"}) {
		t.Errorf("after a sleep %q", got)
	}
	for _, minute := range []int{70, 50, 10, 79} {
		if got := d.called(minute); got != nil {
			t.Errorf("minute %d calls again: %q", minute, got)
		}
	}
}

// TestHandover holds that the incident goes to another person.
func TestHandover(t *testing.T) {
	d := timed(t)
	d.do(1, Act{Kind: EventAcknowledged, By: "王"})
	d.refused(2, act(EventHandedOver, "王", Handover{}), "say who")
	d.refused(2, act(EventHandedOver, "王", Handover{To: "王"}), "has it already")
	d.do(3, act(EventHandedOver, "王", Handover{To: "赵", Text: "热线每小时核一次"}))
	if d.in.Holder != "赵" || !d.in.Acknowledged.Equal(at(3)) || !d.in.Unheld.IsZero() {
		t.Errorf("held by %q since %s", d.in.Holder, d.in.Acknowledged)
	}
}

// TestRecusal holds that who is concerned stays outside of what is decided, and may
// still say what they know.
func TestRecusal(t *testing.T) {
	d := speaker(t)
	d.do(1, Act{Kind: EventAcknowledged, By: "孙科长"})
	d.do(1, act(EventAssigned, "李", Assignment{Plan: "talk", Step: "t-2", To: "孙科长"}))
	d.refused(2, act(EventRecused, "李", Recusal{Person: "孙科长"}), "reason")
	d.do(2, act(EventRecused, "李", Recusal{Person: "孙科长", Reason: "被举报人"}))
	if d.in.Holder != "" || !d.in.Unheld.Equal(at(2)) || d.in.Step("talk", "t-2").Owner != "" {
		t.Errorf("the recused keeps the incident: %q, %s, %q", d.in.Holder, d.in.Unheld, d.in.Step("talk", "t-2").Owner)
	}
	d.do(3, act(EventDrafted, "甲", Draft{Kind: "first_statement", Text: "正在核实。"}))
	ok := Review{Statement: "s1", Version: 1, Stage: StageText, OK: true}
	for _, a := range []Act{
		{Kind: EventAcknowledged},
		{Kind: EventLevel, Opinion: LevelII, Note: "研判"},
		{Kind: EventClosed, Note: "平息"},
		act(EventStatementReviewed, "", ok), act(EventApproved, "", Approval{Statement: "s1", Version: 1}),
		act(EventCountersigned, "", Withdrawal{Statement: "s1"}), act(EventConfirmed, "", Confirmation{Criterion: "结果已公布"}),
		act(EventHandedOver, "", Handover{To: "甲"}), act(EventRecused, "", Recusal{Person: "孙科长", Reason: "无关", Lifted: true}),
		{Kind: EventStepDone, Plan: "talk", Step: "t-1"},
	} {
		a.By = "孙科长"
		d.refused(4, a, "孙科长 is recused")
	}
	d.refused(4, act(EventApproved, "乙", Approval{Statement: "s1", Version: 1, Signer: "孙科长"}), "孙科长 is recused")
	d.refused(4, act(EventHandedOver, "李", Handover{To: "孙科长"}), "孙科长 is recused")
	d.do(4, Act{Kind: EventNote, By: "孙科长", Note: "转账记录在财务"})
	d.refused(5, act(EventRecused, "李", Recusal{Person: "孙科长", Reason: "又"}), "recused already")
	d.do(5, act(EventRecused, "李", Recusal{Person: "孙科长", Reason: "查无此事", Lifted: true}))
	d.do(6, Act{Kind: EventAcknowledged, By: "孙科长"})
}

// TestRungsByLevel holds which rungs an incident of a level has, and that one which holds
// only when the level is raised is climbed at once.
func TestRungsByLevel(t *testing.T) {
	rungs := []Rung{{After: 10 * time.Minute, Roles: []string{"director"}}, {After: 20 * time.Minute, Roles: []string{"leader"}, Least: LevelIII}}
	for level, want := range map[Level]int{LevelI: 2, LevelII: 2, LevelIII: 2, LevelIV: 1, LevelNone: 2} {
		if got := len(For(level, rungs)); got != want {
			t.Errorf("level %s has %d rungs, want %d", level, got, want)
		}
	}
	start := time.Date(2026, 3, 16, 1, 0, 0, 0, time.UTC)
	in := Incident{Unheld: start, Rung: 4, Rang: []string{"director"}} // called again three times at level IV
	calls := func(level Level, minute int) []Escalation {
		out, _ := in.Escalations(Ladders{Unacknowledged: For(level, rungs), Repeat: 15 * time.Minute}, start.Add(time.Duration(minute)*time.Minute))
		return out
	}
	if got := calls(LevelIV, 57); len(got) != 0 {
		t.Errorf("at level IV between two calls: %+v", got)
	}
	got := calls(LevelIII, 57)
	if len(got) != 1 || !slices.Equal(got[0].Roles, []string{"director", "leader"}) {
		t.Fatalf("raised to III: %+v", got)
	}
	in.Rung, in.Rang = got[0].Rung, got[0].Roles
	if got := calls(LevelIII, 58); len(got) != 0 {
		t.Errorf("the leader was called, and is again: %+v", got)
	}
}
