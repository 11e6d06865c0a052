package crisis

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// rung announces what has come at a minute, as the daemon does, and returns it in
// short: step, red line, share.
func (d *doer) rung(minute int) []string {
	d.t.Helper()
	rings, _ := d.in.Rings(at(minute))
	var out []string
	for _, r := range rings {
		out = append(out, fmt.Sprintf("%s/%s %d", r.Step, r.RedLine, r.Share))
		d.happens(r.Announcement(at(minute)))
	}
	return out
}

// happens folds an event that no person caused.
func (d *doer) happens(e Event) {
	d.t.Helper()
	e = e.Seal(d.in.ID, &Event{Seq: d.in.Events, Hash: d.in.Hash}, e.At)
	if err := d.in.Apply(e); err != nil {
		d.t.Fatal(err)
	}
}

// timed is an incident of level IV with one plan of two steps: one of an hour and at
// level I of ten minutes, with a red line; and one of five minutes.
func timed(t *testing.T) *doer {
	p := Plan{ID: "p", Version: "1", Steps: []Step{
		{ID: "a", Due: ByLevel{LevelNone: {Time: time.Hour}, LevelI: {Time: 20 * time.Minute}}, RedLines: []RedLine{{ID: "law", Limit: 5 * time.Hour}}},
		{ID: "b", Due: ByLevel{LevelNone: {Time: 5 * time.Minute}}},
	}}
	in, err := Fold(chain(
		NewEvent(EventDetected, at(0), Machine, Detected{Topic: "tap"}),
		NewEvent(EventLevel, at(0), Machine, LevelChange{Opinion: LevelIV}),
		NewEvent(EventPlanned, at(0), Machine, p)))
	if err != nil {
		t.Fatal(err)
	}
	return &doer{t: t, in: in}
}

// TestRings holds at which minutes a clock rings, and that each moment rings once.
func TestRings(t *testing.T) {
	halt := func(reason string) Halt { return Halt{Plan: "p", Step: "a", Reason: reason} }
	for _, x := range []struct {
		name string
		do   map[int]func(d *doer)
		at   []int // minutes looked at
		want map[int][]string
	}{
		{
			"half, most, due; a step of a few minutes only most and due; the red line too", nil,
			[]int{0, 1, 3, 4, 5, 6, 29, 30, 31, 47, 48, 49, 59, 60, 61, 149, 150, 239, 240, 299, 300, 301},
			map[int][]string{
				4: {"b/ 80"}, 5: {"b/ 100"}, 30: {"a/ 50"}, 48: {"a/ 80"}, 60: {"a/ 100"}, 150: {"a/law 50"}, 240: {"a/law 80"}, 300: {"a/law 100"},
			},
		},
		{
			"after a sleep each clock rings once, for the last that came", nil,
			[]int{0, 200, 201, 1000, 1001},
			map[int][]string{200: {"b/ 100", "a/ 100", "a/law 50"}, 1000: {"a/law 100"}},
		},
		{
			"a clock set back brings nothing twice", nil,
			[]int{0, 30, 20, 10, 30, 31, 4, 61, 48, 61},
			map[int][]string{30: {"b/ 100", "a/ 50"}, 61: {"a/ 100"}},
		},
		{
			"a graver level makes it due earlier, and it is announced anew",
			map[int]func(*doer){30: func(d *doer) { d.do(30, Act{Kind: EventLevel, By: "李", Event: LevelI, Note: "伤亡"}) }},
			[]int{4, 5, 29, 30, 31},
			map[int][]string{4: {"b/ 80"}, 5: {"b/ 100"}, 30: {"a/ 100"}},
		},
		{
			"what was overdue and is due later rings again when that comes",
			map[int]func(*doer){
				10: func(d *doer) { d.do(10, Act{Kind: EventLevel, By: "李", Event: LevelI, Note: "伤亡"}) },
				25: func(d *doer) {
					d.do(25, Act{Kind: EventLevel, By: "李", Event: LevelIV, Note: "核实无伤亡"})
					d.do(25, Act{Kind: EventHappened, By: "李", At: at(-1), Note: "热线"})
				},
			},
			[]int{10, 16, 20, 25, 30, 60, 61},
			map[int][]string{10: {"b/ 100", "a/ 50"}, 16: {"a/ 80"}, 20: {"a/ 100"}, 30: {"a/ 50"}, 60: {"a/ 100"}},
		},
		{
			"when it happened moves the red line and not the target from discovery",
			map[int]func(*doer){61: func(d *doer) { d.do(61, Act{Kind: EventHappened, By: "李", At: at(-240)}) }},
			[]int{61, 62},
			map[int][]string{61: {"b/ 100", "a/ 100", "a/law 100"}},
		},
		{
			"paused, the target waits and the red line does not",
			map[int]func(*doer){
				31:  func(d *doer) { d.do(31, act(EventPaused, "李", halt("等检测"))) },
				241: func(d *doer) { d.do(241, act(EventResumed, "李", halt(""))) },
			},
			[]int{5, 30, 31, 60, 150, 240, 241, 257, 258, 269, 270, 300},
			map[int][]string{5: {"b/ 100"}, 30: {"a/ 50"}, 150: {"a/law 50"}, 240: {"a/law 80"}, 258: {"a/ 80"}, 270: {"a/ 100"}, 300: {"a/law 100"}},
		},
		{
			"a pause that begins when the step is late leaves it late, and does not ring again",
			map[int]func(*doer){
				70: func(d *doer) { d.do(70, act(EventPaused, "李", halt("等检测"))) },
				80: func(d *doer) { d.do(80, act(EventResumed, "李", halt(""))) },
			},
			[]int{60, 70, 75, 80, 81, 120},
			map[int][]string{60: {"b/ 100", "a/ 100"}},
		},
		{
			"done and undone it rings again",
			map[int]func(*doer){
				61: func(d *doer) { d.do(61, Act{Kind: EventStepDone, By: "王", Plan: "p", Step: "a"}) },
				70: func(d *doer) { d.do(70, Act{Kind: EventStepReopened, By: "王", Plan: "p", Step: "a"}) },
			},
			[]int{60, 61, 70, 71},
			map[int][]string{60: {"b/ 100", "a/ 100"}, 70: {"a/ 100"}},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := timed(t)
			for i, minute := range x.at {
				if do := x.do[minute]; do != nil && !slices.Contains(x.at[:i], minute) {
					do(d)
				}
				want := x.want[minute]
				if slices.Contains(x.at[:i], minute) {
					want = nil
				}
				if got := d.rung(minute); !reflect.DeepEqual(got, want) {
					t.Errorf("minute %d: %q, want %q", minute, got, want)
				}
			}
		})
	}
}

