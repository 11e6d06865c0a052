package score

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Incidents is a pack of posts with incidents of known start, laid over a
// background with floods, gaps, changes of level, a daily programme and small
// real bursts.
type Incidents struct {
	Begin     time.Time  `json:"begin"`
	Days      int        `json:"days"`
	Warm      int        `json:"warmup_days"`
	Topics    []any      `json:"topics"`
	Incidents []Laid     `json:"incidents"`
	Negatives []Negative `json:"negatives"`

	posts []heard // all of the pack, in order of time
}

// heard is when a topic was spoken of.
type heard struct {
	topic string
	at    time.Time
}

// Laid is one incident as it was laid into the background.
type Laid struct {
	ID       string    `json:"id"`
	Topic    string    `json:"topic"`
	Strength string    `json:"strength"` // weak, medium or strong
	Start    time.Time `json:"start"`
	Onset    time.Time `json:"onset"`
	Oracle   time.Time `json:"oracle"` // when somebody who knows the true background could be sure
	End      time.Time `json:"end"`
	Last     time.Time `json:"last"`
	PostIDs  []string  `json:"post_ids"`

	posted []time.Time
}

// Negative is a stretch in which an alarm would be false, and why.
type Negative struct {
	Kind  string    `json:"kind"`
	Topic string    `json:"topic"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Alarm is the opening or the raise of an incident by the detector.
type Alarm struct {
	Topic string
	At    time.Time
}

// Outcome is what alarms were worth.
type Outcome struct {
	Incidents     int            `json:"incidents"`
	Detected      int            `json:"detected"`
	Recall        float64        `json:"recall"`
	ByStrength    map[string]int `json:"by_strength"`
	False         int            `json:"false_alarms"`
	ByCause       map[string]int `json:"false_by_cause"`
	TopicWeeks    float64        `json:"topic_weeks"`
	FalseWeekly   float64        `json:"false_per_topic_week"`
	NotMinor      float64        `json:"not_minor_per_topic_week"`
	Precision     float64        `json:"precision"`
	FromStart     *float64       `json:"median_minutes_from_start"`
	FromOnset     *float64       `json:"median_minutes_from_onset"`
	FromOracle    *float64       `json:"median_minutes_from_oracle"`
	PostsOut      *float64       `json:"median_posts"`
	Missed        []string       `json:"missed"`
	FalseAlarmsAt []Alarm        `json:"-"`
}

// ReadIncidents reads the truth of a pack, and from its posts when each post of an
// incident was published.
func ReadIncidents(dir string) (*Incidents, error) {
	var p Incidents
	if err := readJSON(filepath.Join(dir, "truth.json"), &p); err != nil {
		return nil, err
	}
	if len(p.Incidents) == 0 || len(p.Topics) == 0 || p.Days <= p.Warm {
		return nil, fmt.Errorf("%s: want incidents, topics and more days than warm-up", filepath.Join(dir, "truth.json"))
	}
	at, err := p.readPosts(p.PostsFile(dir))
	if err != nil {
		return nil, err
	}
	for i := range p.Incidents {
		in := &p.Incidents[i]
		for _, id := range in.PostIDs {
			t, ok := at[id]
			if !ok {
				return nil, fmt.Errorf("%s: post %s of incident %s is missing", p.PostsFile(dir), id, in.ID)
			}
			in.posted = append(in.posted, t)
		}
	}
	return &p, nil
}

// PostsFile is where the posts of the pack in dir lie.
func (p *Incidents) PostsFile(dir string) string { return filepath.Join(dir, "posts.jsonl.gz") }

// readPosts reads when each post was published, and returns that by their ids.
func (p *Incidents) readPosts(path string) (map[string]time.Time, error) {
	at := map[string]time.Time{}
	err := eachLine(path, func(line []byte) error {
		var x struct {
			ID        string    `json:"id"`
			Topic     string    `json:"topic"`
			Published time.Time `json:"published"`
		}
		if err := json.Unmarshal(line, &x); err != nil {
			return err
		}
		at[x.ID] = x.Published
		p.posts = append(p.posts, heard{x.Topic, x.Published})
		return nil
	})
	return at, err
}

// eachLine calls f for the lines of a gz file.
func eachLine(path string, f func([]byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read a pack: %w", err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 1<<22)
	for n := 1; sc.Scan(); n++ {
		if err := f(sc.Bytes()); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// topicWeeks is how long all topics together were watched after the warm-up.
func (p *Incidents) topicWeeks() float64 {
	return float64(len(p.Topics)) * float64(p.Days-p.Warm) / 7
}

// Score judges alarms by the rules of the pack.
func (p *Incidents) Score(alarms []Alarm) Outcome {
	alarms = slices.Clone(alarms)
	slices.SortStableFunc(alarms, func(a, b Alarm) int { return a.At.Compare(b.At) })
	warm := p.Begin.AddDate(0, 0, p.Warm)
	o := Outcome{
		Incidents: len(p.Incidents), TopicWeeks: p.topicWeeks(), Missed: []string{},
		ByStrength: map[string]int{"weak": 0, "medium": 0, "strong": 0},
		ByCause:    map[string]int{"flood": 0, "gap": 0, "scheduled": 0, "minor": 0, "regime": 0, "other": 0},
	}
	var start, onset, oracle, out []float64
	for i := range p.Incidents {
		in := &p.Incidents[i]
		at, ok := in.found(alarms, warm)
		if !ok {
			o.Missed = append(o.Missed, in.ID)
			continue
		}
		o.Detected++
		o.ByStrength[in.Strength]++
		start = append(start, at.Sub(in.Start).Minutes())
		onset = append(onset, at.Sub(in.Onset).Minutes())
		oracle = append(oracle, at.Sub(in.Oracle).Minutes())
		out = append(out, in.outBy(at))
	}
	for _, a := range alarms {
		if a.At.Before(warm) || slices.ContainsFunc(p.Incidents, func(in Laid) bool { return in.covers(a) }) {
			continue
		}
		o.False++
		o.ByCause[p.cause(a)]++
		o.FalseAlarmsAt = append(o.FalseAlarmsAt, a)
	}
	o.Recall = ratio(o.Detected, o.Incidents)
	o.FalseWeekly = float64(o.False) / o.TopicWeeks
	o.NotMinor = float64(o.False-o.ByCause["minor"]) / o.TopicWeeks
	o.Precision = ratio(o.Detected, o.Detected+o.False)
	o.FromStart, o.FromOnset, o.FromOracle, o.PostsOut = median(start), median(onset), median(oracle), median(out)
	return o
}

// found returns the first alarm that detects the incident.
func (in *Laid) found(alarms []Alarm, warm time.Time) (time.Time, bool) {
	for _, a := range alarms {
		if a.Topic == in.Topic && a.At.After(in.Start) && !a.At.After(in.End) && !a.At.Before(warm) {
			return a.At, true
		}
	}
	return time.Time{}, false
}

// outBy is how many posts of the incident were out at a time.
func (in *Laid) outBy(at time.Time) float64 {
	n := 0.0
	for _, t := range in.posted {
		if !t.After(at) {
			n++
		}
	}
	return n
}

// covers says that an alarm belongs to the incident or its aftermath, and is not
// counted as false.
func (in *Laid) covers(a Alarm) bool {
	till := in.Last.Add(2 * time.Hour)
	if in.End.After(till) {
		till = in.End
	}
	return in.Topic == a.Topic && !a.At.Before(in.Start) && !a.At.After(till)
}

// cause names why a false alarm was raised: the first that fits.
func (p *Incidents) cause(a Alarm) string {
	for _, c := range [...]struct {
		kind string
		pad  time.Duration
	}{{"flood", time.Hour}, {"gap", 6 * time.Hour}, {"scheduled", 0}, {"regime", 0}, {"minor", 2 * time.Hour}} {
		for _, n := range p.Negatives {
			if n.Kind != c.kind || n.Topic != a.Topic {
				continue
			}
			if c.kind == "scheduled" { // the same hour every day
				local := a.At.In(p.Begin.Location())
				if m := local.Hour()*60 + local.Minute(); m >= 20*60 && m <= 21*60 {
					return c.kind
				}
				continue
			}
			if !a.At.Before(n.Start) && !a.At.After(n.End.Add(c.pad)) {
				return c.kind
			}
		}
	}
	return "other"
}
