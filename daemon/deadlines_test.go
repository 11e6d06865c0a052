package daemon

import (
	"fmt"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// busyPlan has so many steps with a target each, and so many red lines.
func busyPlan(targets, redLines int) crisis.Plan {
	p := crisis.Plan{ID: "busy", Version: "1", Title: "预案", Closing: crisis.Closing{QuietFor: time.Hour, QuietRatio: 1.5}}
	for i := range targets {
		s := crisis.Step{ID: fmt.Sprintf("s-%02d", i), Title: "步骤", Role: "duty_officer", Due: crisis.ByLevel{crisis.LevelNone: {Time: time.Duration(i+10) * time.Hour}}}
		if i < redLines {
			s.RedLines = []crisis.RedLine{{ID: "law", What: "上报", Limit: 48 * time.Hour, Source: "条例"}}
		}
		p.Steps = append(p.Steps, s)
	}
	return p
}

// busy opens so many incidents, each of another topic, with 50 running clocks each.
func busy(tb testing.TB, d *Daemon, n int, at time.Time) {
	tb.Helper()
	err := d.store.Update(tb.Context(), func(tx *store.Tx) error {
		for i := range n {
			topic := fmt.Sprintf("busy-%d", i)
			s := d.room.topic(topic).Series()
			for m := range 14 * 24 * 6 { // spoken of every ten minutes for two weeks
				s.Add(at.Add(-time.Duration(m)*10*time.Minute).Truncate(time.Minute), crisis.Count{Posts: 1, Voices: 1, Unique: 1, Rated: 1})
			}
			_, err := record(tx, at, &crisis.Incident{ID: fmt.Sprintf("20260302-%04d", i)},
				crisis.NewEvent(crisis.EventDetected, at, crisis.Machine, crisis.Detected{Topic: topic, Title: topic, Signal: crisis.Signal{Detector: "surge", At: at}}),
				crisis.NewEvent(crisis.EventLevel, at, crisis.Machine, crisis.LevelChange{Opinion: crisis.LevelIII}),
				crisis.NewEvent(crisis.EventPlanned, at, crisis.Machine, busyPlan(40, 10)),
				crisis.NewEvent(crisis.EventAcknowledged, at, "王强", crisis.Remark{}))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// lookAt looks at the clocks of all incidents as of a minute.
func lookAt(tb testing.TB, d *Daemon, now time.Time) []Occurrence {
	tb.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	r := responder{d: d, now: now}
	err := d.store.Update(tb.Context(), func(tx *store.Tx) error {
		r.tx = tx
		if err := r.clocks(); err != nil {
			return err
		}
		return r.flush()
	})
	if err != nil {
		tb.Fatal(err)
	}
	return r.said
}

// BenchmarkClocks is a minute in which nothing is due, with 1,000 open incidents of 50
// running clocks each; and the first minute after a start, which reads all of them.
func BenchmarkClocks(b *testing.B) {
	d := benchDaemon(b, benchBegin)
	defer func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	}()
	busy(b, d, 1000, benchBegin)
	now := benchBegin.Add(5 * time.Minute)
	b.Run("nothing due", func(b *testing.B) {
		lookAt(b, d, now)
		b.ReportAllocs()
		for b.Loop() {
			if said := lookAt(b, d, now); len(said) > 0 {
				b.Fatal(said)
			}
		}
	})
	start := func(b *testing.B) {
		b.Helper()
		s, err := store.Open(d.store.Path()) // it remembers nothing
		if err != nil {
			b.Fatal(err)
		}
		if err := d.store.Close(); err != nil {
			b.Fatal(err)
		}
		d.store, d.closers[0].close = s, s.Close
		clear(d.room.agenda)
	}
	b.Run("reading at a start", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			start(b)
			b.StartTimer()
			if err := d.openAgenda(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first minute after a start", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			start(b)
			if err := d.openAgenda(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			lookAt(b, d, now)
		}
	})
}

// TestAgenda holds that an incident is looked at when a clock is due and not before,
// and at once when something happened to it.
func TestAgenda(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	busy(t, d, 1, clock.now)
	begin := clock.now
	looked := func(minutes int) (n int) {
		for _, o := range lookAt(t, d, begin.Add(time.Duration(minutes)*time.Minute)) {
			if o.Kind != "quiet" {
				n++
			}
		}
		return n
	}
	next := func() time.Duration { return d.room.agenda["20260302-0000"].next.Sub(begin) }
	if n := looked(1); n != 0 || next() != 5*time.Hour {
		t.Errorf("%d occurrences, the next look after %s; want none, and at half of the first target", n, next())
	}
	looked(299) // it has been quiet for long enough: that is noted first
	if n := looked(300); n != 0 || next() != 5*time.Hour+30*time.Minute {
		t.Errorf("%d occurrences at half time, the next look after %s", n, next())
	}
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: "20260302-0000", Opinion: crisis.LevelII, Note: "扩散"})
	looked(301)
	if a := d.room.agenda["20260302-0000"]; a.in.Level() != crisis.LevelII {
		t.Errorf("the agenda knows level %s", a.in.Level())
	}
	if n := looked(48*60 + 1); n == 0 {
		t.Error("after a sleep nothing rings")
	}
	if n := looked(48*60 + 1); n != 0 {
		t.Errorf("%d things ring twice", n)
	}
	if n := looked(100); n != 0 {
		t.Errorf("a clock set back lets %d things ring", n)
	}
}

// TestAgendaCloses holds that what runs from the closing is looked at when the machine
// has closed, without any other event.
func TestAgendaCloses(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	d.cfg.Alerting.AutoClose = 2
	p := busyPlan(1, 0)
	p.Steps[0].From = crisis.FromClosed
	p.Steps[0].Due = crisis.ByLevel{crisis.LevelNone: {Time: time.Hour}}
	begin, id := clock.now, "20260302-01"
	d.room.topic("calm")
	err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := record(tx, begin, &crisis.Incident{ID: id},
			crisis.NewEvent(crisis.EventDetected, begin, crisis.Machine, crisis.Detected{Topic: "calm", Title: "calm", Signal: crisis.Signal{Detector: "surge", At: begin}}),
			crisis.NewEvent(crisis.EventPlanned, begin, crisis.Machine, p))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var closed, late time.Duration
	for m := time.Minute; m < 6*time.Hour; m += time.Minute {
		for _, o := range lookAt(t, d, begin.Add(m)) {
			switch o.Kind {
			case "incident_closed":
				closed = m
			case "step_overdue":
				late = m
			}
		}
	}
	if closed == 0 || late != closed+time.Hour {
		t.Errorf("closed after %s, the review was late after %s", closed, late)
	}
}
