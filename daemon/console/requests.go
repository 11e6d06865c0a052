package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// Asker carries out what a person does to a request. A Desk that can do so shows the
// forms.
type Asker interface {
	Ask(ctx context.Context, x crisis.AskAct) error
}

// requestsPage is the queue of the people who need an answer.
type requestsPage struct {
	frame
	Rows    []requestRow // rescue first, then by deadline
	Class   string       // shown alone, "" for all
	Done    bool         // what is dealt with, instead of what waits
	Can     bool
	Classes []requestClass
}

type requestClass struct {
	ID, Word string
	On       bool
}

// requestRow is one request as shown. It says nothing about who wrote it.
type requestRow struct {
	Key       string
	Class     string
	Word      string
	Why       string
	Quote     string
	Source    string
	Link      string
	Topics    []string
	Came      moment
	Due       *due
	State     string // in words
	Closed    bool
	By, Note  string
	Answer    string
	Copies    int
	History   []requestAct
	Incident  string // of level III or graver on a topic of it: nothing is suggested
	Stock     string // an answer kept ready, for a person to send
	StockBy   string // what it rests on and until when it is good
	StockSoon string // that it is about to expire
	NoStock   string // why none is offered
	Others    []requestClass
}

type requestAct struct {
	At       moment
	By, What string
	Note     string
}

// mostRequests is how many requests a page shows.
const mostRequests = 100

func (c *Console) requests(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := requestsPage{frame: c.frame(r, v, "tab.requests", "requests"), Done: r.URL.Query().Get("done") == "1"}
	p.Live = "*"
	_, p.Can = c.Desk.(Asker)
	wanted := crisis.AskClass(r.URL.Query().Get("class"))
	if slices.Contains(crisis.AskClasses, wanted) {
		p.Class = string(wanted)
	}
	p.Classes = p.requestClasses(p.Class)
	names, err := c.sourceNames(r.Context())
	if err != nil {
		return err
	}
	// An incident that the reader does not see stops answers from stock all the same.
	err = c.Store.View(behalf(r), func(tx *store.Tx) error {
		all, err := tx.Asks(p.Done, crisis.AskClass(p.Class), mostRequests)
		if err != nil {
			return err
		}
		open, err := tx.OpenIncidents()
		if err != nil {
			return err
		}
		for i := range all {
			_, acts, err := tx.Ask(all[i].Key)
			if err != nil {
				return err
			}
			row := p.request(&all[i], acts, names)
			row.Incident = breaker(&all[i], open)
			c.suggest(&p, &row, &all[i], acts)
			if hidden := slices.ContainsFunc(open, func(o store.IncidentRow) bool { return o.ID == row.Incident && !o.SeenBy(v.user.Name) }); hidden {
				row.Incident = ""
			}
			for _, id := range all[i].Topics {
				row.Topics = append(row.Topics, c.topicName(id))
			}
			p.Rows = append(p.Rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "requests", p)
}

// suggest offers an answer from stock beside an open question, or says why not.
func (c *Console) suggest(p *requestsPage, row *requestRow, a *crisis.Ask, acts []store.AskEntry) {
	if c.FAQ == nil || row.Closed {
		return
	}
	again := slices.ContainsFunc(acts, func(e store.AskEntry) bool { return e.What == string(crisis.AskAnswered) })
	answer, why := c.FAQ.Suggest(playbooks.Question{Text: a.Quote, Class: a.Class, Incident: row.Incident, Again: again}, p.now.In(c.Zone))
	if answer == nil {
		if a.Class == crisis.AskQuestion && row.Incident == "" {
			row.NoStock = clean(why.In(p.lang), 200)
		}
		return
	}
	row.Stock, row.StockBy = cleanText(answer.Text, noteLimit), p.must("request.stock.by", clean(answer.Source, 80), clean(answer.Owner, 40), answer.Good())
	if soon := answer.Soon(p.now.In(c.Zone)).In(p.lang); soon != "" {
		row.StockSoon = clean(soon, 200)
	}
}

// breaker returns the open incident of level III or graver on a topic of a request: while
// it is open no answer from stock is fit to be given.
func breaker(a *crisis.Ask, open []store.IncidentRow) string {
	for _, row := range open {
		if slices.Contains(a.Topics, row.Topic) && (row.Level == crisis.LevelIII || row.Level.Graver(crisis.LevelIII)) {
			return row.ID
		}
	}
	return ""
}

func (c *Console) topicName(id string) string {
	for _, t := range c.Topics() {
		if t.ID == id {
			return clean(t.Name(), 60)
		}
	}
	return clean(id, 60)
}

func (c *Console) sourceNames(ctx context.Context) (map[string]string, error) {
	all, err := c.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the sources: %w", err)
	}
	names := map[string]string{}
	for i := range all {
		names[all[i].Name] = all[i].Title
	}
	return names, nil
}

func (t tongue) requestClasses(on string) []requestClass {
	var out []requestClass
	for _, k := range crisis.AskClasses {
		out = append(out, requestClass{string(k), t.sayOr("request.class.", string(k)), string(k) == on})
	}
	return out
}

func (t tongue) request(a *crisis.Ask, acts []store.AskEntry, names map[string]string) requestRow {
	row := requestRow{
		Key: strconv.FormatInt(int64(a.Key), 10), Class: string(a.Class), Word: t.sayOr("request.class.", string(a.Class)), Why: clean(a.Why, 40),
		Quote: clean(a.Quote, 300), Source: clean(names[a.Source], 60), Link: safeLink(a.Link), Came: t.since(a.Received),
		State: t.sayOr("request.state.", string(a.State)), Closed: a.State.Done(), By: clean(a.By, 40), Note: clean(a.Note, 300),
		Answer: safeLink(a.Answer), Copies: a.Count,
	}
	if row.Source == "" {
		row.Source = clean(a.Source, 60)
	}
	if !a.Due.IsZero() && !row.Closed {
		d := t.by(a.Due)
		row.Due = &d
	}
	for _, e := range acts {
		by := clean(e.By, 40)
		if e.By == crisis.Machine {
			by = t.must("request.machine")
		}
		row.History = append(row.History, requestAct{t.since(e.At), by, t.sayOr("request.state.", e.What), clean(e.Note, 300)})
	}
	for _, k := range t.requestClasses("") {
		if k.ID != row.Class {
			row.Others = append(row.Others, k)
		}
	}
	return row
}

// request carries out one form of the queue.
func (c *Console) request(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, ok := c.Desk.(Asker)
	if !ok {
		return store.ErrNotFound
	}
	key, err := strconv.ParseInt(r.PathValue("key"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	x := crisis.AskAct{
		Key: crisis.PostKey(key), Do: r.PostFormValue("do"), By: v.name, Class: crisis.AskClass(r.PostFormValue("class")),
		Note: cleanText(r.PostFormValue("note"), noteLimit), Link: r.PostFormValue("link"),
	}
	if x.Link != "" && safeLink(x.Link) == "" {
		return wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	if err := d.Ask(behalf(r), x); err != nil {
		return err
	}
	c.Changed("")
	http.Redirect(w, r, "/requests?said=request&"+url.Values{"class": {r.PostFormValue("shown")}}.Encode(), http.StatusSeeOther)
	return nil
}
