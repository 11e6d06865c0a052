package score

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"watchfire/crisis"
)

// Title is one headline of a hot board with the time it was first seen.
type Title struct {
	At    time.Time `json:"t"`
	Title string    `json:"title"`
	Rank  int       `json:"rank"`
}

// Event is a set of titles that belong together; a machine made it, by shared
// runs of characters, so it serves to compare and not to claim.
type Event struct {
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
	N      int       `json:"n"`
	Phrase string    `json:"phrase"`
	Titles []string  `json:"titles"`
}

// ReadTitles reads a hot-*.jsonl in order of time.
func ReadTitles(path string) ([]Title, error) {
	out, err := readLines[Title](path)
	slices.SortStableFunc(out, func(a, b Title) int { return a.At.Compare(b.At) })
	return out, err
}

// ReadEvents reads an events-*.jsonl.
func ReadEvents(path string) ([]Event, error) { return readLines[Event](path) }

func readLines[T any](path string) ([]T, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read a pack: %w", err)
	}
	defer file.Close()
	var out []T
	sc := bufio.NewScanner(file)
	sc.Buffer(nil, 1<<22)
	for n := 1; sc.Scan(); n++ {
		var x T
		if err := json.Unmarshal(sc.Bytes(), &x); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		out = append(out, x)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return out, nil
}

// BoardScore is what a finder made of a stream of titles.
type BoardScore struct {
	Events     int      `json:"events"`
	Found      int      `json:"found"`
	Recall     float64  `json:"recall"`
	Needed     *float64 `json:"median_titles"` // of the event, out when it was first named
	PerEvent   float64  `json:"topics_per_event"`
	WrongDaily float64  `json:"wrong_per_day"`
}

// leastTitles is the size from which an event counts.
const leastTitles = 5

// afterLast is for how long after its last title an event may still be named.
const afterLast = 48 * time.Hour

// Board plays titles as posts to a finder. Found is every event of five
// titles or more that was named while it lasted; a topic that names no event at
// all is wrong.
func Board(titles []Title, events []Event, find Finder) BoardScore {
	type seen struct{ out, topics, needed int }
	state := make([]seen, len(events))
	member := map[string][]int{}
	for i, e := range events {
		for _, t := range e.Titles {
			member[t] = append(member[t], i)
		}
	}
	var o BoardScore
	wrong, right := 0, 0
	for i, t := range titles {
		for _, k := range member[t.Title] {
			if !t.At.Before(events[k].First) && !t.At.After(events[k].Last) {
				state[k].out++
			}
		}
		for _, phrases := range find(&crisis.Post{ID: fmt.Sprint(i), Source: "board", Kind: crisis.KindBoard, Text: t.Title, Published: t.At}) {
			hit := false
			for k, e := range events {
				if t.At.Before(e.First) || t.At.Sub(e.Last) > afterLast || !slices.ContainsFunc(phrases, func(p string) bool { return namesEvent(p, &e) }) {
					continue
				}
				hit = true
				state[k].topics++
				if state[k].needed == 0 {
					state[k].needed = max(state[k].out, 1)
				}
			}
			if !hit {
				wrong++
			}
		}
	}
	var needed []float64
	for k, e := range events {
		if e.N < leastTitles {
			continue
		}
		o.Events++
		if state[k].topics > 0 {
			o.Found++
			right += state[k].topics
			needed = append(needed, float64(state[k].needed))
		}
	}
	o.Recall, o.Needed = ratio(o.Found, o.Events), median(needed)
	if o.Found > 0 {
		o.PerEvent = float64(right) / float64(o.Found)
	}
	if n := len(titles); n > 1 {
		if days := titles[n-1].At.Sub(titles[0].At).Hours() / 24; days > 0 {
			o.WrongDaily = float64(wrong) / days
		}
	}
	return o
}

// namesEvent says whether a phrase names the event as a whole: its common phrase,
// or two of its titles.
func namesEvent(phrase string, e *Event) bool {
	if names(phrase, e.Phrase) {
		return true
	}
	n := 0
	for _, t := range e.Titles {
		if names(phrase, t) {
			n++
		}
	}
	return n >= 2
}
