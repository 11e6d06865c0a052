package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// boardChannel is a fake channel that edits and threads.
type boardChannel struct {
	fakeChannel

	log   []string       // what it did, as verb, kind and reference
	edits []crisis.Alert // what edits and replies said
	lost  bool           // the message that is referred to was deleted
}

func (b *boardChannel) Send(ctx context.Context, a crisis.Alert) (alerts.Receipt, error) {
	r, err := b.fakeChannel.Send(ctx, a)
	b.log = append(b.log, fmt.Sprintf("send %s", a.Kind))
	return r, err
}

func (b *boardChannel) refer(verb, ref string, a crisis.Alert) (alerts.Receipt, error) {
	b.log, b.edits = append(b.log, fmt.Sprintf("%s %s at %s", verb, a.Kind, ref)), append(b.edits, a)
	if b.lost {
		return alerts.Receipt{}, fmt.Errorf("%w: message_not_found", alerts.ErrLost)
	}
	return alerts.Receipt{Ref: ref}, nil
}

func (b *boardChannel) Update(_ context.Context, ref string, a crisis.Alert) (alerts.Receipt, error) {
	return b.refer("edit", ref, a)
}

func (b *boardChannel) Reply(_ context.Context, ref string, a crisis.Alert) (alerts.Receipt, error) {
	return b.refer("reply", ref, a)
}

// act has a person act on an incident.
func act(t *testing.T, d *Daemon, a crisis.Act) {
	t.Helper()
	if a.By == "" {
		a.By = "李主任"
	}
	if _, err := d.Act(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// TestOrder holds that nobody reads of the end of an incident before its
// beginning, whatever a channel does meanwhile, and that others do not wait.
func TestOrder(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	id := openIncident(t, d)
	one.answer = func(n int) error {
		if n == 1 || n == 3 {
			return errors.New("connection reset")
		}
		return nil
	}
	deliverAll(t, d)
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelI, Note: "有人就医"})
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "误报"}) // in the same instant
	for range 40 {
		deliverAll(t, d)
		clock.now = clock.now.Add(5 * time.Second)
	}
	want := []crisis.AlertKind{crisis.AlertOpened, crisis.AlertRaised, crisis.AlertClosed}
	for name, ch := range map[string]*fakeChannel{"one": one, "two": two} {
		var got []crisis.AlertKind
		for _, a := range ch.sent {
			got = append(got, a.Kind)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s was told %v, want %v", name, got, want)
		}
	}
	if one.tries != 5 {
		t.Errorf("%d attempts, want 2 that fail and 3 that do not", one.tries)
	}
}

// TestPatience leaves a provider alone that asks for it, also with the alerts of
// other incidents and after a restart.
func TestPatience(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	openIncident(t, d)
	one.answer = func(n int) error {
		if n == 1 {
			return &alerts.Later{After: 5 * time.Minute, Err: errors.New("answered 429")}
		}
		return nil
	}
	deliverAll(t, d)
	openIncident(t, d)
	for range 9 {
		clock.now = clock.now.Add(30 * time.Second)
		deliverAll(t, d)
	}
	if one.tries != 1 || len(two.sent) != 2 {
		t.Errorf("%d attempts within the time asked for, want 1; the other channel has %d alerts, want 2", one.tries, len(two.sent))
	}
	for range 6 {
		clock.now = clock.now.Add(30 * time.Second)
		deliverAll(t, d)
	}
	if len(one.sent) != 2 {
		t.Errorf("%d alerts after the wait, want 2", len(one.sent))
	}
}

// TestBoard moves an incident on a channel that edits: one message on show that is
// kept up to date, what must be heard below it, and a new message when somebody
// deletes the old one.
func TestBoard(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	board := &boardChannel{}
	d.cfg.Channels[0].Sender = board
	id := openIncident(t, d)
	later := func() {
		clock.now = clock.now.Add(time.Minute)
		deliverAll(t, d)
	}
	later()
	act(t, d, crisis.Act{Kind: crisis.EventAcknowledged, Incident: id})
	act(t, d, crisis.Act{Kind: crisis.EventNote, Incident: id, Note: "已派人取样"})
	later()
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelII, Note: "有人就医"})
	later()
	board.lost = true
	act(t, d, crisis.Act{Kind: crisis.EventNote, Incident: id, Note: "取样完成"})
	later()
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "合格"})
	later()
	want := []string{"send opened", "edit update at 1", "reply raised at 1", "edit update at 1", "edit update at 1", "send closed", "edit update at 2"}
	if !slices.Equal(board.log, want) {
		t.Errorf("the board did\n%s\nwant\n%s", strings.Join(board.log, "\n"), strings.Join(want, "\n"))
	}
	if _, err := d.store.Ledger(t.Context(), id, 10); err != nil {
		t.Error(err)
	}
}

