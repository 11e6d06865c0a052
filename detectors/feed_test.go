package detectors

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"watchfire/crisis"
)

// shanghai has no summer time, so that a day is a day.
func shanghai(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// people are so many posts of as many authors, each in words of its own.
func people(n int) crisis.Count { return crisis.Count{Posts: n, Voices: n, Unique: n} }

// minuteAt is the m-th minute after monday.
func minuteAt(m int) time.Time { return monday.Add(time.Duration(m) * time.Minute) }

// told is a turn and the minute, counted from monday, at whose end it came.
type told struct {
	minute int
	Turn
}

// watch feeds the minutes from, to of what count says to w, and returns its turns.
func watch(w *Watch, from, to int, count func(m int) crisis.Count) []told {
	var out []told
	for m := from; m < to; m++ {
		if c := count(m); c != (crisis.Count{}) {
			w.Series().Add(minuteAt(m), c)
		}
		for _, turn := range w.Tick(minuteAt(m + 1)) {
			out = append(out, told{m, turn})
		}
	}
	return out
}

// turnsOf are the turns of the given kinds.
func turnsOf(turns []told, kinds ...TurnKind) []told {
	var out []told
	for _, x := range turns {
		for _, k := range kinds {
			if x.Kind == k {
				out = append(out, x)
			}
		}
	}
	return out
}

// poisson draws a count of the given mean.
func poisson(r *rand.Rand, mean float64) int {
	limit, n := math.Exp(-mean), 0
	for p := r.Float64(); p > limit; p *= r.Float64() {
		n++
	}
	return n
}

// background makes a stream of so many posts an hour, by chance. It must be asked
// minute by minute.
func background(seed uint64, anHour float64) func(m int) crisis.Count {
	r := rand.New(rand.NewPCG(seed, 1))
	return func(int) crisis.Count { return people(poisson(r, anHour/60)) }
}

// plus adds n people, evenly spread over the minutes from, to, to a stream.
func plus(stream func(int) crisis.Count, n, from, to int) func(int) crisis.Count {
	return func(m int) crisis.Count {
		c := stream(m)
		if m >= from && m < to {
			k, d := m-from, to-from
			c = c.Plus(people(n*(k+1)/d - n*k/d))
		}
		return c
	}
}

const days, hours = day, 60
