package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// incidentRowJSON is an incident in a list.
type incidentRowJSON struct {
	ID     string    `json:"id"`
	Topic  string    `json:"topic"`
	Title  string    `json:"title"`
	Level  string    `json:"level"`
	Opened time.Time `json:"opened"`
	Closed time.Time `json:"closed,omitzero"`
	Events int       `json:"events"`
}

// incidentJSON is an incident as it stands.
type incidentJSON struct {
	incidentRowJSON
	Drill        bool            `json:"drill"`
	EventLevel   string          `json:"event_level"`
	OpinionLevel string          `json:"opinion_level"`
	Reason       string          `json:"level_reason,omitempty"`
	Happened     time.Time       `json:"happened,omitzero"`
	Noticed      time.Time       `json:"noticed,omitzero"`
	Quiet        time.Time       `json:"quiet,omitzero"`
	Holder       string          `json:"holder,omitempty"`
	Verdict      string          `json:"verdict,omitempty"`
	Restricted   []string        `json:"restricted,omitempty"`
	Recused      []string        `json:"recused,omitempty"`
	Hash         string          `json:"hash"`
	Plans        []planJSON      `json:"plans"`
	Steps        []stepJSON      `json:"steps"`
	Clocks       []clockJSON     `json:"clocks"`
	Statements   []statementJSON `json:"statements"`
	Promises     []promiseJSON   `json:"promises"`
}

type planJSON struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Title   string `json:"title"`
	TitleEN string `json:"title_en,omitempty"`
	Side    bool   `json:"side"`
}

type stepJSON struct {
	Plan    string    `json:"plan"`
	ID      string    `json:"id"`
	Phase   string    `json:"phase"`
	Title   string    `json:"title"`
	TitleEN string    `json:"title_en,omitempty"`
	Role    string    `json:"role"`
	Owner   string    `json:"owner,omitempty"`
	Ask     string    `json:"ask,omitempty"`
	AskKind string    `json:"ask_kind,omitempty"`
	Done    bool      `json:"done"`
	Skipped bool      `json:"skipped"`
	At      time.Time `json:"at,omitzero"`
	By      string    `json:"by,omitempty"`
	Note    string    `json:"note,omitempty"`
	Link    string    `json:"link,omitempty"`
	Times   int       `json:"times"`
}

type clockJSON struct {
	Plan    string    `json:"plan"`
	Step    string    `json:"step"`
	Title   string    `json:"title"`
	TitleEN string    `json:"title_en,omitempty"`
	Role    string    `json:"role,omitempty"`
	RoleEN  string    `json:"role_en,omitempty"`
	Ask     string    `json:"ask,omitempty"`
	Due     time.Time `json:"due"`
	RedLine string    `json:"red_line,omitempty"`
	Source  string    `json:"source,omitempty"`
	From    string    `json:"from,omitempty"`
	Begin   time.Time `json:"begin,omitzero"`
}

type statementJSON struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Version   int       `json:"version"`
	Text      string    `json:"text"`
	Approved  int       `json:"approved_version"` // 0: none
	Published time.Time `json:"published,omitzero"`
	Withdrawn bool      `json:"withdrawn"`
}

type promiseJSON struct {
	ID     string    `json:"id"`
	What   string    `json:"what"`
	Due    time.Time `json:"due"`
	Kept   time.Time `json:"kept,omitzero"`
	KeptBy string    `json:"kept_by,omitempty"`
}

// grade writes a level, "" for none.
func grade(l crisis.Level) string {
	if l == crisis.LevelNone {
		return ""
	}
	return l.String()
}