// TestWorksAgain tells the other channel that one delivers again, and of its next
// failure at once.
func TestWorksAgain(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	broken := true
	one.answer = func(int) error {
		if broken {
			return &alerts.Refused{Fix: "邀请机器人", Err: errors.New("not in channel")}
		}
		return nil
	}
	id := openIncident(t, d)
	for _, broken = range []bool{true, false, true} {
		clock.now = clock.now.Add(time.Minute)
		act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "误报"})
		deliverAll(t, d)
		act(t, d, crisis.Act{Kind: crisis.EventReopened, Incident: id})
		deliverAll(t, d)
	}
	var got []string
	for _, a := range two.sent {
		if a.Trouble != nil {
			got = append(got, fmt.Sprintf("%s %s %s", a.Kind, a.Trouble.Part, a.Trouble.Name))
		}
	}
	if want := []string{"blind channel one", "sight channel one", "blind channel one"}; !slices.Equal(got, want) {
		t.Errorf("the other channel was told %q, want %q", got, want)
	}
}

// TestGivesUp tries for the horizon, then gives up where people see it.
func TestGivesUp(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	one.answer = func(int) error { return errors.New("connection refused") }
	id := openIncident(t, d)
	for range 100 {
		deliverAll(t, d)
		clock.now = clock.now.Add(time.Hour)
	}
	rows, err := d.store.Ledger(t.Context(), id, 10)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, r := range rows {
		states[r.Channel] = r.State
	}
	if states["one"] != store.StateDead || states["two"] != store.StateSent || one.tries < 10 || one.tries > 40 {
		t.Errorf("after four days: %v and %d attempts", states, one.tries)
	}
	if last := two.sent[len(two.sent)-1]; last.Trouble == nil || last.Trouble.Part != crisis.PartChannel {
		t.Errorf("nobody was told that the channel fails: %+v", last)
	}
}

// TestLeast tells a channel for grave incidents how one ends of which it was told.
func TestLeast(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	d.cfg.Channels[0].Least = crisis.LevelII
	id := openIncident(t, d)
	for _, a := range []crisis.Act{
		{Kind: crisis.EventLevel, Event: crisis.LevelII, Note: "有人就医"}, {Kind: crisis.EventLevel, Event: crisis.LevelIV, Note: "与水质无关"}, {Kind: crisis.EventClosed, Note: "误报"},
	} {
		clock.now = clock.now.Add(time.Minute)
		a.Incident = id
		act(t, d, a)
		deliverAll(t, d)
	}
	kinds := func(ch *fakeChannel) string {
		var out []string
		for _, a := range ch.sent {
			out = append(out, string(a.Kind))
		}
		return strings.Join(out, " ")
	}
	if got := kinds(one); got != "raised closed" {
		t.Errorf("the channel for grave incidents was told %q", got)
	}
	if got := kinds(two); got != "opened raised closed" {
		t.Errorf("the channel for everything was told %q", got)
	}
}

// TestStopInMidSend books what was sent although the daemon is stopping, and puts
// back what was not.
func TestStopInMidSend(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		state string
	}{"sent": {nil, store.StateSent}, "cut off": {context.Canceled, store.StateSending}} {
		t.Run(name, func(t *testing.T) {
			d, _, one, _ := testDaemon(t, "")
			id := openIncident(t, d)
			ctx, stop := context.WithCancel(t.Context())
			one.answer = func(int) error {
				stop()
				return c.err
			}
			if _, err := d.Deliver(ctx, &d.cfg.Channels[0]); err != nil {
				t.Fatal(err)
			}
			rows, err := d.store.Ledger(t.Context(), id, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Channel == "one" && r.State != c.state {
					t.Errorf("%s is %s, want %s", r.ID, r.State, c.state)
				}
			}
			one.answer = nil
			deliverAll(t, d)
			if len(one.sent) != 1 {
				t.Errorf("%d alerts, want 1", len(one.sent))
			}
		})
	}
}

// hangingChannel answers when its context ends.
type hangingChannel struct{ begun chan struct{} }

func (h *hangingChannel) Check() error { return nil }

func (h *hangingChannel) Send(ctx context.Context, _ crisis.Alert) (alerts.Receipt, error) {
	close(h.begun)
	<-ctx.Done()
	return alerts.Receipt{}, ctx.Err()
}

// TestHangingProvider holds that a provider that hangs keeps no other channel
// waiting, neither with an alert nor with the cry of a full disk.
func TestHangingProvider(t *testing.T) {
	d, _, _, two := testDaemon(t, "")
	openIncident(t, d)
	whole := t.Context() // a subtest's own context ends before the next one begins
	ctx := whole
	for name, work := range map[string]func(){
		"deliver": func() { _, _ = d.Deliver(ctx, &d.cfg.Channels[0]) },
		"shout":   func() { d.shout(ctx, crisis.AlertBlind, crisis.Trouble{Part: crisis.PartStore, Name: "store"}) },
	} {
		t.Run(name, func(t *testing.T) {
			hangs := &hangingChannel{begun: make(chan struct{})}
			d.cfg.Channels[0].Sender = hangs
			told := make(chan struct{})
			two.answer = func(int) error {
				close(told)
				two.answer = nil
				return nil
			}
			done := make(chan struct{})
			once, stop := context.WithCancel(whole)
			ctx = once
			go func() { work(); close(done) }()
			<-hangs.begun
			if name == "deliver" {
				if _, err := d.Deliver(t.Context(), &d.cfg.Channels[1]); err != nil {
					t.Fatal(err)
				}
			}
			<-told
			stop()
			<-done
			ctx = whole
		})
	}
}

