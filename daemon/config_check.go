package daemon

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
)

// Check says what is wrong with the configuration as a whole: every fault, each
// with its place in the file if there is one.
func (c *Config) Check() error {
	var errs []error
	wrong := func(path []any, format string, args ...any) {
		errs = append(errs, c.places.at(fmt.Errorf(format, args...), path...))
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || c.Zone == "" {
		wrong([]any{"zone"}, "zone: %q is not a time zone; write one such as Asia/Shanghai", c.Zone)
	} else {
		c.zone = zone
	}
	if c.Lang != "zh" && c.Lang != "en" {
		wrong([]any{"lang"}, "lang: %q is not a language of Watchfire; write zh or en", c.Lang)
	}
	if c.Data == "" {
		wrong([]any{"data"}, "data: empty; write the folder of the database, such as data")
	}
	if !isListen(c.Listen) {
		wrong([]any{"listen"}, "listen: %q is not an address to listen on; write host:port, such as 127.0.0.1:8790", c.Listen)
	}
	if c.URL != "" && !isWeb(c.URL) {
		wrong([]any{"url"}, "url: %q is not a web address; write one such as https://watchfire.example.cn", c.URL)
	}
	if c.Contact != "" && !isContact(c.Contact) {
		wrong([]any{"contact"}, "contact: %q is neither a web nor a mail address; write one such as mailto:newsroom@example.cn", c.Contact)
	}
	for _, n := range c.numbers() {
		if n.value < n.least || n.value > n.most {
			wrong(n.path, "%s: %s: %s; write %s", n.path[0], n.path[1], n.shown, n.want)
		}
	}
	errs = append(errs, c.Asks.check(c.places)...)
	errs = append(errs, c.checkSources()...)
	errs = append(errs, c.checkOpens()...)
	errs = append(errs, c.checkChannels()...)
	errs = append(errs, c.checkTopics()...)
	errs = append(errs, c.checkBars()...)
	errs = append(errs, c.checkPeople()...)
	errs = append(errs, c.checkAccounts()...)
	errs = append(errs, c.faults(errors.Join(c.Escalation.check()...), "escalation: ", "escalation")...)
	errs = append(errs, c.faults(errors.Join(c.OIDC.check(c.URL)...), "oidc: ", "oidc")...)
	errs = append(errs, c.faults(errors.Join(c.Pulse.check()...), "pulse: ", "pulse")...)
	errs = append(errs, c.faults(c.Record.check(), "record: ", "record")...)
	errs = append(errs, c.faults(c.Holidays.read(c.Zone), "holidays: ", "holidays")...)
	errs = append(errs, c.faults(c.Phrases.Check(), "phrases: ", "phrases")...)
	for _, d := range c.Detectors {
		errs = append(errs, c.faults(d.Check(), "detectors: ", "detectors")...)
	}
	return errors.Join(errs...)
}

// number is a value with bounds.
type number struct {
	path               []any
	value, least, most int64
	shown, want        string
}

const unbounded = 1 << 62

func (c *Config) numbers() []number {
	duration := func(d time.Duration, least time.Duration, want string, path ...any) number {
		return number{path, int64(d), int64(least), unbounded, d.String(), want}
	}
	count := func(n, least, most int64, want string, path ...any) number {
		return number{path, n, least, most, strconv.FormatInt(n, 10), want}
	}
	audit := 180 * 24 * time.Hour
	if c.Keep.Audit == 0 {
		audit = 0
	}
	size := int64(1 << 20)
	if c.Keep.Size == 0 {
		size = 0
	}
	return []number{
		duration(c.Pace.HostDelay, 0, "a duration such as 5s, or 0s", "pace", "host_delay"),
		duration(c.Pace.Timeout, time.Millisecond, "a duration such as 15s", "pace", "timeout"),
		count(c.Pace.MaxBody, 1<<10, unbounded, "a number of bytes from 1024, such as 2097152", "pace", "max_body"),
		count(int64(c.Alerting.Steps), 1, 10, "a number from 1 to 10", "alerting", "steps"),
		count(int64(c.Alerting.Evidence), 0, 10, "a number from 0 to 10", "alerting", "evidence"),
		count(int64(c.Alerting.AutoClose), 0, 8760, "a number of hours from 1 to 8760, or 0 for never", "alerting", "auto_close"),
		duration(c.Keep.Posts, 0, "a duration such as 4320h, or 0s for ever", "keep", "posts"),
		duration(c.Keep.Evidence, 0, "a duration such as 26280h, or 0s for ever", "keep", "evidence"),
		duration(c.Keep.Audit, audit, "a duration from 4320h, half a year, or 0s for ever", "keep", "audit"),
		count(c.Keep.Size, size, unbounded, "a number of bytes from 1048576, or 0 for no limit", "keep", "size"),
	}
}

// faults takes the faults of one part of the configuration apart and finds the
// place of each: they begin with the key that is wrong.
func (c *Config) faults(err error, prefix string, path ...any) []error {
	if err == nil {
		return nil
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		var out []error
		for _, e := range all.Unwrap() {
			out = append(out, c.faults(e, prefix, path...)...)
		}
		return out
	}
	for _, key := range strings.SplitN(err.Error(), ": ", 3)[:min(2, strings.Count(err.Error(), ": "))] {
		path = append(slices.Clip(path), key)
	}
	return []error{c.places.at(fmt.Errorf("%s%w", prefix, err), path...)}
}

func (c *Config) checkSources() []error {
	var errs []error
	seen := map[string]bool{}
	for i := range c.Sources {
		s := &c.Sources[i]
		if err := checkName("source", "name", s.Name, i, seen); err != nil {
			errs = append(errs, c.places.at(err, "sources", i, "name"))
			continue
		}
		errs = append(errs, c.faults(s.Kind.Check(), fmt.Sprintf("source %s: %s: ", s.Name, s.KindName), "sources", i, s.KindName)...)
		if _, polled := s.Kind.(crawlers.Crawler); polled && s.Every < time.Second {
			errs = append(errs, c.places.at(fmt.Errorf("source %s: every: %s is too often; write 1m or more", s.Name, s.Every), "sources", i, "every"))
		}
		if s.Silence < 0 {
			errs = append(errs, c.places.at(fmt.Errorf("source %s: silence: %s; write a duration such as 1h", s.Name, s.Silence), "sources", i, "silence"))
		}
	}
	return errs
}

func (c *Config) checkChannels() []error {
	var errs []error
	seen := map[string]bool{}
	for i := range c.Channels {
		ch := &c.Channels[i]
		if err := checkName("channel", "name", ch.Name, i, seen); err != nil {
			errs = append(errs, c.places.at(err, "channels", i, "name"))
			continue
		}
		if ch.Hourly < 0 {
			errs = append(errs, c.places.at(fmt.Errorf("channel %s: hourly: %d; write how many messages an hour people can take, or 0 for no limit", ch.Name, ch.Hourly), "channels", i, "hourly"))
		}
		errs = append(errs, c.faults(ch.Sender.Check(), fmt.Sprintf("channel %s: %s: ", ch.Name, ch.KindName), "channels", i, ch.KindName)...)
		if w, ok := ch.Sender.(*alerts.WebPush); ok && !w.Reach(c.Contact, c.URL) {
			errs = append(errs, c.places.at(fmt.Errorf("channel %s: webpush: contact: missing; write where push services can reach you, such as mailto:it@example.cn", ch.Name), "channels", i, ch.KindName))
		}
	}
	return errs
}

func (c *Config) checkTopics() []error {
	var errs []error
	seen := map[string]bool{}
	for i := range c.Topics {
		t := &c.Topics[i]
		if err := checkName("topic", "id", t.ID, i, seen); err != nil {
			errs = append(errs, c.places.at(err, "topics", i, "id"))
			continue
		}
		wrong := func(key, format string, args ...any) {
			errs = append(errs, c.places.at(fmt.Errorf("topic %s: %s: %s", t.ID, key, fmt.Sprintf(format, args...)), "topics", i, key))
		}
		if len(t.Any) == 0 && len(t.Must) == 0 {
			wrong("any", "missing; without words it would match every post: write any: [自来水, 水质]")
		}
		for key, words := range map[string][]string{"any": t.Any, "not": t.Not, "places": t.Places, "must": slices.Concat(t.Must...)} {
			if slices.ContainsFunc(words, func(w string) bool { return strings.TrimSpace(w) == "" }) {
				wrong(key, "an empty word would match every post; remove it")
			}
		}
		if slices.ContainsFunc(t.Must, func(group []string) bool { return len(group) == 0 }) {
			wrong("must", "an empty group can never match; remove it")
		}
		if t.PartOf != "" {
			if err := c.partOf(t); err != "" {
				wrong("part_of", "%s", err)
			}
		}
		for _, name := range t.Sources {
			if !slices.ContainsFunc(c.Sources, func(s Source) bool { return s.Name == name }) {
				wrong("sources", "there is no source %q; the sources are %s", name, list(c.sourceNames()))
			}
		}
	}
	return errs
}

// partOf says what is wrong with the broader topic of a topic.
func (c *Config) partOf(t *crisis.Topic) string {
	ids := make([]string, 0, len(c.Topics))
	above := map[string]string{}
	for i := range c.Topics {
		ids = append(ids, c.Topics[i].ID)
		above[c.Topics[i].ID] = c.Topics[i].PartOf
	}
	if !slices.Contains(ids, t.PartOf) {
		return fmt.Sprintf("there is no topic %q%s; the topics are %s", t.PartOf, didYouMean(t.PartOf, ids), list(ids))
	}
	for at, n := t.PartOf, 0; at != "" && n <= len(ids); at, n = above[at], n+1 {
		if at == t.ID {
			return fmt.Sprintf("%q is part of itself; remove one of the links", t.ID)
		}
	}
	return ""
}

// checkPlaybooks says which topics ask for a playbook that is not among ids.
func (c *Config) checkPlaybooks(ids []string) error {
	var errs []error
	for i := range c.Topics {
		t := &c.Topics[i]
		if t.Playbook != "" && !slices.Contains(ids, t.Playbook) {
			err := fmt.Errorf("topic %s: playbook: there is no playbook %q%s; the playbooks are %s", t.ID, t.Playbook, didYouMean(t.Playbook, ids), list(ids))
			errs = append(errs, c.places.at(err, "topics", i, "playbook"))
		}
	}
	return errors.Join(errs...)
}

// checkPlatforms says which platforms of the record have no limit among those known.
func (c *Config) checkPlatforms(known []string) error {
	var errs []error
	for i, p := range c.Record.Platforms {
		if !slices.Contains(known, p) {
			err := fmt.Errorf("record: platforms: there is no limit for %q%s; the platforms are %s", p, didYouMean(p, known), list(known))
			errs = append(errs, c.places.at(err, "record", "platforms", i))
		}
	}
	return errors.Join(errs...)
}

func (c *Config) sourceNames() []string {
	var names []string
	for _, s := range c.Sources {
		names = append(names, s.Name)
	}
	return names
}

// checkName wants a short name that is safe in file names, links and metrics.
func checkName(what, key, name string, index int, seen map[string]bool) error {
	switch {
	case name == "":
		return fmt.Errorf("%s %d: %s: missing; give it a short name such as newsroom", what, index+1, key)
	case seen[name]:
		return fmt.Errorf("%s %s: the name is used twice; give each its own", what, name)
	case len(name) > 64 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "":
		return fmt.Errorf("%s %q: a name has letters, digits, dashes, dots and underscores, 64 at most; put what people read into title", what, name)
	}
	seen[name] = true
	return nil
}

func isListen(s string) bool {
	_, port, err := net.SplitHostPort(s)
	n, e := strconv.ParseUint(port, 10, 16)
	return err == nil && e == nil && n <= 65535
}

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// isContact wants what may stand in a header of every request.
func isContact(s string) bool {
	u, err := url.Parse(s)
	printable := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '(' || r == ')' }) < 0
	return err == nil && printable && (isWeb(s) || (u.Scheme == "mailto" && strings.Contains(u.Opaque, "@")))
}
