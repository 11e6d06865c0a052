package score

import "watchfire/detectors"

// Judge runs a judge of its own over each series, as `watchfire backtest --series`
// does, and returns the scores of the rows and the rows that alerted.
func (n *NAB) Judge(newJudge func() detectors.Judge) (scores map[string][]float64, found Detections) {
	scores, found = map[string][]float64{}, Detections{}
	for _, l := range n.Series {
		j := newJudge()
		for i, r := range l.Rows {
			v := judged(r, j)
			scores[l.Name] = append(scores[l.Name], v.Score)
			if v.Alert {
				found[l.Name] = append(found[l.Name], i)
			}
		}
	}
	return scores, found
}

// Transfer judges every series at the threshold that is best for the others, and
// returns what all of them earn together: what a threshold is worth where nobody
// could tune it.
func (n *NAB) Transfer(profile string, scores map[string][]float64) Figures {
	c := n.Costs[profile]
	raw := 0.0
	for i, l := range n.Series {
		others := &NAB{Costs: n.Costs}
		others.Series = append(append(others.Series, n.Series[:i]...), n.Series[i+1:]...)
		threshold, _ := others.Best(profile, scores)
		alone := &NAB{Costs: n.Costs, Series: []*Labelled{l}}
		raw += alone.Score(profile, Above(scores, threshold)).Raw
	}
	return n.figures(raw, c)
}