// TestTellsWhatChanged holds what an alert about a raise and about late steps say:
// the level people knew, the reason, and only what passed since.
func TestTellsWhatChanged(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "")
	d.cfg.Escalation = Escalation{} // of late steps only
	id := openIncident(t, d)
	tick := func(until time.Duration) {
		for end := clock.now.Add(until); clock.now.Before(end); {
			clock.now = clock.now.Add(time.Minute)
			if err := d.Tick(t.Context(), clock.now); err != nil {
				t.Fatal(err)
			}
		}
		deliverAll(t, d)
	}
	tick(50 * time.Minute)
	seen, last := map[string]bool{}, time.Time{}
	for _, a := range one.sent[1:] {
		if a.Kind != crisis.AlertOverdue || len(a.Overdue) == 0 {
			t.Fatalf("told %s with %d late steps, want late steps only", a.Kind, len(a.Overdue))
		}
		if !last.IsZero() && a.At.Sub(last) < ringAgain {
			t.Errorf("rang at %s and again at %s", last, a.At)
		}
		last = a.At
		for _, c := range a.Overdue {
			if seen[c.Step] {
				t.Errorf("step %s is told twice", c.Step)
			}
			seen[c.Step] = true
		}
	}
	if len(seen) < 3 || len(one.sent) > 6 {
		t.Errorf("%d late steps in %d alerts", len(seen), len(one.sent)-1)
	}
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelI, Note: "两名学生就医"})
	deliverAll(t, d)
	a := one.sent[len(one.sent)-1]
	if a.Kind != crisis.AlertRaised || a.Was != crisis.LevelIII || a.Level != crisis.LevelI || a.Remark != "两名学生就医" {
		t.Errorf("the raise says %s from %s to %s: %s", a.Kind, a.Was, a.Level, a.Remark)
	}
}

// TestPartly has a channel that reaches all but two, one of them never: what comes next
// does not wait, the other channels hear at once what must be changed, and the ledger
// names who lacks it and until when it is tried.
func TestPartly(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	one.answer = func(n int) error {
		switch n {
		case 1:
			return &alerts.Later{After: 5 * time.Minute, Rest: "还差 gone@、full@", Fix: "请核对：gone@。其他收件人已收到", Err: errors.New("452 full, 550 unknown")}
		case 3:
			return &alerts.Refused{Fix: "请核对：gone@。其他收件人已收到", Err: errors.New("550 unknown")}
		}
		return nil
	}
	id := openIncident(t, d)
	if err := d.store.Update(t.Context(), func(tx *store.Tx) error { // as the channel does when it has reached some
		due, err := tx.Due("one", clock.now, 1)
		if err != nil {
			return err
		}
		return tx.Give(&due[0].Alert, clock.now, "duty@")
	}); err != nil {
		t.Fatal(err)
	}
	deliverAll(t, d)
	rows, err := d.store.Deliveries(t.Context(), store.LedgerFilter{Incident: id, Channel: "one", Limit: 10})
	if err != nil || len(rows) != 1 || rows[0].State != store.StateWaiting || !strings.HasPrefix(rows[0].Detail, "还差 gone@、full@（") || rows[0].Due.Sub(clock.now) < 5*time.Minute {
		t.Fatalf("the ledger: %+v, %v", rows, err)
	}
	if !slices.ContainsFunc(two.sent, func(a crisis.Alert) bool {
		return a.Trouble != nil && a.Trouble.Fix == "请核对：gone@。其他收件人已收到"
	}) {
		t.Errorf("the other channel was told %v", kindsOf(two))
	}
	clock.now = clock.now.Add(time.Minute)
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelI, Note: "有人就医"})
	deliverAll(t, d)
	if len(one.sent) != 1 || one.sent[0].Kind != crisis.AlertRaised {
		t.Errorf("what comes next: %v, want it not to wait", kindsOf(one))
	}
	clock.now = clock.now.Add(6 * time.Minute)
	deliverAll(t, d)
	rows, err = d.store.Deliveries(t.Context(), store.LedgerFilter{Incident: id, Channel: "one", State: store.StateRefused, Limit: 10})
	if err != nil || len(rows) != 1 || rows[0].Fix != "请核对：gone@。其他收件人已收到" {
		t.Errorf("at the end: %+v, %v", rows, err)
	}
}
