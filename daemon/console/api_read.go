package console

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// mostPoints bounds a series in one answer.
const mostPoints = 2000

type healthJSON struct {
	OK       bool      `json:"ok"`
	Trouble  string    `json:"trouble,omitempty"`
	Seen     int       `json:"sources_seen"`
	Expected int       `json:"sources_expected"`
	Version  string    `json:"version"`
	Now      time.Time `json:"now"`
}

// apiHealth says whether the daemon works and how much of what it watches it sees.
func (c *Console) apiHealth(r *http.Request, _ *visit) (any, error) {
	out := healthJSON{OK: true, Version: c.Version, Now: c.Now().UTC()}
	if c.Ready != nil {
		if err := c.Ready(); err != nil {
			out.OK, out.Trouble = false, clean(err.Error(), 300)
		}
	}
	all, err := c.Sources(r.Context())
	if err != nil {
		return nil, fmt.Errorf("ask for the sources: %w", err)
	}
	for i := range all {
		if !all[i].Off {
			out.Expected++
		}
		if all[i].seen() {
			out.Seen++
		}
	}
	return out, nil
}

type topicJSON struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Tags     []string `json:"tags"`
	Incident string   `json:"incident,omitempty"` // that is open
}

func (c *Console) apiTopics(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	limit, from := q.limit(), int(q.number("cursor"))
	if q.err != nil {
		return nil, q.err
	}
	open, err := c.openByTopic(r)
	if err != nil {
		return nil, err
	}
	var all []topicJSON
	for _, t := range c.Topics() {
		all = append(all, topicJSON{t.ID, t.Name(), append([]string{}, t.Tags...), open[t.ID]})
	}
	return cut(all, from, limit), nil
}

type pointJSON struct {
	At       time.Time `json:"at"`
	Observed float64   `json:"observed"`
	Negative float64   `json:"negative"`
	Expected *float64  `json:"expected"` // null while what is usual is not known
	Low      *float64  `json:"low"`
	High     *float64  `json:"high"`
	Coverage float64   `json:"coverage"`
}

// apiCounts is the series of a topic. A bucket of which nothing was seen has coverage 0.
func (c *Console) apiCounts(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	to := q.time("to", c.Now())
	from := q.time("from", to.Add(-24*time.Hour))
	bucket := 15 * time.Minute
	if s := q.text("bucket"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil || d < time.Minute || d > 24*time.Hour || d%time.Minute != 0 {
			q.wants("bucket", "whole minutes such as 15m or 1h")
		}
		bucket = d
	}
	if q.err == nil && (!from.Before(to) || to.Sub(from) > mostPoints*bucket || to.Sub(from) > 90*24*time.Hour) {
		q.wants("from", fmt.Sprintf("a time before to, with at most %d buckets and 90 days between them", mostPoints))
	}
	if q.err != nil {
		return nil, q.err
	}
	id := r.PathValue("topic")
	known := false
	for _, t := range c.Topics() {
		known = known || t.ID == id
	}
	if !known {
		return nil, store.ErrNotFound
	}
	points, err := c.Chart.Chart(r.Context(), id, from.Truncate(bucket), to, bucket)
	if err != nil {
		return nil, fmt.Errorf("chart of %s: %w", id, err)
	}
	out := part[pointJSON]{Items: []pointJSON{}}
	for i := range points {
		p := &points[i]
		x := pointJSON{At: p.At.UTC(), Observed: p.Observed, Negative: p.Negative, Coverage: p.Coverage}
		if p.High > 0 {
			x.Expected, x.Low, x.High = &p.Expected, &p.Low, &p.High
		}
		out.Items = append(out.Items, x)
	}
	return out, nil
}

