package detectors

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchfire/crisis"
)

// script is a detector that claims what is written for each minute.
type script struct {
	name string
	tier map[int]crisis.Tier
	odds map[int]float64
	lvl  map[int]crisis.Level
}

func (d *script) Check() error { return nil }

func (d *script) Detect(_ *Series, now time.Time) []crisis.Signal {
	m := int(now.Sub(monday)/time.Minute) - 1
	tier, ok := d.tier[m]
	if !ok {
		return nil
	}
	level := d.lvl[m]
	if level == crisis.LevelNone {
		level = crisis.LevelIV
	}
	return []crisis.Signal{{Detector: d.name, At: now, Tier: tier, Odds: max(d.odds[m], 1), Level: level}}
}

// during lets the detector claim the tier from one minute to another.
func (d *script) during(tier crisis.Tier, from, to int) *script {
	if d.tier == nil {
		d.tier, d.odds, d.lvl = map[int]crisis.Tier{}, map[int]float64{}, map[int]crisis.Level{}
	}
	for m := from; m < to; m++ {
		d.tier[m] = tier
	}
	return d
}

// gauged is a script that also says how near it is.
type gauged struct {
	*script
	gauge map[int]float64
}

func (d *gauged) Gauge(_ *Series, now time.Time) float64 {
	return d.gauge[int(now.Sub(monday)/time.Minute)-1]
}

func nothing(int) crisis.Count { return crisis.Count{} }

// tale writes turns in short: minute, kind, detector.
func tale(turns []told) []string {
	var out []string
	for _, x := range turns {
		out = append(out, fmt.Sprintf("%d %s %s", x.minute, x.Kind, x.Signal.Detector))
	}
	return out
}

// TestAlarm follows one alarm: it opens once, is raised at twice its peak and by a
// graver level, is over after an hour of calm and six hours of age, and opens anew.
func TestAlarm(t *testing.T) {
	d := (&script{name: "a"}).during(crisis.TierAlert, 10, 60).during(crisis.TierAlert, 1000, 1010)
	d.odds[20], d.odds[21], d.odds[30], d.odds[31] = 1.9, 2, 3.9, 4
	d.lvl[40], d.lvl[41], d.lvl[42] = crisis.LevelIII, crisis.LevelIII, crisis.LevelII
	w := NewWatch("x", nil, []Detector{d})
	got := tale(watch(w, 0, 2000, nothing))
	want := []string{
		"10 open a", "21 raise a", "31 raise a", "40 raise a", "42 raise a",
		"370 over a", // opened at 10
		"1000 open a", "1360 over a",
	}
	if !slices.Equal(got, want) {
		t.Errorf("turns %q, want %q", got, want)
	}
	if _, open := w.Open(); open {
		t.Error("the alarm is open after it was over")
	}
}

// TestAlarmFades holds that an alarm is not over while a gauge is at half or more,
// nor before an hour below that.
func TestAlarmFades(t *testing.T) {
	d := &gauged{(&script{name: "a"}).during(crisis.TierAlert, 0, 10), map[int]float64{}}
	for m := 10; m < 600; m++ {
		d.gauge[m] = 0.5
	}
	d.gauge[630] = 0.6
	for m := 631; m < 900; m++ {
		d.gauge[m] = 0.49
	}
	w := NewWatch("x", nil, []Detector{d})
	if got, want := tale(watch(w, 0, 900, nothing)), []string{"0 open a", "691 over a"}; !slices.Equal(got, want) {
		t.Errorf("turns %q, want %q", got, want)
	}
}

// TestConfirm holds that another detector confirms an open alarm once, and raises
// it when that one doubles or is graver.
func TestConfirm(t *testing.T) {
	a := (&script{name: "a"}).during(crisis.TierAlert, 0, 100)
	b := (&script{name: "b"}).during(crisis.TierAlert, 20, 60)
	b.odds[40], b.lvl[50] = 2, crisis.LevelIII
	w := NewWatch("x", nil, []Detector{a, b})
	got := tale(watch(w, 0, 100, nothing))
	if want := []string{"0 open a", "20 signal b", "40 raise b", "50 raise b"}; !slices.Equal(got, want) {
		t.Errorf("turns %q, want %q", got, want)
	}
	if n := len(w.Signals()); n != 1 {
		t.Errorf("%d signals at the last tick, want 1", n)
	}
	if since, open := w.Open(); !open || !since.Equal(minuteAt(1)) {
		t.Errorf("open %v since %s, want since the end of minute 0", open, since)
	}
}

// TestNotices holds that a notice is told once, not again within six hours, not
// again while it lasts, and not by a detector whose alarm is open.
func TestNotices(t *testing.T) {
	d := (&script{name: "a"}).
		during(crisis.TierNotice, 10, 20).during(crisis.TierNotice, 30, 40). // within six hours
		during(crisis.TierNotice, 370, 800).                                 // six hours after the first, and on
		during(crisis.TierNotice, 900, 910).
		during(crisis.TierAlert, 1000, 1010).during(crisis.TierNotice, 1300, 1305)
	w := NewWatch("x", nil, []Detector{d})
	got := tale(watch(w, 0, 1400, nothing))
	want := []string{"10 signal a", "370 signal a", "900 signal a", "1000 open a", "1360 over a"}
	if !slices.Equal(got, want) {
		t.Errorf("turns %q, want %q", got, want)
	}
}

// TestNoticeAfterAlarm holds that what is left of an alarm that is over may be told.
func TestNoticeAfterAlarm(t *testing.T) {
	d := (&script{name: "a"}).during(crisis.TierAlert, 0, 10).during(crisis.TierNotice, 700, 710)
	got := tale(watch(NewWatch("x", nil, []Detector{d}), 0, 800, nothing))
	if want := []string{"0 open a", "360 over a", "700 signal a"}; !slices.Equal(got, want) {
		t.Errorf("turns %q, want %q", got, want)
	}
}

