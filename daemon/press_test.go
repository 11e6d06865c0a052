package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

const pressers = "url: https://watch.example\npeople:\n  - {name: 王强, seat: A, accounts: {slack: U1}}\n  - {name: 李敏, seat: B, accounts: {two: U2, slack: U9}}\n  - {name: 张三, seat: B, accounts: {two: U9}}\n"

// clicks is an office whose messages are clicked on.
type clicks struct {
	t     *testing.T
	d     *Daemon
	clock *steppedClock
	id    string
}

func newClicks(t *testing.T) *clicks {
	d, clock, _, _ := testDaemon(t, "")
	c := &clicks{t: t, d: d, clock: clock, id: openIncident(t, d)}
	cfg, err := ParseConfig("people.yaml", []byte("channels: [{name: two, log: {}}]\n"+pressers))
	if err != nil {
		t.Fatal(err)
	}
	d.cfg.People, d.cfg.URL = cfg.People, cfg.URL
	for i := range d.cfg.Channels {
		d.cfg.Channels[i].KindName = "slack"
	}
	plan := crisis.Plan{ID: "p", Version: "1", Steps: []crisis.Step{
		{ID: "plain", Title: "核实", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}},
		{ID: "asks", Title: "取样", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}, Ask: "取样地点"},
		{ID: "again", Title: "巡看", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}, RepeatEvery: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}},
	}}
	c.act(crisis.Act{Kind: crisis.EventPlanned, Data: plan, Note: "x"})
	return c
}

func (c *clicks) act(a crisis.Act) {
	c.t.Helper()
	a.Incident = c.id
	act(c.t, c.d, a)
}

