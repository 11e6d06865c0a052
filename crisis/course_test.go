package crisis

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// doer carries out acts on an incident as the daemon does.
type doer struct {
	t  *testing.T
	in Incident
}

func (d *doer) do(minute int, a Act) []Event {
	d.t.Helper()
	events, err := d.in.Decide(a, at(minute))
	if err != nil {
		d.t.Fatalf("%s: %v", a.Kind, err)
	}
	prev := &Event{Seq: d.in.Events, Hash: d.in.Hash}
	for _, e := range events {
		e = e.Seal(d.in.ID, prev, at(minute))
		if err := d.in.Apply(e); err != nil {
			d.t.Fatalf("%s: what was decided cannot be folded: %v", e.Kind, err)
		}
		prev = &e
	}
	return events
}

func (d *doer) refused(minute int, a Act, want string) {
	d.t.Helper()
	if _, err := d.in.Decide(a, at(minute)); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), want) {
		d.t.Errorf("%s: error %v, want refused: … %s", a.Kind, err, want)
	}
}

// speaking is a plan whose steps draft, publish, update and conclude.
func speaking() Plan {
	each := ByLevel{LevelNone: {Time: time.Hour}}
	return Plan{ID: "talk", Version: "1", Closing: Closing{Human: []string{"结果已公布"}}, Steps: []Step{
		{ID: "t-1", Title: "起草首发", Due: each, AskKind: "approval", Template: "first_statement"},
		{ID: "t-2", Title: "发布首发", Due: each, AskKind: "published"},
		{ID: "t-3", Title: "续报", From: FromPromise, Due: ByLevel{LevelNone: {}}, AskKind: "published", Template: "update"},
		{ID: "t-4", Title: "公布结果", From: FromPromise, Due: ByLevel{LevelNone: {}}, AskKind: "published", Template: "final"},
		{ID: "t-5", Title: "补偿", From: FromRestored, Due: each},
		{ID: "t-6", Title: "巡查", Due: each, RepeatEvery: each, RepeatUntil: "warning_lifted"},
	}}
}

func speaker(t *testing.T) *doer {
	return &doer{t: t, in: *opened(t, NewEvent(EventPlanned, at(0), Machine, speaking()))}
}

func act(kind EventKind, by string, data any) Act { return Act{Kind: kind, By: by, Data: data} }

// TestStatement follows a statement from its draft to its promise.
func TestStatement(t *testing.T) {
	d := speaker(t)
	warned := []LintMark{{Rule: "abs.absolute", Severity: "warn"}}
	d.do(1, act(EventDrafted, "甲", Draft{Kind: "first_statement", Plan: "talk", Step: "t-1", Text: "水绝对安全", Findings: []LintMark{{Rule: "form.placeholder", Severity: "block"}}}))
	d.refused(2, act(EventDrafted, "甲", Draft{Statement: "s1", Text: "水绝对安全"}), "that of version 1")
	d.do(3, act(EventDrafted, "甲", Draft{Statement: "s1", Text: "水样正在检测，18时前公布。", Findings: warned}))
	ok := func(stage Stage) Act {
		return act(EventStatementReviewed, "乙", Review{Statement: "s1", Version: 2, Stage: stage, OK: true})
	}
	d.do(4, act(EventStatementReviewed, "甲", Review{Statement: "s1", Version: 2, Stage: StageText, OK: true}))
	own := ok(StageFact)
	own.By = "甲"
	d.refused(4, own, "does not check its facts")
	approve := Approval{Statement: "s1", Version: 2}
	d.refused(4, act(EventApproved, "丙", approve), "review of fact is missing")
	d.do(5, ok(StageFact))
	d.do(5, ok(StageSecrecy))
	d.refused(6, act(EventApproved, "丙", Approval{Statement: "s1", Version: 1}), "not the newest")
	d.refused(6, act(EventApproved, "丙", approve), "rule abs.absolute warns")
	approve.Confirmed = []string{"abs.absolute"}
	d.refused(6, act(EventApproved, "甲", approve), "甲 wrote the draft")
	publish := Publishing{Publication: Publication{Statement: "s1", Version: 2, Where: "微博", URL: "https://example.org/1"}}
	d.refused(6, act(EventPublished, "甲", publish), "not approved")
	d.do(7, act(EventApproved, "丙", approve))
	if s := d.in.Step("talk", "t-1"); !s.Done || s.Note != "丙" {
		t.Errorf("the approval does not tick its step: %+v", s)
	}
	publish.Promises = []Promise{{Kind: PromiseUpdate, What: "18时前公布", Due: at(100)}}
	d.do(8, act(EventPublished, "甲", publish))
	if s := d.in.Step("talk", "t-2"); !s.Done || s.Link != "https://example.org/1" {
		t.Errorf("the publication does not tick its step: %+v", s)
	}
	if due, ok := d.in.Due(d.in.Step("talk", "t-3")); !ok || !due.Equal(at(100)) {
		t.Errorf("the update is due %v %v, want when it was promised", due, ok)
	}
	if _, ok := d.in.Due(d.in.Step("talk", "t-4")); !ok {
		t.Error("a final statement keeps a promise of news too and is due")
	}
	d.refused(9, Act{Kind: EventClosed, By: "丙", Note: "平息"}, "promise p1 is still open")
}

