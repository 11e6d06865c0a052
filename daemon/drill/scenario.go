package drill

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"watchfire/crisis"
	"watchfire/daemon/town"
	"watchfire/playbooks"
)

//go:embed scenarios/*.yaml
var shipped embed.FS

// Scenario is one rehearsal. Times are counted from its beginning.
type Scenario struct {
	ID     string         `yaml:"id"`
	Title  playbooks.Text `yaml:"title"`
	Brief  playbooks.Text `yaml:"brief"` // what the team is told at the beginning
	Trap   playbooks.Text `yaml:"trap"`  // what it must see by itself; told afterwards
	Hour   string         `yaml:"hour"`  // local time of day at which it begins, such as 14:20
	Lasts  time.Duration  `yaml:"lasts"`
	Topics []crisis.Topic `yaml:"topics"`
	Usual  []Usual        `yaml:"usual"` // what was said of its topics in the days before
	Waves  []Wave         `yaml:"waves"`
	Outage Outage         `yaml:"outage"`
	Calls  []Call         `yaml:"calls"`
	Drafts []Draft        `yaml:"drafts"`
	Expect Expect         `yaml:"expect"`
	Duties []Duty         `yaml:"duties"` // what people have to do by themselves
	// Teams are scripted people by name: good does its duties, bad falls into the trap.
	Teams  map[string][]Move `yaml:"teams"`
	guests []guest           // of a past incident, instead of waves
}

// Usual is talk of ordinary days.
type Usual struct {
	PerDay int      `yaml:"per_day"`
	Source string   `yaml:"source"`
	Say    []string `yaml:"say"`
}

// Wave is a number of posts between two times, evenly or more and more of them.
type Wave struct {
	From    time.Duration `yaml:"from"`
	To      time.Duration `yaml:"to"`
	Posts   int           `yaml:"posts"`
	Authors int           `yaml:"authors"` // 0: as many as posts
	Source  string        `yaml:"source"`  // micro, forum, voice, news or notice
	Rise    bool          `yaml:"rise"`
	Say     []string      `yaml:"say"` // lines as town.Say knows them, in turn
}

// Outage is a site that dies.
type Outage struct {
	Source string        `yaml:"source"`
	At     time.Duration `yaml:"at"`
}

// Call is what somebody tells the team: a telephone call, a visit (情况注入).
type Call struct {
	At   time.Duration  `yaml:"at"`
	To   string         `yaml:"to"` // role id
	Text playbooks.Text `yaml:"text"`
}

// Draft is what a hurried hand would write, and the reply rules that stop it.
type Draft struct {
	Kind  string   `yaml:"kind"`
	Text  string   `yaml:"text"`
	Rules []string `yaml:"rules"`
}

// Expect is what must have happened in the end.
type Expect struct {
	Topic   string        `yaml:"topic"`   // of the incident; "" when none may open
	Within  time.Duration `yaml:"within"`  // of the first wave
	Plan    string        `yaml:"plan"`    // id of the main playbook
	Side    []string      `yaml:"side"`    // ids of playbooks beside it
	Level   crisis.Level  `yaml:"level"`   // response level that people must have set
	Quiet   []string      `yaml:"quiet"`   // topics of which no incident may open
	Below   crisis.Level  `yaml:"below"`   // no incident may have opened as grave as this
	Notices []string      `yaml:"notices"` // detectors that must have spoken
	Blind   string        `yaml:"blind"`   // site that must have been told to be blind
	Rescue  int           `yaml:"rescue"`  // calls for rescue in the lane of their own
	RedLine string        `yaml:"redline"` // legal deadline whose clock must run
}

// siteNames are the sites of the town by the names that scenarios use.
var siteNames = map[string]string{"micro": town.Micro, "forum": town.Forum, "voice": town.Voice, "news": town.News, "notice": town.Notice}

// All returns the shipped scenarios in the order of their numbers.
func All() ([]Scenario, error) {
	paths, err := fs.Glob(shipped, "scenarios/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list scenarios: %w", err)
	}
	var out []Scenario
	for _, p := range paths {
		b, err := shipped.ReadFile(p)
		if err != nil {
			return nil, fmt.Errorf("read scenario: %w", err)
		}
		s, err := Parse(path.Base(p), b)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Scenario) int { return cmp.Compare(a.number(), b.number()) })
	return out, nil
}

