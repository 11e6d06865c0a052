package daemon

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// speech is an office with an incident and an account of its own.
type speech struct {
	t     *testing.T
	d     *Daemon
	clock *steppedClock
	heard *heard
	id    string
}

const firstText = "关于青溪区自来水异味的情况说明\n8月5日17时起，青溪区部分小区自来水有异味，给大家带来不便，我们深表歉意。供水公司已派出抢修人员到现场排查，水样已送市疾控中心检验。\n我们将于今日22时前发布最新情况。咨询电话：0000-0000000。\n云川市政府新闻办　8月5日20时10分"

func newSpeech(t *testing.T) *speech {
	s := &speech{t: t, clock: &steppedClock{now: time.Date(2026, 8, 5, 12, 0, 0, 0, time.UTC)}, heard: &heard{}}
	cfg, err := ParseConfig("c", []byte("org: 云川市政府新闻办\nsources:\n  - {name: gov, title: 云川发布, own: true, every: 5m, scenario: {}}\n  - {name: forum, every: 5m, scenario: {}}\ntopics:\n  - {id: tap, title: 自来水, tags: [water], any: [自来水]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Data = t.TempDir()
	cfg.Channels = []Channel{{Name: "press", KindName: "log", Sender: s.heard}}
	if s.d, err = New(t.Context(), cfg, zap.NewNop(), WithClock(s.clock)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.d.Close(); err != nil {
			t.Error(err)
		}
	})
	s.id = "20260805-01"
	plan := crisis.Plan{ID: "talk", Version: "1", Steps: []crisis.Step{
		{ID: "t-1", Title: "起草首发", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}, AskKind: "approval", Template: "first_statement"},
		{ID: "t-2", Title: "发布首发", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}, AskKind: "published"},
	}}
	err = s.d.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Append(s.id, s.clock.now,
			crisis.NewEvent(crisis.EventDetected, s.clock.now, crisis.Machine, crisis.Detected{Topic: "tap", Title: "自来水", Signal: crisis.Signal{Detector: "surge", At: s.clock.now}}),
			crisis.NewEvent(crisis.EventLevel, s.clock.now, crisis.Machine, crisis.LevelChange{Opinion: crisis.LevelIII}),
			crisis.NewEvent(crisis.EventPlanned, s.clock.now, crisis.Machine, plan))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *speech) act(kind crisis.EventKind, by string, data any) crisis.Incident {
	s.t.Helper()
	in, err := s.d.Act(s.t.Context(), crisis.Act{Kind: kind, Incident: s.id, By: by, Data: data})
	if err != nil {
		s.t.Fatalf("%s: %v", kind, err)
	}
	return in
}