// TestTelephone holds that a first statement may go out on a call that is countersigned.
func TestTelephone(t *testing.T) {
	d := speaker(t)
	d.do(1, act(EventDrafted, "甲", Draft{Kind: "first_statement", Text: "正在核实。"}))
	call := Approval{Statement: "s1", Version: 1, Signer: "丙", Preauthorised: true}
	d.refused(2, act(EventApproved, "甲", call), "review of secrecy is missing")
	d.do(2, act(EventStatementReviewed, "乙", Review{Statement: "s1", Version: 1, Stage: StageSecrecy, OK: true}))
	d.do(3, act(EventApproved, "甲", call))
	if got := d.in.Statement("s1").Countersigns; !got.Equal(at(3).Add(Countersign)) {
		t.Errorf("countersigned until %v", got)
	}
	due := at(3).Add(Countersign)
	for _, x := range []struct {
		at   time.Time
		want bool
	}{{at(4), false}, {due.Add(-PromiseNear), true}, {due, true}} {
		if got := d.in.Statement("s1").Unsigned(x.at); got != x.want {
			t.Errorf("at %v told of the countersignature: %v", x.at, got)
		}
	}
	d.refused(4, act(EventCountersigned, "乙", Withdrawal{Statement: "s1"}), "丙 approved by telephone")
	d.do(5, act(EventCountersigned, "丙", Withdrawal{Statement: "s1"}))
	if !d.in.Statement("s1").Countersigns.IsZero() {
		t.Error("the countersignature is still owed")
	}
	d.do(6, act(EventDrafted, "甲", Draft{Kind: "update", Text: "续报。"}))
	d.refused(7, act(EventApproved, "甲", Approval{Statement: "s2", Version: 1, Signer: "丙", Preauthorised: true}), "only a first statement")
	d.refused(7, act(EventWithdrawn, "甲", Withdrawal{Statement: "s2"}), "needs a reason")
	d.do(8, act(EventWithdrawn, "甲", Withdrawal{Statement: "s2", Note: "重写"}))
	d.refused(9, act(EventApproved, "丙", Approval{Statement: "s2", Version: 1}), "withdrawn")
}

// TestPromise holds that a promise is owed until it is kept, and that putting it off in
// time is no breach.
func TestPromise(t *testing.T) {
	d := speaker(t)
	d.refused(1, act(EventPromised, "甲", Promise{What: "昨天", Due: at(0)}), "due after it is made")
	d.do(1, act(EventPromised, "甲", Promise{Kind: PromiseResult, What: "三日内公布", Due: at(60)}))
	d.do(2, act(EventPromised, "甲", Promise{Kind: PromiseUpdate, What: "10时更新", Due: at(30)}))
	d.refused(3, act(EventPromiseMoved, "甲", Moving{Promise: "p1", Due: at(90)}), "needs a reason")
	d.do(3, act(EventPromiseMoved, "甲", Moving{Promise: "p1", Due: at(90), Reason: "复检"}))
	if got := d.in.Kept("update"); !reflect.DeepEqual(got, []string{"p2"}) {
		t.Errorf("an update keeps %v", got)
	}
	events := d.do(4, Act{Kind: EventStepDone, By: "甲", Plan: "talk", Step: "t-3", Link: "https://example.org/2"})
	if len(events) != 2 || events[1].Kind != EventPromiseKept {
		t.Errorf("the tick causes %v", events)
	}
	if p := d.in.Promise("p2"); p.Open() || !p.InTime() {
		t.Errorf("the promise is %+v", p)
	}
	d.refused(5, Act{Kind: EventStepDone, By: "甲", Plan: "talk", Step: "t-3"}, "done already")
	d.do(6, act(EventPromised, "甲", Promise{Kind: PromiseUpdate, What: "12时更新", Due: at(120)}))
	if due, ok := d.in.Due(d.in.Step("talk", "t-3")); !ok || !due.Equal(at(120)) {
		t.Errorf("the next update is due %v %v", due, ok)
	}
	d.refused(7, act(EventPromiseKept, "甲", Keeping{Promise: "p1"}), "a link or a note")
	d.do(91, act(EventPromiseKept, "甲", Keeping{Promise: "p1", Note: "已公布"}))
	if d.in.Promise("p1").InTime() {
		t.Error("a promise kept a minute late counts as kept in time")
	}
}

