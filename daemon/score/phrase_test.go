package score

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// digits spells a number in characters, so that texts differ from each other.
func digits(n int) string {
	const of = "零壹贰叁肆伍陆柒捌玖"
	var b strings.Builder
	for _, d := range fmt.Sprint(n) {
		b.WriteRune([]rune(of)[d-'0'])
	}
	return b.String()
}

func testStream(rate int) *Stream {
	s := &Stream{Days: 3, PerDay: 2000, Laid: 30, Rate: rate, Seed: 1}
	for i := range 5000 {
		s.Background = append(s.Background, "今天吃了"+digits(10000+i)+"碗面")
	}
	for i := range 40 {
		s.Titles = append(s.Titles, fmt.Sprintf("%c%c%c%c桥%c%c%c塌了", 0x5000+9*i, 0x5001+9*i, 0x5002+9*i, 0x5003+9*i, 0x5004+9*i, 0x5005+9*i, 0x5006+9*i))
	}
	return s
}

// counter is a finder that knows the titles and names each at its n-th post.
func counter(titles []string, n int) Finder {
	count := map[string]int{}
	return func(p *crisis.Post) [][]string {
		var out [][]string
		for _, t := range titles {
			if strings.Contains(p.Text, string([]rune(t)[3:6])) {
				if count[t]++; count[t] == n {
					out = append(out, []string{t})
				}
			}
		}
		return out
	}
}

func TestPhraseScore(t *testing.T) {
	s := testStream(6)
	got, err := s.Score(counter(s.Titles, 4))
	if err != nil {
		t.Fatal(err)
	}
	if got.Recall != 1 || got.Laid != 30 || len(got.False) > 0 || *got.Delay < 20 || *got.Delay > 70 {
		t.Errorf("a finder that needs four of six posts an hour: %+v, median %v", got, *got.Delay)
	}
	sooner, err := s.Score(counter(s.Titles, 1))
	if err != nil {
		t.Fatal(err)
	}
	if !(*sooner.Delay < *got.Delay) {
		t.Errorf("the first post is named after %v minutes, the fourth after %v", *sooner.Delay, *got.Delay)
	}
	silent, err := s.Score(func(*crisis.Post) [][]string { return nil })
	if err != nil || silent.Recall != 0 || silent.Delay != nil || len(silent.Missed) != 30 {
		t.Errorf("silence: %+v, %v", silent, err)
	}
	days := map[int]bool{}
	crying, err := s.Score(func(p *crisis.Post) [][]string {
		if d := p.Published.YearDay(); !days[d] {
			days[d] = true
			return [][]string{{"比较方便", "的发生"}}
		}
		return nil
	})
	if err != nil || crying.FalseDaily != 1 || crying.Recall != 0 {
		t.Errorf("one wrong phrase a day, the first day not counted: %+v, %v", crying, err)
	}
}

func TestPhraseStreamIsSame(t *testing.T) {
	a, _ := testStream(5).posts()
	b, _ := testStream(5).posts()
	if len(a) != 3*2000+30*5*4 {
		t.Fatalf("%d posts", len(a))
	}
	for i := range a {
		if a[i].Text != b[i].Text || !a[i].Published.Equal(b[i].Published) {
			t.Fatalf("post %d differs between two streams of one seed", i)
		}
		if i > 0 && a[i].Published.Before(a[i-1].Published) {
			t.Fatalf("post %d is out of order", i)
		}
	}
	if _, err := (&Stream{Laid: 1, Days: 2}).Score(nil); err == nil {
		t.Error("a stream of nothing is not an error")
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		phrase, title string
		want          bool
	}{
		{"大桥坍塌", "某地大桥坍塌致3人受伤", true},
		{"#某地大桥坍塌致3人受伤#", "某地大桥坍塌致3人受伤", true},
		{"地大桥坍塌致两车", "某地大桥坍塌致3人受伤", true},
		{"比较方便", "某地大桥坍塌致3人受伤", false},
		{"桥", "某地大桥坍塌致3人受伤", false},
		{"", "某地大桥坍塌致3人受伤", false},
	} {
		if got := names(c.phrase, c.title); got != c.want {
			t.Errorf("names(%q, %q) = %v", c.phrase, c.title, got)
		}
	}
}

func TestScoreBoard(t *testing.T) {
	at := func(h int) time.Time { return begin.Add(time.Duration(h) * time.Hour) }
	var titles []Title
	var bridge, show Event
	for i := range 6 {
		titles = append(titles, Title{At: at(4 * i), Title: "大桥坍塌" + digits(i)}, Title{At: at(4*i + 1), Title: "别的事" + digits(100*i)})
		bridge.Titles = append(bridge.Titles, "大桥坍塌"+digits(i))
	}
	bridge.First, bridge.Last, bridge.N, bridge.Phrase = at(0), at(20), 6, "大桥坍塌"
	show = Event{First: at(0), Last: at(20), N: 5, Phrase: "晚会节目单", Titles: []string{"晚会节目单"}}
	n := 0
	got := Board(titles, []Event{bridge, show}, func(p *crisis.Post) [][]string {
		n++
		switch n {
		case 5:
			return [][]string{{"大桥坍塌"}}
		case 8:
			return [][]string{{"桥坍塌"}, {"不相干"}}
		}
		return nil
	})
	if got.Events != 2 || got.Found != 1 || *got.Needed != 3 || got.PerEvent != 2 {
		t.Errorf("%+v, needed %v", got, *got.Needed)
	}
	near(t, "wrong a day", got.WrongDaily, 24.0/21)
}

// TestBoardPack reads the pack and holds the evaluator to a finder that knows the
// common phrase of each event.
func TestBoardPack(t *testing.T) {
	dir := packDir(t, "hotsearch")
	titles, err := ReadTitles(filepath.Join(dir, "hot-2025-09.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	events, err := ReadEvents(filepath.Join(dir, "events-2025-09.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(titles) != 20443 || len(events) != 168 {
		t.Fatalf("%d titles, %d events", len(titles), len(events))
	}
	told := map[int]int{}
	got := Board(titles, events, func(p *crisis.Post) [][]string {
		var out [][]string
		for i, e := range events {
			if strings.Contains(p.Text, e.Phrase) && !p.Published.Before(e.First) {
				if told[i]++; told[i] == 2 {
					out = append(out, []string{e.Phrase})
				}
			}
		}
		return out
	})
	if got.Events != 103 || got.Recall != 1 || got.WrongDaily > 0.05 || *got.Needed > 3 {
		t.Errorf("%+v, needed %v; want all 103 by their second or third title", got, *got.Needed)
	}
}
