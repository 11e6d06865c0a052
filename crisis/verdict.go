package crisis

import (
	"math"
	"strings"
	"time"
)

// Verdict is a person's judgement of what opened an incident (研判结论).
type Verdict string

// The verdicts.
const (
	VerdictReal  Verdict = "real"  // it was right to tell people
	VerdictNoise Verdict = "noise" // nothing was the matter
	VerdictKnown Verdict = "known" // something known was the matter, such as a planned event
)

// valid says whether v is one of the verdicts.
func (v Verdict) valid() bool { return v == VerdictReal || v == VerdictNoise || v == VerdictKnown }

// Judged is the payload of EventVerdict.
type Judged struct {
	Verdict Verdict `json:"verdict"`
	Note    string  `json:"note,omitempty"`
}

// decideVerdict lets a person judge an incident, open or closed, and think better
// of it later. A drill says nothing about the rule that did not open it.
func decideVerdict(c *causes) error {
	in, a := c.in, c.act
	switch {
	case a.By == Machine:
		return refuse("only a person judges an incident")
	case !a.Verdict.valid():
		return refuse("%q is not a verdict; the verdicts are real, noise and known", a.Verdict)
	case in.Drill:
		return refuse("a drill is not judged")
	case in.Verdict == a.Verdict && strings.TrimSpace(a.Note) == "":
		return refuse("the verdict is %s already, by %s", a.Verdict, in.JudgedBy)
	}
	c.add(EventVerdict, Judged{Verdict: a.Verdict, Note: a.Note})
	return nil
}

func (in *Incident) applyVerdict(e *Event, j Judged) error {
	in.Verdict, in.JudgedBy = j.Verdict, e.Actor
	return nil
}

// Record is how the incidents that one rule opened were judged (准确率).
type Record struct {
	Rule  string `json:"rule"` // the detector
	Real  int    `json:"real"`
	Noise int    `json:"noise"`
	Known int    `json:"known"`
}

// RecordSpan is how far back verdicts speak for a rule: long enough for a score of
// verdicts, short enough to be about the words and sources of today.
const RecordSpan = 180 * 24 * time.Hour

// Judged returns how many incidents were judged.
func (r *Record) Judged() int { return r.Real + r.Noise + r.Known }

// Add counts one verdict.
func (r *Record) Add(v Verdict) {
	switch v {
	case VerdictReal:
		r.Real++
	case VerdictNoise:
		r.Noise++
	case VerdictKnown:
		r.Known++
	}
}

// Share returns the share of the judged incidents that were real, with its 95 %
// interval. What was known counts against the rule, because nobody had to be told.
func (r *Record) Share() (share, low, high float64) {
	n := r.Judged()
	low, high = Wilson(r.Real, n)
	if n == 0 {
		return 0, low, high
	}
	return float64(r.Real) / float64(n), low, high
}

// Wilson returns the 95 % interval of a share of k in n (Wilson 1927); of nothing
// counted, everything is possible.
func Wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(mid-half, 0), min(mid+half, 1)
}
