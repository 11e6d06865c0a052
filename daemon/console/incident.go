package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// incidentPage is one incident: clocks, checklist, chart, evidence, timeline.
type incidentPage struct {
	frame
	Card      card
	Held      moment // since when the holder has it
	Happened  moment
	Reason    string // of the present level
	Proposed  *proposedView
	QuietFrom moment
	Human     []string // what people confirm before closing
	Reds      []clock  // running red lines, earliest first
	Targets   []clock  // the next targets
	Plans     []planView
	Signals   []string
	TopicPage string // the page of its topic, while that is configured
	Chart     chart
	Share     chart
	Data      string // address of the chart for the script
	CSV       string
	Evidence  []evidenceView
	Timeline  []entry
	Earlier   string   // link to the older part of the timeline
	Shows     []choice // which entries the timeline shows
	Ledger    []ledgerView
	Unsent    bool           // an alert was refused or given up
	Quotes    []evidenceView // the strongest posts, for the first look
	Levels    []levelChoice
	People    peopleView
	Speech    speechView
	Restrict  restrictView
	Grade     gradeView
	Latest    string // largest time a form takes
	Verdicts  []verdictChoice
	JudgedBy  string
	Blind     []sourceRow // cannot be seen: the numbers may be too low
}

// evidenceView is one post quoted as proof.
type evidenceView struct {
	Source string
	Quote  string
	At     moment
	Link   string
	Mood   string
	Class  string
	Copies int
	Kept   string      // address of what was taken down of it; "" for nothing
	Reread *rereadView // nil when it cannot be corrected
}

// ledgerView is how one alert stands on its way to one channel.
type ledgerView struct {
	Again    string // id under which it can be sent again; "" when there is nothing to send
	Kind     string
	Channel  string
	State    string // class
	Word     string
	At       moment
	Next     *moment
	Attempts int
	Detail   string
	Fix      string
}

// levelChoice is a level that can be chosen.
type levelChoice struct {
	Value   string
	Word    string
	Event   bool // is the present one
	Opinion bool
}

// verdictChoice is a judgement that can be given.
type verdictChoice struct {
	Value string
	Word  string
	Given bool // is the present one
}

const (
	mostEntries  = 100 // of the timeline on one page
	mostEvidence = 12
	mostQuotes   = 2
	mostTargets  = 4
	mostReds     = 6
	mostLedger   = 40
)

func (c *Console) incident(w http.ResponseWriter, r *http.Request, v *visit) error {
	if r.Header.Get("X-Part") == "main" && r.Method == http.MethodGet { // by an open page, of which there may be a thousand
		return c.shared(w, r, v, c.incidentPage)
	}
	return c.incidentPage(w, r, v)
}

// incidentPage renders the page of an incident.
func (c *Console) incidentPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	id := r.PathValue("id")
	var in crisis.Incident
	var events []crisis.Event
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		in, events, err = tx.Incident(id)
		return err
	})
	if err != nil {
		return err
	}
	p := incidentPage{frame: c.frame(r, v, "", "now")}
	p.Reason = clean(p.prefer(in.LevelReason, in.LevelReasonEN), 300)
	p.Live, p.Title = in.ID, clean(in.Title, 80)
	p.Card, p.Plans = p.card(&in), p.plans(&in)
	p.Held, p.Happened, p.QuietFrom = p.since(in.Acknowledged), p.since(in.Happened), p.since(in.Quiet)
	p.Latest = p.now.In(c.Zone).Format("2006-01-02T15:04")
	p.fillClocks(&in)
	p.fillLevels(&in)
	p.fillProposed(&in)
	c.fillPeople(&p, &in)
	c.fillSpeech(&p, &in)
	c.fillGrade(&p, &in)
	if err := c.fillRestrict(r, &p, &in, v); err != nil {
		return err
	}
	p.fillVerdicts(&in)
	for _, s := range in.Signals {
		p.Signals = append(p.Signals, p.signal(s))
	}
	names, err := c.fillSources(r.Context(), &p)
	if err != nil {
		return err
	}
	if err := c.fillChart(r.Context(), &p, &in, events); err != nil {
		return err
	}
	if err := c.fillEvidence(r.Context(), &p, &in, events, names); err != nil {
		return err
	}
	if err := p.fillTimeline(r, &in, events, names, c.roleNames(p.tongue)); err != nil {
		return err
	}
	if err := c.fillLedger(r.Context(), &p); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "incident", p)
}

