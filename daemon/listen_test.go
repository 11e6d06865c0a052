package daemon

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
)

// soon waits until something holds, looking whenever something has changed.
func soon(t *testing.T, what string, changed <-chan bool, holds func() bool) {
	t.Helper()
	end := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-changed:
		case <-end:
			t.Fatalf("%s: it never came about", what)
		}
	}
}

// wall is a channel that edits: it shows how many steps are done.
type wall struct {
	mu      sync.Mutex // guards done
	done    int
	changed chan bool
}

func (w *wall) Check() error { return nil }

func (w *wall) Send(_ context.Context, a crisis.Alert) (alerts.Receipt, error) {
	w.mu.Lock()
	w.done = a.StepsDone
	w.mu.Unlock()
	w.changed <- true
	return alerts.Receipt{Ref: "1"}, nil
}

func (w *wall) Update(ctx context.Context, _ string, a crisis.Alert) (alerts.Receipt, error) {
	return w.Send(ctx, a)
}

func (w *wall) shows(n int) func() bool {
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.done == n
	}
}

// chatRoom is a fake of a chat with a socket for clicks. It shows messages as they are after
// the last edit.
type chatRoom interface {
	channel() string                      // its configuration
	button(n int, words ...string) string // of a message, that has some words in it
	shows(done string) bool               // of two steps
	strike(user, value string)            // a button
	outage(down bool)                     // of the socket: messages are posted and edited as ever
	events() (hello, changed chan bool, told chan string)
}

// listening is a daemon that runs, with a chat and a board beside it.
type listening struct {
	*clicks
	chatRoom
	board   *wall
	hello   chan bool
	changed chan bool // a message was posted or edited
	told    chan string
}

func newListening(t *testing.T, kind string, f chatRoom) *listening {
	cfg, err := ParseConfig("t", []byte("topics:\n  - {id: water, title: 自来水, any: [自来水]}\nchannels:\n  - {name: duty, "+kind+": {"+f.channel()+"}}\n  - {name: board, log: {}}\n"+
		"people:\n  - {name: 王强, seat: A, accounts: {"+kind+": U1}}\n  - {name: 李敏, seat: B, accounts: {"+kind+": U2}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	board := &wall{changed: make(chan bool, 256)}
	cfg.Channels[1].Sender, cfg.Data = board, t.TempDir()
	d, err := New(t.Context(), cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	l := &listening{clicks: &clicks{t: t, d: d}, chatRoom: f, board: board}
	l.hello, l.changed, l.told = f.events()
	plan := crisis.Plan{ID: "p", Version: "1", Steps: []crisis.Step{
		{ID: "one", Title: "核实", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}},
		{ID: "two", Title: "取样", Due: crisis.ByLevel{crisis.LevelNone: {Time: 2 * time.Hour}}},
	}}
	l.id = openIncident(t, d)
	l.act(crisis.Act{Kind: crisis.EventPlanned, Data: plan, Note: "x"})
	for _, p := range l.incident().Plans { // the plan of the topic would be in the way
		if p.ID != "p" {
			l.act(crisis.Act{Kind: crisis.EventPlanDropped, Data: crisis.Dropping{Plan: p.ID, Reason: "x"}})
		}
	}
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := d.Run(ctx, door); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		stop()
		wg.Wait()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// TestClickEverywhere ticks a step in a chat: the person is told, the timeline names them,
// and every channel shows it. Then the socket goes down: what is done meanwhile in the
// console is in the chat all the same, and after it a button of the old message is
// harmless.
func TestClickEverywhere(t *testing.T) {
	t.Run("slack", func(t *testing.T) { clickEverywhere(t, newListening(t, "slack", newFakeSlack(t))) })
	t.Run("dingtalk-app", func(t *testing.T) { clickEverywhere(t, newListening(t, "dingtalk-app", newFakeDingTalk(t))) })
	t.Run("feishu-app", func(t *testing.T) { clickEverywhere(t, newListening(t, "feishu-app", newFakeFeishu(t))) })
}

func clickEverywhere(t *testing.T, l *listening) {
	t.Helper()
	if !<-l.hello {
		t.Fatal("no connection")
	}
	soon(t, "the first message", l.changed, func() bool { return l.button(0, `"step":"two"`) != "" })
	one, two := l.button(0, `"step":"one"`), l.button(0, `"step":"two"`)
	begun := time.Now()
	l.strike("U1", one)
	if told := <-l.told; !strings.Contains(told, "由王强完成") {
		t.Errorf("the person is told %q", told)
	}
	soon(t, "the tick in the chat", l.changed, func() bool { return l.shows("1") })
	soon(t, "the tick on the board", l.board.changed, l.board.shows(1))
	t.Logf("on every channel %s after the click", time.Since(begun).Round(10*time.Millisecond))
	if s := l.step("one"); s.DoneBy != "王强" {
		t.Errorf("the step is %+v", s)
	}
	if l.button(0, `"step":"one"`) != "" {
		t.Error("the message has a button for the step that is done")
	}
	l.strike("U7", two)
	if told := <-l.told; !strings.Contains(told, ": U7}") {
		t.Errorf("a stranger is told %q", told)
	}

	l.outage(true)
	l.act(crisis.Act{Kind: crisis.EventStepDone, Plan: "p", Step: "two", By: "李敏"})
	soon(t, "the tick of the console, without a socket", l.changed, func() bool { return l.shows("2") })
	soon(t, "the tick of the console on the board", l.board.changed, l.board.shows(2))
	l.outage(false)
	<-l.hello
	l.strike("U1", two)
	if told := <-l.told; !strings.Contains(told, "已由李敏完成") {
		t.Errorf("after the outage the person is told %q", told)
	}
	if s := l.step("two"); s.Times != 1 {
		t.Errorf("the step was done %d times", s.Times)
	}
	if !l.shows("2") {
		t.Error("after the outage the chat shows another state than the store has")
	}
}

// TestSupervise keeps a listener going: soon after it broke off, slower while it keeps
// doing so, and after a refusal only when a person has had time to mend it.
func TestSupervise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var at []int
		failures := []error{alerts.ErrDeaf, alerts.ErrDeaf, &alerts.Refused{Err: errors.New("invalid_auth")}, alerts.ErrDeaf, nil}
		var failed []error
		supervise(t.Context(), func() error {
			at = append(at, int(time.Since(begun).Seconds()))
			if len(at) == 4 {
				<-time.After(2 * time.Minute) // it stood for a while
			}
			return failures[len(at)-1]
		}, func(err error) { failed = append(failed, err) })
		if want := []int{0, 1, 3, 303, 424}; !slices.Equal(at, want) || len(failed) != 4 {
			t.Errorf("it listened at second %v, want %v; %d failures are noted", at, want, len(failed))
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-time.After(time.Minute); cancel() }()
		n := 0
		supervise(ctx, func() error { n++; return alerts.ErrDeaf }, func(error) {})
		if n != 6 || time.Since(begun) != 484*time.Second {
			t.Errorf("within a minute it tried %d times and left at %s", n, time.Since(begun))
		}
	})
}

