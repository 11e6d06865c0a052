package daemon

import (
	"errors"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
)

// TestClockJumps sets the wall clock an hour forward, back, and forward and back, while an
// attempt has just failed on one channel and the other's provider asked for patience.
// What waits is sent within a minute or two of the time that really passes and not an hour
// later, a step whose time is up after the jump is called within two minutes, and nothing
// is told twice.
func TestClockJumps(t *testing.T) {
	for name, jumps := range map[string][]time.Duration{"forward": {time.Hour}, "back": {-time.Hour}, "forward and back": {time.Hour, -time.Hour}} {
		t.Run(name, func(t *testing.T) {
			d, clock, one, two := testDaemon(t, "")
			paced := &pacedChannel{fakeChannel: one}
			d.cfg.Channels[0].Sender = paced
			d.pacers["one"] = newPacer(paced)
			passed := time.Duration(0) // what really passes
			pass := func(wait time.Duration) {
				for end := passed + wait; passed < end; passed += 5 * time.Second {
					clock.now = clock.now.Add(5 * time.Second)
					if clock.now.Second() < 5 {
						if err := d.Tick(t.Context(), clock.now); err != nil {
							t.Fatal(err)
						}
					}
					deliverAll(t, d)
				}
			}
			failing := true
			one.answer = func(int) error {
				if failing {
					return errors.New("connection reset")
				}
				return nil
			}
			two.answer = func(int) error {
				if failing {
					return &alerts.Later{After: time.Minute, Err: errors.New("answered 429")}
				}
				return nil
			}
			openIncident(t, d)
			pass(15 * time.Second)
			for i, jump := range jumps {
				clock.now = clock.now.Add(jump)
				if i < len(jumps)-1 {
					pass(2 * time.Minute) // attempts are made in the wrong hour
				}
			}
			failing = false
			pass(2 * time.Minute)
			if len(one.sent) == 0 || len(two.sent) == 0 {
				t.Errorf("two minutes after the jump %d and %d alerts are sent", len(one.sent), len(two.sent))
			}
			id := openIncident(t, d)
			plan := crisis.Plan{ID: "p", Version: "1", Steps: []crisis.Step{{ID: "s", Title: "核实", Role: "duty_officer", Due: crisis.ByLevel{crisis.LevelNone: {Time: 10 * time.Minute}}}}}
			act(t, d, crisis.Act{Kind: crisis.EventPlanned, Incident: id, Data: plan, Note: "x"})
			pass(12 * time.Minute)
			for at, ch := range map[string]*fakeChannel{"one": one, "two": two} {
				late, ids := false, map[string]bool{}
				for _, a := range ch.sent {
					if ids[a.ID] {
						t.Errorf("%s was told %s twice", at, a.ID)
					}
					ids[a.ID] = true
					for _, c := range a.Overdue {
						late = late || a.Incident == id && c.Step == "s"
					}
				}
				if !late {
					t.Errorf("%s was not told that the step is late: %v", at, kindsOf(ch))
				}
				if len(ch.sent) > 40 {
					t.Errorf("%s was told %d times", at, len(ch.sent))
				}
			}
		})
	}
}

// pacedChannel is a fake channel with a limit.
type pacedChannel struct{ *fakeChannel }

func (p *pacedChannel) Limits() []alerts.Rate { return []alerts.Rate{{N: 20, Per: time.Minute}} }
