package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/detectors"
	"watchfire/detectors/reading"
)

// Config is everything the operator decides. The zero value is not useful: start
// from LoadConfig or DefaultConfig.
type Config struct {
	Org       string         `yaml:"org" doc:"name of the organisation, shown on alerts and pages"`
	Zone      string         `yaml:"zone" doc:"IANA time zone in which times are shown and days begin"`
	Lang      string         `yaml:"lang" doc:"language of alerts, and of the console until a reader chooses: zh or en"`
	Data      string         `yaml:"data" doc:"folder of the database; created when it is missing"`
	Listen    string         `yaml:"listen" doc:"address of the console, host:port"`
	URL       string         `yaml:"url" doc:"address under which people reach the console; links in alerts begin with it"`
	Contact   string         `yaml:"contact" doc:"web or mail address that crawled sites may write to; part of the User-Agent"`
	AuthorKey crisis.Secret  `yaml:"author_key" doc:"key under which author ids are hashed; empty: one is made at the first start and kept in the database"`
	Intranet  []netip.Prefix `yaml:"intranet" doc:"address ranges that sources may lie in although they are not public, such as 10.1.0.0/16"`
	Record    Record         `yaml:"record" doc:"what drafts of statements are checked against"`
	Playbooks string         `yaml:"playbooks" doc:"folder of the organisation's own playbooks; they replace built-in ones with the same id"`
	Models    []string       `yaml:"models" doc:"files of models that read mood, made by watchfire mood train; each replaces the built-in one of its language"`
	Pace      Pace           `yaml:"pace" doc:"politeness towards crawled sites"`
	Alerting  Alerting       `yaml:"alerting" doc:"what an alert carries and when people are reminded"`
	Keep      Keep           `yaml:"keep" doc:"how long what is stored"`
	Topics    []crisis.Topic `yaml:"topics" doc:"what is watched"`
	Calendar  []Planned      `yaml:"calendar" doc:"planned events during which other thresholds hold"`

	People     []Person   `yaml:"people" doc:"who works with Watchfire; none: a three-person office whose channels are for all"`
	Roster     Roster     `yaml:"roster" doc:"who is on duty when"`
	Holidays   Holidays   `yaml:"holidays" doc:"days that are not worked, for targets and red lines that count in working days"`
	Escalation Escalation `yaml:"escalation" doc:"who is called, and when, while nobody acts"`

	Phrases reading.Emerging `yaml:"phrases" doc:"what many begin to say although no topic has a word for it"`

	OIDC OIDC `yaml:"oidc" doc:"log-in to the console with the organisation's own accounts, beside those of Watchfire"`

	Pulse Pulse `yaml:"pulse" doc:"how others know that somebody watches"`

	FAQ  string `yaml:"faq" doc:"file of answers kept ready (schema faq/1); offered to a person beside a question, never sent"`
	Asks Asks   `yaml:"asks" doc:"by when people who write to us get an answer, by class of request"`

	Sources   []Source             `yaml:"-" doc:"where posts come from"`
	Channels  []Channel            `yaml:"-" doc:"where alerts go"`
	Detectors []detectors.Detector `yaml:"-" doc:"rules; those not named run with their defaults"`

	entered *entered // entries of the calendar that people made; nil outside a daemon

	zone   *time.Location
	places *places // where in the file things stand, nil for none
}

// Works says whether a day is worked.
func (c *Config) Works(day time.Time) bool { return c.Holidays.works(day) }

// Pace is how politely sites are read.
type Pace struct {
	HostDelay time.Duration `yaml:"host_delay" doc:"least time between two requests to one site"`
	Timeout   time.Duration `yaml:"timeout" doc:"longest time one request may take"`
	MaxBody   int64         `yaml:"max_body" doc:"largest answer in bytes, after decompression"`
}

// Alerting is what an alert carries.
type Alerting struct {
	Steps     int `yaml:"steps" doc:"how many open steps an alert carries"`
	Evidence  int `yaml:"evidence" doc:"how many posts an alert quotes"`
	AutoClose int `yaml:"auto_close" doc:"hours of quiet after which the machine closes an incident that nobody closed; 0: never, a person must"`

	Budget float64 `yaml:"budget" doc:"how many incidents a week people accept to be rung up for, of all topics together; watchfire tune proposes thresholds that keep it and changes nothing; 0: none is stated"`
	Bar    Bar     `yaml:"bar" doc:"how the importance of a topic moves its thresholds"`
}

