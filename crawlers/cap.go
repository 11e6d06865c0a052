package crawlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// CAP reads official warnings in the Common Alerting Protocol 1.2: one document, or
// those that an Atom or RSS feed links. A warning is a post and, while it is in force,
// opens the incident of its topic; one that is cancelled is noted there.
type CAP struct {
	URL   string   `yaml:"url" doc:"address of a feed that links CAP documents, or of one document"`
	Topic string   `yaml:"topic" doc:"id of the topic whose incident a warning opens"`
	Areas []string `yaml:"areas" doc:"words of which the name of a warning's area has one, such as 云川; empty: all areas"`
	Limit int      `yaml:"limit" doc:"how many documents to open in one visit"`
	Zone  string   `yaml:"zone" doc:"time zone of the feed's times that state none"`

	// Ours are the senders of what we publish ourselves. If it came back as warnings,
	// every incident would feed itself.
	Ours []string `yaml:"-"`
}

// capCursor remembers documents, messages and those that were handed in, newest last.
type capCursor struct {
	Conditions
	Opened []string `json:"opened,omitempty"`
	Known  []string `json:"known,omitempty"`
	handedCursor
}

// Check implements Kind.
func (c *CAP) Check() error {
	errs := append(checkIntake(c.Topic, nil), checkURL(c.URL), checkZone(c.Zone))
	if slices.ContainsFunc(c.Areas, func(a string) bool { return strings.TrimSpace(a) == "" }) {
		errs = append(errs, errors.New("areas: an empty word would fit every area; remove it"))
	}
	if c.Limit < 1 || c.Limit > 500 {
		errs = append(errs, fmt.Errorf("limit: %d; write a number from 1 to 500", c.Limit))
	}
	return errors.Join(errs...)
}

// Opens implements Opener.
func (c *CAP) Opens() string { return c.Topic }

// Crawl reads the feed, if it has changed, and the documents in it that are not known.
func (c *CAP) Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error) {
	state := loadCursor[capCursor](cursor)
	page, err := web.Get(ctx, c.URL, state.Conditions)
	if err != nil {
		return Harvest{}, err
	}
	if page.NotModified {
		return Harvest{Cursor: cursor, Class: crisis.ClassNotModified}, nil
	}
	v := capVisit{c: c, web: web, now: web.opt.Now(), state: state}
	if err := notData("a feed or CAP document", page.Body); err != nil {
		return Harvest{}, err
	}
	v.state.Conditions = page.Conditions
	if isCAP(page.Body) {
		m, err := parseCAP(page.Body)
		if err != nil {
			return Harvest{}, malformed("parse the CAP document: %w", err)
		}
		v.take(m, "")
		return v.harvest(), nil
	}
	links, err := c.links(page, v.now)
	if err != nil {
		return Harvest{}, err
	}
	if err := v.open(ctx, links); err != nil {
		return Harvest{}, err
	}
	return v.harvest(), nil
}

// capLink is a document in a feed; one that is written anew has another key.
type capLink struct{ key, address string }

// links lists the documents of a feed.
func (c *CAP) links(page *Page, now time.Time) ([]capLink, error) {
	feed, err := parseFeed(page.Body)
	if err != nil {
		return nil, malformed("parse the feed: %w", err)
	}
	var out []capLink
	for _, item := range feed.Items {
		link := item.Link
		for _, e := range item.Enclosures { // where an entry has a page for people too
			if e != nil && strings.HasPrefix(e.Type, "application/cap+xml") {
				link = e.URL
			}
		}
		if a := address(page.URL, link); a != "" {
			out = append(out, capLink{madeID(a, cmp.Or(item.Updated, item.Published)), a})
		}
	}
	if len(out) == 0 && len(feed.Items) > 0 {
		return nil, &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("none of %d entries links a document: the source has changed", len(feed.Items))}
	}
	return out, nil
}

// capVisit is one visit.
type capVisit struct {
	c        *CAP
	web      *Web
	now      time.Time
	state    capCursor
	posts    []crisis.Post
	intakes  []crisis.Intake
	problems []string
}

