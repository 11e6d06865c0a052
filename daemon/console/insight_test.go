package console

import (
	"context"
	"encoding/csv"
	"fmt"
	"html"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// weeks puts four weeks into the store: people speak in the evening, more of them in
// the last week, and we published once.
func (w *world) weeks() {
	w.t.Helper()
	var all []store.TopicCount
	for day := range 28 {
		for hour := range 24 {
			at := night.Add(-time.Duration(day*24+hour) * time.Hour).Truncate(time.Hour)
			n := 1
			if h := at.In(shanghai).Hour(); h >= 19 && h < 22 {
				n = 20
			}
			if day < 7 {
				n *= 2
			}
			all = append(all, store.TopicCount{Topic: "tap-water", Minute: at, Known: at, Count: crisis.Count{Posts: n, Voices: n, Unique: n, Negative: n / 2, Rated: n}})
		}
	}
	w.all = append(w.all, Source{Name: "ours", Title: "云川发布", Own: true})
	p := crisis.Post{Source: "ours", ID: "1", Title: "关于自来水异味的情况说明", Text: "正在检测", URL: "https://gov.yunchuan.example/1", Published: night.Add(-30 * time.Hour), Seen: night, Precision: crisis.PrecisionSecond}
	all = append(all, store.TopicCount{Topic: "tap-water", Minute: p.Published.Truncate(time.Minute), Known: night, Count: crisis.Count{Posts: 1, Own: 1}})
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		if err := tx.SavePosts([]store.Saved{{Post: &p, Reading: &crisis.Reading{}, Topics: []store.Hit{{Topic: "tap-water"}}}}); err != nil {
			return err
		}
		return tx.AddCounts(all)
	}))
}

func TestInsight(t *testing.T) {
	w := newWorld(t, true)
	sound(t, "empty insight", w.get("/insight?lang=zh", 200))
	w.fill()
	w.weeks()
	w.queue()
	w.wait(6 * time.Minute) // what was worked out is kept for five
	page := w.get("/insight?lang=zh", 200)
	sound(t, "insight", page)
	page = html.UnescapeString(page)
	for _, want := range []string{"最活跃的是星期", "一周关注", "+100%", "50%", "关于自来水异味的情况说明", "https://gov.yunchuan.example/1", "中秋灯会", "求助求救", "/insight/hours.csv"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if other := html.UnescapeString(w.get("/insight?lang=en&topic=bus-quiet", 200)); strings.Contains(other, "情况说明") || strings.Contains(other, "+100%") {
		t.Error("one topic shows what belongs to another")
	}
	for _, table := range []string{"hours", "concerns", "phrases", "reactions", "effects", "answers"} {
		text := strings.TrimPrefix(w.get("/insight/"+table+".csv?lang=en", 200), "\ufeff")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", table, len(rows), err)
		}
	}
	for _, bad := range []string{"/insight/none.csv", "/insight/hours", "/insight/hours.csv?topic=none"} {
		w.get(bad, 404)
	}
}

// TestInsightShort wants a change only where the weeks before are known.
func TestInsightShort(t *testing.T) {
	w := newWorld(t, true)
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
		at := night.Add(-10 * 24 * time.Hour)
		return tx.AddCounts([]store.TopicCount{
			{Topic: "tap-water", Minute: at, Known: at, Count: crisis.Count{Posts: 1, Voices: 1}},
			{Topic: "tap-water", Minute: night.Add(-time.Hour), Known: night, Count: crisis.Count{Posts: 9, Voices: 9}},
		})
	}))
	text := w.get("/insight/concerns.csv?lang=en", 200)
	if !strings.Contains(text, "9,not known,—") {
		t.Errorf("ten days are compared with what is not known:\n%s", text)
	}
}

// TestInsightHours wants the hours of the organisation's zone.
func TestInsightHours(t *testing.T) {
	w := newWorld(t, true)
	w.weeks()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.get("/insight/hours.csv?lang=en", 200), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 25 || len(rows[0]) != 8 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for h, row := range rows[1:] {
		for d, n := range row[1:] {
			want := "1.3" // a quiet hour: three weeks of 1 and one of 2
			if h >= 19 && h < 22 {
				want = "25"
			}
			if d == 2 && h == 3 { // the hour that has just begun does not count
				want = "1"
			}
			if n != want {
				t.Errorf("%s, day %d: %s voices", row[0], d, n)
			}
		}
	}
}

// BenchmarkInsight looks back over twenty topics that are spoken of every two minutes.
func BenchmarkInsight(b *testing.B) {
	s, err := store.OpenScratch(filepath.Join(b.TempDir(), "big.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var list []crisis.Topic
	for i := range 20 {
		list = append(list, crisis.Topic{ID: fmt.Sprint("t", i)})
		var counts []store.TopicCount
		for at := night.Add(-insightFor); at.Before(night); at = at.Add(2 * time.Minute) {
			counts = append(counts, store.TopicCount{Topic: list[i].ID, Minute: at, Known: at, Count: crisis.Count{Posts: 2, Voices: 2, Negative: 1, Rated: 2}})
		}
		if err := s.Update(b.Context(), func(tx *store.Tx) error { return tx.AddCounts(counts) }); err != nil {
			b.Fatal(err)
		}
	}
	o := &office{store: s, at: night}
	c := &Console{Options: Options{Store: s, Desk: o, Sources: o.sources, Topics: func() []crisis.Topic { return list }, Zone: shanghai}}
	for b.Loop() {
		if _, _, err := c.workOut(b.Context(), tongue{"zh", shanghai, night}, ""); err != nil {
			b.Fatal(err)
		}
	}
}
