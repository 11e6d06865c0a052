package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// accountPage is one's own access.
type accountPage struct {
	frame
	Login string
	Role  string // in words

	Sessions []sessionRow
	Devices  []deviceRow
	Wrong    string
}

func (c *Console) accountPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showAccount(w, r, v, http.StatusOK, "")
}

func (c *Console) showAccount(w http.ResponseWriter, r *http.Request, v *visit, status int, trouble string) error {
	if c.Open {
		return store.ErrNotFound
	}
	p := accountPage{frame: c.frame(r, v, "account", "account"), Login: v.user.Name, Wrong: trouble}
	p.Role = p.sayOr("role.", v.user.Role)
	var err error
	if p.Sessions, err = c.ownSessions(r, v, p.tongue); err != nil {
		return fmt.Errorf("list the sessions: %w", err)
	}
	if p.Devices, err = c.ownDevices(r, v, p.tongue); err != nil {
		return fmt.Errorf("list the devices: %w", err)
	}
	return c.render(w, r, status, "account", p)
}

// personName checks a name under which acts are recorded.
func personName(s string) (string, error) {
	name := clean(s, 40)
	switch {
	case name == "":
		return "", wrong{http.StatusUnprocessableEntity, "err.name"}
	case strings.EqualFold(name, crisis.Machine), strings.HasPrefix(name, programPrefix):
		return "", wrong{http.StatusUnprocessableEntity, "err.machine"}
	}
	return name, nil
}

// takeName sets the name under which somebody acts in a demo.
func (c *Console) takeName(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if !c.Open {
		return store.ErrNotFound
	}
	name, err := personName(r.PostFormValue("name"))
	if err != nil {
		return err
	}
	setCookie(w, r, nameCookie, url.QueryEscape(name), 30*24*3600)
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}