// user gives somebody a log-in of the console.
func (c *clicks) user(login, shown, role string) {
	c.t.Helper()
	err := c.d.store.Update(c.t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.SetUser(store.User{Name: login, Role: role, Password: "hash", Created: c.clock.now}), tx.SetSetting("console.name."+login, shown))
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *clicks) incident() (in crisis.Incident) {
	c.t.Helper()
	err := c.d.store.View(c.t.Context(), func(tx *store.Tx) (err error) {
		in, _, err = tx.Incident(c.id)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return in
}

func (c *clicks) step(id string) *crisis.StepState {
	c.t.Helper()
	in := c.incident()
	return in.Step("p", id)
}

// press has somebody click on a message that knew all, unless k says otherwise.
func (c *clicks) press(user string, k alerts.Click) (string, error) {
	c.t.Helper()
	k.User = user
	if k.Incident == "" {
		k.Incident = c.id
	}
	if k.Seq == 0 {
		k.Seq = c.incident().Events
	}
	if k.Step != "" && k.Plan == "" {
		k.Plan = "p"
	}
	c.clock.now = c.clock.now.Add(time.Second)
	return c.d.Press(c.t.Context(), &c.d.cfg.Channels[0], k)
}

// does expects a click to be carried out.
func (c *clicks) does(user string, k alerts.Click, words string) {
	c.t.Helper()
	before := c.incident().Events
	reply, err := c.press(user, k)
	if err != nil || !strings.Contains(reply, words) || c.incident().Events == before {
		c.t.Errorf("%s %s: %q, %v, want it done and %q said", k.Do, k.Step, reply, err, words)
	}
}

// refuses expects a click to change nothing, and to be told why.
func (c *clicks) refuses(user string, k alerts.Click, words string) {
	c.t.Helper()
	before := c.incident().Events
	reply, err := c.press(user, k)
	if !errors.Is(err, crisis.ErrRefused) && !errors.As(err, new(*alerts.Wanted)) || !strings.Contains(reply, words) || c.incident().Events != before {
		c.t.Errorf("%s %s: %q, %v, want nothing done and %q said", k.Do, k.Step, reply, err, words)
	}
}

// TestPressStep ticks steps by clicks: in the name of the person, once, by a message
// that knew the step as it is, with the record that it asks for.
func TestPressStep(t *testing.T) {
	c := newClicks(t)
	done := func(step string) alerts.Click { return alerts.Click{Do: alerts.DeedDone, Step: step} }
	undo := func(step string) alerts.Click { return alerts.Click{Do: alerts.DeedUndo, Step: step} }
	old := c.incident().Events
	c.refuses("U7", done("plain"), "accounts: {slack: U7}")
	c.refuses("", done("plain"), "没有登记")
	c.does("U1", done("plain"), "“核实”由王强完成")
	if s := c.step("plain"); !s.Done || s.DoneBy != "王强" {
		t.Errorf("the step is %+v", s)
	}
	c.refuses("U2", done("plain"), "没有登记") // two: is another channel
	c.refuses("U9", done("plain"), "已由王强完成")
	c.does("U9", undo("plain"), "恢复为未完成")
	c.refuses("U9", undo("plain"), "没有勾选")
	stale := done("plain")
	stale.Seq = old
	c.refuses("U1", stale, "刚由李敏重新打开") // a copy of the first click that comes late
	c.does("U1", done("plain"), "完成")

	c.refuses("U1", done("asks"), "取样地点")
	noted := done("asks")
	noted.Note = "城东三处，见 https://x.example/1。"
	c.does("U1", noted, "https://watch.example/incidents/"+c.id)
	if s := c.step("asks"); s.Note != noted.Note || s.Link != "https://x.example/1" {
		t.Errorf("the record is %q, %q", s.Note, s.Link)
	}

	first := done("again")
	first.Seq = c.incident().Events
	c.does("U1", first, "完成")
	c.refuses("U9", first, "已由王强完成") // did not know of the last tick
	c.does("U9", done("again"), "完成")
	if s := c.step("again"); s.Times != 2 {
		t.Errorf("the step that repeats was done %d times", s.Times)
	}

	c.refuses("U1", done("gone"), "没有这一步")
	c.refuses("U1", alerts.Click{Do: "dance"}, "不再使用")
	c.refuses("U1", alerts.Click{Do: alerts.DeedDone, Incident: "20200101-99", Step: "plain"}, "没有这个事件")
	c.act(crisis.Act{Kind: crisis.EventStepReopened, Plan: "p", Step: "plain"})
	c.act(crisis.Act{Kind: crisis.EventStepSkipped, Plan: "p", Step: "plain", Note: "无此情形"})
	c.refuses("U1", done("plain"), "不适用")
}

// TestPressIncident leads an incident by clicks: it is taken, raised by one level and
// called off, each once, and not by a message that did not know the level.
func TestPressIncident(t *testing.T) {
	c := newClicks(t)
	c.user("wang", "王强", "approver")
	c.user("李敏", "", "admin")
	raise, alarm, take := alerts.Click{Do: alerts.DeedRaise}, alerts.Click{Do: alerts.DeedFalseAlarm}, alerts.Click{Do: alerts.DeedAcknowledge}
	c.does("U1", take, "由王强处理")
	c.refuses("U1", take, "你已经在处理")
	c.refuses("U9", take, "王强已在处理")
	raise.Seq = c.incident().Events
	c.does("U1", raise, "Ⅱ级")
	c.refuses("U1", raise, "现在是Ⅱ级") // the second click of a double click
	if in := c.incident(); in.Level() != crisis.LevelII || in.Ruling == nil {
		t.Errorf("level %s, ruling %+v", in.Level(), in.Ruling)
	}
	stale := alarm
	stale.Seq = raise.Seq
	c.refuses("U1", stale, "现在是Ⅱ级")
	raise.Seq = 0
	c.does("U1", raise, "提为Ⅰ级")
	c.refuses("U1", raise, "最高")
	c.act(crisis.Act{Kind: crisis.EventRecused, By: "李敏", Data: crisis.Recusal{Person: "王强", Reason: "涉及本人单位"}})
	c.refuses("U1", alarm, "回避")
	c.does("U9", alarm, "误报")
	in := c.incident()
	if in.Open() || in.Verdict != crisis.VerdictNoise || in.JudgedBy != "李敏" {
		t.Errorf("open %v, verdict %q by %q", in.Open(), in.Verdict, in.JudgedBy)
	}
	c.refuses("U9", alarm, "结案")
	c.refuses("U9", raise, "结案")
	c.refuses("U9", take, "结案")

	c = newClicks(t)
	c.user("王强", "", "approver")
	err := c.d.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Append("20260316-99", c.clock.now, crisis.NewEvent(crisis.EventDetected, c.clock.now, crisis.Machine,
			crisis.Detected{Topic: "water", Title: "自来水", Drill: true, Signal: crisis.Signal{Detector: "surge", At: c.clock.now}}))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	other := c.id
	c.id = "20260316-99"
	c.does("U1", alarm, "【演练】")
	if in := c.incident(); in.Open() || in.Verdict != "" {
		t.Errorf("a drill is judged %q, open %v", in.Verdict, in.Open())
	}
	c.id = other
	c.act(crisis.Act{Kind: crisis.EventPromised, Data: crisis.Promise{What: "公布检测结果", Due: c.clock.now.Add(2 * time.Hour)}})
	c.refuses("U1", alarm, "承诺")
}

// TestPressRoles holds that a click may no more than the person may in the console: who
// does not log in does the work of an operator.
func TestPressRoles(t *testing.T) {
	clicked := []alerts.Click{{Do: alerts.DeedAcknowledge}, {Do: alerts.DeedDone, Step: "plain"}, {Do: alerts.DeedDone, Step: "sign", Note: "已签"}, {Do: alerts.DeedRaise}, {Do: alerts.DeedFalseAlarm}}
	for role, may := range map[string]int{"": 2, "viewer": 0, "operator": 2, "approver": 5, "admin": 5} {
		c := newClicks(t)
		c.act(crisis.Act{Kind: crisis.EventPlanDropped, Data: crisis.Dropping{Plan: "p", Reason: "x"}})
		c.act(crisis.Act{Kind: crisis.EventPlanned, Note: "x", Data: crisis.Plan{ID: "p", Version: "2", Steps: []crisis.Step{
			{ID: "plain", Title: "核实", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}},
			{ID: "sign", Title: "签发", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}, Ask: "签发人", AskKind: "approval"},
		}}})
		if role != "" {
			c.user("wang", "王强", role)
		}
		for i, k := range clicked {
			if i < may {
				c.does("U1", k, "")
			} else {
				c.refuses("U1", k, "更高的权限")
			}
		}
		if in := c.incident(); may < 5 && in.Verdict != "" {
			t.Errorf("%s: judged %s by somebody who may not close", role, in.Verdict)
		}
	}
}

