package console

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"watchfire/daemon/store"
)

// Planned implements Planner: one configured entry, and those of the store.
func (o *office) Planned(ctx context.Context) ([]Planned, error) {
	out := []Planned{{Title: "中秋灯会", From: night.Add(-24 * time.Hour), To: night.Add(24 * time.Hour), Topics: []string{"bus-quiet"}, Bar: 1.5}}
	all, err := o.store.Planned(ctx, night.Add(-time.Hour))
	for _, p := range all {
		out = append(out, Planned{p.ID, p.Title, p.From, p.To, p.Topics, p.Bar, p.By})
	}
	return out, err
}

// Plan implements Planner.
func (o *office) Plan(ctx context.Context, p Planned) error {
	return o.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.AddPlanned(store.Planned{Title: p.Title, From: p.From, To: p.To, Topics: p.Topics, Bar: p.Bar, By: p.By, At: o.now()})
		return err
	})
}

// Unplan implements Planner.
func (o *office) Unplan(ctx context.Context, id int64, by string) error {
	return o.store.Update(ctx, func(tx *store.Tx) error { return tx.RemovePlanned(id, by, o.now()) })
}

func TestCalendar(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	page := w.get("/calendar?lang=zh", 200)
	sound(t, "calendar", page)
	for _, want := range []string{"2026年10月", "中秋灯会", "写在配置文件里", "门槛为平时的 150%", "进行中"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "撞在一起") {
		t.Error("an entry of a topic without an open incident clashes")
	}
	add := form("do", "plan", "title", "水价听证会"+hostile, "from", "2026-10-15T09:00", "to", "2026-10-16T18:00", "bar", "0.85", "topics", "tap-water")
	page = w.post("/calendar?lang=zh", add, 200)
	sound(t, "after adding", page)
	for _, want := range []string{"水价听证会", "敏感时段", "值班员 添加", "撞在一起", "/incidents/" + id, "门槛为平时的 85%，更早提醒"} {
		if !strings.Contains(page, want) {
			t.Errorf("after adding the page does not say %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") || strings.Count(page, `class="ev careful"`) != 2 {
		t.Errorf("hostile text, or %d days instead of 2", strings.Count(page, `class="ev careful"`))
	}
	if page = w.get("/calendar?lang=en&month=2027-02", 200); !strings.Contains(page, "February 2027") || strings.Contains(page, `class="ev `) {
		t.Error("another month is not shown, or not empty")
	}
	table := w.get("/calendar.csv?lang=en", 200)
	if !strings.Contains(table, "水价听证会") || strings.Count(table, "\n") != 3 {
		t.Errorf("the table: %s", table)
	}
	all, err := w.store.Planned(t.Context(), night)
	if err != nil || len(all) != 1 {
		t.Fatalf("stored: %v, %v", all, err)
	}
	w.post("/calendar", form("do", "unplan", "id", fmt.Sprint(all[0].ID)), 200)
	w.post("/calendar", form("do", "unplan", "id", fmt.Sprint(all[0].ID)), 404)
	for _, c := range [][2]string{{"title", " "}, {"from", "x"}, {"to", "2026-10-15T08:00"}, {"to", "2028-10-15T08:00"}, {"bar", "0"}, {"bar", "9"}, {"topics", "nobody"}, {"do", "x"}} {
		bad := form("do", "plan", "title", "x", "from", "2026-10-15T09:00", "to", "2026-10-16T18:00", "bar", "1.5")
		bad.Set(c[0], c[1])
		w.post("/calendar", bad, 422)
	}
	w.get("/calendar?month=x", 422)
}

// TestMonth wants whole weeks, and each day of the month once, in every month of four years.
func TestMonth(t *testing.T) {
	w := newWorld(t, true)
	for m := range 48 {
		month := time.Date(2026, time.Month(1+m), 1, 0, 0, 0, 0, shanghai)
		var p calendarPage
		p.tongue = tongue{"zh", shanghai, night}
		w.console.fillMonth(&p, month, nil)
		days := 0
		for _, week := range p.Weeks {
			if len(week) != 7 {
				t.Fatalf("%s: a week of %d days", p.Month, len(week))
			}
			for _, d := range week {
				if !strings.Contains(d.Class, "out") {
					days++
				}
			}
		}
		if want := month.AddDate(0, 1, -1).Day(); days != want {
			t.Errorf("%s has %d days, want %d", p.Month, days, want)
		}
	}
}