// TestDeaf tells people when they click in vain, once, and when no longer. A connection
// that is renewed is no trouble.
func TestDeaf(t *testing.T) {
	d, clock, _, two := testDaemon(t, "")
	e := ear{d: d, ch: &d.cfg.Channels[0]}
	troubles := func() (out []string) {
		deliverAll(t, d)
		for _, a := range two.sent {
			if a.Trouble != nil && a.Trouble.Part == crisis.PartButtons {
				out = append(out, string(a.Kind)+" "+a.Trouble.Name+" "+a.Trouble.Fix)
			}
		}
		two.sent = nil
		return out
	}
	for range 9 {
		e.note(t.Context(), alerts.ErrDeaf)
		clock.now = clock.now.Add(time.Minute)
	}
	e.note(t.Context(), nil)
	e.note(t.Context(), alerts.ErrDeaf)
	e.note(t.Context(), errors.New("answer a click: connection reset"))
	if got := troubles(); got != nil {
		t.Errorf("a connection that comes back is told as %v", got)
	}
	for range 12 {
		clock.now = clock.now.Add(time.Minute)
		e.note(t.Context(), alerts.ErrDeaf)
	}
	if got := troubles(); !slices.Equal(got, []string{"blind one "}) {
		t.Errorf("after ten minutes people are told %v", got)
	}
	e.note(t.Context(), nil)
	e.note(t.Context(), nil)
	if got := troubles(); !slices.Equal(got, []string{"sight one "}) {
		t.Errorf("when it is back people are told %v", got)
	}
	clock.now = clock.now.Add(time.Minute)
	for range 3 {
		e.note(t.Context(), &alerts.Refused{Fix: "换用新令牌", Err: errors.New("token_revoked")})
	}
	if got := troubles(); !slices.Equal(got, []string{"blind one 换用新令牌"}) {
		t.Errorf("of a refusal people are told %v", got)
	}
}
