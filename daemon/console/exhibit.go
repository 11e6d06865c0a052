package console

import (
	"fmt"
	"net/http"
	"strconv"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// exhibitPage is a post that an incident quotes, whole, as it was when it was quoted.
type exhibitPage struct {
	frame
	ID, Heading string
	Source      string
	PostTitle   string
	Text        string
	Link        string
	Published   moment
	Kept        moment // when it was taken down; without ISO it is the post as stored
	Hash        string
	Sound       bool // the text is what the event names
	Gone        bool // the post itself is deleted here
}

// mostText is how much of a post the page shows, in characters.
const mostText = 20000

// exhibit shows a post as it was taken down (存证), for whoever must show later what was
// said, when the original has been changed or deleted.
func (c *Console) exhibit(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := strconv.ParseInt(r.PathValue("key"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	key := crisis.PostKey(number)
	in, err := c.readIncident(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := exhibitPage{frame: c.frame(r, v, "exhibit", "now"), ID: in.ID, Heading: clean(in.Title, 80)}
	var proof store.Proof
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		_, events, err := tx.Incident(in.ID)
		if err != nil {
			return err
		}
		e := quoteOf(events, key)
		if e == nil {
			return store.ErrNotFound
		}
		proof, err = tx.Proof(*e)
		return err
	})
	if err != nil {
		return fmt.Errorf("read what is kept of a post: %w", err)
	}
	if proof.State == store.ProofGone {
		return store.ErrNotFound
	}
	x := &proof.Kept
	p.fill(x, proof.State == store.ProofIntact)
	all, err := c.Sources(r.Context())
	if err != nil {
		return fmt.Errorf("ask for the sources: %w", err)
	}
	for i := range all {
		if all[i].Name == x.Source && all[i].Title != "" {
			p.Source = clean(all[i].Title, 60)
		}
	}
	return c.render(w, r, http.StatusOK, "exhibit", p)
}

func (p *exhibitPage) fill(x *store.Exhibited, sound bool) {
	p.Source, p.PostTitle, p.Text = clean(x.Source, 60), clean(x.Title, 300), cleanText(x.Text, mostText)
	p.Link, p.Published, p.Kept, p.Hash, p.Sound = safeLink(x.URL), p.since(x.Published), p.since(x.Kept), x.Hash, sound
}

// quoteOf returns the first quotation of a post by the events of an incident, nil for none.
func quoteOf(events []crisis.Event, key crisis.PostKey) *crisis.Evidence {
	for i := range events {
		for _, e := range events[i].Quoted() {
			if e.Key == key {
				return &e
			}
		}
	}
	return nil
}