// TestOwed holds that each time given to the public is told of before and after, once,
// and again when it is put off.
func TestOwed(t *testing.T) {
	d := speaker(t)
	d.do(1, act(EventPromised, "甲", Promise{Kind: PromiseUpdate, What: "更新", Due: at(100)}))
	told := func(minute int) (kinds []EventKind) {
		t.Helper()
		for _, e := range d.in.Owed(at(minute)) {
			kinds = append(kinds, e.Kind)
			if err := d.in.Apply(e.Seal(d.in.ID, &Event{Seq: d.in.Events, Hash: d.in.Hash}, at(minute))); err != nil {
				t.Fatal(err)
			}
		}
		return kinds
	}
	for _, x := range []struct {
		minute int
		want   []EventKind
	}{{69, nil}, {70, []EventKind{EventPromiseNear}}, {71, nil}, {100, []EventKind{EventPromiseMissed}}, {101, nil}} {
		if got := told(x.minute); !reflect.DeepEqual(got, x.want) {
			t.Errorf("minute %d: %v, want %v", x.minute, got, x.want)
		}
	}
	d.do(102, act(EventPromiseMoved, "甲", Moving{Promise: "p1", Due: at(140), Reason: "复检"}))
	if got := told(200); !reflect.DeepEqual(got, []EventKind{EventPromiseMissed}) {
		t.Errorf("put off and missed again: %v", got)
	}
	if p := d.in.Promise("p1"); !p.Missed.Equal(at(100)) || !p.Told.Equal(at(140)) {
		t.Errorf("the promise is %+v", p)
	}
}

// TestPlanChange holds that a plan may be changed in the middle without losing a tick.
func TestPlanChange(t *testing.T) {
	d := speaker(t)
	if got := []string{d.in.Plans[0].ID, d.in.Plans[1].ID}; !reflect.DeepEqual(got, []string{"talk", "water"}) || !d.in.Plans[1].Side {
		t.Errorf("the plans are %v", d.in.Plans)
	}
	d.do(1, Act{Kind: EventStepDone, By: "甲", Plan: "water", Step: "call", Note: "已致电"})
	next := plan()
	next.Version, next.Side = "2", true
	next.Steps = append(next.Steps[:1:1], Step{ID: "new", Title: "新步骤", Due: ByLevel{LevelNone: {Time: time.Hour}}})
	d.do(2, act(EventPlanned, "乙", next))
	if s := d.in.Step("water", "call"); !s.Done || s.Note != "已致电" {
		t.Errorf("the new version lost the tick: %+v", s)
	}
	if s := d.in.Step("water", "brief"); s == nil || !s.Dropped || d.in.Wanted(s) {
		t.Errorf("a step that is no longer planned is %+v", s)
	}
	d.refused(3, act(EventPlanDropped, "乙", Dropping{Plan: "water"}), "needs a reason")
	d.do(3, act(EventPlanDropped, "乙", Dropping{Plan: "water", Reason: "不是水的事"}))
	d.refused(4, Act{Kind: EventStepReopened, By: "甲", Plan: "water", Step: "call"}, "no step")
	d.refused(4, act(EventPlanDropped, "乙", Dropping{Plan: "talk", Reason: "x"}), "keeps one plan")
	d.do(5, act(EventPlanned, "乙", next))
	if s := d.in.Step("water", "call"); !s.Done || s.Dropped {
		t.Errorf("the plan came back without its tick: %+v", s)
	}
	d.do(6, act(EventStepAdded, "乙", Addition{Step: Step{Title: "送水到户", Due: ByLevel{LevelNone: {Time: time.Hour}}}}))
	d.do(7, act(EventAssigned, "乙", Assignment{Plan: Own, Step: "own-01", To: "甲"}))
	if s := d.in.Step(Own, "own-01"); s == nil || s.Owner != "甲" {
		t.Errorf("the added step is %+v", s)
	}
	skip := Act{Kind: EventStepSkipped, By: "乙", Plan: "water", Step: "new"}
	d.refused(8, skip, "only with a reason")
	skip.Note = "不涉及"
	d.do(8, skip)
	if _, ok := d.in.Due(d.in.Step("water", "new")); ok {
		t.Error("a step that was left out has a deadline")
	}
	d.do(9, Act{Kind: EventStepReopened, By: "乙", Plan: "water", Step: "new"})
	if _, ok := d.in.Due(d.in.Step("water", "new")); !ok {
		t.Error("the step has no deadline again")
	}
}