// fillClocks takes the red lines apart from our own targets, because missing the
// one is a breach and missing the other is not.
func (p *incidentPage) fillClocks(in *crisis.Incident) {
	seen := map[string]bool{}
	for _, k := range in.Clocks() {
		switch {
		case k.RedLine != "":
			if !seen[k.RedLine] && len(p.Reds) < mostReds {
				seen[k.RedLine] = true
				p.Reds = append(p.Reds, p.clockOf(in, k))
			}
		case len(p.Targets) < mostTargets:
			p.Targets = append(p.Targets, p.clockOf(in, k))
		}
	}
	for _, plan := range in.Plans {
		for _, h := range plan.Closing.Human {
			p.Human = append(p.Human, clean(h, 200))
		}
	}
}

func (p *incidentPage) fillLevels(in *crisis.Incident) {
	for l := crisis.LevelI; l <= crisis.LevelIV; l++ {
		b := p.level(l)
		word := b.Number + " " + b.Name + p.pick("·", ", ") + b.Colour
		p.Levels = append(p.Levels, levelChoice{l.String(), word, in.EventLevel == l, in.OpinionLevel == l})
	}
}

// fillVerdicts offers the judgements; of a drill there is nothing to judge.
func (p *incidentPage) fillVerdicts(in *crisis.Incident) {
	if in.Drill {
		return
	}
	for _, v := range verdicts {
		p.Verdicts = append(p.Verdicts, verdictChoice{string(v), p.must("verdict." + string(v)), in.Verdict == v})
	}
	p.JudgedBy = clean(in.JudgedBy, 40)
}

// fillSources says which sources cannot be seen while the incident is open, and
// returns what people call each.
func (c *Console) fillSources(ctx context.Context, p *incidentPage) (map[string]string, error) {
	all, err := c.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the sources: %w", err)
	}
	out := make(map[string]string, len(all))
	for i := range all {
		s := &all[i]
		out[s.Name] = s.Title
		if p.Card.Open && s.unseen() {
			p.Blind = append(p.Blind, p.sourceRow(s))
		}
	}
	return out, nil
}

// incidentPoints are the counts from six hours before it happened or was noticed to
// the present, or to two hours after the end.
func (c *Console) incidentPoints(ctx context.Context, in *crisis.Incident) ([]Point, time.Duration, error) {
	from, to := in.Opened, c.Now()
	if h := in.Happened; !h.IsZero() && h.Before(from) && from.Sub(h) < 48*time.Hour {
		from = h
	}
	from = from.Add(-6 * time.Hour)
	if !in.Open() && in.Closed.Add(2*time.Hour).Before(to) {
		to = in.Closed.Add(2 * time.Hour)
	}
	if longest := 90 * 24 * time.Hour; to.Sub(from) > longest {
		from = to.Add(-longest)
	}
	bucket := buckets(to.Sub(from))
	points, err := c.Chart.Chart(ctx, in.Topic, from.Truncate(bucket), to, bucket)
	if err != nil {
		return nil, 0, fmt.Errorf("chart of %s: %w", in.Topic, err)
	}
	return points, bucket, nil
}

// beginning is when what is usual ends: when it happened, or was noticed.
func beginning(in *crisis.Incident) time.Time {
	if h := in.Happened; !h.IsZero() && h.Before(in.Opened) {
		return h
	}
	return in.Opened
}

