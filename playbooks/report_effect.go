package playbooks

import (
	"fmt"
	"time"

	"watchfire/crisis"
)

// beside is how long before and after a statement is compared.
const beside = 2 * time.Hour

// wellSeen is the coverage from which a bucket counts as seen.
const wellSeen = 0.99

// rating is how many rated voices a share needs to be worth telling.
const rating = 10

// Stretch is what was counted over a stretch of time.
type Stretch struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Voices   float64   `json:"voices"`
	Negative float64   `json:"negative"`
	Rated    float64   `json:"rated"`
	Rumour   float64   `json:"rumour"`
	Expected float64   `json:"expected"`
	Low      float64   `json:"low"`
	High     float64   `json:"high"`
	Coverage float64   `json:"coverage"` // mean; 0 also when there is no point
	Points   int       `json:"points"`
}

// Share is the negative share of the rated voices; false when too few were rated.
func (s *Stretch) Share() (float64, bool) {
	if s.Rated < rating {
		return 0, false
	}
	return s.Negative / s.Rated, true
}

// StatementEffect is what was seen around the publication of a statement (发布效果).
type StatementEffect struct {
	Statement string    `json:"statement"`
	Kind      string    `json:"kind"`
	At        time.Time `json:"at"`
	Event     int       `json:"event"`
	Before    Stretch   `json:"before"`
	After     Stretch   `json:"after"`
	Verdict   string    `json:"verdict"` // fell, rose, none, blind or short
}

// sum adds up the points that lie in a stretch as a whole.
func (w *reporter) sum(from, to time.Time) Stretch {
	s := Stretch{From: from, To: to}
	for _, p := range w.Points {
		if p.At.Before(from) || p.At.Add(w.Bucket).After(to) {
			continue
		}
		s.Points++
		s.Voices, s.Negative, s.Rated, s.Rumour = s.Voices+p.Observed, s.Negative+p.Negative, s.Rated+p.Rated, s.Rumour+p.Rumour
		s.Expected, s.Low, s.High, s.Coverage = s.Expected+p.Expected, s.Low+p.Low, s.High+p.High, s.Coverage+p.Coverage
	}
	if s.Points > 0 {
		s.Coverage /= float64(s.Points)
	}
	return s
}

// trace names the series that a stretch was added up from.
func (w *reporter) trace(s *Stretch, events ...int) *Trace {
	t := from(events...)
	if t == nil {
		t = &Trace{}
	}
	t.Series = w.series(s.From, s.To)
	return t
}

func (w *reporter) series(from, to time.Time) string {
	return fmt.Sprintf("counts topic=%s from=%s to=%s bucket=%s", w.in.Topic, from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339), w.Bucket)
}

// publishings are the moments at which a statement was first published or seen, with
// the events that say so, in the order of the statements.
func (w *reporter) publishings() []StatementEffect {
	var out []StatementEffect
	first := map[string]StatementEffect{}
	for _, kind := range []crisis.EventKind{crisis.EventPublished, crisis.EventSeen} {
		for _, seq := range w.seqs[kind] {
			e := &w.Events[seq-1]
			id := payload[crisis.Publication](e).Statement // a Sighting names it by the same key
			if had, ok := first[id]; !ok || e.At.Before(had.At) {
				first[id] = StatementEffect{Statement: id, At: e.At, Event: seq}
			}
		}
	}
	for i := range w.in.Statements {
		if s, ok := first[w.in.Statements[i].ID]; ok {
			s.Kind = w.in.Statements[i].Kind
			out = append(out, s)
		}
	}
	return out
}

// effects compares two hours before each statement with two hours after.
func (w *reporter) effects() []StatementEffect {
	out := w.publishings()
	for i := range out {
		s := &out[i]
		if w.Bucket <= 0 {
			s.Verdict = "blind"
			continue
		}
		at := s.At.Truncate(w.Bucket)
		s.Before, s.After = w.sum(at.Add(-beside), at), w.sum(at.Add(w.Bucket), at.Add(w.Bucket+beside))
		s.Verdict = s.judge(int(beside / w.Bucket))
	}
	return out
}

// judge says what is to be seen in the counts, and claims no cause. A change counts
// when it is larger than chance and than what the hour would have brought anyway.
func (s *StatementEffect) judge(points int) string {
	switch {
	case points == 0 || s.Before.Points < points || s.After.Points < points:
		return "short"
	case s.Before.Coverage < 0.9 || s.After.Coverage < 0.9:
		return "blind"
	}
	usual := s.After.Expected - s.Before.Expected
	change := s.After.Voices - s.Before.Voices - usual
	// Twice the standard deviation of the difference of two Poisson counts.
	noise := s.Before.Voices + s.After.Voices
	switch {
	case change*change <= 4*noise:
		return "none"
	case change < 0:
		return "fell"
	}
	return "rose"
}

// blind joins the neighbouring buckets in which something was not seen.
func (w *reporter) blind() []BlindSpan {
	out := []BlindSpan{}
	n := 0
	for _, p := range w.Points {
		if p.Coverage >= wellSeen {
			n = 0
			continue
		}
		end := p.At.Add(w.Bucket)
		if n == 0 {
			out = append(out, BlindSpan{p.At, end, 0})
		}
		last := &out[len(out)-1]
		last.To = end
		last.Coverage = (last.Coverage*float64(n) + p.Coverage) / float64(n+1)
		n++
	}
	return out
}

// marks are the moments that the charts show.
func (w *reporter) marks() []ReportMark {
	out := []ReportMark{}
	for i := range w.Events {
		e := &w.Events[i]
		kind, text, at := "", "", e.At
		switch e.Kind {
		case crisis.EventDetected:
			kind, text = "opened", w.w("立案", "opened")
		case crisis.EventHappened:
			kind, text, at = "happened", w.w("事发", "happened"), w.in.Happened
		case crisis.EventSignal:
			kind, text = "alert", w.w("警报", "alert")
		case crisis.EventPublished:
			kind, text = "statement", w.w("发布", "published")+" "+payload[crisis.Publication](e).Statement
		case crisis.EventStepDone:
			kind = "tick"
		case crisis.EventClosed:
			kind, text = "closed", w.w("结案", "closed")
		}
		if kind != "" {
			out = append(out, ReportMark{at, kind, text, e.Seq})
		}
	}
	return out
}

// peak is the loudest hour, or the loudest bucket when buckets are longer than that.
func (w *reporter) peak() (Stretch, bool) {
	var best Stretch
	if w.Bucket <= 0 {
		return best, false
	}
	n := max(1, int(time.Hour/w.Bucket))
	var s Stretch
	for i, p := range w.Points {
		s.add(p, 1)
		if i >= n {
			s.add(w.Points[i-n], -1)
		}
		if s.Voices > best.Voices {
			best = s
			best.From, best.To = w.Points[max(0, i-n+1)].At, p.At.Add(w.Bucket)
		}
	}
	if best.Points > 0 {
		best.Coverage /= float64(best.Points)
	}
	return best, best.Voices > 0
}

func (s *Stretch) add(p ReportPoint, sign float64) {
	s.Points += int(sign)
	s.Voices, s.Negative, s.Rated = s.Voices+sign*p.Observed, s.Negative+sign*p.Negative, s.Rated+sign*p.Rated
	s.Expected, s.Low, s.High, s.Coverage = s.Expected+sign*p.Expected, s.Low+sign*p.Low, s.High+sign*p.High, s.Coverage+sign*p.Coverage
}
