package score

import (
	"encoding/json"
	"hash/fnv"
	"path/filepath"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/detectors"
)

func readIncidents(t testing.TB) (*Incidents, string) {
	t.Helper()
	dir := packDir(t, "incidents-dev")
	p, err := ReadIncidents(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p, dir
}

func TestIncidentVectors(t *testing.T) {
	p, dir := readIncidents(t)
	var v struct {
		Cases []struct {
			Name     string
			Alerts   [][2]string
			Expected Outcome
		}
	}
	if err := readJSON(filepath.Join(dir, "vectors.json"), &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range v.Cases {
		var alarms []Alarm
		for _, a := range c.Alerts {
			at, err := time.Parse(time.RFC3339, a[1])
			if err != nil {
				t.Fatal(err)
			}
			alarms = append(alarms, Alarm{a[0], at})
		}
		got, want := p.Score(alarms), c.Expected
		if got.Incidents != want.Incidents || got.Detected != want.Detected || got.False != want.False {
			t.Errorf("%s: detected %d of %d, false %d; want %d of %d, %d", c.Name, got.Detected, got.Incidents, got.False, want.Detected, want.Incidents, want.False)
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
		near(t, c.Name+" recall", got.Recall, want.Recall)
		near(t, c.Name+" topic-weeks", got.TopicWeeks, want.TopicWeeks)
		near(t, c.Name+" false a week", got.FalseWeekly, want.FalseWeekly)
		near(t, c.Name+" precision", got.Precision, want.Precision)
		nearOrNone(t, c.Name+" from start", got.FromStart, want.FromStart)
		nearOrNone(t, c.Name+" from onset", got.FromOnset, want.FromOnset)
		nearOrNone(t, c.Name+" from oracle", got.FromOracle, want.FromOracle)
		nearOrNone(t, c.Name+" posts", got.PostsOut, want.PostsOut)
	}
}

// post is a line of posts.jsonl.gz with its text as a print.
type post struct {
	topic, author string
	at            time.Time
	print         uint64
}

func readPosts(t testing.TB, path string) []post {
	t.Helper()
	var out []post
	err := eachLine(path, func(line []byte) error {
		var p struct {
			Text, Topic string
			Author      string `json:"author_hash"`
			Published   time.Time
		}
		if err := json.Unmarshal(line, &p); err != nil {
			return err
		}
		h := fnv.New64a()
		h.Write([]byte(p.Text))
		out = append(out, post{p.Topic, p.Author, p.Published, h.Sum64()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// play runs the posts through watches with the default detectors, a tick a
// minute, and returns what opened and what was raised.
func play(p *Incidents, posts []post) []Alarm {
	voices := detectors.NewVoices()
	watches := map[string]*detectors.Watch{}
	var names []string
	var out []Alarm
	now := p.Begin.Truncate(time.Minute)
	tick := func(to time.Time) {
		for ; !now.After(to); now = now.Add(time.Minute) {
			for _, name := range names {
				for _, turn := range watches[name].Tick(now) {
					if turn.Kind == detectors.TurnOpen || turn.Kind == detectors.TurnRaise {
						out = append(out, Alarm{name, turn.Signal.At})
					}
				}
			}
		}
	}
	zone := p.Begin.Location()
	for _, x := range posts {
		tick(x.at.Truncate(time.Minute))
		w := watches[x.topic]
		if w == nil {
			var rules []detectors.Detector
			for _, kind := range []string{"blind", "flood", "mood", "surge"} {
				rules = append(rules, detectors.Kinds[kind]())
			}
			w = detectors.NewWatch(x.topic, zone, rules)
			watches[x.topic] = w
			names = append(names, x.topic)
		}
		w.Series().Add(x.at, voices.Count(x.topic, x.author, x.print, crisis.Neutral, x.at))
	}
	tick(now.Add(time.Hour))
	return out
}

// TestIncidents holds the default detectors to what they reach on the pack, a little
// below it: one incident more or less is noise, an alarm on a flood is not.
func TestIncidents(t *testing.T) {
	p, dir := readIncidents(t)
	o := p.Score(play(p, readPosts(t, p.PostsFile(dir))))
	if o.FromStart == nil {
		t.Fatal("nothing was detected")
	}
	t.Logf("%d of %d incidents, %.2f false alarms per topic-week (%.2f not on minor bursts), median %v minutes; missed %v; false %v",
		o.Detected, o.Incidents, o.FalseWeekly, o.NotMinor, *o.FromStart, o.Missed, o.FalseAlarmsAt)
	if o.Detected < 36 || o.ByStrength["medium"] < 13 || o.ByStrength["strong"] < 13 {
		t.Errorf("detected %d of %d, by strength %v; missed %v", o.Detected, o.Incidents, o.ByStrength, o.Missed)
	}
	if o.FalseWeekly > 0.40 {
		t.Errorf("%.2f false alarms per topic-week, want at most 0.40: %v", o.FalseWeekly, o.ByCause)
	}
	for _, cause := range []string{"flood", "gap", "scheduled"} {
		if n := o.ByCause[cause]; n > 0 {
			t.Errorf("%d false alarms on a %s", n, cause)
		}
	}
}
