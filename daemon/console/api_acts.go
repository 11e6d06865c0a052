package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
)

// actJSON is an act on an incident: what crisis.Act is, without who does it and where.
type actJSON struct {
	Kind    crisis.EventKind `json:"kind"`
	Plan    string           `json:"plan"`
	Step    string           `json:"step"`
	Note    string           `json:"note"`
	Link    string           `json:"link"`
	Event   crisis.Level     `json:"event_level"`
	Opinion crisis.Level     `json:"opinion_level"`
	Verdict crisis.Verdict   `json:"verdict"`
	At      time.Time        `json:"at"`
	Data    json.RawMessage  `json:"data"`
}

// payload decodes the payload of an act.
func payload[T any](b []byte) (any, error) {
	var data T
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(&data)
	return data, err
}

// reshaped is payload for an act whose payload holds more than a caller may say.
func reshaped[T any, U any](f func(T) U) func([]byte) (any, error) {
	return func(b []byte) (any, error) {
		data, err := payload[T](b)
		if err != nil {
			return nil, err
		}
		return f(data.(T)), nil
	}
}

type (
	draftJSON struct {
		Statement, Kind, Plan, Step, Text, Note string
	}
	planActJSON struct {
		ID   string
		Side bool
	}
	publishJSON struct {
		Statement string
		Version   int
		Where     string
		URL       string
	}
	promiseActJSON struct {
		What string
		Due  time.Time
	}
	additionJSON struct {
		Title, Text string
		Due         time.Time
	}
	actionJSON struct {
		What, Owner, Check string
		Due                time.Time
	}
)

// payloads are the acts that have a payload. A new version of a plan is not made by
// saying so: plan_amended is not among them.
var payloads = map[crisis.EventKind]func([]byte) (any, error){
	crisis.EventPaused: payload[crisis.Halt], crisis.EventResumed: payload[crisis.Halt],
	crisis.EventHandedOver: payload[crisis.Handover], crisis.EventRecused: payload[crisis.Recusal], crisis.EventRestricted: payload[crisis.Restriction],
	crisis.EventPlanDropped: payload[crisis.Dropping], crisis.EventAssigned: payload[crisis.Assignment], crisis.EventReached: payload[crisis.Milestone],
	crisis.EventConfirmed: payload[crisis.Confirmation], crisis.EventStatementReviewed: payload[crisis.Review], crisis.EventApproved: payload[crisis.Approval],
	crisis.EventCountersigned: payload[crisis.Withdrawal], crisis.EventWithdrawn: payload[crisis.Withdrawal],
	crisis.EventPromiseKept: payload[crisis.Keeping], crisis.EventPromiseMoved: payload[crisis.Moving],
	crisis.EventFinding: payload[crisis.Finding], crisis.EventActionDone: payload[crisis.ActionStep], crisis.EventActionChecked: payload[crisis.ActionStep],

	crisis.EventPlanned: reshaped(func(p planActJSON) crisis.Plan { return crisis.Plan{ID: p.ID, Side: p.Side} }),
	crisis.EventDrafted: reshaped(func(d draftJSON) crisis.Draft {
		return crisis.Draft{Statement: d.Statement, Kind: d.Kind, Plan: d.Plan, Step: d.Step, Text: cleanText(d.Text, statementLimit+1), Note: d.Note}
	}),
	crisis.EventPublished: reshaped(func(p publishJSON) crisis.Publishing {
		return crisis.Publishing{Publication: crisis.Publication{Statement: p.Statement, Version: p.Version, Where: p.Where, URL: p.URL}}
	}),
	crisis.EventPromised: reshaped(func(p promiseActJSON) crisis.Promise {
		return crisis.Promise{Kind: crisis.PromiseFollowUp, What: p.What, Due: p.Due.UTC()}
	}),
	crisis.EventStepAdded: reshaped(func(a additionJSON) crisis.Addition {
		return crisis.Addition{Step: crisis.Step{Title: a.Title, Text: a.Text, Phase: "sustain", From: crisis.FromDetected}, Due: a.Due.UTC()}
	}),
	crisis.EventActionAdded: reshaped(func(a actionJSON) crisis.Action {
		return crisis.Action{What: a.What, Owner: a.Owner, Check: a.Check, Due: a.Due.UTC()}
	}),
}

// needReason are the acts that nobody does without saying why.
var needReason = []crisis.EventKind{crisis.EventLevel, crisis.EventClosed, crisis.EventStepSkipped, crisis.EventPlanned}

// apiAct carries out an act as the forms of the pages do, and answers with the incident.
func (c *Console) apiAct(r *http.Request, v *visit) (any, error) {
	var x actJSON
	if err := readJSON(r, &x); err != nil {
		return nil, err
	}
	a, err := x.act()
	if err != nil {
		return nil, err
	}
	a.Incident, a.By = r.PathValue("id"), v.name
	c.acting.Lock()
	in, err := c.do(r, v, a)
	c.acting.Unlock()
	if err != nil {
		return nil, err
	}
	c.Changed(a.Incident)
	if a.Kind == crisis.EventRestricted {
		c.Changed("")
	}
	return incidentOf(&in), nil
}

// act checks what the forms check, and decodes the payload.
func (x *actJSON) act() (crisis.Act, error) {
	a := crisis.Act{
		Kind: x.Kind, Plan: x.Plan, Step: x.Step, Note: cleanText(x.Note, noteLimit+1), Event: x.Event, Opinion: x.Opinion, Verdict: x.Verdict, At: x.At.UTC(),
	}
	if x.At.IsZero() {
		a.At = time.Time{}
	}
	decode, has := payloads[x.Kind]
	switch {
	case !slices.Contains(crisis.PersonActs(), x.Kind) || x.Kind == crisis.EventAmended:
		return a, badRequest("kind: %q is not something that is done here", clean(string(x.Kind), 40))
	case utf8.RuneCountInString(a.Note) > noteLimit:
		return a, wrong{http.StatusUnprocessableEntity, "err.long"}
	case a.Note == "" && slices.Contains(needReason, x.Kind):
		return a, wrong{http.StatusUnprocessableEntity, "err.reason"}
	case !has && len(x.Data) > 0:
		return a, badRequest("data: %s has none", x.Kind)
	case has && len(x.Data) == 0:
		return a, badRequest("data: %s needs one", x.Kind)
	}
	if link := strings.TrimSpace(x.Link); link != "" {
		if a.Link = safeLink(link); a.Link == "" {
			return a, wrong{http.StatusUnprocessableEntity, "err.link"}
		}
	}
	if has {
		data, err := decode(x.Data)
		if err != nil {
			return a, badRequest("data: %s", strings.TrimPrefix(err.Error(), "json: "))
		}
		if err := soundPayload(data); err != nil {
			return a, err
		}
		a.Data = data
	}
	return a, nil
}

// soundPayload refuses links that are none and texts that are too long, wherever they
// stand in a payload.
func soundPayload(data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode the payload: %w", err)
	}
	var fields map[string]any
	if err := json.Unmarshal(b, &fields); err != nil {
		return fmt.Errorf("read the payload: %w", err)
	}
	for key, value := range fields {
		s, ok := value.(string)
		if !ok {
			continue
		}
		most := noteLimit
		if key == "text" {
			most = statementLimit
		}
		switch {
		case utf8.RuneCountInString(s) > most:
			return wrong{http.StatusUnprocessableEntity, "err.long"}
		case (key == "url" || key == "link") && s != "" && safeLink(s) == "":
			return wrong{http.StatusUnprocessableEntity, "err.link"}
		}
	}
	return nil
}
