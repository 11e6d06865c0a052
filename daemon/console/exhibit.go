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
	Sound       bool // the text is what was taken down
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
	var kept []store.Exhibited
	quoted := false
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		_, events, err := tx.Incident(in.ID)
		if err != nil {
			return err
		}
		if quoted, err = quotes(&in, events, key); err != nil || !quoted {
			return err
		}
		kept, err = tx.Exhibits(key)
		return err
	})
	if err != nil {
		return fmt.Errorf("read what is kept of a post: %w", err)
	}
	if !quoted || len(kept) == 0 {
		return store.ErrNotFound
	}
	x := &kept[0]
	p.fill(x)
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

func (p *exhibitPage) fill(x *store.Exhibited) {
	p.Source, p.PostTitle, p.Text = clean(x.Source, 60), clean(x.Title, 300), cleanText(x.Text, mostText)
	p.Link, p.Published, p.Kept, p.Hash, p.Sound = safeLink(x.URL), p.since(x.Published), p.since(x.Kept), x.Hash, x.Sound()
}

// quotes says whether an incident quotes a post.
func quotes(in *crisis.Incident, events []crisis.Event, key crisis.PostKey) (bool, error) {
	all := in.Peak.Evidence
	for i := range events {
		more, err := quotedBy(&events[i])
		if err != nil {
			return false, err
		}
		all = append(all, more...)
	}
	for _, e := range all {
		if e.Key == key {
			return true, nil
		}
	}
	return false, nil
}
