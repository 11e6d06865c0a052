package detectors

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchfire/crisis"
)

// packDir finds the folder with the measured material, or skips the test.
func packDir(t testing.TB, name string) string {
	t.Helper()
	shared := os.Getenv("WATCHFIRE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(shared, "bench", name)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is absent: this measurement needs the bench material beside the project", dir)
	}
	return dir
}

// incident and its pack as truth.json writes them.
type incident struct {
	ID, Topic, Strength             string
	Start, Onset, Oracle, End, Last time.Time
	PostIDs                         []string `json:"post_ids"`
	CascadeCount                    int      `json:"cascades"`
	Posts                           int
	PeakZ                           float64 `json:"peak_z"`
	posted                          []time.Time
}

type negative struct {
	Kind, Topic string
	Start, End  time.Time
}

type truth struct {
	Begin     time.Time
	Warm      int `json:"warmup_days"`
	Incidents []incident
	Negatives []negative
}

func readJSON(t testing.TB, path string, to any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
}

type alert struct {
	topic string
	at    time.Time
}

// result is what an evaluator of the pack reports.
type result struct {
	Detected   int            `json:"detected"`
	ByStrength map[string]int `json:"by_strength"`
	False      int            `json:"false_alarms"`
	ByCause    map[string]int `json:"false_by_cause"`
	PerWeek    float64        `json:"false_per_topic_week"`
	Precision  float64        `json:"precision"`
	FromStart  *float64       `json:"median_minutes_from_start"`
	FromOnset  *float64       `json:"median_minutes_from_onset"`
	FromOracle *float64       `json:"median_minutes_from_oracle"`
	Out        *float64       `json:"median_posts"`

	missed     []string
	notMinor   float64
	falseOnes  []alert
	firstAlert map[string]time.Time
}

const topicWeeks = 8 * 25 / 7.0

// cause names why a false alarm was raised: the first that fits.
func (tr *truth) cause(a alert) string {
	pads := []struct {
		kind string
		pad  time.Duration
	}{{"flood", time.Hour}, {"gap", 6 * time.Hour}, {"scheduled", 0}, {"regime", 0}, {"minor", 2 * time.Hour}}
	for _, p := range pads {
		for _, n := range tr.Negatives {
			if n.Kind != p.kind || n.Topic != a.topic {
				continue
			}
			if p.kind == "scheduled" {
				local := a.at.In(tr.Begin.Location())
				if m := local.Hour()*60 + local.Minute(); m >= 20*60 && m <= 21*60 {
					return p.kind
				}
				continue
			}
			if !a.at.Before(n.Start) && !a.at.After(n.End.Add(p.pad)) {
				return p.kind
			}
		}
	}
	return "other"
}

// score judges alerts by the rules of the pack.
func (tr *truth) score(alerts []alert) result {
	warm := tr.Begin.AddDate(0, 0, tr.Warm)
	alerts = slices.Clone(alerts)
	slices.SortStableFunc(alerts, func(a, b alert) int { return a.at.Compare(b.at) })
	r := result{
		ByStrength: map[string]int{"weak": 0, "medium": 0, "strong": 0}, firstAlert: map[string]time.Time{},
		ByCause: map[string]int{"flood": 0, "gap": 0, "scheduled": 0, "minor": 0, "regime": 0, "other": 0},
	}
	var start, onset, oracle, out []float64
	for _, in := range tr.Incidents {
		i := slices.IndexFunc(alerts, func(a alert) bool {
			return a.topic == in.Topic && a.at.After(in.Start) && !a.at.After(in.End) && !a.at.Before(warm)
		})
		if i < 0 {
			r.missed = append(r.missed, in.ID+" "+in.Strength)
			continue
		}
		at := alerts[i].at
		r.firstAlert[in.ID] = at
		r.Detected++
		r.ByStrength[in.Strength]++
		start = append(start, at.Sub(in.Start).Minutes())
		onset = append(onset, at.Sub(in.Onset).Minutes())
		oracle = append(oracle, at.Sub(in.Oracle).Minutes())
		n := 0
		for _, p := range in.posted {
			if !p.After(at) {
				n++
			}
		}
		out = append(out, float64(n))
	}
	for _, a := range alerts {
		neutral := a.at.Before(warm) || slices.ContainsFunc(tr.Incidents, func(in incident) bool {
			till := in.Last.Add(2 * time.Hour)
			if in.End.After(till) {
				till = in.End
			}
			return in.Topic == a.topic && !a.at.Before(in.Start) && !a.at.After(till)
		})
		if neutral {
			continue
		}
		r.False++
		r.ByCause[tr.cause(a)]++
		r.falseOnes = append(r.falseOnes, a)
	}
	r.PerWeek = float64(r.False) / topicWeeks
	r.notMinor = float64(r.False-r.ByCause["minor"]) / topicWeeks
	r.Precision = float64(r.Detected) / float64(max(1, r.Detected+r.False))
	r.FromStart, r.FromOnset, r.FromOracle, r.Out = median(start), median(onset), median(oracle), median(out)
	return r
}

func median(x []float64) *float64 {
	if len(x) == 0 {
		return nil
	}
	slices.Sort(x)
	m := (x[(len(x)-1)/2] + x[len(x)/2]) / 2
	return &m
}

// post is a line of posts.jsonl.gz with its text as a print.
type post struct {
	id, topic, author string
	at                time.Time
	print             uint64
	text              string
}