// TestPressRestricted holds that an incident that is restricted to others is not there.
func TestPressRestricted(t *testing.T) {
	c := newClicks(t)
	c.user("wang", "王强", "operator")
	c.user("limin", "李敏", "approver")
	c.act(crisis.Act{Kind: crisis.EventRestricted, By: "李敏", Data: crisis.Restriction{People: []string{"limin"}, Reason: "涉及隐私"}})
	done := alerts.Click{Do: alerts.DeedDone, Step: "plain"}
	c.refuses("U1", done, "没有这个事件")
	if reply, _ := c.press("U1", done); strings.Contains(reply, c.id) {
		t.Errorf("who does not see the incident is told %q", reply)
	}
	c.does("U9", done, "由李敏完成")
}

// TestPressAtOnce has several people click on one step: one event, and everybody else
// is told whose it is.
func TestPressAtOnce(t *testing.T) {
	c := newClicks(t)
	seq := c.incident().Events
	type outcome struct {
		reply string
		err   error
	}
	got := make(chan outcome, 8)
	for i := range cap(got) {
		user := []string{"U1", "U9"}[i%2]
		go func() {
			reply, err := c.d.Press(t.Context(), &c.d.cfg.Channels[0], alerts.Click{User: user, Incident: c.id, Plan: "p", Step: "plain", Do: alerts.DeedDone, Seq: seq})
			got <- outcome{reply, err}
		}()
	}
	ticked := 0
	for range cap(got) {
		o := <-got
		switch {
		case o.err == nil:
			ticked++
		case !errors.Is(o.err, crisis.ErrRefused) || !strings.Contains(o.reply, "完成"):
			t.Errorf("%q, %v", o.reply, o.err)
		}
	}
	if s := c.step("plain"); ticked != 1 || s.Times != 1 {
		t.Errorf("%d clicks ticked, the step was done %d times, want once", ticked, s.Times)
	}
}

