package console

import (
	"errors"
	"net/http"
	"net/url"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// resend puts an alert that was refused on its way again.
func (c *Console) resend(w http.ResponseWriter, r *http.Request, v *visit) error {
	s, ok := c.Desk.(Resender)
	if !ok {
		return store.ErrNotFound
	}
	id := r.PathValue("id")
	err := s.Resend(behalf(r), id, r.PostFormValue("alert"), v.name)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, crisis.ErrRefused) {
		return wrong{http.StatusConflict, "err.resend"}
	}
	if err != nil {
		return err
	}
	c.Changed(id)
	http.Redirect(w, r, "/incidents/"+url.PathEscape(id)+"?said=resend#ledger", http.StatusSeeOther)
	return nil
}
