package console

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Tapper does what signed links in messages allow. A Desk that can do so serves them.
type Tapper interface {
	// Tapped says what a link would do, and to which incident as it stands. Errors are
	// crisis.ErrTapForged and crisis.ErrTapExpired, the latter also for one that was used.
	Tapped(ctx context.Context, token string) (crisis.Tap, crisis.Incident, error)
	Tap(ctx context.Context, token, note string) (crisis.Tap, error)
}

// tapPage asks whether to do what a link allows, or says what became of it.
type tapPage struct {
	frame
	Token      string
	Person     string
	Incident   card
	ID         string
	Acked      bool   // the link acknowledges, else it ticks
	Step       string // of a tick
	Owner, Ask string
	Standing   string // why there is nothing left to do; "" if there is
	Did        bool
	Gone       string // why the link does nothing
}

// tapped shows what a link would do. Looking does nothing: programs look at links too.
func (c *Console) tapped(w http.ResponseWriter, r *http.Request, _ *visit) error {
	t, ok := c.Desk.(Tapper)
	if !ok {
		return store.ErrNotFound
	}
	p := tapPage{frame: c.frame(r, nil, "tap.title", ""), Token: r.PathValue("token")}
	tap, in, err := t.Tapped(r.Context(), p.Token)
	if p.Gone = p.gone(err); p.Gone != "" {
		return c.render(w, r, http.StatusGone, "tap", p)
	}
	if err != nil {
		return err
	}
	if ok, err := c.linked(r, &tap, &in); err != nil || !ok {
		return cmp.Or(err, store.ErrNotFound)
	}
	if p.Gone = c.another(r, &p, &tap); p.Gone != "" {
		return c.render(w, r, http.StatusForbidden, "tap", p)
	}
	c.fillTap(&p, &tap, &in)
	return c.render(w, r, http.StatusOK, "tap", p)
}

// gone says why a link does nothing; "" if that is not why err is there.
func (p *tapPage) gone(err error) string {
	switch {
	case errors.Is(err, crisis.ErrTapExpired):
		return p.must("tap.expired")
	case errors.Is(err, crisis.ErrTapForged), errors.Is(err, store.ErrNotFound):
		return p.must("tap.forged")
	}
	return ""
}

// another says so if somebody else than the person of the link is logged in here.
func (c *Console) another(r *http.Request, p *tapPage, tap *crisis.Tap) string {
	if v, err := c.visitOf(r); err == nil && v != nil && v.name != tap.Person && !c.Open {
		return p.must("tap.another", clean(tap.Person, 40))
	}
	return ""
}

func (c *Console) fillTap(p *tapPage, tap *crisis.Tap, in *crisis.Incident) {
	p.Person, p.Incident, p.ID = clean(tap.Person, 40), p.card(in), in.ID
	if tap.Do == crisis.TapAcknowledge {
		p.Acked = true
		if in.Holder != "" {
			p.Standing = p.must("tap.held", clean(in.Holder, 40))
		}
		return
	}
	s := in.Step(tap.Plan, tap.Step)
	switch {
	case s == nil:
		p.Standing = p.must("err.step")
		return
	case s.Done:
		p.Standing = p.must("tap.done", clean(s.DoneBy, 40))
	case !in.Open():
		p.Standing = p.must("err.closed")
	}
	p.Step, p.Ask = clean(p.prefer(s.Title, s.TitleEN), 120), clean(s.Ask, 200)
}

// tap does what the link allows, once.
func (c *Console) tap(w http.ResponseWriter, r *http.Request, _ *visit) error {
	t, ok := c.Desk.(Tapper)
	if !ok {
		return store.ErrNotFound
	}
	p := tapPage{frame: c.frame(r, nil, "tap.title", "")}
	token := r.PathValue("token")
	tap, in, err := t.Tapped(r.Context(), token)
	if err == nil {
		noteWho(r, tap.Person, "")
		noteTarget(r, tap.Incident, tap.Step)
		if ok, err := c.linked(r, &tap, &in); err != nil || !ok {
			return cmp.Or(err, store.ErrNotFound)
		}
		if p.Gone = c.another(r, &p, &tap); p.Gone != "" {
			return c.render(w, r, http.StatusForbidden, "tap", p)
		}
		c.fillTap(&p, &tap, &in)
		if p.Standing != "" {
			return c.render(w, r, http.StatusConflict, "tap", p)
		}
		_, err = t.Tap(r.Context(), token, cleanText(r.PostFormValue("note"), noteLimit))
	}
	if p.Gone = p.gone(err); p.Gone != "" {
		return c.render(w, r, http.StatusGone, "tap", p)
	}
	if err != nil {
		return err
	}
	p.Did = true
	c.Changed(in.ID)
	return c.render(w, r, http.StatusOK, "tap", p)
}