// TestSurgeAlarm lets a real surge pass through a watch: one alarm, over when all is
// calm, and a second surge a day later opens anew.
func TestSurgeAlarm(t *testing.T) {
	const at = 14 * days
	stream := plus(plus(background(1, 2), 120, at, at+hours), 120, at+days, at+days+hours)
	w := NewWatch("x", shanghai(t), []Detector{NewSurge(), NewMood(), NewFlood(), NewBlind()})
	var kinds []TurnKind
	for _, x := range turnsOf(watch(w, 0, at+2*days, stream), TurnOpen, TurnOver) {
		kinds = append(kinds, x.Kind)
	}
	if want := []TurnKind{TurnOpen, TurnOver, TurnOpen, TurnOver}; !slices.Equal(kinds, want) {
		t.Errorf("turns %v, want %v", kinds, want)
	}
}

// all are the detectors with their defaults, in the order of their names.
func all() []Detector {
	var out []Detector
	for _, name := range slices.Sorted(maps.Keys(Kinds)) {
		out = append(out, Kinds[name]())
	}
	return out
}

// eventful is a stream in which something of every kind happens, with late posts
// and a gap, as what is told to a series before the minute m ends.
type eventful struct {
	burst, late, gap, calm int
	hush                   int // how long few speak before the burst
}

func drawEventful(t *rapid.T) eventful {
	burst := days + rapid.IntRange(0, 600).Draw(t, "burst")
	x := eventful{
		burst: burst,
		late:  rapid.IntRange(0, 50).Draw(t, "late"),
		gap:   burst + rapid.IntRange(-80, 100).Draw(t, "gap"),
		calm:  rapid.IntRange(3, 40).Draw(t, "calm"),
	}
	if rapid.IntRange(1, 3).Draw(t, "hush") == 1 {
		x.hush, x.calm = 70, min(x.calm, 5)
	}
	return x
}

func (x eventful) tell(s *Series, from time.Time, m int) {
	at := from.Add(time.Duration(m) * time.Minute)
	if m%x.calm == 0 && (m < x.burst-x.hush || m >= x.burst || m%(5*x.calm) == 0) {
		s.Add(at.Add(-time.Duration(m%7)*time.Minute), crisis.Count{Posts: 2, Voices: 1, Unique: 1, Rated: 1, Negative: m / x.calm % 6 / 5})
	}
	if m >= x.burst && m < x.burst+120 {
		s.Add(at.Add(-time.Duration(x.late)*time.Minute), crisis.Count{
			Posts: 3, Voices: 2, Unique: 1, Rated: 2, Negative: 2, Angry: 1, Fear: m % 2, Harm: 1, Rumour: m / 2 % 2, Old: m % 3 / 2, Imitation: m % 5 / 4,
		})
	}
	if m == x.burst+20 {
		s.Add(at, crisis.Count{Own: 1})
	}
	if m > x.burst && m%10 == 0 {
		s.Add(at, crisis.Count{Rank: max(60-(m-x.burst)/3, 1)})
	}
	if m >= x.gap && m < x.gap+90 {
		s.Cover(at, 0.2)
	}
}

// TestTruncation holds that a replay to t is the beginning of the replay of all:
// neither turns, nor gauges, nor what is usual know what comes after.
func TestTruncation(t *testing.T) {
	zone := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		x := drawEventful(t)
		cut := x.burst + rapid.IntRange(-100, 300).Draw(t, "cut")
		run := func(to int) (turns []told, gauges []float64) {
			w := NewWatch("x", zone, all())
			for m := range to {
				x.tell(w.Series(), monday, m)
				for _, turn := range w.Tick(minuteAt(m + 1)) {
					turns = append(turns, told{m, turn})
				}
				for _, d := range w.detectors {
					if g, ok := d.(Gauge); ok {
						gauges = append(gauges, g.Gauge(w.Series(), minuteAt(m+1)))
					}
				}
			}
			return turns, gauges
		}
		turns, gauges := run(x.burst + 400)
		short, shortGauges := run(cut)
		if !slices.Equal(shortGauges, gauges[:len(shortGauges)]) {
			t.Fatal("the gauge knows what comes after")
		}
		var before []told
		for _, turn := range turns {
			if turn.minute < cut {
				before = append(before, turn)
			}
		}
		if !reflect.DeepEqual(short, before) {
			t.Fatalf("turns to minute %d: %v, of the whole replay: %v", cut, tale(short), tale(before))
		}
	})
}

// TestWeeksShift holds that whole weeks on the clock change nothing but the times.
func TestWeeksShift(t *testing.T) {
	zone := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		x := drawEventful(t)
		weeks := time.Duration(rapid.IntRange(1, 60).Draw(t, "weeks")) * 7 * 24 * time.Hour
		run := func(shift time.Duration) []Turn {
			w := NewWatch("x", zone, all())
			var out []Turn
			for m := range x.burst + 400 {
				x.tell(w.Series(), monday.Add(shift), m)
				for _, turn := range w.Tick(minuteAt(m + 1).Add(shift)) {
					turn.Signal.At = turn.Signal.At.Add(-shift)
					if !turn.Signal.Since.IsZero() {
						turn.Signal.Since = turn.Signal.Since.Add(-shift)
					}
					out = append(out, turn)
				}
			}
			return out
		}
		plain, shifted := run(0), run(weeks)
		if len(plain) == 0 {
			t.Fatal("nothing happens that could be compared")
		}
		if !reflect.DeepEqual(plain, shifted) {
			t.Fatalf("shifted by %s: %v, want %v", weeks, shifted, plain)
		}
	})
}