// open reads the documents that are not known, as many as a visit may. What is left,
// or cannot be had, is tried again: then the feed must be read anew though it has not
// changed. If not one document was ever read, that is the error of the visit.
func (v *capVisit) open(ctx context.Context, links []capLink) error {
	var keep []string
	tried, failed, known := 0, 0, 0
	var last error
	for _, l := range links {
		if slices.Contains(v.state.Opened, l.key) {
			keep = append(keep, l.key)
			known++
			continue
		}
		if tried == v.c.Limit {
			v.state.Conditions = Conditions{}
			break
		}
		tried++
		again, err := v.document(ctx, l.address)
		if ctx.Err() != nil {
			return asError(ctx.Err())
		}
		if err != nil {
			failed, last = failed+1, err
			v.problems = append(v.problems, fmt.Sprintf("document %d: %v", tried, err))
		}
		if again {
			v.state.Conditions = Conditions{}
			continue
		}
		keep = append(keep, l.key)
	}
	if tried > 0 && failed == tried && known == 0 {
		return &Error{Class: ClassOf(last), Err: fmt.Errorf("none of %d documents can be read: %w", tried, last)}
	}
	for _, key := range v.state.Opened { // those behind the limit stay known too
		if !slices.Contains(keep, key) && slices.ContainsFunc(links, func(l capLink) bool { return l.key == key }) {
			keep = append(keep, key)
		}
	}
	v.state.Opened = keep
	return nil
}

// document reads one document; again says that it may be had another time.
func (v *capVisit) document(ctx context.Context, at string) (again bool, err error) {
	page, err := v.web.Get(ctx, at, Conditions{})
	if err != nil {
		return ClassOf(err) != crisis.ClassGone, err
	}
	m, err := parseCAP(page.Body)
	if err != nil {
		return false, malformed("parse the CAP document: %w", err)
	}
	v.take(m, at)
	return false, nil
}

// take makes of a message what it is to us. Exercises and tests are nothing, and so
// is a message that is known under another address.
func (v *capVisit) take(m *capAlert, at string) {
	key := madeID(m.Sender, m.Identifier, m.Sent)
	if m.Status != "Actual" || slices.Contains(v.state.Known, key) {
		return
	}
	if slices.ContainsFunc(v.c.Ours, func(ours string) bool { return strings.EqualFold(oneLine(ours), m.Sender) }) {
		v.problems = append(v.problems, fmt.Sprintf("message %.60q: left out, it is Watchfire's own", m.Identifier))
		return
	}
	sent := began(m.Sent, zoneOf(v.c.Zone), v.now)
	switch m.MsgType {
	case "Alert", "Update":
		info := m.info(v.c.Areas)
		if info == nil {
			return
		}
		p := m.post(info, at, sent)
		v.posts = append(v.posts, p)
		if over, err := time.Parse(time.RFC3339, oneLine(info.Expires)); err == nil && !over.After(v.now) {
			break
		}
		v.intakes = append(v.intakes, crisis.Intake{
			ID: p.ID, System: cmp.Or(Plain(info.SenderName), m.Sender), Topic: v.c.Topic,
			Title: cmp.Or(p.Title, p.Text), Text: p.Text, Level: capLevels[info.Severity], URL: p.URL, At: sent,
		})
		v.state.add(key)
	case "Cancel":
		first := m.referred(v.state.Handed)
		if first == "" { // of a warning for somewhere else
			break
		}
		in := crisis.Intake{ID: first, System: m.Sender, Topic: v.c.Topic, Title: Plain(m.Note), URL: at, At: sent, Over: true}
		if info := m.info(nil); info != nil {
			in.System, in.Title = cmp.Or(Plain(info.SenderName), m.Sender), cmp.Or(Plain(info.Headline), Plain(info.Event), in.Title)
		}
		in.Title = cmp.Or(in.Title, first)
		v.intakes = append(v.intakes, in)
	default: // Ack and Error are between machines
		return
	}
	v.state.Known = append(v.state.Known, key)
	v.state.Known = v.state.Known[max(0, len(v.state.Known)-handed):]
}

func (v *capVisit) harvest() Harvest {
	finishIntakes(v.intakes)
	h := harvested(v.posts, v.state)
	h.Intakes, h.Detail = v.intakes, some(v.problems, 10)
	if len(h.Intakes) > 0 {
		h.Class = crisis.ClassOK
	}
	return h
}
