package town_test

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchfire/crisis"
	"watchfire/daemon/town"
)

// begin is a Monday.
var begin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.FixedZone("", 8*3600))

func lines(t *testing.T, city *town.Town, from, to time.Time) string {
	t.Helper()
	var b bytes.Buffer
	if err := city.WriteJSONL(&b, from, to); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSeed holds that a seed is a town: the same bytes in every run, others for
// another seed.
func TestSeed(t *testing.T) {
	live := town.New(5, begin, nil, 3).Truth().Live
	a := lines(t, town.New(5, begin, nil, 3), live, live.Add(time.Hour))
	if b := lines(t, town.New(5, begin, nil, 3), live, live.Add(time.Hour)); a != b {
		t.Error("the same seed made two different towns")
	}
	if c := lines(t, town.New(6, begin, nil, 3), live, live.Add(time.Hour)); a == c || len(a) == 0 {
		t.Error("another seed made the same town")
	}
}

// TestParts holds that the posts of any partition of time are the posts of the whole.
func TestParts(t *testing.T) {
	city := town.New(5, begin, nil, 3)
	rapid.Check(t, func(r *rapid.T) {
		from := begin.Add(time.Duration(rapid.IntRange(0, 3*86400).Draw(r, "from")) * time.Second)
		to := from.Add(time.Duration(rapid.IntRange(1, 7200).Draw(r, "seconds")) * time.Second)
		cuts := []time.Time{from, to}
		for _, s := range rapid.SliceOfN(rapid.IntRange(0, int(to.Sub(from)/time.Second)), 0, 5).Draw(r, "cuts") {
			cuts = append(cuts, from.Add(time.Duration(s)*time.Second))
		}
		slices.SortFunc(cuts, time.Time.Compare)
		var parts []crisis.Post
		for i := range len(cuts) - 1 {
			parts = slices.AppendSeq(parts, city.Posts(cuts[i], cuts[i+1]))
		}
		whole := slices.Collect(city.Posts(from, to))
		if diff := cmp.Diff(whole, parts); diff != "" {
			r.Fatalf("whole and parts (-whole +parts):\n%s", diff)
		}
		if !slices.IsSortedFunc(whole, func(a, b crisis.Post) int { return a.Published.Compare(b.Published) }) {
			r.Fatal("posts are not in order of time")
		}
		for _, p := range whole {
			if p.Published.Before(from) || !p.Published.Before(to) || p.ID == "" || p.Author == "" || p.FullText() == "" {
				r.Fatalf("post %+v from %v to %v", p, from, to)
			}
		}
	})
}

// ordinary is three weeks of a town whose crisis comes later.
func ordinary(t *testing.T) (perDay []int, perHour [24]int, topics map[string]*[21]int) {
	t.Helper()
	const days = 21
	city := town.New(1, begin, nil, days+9)
	perDay, topics = make([]int, days), map[string]*[days]int{}
	for p, label := range city.Labelled(begin, begin.AddDate(0, 0, days)) {
		day := int(p.Published.Sub(begin) / (24 * time.Hour))
		perDay[day]++
		perHour[p.Published.In(city.Zone()).Hour()]++
		if topics[label.Topic] == nil {
			topics[label.Topic] = &[days]int{}
		}
		topics[label.Topic][day]++
	}
	return perDay, perHour, topics
}

func sum(n []int) (total int) {
	for _, x := range n {
		total += x
	}
	return total
}

// TestRhythm holds ordinary life to its shape: several thousand posts a day, quiet
// nights, quieter weekends at school, busier ones in the old town, and topics with
// hardly a post an hour.
func TestRhythm(t *testing.T) {
	perDay, perHour, topics := ordinary(t)
	if least, most := slices.Min(perDay), slices.Max(perDay); least < 3000 || most > 9000 {
		t.Errorf("from %d to %d posts a day, want several thousand", least, most)
	}
	if night, evening := perHour[4], perHour[20]; night*6 > evening {
		t.Errorf("%d posts between 4 and 5, %d between 20 and 21: the town does not sleep", night, evening)
	}
	weekend := func(topic string) float64 {
		var work, rest int
		for day, n := range topics[topic] {
			if day%7 >= 5 {
				rest += n
			} else {
				work += n
			}
		}
		return float64(rest) / 2 / (float64(work) / 5)
	}
	if f := weekend(town.TopicSchool); f > 0.6 {
		t.Errorf("a day of the weekend has %.2f times the school posts of a weekday, want at most 0.6", f)
	}
	if f := weekend(town.TopicScenic); f < 1.5 {
		t.Errorf("a day of the weekend has %.2f times the old-town posts of a weekday, want at least 1.5", f)
	}
	for _, topic := range []string{town.TopicWater, town.TopicPower, town.TopicFood} {
		if perHour := float64(sum(topics[topic][:])) / (21 * 24); perHour <= 0.1 || perHour > 5 {
			t.Errorf("%s: %.1f posts an hour, want a quiet topic of 0 to 5", topic, perHour)
		}
	}
	for _, topic := range town.Topics() {
		if topics[topic.ID] == nil {
			t.Errorf("nobody ever speaks about %s", topic.ID)
		}
	}
}

// TestProgramme holds that the evening show is talked about at its hour, every day.
func TestProgramme(t *testing.T) {
	city := town.New(1, begin, nil, 10)
	show := city.Truth().Programme
	var in, out [7]int
	for p, label := range city.Labelled(begin, begin.AddDate(0, 0, 7)) {
		if label.Topic != show.Topic {
			continue
		}
		since := p.Published.Sub(begin)
		if at := since % (24 * time.Hour); at >= show.Daily && at < show.Daily+show.Length {
			in[since/(24*time.Hour)]++
		} else {
			out[since/(24*time.Hour)]++
		}
	}
	for day := range in {
		if in[day] < 60 || in[day] < out[day] {
			t.Errorf("day %d: %d posts during the show, %d at other times", day, in[day], out[day])
		}
	}
}

// TestTruth holds what the town says about itself to what it posts.
func TestTruth(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		const days = 4
		city := town.New(seed, begin, nil, days)
		truth := city.Truth()
		var cascade, flood int
		var first, last time.Time
		authors, statement := map[string]bool{}, time.Time{}
		for p, label := range city.Labelled(begin, truth.Crisis.End.Add(time.Hour)) {
			switch {
			case label.Role == "flood":
				flood++
				authors[p.Author] = true
				if p.Source != truth.Flood.Source || label.Topic != truth.Flood.Topic || p.Published.Before(truth.Flood.Start.Truncate(time.Second)) || p.Published.After(truth.Flood.End) {
					t.Errorf("seed %d: a post of the wave at %v on %s", seed, p.Published, p.Source)
				}
			case len(label.Role) > 6 && label.Role[:6] == "water.":
				cascade++
				if first.IsZero() {
					first = p.Published
				}
				last = p.Published
				if label.Role == "water.statement" && statement.IsZero() {
					statement = p.Published
				}
				if label.Role == "water.rumour" && p.Published.Before(truth.Crisis.Rumour.Truncate(time.Second)) {
					t.Errorf("seed %d: a rumour at %v, before %v", seed, p.Published, truth.Crisis.Rumour)
				}
			}
			if p.Source == truth.Dead.Source && !p.Published.Before(truth.Dead.From) {
				t.Errorf("seed %d: a post on the dead site at %v", seed, p.Published)
			}
		}
		if cascade != truth.Crisis.Posts || !first.Equal(truth.Crisis.Start) || !last.Equal(truth.Crisis.End) || !statement.Equal(truth.Crisis.Statement) {
			t.Errorf("seed %d: %d posts from %v to %v, statement %v; want %+v", seed, cascade, first, last, statement, truth.Crisis)
		}
		if flood != truth.Flood.Posts || len(authors) != truth.Flood.Authors {
			t.Errorf("seed %d: a wave of %d posts by %d authors, want %+v", seed, flood, len(authors), truth.Flood)
		}
		if !truth.Live.Before(truth.Crisis.Start) || truth.Crisis.Start.Before(begin.AddDate(0, 0, days-1)) {
			t.Errorf("seed %d: live at %v, crisis at %v", seed, truth.Live, truth.Crisis.Start)
		}
	}
}

// TestCrisisHasManyAuthors holds that the crisis is spoken of by many, and mostly
// badly: it is neither a wave by few nor a celebration.
func TestCrisisHasManyAuthors(t *testing.T) {
	city := town.New(1, begin, nil, 4)
	c := city.Truth().Crisis
	authors, n, bad := map[string]bool{}, 0, 0
	for p, label := range city.Labelled(c.Start, c.Start.Add(2*time.Hour)) {
		if label.Topic != c.Topic {
			continue
		}
		n++
		authors[p.Source+p.Author] = true
		if label.Mood == crisis.Negative {
			bad++
		}
	}
	if n < 300 || len(authors) < n*3/4 || math.Abs(float64(bad)/float64(n)-0.85) > 0.15 {
		t.Errorf("%d posts by %d authors, %d negative", n, len(authors), bad)
	}
}

// TestBench yields as many posts as were asked for.
func TestBench(t *testing.T) {
	for _, n := range []int{0, 1, 5000} {
		if got := len(slices.Collect(town.New(1, begin, nil, 1).Bench(n))); got != n {
			t.Errorf("Bench(%d) gave %d posts", n, got)
		}
	}
}
