package playbooks

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchfire/crisis"
)

// TestSheet holds what the machine can say of a sheet, and that it leaves the rest.
func TestSheet(t *testing.T) {
	surge := func(observed, expected float64, voices, negative, unique int) crisis.Signal {
		return crisis.Signal{Detector: "surge", Observed: observed, Expected: expected, Window: time.Hour, Voices: voices, Negative: negative, Unique: unique, Sources: []string{"forum"}}
	}
	mood := crisis.Signal{Detector: "emotion", Cue: crisis.CueAngry, Voices: 10, Negative: 9, Sources: []string{"news", "blog"}}
	for _, x := range []struct {
		name    string
		signals []crisis.Signal
		want    map[string]int // dimensions that are measured
	}{
		{"nothing", nil, map[string]int{}},
		{"as usual", []crisis.Signal{surge(5, 3, 5, 1, 5)}, map[string]int{"velocity": 0, "reach": 1}},
		{"three times", []crisis.Signal{surge(30, 10, 30, 9, 30)}, map[string]int{"velocity": 1, "sentiment": 1, "reach": 1, "source": 2}},
		{"just below three times", []crisis.Signal{surge(29, 10, 30, 8, 10)}, map[string]int{"velocity": 0, "sentiment": 0, "reach": 1}},
		{"eight times, half negative", []crisis.Signal{surge(80, 10, 80, 40, 80)}, map[string]int{"velocity": 2, "sentiment": 2, "reach": 1, "source": 2}},
		{"twenty times, negative but not angry", []crisis.Signal{surge(200, 10, 200, 180, 200)}, map[string]int{"velocity": 3, "sentiment": 2, "reach": 1, "source": 2}},
		{"and angry, on three sources", []crisis.Signal{surge(200, 10, 200, 180, 200), mood}, map[string]int{"velocity": 3, "sentiment": 3, "reach": 2, "source": 2}},
		{"old news", []crisis.Signal{surge(80, 10, 80, 40, 80), {Detector: "claim", Cue: crisis.CueOld}}, map[string]int{"velocity": 2, "sentiment": 2, "reach": 1, "source": 0}},
	} {
		t.Run(x.name, func(t *testing.T) {
			sheet := shippedLibrary(t).Sheet(x.signals)
			if len(sheet) != 8 {
				t.Fatalf("%d dimensions", len(sheet))
			}
			for _, m := range sheet {
				want, ok := x.want[m.Dimension.ID]
				if m.Measured != ok || m.Points != want || m.Measured && (m.Reason.ZH == "" || m.Reason.EN == "") {
					t.Errorf("%s: %d %v %+v, want %d %v", m.Dimension.ID, m.Points, m.Measured, m.Reason, want, ok)
				}
			}
		})
	}
}

// TestAssess holds the bounds of the sum, and that floors override it.
func TestAssess(t *testing.T) {
	l := shippedLibrary(t)
	sheet := func(sum int) []crisis.Mark {
		var out []crisis.Mark
		for _, d := range l.words.Dimensions {
			p := min(sum, 3)
			out = append(out, crisis.Mark{Dimension: d.ID, Points: p})
			sum -= p
		}
		return out
	}
	for _, x := range []struct {
		sum     int
		floors  []crisis.Level
		want    crisis.Level
		floored bool
	}{
		{0, nil, crisis.LevelNone, false},
		{2, nil, crisis.LevelNone, false},
		{3, nil, crisis.LevelIV, false},
		{5, nil, crisis.LevelIV, false},
		{6, nil, crisis.LevelIII, false},
		{10, nil, crisis.LevelIII, false},
		{11, nil, crisis.LevelII, false},
		{15, nil, crisis.LevelII, false},
		{16, nil, crisis.LevelI, false},
		{24, nil, crisis.LevelI, false},
		{0, []crisis.Level{crisis.LevelIII}, crisis.LevelIII, true},
		{6, []crisis.Level{crisis.LevelIII, crisis.LevelII}, crisis.LevelII, true},
		{16, []crisis.Level{crisis.LevelII}, crisis.LevelI, false},
		{11, []crisis.Level{crisis.LevelII}, crisis.LevelII, false},
	} {
		a := l.Assess(sheet(x.sum), x.floors)
		if a.Sum != x.sum || a.Opinion != x.want || a.Floored != x.floored {
			t.Errorf("sum %d, floors %v: %+v, want level %s", x.sum, x.floors, a, x.want)
		}
	}
	for points, want := range []crisis.Level{crisis.LevelNone, crisis.LevelIV, crisis.LevelIII, crisis.LevelII} {
		if got := l.Assess([]crisis.Mark{{Dimension: "harm", Points: points}}, nil).Event; got != want {
			t.Errorf("harm of %d points suggests event level %s, want %s", points, got, want)
		}
	}
}

// TestMorePointsNeverLess holds that no point more makes a level less grave.
func TestMorePointsNeverLess(t *testing.T) {
	l := shippedLibrary(t)
	rapid.Check(t, func(rt *rapid.T) {
		var a, b []crisis.Mark
		for _, d := range l.words.Dimensions {
			p := rapid.IntRange(0, 3).Draw(rt, d.ID)
			a = append(a, crisis.Mark{Dimension: d.ID, Points: p})
			b = append(b, crisis.Mark{Dimension: d.ID, Points: rapid.IntRange(p, 3).Draw(rt, "more "+d.ID)})
		}
		floors := rapid.SliceOf(rapid.SampledFrom(levels)).Draw(rt, "floors")
		x, y := l.Assess(a, floors), l.Assess(b, floors)
		if x.Opinion.Graver(y.Opinion) || x.Event.Graver(y.Event) {
			rt.Errorf("%v gives %+v, %v gives %+v", a, x, b, y)
		}
		for _, f := range floors {
			if f.Graver(x.Opinion) {
				rt.Errorf("level %s is below the floor %s", x.Opinion, f)
			}
		}
	})
}

// TestDimensionsSay holds that every dimension says in both languages what its points
// mean, and that the sheet is the one of eight.
func TestDimensionsSay(t *testing.T) {
	var ids []string
	for _, d := range shippedLibrary(t).words.Dimensions {
		ids = append(ids, d.ID)
	}
	if got := strings.Join(ids, " "); got != "harm reach velocity sentiment source sensitivity fault offline" {
		t.Errorf("dimensions %s", got)
	}
	for id := range measures {
		if !strings.Contains(strings.Join(ids, " "), id) {
			t.Errorf("%s is measured and not on the sheet", id)
		}
	}
}