type sourceJSON struct {
	Name     string    `json:"name"`
	Title    string    `json:"title,omitempty"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Push     bool      `json:"push"`
	LastOK   time.Time `json:"last_ok,omitzero"`
	Last     time.Time `json:"last_attempt,omitzero"`
	Next     time.Time `json:"next_attempt,omitzero"`
	Class    string    `json:"last_class,omitempty"`
	Failures int       `json:"failures"`
}

func (c *Console) apiSources(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	limit, from := q.limit(), int(q.number("cursor"))
	if q.err != nil {
		return nil, q.err
	}
	sources, err := c.Sources(r.Context())
	if err != nil {
		return nil, fmt.Errorf("ask for the sources: %w", err)
	}
	var all []sourceJSON
	for i := range sources {
		s := &sources[i]
		all = append(all, sourceJSON{s.Name, s.Title, s.Kind, stateOf(s), s.Push, s.LastOK, s.LastAttempt, s.NextAttempt, string(s.LastClass), s.Failures})
	}
	return cut(all, from, limit), nil
}

type requestJSON struct {
	Key       string    `json:"key"`
	Class     string    `json:"class"`
	Why       string    `json:"why"`
	State     string    `json:"state"`
	Topics    []string  `json:"topics"`
	Source    string    `json:"source"`
	Link      string    `json:"link,omitempty"`
	Quote     string    `json:"quote"`
	Published time.Time `json:"published"`
	Received  time.Time `json:"received"`
	Due       time.Time `json:"due,omitzero"`
	By        string    `json:"by,omitempty"`
	Note      string    `json:"note,omitempty"`
	Answer    string    `json:"answer,omitempty"`
	Copies    int       `json:"copies"`
}

func requestOf(a *crisis.Ask) requestJSON {
	return requestJSON{
		strconv.FormatInt(int64(a.Key), 10), string(a.Class), a.Why, string(a.State), append([]string{}, a.Topics...), a.Source, safeLink(a.Link), a.Quote,
		a.Published, a.Received, a.Due, a.By, a.Note, safeLink(a.Answer), a.Count,
	}
}

// mostListed is how far a list without an order that cursors could follow is read.
const mostListed = 5000

func (c *Console) apiRequests(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	limit, from, done := q.limit(), int(q.number("cursor")), q.flag("done")
	if from > mostListed {
		q.wants("cursor", fmt.Sprintf("at most %d", mostListed))
	}
	if q.err != nil {
		return nil, q.err
	}
	var all []requestJSON
	err := c.Store.View(r.Context(), func(tx *store.Tx) error {
		asks, err := tx.Asks(done != nil && *done, crisis.AskClass(q.text("class")), from+limit+1)
		for i := range asks {
			all = append(all, requestOf(&asks[i]))
		}
		return err
	})
	return cut(all, from, limit), err
}

// apiRequest carries out what is done to a request, and answers with it.
func (c *Console) apiRequest(r *http.Request, v *visit) (any, error) {
	d, ok := c.Desk.(Asker)
	key, err := strconv.ParseInt(r.PathValue("key"), 10, 64)
	if !ok || err != nil {
		return nil, store.ErrNotFound
	}
	var x struct {
		Do    string          `json:"do"`
		Class crisis.AskClass `json:"class"`
		Note  string          `json:"note"`
		Link  string          `json:"link"`
	}
	if err := readJSON(r, &x); err != nil {
		return nil, err
	}
	if x.Link != "" && safeLink(x.Link) == "" {
		return nil, wrong{http.StatusUnprocessableEntity, "err.link"}
	}
	act := crisis.AskAct{Key: crisis.PostKey(key), Do: x.Do, By: v.name, Class: x.Class, Note: cleanText(x.Note, noteLimit), Link: x.Link}
	if err := d.Ask(behalf(r), act); err != nil {
		return nil, err
	}
	c.Changed("")
	var a crisis.Ask
	err = c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		a, _, err = tx.Ask(crisis.PostKey(key))
		return err
	})
	return requestOf(&a), err
}

type postJSON struct {
	Key       string    `json:"key"` // a number beyond what JavaScript counts exactly
	Source    string    `json:"source"`
	Kind      string    `json:"kind"`
	URL       string    `json:"url,omitempty"`
	Title     string    `json:"title,omitempty"`
	Text      string    `json:"text"`
	Lang      string    `json:"lang"`
	Mood      string    `json:"mood"`
	Topics    []string  `json:"topics"`
	Published time.Time `json:"published"`
	Seen      time.Time `json:"seen,omitzero"`
}

// apiPosts looks for posts, the newest days first. It looks through a bounded number of
// them at a time: an answer without items that has a next is not the end.
func (c *Console) apiPosts(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	f := store.PostFilter{Text: q.text("q"), Topic: q.text("topic"), Source: q.text("source"), Limit: q.limit(), Before: crisis.PostKey(q.number("cursor"))}
	if q.err != nil {
		return nil, q.err
	}
	out := part[postJSON]{Items: []postJSON{}}
	return &out, c.Store.View(r.Context(), func(tx *store.Tx) error {
		posts, next, err := tx.PostsBefore(f)
		for i := range posts {
			p := &posts[i]
			out.Items = append(out.Items, postJSON{
				strconv.FormatInt(int64(p.Key()), 10), p.Source, string(p.Kind), safeLink(p.URL), bounded(p.Title), bounded(p.Text), p.Lang, string(p.Mood),
				append([]string{}, p.Topics...), p.Published, p.Seen,
			})
		}
		if next != 0 {
			out.Next = strconv.FormatInt(int64(next), 10)
		}
		return err
	})
}

type deliveryJSON struct {
	ID       string    `json:"id"`
	Incident string    `json:"incident,omitempty"`
	Channel  string    `json:"channel"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Created  time.Time `json:"created"`
	Due      time.Time `json:"due"`
	Last     time.Time `json:"last,omitzero"`
	Attempts int       `json:"attempts"`
	Detail   string    `json:"detail,omitempty"`
	Fix      string    `json:"fix,omitempty"`
}

func (c *Console) apiLedger(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	limit, from := q.limit(), int(q.number("cursor"))
	if from > mostListed {
		q.wants("cursor", fmt.Sprintf("at most %d", mostListed))
	}
	if q.err != nil {
		return nil, q.err
	}
	rows, err := c.Store.Deliveries(r.Context(), store.LedgerFilter{Incident: q.text("incident"), Channel: q.text("channel"), State: q.text("state"), Limit: limit + 1, Offset: from})
	var all []deliveryJSON
	for _, x := range rows {
		all = append(all, deliveryJSON{x.ID, x.Incident, x.Channel, string(x.Kind), x.State, x.Created, x.Due, x.Last, x.Attempts, x.Detail, x.Fix})
	}
	out := cut(all, 0, limit)
	if out.Next != "" {
		out.Next = strconv.Itoa(from + limit)
	}
	return out, err
}

type playbookJSON struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Title   string `json:"title"`
	TitleEN string `json:"title_en"`
	Purpose string `json:"purpose,omitempty"`
	Steps   int    `json:"steps"`
}

func (c *Console) apiPlaybooks(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	limit, from := q.limit(), int(q.number("cursor"))
	if q.err != nil {
		return nil, q.err
	}
	var all []playbookJSON
	if c.Playbooks != nil {
		for _, p := range c.Playbooks.Playbooks() {
			all = append(all, playbookJSON{p.ID, p.Version, p.Title.ZH, p.Title.EN, p.Purpose, len(p.Steps)})
		}
	}
	return cut(all, from, limit), nil
}
