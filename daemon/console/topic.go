package console

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// topicPage is one topic: how much is said, what rang, how often that was right, why
// a text belongs to it, and what other thresholds would have done.
type topicPage struct {
	frame
	Row       topicRow
	Here      string
	Spans     []choice
	Chart     chart
	Share     chart
	Data      string // address of the chart for the script
	CSV       string
	Incidents []topicIncident
	Records   []recordRow
	Try       tryView
	If        ifView
}

// topicIncident is one incident of the topic, with what the rules counted and the
// buttons that judge it.
type topicIncident struct {
	card
	Signals  []string
	Verdicts []verdictChoice
	JudgedBy string
	Posts    string
}

// tryView is the test of a text.
type tryView struct {
	Can     bool
	Text    string
	Said    string // what came of it
	Matches bool
	Words   []ExplainedWord
}

// ifView is what other thresholds would have done.
type ifView struct {
	Can     bool
	Percent int
	Asked   bool
	Said    string
	Real    string
	Rows    []ifRow
	Hidden  int
}

// ifRow is one alert that would have come.
type ifRow struct {
	At       moment
	Kind     string
	Signal   string
	Posts    string
	Incident string
	Verdict  string
}

const (
	topicIncidents = 12
	mostTry        = 1000
	mostFirings    = 100
)

// stretch is a choice of how much of the past a chart shows.
type stretch struct {
	id           string
	whole, every time.Duration
}

// stretches are the choices of the chart of a topic, the first one unless asked.
var stretches = []stretch{
	{"24h", 24 * time.Hour, 30 * time.Minute},
	{"7d", 7 * 24 * time.Hour, 2 * time.Hour},
	{"30d", 30 * 24 * time.Hour, 12 * time.Hour},
}

func stretchOf(r *http.Request) stretch {
	i := slices.IndexFunc(stretches, func(s stretch) bool { return s.id == r.URL.Query().Get("span") })
	return stretches[max(i, 0)]
}

func (c *Console) topic(w http.ResponseWriter, r *http.Request, v *visit) error {
	t := c.watched(r.PathValue("id"))
	if t == nil {
		return store.ErrNotFound
	}
	p := topicPage{frame: c.frame(r, v, "", "topics"), Row: topicRowOf(t), Here: "/topics/" + url.PathEscape(t.ID)}
	p.Title = p.Row.Title
	span := stretchOf(r)
	points, err := c.topicPoints(r.Context(), t.ID, span)
	if err != nil {
		return err
	}
	marks, err := c.topicMarks(r.Context(), p.tongue, t.ID)
	if err != nil {
		return err
	}
	p.drawTopic(points, span, marks)
	p.Plot = c.plotter()
	if err := c.fillTopicIncidents(r.Context(), &p, t.ID); err != nil {
		return err
	}
	if err := c.fillTry(r, &p, t.ID); err != nil {
		return err
	}
	if err := c.fillIf(r, v, &p, t.ID); err != nil {
		return err
	}
	if !p.If.Asked && p.Try.Text == "" { // what was asked once is not asked again at every change
		p.Live = "*"
	}
	return c.render(w, r, http.StatusOK, "topic", p)
}

// topicPoints are the counts of a topic up to the bucket that fills.
func (c *Console) topicPoints(ctx context.Context, id string, s stretch) ([]Point, error) {
	to := c.Now().Truncate(s.every).Add(s.every)
	points, err := c.Chart.Chart(ctx, id, to.Add(-s.whole), to, s.every)
	if err != nil {
		return nil, fmt.Errorf("chart of %s: %w", id, err)
	}
	return points, nil
}

func (p *topicPage) drawTopic(points []Point, span stretch, marks []happening) {
	for _, s := range stretches {
		p.Spans = append(p.Spans, choice{p.Here + "?span=" + s.id, p.must("topic.span." + s.id), s == span})
	}
	p.Chart = p.draw(points, span.every, marks)
	p.Chart.Title = p.must("chart.every", p.span(span.every))
	p.Share = p.drawShare(shares(points, time.Time{}), span.every)
	p.Share.Title = p.must("topic.share", p.span(span.every))
	p.Data = p.Here + "/chart.json?span=" + span.id + "&lang=" + p.lang
	p.CSV = p.Here + "/counts.csv?span=" + span.id
}

// How many voices it takes to speak of a share: of one bucket, and of what is usual.
const (
	fewest      = 5
	fewestUsual = 20
)

// shares are the negative shares of the points in percent, not a number where there
// were too few voices. Beside each stands what chance would do with so many voices at
// the share that they had until then, or in the whole stretch when until is zero.
func shares(points []Point, until time.Time) []Point {
	var all, bad float64
	some := false
	for _, p := range points {
		some = some || p.Observed >= fewest
		if until.IsZero() || p.At.Before(until) {
			all += p.Observed
			bad += min(p.Negative, p.Observed)
		}
	}
	if !some {
		return nil
	}
	out := make([]Point, len(points))
	for i, p := range points {
		out[i] = Point{At: p.At, Coverage: p.Coverage, Observed: math.NaN()}
		if !(p.Observed >= fewest) { // also not a number
			continue
		}
		out[i].Observed = 100 * min(p.Negative/p.Observed, 1)
		if all < fewestUsual {
			continue
		}
		mean := (bad + 1) / (all + 2) // that none was negative so far does not mean that none can be
		half := 1.96 * math.Sqrt(mean*(1-mean)/p.Observed)
		out[i].Expected, out[i].Low, out[i].High = 100*mean, 100*max(mean-half, 0), 100*min(mean+half, 1)
	}
	return out
}

