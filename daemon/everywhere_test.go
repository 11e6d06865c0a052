package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
)

// pacedWall is a channel that edits, at the rates of a vendor.
type pacedWall struct {
	wall

	rates []alerts.Rate
}

func (w *pacedWall) Limits() []alerts.Rate { return w.rates }

// Reply implements alerts.Threader.
func (w *pacedWall) Reply(context.Context, string, crisis.Alert) (alerts.Receipt, error) {
	return alerts.Receipt{Ref: "2"}, nil
}

// TestTickEverywhereInFive ticks steps as fast as a person can, one a second, where every
// kind of channel that edits stands beside the others with its vendor's rates, and wants
// each tick on each of them within five seconds of the daemon's clock. Between two looks
// at its queue a channel lets a second pass, as it does when nothing wakes it.
func TestTickEverywhereInFive(t *testing.T) {
	const within = 5 * time.Second
	var more strings.Builder
	kinds := []string{"one", "two"}
	for _, kind := range slices.Sorted(maps.Keys(alerts.Kinds)) {
		if _, ok := alerts.Kinds[kind]().(alerts.Updater); ok {
			kinds = append(kinds, kind)
			fmt.Fprintf(&more, "  - {name: %s, log: {}}\n", kind)
		}
	}
	if len(kinds) < 6 {
		t.Fatalf("only %v edit", kinds)
	}
	d, clock, _, _ := testDaemon(t, more.String())
	walls := make([]*pacedWall, len(kinds))
	for i, kind := range kinds {
		walls[i] = &pacedWall{wall: wall{changed: make(chan bool, 1024)}}
		if maker, ok := alerts.Kinds[kind]; ok {
			if l, ok := maker().(alerts.Limiter); ok {
				walls[i].rates = l.Limits()
			}
		}
		d.cfg.Channels[i].Sender = walls[i]
		d.pacers[d.cfg.Channels[i].Name] = newPacer(walls[i])
	}
	id := openIncident(t, d)
	plan := crisis.Plan{ID: "p", Version: "1"}
	for i := range 30 {
		plan.Steps = append(plan.Steps, crisis.Step{ID: fmt.Sprint("s", i), Title: "核实", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}})
	}
	act(t, d, crisis.Act{Kind: crisis.EventPlanned, Incident: id, Data: plan, Note: "x"})
	ticked := map[int]time.Time{} // by how many steps were done
	var worst time.Duration
	slowest := ""
	for second := range 30 + int(within/time.Second) {
		if second < 30 {
			act(t, d, crisis.Act{Kind: crisis.EventStepDone, Incident: id, Plan: "p", Step: fmt.Sprint("s", second)})
			ticked[second+1] = clock.now
		}
		deliverAll(t, d)
		for i, w := range walls {
			for n, at := range ticked {
				if late := clock.now.Sub(at); w.done < n && late >= within {
					t.Errorf("%s shows %d steps %s after the tick of step %d", kinds[i], w.done, late, n)
				} else if w.done < n && late+time.Second > worst {
					worst, slowest = late+time.Second, kinds[i]
				}
			}
		}
		clock.now = clock.now.Add(time.Second)
	}
	t.Logf("on all of %s within %s, the slowest is %s", strings.Join(kinds, ", "), worst, slowest)
}