func incidentOf(in *crisis.Incident) incidentJSON {
	out := incidentJSON{
		incidentRowJSON: incidentRowJSON{in.ID, in.Topic, in.Title, grade(in.Level()), in.Opened, in.Closed, in.Events},
		Drill:           in.Drill, EventLevel: grade(in.EventLevel), OpinionLevel: grade(in.OpinionLevel), Reason: in.LevelReason,
		Happened: in.Happened, Noticed: in.Aware, Quiet: in.Quiet, Holder: in.Holder, Verdict: string(in.Verdict), Restricted: in.Restricted,
		Recused: sortedNames(in.Recused), Hash: in.Hash,
		Plans: []planJSON{}, Steps: []stepJSON{}, Clocks: []clockJSON{}, Statements: []statementJSON{}, Promises: []promiseJSON{},
	}
	for i := range in.Plans {
		p := &in.Plans[i]
		out.Plans = append(out.Plans, planJSON{p.ID, p.Version, p.Title, p.TitleEN, p.Side})
	}
	for _, s := range in.Checklist() {
		out.Steps = append(out.Steps, stepJSON{
			Plan: s.Plan, ID: s.ID, Phase: s.Phase, Title: s.Title, TitleEN: s.TitleEN, Role: s.Role, Owner: s.Owner, Ask: s.Ask, AskKind: s.AskKind,
			Done: s.Done, Skipped: s.Skipped, At: s.DoneAt, By: s.DoneBy, Note: s.Note, Link: s.Link, Times: s.Times,
		})
	}
	for _, k := range in.Clocks() {
		out.Clocks = append(out.Clocks, clockJSON{k.Plan, k.Step, k.Title, k.TitleEN, k.Role, k.RoleEN, k.Ask, k.Due, k.RedLine, k.Source, string(k.From), k.Begin})
	}
	for i := range in.Statements {
		s := &in.Statements[i]
		last := s.Last()
		out.Statements = append(out.Statements, statementJSON{s.ID, s.Kind, last.N, last.Text, s.Approved, s.Published(), s.Withdrawn})
	}
	for i := range in.Promises {
		p := &in.Promises[i]
		out.Promises = append(out.Promises, promiseJSON{p.ID, p.What, p.Due, p.KeptAt, p.KeptBy})
	}
	return out
}

// apiIncidents lists incidents, the newest first.
func (c *Console) apiIncidents(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	limit, open, topic := q.limit(), q.flag("open"), q.text("topic")
	f := store.IncidentFilter{Topic: topic, Open: open, Limit: limit + 1}
	if s := q.text("cursor"); s != "" {
		at, id, ok := strings.Cut(s, ".")
		milli, err := strconv.ParseInt(at, 10, 64)
		if err != nil || !ok {
			q.wants("cursor", "what an earlier answer gave as next")
		}
		f.Opened, f.Before = time.UnixMilli(milli), id
	}
	if q.err != nil {
		return nil, q.err
	}
	out := part[incidentRowJSON]{Items: []incidentRowJSON{}}
	return &out, c.Store.View(r.Context(), func(tx *store.Tx) error {
		rows, err := tx.IncidentsBefore(f)
		if err != nil {
			return err
		}
		for i := range rows[:min(limit, len(rows))] {
			x := &rows[i]
			out.Items = append(out.Items, incidentRowJSON{x.ID, x.Topic, x.Title, grade(x.Level), x.Opened, x.Closed, x.Seq})
		}
		if len(rows) > limit {
			last := rows[limit-1]
			out.Next = strconv.FormatInt(last.Opened.UnixMilli(), 10) + "." + last.ID
		}
		return nil
	})
}

func (c *Console) apiIncident(r *http.Request, _ *visit) (any, error) {
	in, err := c.readIncident(r, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return incidentOf(&in), nil
}

// apiEvents lists the events of an incident as they were recorded, oldest first.
func (c *Console) apiEvents(r *http.Request, _ *visit) (any, error) {
	q := query{r: r}
	limit, after := q.limit(), int(q.number("cursor"))
	if q.err != nil {
		return nil, q.err
	}
	var events []crisis.Event
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		_, events, err = tx.Incident(r.PathValue("id"))
		return err
	})
	if err != nil {
		return nil, err
	}
	out := cut(slices.Clone(events), after, limit)
	for i := range out.Items {
		if len(out.Items[i].Data) == 0 {
			out.Items[i].Data = json.RawMessage("{}")
		}
	}
	return out, nil
}
