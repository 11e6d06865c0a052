package playbooks

import (
	"math"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

func TestClosable(t *testing.T) {
	plan := crisis.Plan{Closing: crisis.Closing{QuietFor: 24 * time.Hour, QuietRatio: 1.5, MoodWithin: 0.10, NoPromise: true}}
	quiet := Quietness{For: 24 * time.Hour, Coverage: 1, Negative: 0.30, Base: 0.20}
	tests := []struct {
		name   string
		change func(*Quietness)
		zh, en string // what is missing; empty: closable
	}{
		{"all holds", func(*Quietness) {}, "", ""},
		{"not long enough", func(q *Quietness) { q.For = 90 * time.Minute }, "声量低于平常1.5倍须连续24小时，目前1小时30分", "must stay below 1.5 times usual for 24h, so far 1h30m"},
		{"never quiet", func(q *Quietness) { q.For = 0 }, "目前0分", "so far 0m"},
		{"blind", func(q *Quietness) { q.Coverage = 0.5 }, "看不见不等于平静", "blind is not calm"},
		{"coverage not told", func(q *Quietness) { q.Coverage = math.NaN() }, "实际?", "it was ?"},
		{"mood", func(q *Quietness) { q.Negative = 0.45 }, "负面占比须回到事前20%上浮10个百分点以内，目前45%", "within 10 points of the 20% before, it is 45%"},
		{"too few posts for a mood", func(q *Quietness) { q.Negative = math.NaN() }, "", ""},
		{"promise", func(q *Quietness) { q.Promises = 2 }, "还有2项公开承诺没有兑现", "public promises still open: 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := quiet
			tt.change(&q)
			ok, missing := Closable(plan, q)
			if ok != (tt.zh == "") || ok != (len(missing) == 0) || len(missing) > 1 {
				t.Fatalf("Closable = %t, missing %v", ok, missing)
			}
			if !ok && (!strings.Contains(missing[0].In("zh"), tt.zh) || !strings.Contains(missing[0].In("en"), tt.en)) {
				t.Errorf("missing %+v, want %q and %q", missing[0], tt.zh, tt.en)
			}
		})
	}
	if ok, missing := Closable(plan, Quietness{Promises: 1, Negative: 1}); ok || len(missing) != 4 {
		t.Errorf("nothing holds, but Closable = %t with %d missing", ok, len(missing))
	}
	if ok, _ := Closable(crisis.Plan{Closing: crisis.Closing{QuietFor: time.Hour, QuietRatio: 1.5}}, Quietness{For: time.Hour, Coverage: 1, Negative: 1, Promises: 3}); !ok {
		t.Error("criteria the plan does not have were asked for")
	}
}

func TestShippedClosing(t *testing.T) {
	for _, p := range shippedLibrary(t).Playbooks() {
		if m := p.Closing.Machine; m.QuietFor < 24*time.Hour || !m.NoPromise || m.MoodWithin == 0 || len(p.Closing.Human) == 0 {
			t.Errorf("%s: closing %+v", p.ID, p.Closing)
		}
	}
}
