package console

import (
	"net/http"
	"slices"
	"strings"

	"watchfire/daemon/store"
)

// sessionRow is one log-in of the reader.
type sessionRow struct {
	ID      string
	Device  string
	Address string
	Seen    moment
	Since   moment
	This    bool
}

// sessionID names a session in a form: a part of the hash of its token.
func sessionID(token string) string { return token[:min(16, len(token))] }

// ownSessions lists where the visitor is logged in, the last used first.
func (c *Console) ownSessions(r *http.Request, v *visit, t tongue) (out []sessionRow, err error) {
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		all, err := tx.Sessions(v.user.Name, c.Now())
		for _, s := range all {
			out = append(out, sessionRow{
				ID: sessionID(s.Token), Device: t.device(s.Agent), Address: clean(s.Address, 60), Seen: t.since(s.Seen), Since: t.since(s.Created), This: s.Token == v.token,
			})
		}
		return err
	})
	return out, err
}

// endSession ends one of the visitor's own sessions.
func (c *Console) endSession(w http.ResponseWriter, r *http.Request, v *visit) error {
	if c.Open {
		return store.ErrNotFound
	}
	id := r.PostFormValue("id")
	err := c.Store.Update(r.Context(), func(tx *store.Tx) error {
		all, err := tx.Sessions(v.user.Name, c.Now())
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(s store.Session) bool { return sessionID(s.Token) == id })
		if i < 0 {
			return store.ErrNotFound
		}
		return tx.EndSession(all[i].Token)
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/account?said=ended", http.StatusSeeOther)
	return nil
}

// systems and browsers are parts of what browsers say of themselves, those first that
// stand beside others, with their names in Chinese and English.
var (
	systems = [][3]string{
		{"HarmonyOS", "鸿蒙", "HarmonyOS"},
		{"iPhone", "iPhone", "iPhone"},
		{"iPad", "iPad", "iPad"},
		{"Android", "安卓", "Android"},
		{"Windows", "Windows", "Windows"},
		{"Mac OS X", "macOS", "macOS"},
		{"CrOS", "ChromeOS", "ChromeOS"},
		{"Linux", "Linux", "Linux"},
	}
	browsers = [][3]string{
		{"MicroMessenger", "微信", "WeChat"},
		{"DingTalk", "钉钉", "DingTalk"},
		{"Lark", "飞书", "Lark"},
		{"QQBrowser", "QQ浏览器", "QQ Browser"},
		{"Edg", "Edge", "Edge"},
		{"OPR/", "Opera", "Opera"},
		{"Firefox", "火狐", "Firefox"},
		{"Chrome", "Chrome", "Chrome"},
		{"Safari", "Safari", "Safari"},
	}
)

// device says with what somebody is logged in, from what the browser says of itself.
func (t tongue) device(agent string) string {
	var parts []string
	for _, marks := range [][][3]string{systems, browsers} {
		for _, m := range marks {
			if strings.Contains(agent, m[0]) {
				parts = append(parts, t.pick(m[1], m[2]))
				break
			}
		}
	}
	if len(parts) == 0 {
		return t.must("session.unknown")
	}
	return strings.Join(parts, " · ")
}