// TestNextRing holds that nothing rings before the moment that is named, and that
// something rings then.
func TestNextRing(t *testing.T) {
	d, now := timed(t), at(0)
	for range 8 {
		_, next := d.in.Rings(now)
		if next.IsZero() {
			t.Fatalf("no moment behind %s", now)
		}
		if early, _ := d.in.Rings(next.Add(-time.Nanosecond)); len(early) > 0 {
			t.Errorf("%v rings before %s", early, next)
		}
		rings, _ := d.in.Rings(next)
		if len(rings) == 0 {
			t.Errorf("nothing rings at %s", next)
		}
		for _, r := range rings {
			d.happens(r.Announcement(next))
		}
		now = next
	}
	if _, next := d.in.Rings(now); !next.IsZero() {
		t.Errorf("something rings at %s", next)
	}
}

// TestSaid holds what people who know of an event have not heard.
func TestSaid(t *testing.T) {
	d := timed(t)
	d.rung(5)
	seq := d.in.Events
	d.rung(60)
	for _, x := range []struct {
		share, seq int
		want       []string
	}{{ShareDue, 0, []string{"b", "a"}}, {ShareDue, seq, []string{"a"}}, {ShareDue, d.in.Events, nil}, {ShareNear, seq, []string{"a"}}} {
		var got []string
		for _, c := range d.in.Said(x.share, x.seq) {
			got = append(got, c.Step)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("said behind %d: %v, want %v", x.seq, got, x.want)
		}
	}
	d.do(61, Act{Kind: EventLevel, By: "李", Event: LevelI, Note: "伤亡"})
	if got := d.in.Said(ShareDue, seq); len(got) != 0 {
		t.Errorf("a due time that no longer holds was said: %v", got)
	}
}

// TestRepeatRings holds that a step that repeats rings anew after every tick until what
// the plan names is reached, and again when that is taken back; and that a clock which
// starts with a milestone starts with it.
func TestRepeatRings(t *testing.T) {
	d := speaker(t)
	at6 := func(minute int) (out []string) {
		for _, r := range d.rung(minute) {
			if r[:3] == "t-6" || r[:3] == "t-5" {
				out = append(out, r)
			}
		}
		return out
	}
	reach := func(minute int, what string, at time.Time) {
		d.do(minute, act(EventReached, "王", Milestone{What: what, At: at, Reason: "气象台"}))
	}
	patrol := func(minute int) { d.do(minute, Act{Kind: EventStepDone, By: "王", Plan: "talk", Step: "t-6"}) }
	for _, x := range []struct {
		minute int
		do     func()
		want   []string
	}{
		{30, nil, []string{"t-6/ 50"}},
		{40, func() { patrol(40) }, nil},
		{69, nil, nil},
		{70, nil, []string{"t-6/ 50"}},
		{100, nil, []string{"t-6/ 100"}},
		{110, func() { patrol(110) }, nil},
		{158, nil, []string{"t-6/ 80"}},
		{160, func() { reach(160, "warning_lifted", at(159)) }, nil},
		{400, nil, nil},
		{401, func() { reach(401, "warning_lifted", time.Time{}) }, []string{"t-6/ 100"}},
		{402, func() { reach(402, "service_restored", at(402)) }, nil},
		{432, nil, []string{"t-5/ 50"}},
		{433, func() { reach(433, "service_restored", at(360)) }, []string{"t-5/ 100"}},
		{434, func() { reach(434, "service_restored", time.Time{}) }, nil},
	} {
		if x.do != nil {
			x.do()
		}
		if got := at6(x.minute); !slices.Equal(got, x.want) {
			t.Errorf("minute %d: %q, want %q", x.minute, got, x.want)
		}
	}
}