// fillChart draws the course of an incident.
func (c *Console) fillChart(ctx context.Context, p *incidentPage, in *crisis.Incident, events []crisis.Event) error {
	points, bucket, err := c.incidentPoints(ctx, in)
	if err != nil {
		return err
	}
	marks, err := p.marks(in, events)
	if err != nil {
		return err
	}
	p.Chart = p.draw(points, bucket, marks)
	p.Chart.Title = p.must("chart.every", p.span(bucket))
	p.Share = p.drawShare(shares(points, beginning(in)), bucket)
	p.Share.Title = p.must("incident.share", p.span(bucket))
	p.Data = "/incidents/" + url.PathEscape(in.ID) + "/chart.json?lang=" + p.lang
	p.CSV = "/incidents/" + url.PathEscape(in.ID) + "/chart.csv"
	p.Plot = c.plotter()
	if c.watched(in.Topic) != nil {
		p.TopicPage = "/topics/" + url.PathEscape(in.Topic)
	}
	return nil
}

// fillEvidence shows the posts that the signals quoted when they fired, and then
// what else the store holds of the topic since.
func (c *Console) fillEvidence(ctx context.Context, p *incidentPage, in *crisis.Incident, events []crisis.Event, names map[string]string) error {
	var all []crisis.Evidence
	have := map[crisis.PostKey]bool{}
	add := func(more []crisis.Evidence) {
		for _, e := range more {
			if len(all) < mostEvidence && !have[e.Key] {
				have[e.Key] = true
				all = append(all, e)
			}
		}
	}
	add(in.Peak.Evidence)
	for i := 0; i < len(events) && len(all) < mostEvidence; i++ {
		add(events[i].Quoted())
	}
	cited := maps.Clone(have) // by events, which keep the posts whole
	if len(all) < mostEvidence {
		to := p.now
		if !in.Open() {
			to = in.Closed
		}
		more, err := c.Store.Evidence(ctx, store.Exhibit{Topic: in.Topic, From: in.Opened.Add(-time.Hour), To: to, Most: mostEvidence})
		if err != nil {
			return fmt.Errorf("read the posts of %s: %w", in.Topic, err)
		}
		add(more)
	}
	for _, e := range all[:min(mostQuotes, len(all))] {
		p.Quotes = append(p.Quotes, p.evidence(e, names))
	}
	slices.SortStableFunc(all, func(a, b crisis.Evidence) int { return b.Published.Compare(a.Published) })
	for _, e := range all {
		view := p.evidence(e, names)
		if cited[e.Key] {
			view.Kept = "/incidents/" + url.PathEscape(in.ID) + "/evidence/" + strconv.FormatInt(int64(e.Key), 10)
		}
		p.Evidence = append(p.Evidence, view)
	}
	return c.fillRereads(ctx, p, all)
}

// evidence shows one post.
func (t tongue) evidence(e crisis.Evidence, names map[string]string) evidenceView {
	source := e.Source
	if names[source] != "" {
		source = names[source]
	}
	v := evidenceView{
		Source: clean(source, 60), Quote: clean(e.Quote, 400), At: t.since(e.Published), Link: safeLink(e.URL), Copies: e.Copies,
	}
	switch e.Mood {
	case crisis.Negative, crisis.Neutral, crisis.Positive:
		v.Class, v.Mood = string(e.Mood), t.must("mood."+string(e.Mood))
	}
	return v
}

func (c *Console) fillLedger(ctx context.Context, p *incidentPage) error {
	rows, err := c.Store.Ledger(ctx, p.Card.ID, mostLedger)
	if err != nil {
		return err
	}
	for _, row := range rows {
		v := c.ledgerRow(&p.frame, row)
		p.Unsent = p.Unsent || row.State == store.StateRefused || row.State == store.StateDead
		p.Ledger = append(p.Ledger, v)
	}
	return nil
}

// Unrecorded says how many steps were ticked without the record they ask for.
func (p incidentPage) Unrecorded() int {
	n := 0
	for _, plan := range p.Plans {
		for _, phase := range plan.Phases {
			for _, s := range phase.Steps {
				if s.Bare {
					n++
				}
			}
		}
	}
	return n
}

// Join puts names into one line.
func (p incidentPage) Join(names []string) string { return strings.Join(names, p.must("comma")) }
