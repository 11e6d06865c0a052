package crisis

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// long is an incident of n events as they come: mostly signals with their proof,
// deliveries, ticks, notes, reminders, a level now and then.
func long(n int) []Event {
	quote := Evidence{Key: 77, Source: "云川论坛", Quote: "自来水一股怪味，\"score\":9 孩子喝了肚子疼，到底能不能喝？", Published: at(0)}
	detectors := []string{"surge", "mood", "emotion", "claim"}
	events := []Event{
		NewEvent(EventDetected, at(0), Machine, Detected{Topic: "tap", Title: "水质", Signal: Signal{Detector: "surge", At: at(0), Odds: 3}}),
		NewEvent(EventLevel, at(0), Machine, LevelChange{Opinion: LevelIV, Reason: "声量"}),
		NewEvent(EventPlanned, at(0), Machine, plan()),
	}
	for i := len(events); i < n; i++ {
		now := at(i)
		switch {
		case i%1000 == 500:
			events = append(events, NewEvent(EventLevel, now, "李", LevelChange{Opinion: LevelIII, Reason: "扩散"}))
		case i%10 < 6:
			events = append(events, NewEvent(EventSignal, now, Machine, Signal{
				Detector: detectors[i%len(detectors)], Rule: "surge/1", Topic: "tap", Tier: TierAlert, At: now, Since: now, Window: time.Hour,
				Observed: float64(i), Expected: 3.2, Low: 1, High: 9, Odds: float64(i*7919%1000) / 10, Posts: i, Voices: i, Unique: i, Coverage: 1,
				Sources: []string{"forum", "news"}, Parts: []float64{0.7, 0.3}, Phrases: []string{"怪味", "能不能喝"}, Evidence: []Evidence{quote, quote, quote},
			}))
		case i%10 < 8:
			events = append(events, NewEvent(EventAlertSent, now, Machine, Delivery{Alert: fmt.Sprintf("7.%d.press", i), Kind: AlertRaised, Channel: "press"}))
		case i%10 == 8:
			events = append(events, NewEvent(EventReminded, now, Machine, Reminder{Plan: "water", Step: "call", Due: now, Share: ShareNear}))
		default:
			events = append(events, NewEvent(EventNote, now, "王", Remark{Text: "来电：小区停水"}))
		}
	}
	return chain(events...)
}

// BenchmarkFold folds an incident of 10,000 events.
func BenchmarkFold(b *testing.B) {
	events := long(10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Fold(events); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRings looks at the clocks of 1,000 incidents with 50 running clocks each.
func BenchmarkRings(b *testing.B) {
	p := Plan{ID: "p"}
	for i := range 40 {
		s := Step{ID: fmt.Sprintf("s-%02d", i), Due: ByLevel{LevelNone: {Time: time.Duration(i+1) * time.Hour}, LevelI: {Time: time.Hour}}}
		if i < 10 {
			s.RedLines = []RedLine{{ID: "law", Limit: 48 * time.Hour}}
		}
		p.Steps = append(p.Steps, s)
	}
	in, err := Fold(chain(NewEvent(EventDetected, at(0), Machine, Detected{Topic: "tap"}), NewEvent(EventPlanned, at(0), Machine, p)))
	if err != nil {
		b.Fatal(err)
	}
	all := make([]Incident, 1000)
	for i := range all {
		all[i] = in.Clone()
	}
	if n := len(in.Clocks()); n != 50 {
		b.Fatalf("%d clocks", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i := range all {
			if rings, next := all[i].Rings(at(1)); len(rings) > 0 || next.IsZero() {
				b.Fatal(rings, next)
			}
		}
	}
}

// TestFoldSkips holds that folding many events at once, which leaves out what later
// ones make void, gives what folding them one by one gives.
func TestFoldSkips(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		detectors := []string{"surge", "mood", "飞", `q"uote`}
		events := []Event{NewEvent(EventDetected, at(0), Machine, Detected{Topic: "tap", Signal: Signal{Detector: "surge", At: at(0), Odds: 1}})}
		for i := range rapid.IntRange(0, 30).Draw(rt, "events") {
			var e Event
			switch rapid.IntRange(0, 7).Draw(rt, "kind") {
			case 0:
				e = NewEvent(EventLevel, at(i), rapid.SampledFrom([]string{"李", Machine}).Draw(rt, "by"), LevelChange{Opinion: LevelIII, Reason: "因"})
			case 1:
				e = NewEvent(EventQuiet, at(i), Machine, Remark{})
			default:
				s := Signal{
					Detector: rapid.SampledFrom(detectors).Draw(rt, "detector"), At: at(rapid.IntRange(0, 60).Draw(rt, "at")),
					Odds: rapid.SampledFrom([]float64{-1, 0, 1, 2.5, 1e21, 3e-9}).Draw(rt, "odds"), Phrases: []string{rapid.String().Draw(rt, "phrase")},
				}
				if rapid.Bool().Draw(rt, "own zone") {
					s.At = s.At.In(time.FixedZone("", 8*3600))
				}
				e = NewEvent(EventSignal, at(i), Machine, s)
			}
			events = append(events, e)
		}
		events = chain(events...)
		var one Incident
		for _, e := range events {
			if err := one.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		cut := rapid.IntRange(0, len(events)).Draw(rt, "cut")
		many, err := Fold(events[:cut])
		if err == nil {
			err = many.ApplyAll(events[cut:])
		}
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(one, many) {
			rt.Errorf("one by one\n%+v\nat once\n%+v", one, many)
		}
	})
}
