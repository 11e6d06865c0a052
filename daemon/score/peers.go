package score

import (
	"math"
	"time"
)

// Peer is a rule by which another open monitor raises an alarm, as its source code
// states it, on counts of one bucket after the other.
type Peer struct {
	Name  string
	Rule  string
	Every time.Duration
	start func() func(count float64) bool // says whether the bucket raises an alarm
}

// Peers are the rules that are stated exactly enough to be run.
var Peers = []Peer{
	{"Huginn PeakDetectorAgent", "an hour above mean + 3 sd of 14 days, four hours at least, two days between peaks", time.Hour, meanAndDeviation},
	{"Watcher, breaking", "15 in 30 minutes", 30 * time.Minute, fixed(15)},
	{"Watcher, trendy", "5 in 30 minutes", 30 * time.Minute, fixed(5)},
}

// fixed raises an alarm where the count crosses a number.
func fixed(least float64) func() func(float64) bool {
	return func() func(float64) bool {
		above := false
		return func(count float64) bool {
			was := above
			above = count >= least
			return above && !was
		}
	}
}

func meanAndDeviation() func(float64) bool {
	const memory, fewest, apart = 14 * 24, 4, 2 * 24
	var past []float64
	since := apart
	return func(count float64) bool {
		since++
		n := float64(len(past))
		var mean, square float64
		for _, x := range past {
			mean += x / n
		}
		for _, x := range past {
			square += (x - mean) * (x - mean) / n
		}
		peak := len(past) >= fewest && count > mean+3*math.Sqrt(square) && since > apart
		if past = append(past, count); len(past) > memory {
			past = past[1:]
		}
		if peak {
			since = 0
		}
		return peak
	}
}

// PeerAlarms runs a rule over the posts of every topic. It counts posts, as the
// peers do, and not voices.
func (p *Incidents) PeerAlarms(peer Peer) []Alarm {
	counts := map[string][]float64{}
	for _, x := range p.posts {
		i := int(x.at.Sub(p.Begin) / peer.Every)
		for len(counts[x.topic]) <= i {
			counts[x.topic] = append(counts[x.topic], 0)
		}
		counts[x.topic][i]++
	}
	var out []Alarm
	for topic, of := range counts {
		alarm := peer.start()
		for i, n := range of {
			if alarm(n) {
				out = append(out, Alarm{topic, p.Begin.Add(time.Duration(i+1) * peer.Every)})
			}
		}
	}
	return out
}

// PeerRows runs a rule over every series, and returns the rows with which the
// buckets that raised an alarm ended.
func (n *NAB) PeerRows(peer Peer) Detections {
	found := Detections{}
	for _, l := range n.Series {
		alarm := peer.start()
		sum, end := 0.0, l.Rows[0].At.Add(peer.Every)
		for i, r := range l.Rows {
			sum += r.Value
			if i+1 < len(l.Rows) && l.Rows[i+1].At.Before(end) {
				continue
			}
			if alarm(sum) {
				found[l.Name] = append(found[l.Name], i)
			}
			sum, end = 0, end.Add(peer.Every)
		}
	}
	return found
}
