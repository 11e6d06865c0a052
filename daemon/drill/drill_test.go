package drill_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/drill"
	"watchfire/playbooks"
)

var begin = time.Date(2026, 3, 16, 14, 20, 0, 0, time.FixedZone("", 8*3600))

// TestScenarios reads every shipped scenario: fourteen of them, with ids in order,
// plans, deadlines and roles that exist, and posts that fall into the drill.
func TestScenarios(t *testing.T) {
	all, err := drill.All()
	if err != nil {
		t.Fatal(err)
	}
	lib, err := playbooks.Load(playbooks.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 14 {
		t.Fatalf("%d scenarios, want 14", len(all))
	}
	for i, s := range all {
		if want := "D" + strconv.Itoa(i+1); s.ID != want {
			t.Errorf("scenario %d is %s, want %s", i, s.ID, want)
		}
		for _, c := range s.Calls {
			if _, ok := lib.Vocabulary().Role(c.To); !ok {
				t.Errorf("%s: a call to %q, whom nobody knows", s.ID, c.To)
			}
		}
		if id := s.Expect.RedLine; id != "" {
			if _, ok := lib.Deadline(id); !ok {
				t.Errorf("%s: there is no deadline %s", s.ID, id)
			}
		}
		if alone := s.ID == "D12" || s.ID == "D14"; alone != (s.Teams["good"] == nil || s.Teams["bad"] == nil) || !alone && len(s.Duties) < 2 {
			t.Errorf("%s has %d duties and %d teams", s.ID, len(s.Duties), len(s.Teams))
		}
		topics := map[string]bool{}
		for _, topic := range s.Topics {
			topics[topic.ID] = true
		}
		for _, id := range append(slices.Clone(s.Expect.Quiet), s.Expect.Topic) {
			if id != "" && !topics[id] {
				t.Errorf("%s: it expects something of topic %s, which it does not have", s.ID, id)
			}
		}
		guests, err := s.Guests(begin, 7)
		if err != nil {
			t.Errorf("%s: %v", s.ID, err)
		}
		for _, g := range guests {
			if g.At.Before(begin.Add(-7*24*time.Hour)) || g.At.After(begin.Add(s.Lasts)) || g.Text == "" || strings.ContainsAny(g.Text, "{}") {
				t.Errorf("%s: %s says %q", s.ID, g.At, g.Text)
			}
		}
	}
}

// TestSame holds that a scenario says the same each time.
func TestSame(t *testing.T) {
	s, err := drill.Find("d1")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Guests(begin, 3)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Guests(begin, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a, b) {
		t.Error("two drills of one scenario say different things")
	}
}

// TestJudge holds that what did not happen is found out.
func TestJudge(t *testing.T) {
	s, err := drill.Find("D1")
	if err != nil {
		t.Fatal(err)
	}
	s.Duties = nil // TestDrills in the command holds them
	plan := crisis.Plan{ID: "public-safety-accident", Steps: []crisis.Step{{ID: "a", RedLines: []crisis.RedLine{{ID: "cn-80-authoritative-5h"}}}}}
	in := crisis.Incident{ID: "1", Topic: "fire", Opened: begin.Add(12 * time.Minute), OpinionLevel: crisis.LevelII, Plans: []crisis.Plan{plan}, Steps: []crisis.StepState{{Step: plan.Steps[0]}}}
	good := drill.Facts{Begin: begin, Incidents: []crisis.Incident{in}, Rescues: 3, Manned: true, Lint: func(string, string) []string { return []string{"cause.premature", "elem.next-update"} }}
	for _, c := range s.Judge(good) {
		if !c.OK {
			t.Errorf("%s does not hold: %s", c.What.EN, c.Found)
		}
	}
	late, other, low := in, in, in
	late.Opened, other.Plans, low.OpinionLevel = begin.Add(time.Hour), []crisis.Plan{{ID: "generic"}}, crisis.LevelIII
	for name, f := range map[string]drill.Facts{
		"nothing":        {Begin: begin, Rescues: 3, Lint: good.Lint},
		"late":           {Begin: begin, Rescues: 3, Lint: good.Lint, Incidents: []crisis.Incident{late}},
		"another plan":   {Begin: begin, Rescues: 3, Lint: good.Lint, Incidents: []crisis.Incident{other}},
		"too low":        {Begin: begin, Rescues: 3, Lint: good.Lint, Incidents: []crisis.Incident{low}, Manned: true},
		"missed rescue":  {Begin: begin, Rescues: 2, Lint: good.Lint, Incidents: []crisis.Incident{in}},
		"draft let pass": {Begin: begin, Rescues: 3, Lint: func(string, string) []string { return nil }, Incidents: []crisis.Incident{in}},
	} {
		if !slices.ContainsFunc(s.Judge(f), func(c drill.Check) bool { return !c.OK }) {
			t.Errorf("%s: everything is said to hold", name)
		}
	}
}

// TestFromIncident holds that a past incident comes again at the distances of then.
func TestFromIncident(t *testing.T) {
	in := crisis.Incident{ID: "20260316-01", Topic: "tap", Title: "自来水", Plans: []crisis.Plan{{ID: "service-outage"}}}
	topic := crisis.Topic{ID: "tap", Title: "自来水", Any: []string{"自来水"}}
	posts := []crisis.Post{
		{Text: "自来水发黄", Author: "a", Published: begin.Add(time.Hour)},
		{Text: "自来水有味", Author: "b", Published: begin.Add(90 * time.Minute)},
		{Text: "自来水异味 官方回应", Author: "c", Kind: crisis.KindArticle, Published: begin.Add(2 * time.Hour)},
		{Text: "自来水好了", Published: begin.Add(30 * time.Hour)},
	}
	s, err := drill.FromIncident(&in, topic, posts)
	if err != nil {
		t.Fatal(err)
	}
	later := begin.AddDate(0, 1, 0)
	guests, err := s.Guests(later, 7)
	if err != nil || len(guests) != 3 || guests[1].At.Sub(guests[0].At) != 30*time.Minute || guests[0].At.Before(later) || guests[2].Source == guests[0].Source {
		t.Errorf("guests %+v, %v", guests, err)
	}
	if _, err := drill.FromIncident(&in, topic, nil); err == nil || !strings.Contains(err.Error(), "no longer stored") {
		t.Errorf("without posts: %v", err)
	}
}

// TestParse holds that a scenario that would teach the wrong thing is refused.
func TestParse(t *testing.T) {
	const head = "id: X\ntitle: {zh: a, en: a}\nbrief: {zh: a, en: a}\ntrap: {zh: a, en: a}\n"
	for text, want := range map[string]string{
		"id: X\n":                          "id, title, brief and trap are needed",
		head + "lasts: 48h\n":              "lasts 48h0m0s",
		head + "lasts: 1h\n":               "topics",
		head + "lasts: 1h\nhours: 14:20\n": "hours",
		head + "lasts: 1h\nhour: noon\ntopics: [{id: a}]\n":                                                     "time of day",
		head + "lasts: 1h\ntopics: [{id: a}]\nwaves: [{source: mars, posts: 1, say: [a]}]\n":                    `source "mars"`,
		head + "lasts: 1h\ntopics: [{id: a}]\nwaves: [{source: micro, posts: 1, from: 2h, to: 3h, say: [a]}]\n": "within",
		head + "lasts: 1h\ntopics: [{id: a}]\nwaves: [{source: micro, posts: 1, say: ['{no.such}']}]\n":         "no words called",
		head + "lasts: 1h\ntopics: [{id: a}]\nduties: [{told: 1}]\n":                                            "say what it is",
		head + "lasts: 1h\ntopics: [{id: a}]\nduties: [{what: {zh: a, en: a}, told: 1, kept: true}]\n":          "exactly one of",
		head + "lasts: 1h\ntopics: [{id: a}]\nduties: [{what: {zh: a, en: a}, told: 1, before: a}]\n":           "before is for steps",
		head + "lasts: 1h\ntopics: [{id: a}]\nteams: {a: [{at: 2h, by: a, do: ack}]}\n":                         "does not lie within",
		head + "lasts: 1h\ntopics: [{id: a}]\nteams: {a: [{do: ack}]}\n":                                        "who does it",
		head + "lasts: 1h\ntopics: [{id: a}]\nteams: {a: [{by: a, do: sing}]}\n":                                "write one of",
		head + "lasts: 1h\ntopics: [{id: a}]\nteams: {a: [{by: a, do: say}]}\n":                                 "are needed",
		head + "lasts: 1h\ntopics: [{id: a}]\nteams: {a: [{by: a, do: tick}]}\n":                                "steps: which",
		head + "lasts: 1h\ntopics: [{id: a}]\noutage: {source: mars}\n":                                         "outage",
	} {
		if _, err := drill.Parse("x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want … %s", text, err, want)
		}
	}
}