// TestUnheard warns of buttons that nobody may press.
func TestUnheard(t *testing.T) {
	channels := "channels:\n  - {name: duty, slack: {token: x, app_token: xapp-1, channel: C1}}\n  - {name: quiet, slack: {token: x, channel: C1}}\npeople:\n"
	for people, want := range map[string]int{
		"  - {name: 王强, seat: A}":                            1,
		"  - {name: 王强, seat: A, accounts: {quiet: U1}}":     1,
		"  - {name: 王强, seat: A, accounts: {slack: U1}}":     0,
		"  - {name: 王强, seat: A, accounts: {duty: U1}}":      0,
		"  - {name: 王强, seat: A, accounts: {feishu-app: x}}": 1,
	} {
		cfg, err := ParseConfig("c", []byte(channels+people))
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.unheard(); len(got) != want || want > 0 && (!got[0].Warn || got[0].What != "buttons of duty") {
			t.Errorf("%s: %+v", people, got)
		}
	}
}

// TestEveryActShows holds that whatever a person does is on its way to every message on
// show, on the channel where they did it and on the others.
func TestEveryActShows(t *testing.T) {
	c := newClicks(t)
	c.user("wang", "王强", "approver")
	boards := []*boardChannel{{}, {}}
	for i, b := range boards {
		c.d.cfg.Channels[i].Sender = b
	}
	pass := func() {
		for range 3 {
			c.clock.now = c.clock.now.Add(2 * time.Second)
			deliverAll(t, c.d)
		}
	}
	pass()
	for _, a := range []struct {
		name string
		do   func()
	}{
		{"acknowledge", func() { c.does("U1", alerts.Click{Do: alerts.DeedAcknowledge}, "") }},
		{"tick", func() { c.does("U1", alerts.Click{Do: alerts.DeedDone, Step: "plain"}, "") }},
		{"undo", func() { c.does("U9", alerts.Click{Do: alerts.DeedUndo, Step: "plain"}, "") }},
		{"note", func() { c.act(crisis.Act{Kind: crisis.EventNote, Note: "已派人"}) }},
		{"skip", func() {
			c.act(crisis.Act{Kind: crisis.EventStepSkipped, Plan: "p", Step: "plain", Note: "无此情形"})
		}},
		{"raise", func() { c.does("U1", alerts.Click{Do: alerts.DeedRaise}, "") }},
		{"false alarm", func() { c.does("U1", alerts.Click{Do: alerts.DeedFalseAlarm}, "") }},
		{"reopen", func() { c.act(crisis.Act{Kind: crisis.EventReopened, Note: "又起"}) }},
	} {
		before := []int{len(boards[0].log), len(boards[1].log)}
		a.do()
		pass()
		for i, b := range boards {
			if !strings.Contains(strings.Join(b.log[before[i]:], "; "), "edit update at 1") {
				t.Errorf("%s: channel %d did %q, want its message brought up to date", a.name, i, b.log[before[i]:])
			}
		}
	}
}

// TestTryButtons checks whether clicks are heard before the daemon needs it.
func TestTryButtons(t *testing.T) {
	f := newFakeSlack(t)
	cfg, err := ParseConfig("c", []byte("channels:\n  - {name: duty, slack: {token: x, app_token: xapp-1, channel: C1, api: "+f.url+"}}\n  - {name: file, log: {}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := tryButtons(t.Context(), cfg, &cfg.Channels[0]); len(got) != 1 || !got[0].OK {
		t.Errorf("a socket that works: %+v", got)
	}
	f.outage(true)
	if got := tryButtons(t.Context(), cfg, &cfg.Channels[0]); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Detail, "not heard") {
		t.Errorf("a socket that is down: %+v", got)
	}
	if got := tryButtons(t.Context(), cfg, &cfg.Channels[1]); got != nil {
		t.Errorf("a channel without buttons: %+v", got)
	}
}
