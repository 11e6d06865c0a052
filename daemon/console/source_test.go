package console

import (
	"strings"
	"testing"
	"time"
)

func TestSource(t *testing.T) {
	w := newWorld(t, true)
	w.fill()
	page := w.get("/sources/forum?lang=zh", 200)
	sound(t, "source", page)
	for _, want := range []string{"云川论坛·民生版", "最近 30 天每天看到多少", "没看到", "未安排采集", "连着", "怎么办：", "/sources/forum/days.csv", `value="pause"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page = w.get("/sources/notices?lang=zh", 200); !strings.Contains(page, "没有失败过") {
		t.Error("a source that never failed does not say so")
	}
	page = w.post("/sources/forum?lang=zh", form("do", "pause", "from", "source"), 200)
	if !strings.Contains(page, "<h1>云川论坛·民生版</h1>") || !strings.Contains(page, "值班员 于") {
		t.Error("pausing does not lead back to the source")
	}
	table := w.get("/sources/forum/days.csv?lang=en", 200)
	if n := strings.Count(table, "\n"); n != daysShown+1 {
		t.Errorf("the table has %d lines", n)
	}
	w.get("/sources/nobody", 404)
	w.get("/sources/nobody/days.csv", 404)
	if page = w.get("/sources?lang=zh", 200); !strings.Contains(page, "30 天看到") {
		t.Error("the list does not show the days")
	}
}

// TestAddSight cuts a stretch at midnight and at its ends.
func TestAddSight(t *testing.T) {
	day := time.Date(2026, 10, 12, 0, 0, 0, 0, shanghai)
	days := []dayTally{{From: day}, {From: day.AddDate(0, 0, 1)}, {From: day.AddDate(0, 0, 2)}}
	addSight(days, day.Add(23*time.Hour), day.Add(25*time.Hour), true)
	addSight(days, day.Add(25*time.Hour), day.Add(27*time.Hour), false)
	addSight(days, day.Add(-9*time.Hour), day.Add(time.Minute), true)
	for i, want := range []dayTally{{day, 61, 61}, {day.AddDate(0, 0, 1), 180, 60}, {day.AddDate(0, 0, 2), 0, 0}} {
		if days[i] != want {
			t.Errorf("day %d: %+v, want %+v", i, days[i], want)
		}
	}
	if a, b, c := days[0].kind(), days[1].kind(), days[2].kind(); a != "seen" || b != "half" || c != "idle" {
		t.Errorf("kinds %s, %s, %s", a, b, c)
	}
}