// topicCounts is the chart of a topic as a table for other programs.
func (c *Console) topicCounts(w http.ResponseWriter, r *http.Request, _ *visit) error {
	t := c.watched(r.PathValue("id"))
	if t == nil {
		return store.ErrNotFound
	}
	span := stretchOf(r)
	points, err := c.topicPoints(r.Context(), t.ID, span)
	if err != nil {
		return err
	}
	return sendCSV(w, t.ID+"-"+span.id, c.countRows(c.tongue(r), points))
}

// fillTopicIncidents shows what rang of late, and how often each rule was right.
func (c *Console) fillTopicIncidents(ctx context.Context, p *topicPage, topic string) error {
	return c.Store.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.TopicIncidents(topic, topicIncidents)
		if err != nil {
			return err
		}
		for i := range rows {
			in, _, err := tx.Incident(rows[i].ID)
			if err != nil {
				return err
			}
			p.Incidents = append(p.Incidents, p.topicIncident(c, &in, &rows[i]))
		}
		records, err := tx.TopicRecords(topic, p.now.Add(-crisis.RecordSpan))
		p.Records = p.records(records)
		return err
	})
}

func (p *topicPage) topicIncident(c *Console, in *crisis.Incident, r *store.IncidentRow) topicIncident {
	out := topicIncident{card: p.rowCard(r), JudgedBy: clean(in.JudgedBy, 40), Posts: c.postsOf(in.Topic, in.Opened.Add(-6*time.Hour), in.Opened.Add(time.Minute))}
	for _, s := range in.Signals {
		out.Signals = append(out.Signals, p.signal(s))
	}
	if !in.Drill {
		for _, v := range verdicts {
			out.Verdicts = append(out.Verdicts, verdictChoice{string(v), p.must("verdict." + string(v)), in.Verdict == v})
		}
	}
	return out
}

// postsOf is the address of the posts of a topic in a stretch of time.
func (c *Console) postsOf(topic string, from, to time.Time) string {
	q := url.Values{"topic": {topic}, "from": {c.field(from)}, "to": {c.field(to)}}
	return "/posts?" + q.Encode()
}

// fillTry says why a text, or a stored post, matches the topic or why it does not.
func (c *Console) fillTry(r *http.Request, p *topicPage, topic string) error {
	d, can := c.Desk.(Explainer)
	if p.Try.Can = can; !can {
		return nil
	}
	post := crisis.Post{Text: cleanText(r.URL.Query().Get("text"), mostTry)}
	if text := r.URL.Query().Get("post"); text != "" {
		key, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return wrong{http.StatusUnprocessableEntity, "err.form"}
		}
		stored, err := c.Store.Post(r.Context(), crisis.PostKey(key))
		if err != nil {
			return err
		}
		post = stored.Post
		post.Topics = nil // why it matches by its words, not that it did
	}
	full := post.FullText()
	if full == "" {
		return nil
	}
	e := d.Explain(topic, post)
	p.Try.Text, p.Try.Matches = cleanText(full, mostTry), e.Matches
	if utf8.RuneCountInString(full) > mostTry {
		p.Try.Text = cleanText(full, mostTry-1)
	}
	if e.Matches {
		p.Try.Said = p.must("try.yes")
	} else {
		p.Try.Said = p.must("try.no", p.sayOr("try.no.", e.Rule))
	}
	for _, x := range e.Words[:min(len(e.Words), 40)] {
		p.Try.Words = append(p.Try.Words, ExplainedWord{p.sayOr("try.rule.", x.Rule), clean(x.Word, 60), clean(x.Context, 60)})
	}
	return nil
}

// fillIf says what the rules would have done at another sensitivity.
func (c *Console) fillIf(r *http.Request, v *visit, p *topicPage, topic string) error {
	d, can := c.Desk.(WhatIfer)
	p.If = ifView{Can: can, Percent: 100}
	text := r.URL.Query().Get("bar")
	if !can || text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 50 || n > 200 {
		return wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	p.If.Percent, p.If.Asked = n, true
	key := strings.Join([]string{"if", v.user.Name, topic, text}, "/") // whoever asks sees his own incidents in it
	got, err := ask(r.Context(), c.behind, question{key, p.now, c.patience, askedKept}, func(ctx context.Context) (WhatIf, error) {
		return d.WhatIf(ctx, topic, float64(n)/100)
	})
	switch {
	case errors.Is(err, ErrBusy):
		p.Waits = true
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		p.If.Said = p.must("if.slow")
		return nil
	case err != nil:
		return err
	case got.From.IsZero():
		p.If.Said = p.must("if.nothing")
		return nil
	}
	p.If.Said = p.must("if.said", n, p.clock(got.From), p.clock(got.To), got.Alerts, got.Notices)
	if got.Real > 0 {
		p.If.Real = p.must("if.real", got.Real, got.Found)
	}
	for _, f := range slices.Backward(got.Firings) {
		if len(p.If.Rows) == mostFirings {
			p.If.Hidden = len(got.Firings) - mostFirings
			break
		}
		row := ifRow{At: p.since(f.Signal.At), Kind: p.must("if.opened"), Signal: p.signal(f.Signal), Incident: f.Incident}
		if f.Raised {
			row.Kind = p.must("if.raised")
		}
		if f.Verdict != "" {
			row.Verdict = p.sayOr("verdict.", string(f.Verdict))
		}
		row.Posts = c.postsOf(topic, f.Signal.At.Add(-min(max(f.Signal.Window, 30*time.Minute), 3*time.Hour)), f.Signal.At)
		p.If.Rows = append(p.If.Rows, row)
	}
	return nil
}
