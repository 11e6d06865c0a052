package daemon

import (
	"context"
	"fmt"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
)

// severed is a chat all of whose connections can be cut.
type severed interface {
	chatRoom
	cutOff(cut bool)
}

// TestOutage cuts every connection to a chat for ten minutes, in which two steps are ticked
// on the console: five seconds after the connection for clicks stands again, the message in
// the chat is that of the store.
func TestOutage(t *testing.T) {
	for kind, f := range map[string]severed{"slack": newFakeSlack(t), "dingtalk-app": newFakeDingTalk(t), "feishu-app": newFakeFeishu(t)} {
		t.Run(kind, func(t *testing.T) { outlast(t, kind, f) })
	}
}

func outlast(t *testing.T, kind string, f severed) {
	d, clock, _, _ := testDaemon(t, fmt.Sprintf("  - {name: duty, %s: {%s}}\n", kind, f.channel()))
	ch := &d.cfg.Channels[2]
	id := openIncident(t, d)
	plan := crisis.Plan{ID: "p", Version: "1", Steps: []crisis.Step{{ID: "one", Title: "核实"}, {ID: "two", Title: "取样"}}}
	act(t, d, crisis.Act{Kind: crisis.EventPlanned, Incident: id, Data: plan, Note: "x"})
	act(t, d, crisis.Act{Kind: crisis.EventPlanDropped, Incident: id, Data: crisis.Dropping{Plan: "service-outage", Reason: "x"}})
	second := func() {
		deliverAll(t, d)
		clock.now = clock.now.Add(time.Second)
	}
	for range 5 {
		second()
	}
	if !f.shows("0") {
		t.Fatal("the message does not show the plan")
	}
	e, hello := ear{d: d, ch: ch}, listenOnce(t, ch, f)
	e.note(t.Context(), <-hello)
	f.cutOff(true)
	e.note(t.Context(), <-hello)
	for s := range 600 {
		switch s {
		case 60:
			act(t, d, crisis.Act{Kind: crisis.EventStepDone, Incident: id, Plan: "p", Step: "one"})
		case 480:
			act(t, d, crisis.Act{Kind: crisis.EventStepDone, Incident: id, Plan: "p", Step: "two"})
		}
		second()
	}
	if !f.shows("0") {
		t.Fatal("the outage is none")
	}
	f.cutOff(false)
	e.note(t.Context(), <-listenOnce(t, ch, f))
	back := clock.now
	for clock.now.Sub(back) < 5*time.Second && !f.shows("2") {
		second()
	}
	if !f.shows("2") {
		t.Errorf("%s after the outage the chat shows another state than the store has", clock.now.Sub(back))
	}
}

// listenOnce listens on a channel for one spell, to what it notes and how it ends.
func listenOnce(t *testing.T, ch *Channel, f chatRoom) <-chan error {
	t.Helper()
	noted := make(chan error, 64)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		noted <- ch.Sender.(alerts.Listener).Listen(ctx, "zh", nil, func(err error) { noted <- err })
	}()
	t.Cleanup(func() { stop(); <-ended })
	hello, _, _ := f.events()
	<-hello
	return noted
}
