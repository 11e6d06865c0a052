package daemon

import (
	"errors"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
)

// TestPlan enters an event in the console and wants the thresholds of its topic, and of
// no other, moved while it lasts, also after a restart; and back when it is removed.
func TestPlan(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	at := func(topic string, after time.Duration) float64 { return d.cfg.bar(topic)(eight.Add(after)).Factor }
	e := console.Planned{Title: "听证会", From: eight.Add(time.Hour), To: eight.Add(2 * time.Hour), Topics: []string{"water"}, Bar: 0.85, By: "李敏"}
	if err := d.Plan(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		topic string
		after time.Duration
		want  float64
	}{{"water", 0, 1}, {"water", time.Hour, 0.85}, {"water", 2 * time.Hour, 1}, {"bus", time.Hour, 1}} {
		if got := at(c.topic, c.after); got != c.want {
			t.Errorf("%s after %s: factor %v, want %v", c.topic, c.after, got, c.want)
		}
	}
	again, err := loadEntered(t.Context(), d.store, clock.Now())
	if err != nil || len(again.of["water"]) != 1 || len(again.general) != 0 {
		t.Errorf("after a restart: %v, %v", again.of, err)
	}
	e2 := e
	e2.Title, e2.Topics, e2.Bar = "全城活动", nil, 2
	if err := d.Plan(t.Context(), e2); err != nil {
		t.Fatal(err)
	}
	if own, other := at("water", time.Hour), at("bus", time.Hour); own != 0.85*2 || other != 2 {
		t.Errorf("with an event for all topics: factors %v and %v, want 1.7 and 2", own, other)
	}
	if err := d.Unplan(t.Context(), 2, "李敏"); err != nil {
		t.Fatal(err)
	}
	all, err := d.Planned(t.Context())
	if err != nil || len(all) != 1 || all[0].ID == 0 || all[0].Title != e.Title {
		t.Fatalf("Planned = %+v, %v", all, err)
	}
	if err := d.Unplan(t.Context(), all[0].ID, "李敏"); err != nil {
		t.Fatal(err)
	}
	if got := at("water", time.Hour); got != 1 {
		t.Errorf("after its removal: factor %v", got)
	}
	if err := d.Unplan(t.Context(), all[0].ID, "李敏"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	for name, wrong := range map[string]func(*console.Planned){
		"no title": func(p *console.Planned) { p.Title = " " }, "ends early": func(p *console.Planned) { p.To = p.From },
		"no factor": func(p *console.Planned) { p.Bar = 0 }, "no such topic": func(p *console.Planned) { p.Topics = []string{"x"} },
	} {
		bad := e
		wrong(&bad)
		if err := d.Plan(t.Context(), bad); !errors.Is(err, crisis.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