// Keep is the retention of stored data.
type Keep struct {
	Posts    time.Duration `yaml:"posts" doc:"age at which posts are deleted; incidents and their evidence stay"`
	Evidence time.Duration `yaml:"evidence" doc:"how long posts that an incident quotes are kept whole; the quotations in its timeline stay; 0: for ever"`
	Audit    time.Duration `yaml:"audit" doc:"how long the audit log is kept, at least 4320h (half a year, as 网络安全法 asks of such logs); that it was shortened is an entry itself; 0: for ever"`
	Size     int64         `yaml:"size" doc:"largest size of the database in bytes, past which no posts are taken in and people are told; 0: the disk is the limit"`
}

// Source is one place posts come from. The key that is named like a kind of
// crawler holds that kind's own settings.
type Source struct {
	Name     string        `yaml:"name" doc:"short name, letters, digits and dashes"`
	Title    string        `yaml:"title" doc:"the name people read"`
	Every    time.Duration `yaml:"every" doc:"time between two visits"`
	Silence  time.Duration `yaml:"silence" doc:"for sources that push: no delivery for this long counts as blind; empty: never"`
	Own      bool          `yaml:"own" doc:"true: we publish here ourselves; what it brings are our statements, no voices of the public"`
	Asks     bool          `yaml:"asks" doc:"true: what people write here is addressed to us and wants an answer; of other sources only calls for help in our places or topics are queued"`
	Off      bool          `yaml:"off" doc:"true: configured but not read"`
	KindName string        `yaml:"-"`
	Kind     crawlers.Kind `yaml:"-"`
}

// Label is what people call the source.
func (s *Source) Label() string { return cmp.Or(s.Title, s.Name) }

// interval is the time after which the source should have been seen again, 0 for
// a source that is off or owes us nothing.
func (s *Source) interval() time.Duration {
	if s.Off {
		return 0
	}
	if _, polled := s.Kind.(crawlers.Crawler); polled {
		return s.Every
	}
	return s.Silence
}

// grace is how long after it was last heard of the source counts as seen: one that
// sends by itself has been given its time, one that is read may be read slowly.
func (s *Source) grace() time.Duration {
	if _, polled := s.Kind.(crawlers.Crawler); polled {
		return detectors.Grace * s.interval()
	}
	return s.interval()
}

// Channel is one place alerts go. The key that is named like a kind of channel
// holds that kind's own settings.
type Channel struct {
	Name       string         `yaml:"name" doc:"short name, letters, digits and dashes"`
	Least      crisis.Level   `yaml:"least" doc:"least grave level this channel is told about; empty: all"`
	Hourly     int            `yaml:"hourly" doc:"most messages an hour; what rings beyond, of levels III and IV, is gathered into one message every quarter of an hour; 0: no limit"`
	Restricted bool           `yaml:"restricted" doc:"true: messages say what incidents are about that are restricted to some people (限定知悉); else only that one needs attention, and where"`
	KindName   string         `yaml:"-"`
	Sender     alerts.Channel `yaml:"-"`

	print string // tells this set-up from another; "" when it was not read from a file
}

// NewChannel returns a channel of no kind with its defaults.
func NewChannel() Channel { return Channel{Hourly: 40} }

// DefaultConfig returns the configuration of an organisation that has said nothing yet.
func DefaultConfig() *Config {
	c := &Config{
		Org: "", Zone: "Asia/Shanghai", Lang: "zh", Data: "data", Listen: "127.0.0.1:8790",
		Pace:     Pace{HostDelay: 5 * time.Second, Timeout: 15 * time.Second, MaxBody: 2 << 20},
		Alerting: Alerting{Steps: 3, Evidence: 3, Bar: Bar{High: 0.9, Low: 1.25}},
		Keep:     Keep{Posts: 180 * 24 * time.Hour, Evidence: 3 * 365 * 24 * time.Hour, Audit: 3 * 365 * 24 * time.Hour},
		Phrases:  reading.NewEmerging(), Escalation: defaultEscalation(), Asks: defaultAsks(), Pulse: Pulse{Every: time.Minute}, OIDC: OIDC{Claim: "groups"},
	}
	c.zone, _ = time.LoadLocation(c.Zone) // checked again by Check
	c.Detectors = defaultDetectors(nil)
	return c
}