func (s *Scenario) number() int {
	n, err := strconv.Atoi(strings.TrimLeft(s.ID, "D"))
	if err != nil {
		return 1 << 30
	}
	return n
}

// Find returns the shipped scenario with that id, in either case.
func Find(id string) (Scenario, error) {
	all, err := All()
	if err != nil {
		return Scenario{}, err
	}
	var ids []string
	for _, s := range all {
		if strings.EqualFold(s.ID, id) {
			return s, nil
		}
		ids = append(ids, s.ID)
	}
	return Scenario{}, fmt.Errorf("there is no scenario %q: name one of %s, or a file that ends in .yaml", id, strings.Join(ids, ", "))
}

// Parse reads a scenario from a file called name; a key that does not exist is an error.
func Parse(name string, text []byte) (Scenario, error) {
	var s Scenario
	d := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.AllowDuplicateMapKey())
	if err := d.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return s, fmt.Errorf("read scenario %s: %s", name, yaml.FormatError(err, false, false))
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("read scenario %s: %w", name, err)
	}
	return s, nil
}

// check says what would make the drill fail or teach the wrong thing.
func (s *Scenario) check() error {
	switch {
	case s.ID == "" || s.Title.ZH == "" || s.Title.EN == "" || s.Brief.ZH == "" || s.Brief.EN == "" || s.Trap.ZH == "" || s.Trap.EN == "":
		return errors.New("id, title, brief and trap are needed, each text in zh and en")
	case s.Lasts <= 0 || s.Lasts > 24*time.Hour:
		return fmt.Errorf("lasts %s: write a duration up to 24h", s.Lasts)
	case len(s.Topics) == 0:
		return errors.New("topics: at least one is needed")
	}
	if _, err := s.Begin(time.Unix(0, 0).UTC()); err != nil {
		return err
	}
	for i, w := range s.Waves {
		switch {
		case siteNames[w.Source] == "":
			return fmt.Errorf("wave %d: source %q: write micro, forum, voice, news or notice", i+1, w.Source)
		case w.Posts < 1 || w.Posts > 5000 || w.Authors < 0:
			return fmt.Errorf("wave %d: posts must lie between 1 and 5000", i+1)
		case w.From < 0 || w.To < w.From || w.To > s.Lasts:
			return fmt.Errorf("wave %d: from %s to %s does not lie within the %s of the drill", i+1, w.From, w.To, s.Lasts)
		case len(w.Say) == 0:
			return fmt.Errorf("wave %d says nothing", i+1)
		}
	}
	for i, u := range s.Usual {
		if siteNames[u.Source] == "" || u.PerDay < 1 || u.PerDay > 5000 || len(u.Say) == 0 {
			return fmt.Errorf("usual %d: a source, posts per day and words are needed", i+1)
		}
	}
	if o := s.Outage; o.Source != "" && siteNames[o.Source] == "" {
		return fmt.Errorf("outage: source %q: write micro, forum, voice, news or notice", o.Source)
	}
	for i := range s.Duties {
		if err := s.Duties[i].check(); err != nil {
			return fmt.Errorf("duty %d: %w", i+1, err)
		}
	}
	for name, moves := range s.Teams {
		for i := range moves {
			if err := moves[i].check(s.Lasts); err != nil {
				return fmt.Errorf("team %s: move %d: %w", name, i+1, err)
			}
		}
	}
	_, err := s.Guests(time.Unix(0, 0).UTC(), 1)
	return err
}

// Begin is when the scenario begins on the day of now: at its hour, or at once.
func (s *Scenario) Begin(now time.Time) (time.Time, error) {
	if s.Hour == "" {
		return now.Truncate(time.Minute), nil
	}
	h, err := time.Parse("15:04", s.Hour)
	if err != nil {
		return now, fmt.Errorf("hour %q: write a time of day such as 14:20", s.Hour)
	}
	return time.Date(now.Year(), now.Month(), now.Day(), h.Hour(), h.Minute(), 0, 0, now.Location()), nil
}