// TestMilestone holds that steps begin and end with what is reached.
func TestMilestone(t *testing.T) {
	d := speaker(t)
	d.do(1, Act{Kind: EventStepDone, By: "甲", Plan: "talk", Step: "t-6"})
	if due, ok := d.in.Due(d.in.Step("talk", "t-6")); !ok || !due.Equal(at(61)) {
		t.Errorf("the round is due again %v %v", due, ok)
	}
	if _, ok := d.in.Due(d.in.Step("talk", "t-5")); ok {
		t.Error("the step runs although nothing is restored")
	}
	d.refused(2, act(EventReached, "甲", Milestone{What: "dreamt", At: at(2)}), "not a milestone")
	d.refused(2, act(EventReached, "甲", Milestone{What: "warning_lifted"}), "has not been reached")
	d.do(2, act(EventReached, "甲", Milestone{What: "warning_lifted", At: at(2)}))
	d.do(3, act(EventReached, "甲", Milestone{What: "service_restored", At: at(-5)}))
	if _, ok := d.in.Due(d.in.Step("talk", "t-6")); ok {
		t.Error("the round goes on although the warning is lifted")
	}
	if due, ok := d.in.Due(d.in.Step("talk", "t-5")); !ok || !due.Equal(at(55)) {
		t.Errorf("the step is due %v %v, want an hour after it was restored", due, ok)
	}
	d.do(4, act(EventReached, "甲", Milestone{What: "warning_lifted", Reason: "误记"}))
	if _, ok := d.in.Due(d.in.Step("talk", "t-6")); !ok {
		t.Error("taking the milestone back does not start the round again")
	}
}

// TestReview follows an incident through its end and what is learnt from it.
func TestReview(t *testing.T) {
	d := speaker(t)
	d.refused(1, Act{Kind: EventReviewed, By: "乙"}, "still open")
	d.refused(1, act(EventConfirmed, "乙", Confirmation{Criterion: "无"}), "waits for confirmation")
	closed := d.do(2, Act{Kind: EventClosed, By: "丙", Note: "误报"})
	if !strings.Contains(string(closed[0].Data), "结果已公布") {
		t.Errorf("the end does not say what was not confirmed: %s", closed[0].Data)
	}
	d.do(3, act(EventConfirmed, "乙", Confirmation{Criterion: "结果已公布"}))
	if got := d.in.Unconfirmed(); len(got) > 0 {
		t.Errorf("unconfirmed %v", got)
	}
	d.refused(4, act(EventActionAdded, "乙", Action{What: "备电话本", Owner: "甲", Due: at(60)}), "no check")
	d.do(4, act(EventActionAdded, "乙", Action{What: "备电话本", Owner: "甲", Due: at(60), Check: "抽查"}))
	d.refused(5, act(EventActionChecked, "乙", ActionStep{Action: "a1"}), "not done yet")
	d.do(5, act(EventActionDone, "甲", ActionStep{Action: "a1", Note: "已更新"}))
	d.refused(6, act(EventActionChecked, "甲", ActionStep{Action: "a1"}), "does not check it")
	d.do(6, act(EventActionChecked, "乙", ActionStep{Action: "a1"}))
	d.refused(7, act(EventFinding, "乙", Finding{Kind: "blame", Text: "怪他"}), "not a kind")
	d.do(7, act(EventFinding, "乙", Finding{Kind: FindingGap, Text: "首发慢了"}))
	d.do(8, act(EventAmended, "乙", Amended{Plan: "talk", From: "1", To: "2", Changes: []string{"首发 60 分钟改 45 分钟"}}))
	d.do(9, Act{Kind: EventReviewed, By: "乙"})
	if a := d.in.Action("a1"); a.CheckedBy != "乙" || d.in.Reviewed.IsZero() || len(d.in.Findings) != 1 {
		t.Errorf("the review is %+v, %v, %+v", a, d.in.Reviewed, d.in.Findings)
	}
	d.refused(10, act(EventDrafted, "乙", Review{}), "needs a crisis.Draft")
}

// TestCloneKeeps holds that what happens to a copy does not happen to the original.
func TestCloneKeeps(t *testing.T) {
	d := speaker(t)
	d.do(1, act(EventDrafted, "甲", Draft{Kind: "update", Text: "一"}))
	d.do(2, act(EventPromised, "甲", Promise{What: "更新", Due: at(30)}))
	d.do(3, act(EventReached, "甲", Milestone{What: "rescue_ended", At: at(3)}))
	was := d.in.Clone()
	before := was.Clone()
	d.do(4, act(EventDrafted, "甲", Draft{Statement: "s1", Text: "二"}))
	d.do(5, act(EventPromiseMoved, "甲", Moving{Promise: "p1", Due: at(40), Reason: "复检"}))
	d.do(6, act(EventReached, "甲", Milestone{What: "rescue_ended"}))
	d.do(7, Act{Kind: EventStepSkipped, By: "乙", Plan: "talk", Step: "t-5", Note: "不涉及"})
	if !reflect.DeepEqual(was, before) {
		t.Error("the copy has changed with the original")
	}
}
