package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Silencer keeps alerts from ringing for a while, in somebody's name. A Desk that can do
// so shows the form.
type Silencer interface {
	Silence(ctx context.Context, s store.Silence) error
	Unsilence(ctx context.Context, id int64, by string) error
}

// mostDeliveries is how many alerts the page shows.
const mostDeliveries = 200

// deliveryStates are the states in the order in which people ask for them.
var deliveryStates = []string{
	store.StateRefused, store.StateDead, store.StateWaiting, store.StateSending, store.StateHeld, store.StateBundled, store.StateMoot, store.StateSent,
}

// deliveriesPage is the ledger of all alerts and what is silent.
type deliveriesPage struct {
	frame
	Can              bool // silences may be set and ended
	Incident, State  string
	Channel          string
	States, Channels []choice
	Topics           []choice
	Rows             []deliveryRow
	Silences         []silenceRow
	Hours            []choice
}

type deliveryRow struct {
	ledgerView
	Incident string
}

type silenceRow struct {
	ID      int64
	What    string
	Until   due
	By, Why string
}

// deliveries shows how every alert stands.
func (c *Console) deliveries(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	p := deliveriesPage{frame: c.frame(r, v, "tab.deliveries", "deliveries"), Incident: clean(q.Get("incident"), 40), State: q.Get("state"), Channel: q.Get("channel")}
	p.Live = "*"
	_, p.Can = c.Desk.(Silencer)
	if !slices.Contains(deliveryStates, p.State) {
		p.State = ""
	}
	channels := map[string]bool{}
	rows, err := c.Store.Deliveries(r.Context(), store.LedgerFilter{Incident: p.Incident, State: p.State, Channel: p.Channel, Limit: mostDeliveries})
	if err != nil {
		return err
	}
	for _, row := range rows {
		p.Rows = append(p.Rows, deliveryRow{c.ledgerRow(&p.frame, row), row.Incident})
	}
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		names, err := tx.Channels()
		for _, n := range names {
			channels[n] = true
		}
		if err != nil {
			return err
		}
		all, err := tx.Silences(p.now)
		for _, s := range all {
			if sees, err := tx.Sees(s.Incident); err != nil || !sees {
				if err != nil {
					return err
				}
				continue
			}
			p.Silences = append(p.Silences, silenceRow{s.ID, c.silenceWhat(&p.frame, &s), p.by(s.Until), clean(s.By, 40), clean(s.Reason, 200)})
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range deliveryStates {
		p.States = append(p.States, choice{s, p.sayOr("ledger.", s), s == p.State})
	}
	for n := range channels {
		p.Channels = append(p.Channels, choice{n, clean(n, 40), n == p.Channel})
	}
	slices.SortFunc(p.Channels, func(a, b choice) int { return strings.Compare(a.ID, b.ID) })
	for _, h := range []int{1, 2, 4, 8, 24, 72, 168} {
		p.Hours = append(p.Hours, choice{strconv.Itoa(h), p.must("deliveries.hours", h), h == 2})
	}
	for _, t := range c.Topics() {
		p.Topics = append(p.Topics, choice{t.ID, c.topicName(t.ID), false})
	}
	return c.render(w, r, http.StatusOK, "deliveries", p)
}

// ledgerRow shows how one alert stands.
func (c *Console) ledgerRow(f *frame, row store.LedgerRow) ledgerView {
	v := ledgerView{
		Kind: f.sayOr("alert.", string(row.Kind)), Channel: clean(row.Channel, 40), State: row.State, Word: f.sayOr("ledger.", row.State),
		At: f.since(row.Created), Attempts: row.Attempts, Detail: clean(row.Detail, 200), Fix: clean(row.Fix, 200),
	}
	if !row.Last.IsZero() {
		v.At = f.since(row.Last)
	}
	if (row.State == store.StateWaiting || row.State == store.StateHeld) && row.Due.After(f.now) {
		next := f.since(row.Due)
		v.Next = &next
	}
	if _, can := c.Desk.(Resender); can && (row.State == store.StateRefused || row.State == store.StateDead) {
		v.Again = row.ID
	}
	return v
}

// silenceWhat says what is silent.
func (c *Console) silenceWhat(f *frame, s *store.Silence) string {
	var parts []string
	if s.Incident != "" {
		parts = append(parts, f.must("deliveries.incident", clean(s.Incident, 40)))
	}
	if s.Topic != "" {
		parts = append(parts, f.must("deliveries.topic", c.topicName(s.Topic)))
	}
	if s.Channel != "" {
		parts = append(parts, f.must("deliveries.channel", clean(s.Channel, 40)))
	}
	return strings.Join(parts, " · ")
}

// deliver does what people ask of deliveries: send again, silence, end a silence.
func (c *Console) deliver(w http.ResponseWriter, r *http.Request, v *visit) error {
	to := "/deliveries"
	if id := r.PostFormValue("incident"); id != "" {
		if _, err := c.readIncident(r, id); err != nil {
			return err
		}
	}
	switch r.PostFormValue("do") {
	case "resend":
		s, ok := c.Desk.(Resender)
		if !ok {
			return store.ErrNotFound
		}
		err := s.Resend(behalf(r), r.PostFormValue("incident"), r.PostFormValue("alert"), v.name)
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, crisis.ErrRefused) {
			return wrong{http.StatusConflict, "err.resend"}
		}
		if err != nil {
			return err
		}
		to += "?said=resend"
	case "silence":
		if err := c.silence(r, v); err != nil {
			return err
		}
		to += "?said=silence"
	case "unsilence":
		s, ok := c.Desk.(Silencer)
		id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
		if !ok || err != nil {
			return store.ErrNotFound
		}
		if err := s.Unsilence(behalf(r), id, v.name); err != nil {
			return err
		}
		to += "?said=unsilence"
	default:
		return wrong{http.StatusBadRequest, "err.form"}
	}
	c.Changed("")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (c *Console) silence(r *http.Request, v *visit) error {
	s, ok := c.Desk.(Silencer)
	if !ok {
		return store.ErrNotFound
	}
	hours, err := strconv.Atoi(r.PostFormValue("hours"))
	if err != nil || hours < 1 || hours > 168 {
		return wrong{http.StatusBadRequest, "err.form"}
	}
	return s.Silence(behalf(r), store.Silence{
		Incident: r.PostFormValue("incident"), Topic: r.PostFormValue("topic"), Channel: r.PostFormValue("channel"),
		Until: c.Now().Add(time.Duration(hours) * time.Hour), By: v.name, Reason: r.PostFormValue("reason"),
	})
}