func (s *speech) incident() (in crisis.Incident) {
	s.t.Helper()
	err := s.d.store.View(s.t.Context(), func(tx *store.Tx) (err error) {
		in, _, err = tx.Incident(s.id)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return in
}

// approve brings the first statement to its approval.
func (s *speech) approve() {
	s.t.Helper()
	in := s.act(crisis.EventDrafted, "甲", crisis.Draft{Kind: "first_statement", Plan: "talk", Step: "t-1", Text: firstText})
	for _, m := range in.Statement("s1").Version(1).Findings {
		if m.Severity != "info" {
			s.t.Errorf("rule %s (%s) finds %q in a good text", m.Rule, m.Severity, m.Found)
		}
	}
	for _, stage := range crisis.Stages {
		s.act(crisis.EventStatementReviewed, "乙", crisis.Review{Statement: "s1", Version: 1, Stage: stage, OK: true})
	}
	s.act(crisis.EventApproved, "丙", crisis.Approval{Statement: "s1", Version: 1})
}

// deliver hands posts of a source to the daemon.
func (s *speech) deliver(source, id, text string) {
	s.t.Helper()
	p := crisis.Post{ID: id, Text: text, URL: "https://" + source + ".example/" + id, Published: s.clock.now}
	in := delivery{source: s.d.sourceConfig(source), harvest: crawlers.Harvest{Posts: []crisis.Post{p}}, cover: crisis.Coverage{Source: source, At: s.clock.now, Class: crisis.ClassOK}}
	if _, err := s.d.ingest(s.t.Context(), in); err != nil {
		s.t.Fatal(err)
	}
}

// pass lets minutes pass and returns what people were told of one kind.
func (s *speech) pass(minutes int, kind crisis.AlertKind) (remarks []string) {
	s.t.Helper()
	from := len(s.heard.alerts)
	for range minutes {
		s.clock.now = s.clock.now.Add(time.Minute)
		if err := s.d.Tick(s.t.Context(), s.clock.now); err != nil {
			s.t.Fatal(err)
		}
		for n := batch; n == batch; {
			var err error
			if n, err = s.d.Deliver(s.t.Context(), &s.d.cfg.Channels[0]); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	for _, a := range s.heard.alerts[from:] {
		if a.Kind == kind {
			remarks = append(remarks, a.Remark)
		}
	}
	return remarks
}

// TestSeen holds that a statement seen on our own account ticks its step, makes its
// promise, and that the promise is told of before and after it is due, until it is kept.
func TestSeen(t *testing.T) {
	s := newSpeech(t)
	s.approve()
	s.deliver("forum", "1", firstText) // somebody copies it: not our account
	in := s.incident()
	if len(in.Statement("s1").Sightings) != 0 {
		t.Fatal("a copy by the public counts as our publication")
	}
	s.deliver("gov", "2", "【云川发布】"+strings.ReplaceAll(firstText, "，", ", ")+"（来源：新闻办）")
	in = s.incident()
	step := in.Step("talk", "t-2")
	if st := in.Statement("s1"); len(st.Sightings) != 1 || st.Sightings[0].Likeness < 0.99 || !step.Done || step.Link != "https://gov.example/2" || step.DoneBy != crisis.Machine {
		t.Fatalf("seen %+v, step %+v", st.Sightings, step)
	}
	if len(in.Promises) != 1 || in.Promises[0].Due.In(s.d.cfg.Zoned()).Format("15:04") != "22:00" {
		t.Fatalf("promises %+v", in.Promises)
	}
	s.deliver("gov", "3", firstText)
	in = s.incident()
	if n := len(in.Statement("s1").Sightings); n != 1 {
		t.Errorf("the same account is seen %d times", n)
	}
	if told := s.pass(89, crisis.AlertPromise); len(told) != 0 {
		t.Errorf("told too soon: %q", told)
	}
	if told := s.pass(1, crisis.AlertPromise); len(told) != 1 || !strings.Contains(told[0], "22:00前要兑现") {
		t.Errorf("half an hour before: %q", told)
	}
	if told := s.pass(40, crisis.AlertPromise); len(told) != 1 || !strings.Contains(told[0], "还没有兑现") {
		t.Errorf("when it has passed: %q", told)
	}
	_, err := s.d.Act(t.Context(), crisis.Act{Kind: crisis.EventClosed, Incident: s.id, By: "丙", Note: "没人说了"})
	if err == nil || !strings.Contains(err.Error(), "still open") {
		t.Errorf("closed on an open promise: %v", err)
	}
	s.act(crisis.EventPromiseKept, "甲", crisis.Keeping{Promise: "p1", Link: "https://gov.example/4"})
	if told := s.pass(10, crisis.AlertPromise); len(told) != 0 {
		t.Errorf("told although it is kept: %q", told)
	}
	if _, err := s.d.Act(t.Context(), crisis.Act{Kind: crisis.EventClosed, Incident: s.id, By: "丙", Note: "平息"}); err != nil {
		t.Error(err)
	}
}

// TestThirtiethDay has a result promised within thirty days, which nobody speaks of any
// more when it is due: until then the incident stays open, then people are told, and a
// restart on the way forgets nothing.
func TestThirtiethDay(t *testing.T) {
	if underRace {
		t.Skip("a month takes a minute under the race detector; make town lives it without")
	}
	s := newSpeech(t)
	begun := s.clock.now
	s.act(crisis.EventDrafted, "甲", crisis.Draft{Kind: "first_statement", Plan: "talk", Step: "t-1", Text: "关于网传举报的情况说明\n区纪委监委已成立调查组，当事人已停职配合调查。将于30日内公布调查结果。举报电话：12388。\n云川市政府新闻办　8月5日20时10分"})
	for _, stage := range crisis.Stages {
		s.act(crisis.EventStatementReviewed, "乙", crisis.Review{Statement: "s1", Version: 1, Stage: stage, OK: true})
	}
	s.act(crisis.EventApproved, "丙", crisis.Approval{Statement: "s1", Version: 1, Confirmed: []string{"*"}})
	in := s.act(crisis.EventPublished, "甲", crisis.Publishing{Publication: crisis.Publication{Statement: "s1", Version: 1, Where: "云川发布", URL: "https://gov.example/s1"}})
	if len(in.Promises) != 1 || in.Promises[0].Due.Sub(begun).Round(24*time.Hour) != 30*24*time.Hour {
		t.Fatalf("promises %+v", in.Promises)
	}
	due := in.Promises[0].Due
	s.pass(1, crisis.AlertPromise)
	shut := func() error {
		_, err := s.d.Act(t.Context(), crisis.Act{Kind: crisis.EventClosed, Incident: s.id, By: "丙", Note: "没人说了"})
		return err
	}
	for _, day := range []int{10, 20, 29} {
		s.clock.now = begun.Add(time.Duration(day) * 24 * time.Hour)
		if told := s.pass(1, crisis.AlertPromise); len(told) != 0 {
			t.Fatalf("told on day %d: %q", day, told)
		}
		if err := shut(); err == nil || !strings.Contains(err.Error(), "still open") {
			t.Fatalf("closed on day %d, the result unpublished: %v", day, err)
		}
		s.restart()
	}
	s.clock.now = due.Add(-32 * time.Minute)
	if told := s.pass(1, crisis.AlertPromise); len(told) != 0 {
		t.Errorf("told too soon: %q", told)
	}
	if told := s.pass(1, crisis.AlertPromise); len(told) != 1 || !strings.Contains(told[0], "要兑现") {
		t.Errorf("half an hour before: %q", told)
	}
	if told := s.pass(40, crisis.AlertPromise); len(told) != 1 || !strings.Contains(told[0], "还没有兑现") {
		t.Errorf("when it has passed: %q", told)
	}
	s.act(crisis.EventPromiseKept, "甲", crisis.Keeping{Promise: "p1", Link: "https://gov.example/s2"})
	if err := shut(); err != nil {
		t.Errorf("the result is published: %v", err)
	}
}

// restart ends the daemon and starts it anew on the same store.
func (s *speech) restart() {
	s.t.Helper()
	cfg := *s.d.cfg
	if err := s.d.Close(); err != nil {
		s.t.Fatal(err)
	}
	d, err := New(s.t.Context(), &cfg, zap.NewNop(), WithClock(s.clock))
	if err != nil {
		s.t.Fatal(err)
	}
	s.d = d
}

// TestUnseen holds that a statement which does not appear is told of once, and a changed
// one at once.
func TestUnseen(t *testing.T) {
	s := newSpeech(t)
	s.approve()
	in := s.act(crisis.EventPublished, "甲", crisis.Publishing{Publication: crisis.Publication{Statement: "s1", Version: 1, Where: "云川发布"}})
	if len(in.Promises) != 1 || in.Step("talk", "t-2").Done {
		t.Fatalf("without a link: promises %+v, step %+v", in.Promises, in.Step("talk", "t-2"))
	}
	if told := s.pass(14, crisis.AlertUnseen); len(told) != 0 {
		t.Errorf("told too soon: %q", told)
	}
	s.deliver("gov", "1", strings.ReplaceAll(firstText, "水样已送市疾控中心检验", "水质没有问题"))
	events := func() (notes []string) {
		err := s.d.store.View(t.Context(), func(tx *store.Tx) error {
			_, all, err := tx.Incident(s.id)
			for _, e := range all {
				if e.Kind == crisis.EventNote {
					notes = append(notes, string(e.Data))
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return notes
	}
	if !slices.ContainsFunc(events(), func(n string) bool { return strings.Contains(n, "与签发稿不一致") }) {
		t.Errorf("a changed text is not noted: %q", events())
	}
	if told := s.pass(20, crisis.AlertUnseen); len(told) != 1 || !strings.Contains(told[0], "没在本单位账号上采集到") {
		t.Errorf("not seen: %q", told)
	}
	s.deliver("gov", "2", firstText)
	in = s.incident()
	if !in.Step("talk", "t-2").Done || !in.Statement("s1").Missing.IsZero() || len(in.Promises) != 1 {
		t.Errorf("seen late: step %+v, statement %+v, promises %d", in.Step("talk", "t-2"), in.Statement("s1"), len(in.Promises))
	}
}

// TestHastyDraft holds that what blocks a text is worked out here, whatever was sent.
func TestHastyDraft(t *testing.T) {
	s := newSpeech(t)
	in := s.act(crisis.EventDrafted, "甲", crisis.Draft{Kind: "first_statement", Text: "8月5日，经检验，水质检测正常。"})
	if v := in.Statement("s1").Version(1); !slices.ContainsFunc(v.Findings, func(m crisis.LintMark) bool { return m.Rule == "cause.result-early" && m.Severity == "block" }) {
		t.Errorf("findings %+v", v.Findings)
	}
	for _, stage := range crisis.Stages {
		s.act(crisis.EventStatementReviewed, "乙", crisis.Review{Statement: "s1", Version: 1, Stage: stage, OK: true})
	}
	if _, err := s.d.Act(t.Context(), crisis.Act{Kind: crisis.EventApproved, Incident: s.id, By: "丙", Data: crisis.Approval{Statement: "s1", Version: 1}}); err == nil {
		t.Error("a text that a rule blocks is approved")
	}
}

// TestOwedSignature holds that people are told of a countersignature before it is due,
// when it is, and again until it is given.
func TestOwedSignature(t *testing.T) {
	s := newSpeech(t)
	s.act(crisis.EventDrafted, "甲", crisis.Draft{Kind: "first_statement", Plan: "talk", Step: "t-1", Text: firstText})
	s.act(crisis.EventStatementReviewed, "乙", crisis.Review{Statement: "s1", Version: 1, Stage: crisis.StageSecrecy, OK: true})
	s.act(crisis.EventApproved, "甲", crisis.Approval{Statement: "s1", Version: 1, Signer: "丙", Preauthorised: true, Confirmed: []string{"*"}})
	if told := s.pass(89, crisis.AlertUnsigned); len(told) != 0 {
		t.Errorf("told too soon: %q", told)
	}
	if told := s.pass(15, crisis.AlertUnsigned); len(told) != 1 || !strings.Contains(told[0], "丙电话同意签发的声明要在22:00前补签") {
		t.Errorf("half an hour before: %q", told)
	}
	if told := s.pass(100, crisis.AlertUnsigned); len(told) != 1 {
		t.Errorf("when it is due: %q", told)
	}
	if told := s.pass(60, crisis.AlertUnsigned); len(told) != 1 {
		t.Errorf("two hours later: %q", told)
	}
	if found, err := s.d.Audit(t.Context(), s.clock.now.Add(3*time.Hour)); err != nil || !strings.Contains(strings.Join(found, "\n"), "s1 (08-05 22:00)") {
		t.Errorf("nobody was told for three hours, and the audit finds %q, %v", found, err)
	}
	s.act(crisis.EventCountersigned, "丙", crisis.Withdrawal{Statement: "s1"})
	if found, err := s.d.Audit(t.Context(), s.clock.now.Add(3*time.Hour)); err != nil || strings.Contains(strings.Join(found, "\n"), "s1 (") {
		t.Errorf("countersigned, and the audit finds %q, %v", found, err)
	}
	if told := s.pass(300, crisis.AlertUnsigned); len(told) != 0 {
		t.Errorf("countersigned, and told again: %q", told)
	}
}