func readPosts(t testing.TB, path string) []post {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []post
	for sc := bufio.NewScanner(z); sc.Scan(); {
		var p struct {
			ID, Text, Topic string
			Author          string `json:"author_hash"`
			Published       time.Time
		}
		if err := json.Unmarshal(sc.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		h := fnv.New64a()
		h.Write([]byte(p.Text))
		out = append(out, post{p.ID, p.Topic, p.Author, p.Published, h.Sum64(), p.Text})
	}
	return out
}

// pack is a pack in memory.
type pack struct {
	truth
	posts []post
	zone  *time.Location
}

func readPack(t testing.TB) *pack {
	t.Helper()
	dir := packDir(t, "incidents-dev")
	var p pack
	readJSON(t, filepath.Join(dir, "truth.json"), &p.truth)
	p.posts = readPosts(t, filepath.Join(dir, "posts.jsonl.gz"))
	p.zone = time.FixedZone("CST", 8*3600)
	at := map[string]time.Time{}
	for _, x := range p.posts {
		at[x.id] = x.at
	}
	for i := range p.Incidents {
		for _, id := range p.Incidents[i].PostIDs {
			p.Incidents[i].posted = append(p.Incidents[i].posted, at[id])
		}
	}
	return &p
}

// play runs the posts through watches with the given detectors, a tick a minute.
func (p *pack) play(make func() []Detector) map[string][]Turn {
	voices := NewVoices()
	watches := map[string]*Watch{}
	var names []string
	turns := map[string][]Turn{}
	now := p.Begin.Truncate(time.Minute)
	tick := func(to time.Time) {
		for ; !now.After(to); now = now.Add(time.Minute) {
			for _, name := range names {
				turns[name] = append(turns[name], watches[name].Tick(now)...)
			}
		}
	}
	for _, x := range p.posts {
		tick(x.at.Truncate(time.Minute))
		w := watches[x.topic]
		if w == nil {
			w = NewWatch(x.topic, p.zone, make())
			watches[x.topic] = w
			names = append(names, x.topic)
		}
		w.Series().Add(x.at, voices.Count(x.topic, x.author, x.print, crisis.Neutral, x.at))
	}
	tick(now.Add(time.Hour))
	return turns
}

func alertsOf(turns map[string][]Turn) []alert {
	var out []alert
	for topic, ts := range turns {
		for _, t := range ts {
			if t.Kind == TurnOpen || t.Kind == TurnRaise {
				out = append(out, alert{topic, t.Signal.At})
			}
		}
	}
	return out
}

func defaults() []Detector {
	return []Detector{NewBlind(), NewFlood(), NewMood(), NewSurge()}
}

// TestScoreVectors checks this evaluator against the vectors of the pack.
func TestScoreVectors(t *testing.T) {
	p := readPack(t)
	var v struct {
		Cases []struct {
			Name     string
			Alerts   [][2]string
			Expected result
		}
	}
	readJSON(t, filepath.Join(packDir(t, "incidents-dev"), "vectors.json"), &v)
	for _, c := range v.Cases {
		var alerts []alert
		for _, a := range c.Alerts {
			at, err := time.Parse(time.RFC3339, a[1])
			if err != nil {
				t.Fatal(err)
			}
			alerts = append(alerts, alert{a[0], at})
		}
		got, want := p.score(alerts), c.Expected
		if got.Detected != want.Detected || got.False != want.False {
			t.Errorf("%s: detected %d, false %d; want %d, %d", c.Name, got.Detected, got.False, want.Detected, want.False)
		}
		for k, n := range want.ByCause {
			if got.ByCause[k] != n {
				t.Errorf("%s: cause %s: %d, want %d", c.Name, k, got.ByCause[k], n)
			}
		}
		for k, n := range want.ByStrength {
			if got.ByStrength[k] != n {
				t.Errorf("%s: strength %s: %d, want %d", c.Name, k, got.ByStrength[k], n)
			}
		}
		near := func(what string, a, b *float64) {
			if (a == nil) != (b == nil) || a != nil && math.Abs(*a-*b) > 1e-3 {
				t.Errorf("%s: %s differs", c.Name, what)
			}
		}
		near("start", got.FromStart, want.FromStart)
		near("onset", got.FromOnset, want.FromOnset)
		near("oracle", got.FromOracle, want.FromOracle)
		near("posts", got.Out, want.Out)
		near("rate", &got.PerWeek, &want.PerWeek)
		near("precision", &got.Precision, &want.Precision)
	}
}

// TestIncidents holds the default detectors to what they reach on the pack, a little
// below it: one incident more or less is noise, an alarm on a flood is not.
func TestIncidents(t *testing.T) {
	p := readPack(t)
	r := p.score(alertsOf(p.play(defaults)))
	t.Logf("%d of %d incidents, %.2f false alarms per topic-week (%.2f not on minor bursts), median %v minutes; missed %v; false %v",
		r.Detected, len(p.Incidents), r.PerWeek, r.notMinor, *r.FromStart, r.missed, r.falseOnes)
	if r.Detected < 36 || r.ByStrength["medium"] < 13 || r.ByStrength["strong"] < 13 {
		t.Errorf("detected %d of %d, by strength %v; missed %v", r.Detected, len(p.Incidents), r.ByStrength, r.missed)
	}
	if r.PerWeek > 0.40 {
		t.Errorf("%.2f false alarms per topic-week, want at most 0.40: %v", r.PerWeek, r.ByCause)
	}
	for _, cause := range []string{"flood", "gap", "scheduled", "regime"} {
		if n := r.ByCause[cause]; n > 0 {
			t.Errorf("%d false alarms on a %s", n, cause)
		}
	}
}