// defaultDetectors completes named with every kind that is missing, in the order
// of their names, so that the order of signals never depends on a map.
func defaultDetectors(named map[string]detectors.Detector) []detectors.Detector {
	names := make([]string, 0, len(detectors.Kinds))
	for name := range detectors.Kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]detectors.Detector, 0, len(names))
	for _, name := range names {
		if d, ok := named[name]; ok {
			out = append(out, d)
			continue
		}
		out = append(out, detectors.Kinds[name]())
	}
	return out
}

// LoadConfig reads and checks a configuration file. Relative folders in it are
// relative to the file. Errors name file, line, key and what to do.
func LoadConfig(path string) (*Config, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read configuration: %w; name the file with -c, or let `watchfire init` write one", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := ParseConfig(path, b)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	paths := []*string{&c.Data, &c.Playbooks, &c.Roster.ICal}
	paths = append(paths, &c.FAQ)
	for i := range c.Models {
		paths = append(paths, &c.Models[i])
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
	if err := c.readRoster(); err != nil {
		return nil, c.places.at(err, "roster", "ical")
	}
	return c, nil
}

// ParseConfig reads a configuration from memory; name is used in errors, and files
// with secrets are looked for beside it.
func ParseConfig(name string, text []byte) (*Config, error) {
	d := decoder{file: name}
	root, err := d.parse(text)
	if err != nil {
		return nil, err
	}
	c := DefaultConfig()
	if root != nil {
		if err := d.config(root, c); err != nil {
			return nil, d.discreet(err)
		}
		c.places = &places{file: name, root: root}
	}
	c.disown()
	if err := c.Check(); err != nil {
		return nil, d.discreet(err)
	}
	return c, nil
}

// config fills c from the root mapping.
func (d *decoder) config(root *ast.MappingNode, c *Config) error {
	if err := d.secrets(root); err != nil {
		return err
	}
	if err := d.strict(root, c, "", "sources", "channels", "detectors"); err != nil {
		return err
	}
	sources, err := d.items(root, "sources", "source")
	if err != nil {
		return err
	}
	for _, item := range sources {
		s := Source{Every: 10 * time.Minute}
		kind, err := kinded(d, item, "source", &s, crawlers.Kinds)
		if err != nil {
			return err
		}
		s.KindName, s.Kind = kind.name, kind.value
		c.Sources = append(c.Sources, s)
	}
	channels, err := d.items(root, "channels", "channel")
	if err != nil {
		return err
	}
	for _, item := range channels {
		ch := NewChannel()
		kind, err := kinded(d, item, "channel", &ch, alerts.Kinds)
		if err != nil {
			return err
		}
		ch.KindName, ch.Sender, ch.print = kind.name, kind.value, printOf(item.String())
		c.Channels = append(c.Channels, ch)
	}
	return d.detectors(root, c)
}

// detectors changes the detectors that the file names.
func (d *decoder) detectors(root *ast.MappingNode, c *Config) error {
	rules, err := d.entries(root, "detectors")
	if err != nil {
		return err
	}
	named := map[string]detectors.Detector{}
	for _, v := range rules {
		key := keyOf(v)
		maker, ok := detectors.Kinds[key]
		if !ok {
			names := keysOf(detectors.Kinds)
			return d.errorf(v.Key, "detectors: unknown key %q%s; the keys are %s", key, didYouMean(key, names), list(names))
		}
		det := maker()
		if err := d.strict(v.Value, det, "detector "+key); err != nil {
			return err
		}
		named[key] = det
	}
	c.Detectors = defaultDetectors(named)
	return nil
}

// Zoned returns the organisation's time zone.
func (c *Config) Zoned() *time.Location { return c.zone }
